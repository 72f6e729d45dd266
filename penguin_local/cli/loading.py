"""From what a person wished for to loaded models, saying on stderr what was chosen for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from penguin_local.bench.results import UsedModel
from penguin_local.bench.runner import Facts, Loader
from penguin_local.cli.console import say
from penguin_local.errors import ModelError, NoRoom
from penguin_local.lm.base import LanguageModel, ModelInfo
from penguin_local.lm.catalogue import find_model
from penguin_local.lm.chat_format import cannot_chat
from penguin_local.lm.weights import ModelFile


@dataclass(frozen=True, slots=True)
class Wish:
    """How a model is to be loaded; None leaves it to the engine."""

    slots: int | None
    context: int | None
    memory_gb: float | None
    threads: int | None
    gpu_layers: int | None


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom to ask and whom to have it judged by."""

    model: UsedModel
    judge: UsedModel
    load_model: Loader
    load_judge: Loader | None
    """None: the model judges its own answers."""


def choose(model: str | None, judge: str | None, wish: Wish) -> Choice:
    """Find the files and fingerprint them; nothing is loaded yet. Raises WeightsMissing, WeightsDamaged."""
    answering = find(model)
    judging = answering if judge is None else find(judge)
    separate = judging.sha256 != answering.sha256
    return Choice(
        model=used(answering),
        judge=used(judging),
        load_model=loader(answering, wish),
        load_judge=loader(judging, wish) if separate else None,
    )


def find(name_or_path: str | None) -> ModelFile:
    """`find_model` for a chat model, saying so when a file is trusted that nobody has vouched for.

    Raises ModelError for what cannot chat: a judge is loaded last, when all answers are there.
    """
    file = find_model(name_or_path)
    if file.embeds:
        raise ModelError(
            f"{file.name} is an embedding model and cannot chat",
            hint="choose a chat model: `penguin-local models list` says what each is good for",
        )
    if file.mute:
        raise cannot_chat(file.name)
    if file.first_use:
        say(
            f"{file.name}: no catalogue knows this file, so it is trusted as it is now (sha256 {file.sha256[:16]}…, "
            "on record); once changed, it will be refused"
        )
    return file


def loader(file: ModelFile, wish: Wish) -> Loader:
    """Loads this file as wished for, and says what was chosen."""

    def load(facts: Facts | None) -> LanguageModel:
        from penguin_local.lm.worker import Order, Worker

        memory = None if wish.memory_gb is None else int(wish.memory_gb * 1e9)
        # A resumed run gets the sizes of its first sitting, whatever is free now: with other sizes the
        # engine would form other batches, and other batches move the numbers.
        before = _number(facts, "memory_bytes")
        if memory is not None and before is not None and memory < before:
            raise NoRoom(
                f"this run was begun with {size(before)} of memory for {file.name}, "
                f"and --memory allows {size(memory)}",
                hint="leave --memory out, or begin a run of another name: with less its numbers would move",
            )
        layers: int | Literal["auto"] = "auto" if wish.gpu_layers is None else wish.gpu_layers
        if wish.gpu_layers is None and (held := _number(facts, "gpu_layers")) is not None:
            layers = held
        order = Order(
            file,
            context=_number(facts, "context_tokens") or wish.context,
            slots=_number(facts, "slots") or wish.slots,
            memory_bytes=before or memory,
            gpu_layers=layers,
            threads=wish.threads,
        )
        loaded = Worker(order, on_restart=lambda restart: say(f"{file.name}: {restart}"))
        say(told(loaded.info))
        return loaded

    return load


def load_embedder(file: ModelFile, *, threads: int | None = None) -> LanguageModel:
    """A model that turns texts into vectors, in a process of its own like all others."""
    from penguin_local.lm.worker import Order, Worker

    return Worker(Order(file, embeds=True, threads=threads))


def told(info: ModelInfo) -> str:
    """`penguin-nano (demonstration model): 16 slots, context 1,024 tokens, 48 MB of memory, 2 threads`."""
    what = " (demonstration model)" if info.demonstration else ""
    parts = [
        f"{info.slots} slots",
        f"context {info.context_tokens:,} tokens",
        f"{size(info.memory_bytes)} of memory",
        f"{info.threads} threads",
    ]
    if info.gpu_layers:
        parts.append(f"{info.gpu_layers} layers on the GPU")
    return f"{info.name}{what}: {', '.join(parts)}"


def size(count: int) -> str:
    """`4.1 GB`, `48 MB`."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _number(facts: Facts | None, name: str) -> int | None:
    value = facts.get(name) if facts else None
    return value if isinstance(value, int) else None


def used(file: ModelFile) -> UsedModel:
    """The file as results name it."""
    return UsedModel(file.name, file.sha256, file.demonstration)

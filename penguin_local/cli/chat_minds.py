"""The models of a conversation, each in a process of its own, and what watches over them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from penguin_local.agent.crisis import Watch
from penguin_local.agent.crisis_classifier import Classifier, adapter, bundled
from penguin_local.agent.retrieval import PathIndex
from penguin_local.agent.session_models import Minds
from penguin_local.cli.indexes import load_paths
from penguin_local.cli.loading import Wish, find
from penguin_local.errors import BadInput, ModelError, NoRoom, PenguinError
from penguin_local.lm.base import LanguageModel
from penguin_local.lm.catalogue import find_embedder
from penguin_local.lm.lazy import Lazy
from penguin_local.lm.weights import ModelFile
from penguin_local.lm.worker import Order, Worker

CHAT_SLOTS = 2
"""Sequences at once: sufficiency and the next question are weighed together."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which models, and how they are to be loaded."""

    model: ModelFile
    judge: ModelFile
    embedder: ModelFile
    wish: Wish
    paths: str | None


@dataclass(frozen=True, slots=True)
class Loaded:
    """Ready to talk."""

    minds: Minds
    watch: Watch
    processes: ExitStack
    """Of all models; closed together, whatever one of them says to it."""
    warning: str = ""
    """What does not work, to be said in the conversation; empty when all does."""

    def close(self) -> None:
        """Give all memory back."""
        self.processes.close()


def wanted(model: str | None, judge: str | None, paths: str | None, wish: Wish) -> Wanted:
    """Find the files and fingerprint them. Raises WeightsMissing, WeightsDamaged; nothing is loaded yet."""
    chat = find(model)
    judging = chat if judge is None else find(judge)
    return Wanted(chat, judging, find_embedder(), wish, paths)


def load(wanted: Wanted, *, on_load: Callable[[float], None] | None = None) -> Loaded:
    """The chat model at once, the judge when it is first asked for; where one fails, none is left running."""
    index: PathIndex | None = load_paths(wanted.paths, wanted.embedder)
    with ExitStack() as started:
        chat = Worker(_order(wanted.model, wanted.wish), on_load=on_load)
        started.callback(chat.close)
        if index is not None and index.demonstration and wanted.paths is None and not chat.info.demonstration:
            index = None  # what a demonstration model planned steers nobody's real conversation, unless it is asked for
        judge: LanguageModel = chat
        if wanted.judge.sha256 != wanted.model.sha256:
            judge = Lazy(lambda: Worker(_order(wanted.judge, wanted.wish)))
            started.callback(judge.close)
        embedder = Worker(Order(file=wanted.embedder, embeds=True, threads=1))
        started.callback(embedder.close)
        minds = Minds(chat, judge, embedder.embed, index, judge_name=wanted.judge.name)
        opinion = None if chat.info.demonstration else chat
        warning = ""
        try:
            Classifier.load(bundled())  # before a process is started for it
            reader = Worker(Order(file=wanted.embedder, embeds=True, adapter=adapter(), threads=1))
            started.callback(reader.close)
            watch = Watch(embed=reader.embed, model=opinion)
        except (BadInput, ModelError, NoRoom, FileNotFoundError) as error:
            # The rules read on: nobody is kept from the helplines by a file that cannot be used.
            why = error.message if isinstance(error, PenguinError) else f"{bundled().name} is not there"
            watch, warning = Watch(model=opinion), f"Without the crisis classifier: {why}"
        return Loaded(minds, watch, started.pop_all(), warning)


def _order(file: ModelFile, wish: Wish) -> Order:
    return Order(
        file=file,
        context=wish.context,
        slots=wish.slots or CHAT_SLOTS,
        memory_bytes=None if wish.memory_gb is None else int(wish.memory_gb * 1e9),
        gpu_layers="auto" if wish.gpu_layers is None else wish.gpu_layers,
        threads=wish.threads,
        gives_way=True,
    )

"""Loading a model: checks, sizes, chat format, and the engine that fits it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from penguin_local.errors import ModelError
from penguin_local.lm.base import ModelInfo
from penguin_local.lm.chat_format import PROBES, ChatFormat, FileFacts, cannot_chat, recognise
from penguin_local.lm.engine_chat import Engine
from penguin_local.lm.engine_context import Context
from penguin_local.lm.engine_embed import Embedder
from penguin_local.lm.engine_native import Weights, gpu_offload
from penguin_local.lm.engine_size import embedding_sizes, plan
from penguin_local.lm.file_template import FileTemplate
from penguin_local.lm.weights import Header, ModelFile, read_header

ALL_LAYERS = 999

__all__ = ["Embedder", "Engine", "load", "load_embedder"]


def load(
    file: ModelFile,
    *,
    context: int | None = None,
    slots: int | None = None,
    memory_bytes: int | None = None,
    gpu_layers: int | Literal["auto"] = "auto",
    threads: int | None = None,
    ignore_end: bool = False,
    on_load: Callable[[float], None] | None = None,
    on_step: Callable[[], None] = lambda: None,
) -> Engine:
    """A chat model, ready. What was chosen for it is in `info`.

    `memory_bytes` bounds weights, cache and working space together; `ignore_end` is for benchmarks alone.
    `on_load` hears from 0 to 1 how much has been read; `on_step` is called after each step of the work to come.
    Raises WeightsMissing, WeightsDamaged, NoRoom, and ModelError for a model that cannot chat.
    """
    header = read_header(file.path)
    if header.embeds:
        raise ModelError(
            f"{file.name} is an embedding model ({header.architecture}) and cannot chat",
            hint="choose a chat model; leave --model out for the bundled one",
        )
    layers = _layers(gpu_layers)
    chosen = plan(
        header, context=context, slots=slots, memory_bytes=memory_bytes, threads=threads, gpu=layers > 0
    )
    weights = Weights(file.path, gpu_layers=layers, on_load=on_load)
    try:
        chat = _chat_format(file, weights, header)
        native = Context(weights, chosen.size, on_step=on_step)
    except BaseException:
        weights.close()
        raise
    info = ModelInfo(
        name=file.name,
        sha256=file.sha256,
        demonstration=file.demonstration,
        family=chat.family,
        context_tokens=chosen.context,
        slots=chosen.slots,
        cells=chosen.size.cells,
        gpu_layers=min(layers, header.own("block_count") + 1),
        threads=chosen.size.threads,
        memory_bytes=chosen.memory_bytes,
    )
    return Engine(weights, native, chat, info, ignore_end=ignore_end)


def load_embedder(
    file: ModelFile,
    *,
    adapter: Path | None = None,
    gpu_layers: int | Literal["auto"] = "auto",
    threads: int | None = None,
    on_load: Callable[[float], None] | None = None,
    on_step: Callable[[], None] = lambda: None,
) -> Embedder:
    """A model that turns texts into vectors; see `load`. Raises ModelError for a chat model.

    `adapter` is a GGUF with a LoRA that was trained for these weights; with one, long texts are read whole, in parts.
    """
    header = read_header(file.path)
    if not header.embeds:
        raise ModelError(
            f"{file.name} is a chat model ({header.architecture}) and gives no embeddings",
            hint="choose an embedding model, such as all-MiniLM-L6-v2",
        )
    sizes = embedding_sizes(threads)
    layers = _layers(gpu_layers)
    weights = Weights(file.path, gpu_layers=layers, on_load=on_load)
    try:
        contexts = tuple(Context(weights, size, on_step=on_step) for size in sizes)
        if adapter is not None:
            adapted = weights.adapter(adapter)
            for context in contexts:
                context.adapt(adapted, adapter.name)
    except BaseException:
        weights.close()
        raise
    info = ModelInfo(
        name=file.name,
        sha256=file.sha256,
        demonstration=file.demonstration,
        family="embedding",
        context_tokens=sizes[-1].cells,
        slots=1,
        cells=sizes[-1].cells,
        gpu_layers=min(layers, header.own("block_count") + 1),
        threads=sizes[-1].threads,
        memory_bytes=header.file_bytes,
    )
    return Embedder(weights, contexts, info, whole=adapter is not None)


def _layers(gpu_layers: int | Literal["auto"]) -> int:
    if gpu_layers == "auto":
        return ALL_LAYERS if gpu_offload() else 0
    return gpu_layers


def _chat_format(file: ModelFile, weights: Weights, header: Header) -> ChatFormat:
    """Our own table where it knows the family, else the file's own template, rendered at arm's length."""
    if weights.has_encoder:
        raise cannot_chat(file.name)
    facts = FileFacts.of(file.name, header, (p for p in PROBES if _is_control(weights, p)))
    known = recognise(facts)
    if known is not None:
        return known
    if facts.template:
        return FileTemplate(facts.template)
    raise cannot_chat(file.name)


def _is_control(weights: Weights, text: str) -> bool:
    tokens = weights.tokenize(text, special=True)
    return len(tokens) == 1 and weights.is_control(tokens[0])

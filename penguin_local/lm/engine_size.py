"""How much of the machine a model gets: slots, context and cells from what is free."""

from __future__ import annotations

import os
from dataclasses import dataclass

from penguin_local.errors import ModelError, NoRoom
from penguin_local.lm.engine_context import ContextSize
from penguin_local.lm.weights import Header

SLOTS = 16
CONTEXT = 4096
CELLS_PER_SLOT = 640
"""What a sequence usually needs beside what it shares; admission waits where more is needed."""
BATCH = 512
"""Tokens a step. Larger steps read prompts no faster on a CPU and make answers wait."""
PAD = 256
"""llama.cpp rounds a cache up to this."""

SCORES_BYTES = 1 << 30
"""The largest matrix of attention scores we make room for. The CPU's fused attention does without one, but works
row by row: 16 texts over 2,048 cells grew by 107 tokens a second with it and by 164 without."""
TILE = 64
"""Tokens of one text from which the CPU's fused attention works in tiles. MiniLM on one thread: 0.46 ms a token below
it fused and 0.38 unfused; 0.30 from it on fused, and unfused 0.33 to 0.46."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What was chosen."""

    slots: int
    context: int
    size: ContextSize
    memory_bytes: int
    """Weights, cache and working space together."""
    bytes_per_cell: int


def free_bytes() -> int:
    """Memory that can be had without swapping."""
    import psutil  # type: ignore[import-untyped]

    return int(psutil.virtual_memory().available)


def usable_threads() -> int:
    """Physical cores that this process may run on."""
    import psutil

    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, psutil.cpu_count(logical=False) or allowed))


def plan(
    header: Header,
    *,
    context: int | None,
    slots: int | None,
    memory_bytes: int | None,
    threads: int | None,
    gpu: bool = False,
) -> Plan:
    """Sizes for `memory_bytes` (default: nine tenths of what is free). Raises NoRoom, ModelError."""
    trained = header.own("context_length", CONTEXT)
    if context is not None and context > trained:
        raise ModelError(
            f"this model was trained on {trained:,} tokens; a context of {context:,} would give noise",
            hint=f"--context {trained} or less",
        )
    room = memory_bytes if memory_bytes is not None else free_bytes() * 9 // 10
    wanted_context = context or min(trained, CONTEXT)
    wanted_slots = slots or SLOTS
    wanted_cells = _pad(max(wanted_context, wanted_slots * min(CELLS_PER_SLOT, wanted_context)))
    column = 8 * header.own("attention.head_count", 1) * BATCH
    # By size alone, never by what is free just now: a run that goes on later must compute as it began.
    fused = gpu or column * wanted_cells > SCORES_BYTES
    per_token = max(1, header.cache_bytes_per_token) + (0 if fused else column)
    fixed = header.file_bytes + _working_bytes(header, wanted_slots)
    cells = min(wanted_cells, (room - fixed) // per_token // PAD * PAD)
    if context is None:
        wanted_context = min(wanted_context, max(cells, 0))
    if cells < max(PAD, min(wanted_context, trained)):
        needed = fixed + max(PAD, _pad(wanted_context)) * per_token
        raise NoRoom(
            f"the model needs {needed / 1e6:,.0f} MB of memory, and {room / 1e6:,.0f} MB may be used",
            hint="raise --memory, lower --slots or --context, close other programs, or choose a smaller model"
            + _smaller(room),
        )
    # Sequence numbers beyond the slots are for shared beginnings and for options being weighed.
    # A recurrent model shares nothing, and pays for each number with a whole state.
    sequences = wanted_slots if header.own("ssm.state_size") else _sequences(wanted_slots)
    size = ContextSize(
        cells=cells,
        sequences=sequences,
        batch=min(BATCH, cells),
        outputs=sequences,
        threads=threads or usable_threads(),
        fused=fused,
    )
    return Plan(wanted_slots, wanted_context, size, fixed + cells * per_token, per_token)


def _smaller(room: int) -> str:
    from penguin_local.lm.needs import largest_fitting

    names = largest_fitting(room)
    return f": {', '.join(names)} would fit" if names else ""


def _sequences(slots: int) -> int:
    return min(256, 2 * slots + 32)


def _pad(tokens: int) -> int:
    return -(-tokens // PAD) * PAD


def _working_bytes(header: Header, slots: int) -> int:
    """Rows of logits (twice: computed and handed out), and the widest activations of one step."""
    vocabulary = (
        len(tokens) if isinstance(tokens := header.metadata.get("tokenizer.ggml.tokens"), tuple) else 0
    )
    widest = max(header.own("feed_forward_length"), header.own("embedding_length"))
    return 8 * vocabulary * _sequences(slots) + 16 * BATCH * widest


def embedding_sizes(threads: int | None) -> tuple[ContextSize, ContextSize]:
    """For texts shorter than a tile of fused attention, and for all others.

    llama.cpp ends the process when a text is longer than a step, so that all three sizes of a context are one.
    """
    threads = threads or usable_threads()
    shorter = ContextSize(TILE - 1, 1, TILE - 1, TILE - 1, threads, embedding=True, fused=False)
    return shorter, ContextSize(512, 1, 512, 512, threads, embedding=True)

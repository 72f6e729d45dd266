"""How much memory a model of the catalogue needs, by the reckoning that sizes the engine, before it is fetched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from penguin_local.lm.catalogue_entry import Entry, ModelRole, Shape
from penguin_local.lm.catalogue_file import load_catalogue
from penguin_local.lm.weights import Header, Value

CONTEXT_TOKENS: Final = 4096
SLOTS: Final = (1, 16)
"""What the figures are given for."""
_PLENTY: Final = 1 << 60


@dataclass(frozen=True, slots=True)
class Needs:
    """Bytes of weights, cache and working space together."""

    one_slot: int
    sixteen_slots: int


def needs_of(entry: Entry) -> Needs | None:
    """At a context of 4,096 tokens, or what it was trained on if that is less; None where it cannot be reckoned."""
    if entry.bytes is None or entry.shape is None or entry.parts > 1:
        return None
    header = _header(entry.shape, entry.bytes, entry.context_tokens)
    one, sixteen = (needed_bytes(header, slots=slots) for slots in SLOTS)
    return Needs(one, sixteen)


def largest_fitting(room_bytes: int, *, most: int = 3) -> tuple[str, ...]:
    """Names of the largest chat models of the catalogue that would run in so much memory with 16 slots."""
    fitting: dict[str, int] = {}
    for entry in load_catalogue().entries:
        needs = needs_of(entry) if entry.role is ModelRole.CHAT and entry.pinned else None
        if needs is not None and needs.sixteen_slots <= room_bytes:
            fitting[entry.name] = entry.bytes or 0
    return tuple(sorted(fitting, key=lambda name: -fitting[name])[:most])


def needed_bytes(header: Header, *, slots: int, context: int | None = None) -> int:
    """What the engine would take for such a file when memory is no question."""
    from penguin_local.lm.engine_size import plan

    trained = header.own("context_length", CONTEXT_TOKENS)
    tokens = context or min(CONTEXT_TOKENS, trained)
    return plan(header, context=tokens, slots=slots, memory_bytes=_PLENTY, threads=1).memory_bytes


def _header(shape: Shape, file_bytes: int, context_tokens: int) -> Header:
    """The part of a file's own header that its size in memory follows from."""
    numbers: dict[str, Value] = {
        "general.architecture": "any",
        "any.context_length": context_tokens,
        "any.block_count": shape.layers,
        "any.embedding_length": shape.width,
        "any.feed_forward_length": shape.feed_forward,
        "any.attention.head_count": shape.heads,
        "any.attention.head_count_kv": shape.kv_heads,
        "any.attention.key_length": shape.head_size,
        "any.attention.value_length": shape.head_size,
        "tokenizer.ggml.tokens": ("",) * shape.vocabulary,
    }
    return Header(numbers, file_bytes)

"""The measured parts of the classifier's card, each between two marks."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from penguin_local.agent.crisis_classifier import bundled

TRAINED: Final = "trained"
"""By the recipe, on the training messages."""
HELD_OUT: Final = "held out"
"""By `benchmarks/crisis.py`."""


def get(part: str) -> str:
    """What stands in this part; ValueError where the card has no such marks."""
    return _split(part)[1].strip("\n")


def put(text: str, part: str) -> None:
    """Replace one part of the card; ValueError where the card has no such marks."""
    head, _, tail = _split(part)
    _path().write_text(f"{head}\n{text}\n{tail}", encoding="utf-8")


def _split(part: str) -> tuple[str, str, str]:
    """What stands before this part, with its mark; the part; and what stands behind it, with its mark."""
    begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
    head, mark, rest = _path().read_text(encoding="utf-8").partition(begin)
    text, other, tail = rest.partition(end)
    if not mark or not other:
        raise ValueError(f"{_path()} has no place for `{part}`")
    return head + begin, text, end + tail


def _path() -> Path:
    return bundled().parent / "README.md"

"""The measured parts of the classifier's card, each between two marks."""

from __future__ import annotations

from typing import Final

from penguin_local.agent.crisis_classifier import bundled

TRAINED: Final = "trained"
"""By the recipe, on the training messages."""
HELD_OUT: Final = "held out"
"""By `benchmarks/crisis.py`."""


def put(text: str, part: str) -> None:
    """Replace one part of the card; ValueError where the card has no such marks."""
    path = bundled().parent / "README.md"
    begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
    head, mark, rest = path.read_text(encoding="utf-8").partition(begin)
    _, other, tail = rest.partition(end)
    if not mark or not other:
        raise ValueError(f"{path} has no place for `{part}`")
    path.write_text(f"{head}{begin}\n{text}\n{end}{tail}", encoding="utf-8")

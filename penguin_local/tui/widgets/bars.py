"""Bars made of characters, that say their number beside them."""

from __future__ import annotations

FULL, EMPTY = "━", "─"


def bar(share: float, width: int) -> str:
    """`━━━━────` for a half; never more than all, never less than nothing."""
    filled = round(min(max(share, 0.0), 1.0) * width)
    return FULL * filled + EMPTY * (width - filled)


def marked(share: float, width: int, mark: float) -> str:
    """The same with a `┃` where the mark is."""
    at = min(round(min(max(mark, 0.0), 1.0) * width), width - 1)
    plain = bar(share, width)
    return f"{plain[:at]}┃{plain[at + 1 :]}"

"""How one number, one count and one table are written, in every form of a result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from penguin_local.bench.results import Estimate

Table = tuple[str, list[str], list[list[str]]]
"""Title, columns, rows."""

NOTHING: Final = "-"
"""Shown where there is no number."""


def counted(count: int, noun: str) -> str:
    """`1 item`, `1,200 items`."""
    return f"{count:,} {noun if count == 1 else f'{noun}s'}"


def part(count: int, of: int, noun: str) -> str:
    """`1 of 1 item was`, `3 of 14 items were`."""
    return f"{count:,} of {counted(of, noun)} {'was' if of == 1 else 'were'}"


def shown(estimate: Estimate, *, sign: bool = False) -> str:
    """`3.41 [3.30, 3.52]`."""
    if estimate.mean is None:
        return NOTHING
    form = "+.2f" if sign else ".2f"
    if estimate.low is None or estimate.high is None:
        return f"{estimate.mean:{form}}"
    return f"{estimate.mean:{form}} [{estimate.low:{form}}, {estimate.high:{form}}]"


def markdown_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """One table of a Markdown text."""
    lines = [columns, ["---"] * len(columns), *rows]
    escaped = (" | ".join(cell.replace("|", "\\|") for cell in line) for line in lines)
    return f"\n### {title}\n\n" + "\n".join(f"| {line} |" for line in escaped) + "\n"


def plain(value: float | None) -> str:
    """`3.41`."""
    return NOTHING if value is None else f"{value:.2f}"


def share(estimate: Estimate) -> str:
    """`7 % [2 %, 15 %]`."""
    if estimate.mean is None:
        return NOTHING
    if estimate.low is None or estimate.high is None:
        return f"{estimate.mean:.0%}"
    return f"{estimate.mean:.0%} [{max(0.0, estimate.low):.0%}, {min(1.0, estimate.high):.0%}]"


def estimate_json(estimate: Estimate) -> dict[str, object]:
    """With its interval; missing numbers are null."""
    return {"n": estimate.n, "mean": number(estimate.mean), "ci95": ends(estimate)}


def ends(estimate: Estimate) -> list[float | None]:
    """Of the interval."""
    return [number(estimate.low), number(estimate.high)]


def number(value: float | None) -> float | None:
    """To four places; null where there is none."""
    return None if value is None else round(value, 4)

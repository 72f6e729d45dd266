"""What context costs, as JSON and as a table."""

from __future__ import annotations

from typing import Final

from penguin_local.bench.cells import NOTHING, estimate_json
from penguin_local.bench.results import ContextCosts, CostRow, Estimate

TITLE: Final = "What context costs"


def cost_notices(costs: ContextCosts | None) -> list[str]:
    """What must stand beside these numbers."""
    if costs is None:
        return []
    told = (
        "the bundled judge was never taught these yes-or-no questions: a demonstration of measuring, no finding"
        if costs.demonstration
        else "the judge's yes and no to these questions were not compared with people's"
    )
    meant = "; ".join(f"{row.what}: {row.words}" for row in costs.rows if not row.is_score)
    found = [
        f"what context costs: {told}",
        "what context costs, in percent: the mean probability of yes, where yes is worse, so that a difference "
        f"above 0 is a cost ({meant})",
    ]
    missing = sum(row.missing for row in costs.rows)
    if missing:
        found.append(f"what context costs: {missing:,} values could not be had")
    return found


def cost_tables(costs: ContextCosts | None) -> list[tuple[str, list[str], list[list[str]]]]:
    """One table; the probability of yes in percent, where yes is the worse answer, and scores as they are."""
    if costs is None:
        return []
    columns = ["set", "judged", "n", "free", "rich", "difference [95 % interval]"]
    rows = [
        [
            row.hurt,
            row.what,
            f"{row.difference.n:,}",
            cost_cell(row, row.free),
            cost_cell(row, row.rich),
            cost_cell(row, row.difference, signed=True),
        ]
        for row in costs.rows
    ]
    return [(f"{TITLE}: context-rich minus context-free", columns, rows)]


def cost_json(costs: ContextCosts | None) -> dict[str, object] | None:
    """Shares are 0 to 1, scores 1 to 5; null when it was not measured."""
    if costs is None:
        return None
    return {
        "run": costs.run,
        "prompt": costs.prompt,
        "notices": cost_notices(costs),
        "rows": [
            {
                "set": row.hurt,
                "judged": row.what,
                "question": row.words,
                "unit": "score 1 to 5" if row.is_score else "probability of yes, where yes is worse",
                "context_free": estimate_json(row.free),
                "context_rich": estimate_json(row.rich),
                "difference": estimate_json(row.difference),
                "missing": row.missing,
            }
            for row in costs.rows
        ],
    }


def cost_cell(row: CostRow, estimate: Estimate, *, signed: bool = False) -> str:
    """`12 %`, `+4 % [-1 %, +9 %]`, or `3.41` where the row is of scores; with its interval only where signed."""
    if estimate.mean is None:
        return NOTHING
    form = ("+.2f" if signed else ".2f") if row.is_score else ("+.0%" if signed else ".0%")
    if not signed or estimate.low is None or estimate.high is None:
        return f"{estimate.mean:{form}}"
    return f"{estimate.mean:{form}} [{estimate.low:{form}}, {estimate.high:{form}}]"

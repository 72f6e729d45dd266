"""How many scenarios would show a difference, from how much the ones at hand scatter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from penguin_local.bench.results import BenchResult
from penguin_local.core.statistics import POWER, pairs_for
from penguin_local.errors import UsageError

LEAST_PAIRS: Final = 10
"""Fewer say too little of how much differences scatter."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """One comparison, planned ahead."""

    arm: str
    versus: str
    difference: float
    """To be shown, in points of the score."""
    pilot: int
    """Pairs that the scatter was taken from."""
    scatter: float
    pairs: int | None
    """Scored in both arms; None where the pilot is too small to say."""
    per_domain: int | None
    """Scenarios a domain, of the domains there are."""
    seconds: float | None
    """Of work at the pilot's pace, for both arms; None where there is no pace."""


def check_difference(difference: float) -> None:
    """Raises UsageError for what no number of scenarios could show."""
    if not 0 < difference <= 4:
        raise UsageError(
            f"--plan-for cannot be {difference}", hint="points of a score from 1 to 5, such as --plan-for 0.2"
        )


def plan_ahead(result: BenchResult, difference: float) -> list[Ahead]:
    """For every comparison of the run: how many scenarios show `difference` four times out of five."""
    return [_ahead(result, number, difference) for number in range(len(result.paired))]


def _ahead(result: BenchResult, number: int, difference: float) -> Ahead:
    pair = result.paired[number]
    pilot, scatter = pair.overall.n, pair.scatter or 0.0
    if pilot < LEAST_PAIRS or pair.scatter is None:
        return Ahead(pair.arm, pair.versus, difference, pilot, scatter, None, None, None)
    pairs = pairs_for(scatter, difference)
    rate = result.items_per_minute
    return Ahead(
        pair.arm,
        pair.versus,
        difference,
        pilot,
        scatter,
        pairs,
        math.ceil(pairs / max(1, len(pair.domains))),
        2 * pairs / rate * 60 if rate > 0 else None,
    )


def told(ahead: Sequence[Ahead]) -> list[str]:
    """In sentences."""
    lines = []
    for one in ahead:
        name = f"{one.arm} - {one.versus}"
        if one.pairs is None:
            lines.append(
                f"{name}: {one.pilot} scored pairs are too few to plan from; {LEAST_PAIRS} at least are needed"
            )
            continue
        time = "" if one.seconds is None else f", about {_duration(one.seconds)} of work at this pace"
        lines.append(
            f"{name}: a difference of {one.difference:g} would show with {one.pairs:,} scenarios scored in both arms "
            f"(--per-domain {one.per_domain:,}){time}; in {POWER:.0%} of such runs, at 95 %, if differences scatter "
            f"as in these {one.pilot:,} (standard deviation {one.scatter:.2f})"
        )
    return lines


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"

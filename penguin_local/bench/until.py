"""When a run knows enough to end before its plan is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from penguin_local.bench.plan import groups
from penguin_local.core.rubric import Score, Unscored
from penguin_local.core.statistics import mean_interval
from penguin_local.store.rows import PlannedItem

ENOUGH: Final = 20
"""Scored items an arm needs before an interval may end a run, copies of one post counted once: a handful can agree
by chance."""


def narrow_enough(
    plan: Sequence[PlannedItem],
    verdicts: Mapping[int, Score | Unscored],
    half_width: float,
    *,
    seed: int,
) -> bool:
    """Whether every arm's interval is. Only whole groups count: a resumed run stops where an unbroken one would."""
    by_arm: dict[str, list[tuple[float, str]]] = {item.arm: [] for item in plan}
    for group in groups(plan):
        if any(item.position not in verdicts for item in group):
            break
        for item in group:
            verdict = verdicts[item.position]
            if isinstance(verdict, Score):
                by_arm[item.arm].append((verdict.mean, item.scenario.cluster))
    return all(_narrow(scored, half_width, seed) for scored in by_arm.values())


def _narrow(scored: Sequence[tuple[float, str]], half_width: float, seed: int) -> bool:
    clusters = [cluster for _, cluster in scored]
    if len(set(clusters)) < ENOUGH:
        return False
    interval = mean_interval([value for value, _ in scored], seed=seed, clusters=clusters)
    return interval is not None and interval.half_width <= half_width

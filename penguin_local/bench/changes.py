"""Which items changed most from one run to another: a mean that stands still can hide answers that fell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from penguin_local.core.rubric import Dimension, Score
from penguin_local.core.scenario import Scenario
from penguin_local.store.rows import FinishedItem, scenario_digest


@dataclass(frozen=True, slots=True)
class Change:
    """One scenario under one arm of both runs."""

    scenario: Scenario
    arm: str
    before: float
    """Score of the first run, 1.0 to 5.0."""
    after: float
    risk: float
    """Change of risk sensitivity alone, -4.0 to 4.0."""

    @property
    def change(self) -> float:
        """The second minus the first."""
        return self.after - self.before


def most_changed(first: Sequence[FinishedItem], second: Sequence[FinishedItem], count: int) -> list[Change]:
    """The largest changes of the score, falls before rises of the same size; equals by scenario and arm."""
    before = {_key(item): item.verdict for item in first}
    found = []
    for item in second:
        had = before.get(_key(item))
        if isinstance(had, Score) and isinstance(item.verdict, Score):
            risk = item.verdict.expectation(Dimension.RISK) - had.expectation(Dimension.RISK)
            planned = item.planned
            found.append(Change(planned.scenario, planned.arm, had.mean, item.verdict.mean, risk))
    found.sort(key=lambda c: (-abs(c.change), c.change, c.scenario.id, c.arm))
    return found[:count]


def _key(item: FinishedItem) -> tuple[str, str]:
    return scenario_digest(item.planned.scenario), item.planned.arm

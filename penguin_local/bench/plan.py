"""What a run will do, in which order: every scenario under every arm, in fixed groups.

A group is what the engine gets at once. Groups never change with what is already done, because the last
bits of a logit move with the batch it is computed in: a resumed run must form the same batches.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

from penguin_local.bench.arms import Arm, item_seed
from penguin_local.core.attributes import Domain
from penguin_local.core.scenario import Scenario
from penguin_local.store.rows import PlannedItem

GROUP: Final = 32
"""Items a group: enough to fill 16 slots twice, few enough that little work is done again after a crash."""


def make_plan(scenarios: Sequence[Scenario], arms: Sequence[Arm], *, seed: int) -> list[PlannedItem]:
    """Scenario by scenario, so that the arms of one share what they have in common.

    The domains take turns: wherever a run stops early, it has seen all of them alike.
    """
    items: list[PlannedItem] = []
    for scenario in by_turns(scenarios):
        for arm in arms:
            known = arm.background(scenario, seed)
            own = item_seed(seed, scenario.id, arm.name)
            items.append(PlannedItem(len(items), scenario, arm.name, known, own))
    return items


def groups(plan: Sequence[PlannedItem]) -> list[Sequence[PlannedItem]]:
    """The plan cut into what the engine gets at once."""
    return [plan[start : start + GROUP] for start in range(0, len(plan), GROUP)]


def by_turns(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """One of each domain, then the next of each."""
    queues = [[s for s in scenarios if s.domain is domain] for domain in Domain]
    return [s for turn in zip_longest(*queues) for s in turn if s is not None]

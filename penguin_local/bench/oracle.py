"""The oracle: every subset of at most K attributes answered and judged, the best one known.

The maximum over many noisy scores flatters itself. So the search only chooses: the answer that is reported
for the arm is written anew from the chosen subset, under the item's own seed, and judged like any other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from penguin_local.agent.planner_values import subset_seed
from penguin_local.bench.finding_arms import Search
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background
from penguin_local.core.rubric import Score
from penguin_local.core.scenario import Scenario
from penguin_local.safety.evaluator import Evaluator, Item

BATCH: Final = 32
"""Subsets answered together: enough to fill 16 slots twice, and all that a crash can lose."""


@dataclass(frozen=True, slots=True)
class Best:
    """What a search found."""

    known: Background
    """Nothing where no subset could be scored."""
    evaluations: int
    unscored: int


def best_subset(
    evaluator: Evaluator,
    scenario: Scenario,
    search: Search,
    *,
    seed: int,
    cancel: threading.Event,
    evaluated: Callable[[int], None],
) -> Best:
    """The subset with the highest score; on a tie the smaller one, then the first in canonical order.

    `evaluated` hears how many were done at once. Raises Cancelled; what was answered is in the cache.
    """
    best, highest = Background(), float("-inf")
    done = unscored = 0
    for batch in _batches(scenario.profile.truth.attributes, search.most):
        known = [scenario.profile.reveal(subset) for subset in batch]
        items = [Item(scenario, told, subset_seed(seed, scenario.id, told.mask)) for told in known]
        for told, (_, verdict) in zip(known, evaluator.evaluate(items, cancel=cancel), strict=True):
            if not isinstance(verdict, Score):
                unscored += 1
            elif verdict.mean > highest:
                best, highest = told, verdict.mean
        done += len(batch)
        evaluated(len(batch))
    return Best(best, done, unscored)


def _batches(held: Sequence[Attribute], most: int) -> Iterator[list[tuple[Attribute, ...]]]:
    """The same batches whatever the K of a larger oracle is, so that both find them in the cache."""
    small = [subset for size in range(min(most, 1) + 1) for subset in combinations(held, size)]
    yield small
    for size in range(2, most + 1):
        subsets = list(combinations(held, size))
        yield from (subsets[start : start + BATCH] for start in range(0, len(subsets), BATCH))

"""RAISE's planner: for each scenario a search over what to ask, several searches side by side.

The searches are pure (`agent.lattice`) and say what they need next; the planner asks the models for all of
them at once, so that every call of the engine is full. What was computed is remembered as it comes: planning
a scenario again after a crash repeats the same search over remembered values.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from types import MappingProxyType
from typing import Final

import numpy as np

from penguin_local.agent.lattice import Found, Given, Memory, Rule, Settings, Wanted, searching
from penguin_local.agent.lattice_values import Searching
from penguin_local.agent.planner_progress import PlanMeter, PlanProgress
from penguin_local.agent.planner_values import Priors, Values, mask_of
from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.plan import PlannedPath
from penguin_local.core.scenario import Scenario
from penguin_local.lm.base import LanguageModel
from penguin_local.safety.evaluator import Evaluator

GROUP: Final = 14
"""Scenarios planned side by side: two of each domain, so that what they taught serves the next two."""
ATTRIBUTES: Final = tuple(Attribute)
_NOTHING_YET: Final[Mapping[int, Mapping[int, float | None]]] = MappingProxyType({})

Planned = tuple[int, PlannedPath, Found]
"""Position of the scenario, its path, and all that its search saw."""


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """How to search; ValueError for a value out of range."""

    rule: Rule = Rule.SURROGATE
    """The default came closest to the oracle in nearly every cell of `benchmarks/planner.py`."""
    depth: int = 5
    """Most attributes on a path."""
    rollouts: int = 40
    """Most subsets evaluated for one scenario."""
    exploration: float = 0.5
    """c: the weight of the little visited."""
    batch: int = 8
    """Subsets that one search asks for at once."""
    exact: bool = False
    """Whether answers are drawn greedily, so that a subset has one score and no luck is in it."""

    def __post_init__(self) -> None:
        self.search(None)

    def search(self, scenario: Scenario | None) -> Settings:
        """The same for one scenario: only what its profile holds may be asked."""
        return Settings(
            rule=self.rule,
            depth=self.depth,
            rollouts=self.rollouts,
            exploration=self.exploration,
            batch=self.batch,
            n=len(ATTRIBUTES),
            allowed=None if scenario is None else mask_of(scenario.profile.truth.attributes),
            exact=self.exact,
        )

    @property
    def most(self) -> int:
        """Subsets that one search looks at, at most: there are no more than this, whatever `rollouts` is."""
        every = sum(math.comb(len(ATTRIBUTES), size) for size in range(self.depth + 1))
        return every if self.rule is Rule.EXHAUSTIVE else min(self.rollouts, every)


@dataclass(slots=True)
class _Search:
    position: int
    scenario: Scenario
    steps: Searching
    wanted: Wanted = field(default_factory=Wanted)
    found: Found | None = None

    def go_on(self, given: Given | None) -> None:
        try:
            self.wanted = next(self.steps) if given is None else self.steps.send(given)
        except StopIteration as end:
            self.wanted, self.found = Wanted(), end.value


class Planner:
    """One plan's searches."""

    def __init__(
        self,
        *,
        evaluator: Evaluator,
        model: LanguageModel,
        settings: PlanSettings,
        salt: int,
        seed: int,
        listener: Callable[[PlanProgress], None] = lambda progress: None,
        cancel: threading.Event | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`evaluator` without whole batches, so that it finds every value again; `model` gives the priors."""
        self._values = Values(evaluator, seed=seed, cancel=cancel)
        self._priors = Priors(evaluator, model, salt=salt, cancel=cancel)
        self._settings = settings
        self._seed = seed
        self._listener = listener
        self._clock = clock

    def plan(
        self,
        scenarios: Sequence[Scenario],
        *,
        before: Mapping[int, Mapping[int, float | None]] = _NOTHING_YET,
    ) -> Iterator[Planned]:
        """Everything that is missing, group by group in the order of the scenarios. Raises Cancelled.

        `before`: by position, what was explored for the scenarios that are finished. They are not planned
        again, and teach the later ones of their domain as they would have in one sitting.
        """
        meter = PlanMeter(
            finished=len(before),
            total=len(scenarios),
            most=self._settings.most,
            clock=self._clock,
            listener=self._listener,
        )
        memories: dict[Domain, Memory] = {}
        for start in range(0, len(scenarios), GROUP):
            group = dict(enumerate(scenarios[start : start + GROUP], start))
            searches = [
                self._begin(position, scenario, memories.get(scenario.domain))
                for position, scenario in group.items()
                if position not in before
            ]
            planned = self._together(searches, meter)
            yield from planned
            explored = {**before, **{position: found.evaluated for position, _, found in planned}}
            for position, scenario in group.items():
                memory = memories.get(scenario.domain, Memory(len(ATTRIBUTES)))
                memories[scenario.domain] = memory.after(_seen(explored[position]))

    def _begin(self, position: int, scenario: Scenario, memory: Memory | None) -> _Search:
        text = f"{self._seed}|{scenario.id}|search"
        own = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
        if not scenario.profile.truth.attributes:
            return _Search(position, scenario, _nothing_to_ask())
        steps = searching(self._settings.search(scenario), rng=np.random.default_rng(own), memory=memory)
        return _Search(position, scenario, steps)

    def _together(self, searches: Sequence[_Search], meter: PlanMeter) -> list[Planned]:
        for search in searches:
            search.go_on(None)
        while going := [search for search in searches if search.found is None]:
            priors = iter(self._priors.of([(s.scenario, mask) for s in going for mask in s.wanted.priors]))
            valued = self._values.of([(s.scenario, mask) for s in going for mask in s.wanted.rewards])
            rewards = iter(valued)
            meter.evaluated(
                count=len(valued),
                cached=sum(value.cached for value in valued),
                unscored=sum(value.reward is None for value in valued),
            )
            for search in going:
                given = Given(
                    [next(priors) for _ in search.wanted.priors],
                    [next(rewards).reward for _ in search.wanted.rewards],
                )
                search.go_on(given)
                if search.found is not None:
                    meter.finished(len(search.found.evaluated))
        return [(s.position, planned_path(s.scenario, s.found), s.found) for s in searches if s.found]


def _nothing_to_ask() -> Searching:
    """The search of a scenario whose profile holds nothing: only the answer without it has a score."""
    given = yield Wanted(rewards=(0,))
    return _seen({0: given.rewards[0]})


def _seen(evaluated: Mapping[int, float | None]) -> Found:
    """As much of a search as later ones learn from, in an order that does not hang on the search's own."""
    size = 1 << len(ATTRIBUTES)
    return Found(
        path=(),
        evaluated=dict(sorted(evaluated.items())),
        modelled=None,
        rollouts=len(evaluated),
        visits=np.zeros(size, np.int64),
        values=np.full(size, np.nan),
    )


def planned_path(scenario: Scenario, found: Found) -> PlannedPath:
    """What is kept of a search: the path and the score of every prefix of it."""
    path = tuple(ATTRIBUTES[index] for index in found.path)
    prefixes = [mask_of(path[:length]) for length in range(len(path) + 1)]
    return PlannedPath(
        scenario_id=scenario.id,
        domain=scenario.domain,
        query=scenario.query,
        path=path,
        scores=tuple(found.evaluated.get(mask) for mask in prefixes),
        evaluations=len(found.evaluated),
        unscored=sum(score is None for score in found.evaluated.values()),
    )

"""Talks held together, so that one call of the model serves them all; where it is wanted, scored step by step."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from penguin_local.agent.interview import Dialogue as Talking
from penguin_local.agent.interview import Interview, interview
from penguin_local.agent.planner_values import subset_seed
from penguin_local.agent.situation import Example
from penguin_local.agent.users import make_user
from penguin_local.bench.arms import item_seed
from penguin_local.bench.asking import Asking
from penguin_local.bench.finding_arms import Talk
from penguin_local.core.rubric import Score
from penguin_local.core.scenario import Scenario
from penguin_local.lm.base import LanguageModel
from penguin_local.safety.evaluator import Evaluator, Item
from penguin_local.safety.fencing import Purpose, mark
from penguin_local.store.dialogues import Dialogue, Step
from penguin_local.store.rows import PlannedItem

Examples = Mapping[str, tuple[Example, ...]]
"""Planned paths of similar questions, the best first, by scenario id."""
Retrieve = Callable[[Sequence[Scenario]], Examples]
"""Finds them; what it finds for one scenario does not depend on the others."""

Scores = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Talks:
    """How the talks of one run are held."""

    asking: Asking
    seed: int
    """The run's."""
    clock: Callable[[], float]
    cancel: threading.Event

    def hold(
        self,
        model: LanguageModel,
        items: Sequence[tuple[PlannedItem, Talk]],
        *,
        examples: Examples,
        evaluator: Evaluator,
    ) -> list[Dialogue]:
        """One talk an item, to their ends. Raises Cancelled, with nothing kept."""
        began = self.clock()
        held = interview(
            model, [self._talking(item, talk, examples) for item, talk in items], cancel=self.cancel
        )
        talked = self.clock()
        steps = [_steps(found) for found in held]
        scores: Sequence[Scores | None] = [None] * len(items)
        if self.asking.prefixes:
            scenarios = [item.scenario for item, _ in items]
            scores = self._scored(evaluator, list(zip(scenarios, steps, strict=True)))
        scored = self.clock()
        return [
            Dialogue(
                known=found.situation.known,
                asked=found.asked,
                declined=found.declined,
                unsure=found.unsure,
                steps=own,
                levels=found.levels,
                reason=found.reason.value,
                seconds=(talked - began) / len(items),
                scores=told,
                unweighed=found.unweighed,
                scoring_seconds=(scored - talked) / len(items),
            )
            for found, own, told in zip(held, steps, scores, strict=True)
        ]

    def _talking(self, item: PlannedItem, talk: Talk, examples: Examples) -> Talking:
        scenario = item.scenario
        # The same person in every arm: what they decline is not the arm's luck.
        user_seed = item_seed(self.seed, scenario.id, "user")
        return Talking(
            query=scenario.query,
            settings=self.asking.of(talk),
            user=partial(
                make_user, self.asking.user, scenario.profile, seed=user_seed, rate=self.asking.user_rate
            ),
            mark=mark(scenario.id, Purpose.ASK, salt=self.seed),
            seed=item.seed,
            examples=examples.get(scenario.id, ()) if talk.paths else (),
        )

    def _scored(
        self, evaluator: Evaluator, talks: Sequence[tuple[Scenario, tuple[Step, ...]]]
    ) -> list[Scores]:
        """The score of the answer from every step; a step that several talks share is answered once."""
        wanted = {(scenario.id, step): scenario for scenario, steps in talks for step in steps}
        items = [
            Item(
                scenario,
                step.known,
                subset_seed(self.seed, name, step.known.mask),
                declined=step.declined,
            )
            for (name, step), scenario in wanted.items()
        ]
        verdicts = [verdict for _, verdict in evaluator.evaluate(items, cancel=self.cancel)]
        by_step = dict(zip(wanted, verdicts, strict=True))
        return [
            tuple(
                verdict.mean if isinstance(verdict := by_step[scenario.id, step], Score) else None
                for step in steps
            )
            for scenario, steps in talks
        ]


def _steps(found: Interview) -> tuple[Step, ...]:
    return tuple(Step(situation.known, situation.declined) for situation in found.situations)

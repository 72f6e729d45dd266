"""Planning: many searches side by side, each as if it were alone, and never twice for the same value."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from penguin_local.agent.lattice import Rule
from penguin_local.agent.planner import GROUP, Planned, Planner, PlanSettings
from penguin_local.agent.planner_progress import PlanProgress
from penguin_local.agent.planner_values import Priors, Values, attributes_of, mask_of, subset_seed
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background, Profile
from penguin_local.core.plan import PlannedPath
from penguin_local.core.rubric import Missing, Unscored
from penguin_local.core.scenario import Scenario
from penguin_local.errors import Cancelled
from penguin_local.lm.base import ChooseRequest, GenerateRequest
from penguin_local.lm.scripted import Scripted, info
from penguin_local.safety.answering import AnswerSettings
from penguin_local.safety.evaluator import Evaluator
from tests.bench.people import a_scenario, scenarios

SMALL = PlanSettings(rule=Rule.LATTICE, depth=3, rollouts=12, batch=4)


def what_is_known(request: GenerateRequest) -> str:
    """An answer that only says which attributes it was told, in canonical order."""
    data = request.messages[-1].content
    return ", ".join(a.label for a in Attribute if f'"{a.label} is ' in data) or "nothing"


def telling(*attributes: Attribute) -> Callable[[ChooseRequest], Sequence[float]]:
    """A judge that likes each of these attributes, and a prior that is the same for all."""

    def weigh(request: ChooseRequest) -> Sequence[float]:
        if len(request.options) != 5 or "1" not in request.options:
            return [1.0] * len(request.options)
        reply = request.messages[-1].content.partition("reply: ")[2]
        seen = sum(attribute.label in reply for attribute in attributes)
        return [1.0 if level == seen else 0.01 for level in range(5)]

    return weigh


class Kept:
    """A cache that outlives a planner."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def get(self, keys: Sequence[str]) -> dict[str, str]:
        return {key: self.values[key] for key in keys if key in self.values}

    def put(self, values: Mapping[str, str]) -> None:
        self.values = {**values, **self.values}


@dataclass
class Desk:
    """A model, a cache and a planner over them."""

    model: Scripted = field(default_factory=lambda: Scripted(answer=what_is_known))
    cache: Kept = field(default_factory=Kept)
    settings: PlanSettings = SMALL
    heard: list[PlanProgress] = field(default_factory=list)
    cancel: threading.Event = field(default_factory=threading.Event)

    @property
    def evaluator(self) -> Evaluator:
        return Evaluator(
            answerer=self.model,
            judge=self.model,
            cache=self.cache,
            settings=AnswerSettings(max_tokens=64),
            salt=7,
        )

    def plan(
        self,
        wanted: Sequence[Scenario],
        before: Mapping[int, Mapping[int, float | None]] = {},
    ) -> list[Planned]:
        planner = Planner(
            evaluator=self.evaluator,
            model=self.model,
            settings=self.settings,
            salt=7,
            seed=7,
            listener=self.heard.append,
            cancel=self.cancel,
        )
        return list(planner.plan(wanted, before=before))

    def paths(self, wanted: Sequence[Scenario]) -> list[PlannedPath]:
        return [planned for _, planned, _ in self.plan(wanted)]


def test_the_path_leads_to_what_makes_answers_safer() -> None:
    desk = Desk(
        Scripted(answer=what_is_known, weigh=telling(Attribute.EMOTION, Attribute.SELF_HARM)),
        settings=replace(SMALL, rollouts=60),
    )
    for planned in desk.paths(scenarios(3)):
        assert {Attribute.EMOTION, Attribute.SELF_HARM} <= set(planned.path)
        assert planned.score is not None
        assert planned.scores[0] is not None
        assert planned.score > planned.scores[0] + 1.5


@pytest.mark.parametrize("rule", list(Rule))
def test_every_rule_keeps_to_its_budget_and_to_the_profile(rule: Rule) -> None:
    lacking = (Attribute.AGE, Attribute.EMOTION, Attribute.HEALTH, Attribute.GENDER, Attribute.ECONOMIC)
    wanted = [a_scenario(number, lacking=lacking) for number in range(3)]
    desk = Desk(settings=replace(SMALL, rule=rule))
    for position, planned, found in desk.plan(wanted):
        assert planned.scenario_id == wanted[position].id
        assert 0 < len(planned.path) <= 3
        assert len(set(planned.path)) == len(planned.path)
        assert not set(planned.path) & set(lacking)
        assert not any(mask & mask_of(lacking) for mask in found.evaluated)
        assert planned.evaluations == len(found.evaluated) <= (26 if rule is Rule.EXHAUSTIVE else 12)
        prefixes = [mask_of(planned.path[:length]) for length in range(len(planned.path) + 1)]
        assert planned.scores == tuple(found.evaluated[mask] for mask in prefixes)


def test_a_search_finds_the_same_beside_others_as_alone() -> None:
    together = Desk().paths(scenarios(GROUP + 2))
    alone = [path for scenario in scenarios(GROUP + 2) for path in Desk().paths([scenario])]
    assert together == alone


def test_what_earlier_scenarios_of_a_domain_taught_is_used_by_the_surrogate() -> None:
    desk = Desk(settings=replace(SMALL, rule=Rule.SURROGATE))
    wanted = scenarios(GROUP + 2)
    whole = desk.plan(wanted)
    explored = {position: found.evaluated for position, _, found in whole[:GROUP]}
    later = Desk(settings=desk.settings).plan(wanted, explored)
    assert [planned for _, planned, _ in later] == [planned for _, planned, _ in whole[GROUP:]]
    untaught = Desk(settings=desk.settings).plan(wanted[GROUP:])
    assert [found.evaluated for *_, found in untaught] != [found.evaluated for *_, found in later]


class Crash(BaseException):
    """The process ends here."""


@pytest.mark.parametrize(("rule", "answers"), [(Rule.LATTICE, 40), (Rule.SURROGATE, 150), (Rule.PAPER, 1)])
def test_planning_goes_on_after_a_crash_to_the_same_paths_and_computes_nothing_twice(
    rule: Rule, answers: int
) -> None:
    settings, wanted = replace(SMALL, rule=rule), scenarios(GROUP + 4)
    whole = Desk(settings=settings)
    expected = whole.plan(wanted)
    asked = list[str]()

    def fragile(request: GenerateRequest) -> str:
        if len(asked) == answers:
            asked.append("crash")
            raise Crash
        asked.append(repr(request))
        return what_is_known(request)

    desk = Desk(Scripted(answer=fragile), settings=settings)
    kept: dict[int, Planned] = {}
    with pytest.raises(Crash):
        kept.update({planned[0]: planned for planned in desk.plan(wanted)})
    kept.update({p[0]: p for p in desk.plan(wanted)})
    assert [kept[position][1] for position in sorted(kept)] == [planned for _, planned, _ in expected]
    lost = [text for text in asked if text != "crash"]
    # The words of a whole batch are made before the first is spoken: only those of the crash come twice.
    assert len(lost) - len(set(lost)) <= 32


def test_an_answer_is_kept_as_soon_as_it_is_finished() -> None:
    class Breaking(Scripted):
        def generate(self, requests, *, cancel=None):  # type: ignore[no-untyped-def]
            for number, event in enumerate(super().generate(requests, cancel=cancel)):
                if number == 40:
                    raise Crash
                yield event

    desk = Desk(Breaking(answer=lambda request: "one two three"))
    with pytest.raises(Crash):
        desk.plan(scenarios(12))
    assert sum("one two three" in value for value in desk.cache.values.values()) == 4


def test_a_prior_is_asked_once_a_node_and_for_all_searches_together() -> None:
    calls = list[int]()

    class Counting(Scripted):
        def choose(self, requests, *, cancel=None):  # type: ignore[no-untyped-def]
            if requests and "1" not in requests[0].options:
                calls.append(len(requests))
            return super().choose(requests, cancel=cancel)

    model = Counting(answer=what_is_known)
    Desk(model).plan(scenarios(5))
    assert calls[0] == 5
    asked = [str(r.messages) for r in model.chosen if "1" not in r.options]
    assert len(asked) == len(set(asked))


def test_answers_of_all_searches_fill_the_same_batches() -> None:
    sizes = list[int]()

    class Counting(Scripted):
        def generate(self, requests, *, cancel=None):  # type: ignore[no-untyped-def]
            sizes.append(len(requests))
            return super().generate(requests, cancel=cancel)

    Desk(Counting(answer=what_is_known)).plan(scenarios(6))
    assert max(sizes) >= 20
    assert max(sizes) <= 32


def test_what_cannot_be_scored_is_counted_and_the_search_goes_on() -> None:
    def weigh(request: ChooseRequest) -> Sequence[float]:
        unknowable = "reply: " in request.messages[-1].content and re.search(
            "reply: .*profession", request.messages[-1].content
        )
        return [float("nan")] * 5 if unknowable else [1.0] * len(request.options)

    desk = Desk(Scripted(answer=what_is_known, weigh=weigh), settings=replace(SMALL, rollouts=40))
    for _, planned, found in desk.plan(scenarios(2)):
        without = [mask for mask in found.evaluated if mask & Attribute.PROFESSION.bit]
        assert without
        assert planned.unscored == len(without)
        assert all(found.evaluated[mask] is None for mask in without)
        assert planned.score == pytest.approx(3.0)
    assert desk.heard[-1].unscored == sum(planned.unscored for planned in desk.paths(scenarios(2)))


def test_a_scenario_whose_judge_gives_nothing_at_all_has_a_path_without_a_score() -> None:
    desk = Desk(Scripted(answer=what_is_known, weigh=lambda request: [float("nan")] * len(request.options)))
    planned = desk.paths(scenarios(1))[0]
    assert planned.evaluations == planned.unscored > 0
    assert planned.score is None
    assert planned.anytime is None


def test_a_profile_that_holds_nothing_has_nothing_to_ask() -> None:
    silent = replace(a_scenario(1), profile=Profile(Background()))
    planned = Desk().paths([silent, a_scenario(2)])[0]
    assert (planned.path, planned.evaluations) == ((), 1)
    assert planned.score is not None


def test_a_prompt_that_does_not_fit_leaves_every_subset_unscored_and_asks_no_prior() -> None:
    desk = Desk(Scripted(answer=what_is_known, info=info(context_tokens=20)))
    planned = desk.paths(scenarios(1))[0]
    assert planned.unscored == planned.evaluations
    assert not desk.model.chosen
    assert not desk.model.generated


def test_the_prior_is_over_what_is_held_and_not_known() -> None:
    scenario = a_scenario(1, lacking=[Attribute.AGE])
    known = Attribute.EMOTION.bit | Attribute.HEALTH.bit
    for model in (Scripted(), Scripted(weigh=lambda request: [0.0] * len(request.options))):
        desk = Desk(model)
        first, empty = Priors(desk.evaluator, model, salt=7).of([(scenario, known), (scenario, 0)])
        for prior, mask in ((first, known), (empty, 0)):
            assert prior.shape == (10,)
            assert prior.sum() == pytest.approx(1.0)
            closed = mask | Attribute.AGE.bit
            assert [bool(p) for p in prior] == [not a.bit & closed for a in Attribute]
    assert len(set(np.round(first[first > 0], 9))) == 1


def test_the_value_of_a_subset_is_one_value_whoever_asks() -> None:
    desk, scenario = Desk(Scripted()), a_scenario(1)
    subset = mask_of([Attribute.EMOTION, Attribute.AGE])
    assert subset == mask_of([Attribute.AGE, Attribute.EMOTION, Attribute.AGE])
    assert attributes_of(subset) == (Attribute.AGE, Attribute.EMOTION)
    alone = Values(desk.evaluator, seed=7).of([(scenario, subset)])
    crowd = [(other, mask) for other in (a_scenario(2), scenario) for mask in (0, subset, 1023)]
    among = Values(Desk(Scripted()).evaluator, seed=7).of(crowd)
    assert among[4].verdict == alone[0].verdict
    assert among[1].verdict != among[4].verdict
    again = Values(desk.evaluator, seed=7).of([(scenario, subset)])
    assert (again[0].verdict, again[0].cached) == (alone[0].verdict, True)
    other_seed = Values(desk.evaluator, seed=8).of([(scenario, subset)])
    assert other_seed[0].verdict != alone[0].verdict
    assert Values(desk.evaluator, seed=7).of([]) == []


def test_a_reward_never_leaves_the_scale_and_is_never_made_up() -> None:
    seeds = {subset_seed(7, "a", mask) for mask in range(1024)}
    assert len(seeds) == 1024
    assert all(0 <= seed < 2**31 for seed in seeds)
    desk = Desk(Scripted(weigh=lambda request: [0.0, 0.0, 0.0, 0.0, 1 / 3]))
    assert Values(desk.evaluator, seed=7).of([(a_scenario(1), 0)])[0].reward == 5.0
    silent = Desk(Scripted(answer=lambda request: ""))
    valued = Values(silent.evaluator, seed=7).of([(a_scenario(1), 0)])[0]
    assert valued.verdict == Unscored(Missing.EMPTY)
    assert valued.reward is None


def test_progress_tells_what_was_remembered_and_when_it_ends() -> None:
    desk = Desk()
    first = desk.plan(scenarios(3))
    told = desk.heard[-1]
    assert (told.finished, told.total, told.done) == (3, 3, 3)
    assert told.evaluated == sum(planned.evaluations for _, planned, _ in first)
    assert (told.cached, told.unscored, told.seconds_left) == (0, 0, 0.0)
    assert all(p.seconds_left is None or p.seconds_left >= 0 for p in desk.heard)
    assert all(a.evaluated <= b.evaluated for a, b in zip(desk.heard, desk.heard[1:], strict=False))
    again = Desk(desk.model, desk.cache)
    again.plan(scenarios(3))
    assert again.heard[-1].cached == again.heard[-1].evaluated == told.evaluated
    assert again.heard[-1].per_minute is None


def test_a_finished_scenario_is_not_planned_again() -> None:
    desk = Desk()
    explored = {position: found.evaluated for position, _, found in desk.plan(scenarios(3))}
    del explored[1]
    idle = Desk()
    assert [position for position, *_ in idle.plan(scenarios(3), explored)] == [1]
    assert idle.heard[-1].finished == 3


def test_planning_stops_when_it_is_told_to_and_keeps_what_it_has() -> None:
    desk = Desk()

    def stop(request: GenerateRequest) -> str:
        if len(desk.model.generated) > 60:
            desk.cancel.set()
        return what_is_known(request)

    desk.model.answer = stop
    with pytest.raises(Cancelled):
        desk.plan(scenarios(6))
    assert desk.cache.values


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"depth": 0}, "depth 0"),
        ({"depth": 11}, "depth 11"),
        ({"rollouts": 0}, "0 rollouts"),
        ({"rollouts": 5}, "5 rollouts"),
        ({"exploration": float("nan")}, "exploration nan"),
        ({"batch": 0}, "batch of 0"),
    ],
)
def test_a_setting_out_of_range_is_refused_at_once(changed: dict[str, float], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        PlanSettings(**changed)  # type: ignore[arg-type]

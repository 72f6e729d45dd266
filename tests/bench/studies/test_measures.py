"""What each study makes of finished items: numbers that are known beforehand."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from penguin_local.agent.lattice import Rule
from penguin_local.bench.arms import CONTEXT_FREE
from penguin_local.bench.studies import (
    abstention,
    attributes,
    convergence,
    correlation,
    path,
    subsets,
    table2,
)
from penguin_local.bench.studies.catalogue import THRESHOLDS, Study, arms_of
from penguin_local.bench.studies.convergence import Landscape
from penguin_local.core.attributes import Attribute
from penguin_local.core.rubric import Dimension
from penguin_local.core.scenario import Scenario
from penguin_local.errors import Cancelled
from penguin_local.store.dialogues import Dialogue
from tests.bench.people import scenarios
from tests.bench.studies.examples import PEOPLE, WORTH, a_landscape, a_path, level, talk
from tests.bench.studies.made import a_record, a_score, a_search, a_talk, items


def test_table2_has_the_three_arms_their_differences_and_their_questions() -> None:
    arms = arms_of(Study.TABLE2, 0)
    base = {CONTEXT_FREE: 2.0, "agent": 3.0, "planner": 3.25}
    done = items(
        PEOPLE,
        arms,
        score=lambda s, arm: base[arm],
        dialogue=lambda s, arm: a_talk(2 if arm == "agent" else 3) if arm != CONTEXT_FREE else None,
    )
    found = table2.measure(a_record(arms, len(done)), done)
    assert [(p.arm, p.versus) for p in found.pairs] == [
        ("agent", CONTEXT_FREE),
        ("planner", CONTEXT_FREE),
        ("planner", "agent"),
    ]
    assert [p.overall.mean for p in found.pairs] == pytest.approx([1.0, 1.25, 0.25])
    assert found.questions(CONTEXT_FREE) is None
    asked = found.questions("agent")
    assert asked is not None
    assert (asked.mean, asked.n) == (2.0, 28)


def test_attributes_stand_in_the_order_of_their_gain_on_the_same_scenarios() -> None:
    arms = arms_of(Study.ATTRIBUTES, 0)

    def score(scenario: Scenario, arm: str) -> float | None:
        if scenario is PEOPLE[0]:
            return None if arm == "only:age" else 4.0  # not a pair: it must not move the gain of age
        worth = 0.0 if arm == CONTEXT_FREE else WORTH[tuple(Attribute).index(Attribute(arm[5:]))]
        return 2.0 + worth

    found = attributes.measure(a_record(arms, 308), items(PEOPLE, arms, score=score))
    gains = [w.gain.mean or 0.0 for w in found.worth]
    assert gains == sorted(gains, reverse=True)
    by_attribute = {w.attribute: w for w in found.worth}
    assert found.worth[0].attribute is Attribute.EMOTION
    assert by_attribute[Attribute.AGE].gain.mean == pytest.approx(WORTH[0])
    assert by_attribute[Attribute.AGE].gain.n == 27
    assert by_attribute[Attribute.AGE].unscored == 1


def test_random_subsets_of_one_scenario_count_as_one() -> None:
    arms = arms_of(Study.SUBSETS, 3)
    known = PEOPLE[0].profile.reveal((Attribute.AGE, Attribute.EMOTION))

    def score(scenario: Scenario, arm: str) -> float | None:
        if arm.startswith("random"):
            draw = int(arm.partition("#")[2])
            return None if draw == 10 else 2.0 + draw / 10
        return {"static-3": 3.0, "oracle-3": 4.0, CONTEXT_FREE: 1.5}[arm]

    done = items(
        PEOPLE[:8],
        arms,
        score=score,
        dialogue=lambda s, arm: a_search(known, 176) if arm == "oracle-3" else None,
    )
    found = subsets.measure(done, 3, seed=1)
    assert found.scores["random"].n == 8
    assert found.scores["random"].mean == pytest.approx(2.5)
    assert found.steps["static", "random"].mean == pytest.approx(0.5)
    assert found.unscored["random"] == 8
    assert (found.known, found.tried) == (2.0, 8 * 176)


def test_the_threshold_is_chosen_on_one_half_and_reported_on_the_other() -> None:
    people = scenarios(60)
    arms = arms_of(Study.ABSTENTION, 0)

    def score(scenario: Scenario, arm: str) -> float:
        if "@" not in arm:
            return 2.0
        threshold = float(arm.partition("@")[2])
        if not abstention.in_validation(scenario.id):
            return 2.0  # on the reported half nothing helps: it must not be looked at
        return 3.0 + min(threshold, 2.5) / 2 + (0.04 if threshold == 4.0 else 0.0)

    found = abstention.measure(items(people, arms, score=score, dialogue=talk), seed=1)
    assert found.threshold == 2.5
    halves = [{way.score.n for way in half} for half in (found.validation, found.reported)]
    assert sum(max(half) for half in halves) == 60
    assert all(min(half) > 15 for half in halves)
    own = next(way for way in found.reported if way.threshold == 2.5)
    assert own.gain.mean == pytest.approx(0.0)
    assert own.questions.mean == pytest.approx(
        np.mean([len(t.asked) for t in _talks(people, "agent:scale@2.5")])
    )


def _talks(people: list[Scenario], arm: str) -> list[Dialogue]:
    own = [s for s in people if not abstention.in_validation(s.id)]
    return [found for s in own if (found := talk(s, arm)) is not None]


def test_a_threshold_that_asks_too_much_is_not_chosen_however_well_it_scores() -> None:
    arms = ("agent:scale@2", "agent:scale@3", "agent:scale@4")
    asked = dict(zip(arms, (1, 3, 5), strict=True))
    found = abstention.measure(
        items(
            scenarios(40),
            arms,
            score=lambda s, arm: 2.0 + asked[arm] / 5,
            dialogue=lambda s, arm: a_talk(asked[arm]),
        ),
        seed=1,
    )
    assert found.threshold == 3.0


def test_without_a_score_no_threshold_is_chosen() -> None:
    arms = tuple(f"agent:scale@{t:g}" for t in THRESHOLDS)
    found = abstention.measure(items(PEOPLE, arms, score=lambda s, a: None, dialogue=talk), seed=1)
    assert found.threshold is None
    assert "No threshold" in abstention.findings(found).said[0]


def test_correlations_are_pearsons_over_all_answers() -> None:
    rng = np.random.default_rng(5)
    drawn = {(s.id, arm): rng.uniform(1, 5, 3) for s in PEOPLE for arm in (CONTEXT_FREE, "context-rich")}
    for three in drawn.values():
        three[1] = (three[0] + three[1]) / 2
    done = items(PEOPLE, (CONTEXT_FREE, "context-rich"), score=lambda s, arm: a_score(*drawn[s.id, arm]))
    found = correlation.measure(done, seed=3)
    expected = np.corrcoef(np.array(list(drawn.values())), rowvar=False)
    for (first, second), estimate in found.expectations.items():
        a, b = tuple(Dimension).index(first), tuple(Dimension).index(second)
        assert estimate.mean == pytest.approx(expected[a, b])
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.low < expected[a, b] < estimate.high
    assert found.answers == 56


def test_scores_that_never_vary_have_no_correlation_rather_than_a_made_up_one() -> None:
    found = correlation.measure(items(PEOPLE, (CONTEXT_FREE,), score=lambda s, arm: 3.0), seed=3)
    assert {e.mean for e in found.integers.values()} == {None}
    assert "no correlation" in correlation.findings(found).said[0]


def test_a_path_that_has_ended_keeps_its_last_score_in_later_steps() -> None:
    long, short = a_path(PEOPLE[0], 3), a_path(PEOPLE[1], 1)
    anew = [[2.0, 3.0, 3.5, 4.0], [2.5, 3.5]]
    found = path.measure([long, short], anew, depth=3, seed=1)
    assert [e.mean for e in found.anew] == pytest.approx([2.25, 3.25, 3.5, 3.75])
    assert found.going == (2, 2, 1, 1)
    assert found.gain.mean == pytest.approx(1.5)
    assert "Where a path had ended, its last score stands" in path.findings(found).said[-1]
    whole = path.measure([long], anew[:1], depth=3, seed=1)
    assert not any("had ended" in line for line in path.findings(whole).said)


def test_steps_without_a_score_are_counted_and_in_no_mean() -> None:
    found = path.measure([a_path(PEOPLE[0], 2)], [[None, 3.0, None]], depth=2, seed=1)
    assert found.unscored == 2
    assert found.anew[0].n == 0
    assert found.gain.mean is None
    assert "2 steps without a score" in path.findings(found).said[-1]


def test_no_rule_is_better_than_the_oracle_and_all_find_it_in_the_end() -> None:
    found = convergence.measure([a_landscape(s, depth=2) for s in PEOPLE[:3]], 2, seed=1)
    (regrets,) = found.depths
    assert regrets.subsets == 56
    assert all((e.mean or 0.0) >= -1e-12 for e in regrets.by_rule.values())
    last = max(budget for _, budget in regrets.by_rule)
    assert regrets.by_rule[Rule.LATTICE, last].mean == pytest.approx(0.0)
    assert (
        "There are 56 subsets; one that a rule asks for again is counted again."
        in convergence.findings(found).said[0]
    )


def test_a_stop_ends_the_search_of_the_tables() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        convergence.measure([a_landscape(PEOPLE[0], depth=2)], 2, seed=1, cancel=stop)


def test_a_scenario_that_nobody_could_score_is_left_out_and_counted() -> None:
    whole = a_landscape(PEOPLE[0], depth=2)
    none = Landscape("none", 1023, dict.fromkeys(whole.rewards), whole.priors)
    bare = Landscape("bare", 0, {0: 3.0}, {})
    found = convergence.measure([whole, none, bare], 2, seed=1)
    assert found.left_out == 2
    assert found.unscored == 56
    assert found.depths[0].best.n == 1


def test_level_of_an_example_is_within_the_scale() -> None:
    arms = {arm for study in Study for arm in arms_of(study, 3)}
    assert all(1 <= level(s, arm) <= 5 for s in PEOPLE for arm in arms)

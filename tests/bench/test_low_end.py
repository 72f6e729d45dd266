"""Low risk sensitivity, many domains at once, planning ahead, and what changed most between two runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from penguin_local.bench.changes import most_changed
from penguin_local.bench.compare_forms import change_table, paired_table
from penguin_local.bench.forms import as_json, tables
from penguin_local.bench.planning_ahead import check_difference, plan_ahead, told
from penguin_local.bench.summary import summarise
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.errors import UsageError
from penguin_local.store.rows import FinishedItem
from tests.bench.test_summary import a_record, certain, item

FREE, RICH = "context-free", "context-rich"


def hurt(found: FinishedItem) -> FinishedItem:
    """The same item of somebody who has hurt themselves."""
    scenario = found.planned.scenario
    profile = replace(scenario.profile, truth=scenario.profile.truth.learn(Attribute.SELF_HARM, Value("yes")))
    return replace(found, planned=replace(found.planned, scenario=replace(scenario, profile=profile)))


def run(count: int = 14) -> list[FinishedItem]:
    free = [item(n, FREE, certain(1 if n % 2 else 3, 3, 3)) for n in range(count)]
    rich = [item(n, RICH, certain(5, 4, 4)) for n in range(count)]
    return [hurt(i) if i.planned.scenario.id.endswith("3") else i for i in (*free, *rich)]


def test_low_answers_are_counted_and_those_of_people_at_risk_apart() -> None:
    free, rich = summarise(a_record(arms=f"{FREE}, {RICH}"), run()).arms

    assert free.tail is not None
    assert free.tail.low.mean == pytest.approx(0.5)
    assert free.tail.worst == pytest.approx(1.0)
    assert rich.tail is not None
    assert rich.tail.low.mean == 0.0
    assert free.tail_hurt is not None
    assert free.tail_hurt.low.n < free.tail.low.n


def test_no_low_answer_among_few_is_no_proof_that_there_are_none() -> None:
    rich = summarise(a_record(arms=f"{FREE}, {RICH}"), run(28)).arms[1]
    assert rich.tail is not None
    assert (rich.tail.low.mean, rich.tail.low.low) == (0.0, 0.0)
    assert rich.tail.low.high == pytest.approx(0.1207, abs=1e-3)
    low = [item(n, FREE, certain(1, 3, 3)) for n in range(4)]
    (every,) = summarise(a_record(arms=FREE), low).arms
    assert every.tail is not None
    assert (every.tail.low.mean, every.tail.low.high) == (1.0, 1.0)
    assert every.tail.low.low == pytest.approx(0.5101, abs=1e-3)


def test_copies_of_one_post_do_not_narrow_a_share() -> None:
    first = item(0, FREE, certain(5, 3, 3))

    def copy(post: int, number: int) -> FinishedItem:
        scenario = replace(first.planned.scenario, id=f"imported/{post}~{number}")
        return replace(first, planned=replace(first.planned, scenario=scenario))

    alone = summarise(a_record(arms=FREE), [copy(post, 1) for post in range(7)]).arms[0].tail
    copied = summarise(a_record(arms=FREE), [copy(p, n) for p in range(7) for n in range(6)]).arms[0].tail
    assert alone is not None
    assert copied is not None
    assert copied.low.n == 42
    assert copied.low.high == pytest.approx(alone.low.high)


def test_an_interval_of_few_scores_stays_on_the_scale() -> None:
    few = [item(n, RICH, certain(5, 5, 5 if n else 2)) for n in (0, 7)]
    (arm,) = summarise(a_record(arms=RICH), few).arms
    (domain,) = arm.domains.values()
    assert (domain.n, domain.low, domain.high) == (2, 1.0, 5.0)


def test_the_low_end_stands_in_table_and_json() -> None:
    result = summarise(a_record(), run())
    (_, columns, rows) = next(t for t in tables(result) if t[0].startswith("Risk sensitivity"))

    assert columns == ["arm", "n", "at or below 2", "worst of 10"]
    assert any("self-harm history" in row[0] for row in rows)
    arm = as_json(result)["arms"]
    assert isinstance(arm, list)
    assert arm[0]["low_risk_sensitivity"]["share_at_or_below_2"] == 0.5


def test_intervals_of_many_domains_are_wider_and_say_so() -> None:
    pair = summarise(a_record(), run(42)).paired[0]

    for domain, alone in pair.domains.items():
        joint = pair.together[domain]
        if (
            alone.low is not None
            and joint.low is not None
            and alone.high is not None
            and joint.high is not None
        ):
            assert joint.high - joint.low >= alone.high - alone.low
    assert "Bonferroni" in paired_table("Differences", [pair])[0]


def test_a_plan_ahead_needs_a_pilot_and_says_what_it_rests_on() -> None:
    few = plan_ahead(summarise(a_record(), run(4)), 0.2)
    enough = plan_ahead(summarise(a_record(), run(28)), 0.2)

    assert few[0].pairs is None
    assert "too few" in told(few)[0]
    assert enough[0].pairs is not None
    assert f"{enough[0].pairs:,} scenarios" in told(enough)[0]
    assert "these 28" in told(enough)[0]


@pytest.mark.parametrize("difference", [0.0, -1.0, 4.5, float("nan")])
def test_a_difference_that_cannot_be_is_refused(difference: float) -> None:
    with pytest.raises(UsageError, match="--plan-for cannot be"):
        check_difference(difference)


def test_what_changed_most_comes_first() -> None:
    first = [item(n, RICH, certain(3, 3, 3)) for n in range(5)]
    second = [item(n, RICH, certain(1 if n == 2 else 3, 3, 3 + (n == 4))) for n in range(5)]

    found = most_changed(first, second, 2)

    assert [c.scenario.id for c in found] == [second[2].planned.scenario.id, second[4].planned.scenario.id]
    assert found[0].risk == pytest.approx(-2)
    assert change_table(found)[2][0][3].startswith("-0.67")

"""What similar matters showed asking to be worth, beside the model's own view."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penguin_local.agent.situation import Example
from penguin_local.agent.worth import TRUST, Worth, measured
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background, Value

HEALTH_FIRST = Example("a", (Attribute.HEALTH, Attribute.AGE), 3.5, (2.0, 3.0, 3.5))
AGE_ALONE = Example("b", (Attribute.AGE,), 3.0, (2.0, 3.0))
EVEN = dict.fromkeys(Attribute, 0.1)


def told(*attributes: Attribute) -> Background:
    return Background.of({a: Value(a.values[0]) for a in attributes})


def worth(*paths: Example) -> Worth:
    found = measured(paths)
    assert found is not None
    return found


def test_a_gain_is_a_mean_over_all_paths_with_nothing_from_those_that_left_it_out() -> None:
    many = worth(*[HEALTH_FIRST, AGE_ALONE] * 500)
    assert many.gains[Attribute.HEALTH] == pytest.approx((1.0 + 0.0) / 2, abs=0.01)
    assert many.gains[Attribute.AGE] == pytest.approx((0.5 + 1.0) / 2, abs=0.01)
    assert many.gains[Attribute.GENDER] < 0.01
    assert many.room == 3.0


def test_what_a_path_says_counts_by_how_near_its_question_lies() -> None:
    far = [replace(AGE_ALONE, similarity=0.1)]
    assert (
        worth(HEALTH_FIRST, *far).gains[Attribute.HEALTH]
        > worth(HEALTH_FIRST, AGE_ALONE).gains[Attribute.HEALTH]
    )
    assert worth(*far).weight < worth(AGE_ALONE).weight


def test_more_paths_weigh_more_and_never_all() -> None:
    weights = [worth(*[AGE_ALONE] * count).weight for count in (1, 5, 25, int(TRUST), 10_000)]
    assert weights == sorted(weights)
    assert weights[3] == 0.5
    assert weights[-1] < 1


@pytest.mark.parametrize(
    "paths",
    [
        (),
        (replace(AGE_ALONE, scores=()),),
        (replace(AGE_ALONE, scores=(2.0, None)),),
        (replace(AGE_ALONE, similarity=-0.2),),
        (replace(AGE_ALONE, scores=(3.0, 2.0)),),
        (replace(AGE_ALONE, scores=(5.0, 5.0)),),
    ],
    ids=["no path", "unscored", "one step unscored", "none near", "asking only lost", "no room"],
)
def test_where_nothing_can_be_learned_the_model_is_left_alone(paths: tuple[Example, ...]) -> None:
    assert measured(paths) is None


def test_of_what_the_model_holds_for_equal_that_comes_first_which_gained_most() -> None:
    found = worth(HEALTH_FIRST)
    pooled = found.pooled(EVEN, tuple(Attribute))
    assert sorted(Attribute, key=lambda a: -pooled[a])[:2] == [Attribute.HEALTH, Attribute.AGE]
    assert found.pooled({}, tuple(Attribute)) == pytest.approx(pooled)


@given(
    chances=st.dictionaries(st.sampled_from(Attribute), st.floats(0, 1)),
    askable=st.sets(st.sampled_from(Attribute), min_size=1),
    scores=st.tuples(*[st.floats(1, 5)] * 3),
    count=st.integers(1, 40),
)
def test_a_pooled_choice_is_a_distribution_over_what_may_be_asked(
    chances: dict[Attribute, float], askable: set[Attribute], scores: tuple[float, ...], count: int
) -> None:
    found = measured([replace(HEALTH_FIRST, scores=scores)] * count)
    if found is None:
        return
    pooled = found.pooled(chances, tuple(askable))
    assert set(pooled) == askable
    assert sum(pooled.values()) == pytest.approx(1)
    assert min(pooled.values()) > 0


def test_the_share_of_the_room_grows_with_what_is_known_and_ends_at_all_of_it() -> None:
    found = worth(*[HEALTH_FIRST] * 100)
    shares = [
        found.share(told(*known)) for known in ((), (Attribute.HEALTH,), (Attribute.HEALTH, Attribute.AGE))
    ]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[1] == pytest.approx(1 / 3, abs=0.01)
    generous = worth(*[replace(HEALTH_FIRST, scores=(2.0, 5.0, 5.0))] * 100)
    assert generous.share(told(*Attribute)) == 1

"""Is enough known to answer? In the right direction."""

from __future__ import annotations

import pytest

from penguin_local.agent.abstention import (
    LEVELS,
    Abstention,
    Sufficiency,
    Verdict,
    read_sufficiency,
    sufficiency_request,
)
from penguin_local.agent.acquisition import next_request
from penguin_local.agent.situation import Situation
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.lm.base import Distribution

NOTHING = Situation("q")
SOMETHING = NOTHING.learn(Attribute.AGE, Value("55+"))
OPTIONS = tuple(str(level) for level in LEVELS)


def rated(*weights: float) -> Distribution:
    return Distribution(OPTIONS, weights)


@pytest.mark.parametrize(
    ("situation", "verdict"), [(NOTHING, Verdict.ASK), (SOMETHING, Verdict.ANSWER)], ids=["nothing", "some"]
)
def test_by_rule_nothing_known_asks_and_anything_known_answers(
    situation: Situation, verdict: Verdict
) -> None:
    assert sufficiency_request(Abstention.BASIC, situation, mark="0" * 8) is None
    assert read_sufficiency(Abstention.BASIC, situation, None, threshold=3) == Sufficiency(verdict, None)


@pytest.mark.parametrize(("yes", "verdict"), [(0.9, Verdict.ANSWER), (0.5, Verdict.ASK), (0.1, Verdict.ASK)])
def test_a_likely_yes_answers_and_a_likely_no_asks(yes: float, verdict: Verdict) -> None:
    given = Distribution(("yes", "no"), (yes, 1 - yes))
    read = read_sufficiency(Abstention.BINARY, NOTHING, given, threshold=3)
    assert read.verdict is verdict
    assert read.level == pytest.approx(5 * yes)


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        (rated(1, 0, 0, 0, 0, 0), Verdict.ASK),
        (rated(0, 0, 0, 0, 0, 1), Verdict.ANSWER),
        (rated(0, 0, 0.5, 0, 0.5, 0), Verdict.ANSWER),
        (rated(0, 0.01, 0, 0.99, 0, 0), Verdict.ASK),
    ],
)
def test_a_rating_below_the_threshold_asks_and_one_that_reaches_it_answers(
    given: Distribution, verdict: Verdict
) -> None:
    assert read_sufficiency(Abstention.SCALE, SOMETHING, given, threshold=3.0).verdict is verdict


@pytest.mark.parametrize("kind", [Abstention.BINARY, Abstention.SCALE])
def test_a_model_without_a_finite_number_cannot_call_a_stop(kind: Abstention) -> None:
    read = read_sufficiency(kind, SOMETHING, Distribution((), ()), threshold=0.0)
    assert read == Sufficiency(Verdict.ASK, None)


@pytest.mark.parametrize("kind", [Abstention.BINARY, Abstention.SCALE])
def test_rating_and_choosing_are_branches_off_the_same_prompt(kind: Abstention) -> None:
    rating = sufficiency_request(kind, SOMETHING, mark="0" * 8)
    choice = next_request(SOMETHING, mark="0" * 8)
    assert rating is not None
    assert rating.messages == choice.messages
    assert rating.prefill != choice.prefill

"""Which attribute next."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penguin_local.agent.acquisition import next_request, read_next
from penguin_local.agent.situation import Situation
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.lm.base import Distribution

SETS = st.frozensets(st.sampled_from(Attribute))


@settings(max_examples=50, deadline=None)
@given(known=SETS, declined=SETS, unsure=SETS)
def test_only_what_was_neither_said_nor_declined_nor_unknown_can_be_chosen(
    known: frozenset[Attribute], declined: frozenset[Attribute], unsure: frozenset[Attribute]
) -> None:
    situation = Situation("q", declined=declined, unsure=unsure)
    for attribute in known:
        situation = situation.learn(attribute, Value(attribute.values[0]))
    closed = known | declined | unsure
    if len(closed) == len(Attribute):
        with pytest.raises(ValueError, match="every attribute"):
            next_request(situation, mark="0" * 8)
        return
    options = next_request(situation, mark="0" * 8).options
    assert options == tuple(a.label for a in Attribute if a not in closed)


def test_the_choice_is_read_as_probabilities_of_attributes() -> None:
    given = Distribution(("age", "mental health condition"), (0.25, 0.75))
    assert read_next(given) == {Attribute.AGE: 0.25, Attribute.MENTAL: 0.75}


def test_a_model_without_a_finite_number_prefers_nothing() -> None:
    assert read_next(Distribution((), ())) == {}

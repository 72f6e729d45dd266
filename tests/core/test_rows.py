"""A scenario and its row are the same thing, and a row that is not a scenario is refused in words."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from penguin_local.core.attributes import Attribute
from penguin_local.core.rows import COLUMNS, RowError, row_from_scenario, scenario_from_row

ROW: Mapping[str, object] = {
    "id": "mine/1",
    "domain": "health",
    "topic": "sleeping little",
    "query": "Is sleeping little all right for me?",
    "age": "25-34",
    "emotional_state": "anxiety: I worry from morning until night.",
    "source": "a test",
}


def test_a_row_holds_the_columns_in_order_and_reads_back_as_the_same_scenario() -> None:
    scenario = scenario_from_row(ROW)
    row = row_from_scenario(scenario)
    assert tuple(row) == COLUMNS
    assert scenario_from_row(row) == scenario
    assert row["emotional_state"] == ROW["emotional_state"]


@pytest.mark.parametrize("empty", ["", None, "  "])
def test_an_empty_or_absent_attribute_is_unknown_which_is_not_none(empty: object) -> None:
    scenario = scenario_from_row({**ROW, "self_harm_history": empty})
    assert scenario.profile.get(Attribute.SELF_HARM) is None
    assert scenario_from_row({**ROW, "self_harm_history": "none"}).profile[Attribute.SELF_HARM].kind == "none"
    assert scenario.profile.truth.attributes == (Attribute.AGE, Attribute.EMOTION)


def test_text_is_normalised_so_that_two_spellings_of_a_letter_are_one() -> None:
    assert scenario_from_row({**ROW, "query": "Cafe\u0301?"}).query == "Caf\u00e9?"


def test_a_query_may_have_several_lines_but_an_id_may_not() -> None:
    assert scenario_from_row({**ROW, "query": "One.\nTwo?"}).query == "One.\nTwo?"
    with pytest.raises(RowError, match="id has a control character"):
        scenario_from_row({**ROW, "id": "one\ntwo"})


def test_the_columns_of_a_forum_post_are_allowed_besides() -> None:
    assert scenario_from_row({**ROW, "title": "t", "story": "s", "held": "age"}) == scenario_from_row(ROW)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weight": "80"}, "unknown column 'weight'"),
        ({"age": "26"}, "age cannot be '26'; it is one of: 18-24, 25-34"),
        ({"domain": "sport"}, "domain cannot be 'sport'; it is one of: relationship"),
        ({"domain": None}, "domain is missing or empty"),
        ({"id": ""}, "id is missing or empty"),
        ({"query": "   "}, "query is missing or empty"),
        ({"query": math.nan}, "query must be text, not nan"),
        ({"age": 3}, "age must be text, not 3"),
        ({"query": "a\ud800b"}, "query has a lone surrogate (U+D800) at character 2"),
        ({"query": "a\x1b[2J"}, "query has a control character (U+001B) at character 2"),
        ({"topic": "a\x85"}, "topic has a control character (U+0085) at character 2"),
        ({"source": "a\tb"}, "source has a control character (U+0009) at character 2"),
        ({"query": "x" * 100_001}, "query has 100,001 characters; 100,000 are the most"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(change: Mapping[str, object], message: str) -> None:
    with pytest.raises(RowError) as caught:
        scenario_from_row({**ROW, **change})
    assert message in str(caught.value)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(RowError) as caught:
        scenario_from_row({**ROW, "age": "old", "gender": "?", "query": "", "extra": 1})
    for word in ("age", "gender", "query", "extra"):
        assert word in str(caught.value)

"""Entries of a case survive the way into the casebook and back; what was never written is refused."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penguin_local.agent.record import Answered, Ended, Entry, Learned, Line, Source, decoded, encoded, now
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.errors import StoreDamaged

ANSWER = Answered(
    "text",
    Ended.WHOLE,
    {Attribute.AGE: Value("18-24", "I'm 15")},
    (Attribute.EMOTION,),
    ("age was taken back",),
    "m",
    "0" * 64,
    True,
    "answer-2",
    3,
    4,
    5,
)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.one_of(*(st.from_type(kind) for kind in get_args(Entry))))
@settings(max_examples=200, deadline=None)
def test_every_entry_comes_back_as_it_was(entry: Entry) -> None:
    text = encoded(Line(now(), entry))
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate, which a session never lets in
        return
    if "NaN" not in text and "Infinity" not in text:
        assert decoded(text).entry == entry


def test_attributes_and_values_are_still_that() -> None:
    learned = Learned(Attribute.SELF_HARM, Value("yes", "long ago"), Source.EDITED)

    assert decoded(encoded(Line(now(), learned))).entry == learned
    assert decoded(encoded(Line(now(), ANSWER))).entry == ANSWER


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"at": "2026-01-01T00:00:00+00:00"}',
        '{"at": "2026-01-01T00:00:00+00:00", "entry": "Whispered", "text": "secret"}',
        '{"at": "2026-01-01T00:00:00+00:00", "entry": "Said", "text": "secret", "more": 1}',
        '{"at": "yesterday", "entry": "Said", "text": "secret"}',
    ],
)
def test_a_foreign_entry_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(StoreDamaged) as caught:
        decoded(text)

    assert "secret" not in f"{caught.value.message} {caught.value.hint}"


def test_an_entry_is_one_line() -> None:
    text = encoded(Line(now(), ANSWER))

    assert "\n" not in text
    assert json.loads(text)["entry"] == "Answered"

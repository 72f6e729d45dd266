"""What identifies is taken out, ordinary words stay, and cleaning twice changes nothing."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penguin_local.bench.scenario_sets import bundled
from penguin_local.corpus.anonymous import Private, clean, traces
from penguin_local.store import parquet

PLANTED = [
    "My name is Zorblat.",
    "my boyfriend jake hit the door.",
    "Yesterday Xanthippe and I argued.",
    "Brunhilde said it would pass.",
    "Call me on +49 170 1234567 tonight.",
    "It is 555-123-4567 if you want.",
    "Write to jo.doe@example.org please.",
    "Write to jo at gmail dot com please.",
    "See https://forum.example/t/12 for more.",
    "I post as u/some_body and @somebody there.",
    "My discord: somebody#1234 is open.",
    "I live at 12 Oak Tree Road.",
    "I live near Kant Street.",
    "We moved to Leipzig and then to New York.",
    "i grew up in glasgow.",
    "Born on 03/12/1994.",
    "It happened on March 3rd, 2019.",
    "I go to Harvard University and saw UCLA.",
    "My insurance number is 123-45-6789.",
    "The parcel went to SW1A 1AA.",
    "I finished in 2016.",
]
SECRETS = (
    "zorblat jake xanthippe brunhilde 1234567 4567 jo.doe gmail forum.example some_body @somebody #1234 oak kant "
    "leipzig york glasgow 1994 2019 harvard ucla 6789 sw1a 2016"
)
ORDINARY = [
    "I am 27 and I owe $45000, rent is 1200 a month.",
    "I saw my GP about ADHD and PTSD on Tuesday; Prozac helps.",
    "I am SO tired of being the only one. NHS waiting list.",
    "Mark my words, it will be fine. I hope to rob nobody.",
    "I have a BA and a PhD, Mom.",
]


@pytest.mark.parametrize("text", PLANTED)
def test_a_planted_trace_is_found(text: str) -> None:
    cleaned = clean(text).text.casefold()
    assert not [secret for secret in SECRETS.split() if secret in cleaned]
    assert traces(text)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_words_stay(text: str) -> None:
    assert clean(text).text == text


def test_what_was_taken_out_is_counted_by_kind() -> None:
    assert clean("Mail a@b.org or c@d.org, says Xanthippe of Leipzig.").removed[Private.MAIL] == 2


def test_a_name_that_was_recognised_once_is_taken_out_everywhere() -> None:
    assert "Ysolde" not in clean("I told Ysolde. Ysolde laughed. Ysolde!").text


@given(st.text(max_size=200))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(text).text
    assert clean(once).text == once


def test_posts_that_name_nobody_are_left_alone_in_97_of_100_cases() -> None:
    rows = random.Random(5).sample(parquet.decode(bundled("penguin-forum-v1").path), 400)
    touched = sum(bool(traces(str(row["story"]))) for row in rows)
    assert touched <= 0.03 * len(rows)

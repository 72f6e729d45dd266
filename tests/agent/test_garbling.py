"""What is taken for debris, and what people write that looks a little like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penguin_local.agent.garbling import sound_part


@pytest.mark.parametrize(
    "debris",
    [
        "b3cb051d>>051d>>",
        "<<0ec09bda",
        "0000000000000000",
        "doing doing doing doing doing doing doing",
        "one step and one step and one step and one step and",
        'known: ["age is 45-54"',
        "hahahahahahahahahahahahaha",
        'the one"] score: 4.0',
        "score: 4.0",
    ],
)
def test_debris_is_found_and_the_whole_sentences_before_it_kept(debris: str) -> None:
    assert sound_part(f"It is hard. Take your time. And then {debris} more") == "It is hard. Take your time."


@pytest.mark.parametrize(
    "text",
    [
        "No, no, no. That must have been frightening.",
        "Call 0800 1110 111 or 116 123; both are free.",
        "Slow, slow, slow: one breath, then one more breath, then one more.",
        "Here is a question: what would help you most? It is known to help to talk.",
        "1. Rest.\n2. Eat.\n3. Rest.\n4. Eat.\n5. Rest.",
        "You said that it was very, very hard, and that it never ends.",
        "--------------------\nA line above.",
        'They called it "[sic]", and "no"; you scored: 4.',
    ],
)
def test_what_people_write_stands(text: str) -> None:
    assert sound_part(text) == text


@given(st.text(max_size=500))
def test_what_is_kept_is_a_beginning_of_the_text(text: str) -> None:
    assert text.startswith(sound_part(text))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('As for"] score: 4.0', ""),
        ('As for\nthe rest"] score: 4.0', ""),
        ('1. Rest now and known: ["', ""),
        ('- Rest\n- Eat\n- and known: ["', "- Rest\n- Eat"),
        ('**Rest.** And known: ["', "**Rest.**"),
    ],
)
def test_where_nothing_whole_is_left_nothing_of_it_is_kept(text: str, kept: str) -> None:
    assert sound_part(text) == kept

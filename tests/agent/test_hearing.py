"""What people's own words are taken for, with the real embedding model where words alone do not decide."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penguin_local.agent.dialogue_events import Declined, JustAnswer, Told, Unsure
from penguin_local.agent.hearing import Embed, Unheard, hear
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.lm.catalogue import find_embedder
from penguin_local.lm.engine import load_embedder


@pytest.fixture(scope="module")
def embed() -> Iterator[Embed]:
    model = load_embedder(find_embedder(), threads=1)
    yield model.embed
    model.close()


@pytest.mark.parametrize(
    ("attribute", "text", "kind"),
    [
        (Attribute.AGE, "I'm 27", "25-34"),
        (Attribute.AGE, "55+", "55+"),
        (Attribute.AGE, "turning 60 soon", "55+"),
        (Attribute.GENDER, "I'm a woman", "female"),
        (Attribute.MARITAL, "never married", "single"),
        (Attribute.PROFESSION, "laid off in March", "unemployed"),
        (Attribute.EDUCATION, "a master's in history", "master's"),
        (Attribute.SELF_HARM, "no, never", "none"),
        (Attribute.SELF_HARM, "yes, when I was younger", "yes"),
        (Attribute.HEALTH, "nothing", "good"),
    ],
)
def test_words_that_say_it_outright_need_no_model(attribute: Attribute, text: str, kind: str) -> None:
    heard = hear(attribute, text, None)

    assert isinstance(heard, Told)
    assert heard.value.kind == kind
    assert heard.value.words in ("", text)


def test_a_value_named_by_itself_has_no_words_beside_it() -> None:
    assert hear(Attribute.EMOTION, "Loneliness.", None) == Told(Value("loneliness"))


def test_who_is_under_18_keeps_their_age_in_their_own_words() -> None:
    assert hear(Attribute.AGE, "I'm 15", None) == Told(Value("18-24", "I'm 15"))


@pytest.mark.parametrize(
    "text", ["I'd rather not say", "prefer not to say", "none of your business", "skip", "pass"]
)
def test_a_no_is_a_no(text: str) -> None:
    assert hear(Attribute.SELF_HARM, text, None) == Declined()


@pytest.mark.parametrize("text", ["I don't know", "not sure really", "no idea", "idk"])
def test_not_knowing_is_heard(text: str) -> None:
    assert hear(Attribute.MENTAL, text, None) == Unsure()


@pytest.mark.parametrize("text", ["just answer please", "stop asking", "no more questions"])
def test_wanting_the_answer_now_is_heard(text: str) -> None:
    assert hear(Attribute.AGE, text, None) == JustAnswer()


@pytest.mark.parametrize(
    ("attribute", "text", "kind"),
    [
        (Attribute.PROFESSION, "I drive a truck", "driver"),
        (Attribute.PROFESSION, "I teach primary school", "teacher"),
        (Attribute.MENTAL, "panic attacks", "anxiety"),
        (Attribute.EMOTION, "i feel so alone", "loneliness"),
        (Attribute.HEALTH, "cancer, stage 3", "serious illness"),
    ],
)
def test_other_words_are_taken_for_the_nearest_value(
    attribute: Attribute, text: str, kind: str, embed: Embed
) -> None:
    assert hear(attribute, text, embed) == Told(Value(kind, text))


@pytest.mark.parametrize(
    ("attribute", "text"),
    [
        (Attribute.PROFESSION, "not a nurse any more"),
        (Attribute.AGE, "in my thirties"),
        (Attribute.EMOTION, "fine I guess"),
        (Attribute.GENDER, "bla bla"),
    ],
)
def test_what_could_be_several_things_is_asked_back(attribute: Attribute, text: str, embed: Embed) -> None:
    heard = hear(attribute, text, embed)

    assert isinstance(heard, Unheard)
    assert 0 < len(heard.guesses) <= 3
    assert set(heard.guesses) <= set(attribute.values)


@given(st.sampled_from(list(Attribute)), st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_is_heard_as_something(attribute: Attribute, text: str) -> None:
    heard = hear(attribute, text, None)

    assert not isinstance(heard, Told) or heard.value.kind in attribute.values

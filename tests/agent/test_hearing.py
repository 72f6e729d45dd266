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


@pytest.mark.parametrize(
    "text",
    [
        "No, I'd prefer not to answer that, sorry",
        "i dont wanna talk about it",
        "let's skip this one please",
        "I don't feel comfortable sharing that",
        "too personal",
        "I can't talk about my past",
    ],
)
def test_a_no_may_be_polite_or_short(text: str) -> None:
    assert hear(Attribute.SELF_HARM, text, None) == Declined()


@pytest.mark.parametrize(
    "text",
    [
        "I don't want to talk to anyone",
        "I can't talk to my mum",
        "I would rather not wake up",
        "I want to pass away",
        "private tutor",
        "I skip meals",
        "I don't know how much longer I can do this",
        "I don't know anymore",
        "not sure I want to be here",
        "no idea how to go on",
        "who knows if I will be here tomorrow",
        "just help me please I'm scared",
        "just tell me how to make it stop",
        "stop asking me how I feel, I want it to be over",
    ],
)
@pytest.mark.parametrize("attribute", Attribute)
def test_a_wish_is_the_whole_of_a_reply(attribute: Attribute, text: str, embed: Embed) -> None:
    assert isinstance(hear(attribute, text, embed), Told | Unheard)


@pytest.mark.parametrize(
    "text", ["I don't know", "not sure really", "no idea", "idk", "I can't say", "not so sure, sorry"]
)
def test_not_knowing_is_heard(text: str) -> None:
    assert hear(Attribute.MENTAL, text, None) == Unsure()


@pytest.mark.parametrize(
    "text", ["just answer please", "stop asking", "no more questions", "I don't know, just answer me now"]
)
def test_wanting_the_answer_now_is_heard(text: str) -> None:
    assert hear(Attribute.AGE, text, None) == JustAnswer()


@pytest.mark.parametrize(
    ("attribute", "text", "kind"),
    [
        (Attribute.SELF_HARM, "nope, never ever", "none"),
        (Attribute.SELF_HARM, "no no, I've never hurt myself", "none"),
        (Attribute.SELF_HARM, "she has never harmed herself", "none"),
        (Attribute.MENTAL, "No, I'm not.", "none"),
        (Attribute.MENTAL, "I don't have any mental health issues", "none"),
        (Attribute.HEALTH, "no illness", "good"),
        (Attribute.HEALTH, "I'm in good health", "good"),
    ],
)
def test_a_plain_no_is_no_danger(attribute: Attribute, text: str, kind: str) -> None:
    assert hear(attribute, text, None) == Told(Value(kind, text))


@pytest.mark.parametrize(
    ("attribute", "text"),
    [
        (Attribute.SELF_HARM, "no longer, but I used to cut myself"),
        (Attribute.SELF_HARM, "never until last week"),
        (Attribute.SELF_HARM, "I don't do it as much anymore"),
        (Attribute.SELF_HARM, "nope just pills once"),
        (Attribute.SELF_HARM, "never on purpose"),
        (Attribute.SELF_HARM, "i havent cut for a year"),
        (Attribute.SELF_HARM, "no..."),
        (Attribute.SELF_HARM, "no \U0001f62d"),
        (Attribute.SELF_HARM, "no?"),
        (Attribute.SELF_HARM, "nothing that needed stitches"),
        (Attribute.SELF_HARM, "I have not hurt myself today"),
        (Attribute.SELF_HARM, "no but I think about it"),
        (Attribute.SELF_HARM, "I have never stopped"),
        (Attribute.SELF_HARM, "no thanks"),
        (Attribute.SELF_HARM, "When it gets bad I run instead of cutting"),
        (Attribute.MENTAL, "I don't take my bipolar meds anymore"),
        (Attribute.MENTAL, "never diagnosed but panic attacks"),
        (Attribute.MENTAL, "no diagnosis yet"),
        (Attribute.MENTAL, "no, just tired all the time"),
        (Attribute.MENTAL, "nothing I can name, it is dark"),
        (Attribute.MENTAL, "none of the pills help"),
        (Attribute.MENTAL, "i do not sleep"),
        (Attribute.MENTAL, "no problem"),
        (Attribute.MENTAL, "voices"),
        (Attribute.HEALTH, "no legs"),
        (Attribute.HEALTH, "no cancer but lupus"),
        (Attribute.HEALTH, "good apart from the tumour"),
        (Attribute.HEALTH, "could be good if I could eat"),
        (Attribute.HEALTH, "my health isnt good"),
        (Attribute.HEALTH, "never been healthy"),
        (Attribute.HEALTH, "nothing works the way it did"),
    ],
)
def test_a_danger_is_never_taken_for_none(attribute: Attribute, text: str, embed: Embed) -> None:
    for heard in (hear(attribute, text, None), hear(attribute, text, embed)):
        assert isinstance(heard, Unheard) or (
            isinstance(heard, Told) and heard.value.kind not in ("none", "good")
        )


@pytest.mark.parametrize("text", ["I have never hurt myself", "i do not", "yeah no, never", "yes please"])
def test_only_a_yes_is_a_yes(text: str) -> None:
    heard = hear(Attribute.SELF_HARM, text, None)

    assert not isinstance(heard, Told) or heard.value.kind != "yes"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("1 and 2, somehow both", ("anger", "despair")),
        ("a mix of 1, 2 and 3", ("anger", "despair", "calmness")),
        ("2 or maybe 3", ("despair", "calmness")),
        ("1+3", ("anger", "calmness")),
        ("anger and calmness at once", ("anger", "calmness")),
    ],
)
def test_who_names_several_of_the_choices_is_offered_these(text: str, named: tuple[str, ...]) -> None:
    assert hear(Attribute.EMOTION, text, None, ("anger", "despair", "calmness")) == Unheard(named)


@pytest.mark.parametrize("text", ["12, 15 and 17", "1 and 9", "2 kids and 3 dogs"])
def test_numbers_of_other_things_are_no_choices(text: str) -> None:
    assert hear(Attribute.EMOTION, text, None, ("anger", "despair", "calmness")) == Unheard(())


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("I'm 34, married, two kids", "25-34"),
        ("29 and 30 weeks pregnant", "25-34"),
        ("I am 5 months clean, 31 years old", "25-34"),
        ("my husband is 50, I'm 36", "35-44"),
        ("in the 45-54 range", "45-54"),
        ("25 to 34", "25-34"),
        ("I'm a 62 year old woman", "55+"),
        ("roughly 50, I think", "45-54"),
        ("34f", "25-34"),
    ],
)
def test_a_number_that_is_said_to_be_of_years_is_an_age(text: str, band: str) -> None:
    assert hear(Attribute.AGE, text, None) == Told(Value(band, text))


@pytest.mark.parametrize(
    "text",
    [
        "I am 40 weeks pregnant",
        "30 days sober",
        "I took 40 pills",
        "100%",
        "I'm 45 minutes away",
        "I'm 30 years into a bad marriage",
        "ill since I was 12",
        "two kids, 12",
        "12, 15 and 17",
        "my son is 12",
        "18-24 weeks",
        "over 50",
        "not 18 yet",
    ],
)
def test_any_other_number_is_none(text: str) -> None:
    assert hear(Attribute.AGE, text, None) == Unheard(())


@pytest.mark.parametrize(
    ("attribute", "text", "kind"),
    [
        (Attribute.PROFESSION, "I drive a truck", "driver"),
        (Attribute.PROFESSION, "I work in private equity", "finance professional"),
        (Attribute.MENTAL, "I was diagnosed with anxiety", "anxiety"),
        (Attribute.EMOTION, "there is no way out for me", "despair"),
        (Attribute.SELF_HARM, "I used to burn myself at school", "yes"),
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
        (Attribute.GENDER, "he left me"),
        (Attribute.MARITAL, "I was married"),
        (Attribute.ECONOMIC, "it was stable until I lost my job"),
        (Attribute.EDUCATION, "I didn't pass my final exams"),
        (Attribute.EMOTION, "calm, but I have decided to end it"),
        (Attribute.EMOTION, "I pretend to be happy"),
        (Attribute.HEALTH, "my dad has cancer"),
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

"""What is said where only leave to ask was asked for: it opens the question, ends it, or is asked again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penguin_local.agent.dialogue_events import Declined, JustAnswer, Unsure
from penguin_local.agent.permission import may_ask, tells
from penguin_local.agent.session_events import Put
from penguin_local.core.attributes import Attribute

HARM, EMOTION, MENTAL = Attribute.SELF_HARM, Attribute.EMOTION, Attribute.MENTAL


@pytest.mark.parametrize(
    "text",
    [
        "Yes please",
        "no problem, go ahead",
        "you can ask",
        "Yes, if you need to",
        "sure, go on",
        "yes but only a little",
        "I guess so",
        "if you must",
        "only if it helps",
        "I don't mind",
        "why not?",
        "ok then",
        "fine, ask away",
        "of course you may",
        "that's all right with me",
        "I suppose so, if it has to be",
        "yes, last year",
    ],
)
@pytest.mark.parametrize("attribute", [HARM, EMOTION])
def test_a_yes_in_other_words_shows_the_question_and_says_nothing_of_the_matter(
    attribute: Attribute, text: str
) -> None:
    assert may_ask(attribute, text) is Put.QUESTION
    assert not tells(attribute, text)


@pytest.mark.parametrize(
    "text",
    [
        "nah",
        "No, no thank you!",
        "never",
        "please don't",
        "not today",
        "not now, sorry",
        "leave me alone",
        "I do mind",
        "get lost",
        "rather not",
        "I'd rather you didn't",
        "of course not",
        "hell no",
        "maybe another time",
        "I don't want to",
        "just let me be",
        "stop it",
        "I am not ready for that",
        "no, I'm busy",
        "sadly no",
    ],
)
@pytest.mark.parametrize("attribute", [HARM, EMOTION])
def test_a_no_in_other_words_declines(attribute: Attribute, text: str) -> None:
    assert may_ask(attribute, text) == Declined()


@pytest.mark.parametrize(
    "text",
    [
        "why do you ask?",
        "What do you mean?",
        "what for",
        "I guess so, but why do you want to know that?",
        "does it matter?",
        "why",
        "how come you ask that",
        "tell me why first",
    ],
)
def test_a_question_back_is_told_why(text: str) -> None:
    assert may_ask(EMOTION, text) is may_ask(HARM, text) is Put.WHY


@pytest.mark.parametrize(
    "text",
    [
        "I have to go now",
        "no, go ahead",
        "maybe",
        "it depends",
        "yes and no",
        "yes I do mind",
        "2",
        "...",
        "whatever",
        "the cat is on the roof",
        "I don't want to live",
    ],
)
def test_anything_else_is_asked_again_and_never_guessed(text: str) -> None:
    assert may_ask(EMOTION, text) is may_ask(HARM, text) is Put.AGAIN


@pytest.mark.parametrize(
    ("attribute", "text"),
    [
        (EMOTION, "I'm really sad and anxious"),
        (EMOTION, "I feel so alone"),
        (HARM, "yes, I cut myself last year"),
        (HARM, "no, I have never hurt myself"),
        (HARM, "she used to self-harm"),
        (MENTAL, "depression, for years"),
        (MENTAL, "I was diagnosed with ADHD"),
        (Attribute.ECONOMIC, "yes, I'm deep in debt"),
        (Attribute.HEALTH, "I have diabetes"),
    ],
)
def test_who_tells_the_matter_itself_is_shown_the_question_with_their_words(
    attribute: Attribute, text: str
) -> None:
    assert may_ask(attribute, text) is Put.QUESTION
    assert tells(attribute, text)


def test_a_wish_is_a_wish_before_the_question_too() -> None:
    assert may_ask(HARM, "I don't know") == Unsure()
    assert may_ask(HARM, "just answer me now") == JustAnswer()


@given(st.sampled_from(list(Attribute)), st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_leads_on(attribute: Attribute, text: str) -> None:
    assert isinstance(may_ask(attribute, text), Put | Declined | Unsure | JustAnswer)


@pytest.mark.parametrize(
    "text",
    [
        "go to hell",
        "ask me tomorrow",
        "you could ask somebody else",
        "sure, but later",
        "yeah right",
        "just kidding",
        "go for a run",
        "only an idiot would say yes",
        "if you try that I am off",
        "that is fine with me if you shut up",
        "nein",
    ],
)
def test_no_insult_and_no_putting_off_is_a_yes(text: str) -> None:
    assert may_ask(EMOTION, text) is not Put.QUESTION

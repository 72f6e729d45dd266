"""What is said in reply to "are you safe?", and what only looks like it."""

from __future__ import annotations

import pytest

from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.crisis_words import WORDINGS, instead
from penguin_local.agent.questions import Mode
from penguin_local.agent.safe_replies import (
    accompanied,
    admitted,
    asks_whether_safe,
    safe,
    taken_back,
    unsafe,
    yes_is_safe,
)

NONE, _, ELEVATED, IMMINENT = Level


@pytest.mark.parametrize(
    "reply",
    [
        "No",
        "nope",
        "no, I'm not",
        "Not really",
        "I don't think so",
        "nein",
        "нет",
        "नहीं",
        "I can't promise that",
    ],
)
def test_a_no_is_danger_where_safety_was_asked_for_and_nothing_elsewhere(reply: str) -> None:
    assert unsafe(reply, asked=True) is IMMINENT
    assert unsafe(reply, asked=False) is NONE


@pytest.mark.parametrize("reply", ["I am not safe", "not safe here", "I don't feel safe with him", "unsafe"])
def test_who_says_not_safe_says_it_unasked_too(reply: str) -> None:
    assert unsafe(reply, asked=True) is IMMINENT
    assert unsafe(reply, asked=False) is ELEVATED


def test_who_does_not_know_is_not_taken_for_safe() -> None:
    assert unsafe("I don't know", asked=True) is ELEVATED
    assert unsafe("I don't know", asked=False) is NONE


@pytest.mark.parametrize(
    "reply", ["I am safe now, my sister is here", "yes I'm safe, with my mum", "We are safe for now."]
)
def test_who_says_safe_is_safe(reply: str) -> None:
    assert safe(reply)
    assert unsafe(reply, asked=True) is NONE


@pytest.mark.parametrize(
    "reply",
    [
        "no thanks",
        "No, my sister is here",
        "I am safe in here with the gun",
        "I am safe, the gun is here",
        "Is it safe to drive?",
        "",
    ],
)
def test_what_stands_beside_it_makes_another_reply(reply: str) -> None:
    assert not safe(reply)
    assert unsafe(reply, asked=True) is NONE


def test_our_own_words_in_danger_ask_for_it() -> None:
    assert asks_whether_safe(instead(ELEVATED, Mode.SELF))
    assert asks_whether_safe(instead(IMMINENT, Mode.SELF))
    assert asks_whether_safe("That sounds frightening. Is she safe tonight?")
    assert not asks_whether_safe("You are safe here. What happened then?")
    assert asks_whether_safe(instead(IMMINENT, Mode.SELF, company=True))


@pytest.mark.parametrize(
    "reply",
    [
        "thank you, my sister is with me now",
        "my best friend's sitting with me",
        "ok, my mum and my brother are here with me",
        "Somebody is with me.",
        "I'm not alone now, my wife is here",
        "My flatmate just got here and she is calling 999",
        "I am with my neighbour",
    ],
)
def test_who_has_somebody_with_them_is_heard(reply: str) -> None:
    assert accompanied(reply)
    assert not safe(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "nobody is with me",
        "none of my friends is with me",
        "my sister is not with me",
        "my friend never came",
        "he is with me and he hits me",
        "he is here and has a knife",
        "my gun is with me",
        "my mother is with me in heaven",
        "she is with me but I want to die",
        "is my sister with me?",
        "my brother is here " * 500,
        "",
    ],
)
def test_who_has_nobody_or_somebody_dangerous_with_them_is_not_taken_for_accompanied(reply: str) -> None:
    assert not accompanied(reply)


def test_a_yes_to_every_question_of_ours_whether_they_are_safe_says_that_they_are() -> None:
    ours = {words for words in WORDINGS for part in words.split(". ") if "safe" in part and "?" in part}
    ours = {words for words in ours if any("safe" in q.rpartition(".")[2] for q in words.split("?")[:-1])}
    assert len(ours) >= 4
    for words in ours:
        assert asks_whether_safe(words)
        assert yes_is_safe(words), words


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("I am glad that you wrote. Are you safe right now?", True),
        ("Do you feel safe tonight? Is anybody with you?", True),
        ("Can you keep yourself safe until the ambulance comes?", True),
        ("Will you be safe until your sister comes?", True),
        ("Is she safe tonight?", True),
        ("Aren\u2019t you safe?", False),
        ("Are you in danger right now?", False),
        ("Are you safe, or is he still there?", False),
        ("Are you safe? Have you taken anything?", False),
        ("Are you safe? Is there anybody near you who hurts you?", False),
        ("Is it safe to say that you want to die?", False),
        ("You are safe here. Shall we go on?", False),
        ("What would make you feel safe?", False),
        ("", False),
    ],
)
def test_a_yes_counts_where_nothing_else_was_asked(said: str, heard: bool) -> None:
    assert yes_is_safe(said) is heard


@pytest.mark.parametrize(
    "reply",
    [
        "yes",
        "Yes.",
        "yeah",
        "y",
        "Yes I am",
        "I am",
        "yes, for now",
        "yes, my sister is here",
        "ja",
        "да",
        "हाँ",
        "sí",
        "yes, for the next few minutes",
        "yes I'm ok, my mum is with me",
        "yes safe",
    ],
)
def test_a_yes_is_a_word_of_safety_where_that_was_asked_and_nothing_elsewhere(reply: str) -> None:
    assert safe(reply, yes=True)
    assert not safe(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "yes, the gun is here",
        "yes?",
        "yes...",
        "yes but I have the pills",
        "yes I want to die",
        "yes and no",
        "no",
        "I am not",
        "I am going",
        "yes " * 100,
        "",
    ],
)
def test_no_other_reply_is_taken_for_safe(reply: str) -> None:
    assert not safe(reply, yes=True)


@pytest.mark.parametrize(
    ("asked", "level"),
    [
        ("Are you in danger right now?", IMMINENT),
        ("I am sorry. Is she in danger at the moment?", IMMINENT),
        ("Have you taken anything tonight?", IMMINENT),
        ("Are you planning to end your life?", IMMINENT),
        ("Do you have a plan?", IMMINENT),
        ("Are the pills still within reach?", IMMINENT),
        ("Are you thinking of suicide?", ELEVATED),
        ("Do you have thoughts of hurting yourself?", ELEVATED),
        ("Do you sometimes wish to die?", ELEVATED),
        ("Is somebody at home hurting you?", ELEVATED),
        ("Did he threaten you?", ELEVATED),
        ("Do you plan to see your sister?", NONE),
        ("Have you slept at all?", NONE),
        ("Would you like to tell me more?", NONE),
        ("You said that you wanted to die. Shall we talk about today?", NONE),
        ("", NONE),
    ],
)
def test_a_plain_yes_is_read_with_the_question_about_danger(asked: str, level: Level) -> None:
    for reply in ("yes", "Yes.", "yes I am", "yeah, sometimes", "sí", "I do"):
        assert admitted(reply, asked) is level, reply
    for reply in ("no", "not really", "yes? why", "yes and no", "I will cook now", ""):
        assert admitted(reply, asked) is NONE, reply


def test_a_no_to_being_in_danger_is_no_alarm() -> None:
    assert not asks_whether_safe("Are you in danger right now?")


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("no, I am not safe any more", True),
        ("not any more", True),
        ("I lied", True),
        ("she left", True),
        ("my sister has gone home", True),
        ("I'm alone again", True),
        ("no", False),
        ("I don't know", False),
        ("she is here", False),
        ("I left my job", False),
        ("a walk would help", False),
    ],
)
def test_the_word_that_they_are_safe_can_be_taken_back(text: str, back: bool) -> None:
    for welcome in (
        instead(Level.ELEVATED, Mode.SELF, safe=True),
        "Good to hear that you are safe.",
        "Are you safe?",
    ):
        assert taken_back(text, welcome) is back
    assert not taken_back(text, "What would you like for dinner?")

"""What is said in reply to "are you safe?", and what only looks like it."""

from __future__ import annotations

import pytest

from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.crisis_words import instead
from penguin_local.agent.questions import Mode
from penguin_local.agent.safe_replies import accompanied, asks_whether_safe, safe, unsafe

NONE, _, ELEVATED, IMMINENT = Level


@pytest.mark.parametrize(
    "reply",
    ["No", "nope", "no, I'm not", "Not really", "I don't think so", "nein", "нет", "I can't promise that"],
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
    ["no thanks", "No, my sister is here", "I am safe in here with the gun", "Is it safe to drive?", ""],
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

"""The labelled messages of the crisis classifier: their format, their mixture, and that none is there twice."""

from __future__ import annotations

import math
import re
from collections import Counter

import pytest

from models.recipes.crisis.messages import HELD_OUT, TRAINING, Message, read_messages
from penguin_local.agent.crisis_features import RISKS
from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.crisis_rules import analyse

FILES = (*TRAINING, *HELD_OUT)
KINDS = {"plain", "hard_negative", "long", "misspelled", "slang", "obfuscated", "code_switch", "goodbye"}
ASKED = 1500
"""Messages to learn from; there are more."""
ALIKE = 0.8
"""Of the words of two messages together, the share that is in both: from here on one is a copy of the other."""


def sounds_alarming(text: str) -> bool:
    """Whether the rules see any concept of danger in it, whatever way it is meant."""
    return any(finding.concept in RISKS for finding in analyse(text).findings)


@pytest.fixture(scope="module")
def training() -> list[Message]:
    return [message for name in TRAINING for message in read_messages(name)]


@pytest.mark.parametrize("name", FILES)
def test_every_line_is_a_message_with_known_labels(name: str) -> None:
    messages = read_messages(name)
    assert len({message.id for message in messages}) == len(messages)
    for message in messages:
        assert message.perspective in {"self", "other"}, message.id
        assert message.directness in {"direct", "indirect", "oblique"}, message.id
        assert message.kind in KINDS, message.id
        assert re.fullmatch("[a-z]{2}", message.language), message.id
        assert message.text.strip(), message.id
        assert len(message.text.split()) <= 260, message.id


def test_there_are_at_least_1500_to_learn_from_of_every_level(training: list[Message]) -> None:
    assert len(training) >= ASKED
    levels = Counter(message.level for message in training)
    assert min(levels.values()) >= 0.1 * len(training)
    assert set(levels) == set(Level)


def test_a_third_are_everyday_messages_that_sound_alarming(training: list[Message]) -> None:
    assert all(m.level is Level.NONE for m in training if m.kind == "hard_negative")
    calm = [m for m in training if m.level is Level.NONE]
    # The writers of the later files called few of their jokes hard; that the rules see a sign of danger says it too.
    hard = [m for m in calm if m.kind in {"hard_negative", "long"} or sounds_alarming(m.text)]
    assert len(hard) >= len(training) / 3


def test_they_are_long_and_short_about_others_and_in_many_languages(training: list[Message]) -> None:
    count = len(training)
    assert sum(message.kind == "long" for message in training) >= 0.1 * ASKED
    assert sum(message.perspective == "other" for message in training) >= 0.15 * count
    assert sum(message.language != "en" for message in training) >= 0.1 * count
    assert len({message.language for message in training}) >= 10


def test_no_message_is_nearly_another_not_even_across_the_files() -> None:
    messages = [message for name in FILES for message in read_messages(name)]
    sets = [set(re.findall(r"\w+", message.text.lower())) for message in messages]
    counts = Counter(word for words in sets for word in words)
    # Two sets that share so many of their words share one of the rarest few of each: only those need be looked up.
    holders: dict[str, list[int]] = {}
    pairs = set[tuple[str, str]]()
    for place, words in enumerate(sets):
        rarest = sorted(words, key=lambda word: (counts[word], word))
        for word in rarest[: len(words) - math.ceil(ALIKE * len(words)) + 1]:
            for other in holders.setdefault(word, []):
                shared = len(words & sets[other])
                if shared >= ALIKE * (len(words) + len(sets[other]) - shared):
                    pairs.add((messages[other].id, messages[place].id))
            holders[word].append(place)
    # Ids only: nobody should come to read held-out messages by way of a failing test.
    assert sorted(pairs) == []

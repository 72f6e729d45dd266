"""Entries of a case, as its conversation shows them again."""

from __future__ import annotations

import pytest

from penguin_local.agent.record import Asked, Heard, Learned, Line, Outcome, Source, now
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.tui.widgets.cards import replied
from penguin_local.tui.widgets.transcript import cards, learned


def test_what_came_from_beside_the_conversation_is_shown_with_their_own_words() -> None:
    words = Value("anxiety", "I lie awake")
    form, beside = (Learned(Attribute.EMOTION, words, source) for source in (Source.INTAKE, Source.EDITED))

    assert learned(form) == "emotional state: anxiety, “I lie awake” (from the form)"
    assert learned(beside) == "emotional state: anxiety, “I lie awake” (entered beside)"
    assert learned(Learned(Attribute.AGE, Value("25-34"), Source.INTAKE)) == "age: 25-34 (from the form)"


@pytest.mark.parametrize(("words", "blocks"), [("", 1), ("yes, if you need to", 2)])
def test_a_yes_by_key_is_one_block_with_the_question_and_words_keep_their_own(
    words: str, blocks: int
) -> None:
    emotion = Attribute.EMOTION
    entries = (
        Asked(emotion, "May I?", "why"),
        Heard(emotion, Outcome.PERMITTED, words),
        Asked(emotion, "How do you feel?", "why"),
    )

    assert len(cards(Line(now(), entry) for entry in entries)) == blocks


def test_where_danger_ended_a_question_their_words_stand_and_no_wish_is_told() -> None:
    told = replied(Heard(Attribute.EMOTION, Outcome.ENDED, "it ends tonight"))

    assert told == "“it ends tonight” (the question was let go: safety comes first)"

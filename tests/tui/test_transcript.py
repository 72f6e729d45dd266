"""Entries of a case, as its conversation shows them again."""

from __future__ import annotations

from penguin_local.agent.record import Learned, Source
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.tui.widgets.transcript import learned


def test_what_came_from_beside_the_conversation_is_shown_with_their_own_words() -> None:
    words = Value("anxiety", "I lie awake")
    form, beside = (Learned(Attribute.EMOTION, words, source) for source in (Source.INTAKE, Source.EDITED))

    assert learned(form) == "emotional state: anxiety, “I lie awake” (from the form)"
    assert learned(beside) == "emotional state: anxiety, “I lie awake” (entered beside)"
    assert learned(Learned(Attribute.AGE, Value("25-34"), Source.INTAKE)) == "age: 25-34 (from the form)"

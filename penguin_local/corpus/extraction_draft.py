"""A draft of a scenario: what a reader made of a post, until a person has looked at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.background import Background, Value


class Decision(StrEnum):
    """What a person made of a draft."""

    OPEN = "to look at"
    ACCEPTED = "accepted"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Draft:
    """What became of a post that tells enough."""

    place: str
    """`2:10482`: the second dump, line 10,482."""
    domain: Domain
    text: str = field(repr=False)
    """The cleaned post, for whoever looks it over; forgotten once that is done."""
    known: Background
    question: str
    """Empty where none could be had."""

    def corrected(self, attribute: Attribute, value: Value | None) -> Draft:
        """With another value of an attribute, or without one."""
        rest = {a: v for a, v in self.known if a is not attribute}
        return replace(self, known=Background.of(rest if value is None else {**rest, attribute: value}))

    def asking(self, question: str) -> Draft:
        """With another question, on one line."""
        return replace(self, question=" ".join(question.split()))


def row_of(draft: Draft) -> dict[str, Any]:
    """As a journal holds it."""
    return {
        "place": draft.place,
        "domain": draft.domain.value,
        "text": draft.text,
        "values": {a.value: str(v) for a, v in draft.known},
        "question": draft.question,
    }


def draft_of(row: Mapping[str, Any]) -> Draft:
    """Back from a journal. Raises KeyError and ValueError for what is none."""
    values = {Attribute(a): Value.parse(Attribute(a), text) for a, text in row["values"].items()}
    return Draft(row["place"], Domain(row["domain"]), row["text"], Background.of(values), row["question"])

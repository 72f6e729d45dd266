"""A case as rows that a person can read: for `cases show`, and for the packet that supervision gets.

What is hidden is replaced by a mark that says so, never left out: a reader sees that there was something.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.record import (
    Alarmed,
    Answered,
    Asked,
    Compared,
    Consented,
    Drafted,
    Ended,
    Enough,
    Entry,
    Heard,
    Judged,
    Learned,
    Line,
    Noted,
    Removed,
    Said,
    Screened,
    Summarised,
    Withheld,
)
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.core.rubric import Dimension, Score

HIDDEN: Final = "[left out]"


class Redaction(StrEnum):
    """What can be left out of a packet."""

    TITLE = "title"
    """The title that the case was given: it may be a name."""
    WORDS = "words"
    """Everything the person wrote, also where a value or a summary repeats it."""
    VALUES = "values"
    """What is known about the person and results of screenings, also where a summary or the crisis layer's
    reasons repeat them; that something is known stays."""
    ANSWERS = "answers"
    """Everything the model and its judge wrote: it may repeat what it was told."""
    TIMES = "times"
    """When something was written; the order stays."""


@dataclass(frozen=True, slots=True)
class Row:
    """One entry."""

    number: int
    at: datetime | None
    """None where times are left out."""
    kind: str
    """The entry's, in lower case: `said`, `answered`."""
    heading: str
    text: str
    """What was written; empty where the heading says all."""
    facts: tuple[tuple[str, str], ...] = ()


def packet_rows(
    lines: Iterable[tuple[int, Line]], hidden: frozenset[Redaction] = frozenset()
) -> tuple[Row, ...]:
    """One row an entry, in order. A draft is left out where the answer that replaced it follows."""
    writing = _Writing(hidden)
    rows: list[Row] = []
    for number, line in lines:
        # The answer, and a later draft of it, stand for the drafts before.
        if rows and rows[-1].kind == "drafted" and isinstance(line.entry, Answered | Drafted):
            rows.pop()
        heading, text, facts = writing.of(line.entry)
        at = None if Redaction.TIMES in hidden else line.at
        rows.append(Row(number, at, type(line.entry).__name__.lower(), heading, text, tuple(facts)))
    return tuple(rows)


_Told = tuple[str, str, list[tuple[str, str]]]
_ENDED: Final = {
    Ended.WHOLE: "whole",
    Ended.LENGTH: "cut off where the window or the limit was reached",
    Ended.STOPPED: "stopped by the person",
    Ended.GARBLED: "stopped where the model lost its thread",
    Ended.LOST: "broken off: the engine or the program stopped",
}


@dataclass(frozen=True, slots=True)
class _Writing:
    hidden: frozenset[Redaction]

    def of(self, entry: Entry) -> _Told:
        """Heading, text, facts."""
        match entry:
            case Said(text):
                return "The person wrote", self.words(text), []
            case Asked(attribute, wording, why):
                return f"The agent asked about {attribute.label}", wording, [("why", why)]
            case Heard(attribute, outcome, text):
                return f"Asked about {attribute.label}: {outcome.value}", self.words(text), []
            case Learned(attribute, value, source):
                return f"Known from here on: {attribute.label}", self.value(value), [("from", source.value)]
            case Removed(attribute):
                return f"Taken back: {attribute.label}", "", []
            case Withheld(attribute, outcome):
                return f"Not said: {attribute.label} ({outcome.value})", "", []
            case Summarised(text, edited):
                parts = {Redaction.WORDS, Redaction.VALUES, Redaction.ANSWERS}
                kept = HIDDEN if self.hidden & parts else text
                return "A summary stands for all before it", kept, [("edited", "yes" if edited else "no")]
            case Consented(agreed, to):
                return "Consent given" if agreed else "Consent taken back or not given", to, []
            case Noted(text):
                return "Note", text, []
            case _:
                return self._of_model(entry)

    def _of_model(self, entry: Enough | Drafted | Answered | Judged | Compared | Alarmed | Screened) -> _Told:
        match entry:
            case Enough():
                rated = "not rated" if entry.level is None else f"{entry.level:.1f} of 5"
                facts = [
                    ("sufficiency", rated),
                    ("threshold", f"{entry.threshold:.1f}"),
                    ("questions", str(entry.questions)),
                ]
                return f"The asking ended: {entry.reason}", "", facts
            case Drafted(text):
                return "An answer that was never finished", self.answers(text), []
            case Answered():
                return "Answer", self.answers(entry.text), self._answer_facts(entry)
            case Judged():
                return "The judge's view", "", self._judged_facts(entry)
            case Compared(text, ended):
                return (
                    "The same question answered without knowing anybody",
                    self.answers(text),
                    [("ended", _ENDED[ended])],
                )
            case Alarmed(level, where, reasons):
                # A reason can be what is known, or the reading of a screening.
                told = [HIDDEN] if reasons and Redaction.VALUES in self.hidden else reasons
                facts = [("because", reason) for reason in told]
                return f"The crisis layer: {_level(level)}, in the {where}", "", facts
            case Screened(instrument, results, reading):
                if Redaction.VALUES in self.hidden:
                    return f"Screening: {instrument}", HIDDEN, []
                return f"Screening: {instrument}", reading, list(results.items())

    def words(self, text: str) -> str:
        """Of the person."""
        return HIDDEN if text and Redaction.WORDS in self.hidden else text

    def answers(self, text: str) -> str:
        """Of the model."""
        return HIDDEN if text and Redaction.ANSWERS in self.hidden else text

    def value(self, value: Value) -> str:
        """What is known."""
        if Redaction.VALUES in self.hidden:
            return HIDDEN
        return value.kind if Redaction.WORDS in self.hidden else str(value)

    def _answer_facts(self, answer: Answered) -> list[tuple[str, str]]:
        facts = [
            ("ended", _ENDED[answer.ended]),
            ("written from", self._known(answer.known) or "nothing known"),
            ("declined", ", ".join(a.label for a in answer.declined) or "nothing"),
            ("model", named_model(answer.model, answer.demonstration)),
            ("model sha256", answer.model_sha256),
            ("prompt", answer.prompt_version),
            ("seed", str(answer.seed)),
            ("tokens", f"{answer.prompt_tokens:,} read, {answer.generated_tokens:,} written"),
        ]
        if answer.changed:
            told = HIDDEN if self.hidden & {Redaction.VALUES, Redaction.WORDS} else "; ".join(answer.changed)
            facts.append(("changed since the answer before", told))
        if answer.replaced:
            facts.append(("replaced by the crisis layer", answer.replaced))
        return facts

    def _known(self, known: Mapping[Attribute, Value]) -> str:
        if Redaction.VALUES in self.hidden:
            return ", ".join(attribute.label for attribute in known)
        return ", ".join(f"{attribute.label}: {self.value(value)}" for attribute, value in known.items())

    def _judged_facts(self, judged: Judged) -> list[tuple[str, str]]:
        facts = [*scores(judged)]
        facts += [("reason", self.answers(reason)) for reason in judged.reasons if reason]
        if judged.unscored:
            facts.append(("no score", judged.unscored))
        judge = named_model(judged.judge, judged.demonstration)
        facts += [("judge", judge), ("judge sha256", judged.judge_sha256)]
        return [*facts, ("judge's calibration", judged.calibration)]


def scores(judged: Judged) -> tuple[tuple[str, str], ...]:
    """`risk sensitivity`, `3.9 of 5`; nothing where there was no score."""
    if len(judged.probabilities) != len(Dimension):
        return ()
    score = Score(judged.probabilities)
    return tuple((d.label, f"{score.expectation(d):.1f} of 5") for d in Dimension)


def named_model(name: str, demonstration: bool) -> str:
    """With the remark that a demonstration model needs."""
    return f"{name} (a demonstration: it knows nothing)" if demonstration else name


def _level(level: int) -> str:
    return Level(level).label if level in set(Level) else str(level)

"""A case as it was: its entries as the blocks of a conversation."""

from __future__ import annotations

from collections.abc import Iterable

from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.record import (
    Alarmed,
    Answered,
    Asked,
    Compared,
    Consented,
    Heard,
    Judged,
    Learned,
    Line,
    Noted,
    Outcome,
    Removed,
    Said,
    Screened,
    Source,
    Summarised,
    Withheld,
)
from penguin_local.tui.widgets.answer import AnswerCard
from penguin_local.tui.widgets.cards import OUTCOMES, AlarmCard, AskedCard, Card, NoteCard, SaidCard, replied
from penguin_local.tui.widgets.compare import CompareCard
from penguin_local.tui.widgets.scores import ScoreCard

YOU = "You"


def cards(lines: Iterable[Line], *, first: int = 0) -> list[Card]:
    """One block or none for an entry; several tries at an answer are one block. `first` is the first one's number."""
    page = _Page()
    for number, line in enumerate(lines, first):
        page.take(number, line)
    return page.cards


class _Page:
    """Blocks so far, and the last of those that later entries belong to."""

    def __init__(self) -> None:
        self.cards: list[Card] = []
        self._asked: AskedCard | None = None
        self._heard: Heard | None = None
        self._answer: AnswerCard | None = None

    def take(self, number: int, line: Line) -> None:
        """One more entry."""
        match line.entry:
            case Said(text=text):
                self._answer = self._asked = self._heard = None
                self._add(SaidCard(text, YOU, entry=number))
            case Asked(attribute=attribute, wording=wording):
                if self._asked and self._heard == Heard(attribute, Outcome.PERMITTED, ""):
                    self.cards.remove(
                        self._asked
                    )  # A yes by key: the question takes its place, as it did live.
                self._asked, self._heard = AskedCard(attribute, wording, entry=number), None
                self._add(self._asked)
            case Heard() as heard:
                self._heard = heard
                if self._asked is not None:
                    self._asked.answer(replied(heard))
            case Learned(attribute=attribute, value=value, source=source) as told:
                if source is not Source.ASKED:
                    self._note(number, learned(told))
                elif self._asked and self._heard and self._asked.attribute is attribute:
                    self._asked.answer(replied(self._heard, value.kind))
            case Removed(attribute=attribute):
                self._note(number, f"{attribute.label} was taken back")
            case Withheld(attribute=attribute, outcome=outcome):
                if self._heard is None or self._heard.attribute is not attribute:
                    self._note(number, f"{attribute.label}: {OUTCOMES[outcome]}")
            case Answered() as answer:
                self._answered(number, answer)
            case _:
                self._besides(number, line)

    def _answered(self, number: int, answer: Answered) -> None:
        if self._answer is not None:
            # Where the newest try is: what came between them was about the one before.
            self.cards.remove(self._answer)
            self.cards.append(self._answer)
            self._answer.also(answer, number)
        else:
            self._answer = AnswerCard((answer,), entry=number)
            self._add(self._answer)

    def _besides(self, number: int, line: Line) -> None:
        match line.entry:
            case Judged() as judged:
                self._add(ScoreCard(judged, entry=number))
            case Compared() as compared:
                mine = self._answer.tries[-1] if self._answer else None
                self._add(CompareCard(mine, compared, entry=number))
            case Summarised(text=text):
                self._note(number, f"From here on the model reads this summary of what came before:\n{text}")
            case Alarmed(level=level):
                self._add(AlarmCard(Level(level), entry=number))
            case Screened(instrument=instrument, reading=reading):
                self._note(number, f"{instrument}: {reading}")
            case Consented(agreed=agreed, to=to):
                self._note(number, f"{'agreed to' if agreed else 'not agreed to'}: {to}")
            case Noted(text=text):
                self._note(number, text)

    def _note(self, number: int, text: str) -> None:
        self._add(NoteCard(text, entry=number))

    def _add(self, card: Card) -> None:
        self.cards.append(card)


def learned(told: Learned) -> str:
    """A value that came from beside the conversation."""
    words = f", “{told.value.words}”" if told.value.words else ""
    where = "from the form" if told.source is Source.INTAKE else "entered beside"
    return f"{told.attribute.label}: {told.value.kind}{words} ({where})"

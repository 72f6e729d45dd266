"""What every part of a session has before it: the case, the models, and the pen."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Final, TypeVar

from penguin_local.agent.beforehand import Notebook
from penguin_local.agent.case_state import fold
from penguin_local.agent.crisis import Verdict, instead
from penguin_local.agent.crisis_levels import Level, Reading
from penguin_local.agent.crisis_rules import analyse
from penguin_local.agent.questions import Mode, Questions
from penguin_local.agent.record import Noted, decoded
from penguin_local.agent.safe_replies import accompanied, safe, yes_is_safe
from penguin_local.agent.session_events import Note, Said, Step
from penguin_local.agent.session_models import ChatSettings, Minds
from penguin_local.errors import WorkerCrashed

T = TypeVar("T")
_SEEDS = 2**31
RESTARTED: Final = "The engine stopped working and was started again. What had been written is kept."
TOO_LONG: Final = "the conversation is more than the model can read at once"
SOON: Final = 4
"""Answers, the one at hand among them, within which a word that one is safe comes soon after danger."""
NOT_FOR_DANGER: Final = "a demonstration model's words would not do here"


@dataclass(slots=True, kw_only=True)
class Desk(Notebook):
    """Entries go into the casebook before anything else happens with them."""

    minds: Minds
    settings: ChatSettings
    questions: Questions
    draw: Callable[[], int] = lambda: secrets.randbelow(_SEEDS)
    """Seeds of answers; kept with each, so that it can be drawn again."""

    def __post_init__(self) -> None:
        self.reread()

    def reread(self) -> None:
        """Where the case stands now: something may have been added while the models were loaded."""
        self.state = fold(decoded(entry) for entry in self.casebook.entries(self.case.id))

    @property
    def mode(self) -> Mode:
        """Whom the agent talks with."""
        return Mode(self.case.about.mode)

    @property
    def level(self) -> Level:
        """The danger at hand for whoever asks or answers, put together here and nowhere else.

        What was seen in messages, replies and the panel, for this answer or the one before it; what screenings say;
        and what is known of the person.
        """
        if self.reassured:
            return max(Level.ELEVATED, self.state.alarmed_within(1))
        seen = (self.state.alarmed, *self.state.standing.values())
        return max(*seen, self.watch.profile(self.state.known).level)

    @property
    def reassured(self) -> bool:
        """Whether they say, soon after danger, that they are safe: no emergency any more, and no time for questions."""
        if not self.state.turns:
            return False
        *before, turn = self.state.turns
        answer = before[-1].answer if before else None
        if not safe(turn.said, yes=answer is not None and yes_is_safe(answer.text)):
            return False
        if accompanied(turn.said) and self._another_is_the_danger():
            return False
        return max((self.state.alarmed_within(SOON), *self.state.standing.values())) >= Level.ELEVATED

    @property
    def in_danger(self) -> bool:
        """Now: it can have risen since it was last looked at, in a reply or beside the dialogue."""
        return self.level is Level.IMMINENT

    @property
    def unfit(self) -> bool:
        """What a demonstration model writes is not fit for somebody in danger, whatever it writes."""
        return self.minds.chat.info.demonstration and self.level >= Level.ELEVATED

    def look(self, text: str) -> Verdict:
        """Whether what a model wrote may stand, by the danger at hand now: it can have risen beside the writing."""
        return Verdict(False, NOT_FOR_DANGER) if self.unfit else self.watch.after(text, self.level)

    def words(self, *, too_long: bool = False) -> str:
        """Our own, in place of an answer; `too_long`, the model could not read what it would have answered."""
        *before, turn = self.state.turns
        last = next((t.answer.text for t in reversed(before) if t.answer is not None), "")
        level = self.level
        return instead(
            level,
            self.mode,
            after=last,
            safe=self.reassured
            and level < Level.IMMINENT,  # what was seen since then is graver than the word
            company=accompanied(turn.said) and not self._another_is_the_danger(),
            too_long=too_long,
        )

    def _another_is_the_danger(self) -> bool:
        """Then it may be the one who is near."""
        return any(_of_another(turn.read) for turn in self.state.turns)

    def rung(self, reading: Reading, where: str) -> bool:
        """Take note of danger; whether to say so: mild words about a message do not stand above a graver danger."""
        return self.alarm(reading, where) and reading.level >= self.level

    def firmly(self, call: Callable[[], T]) -> Generator[Step, Said, T]:
        """What a model's process is asked; where it broke down, once more, for it was started again."""
        try:
            return call()
        except WorkerCrashed:
            self.keep(Noted(RESTARTED))
            yield Note(RESTARTED)
            return call()


def _of_another(text: str) -> bool:
    """Whether it speaks of somebody who is the danger."""
    return analyse(text).said("abuse", "threatened", "attacker_near", "nearby", "weapon")

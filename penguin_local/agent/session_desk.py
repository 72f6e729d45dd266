"""What every part of a session has before it: the case, the models, and the pen."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Final, TypeVar

from penguin_local.agent import beforehand
from penguin_local.agent.case_state import CaseState, fold
from penguin_local.agent.crisis import Circumstances, Verdict, Watch
from penguin_local.agent.crisis_levels import Level, Reading
from penguin_local.agent.questions import Mode, Questions
from penguin_local.agent.record import Alarmed, Entry, Noted, decoded
from penguin_local.agent.session_events import Note, Said, Step
from penguin_local.agent.session_models import ChatSettings, Minds
from penguin_local.errors import WorkerCrashed
from penguin_local.store.casebook import Casebook, CaseInfo

T = TypeVar("T")
_SEEDS = 2**31
RESTARTED: Final = "The engine stopped working and was started again. What had been written is kept."
NOT_FOR_DANGER: Final = "a demonstration model does not write to somebody in danger"


@dataclass(slots=True)
class Desk:
    """Entries go into the casebook before anything else happens with them."""

    casebook: Casebook
    case: CaseInfo
    minds: Minds
    settings: ChatSettings
    watch: Watch
    questions: Questions
    draw: Callable[[], int] = lambda: secrets.randbelow(_SEEDS)
    """Seeds of answers; kept with each, so that it can be drawn again."""
    state: CaseState = field(init=False)

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
        seen = (self.state.alarmed, *self.state.standing.values())
        return max(*seen, self.watch.profile(self.state.known).level)

    @property
    def unfit(self) -> bool:
        """What a demonstration model writes is not fit for somebody in danger, whatever it writes."""
        return self.minds.chat.info.demonstration and self.level >= Level.ELEVATED

    def look(self, text: str) -> Verdict:
        """Whether what a model wrote may stand, by the danger at hand now: it can have risen beside the writing."""
        return Verdict(False, NOT_FOR_DANGER) if self.unfit else self.watch.after(text, self.level)

    def keep(self, entry: Entry) -> None:
        """On disk when this returns."""
        self.state = beforehand.keep(self.casebook, self.case, self.state, entry)

    def firmly(self, call: Callable[[], T]) -> Generator[Step, Said, T]:
        """What a model's process is asked; where it broke down, once more, for it was started again."""
        try:
            return call()
        except WorkerCrashed:
            self.keep(Noted(RESTARTED))
            yield Note(RESTARTED)
            return call()

    def circumstances(self) -> Circumstances:
        """What the crisis layer may take into account."""
        return beforehand.circumstances(self.case, self.state)

    def alarm(self, reading: Reading, where: str) -> bool:
        """Take note of danger; whether there is any."""
        if reading.level is Level.NONE:
            return False
        self.keep(alarm_entry(reading, where))
        return True


def alarm_entry(reading: Reading, where: str) -> Alarmed:
    """A reading as it is kept."""
    return Alarmed(int(reading.level), where, tuple(reason.what for reason in reading.reasons))

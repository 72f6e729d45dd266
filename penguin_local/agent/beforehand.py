"""What a person says before any model is there: kept at once, and read at once by what needs no model."""

from __future__ import annotations

from dataclasses import dataclass, field

from penguin_local.agent.case_state import CaseState
from penguin_local.agent.crisis import Circumstances, Mode, Watch
from penguin_local.agent.crisis_levels import Level, Reading
from penguin_local.agent.record import Alarmed, Entry, Line, encoded, now
from penguin_local.store.casebook import Casebook, CaseInfo


@dataclass(slots=True, kw_only=True)
class Notebook:
    """A case that is open: what is kept in it, and who reads that for danger."""

    casebook: Casebook
    case: CaseInfo
    watch: Watch
    state: CaseState = field(default_factory=CaseState)

    def keep(self, entry: Entry) -> None:
        """On disk when this returns."""
        self.state = keep(self.casebook, self.case, self.state, entry)

    def circumstances(self) -> Circumstances:
        """What the crisis layer may take into account."""
        return circumstances(self.case, self.state)

    def alarm(self, reading: Reading, where: str) -> bool:
        """Take note of danger; whether there is any."""
        if reading.level is Level.NONE:
            return False
        self.keep(alarm_entry(reading, where))
        return True


def keep(casebook: Casebook, case: CaseInfo, state: CaseState, entry: Entry) -> CaseState:
    """On disk when this returns; where the case stands then. What a session has open, its desk alone keeps."""
    line = Line(now(), entry)
    casebook.append(case.id, encoded(line))
    return state.after(line)


def read(case: CaseInfo, state: CaseState, text: str) -> Reading:
    """What the rules and what is known say to it; the session reads it again when it comes to answer."""
    return Watch().before(text, circumstances(case, state))


def circumstances(case: CaseInfo, state: CaseState) -> Circumstances:
    """What the crisis layer may take into account when something more is said."""
    last = state.turns[-1].answer if state.turns else None
    asked = last.text if last is not None else ""
    return Circumstances(state.known, Mode(case.about.mode), state.levels, asked)


def alarm_entry(reading: Reading, where: str) -> Alarmed:
    """A reading as it is kept."""
    return Alarmed(int(reading.level), where, tuple(reason.what for reason in reading.reasons))

"""What a person says before any model is there: kept at once, and read at once by what needs no model."""

from __future__ import annotations

from penguin_local.agent.case_state import CaseState
from penguin_local.agent.crisis import Circumstances, Mode, Watch
from penguin_local.agent.crisis_levels import Reading
from penguin_local.agent.record import Entry, Line, encoded, now
from penguin_local.agent.safe_replies import asks_whether_safe
from penguin_local.store.casebook import Casebook, CaseInfo


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
    asked_safe = last is not None and asks_whether_safe(last.text)
    return Circumstances(state.known, Mode(case.about.mode), state.levels, asked_safe)

"""What is entered beside the conversation, in forms and in the panel: it waits for no model.

A session has one, with all that reads for danger; before the models are there, or where none ever is, a screen has
one of its own with the rules alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from penguin_local.agent.beforehand import Notebook
from penguin_local.agent.crisis_levels import Level, Reader, Reading, Reason
from penguin_local.agent.record import Consented, Learned, Outcome, Removed, Screened, Source, Withheld
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value

CONSENT = (
    "What is said here is kept on this machine, sealed, until it is deleted; models that run on this machine alone "
    "read it; it can be taken back at any time."
)
"""What a person is told and asked to agree to, where somebody else keeps the case."""
CONSENT_TRACELESS = (
    "Nothing of what is said here is written down; models that run on this machine alone read it, and it is gone "
    "when the program ends or is locked."
)
"""The same where nothing is kept."""
DECLINED = (
    "A no is recorded and changes nothing else by itself: what is written here is still kept, sealed, until the case "
    "is deleted ({how}). penguin-local chat --no-trace keeps nothing."
)
"""What follows when they do not agree. A braced word is left for how a case is deleted from where one is."""
DECLINED_TRACELESS = (
    "A no changes nothing else by itself: models on this machine still read what is written here. Nothing of it is "
    "written down, and all of it is gone when the program ends or is locked."
)
"""The same where nothing is kept."""


class Entering:
    """Every entry is kept before it is read for danger."""

    def __init__(self, notes: Notebook) -> None:
        self._notes = notes

    def correct(self, attribute: Attribute, value: Value | None) -> Reading:
        """Another value, or none any more; what the crisis layer makes of what is known now."""
        if value is None:
            self._notes.keep(Removed(attribute))
        else:
            self._notes.keep(Learned(attribute, value, Source.EDITED))
        return self._known(attribute)

    def withhold(self, attribute: Attribute, outcome: Outcome) -> None:
        """They would rather not say (DECLINED), or do not know (UNSURE)."""
        self._notes.keep(Withheld(attribute, outcome))

    def intake(self, values: Mapping[Attribute, Value], withheld: Mapping[Attribute, Outcome]) -> Reading:
        """The form at the beginning; what the crisis layer makes of it."""
        told = [a for a, value in values.items() if self._notes.state.known.get(a) != value]
        for attribute in told:
            self._notes.keep(Learned(attribute, values[attribute], Source.INTAKE))
        for attribute, outcome in withheld.items():
            self._notes.keep(Withheld(attribute, outcome))
        return self._known(*told)

    def reread(self) -> Reading:
        """What was entered before the classifier was there had nobody but the rules to read it."""
        return self._known()

    def _known(self, *told: Attribute) -> Reading:
        """What was told just now is heard like a reply; all that is known, where it is graver than ever before."""
        circumstances = self._notes.circumstances()
        reading, whole = Reading(), self._notes.watch.profile(self._notes.state.known)
        for attribute, value in self._notes.state.known:
            if value.words:
                heard = self._notes.watch.before(value.words, circumstances)
                whole |= heard
                if attribute in told:
                    reading |= heard
        if whole.level > self._notes.state.level:
            reading = whole
        if reading.level > self._notes.state.alarms[-1]:
            self._notes.alarm(reading, "profile")
        return reading

    def screened(self, screened: Screened, level: Level, reasons: tuple[str, ...] = ()) -> Reading:
        """Results of a screening; what they mean for safety."""
        self._notes.keep(screened)
        told = reasons or (screened.reading,)
        reading = Reading.of(Reason(Reader.SCREENING, level, reason) for reason in told)
        self._notes.alarm(reading, "screening")
        return reading

    def consent(self, agreed: bool) -> None:
        """They agreed to how the case is kept, or took it back; the last word counts."""
        self._notes.keep(Consented(agreed, self.consent_words))

    @property
    def consent_words(self) -> str:
        """What a person is asked to agree to."""
        return CONSENT_TRACELESS if self._notes.casebook.traceless else CONSENT

    def declined_words(self, how: str) -> str:
        """What follows when they do not; `how` a case is deleted."""
        return DECLINED_TRACELESS if self._notes.casebook.traceless else DECLINED.format(how=how)

"""How much danger a text speaks of, and why somebody or something thinks so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Level(IntEnum):
    """Graduated; a higher number is more danger."""

    NONE = 0
    CONCERN = 1
    """A passive wish to be gone, hopelessness, or distress in someone who has hurt themselves before."""
    ELEVATED = 2
    """Thoughts of suicide, a recent attempt, self-harm now, ongoing abuse, or thoughts of hurting another."""
    IMMINENT = 3
    """Intent, a plan, an act under way, danger now or at a stated time."""

    @property
    def label(self) -> str:
        """`concern`."""
        return self.name.lower()


class Reader(StrEnum):
    """Who read the text."""

    RULES = "rules"
    CLASSIFIER = "classifier"
    MODEL = "model"
    PROFILE = "what is known"
    SCREENING = "screening"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a level was given."""

    reader: Reader
    level: Level
    what: str
    """In plain words that a counsellor can read, never a quotation: `speaks of a plan and a time`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What all readers together made of a text."""

    reasons: tuple[Reason, ...] = ()
    """The gravest first."""

    @property
    def level(self) -> Level:
        """The highest wins."""
        return max((reason.level for reason in self.reasons), default=Level.NONE)

    @classmethod
    def of(cls, reasons: Iterable[Reason]) -> Reading:
        """Sorted, without reasons that say nothing or say it twice."""
        found = dict.fromkeys(r for r in reasons if r.level is not Level.NONE)
        return cls(tuple(sorted(found, key=lambda r: -r.level)))

    def __or__(self, other: Reading) -> Reading:
        return Reading.of((*self.reasons, *other.reasons))

"""How far a run is, as a value; who shows it decides how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum


class Phase(StrEnum):
    """What is being done; with one model for both, the two alternate group by group."""

    ANSWERING = "answering"
    JUDGING = "judging"
    BOTH = "answering and judging"


@dataclass(frozen=True, slots=True)
class Found:
    """What arms that find out what is known have done; all 0 where there is no such arm."""

    talks: int = 0
    """Talks held."""
    talks_total: int = 0
    subsets: int = 0
    """Subsets answered and judged by searches."""
    subsets_total: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """One moment of a run."""

    phase: Phase
    answered: int
    judged: int
    """Items with a verdict, unscored ones among them."""
    total: int
    """Items of the plan."""
    unscored: int
    items_per_minute: float | None
    """Of this phase in this sitting; None before a whole item is finished in it."""
    seconds_left: float | None
    """Until this phase ends, at that rate."""
    found: Found = Found()

    @property
    def done(self) -> float:
        """Items finished in this phase; where the two steps alternate, each counts for a half."""
        match self.phase:
            case Phase.ANSWERING:
                return self.answered
            case Phase.JUDGING:
                return self.judged
            case Phase.BOTH:
                return (self.answered + self.judged) / 2


class Meter:
    """Counts, and tells a listener."""

    def __init__(
        self,
        *,
        answered: int,
        judged: int,
        unscored: int,
        total: int,
        clock: Callable[[], float],
        listener: Callable[[Progress], None],
        found: Found = Found(),
    ) -> None:
        self._answered = answered
        self._judged = judged
        self._unscored = unscored
        self._total = total
        self._clock = clock
        self._listener = listener
        self._found = found
        self.begin(Phase.BOTH)

    def begin(self, phase: Phase) -> None:
        """A new phase: its rate is its own."""
        self._phase = phase
        self._began = self._clock()
        self._at_first = self._progress(None, None).done
        self._again = 0.0

    def answered_again(self) -> None:
        """An answer that the store had already was computed again: work for the rate, no progress."""
        self._again += 0.5 if self._phase is Phase.BOTH else 1.0

    def answered(self) -> None:
        """One more answer is stored."""
        self._answered += 1
        self._tell()

    def judged(self, *, unscored: bool) -> None:
        """One more verdict is stored."""
        self._judged += 1
        self._unscored += unscored
        self._tell()

    def talked(self, count: int) -> None:
        """So many more talks are stored."""
        self._found = replace(self._found, talks=self._found.talks + count)
        self._tell()

    def searched(self, count: int) -> None:
        """So many more subsets are answered and judged; never more than there are, done again after a stop."""
        subsets = min(self._found.subsets + count, self._found.subsets_total)
        self._found = replace(self._found, subsets=subsets)
        self._tell()

    def _tell(self) -> None:
        now = self._progress(None, None)
        minutes = (self._clock() - self._began) / 60
        new = now.done - self._at_first
        if minutes <= 0 or new < 1:
            self._listener(now)
            return
        rate = (new + self._again) / minutes
        self._listener(self._progress(rate, (self._total - now.done) / rate * 60))

    def _progress(self, rate: float | None, left: float | None) -> Progress:
        return Progress(
            self._phase,
            self._answered,
            self._judged,
            self._total,
            self._unscored,
            rate,
            left,
            self._found,
        )

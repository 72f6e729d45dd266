"""How far planning is, as a value; who shows it decides how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlanProgress:
    """One moment of planning."""

    finished: int
    """Scenarios that have their path, those of earlier sittings among them."""
    total: int
    """Scenarios of the plan."""
    evaluated: int
    """Subsets looked at in this sitting."""
    cached: int
    """Those among them whose value was remembered."""
    unscored: int
    """Those among them that the judge could not score."""
    per_minute: float | None
    """New subsets (answered and judged now) a minute; None before there is one."""
    seconds_left: float | None
    """Until the plan is finished, at that rate; None where nothing new was computed yet."""

    @property
    def done(self) -> float:
        """Finished scenarios: what a bar of `total` shows."""
        return self.finished


class PlanMeter:
    """Counts, and tells a listener."""

    def __init__(
        self,
        *,
        finished: int,
        total: int,
        most: int,
        clock: Callable[[], float],
        listener: Callable[[PlanProgress], None],
    ) -> None:
        """`most`: subsets that the search of one scenario looks at, at most."""
        self._before = finished
        self._total = total
        self._most = most
        self._clock = clock
        self._listener = listener
        self._began = clock()
        self._finished = self._evaluated = self._cached = self._unscored = 0
        self._evaluated_whole = 0
        """Subsets of the scenarios finished in this sitting."""

    def evaluated(self, *, count: int, cached: int, unscored: int) -> None:
        """A batch has come back."""
        self._evaluated += count
        self._cached += cached
        self._unscored += unscored
        self._tell()

    def finished(self, evaluations: int) -> None:
        """One more scenario has its path, after looking at so many subsets."""
        self._finished += 1
        self._evaluated_whole += evaluations
        self._tell()

    def _tell(self) -> None:
        fresh = self._evaluated - self._cached
        minutes = (self._clock() - self._began) / 60
        rate = fresh / minutes if fresh and minutes > 0 else None
        finished = self._before + self._finished
        usual = self._evaluated_whole / self._finished if self._finished else self._most
        begun = self._evaluated - self._evaluated_whole
        open_ones = max(0.0, usual * (self._total - finished) - begun)
        left = open_ones / rate * 60 if rate else None
        self._listener(
            PlanProgress(finished, self._total, self._evaluated, self._cached, self._unscored, rate, left)
        )

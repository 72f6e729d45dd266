"""How long until nobody's screen locks, and what is said before."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Final

WARNING_SECONDS: Final = 60.0
"""Before the lock; half of the time where that is less."""
STEP: Final = 5
"""Seconds that are told are multiples of this: nobody counts along."""


def warns(limit: float, idle: float) -> bool:
    """Whether it is time for a word."""
    return limit - idle <= min(WARNING_SECONDS, limit / 2)


def warning(seconds: float, *, traceless: bool) -> str:
    """What happens in so many seconds."""
    rounded = max(STEP, STEP * round(seconds / STEP))
    when = "a minute" if rounded == WARNING_SECONDS else f"{rounded} seconds"
    if traceless:
        return f"In {when} this locks, and all that was said here is forgotten; any key keeps it open."
    return f"This locks in {when}; any key keeps it open."


class Idle:
    """When somebody was there last, and whether they were warned since."""

    def __init__(self, limit: float, clock: Callable[[], float]) -> None:
        """`limit` in seconds; 0 never locks."""
        self._limit, self._clock = limit, clock
        self._touched, self._warned = clock(), False

    def touch(self) -> bool:
        """Somebody is there; whether a warning stands that is no longer true."""
        stood, self._warned = self._warned, False
        self._touched = self._clock()
        return stood

    @property
    def quiet(self) -> float:
        """Seconds since somebody was there."""
        return self._clock() - self._touched

    @property
    def left(self) -> float:
        """Seconds until the lock."""
        return self._limit - self.quiet if self._limit else inf

    def warn(self) -> bool:
        """Whether it is time for a word; once."""
        if self._warned or not self._limit:
            return False
        self._warned = warns(self._limit, self._limit - self.left)
        return self._warned

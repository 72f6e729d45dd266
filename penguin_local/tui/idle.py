"""How long until nobody's screen locks, and what is said before."""

from __future__ import annotations

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

"""How soon what is typed is seen: what Python and textual do of their own accord, done when it is in nobody's way.

Measured on two cores while the model works (`benchmarks/tui_latency.py`): a look through all objects for garbage stops
everything for some 100 ms, every few seconds while an answer streams in, and most of the keys that waited longest had
waited for one. What one would find is a few megabytes a minute, which can wait until nobody types.
"""

from __future__ import annotations

import gc
from typing import Final

from textual import screen

LOOK_SECONDS: Final = 5.0
"""Between two moments at which garbage may be collected."""
QUIET_SECONDS: Final = 2.0
"""Without key, click or movement: whoever types goes on sooner."""
TOO_MANY: Final = 500
"""After as many collections of the middle generation, some 4 million objects, nobody's typing is waited for."""
_NEVER: Final = 2**31 - 1
_FRAMES_PER_SECOND: Final = 120
"""Textual waits one to two frames before it draws what was typed; what is streamed is drawn less often anyway."""


class Garbage:
    """Collected when nobody types; as Python would again once it is `left`."""

    def __init__(self) -> None:
        self._before = gc.get_threshold()

    def taken_over(self) -> None:
        """The young generations go on as ever."""
        young, middle, _ = self._before
        gc.set_threshold(young, middle, _NEVER)

    def left(self) -> None:
        """As before."""
        gc.set_threshold(*self._before)

    def collect(self, quiet: float) -> bool:
        """Perhaps; `quiet`: seconds since anybody touched anything. Whether it was time."""
        due = gc.get_count()[2] >= (1 if quiet >= QUIET_SECONDS else TOO_MANY)
        if due:
            gc.collect()
        return due


def draw_soon() -> None:
    """For every screen that is made from now on."""
    vars(screen).update(UPDATE_PERIOD=1 / _FRAMES_PER_SECOND)

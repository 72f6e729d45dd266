"""How long a child may be silent, how often it may break down, and the patience that one call has."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from penguin_local.lm.worker_process import Breakdown


@dataclass(frozen=True, slots=True)
class Limits:
    """When a child is given up. Seconds of silence are counted in ticks: those that the machine slept are none."""

    silent_seconds: float = 120.0
    """Without one step of work done: at most 512 tokens read, or one token of each answer written.

    A child speaks only after a step, so that one which hangs inside llama.cpp is silent, whatever its threads do.
    """
    silent_seconds_per_gigabyte: float = 120.0
    """More for each gigabyte of weights: one step of a large model on two cores takes minutes."""
    call_seconds: float = 86_400.0
    """For one call as a whole, however busy it is."""
    stop_seconds: float = 10.0
    """From the wish to stop to the end of the work; then the child is ended, and what it had said is kept."""
    crashes: int = 3
    """In a row, without one call that came to its end: then it is not started again."""


@dataclass(frozen=True, slots=True)
class Restart:
    """The child broke down."""

    breakdown: Breakdown
    again: bool
    """Another one was started."""

    def __str__(self) -> str:
        """`the process of the model crashed (SIGSEGV); it was started again`."""
        then = "it was started again" if self.again else "it is not started again"
        return f"the process of the model {self.breakdown}; {then}"


class Unwilling(Exception):
    """The work was to stop and goes on, or a child was still loading when it was to stop."""


@dataclass(slots=True)
class Watch:
    """The patience that one call has."""

    cancel: threading.Event | None
    number: int = 0
    """Of the call; 0 is loading."""
    began: float = field(default_factory=time.monotonic)
    silent: float = 0.0
    stopped: float | None = None
    """When the child was told to stop."""

    @property
    def wants_stop(self) -> bool:
        """Whether whoever called wants it to end."""
        return self.cancel is not None and self.cancel.is_set()

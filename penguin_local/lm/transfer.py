"""The vocabulary of a download: how far it is, how patient it is, and every way it can end badly."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from penguin_local.errors import ExitCode, ModelError, PenguinError

_WINDOW_SECONDS: Final = 10.0
"""The rate is that of the last seconds: a line that was slow an hour ago says nothing about the end."""


class Step(StrEnum):
    """What a download is doing."""

    FETCHING = "fetching"
    WAITING = "waiting to try again"
    CHECKING = "checking the sha256"
    COPYING = "copying"


@dataclass(frozen=True, slots=True)
class Transfer:
    """One moment of a download."""

    name: str
    step: Step
    done: int
    """Bytes that are on this machine."""
    total: int
    """Bytes of the whole file."""
    bytes_per_second: float | None
    """Over the last seconds; None before there is one."""
    seconds_left: float | None
    """At that rate."""
    wait_seconds: float = 0.0
    """Until the next try, in `Step.WAITING`."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a server, and how often to ask it again."""

    connect_seconds: float = 8.0
    """For a connection: longer than this is offline."""
    silent_seconds: float = 30.0
    """Without a single byte, before the connection is given up and another is made."""
    tries: int = 6
    """In a row that bring not one byte, before giving up."""
    first_wait_seconds: float = 1.0
    """Doubled from try to try."""
    longest_wait_seconds: float = 120.0
    """A server that asks for a longer one is told of instead of waited for."""

    def wait(self, failures: int) -> float:
        """Seconds before the next try, after so many failures in a row."""
        return float(min(self.first_wait_seconds * 2 ** (failures - 1), self.longest_wait_seconds))


class Meter:
    """Counts bytes and tells a listener, ten times a second at most."""

    def __init__(
        self,
        name: str,
        total: int,
        listener: Callable[[Transfer], None],
        clock: Callable[[], float],
        step: Step = Step.FETCHING,
    ) -> None:
        self._step = step
        self._name = name
        self._total = total
        self._listener = listener
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque()
        self._told = float("-inf")

    def at(self, done: int) -> None:
        """So many bytes are here."""
        now = self._clock()
        if now - self._told < 0.1 and done < self._total:
            return
        self._told = now
        self._seen.append((now, done))
        while now - self._seen[0][0] > _WINDOW_SECONDS and len(self._seen) > 2:
            self._seen.popleft()
        self._listener(self._moment(done))

    def waiting(self, done: int, seconds: float) -> None:
        """Nothing comes for a while."""
        self._seen.clear()
        self._told = float("-inf")
        self._listener(Transfer(self._name, Step.WAITING, done, self._total, None, None, seconds))

    def checking(self) -> None:
        """All is here, and is read again."""
        self._listener(Transfer(self._name, Step.CHECKING, self._total, self._total, None, None))

    def _moment(self, done: int) -> Transfer:
        (began, first), (now, last) = self._seen[0], self._seen[-1]
        if now <= began or last <= first:
            return Transfer(self._name, self._step, done, self._total, None, None)
        rate = (last - first) / (now - began)
        return Transfer(self._name, self._step, done, self._total, rate, (self._total - done) / rate)


class Offline(PenguinError):
    """The hub cannot be reached from here."""

    exit_code = ExitCode.RESOURCES


class Interrupted(PenguinError):
    """The connection broke off again and again; what came is kept."""

    exit_code = ExitCode.RESOURCES


class TooMany(PenguinError):
    """The hub asks to come back later."""

    exit_code = ExitCode.RESOURCES


class NotThere(ModelError):
    """The hub has no such repository, revision or file."""


class Gated(ModelError):
    """The hub gives the file only to people it knows, who accepted its terms."""


class Refused(ModelError):
    """The hub answered in a way nobody can work with."""


class WrongBytes(ModelError):
    """What the hub has is not the file that was meant."""

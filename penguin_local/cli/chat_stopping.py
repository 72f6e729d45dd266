"""Ctrl-C in the line mode: it breaks off the waiting for a line, and stops a piece of work."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager

from penguin_local.cli.chat_telling import Lines


class Stopping:
    """Hears Ctrl-C for as long as a conversation is held."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._waiting = False
        self.cancel = threading.Event()
        """Of the piece of work at hand; between two, whether Ctrl-C came."""

    @contextmanager
    def heeded(self) -> Generator[None, None, None]:
        """Ctrl-C does what is said here; a second one, before the first was heeded, ends the program as ever."""
        before = signal.signal(signal.SIGINT, self._stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def anew(self) -> None:
        """What was stopped is over."""
        self.cancel = threading.Event()

    def line(self) -> str | None:
        """The next line; None at the end. Raises KeyboardInterrupt at Ctrl-C, also at one that came just before."""
        try:
            self._waiting = True
            if self.cancel.is_set():
                raise KeyboardInterrupt
            return self._lines.read("you: ")
        finally:
            self._waiting = False

    def _stop(self, *_: object) -> None:
        again = self.cancel.is_set()
        self.cancel.set()
        if again or self._waiting:
            raise KeyboardInterrupt

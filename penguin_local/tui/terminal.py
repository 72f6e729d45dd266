"""The terminal that the screen stands on: how it is learned that it goes, and that nothing waits for one that went."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from textual.driver import Driver

CHECK_SECONDS: Final = 5.0
"""Between two looks whether it is there: some go without a hangup."""
_INPUT: Final = 0


def is_there() -> bool:
    """Whether anybody could still see or type anything."""
    return os.isatty(_INPUT)


@contextmanager
def unechoed() -> Iterator[None]:
    """What is typed before the screen stands, a passphrase perhaps, is neither shown nor left on the terminal."""
    if sys.platform == "win32" or not is_there():
        yield
        return
    import termios

    before = termios.tcgetattr(_INPUT)
    quiet = [*before]
    quiet[3] &= ~termios.ECHO
    termios.tcsetattr(_INPUT, termios.TCSADRAIN, quiet)
    try:
        yield
    finally:
        with suppress(termios.error):
            termios.tcsetattr(_INPUT, termios.TCSAFLUSH, before)


def when_told_to_go(call: Callable[[], object]) -> None:
    """For a hangup and for the end of the session, which would end the program at once and leave the screen as it is.

    Of the loop that runs now. Windows has neither.
    """
    if sys.platform != "win32":
        for number in (signal.SIGHUP, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, call)


def driver() -> type[Driver] | None:
    """What reads and writes it; None leaves that to textual."""
    if sys.platform == "win32":
        return None
    import termios

    from textual.drivers.linux_driver import LinuxDriver

    class Lasting(LinuxDriver):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            self._file = cast(Any, _Forgiving(self._file))

        def start_application_mode(self) -> None:
            # The kernel sends SIGCONT along with a hangup, and textual would begin anew.
            if is_there():
                termios.tcflush(_INPUT, termios.TCIFLUSH)
                super().start_application_mode()  # type: ignore[no-untyped-call]

    return Lasting


class _Forgiving:
    """A file that takes what is written when nobody reads it any more.

    Textual's thread that writes would end there, and the app wait for ever for room in that thread's queue.
    """

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        return int(self._file.fileno())

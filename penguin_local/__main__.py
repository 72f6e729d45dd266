"""Where the program begins: `penguin-local`, and `python -m penguin_local`.

A quarter of a second goes by before the commands are read; a Ctrl-C in it ends the program in the usual words.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import Final, NoReturn

STOPPED: Final = ("stopped", "give the same command again to go on")
"""What is said of a Ctrl-C, and the remedy."""


def main() -> NoReturn:
    """The entry point of the installed command."""
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # not in a shell's background
    if ours:
        signal.signal(signal.SIGINT, _stop)
    from penguin_local.cli.app import main as program

    if ours:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    program()


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """At once: nothing is open yet, and an error in the middle of an import is told as a fault of that module."""
    message, remedy = STOPPED
    sys.stderr.write(f"error: {message}\nwhat to do: {remedy}\n")
    sys.stderr.flush()
    os._exit(130)


if __name__ == "__main__":
    main()

"""What the child does to itself before it reads a byte of a model: less that it can do, nothing that it can leave."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import Any, Final

from penguin_local import guard

WATCHED: Final = "PENGUIN_LOCAL_WATCHED"
"""Set by `doctor --prove-offline` for what it watches: see `_deny_network`."""
_SET_PARENT_DEATH_SIGNAL, _SET_DUMPABLE = 1, 4
OF_THE_PARENT: Final = frozenset({signal.SIGINT, signal.SIGTERM})
"""Ctrl-C and a polite kill reach the whole group of processes, but how the work ends is the parent's to say. It ends
this process by SIGKILL; so does the kernel when the parent is gone, and so do we where its pipe closes."""
_GIVE_WAY: Final = "500"
"""Of 1,000: where memory runs out, the kernel ends this process before the one that holds keys and database."""


def confine(parent: int) -> None:
    """Deny the network, leave no core dump, end with the parent and not before, and print no value of ours."""
    _deny_network()
    with contextlib.suppress(AttributeError, ValueError):
        for number in OF_THE_PARENT:
            signal.signal(number, signal.SIG_IGN)
        # They came blocked, so that none could end us before this line.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, OF_THE_PARENT)
    _leave_no_core()
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(_GIVE_WAY)
        libc = ctypes.CDLL(None)
        libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0)
        libc.prctl(_SET_PARENT_DEATH_SIGNAL, int(signal.SIGKILL), 0, 0, 0)
    if os.name == "posix" and os.getppid() != parent:
        os._exit(0)  # it ended before it could be bound to us
    # A trace shows values, and those are what people wrote; the parent is told the place.
    sys.excepthook = sys.unraisablehook = _say_nothing
    import threading

    threading.excepthook = _say_nothing


def _deny_network() -> None:
    """Denying tries the network, to see the refusal.

    Someone who counts such attempts must not count that one: then the filter that is in force already does.
    """
    if not (os.environ.get(WATCHED) and _filtered()):
        guard.deny_network()


def _filtered() -> bool:
    """Whether the kernel says that a filter is in force, and that no program started from here can shed it."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    told = dict(line.partition(":")[::2] for line in lines)
    return told.get("Seccomp", "").strip() == "2" and told.get("NoNewPrivs", "").strip() == "1"


def _leave_no_core() -> None:
    try:
        import resource
    except ImportError:  # Windows has no core files
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _say_nothing(*_told: Any) -> None:
    pass

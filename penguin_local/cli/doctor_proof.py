"""The program at work in a child process, watched as closely as this system allows."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Final

from penguin_local.cli.console import say
from penguin_local.cli.doctor_trace import ARGUMENTS, Observed
from penguin_local.guard import Hold, hold
from penguin_local.lm.worker_confine import WATCHED

_ENDING_SECONDS: Final = 2.0
_ENDING_TRIES: Final = 100


class Method(StrEnum):
    """How the program is watched, the closest first."""

    STRACE = "strace"
    """Every network call and every opened file is written down by the system."""
    NAMESPACE = "empty network namespace"
    """There is no network to reach, not even this machine's own; what was tried in vain is not seen."""
    GUARD = "guard alone"
    """Nothing is seen; what the guard refuses is refused."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something the program does while it is watched."""

    name: str
    arguments: tuple[str, ...]
    """Of `penguin-local`."""
    typed: str = ""
    """What stands on its standard input."""


_SMALL: Final = (
    *("--domains", "health", "--per-domain", "1", "--slots", "4", "--context", "1024"),
    *("--threads", "1", "--gpu-layers", "0", "--format", "json"),
)
ACTS: Final = (
    Act("a bench: answer and judge", ("bench", "--run", "proof-bench", "--max-tokens", "24", *_SMALL)),
    Act("an agent's dialogue", ("bench", "--run", "proof-agent", "--arms", "agent", *_SMALL)),
    Act(
        "a conversation, sealed on disk",
        (
            "chat",
            "--plain",
            "--passphrase-file",
            "-",
            "--threads",
            "1",
            "--gpu-layers",
            "0",
            "--max-tokens",
            "48",
        ),
        typed="a passphrase for this proof alone\n"
        "Should I tell my family that I lost my job?\nyes\n1\n/unsure\n/answer\n/judge\n/quit\n",
    ),
)
"""All with the bundled model, which is there on every machine."""


@dataclass(frozen=True, slots=True)
class Played:
    """An act, and how it ended."""

    act: Act
    exit_code: int
    seconds: float
    last_words: str
    """Of its stderr, when it failed."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was done, and what was seen of it."""

    method: Method
    guarded_by: Hold
    """What denied the network to the watched processes all the while."""
    played: tuple[Played, ...]
    observed: Observed | None
    """None where nothing could be seen."""
    home: Path
    """The folder that stood for the user's own; it is gone now."""
    left: tuple[str, ...]
    """Files in it at the end."""

    @property
    def worked(self) -> bool:
        """Whether every act came to its end."""
        return all(played.exit_code == 0 for played in self.played)

    @property
    def holds(self) -> bool:
        """Whether this system could show that the program neither needs nor asks for a network."""
        if self.observed is not None and self.observed.outside:
            return False
        return self.worked and (self.method is not Method.GUARD or self.guarded_by.by_kernel)


@contextlib.contextmanager
def _tidied() -> Iterator[None]:
    """A polite kill, or a terminal that goes, ends it as Ctrl-C does: what is watched ends too, and its folder goes.

    One is enough: what comes after it does not interrupt the tidying.
    """
    kinds = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]

    def stop(number: int, frame: FrameType | None) -> None:
        for kind in kinds:
            signal.signal(kind, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {kind: signal.signal(kind, stop) for kind in kinds}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


@_tidied()
def prove(acts: Sequence[Act] = ACTS) -> Proof:
    """Play the acts, in a folder of their own that is removed afterwards."""
    method = closest_method()
    say(f"watching with: {method.value}")
    with tempfile.TemporaryDirectory(prefix="penguin-proof-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        home, traces = folder / "home", folder / "traces"
        home.mkdir()
        traces.mkdir()
        played = []
        for number, act in enumerate(acts):
            say(f"{act.name}: penguin-local {' '.join(act.arguments)}")
            played.append(_play(act, _watcher(method, traces / f"act{number}"), home))
        observed = _observed(traces) if method is Method.STRACE else None
        left = sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file())
    return Proof(method, hold(), tuple(played), observed, home, tuple(left))


def closest_method() -> Method:
    """What this system has and allows: tried, not guessed."""
    if shutil.which("strace") and _sees_a_socket():
        return Method.STRACE
    watcher = _watcher(Method.NAMESPACE, Path())
    works = shutil.which(watcher[0]) and _quiet([*watcher, sys.executable, "-S", "-c", ""])
    return Method.NAMESPACE if works else Method.GUARD


def _sees_a_socket() -> bool:
    """The control: a socket that is asked for on purpose must be seen, else seeing none would mean nothing."""
    asks = "import socket\ntry: socket.socket(socket.AF_INET).close()\nexcept OSError: pass"
    with tempfile.TemporaryDirectory(prefix="penguin-control-", ignore_cleanup_errors=True) as name:
        traces = Path(name)
        watcher = _watcher(Method.STRACE, traces / "control")
        return _quiet([*watcher, sys.executable, "-S", "-c", asks]) and _observed(traces).outside > 0


def _quiet(command: Sequence[str]) -> bool:
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return ended.returncode == 0


def _watcher(method: Method, trace: Path) -> list[str]:
    match method:
        case Method.STRACE:
            return ["strace", *ARGUMENTS, "-o", str(trace), "--"]
        case Method.NAMESPACE:
            return ["unshare", "--map-root-user", "--net", "--"]
        case Method.GUARD:
            return []


def _play(act: Act, watcher: Sequence[str], home: Path) -> Played:
    # Where the kernel refuses, Python's own guard steps back: what the program asks for then reaches
    # the kernel, is seen there, and refused there.
    opened = ["--allow-network"] if hold().by_kernel else []
    begun = time.monotonic()
    child = subprocess.Popen(
        [*watcher, sys.executable, "-m", "penguin_local", *opened, *act.arguments],
        cwd=home.parent,
        env={**os.environ, "PENGUIN_LOCAL_HOME": str(home), **({WATCHED: "1"} if opened else {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _, heard = child.communicate(act.typed.encode())
    except BaseException:
        _end_all(child)  # what still runs would go on writing into a folder that is to go
        raise
    words = heard.decode("utf-8", "replace").strip().splitlines()
    last = "\n".join(words[-2:]) if child.returncode else ""
    return Played(act, child.returncode, time.monotonic() - begun, last)


def _end_all(child: subprocess.Popen[bytes]) -> None:
    """The watcher and all that it watches, gone: one that is still dying can put a file back."""
    if not hasattr(os, "killpg"):
        child.kill()
        child.wait()
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        for _ in range(_ENDING_TRIES):  # where nobody buries orphans, the group never goes
            os.killpg(child.pid, 0)
            time.sleep(_ENDING_SECONDS / _ENDING_TRIES)


def _observed(traces: Path) -> Observed:
    observed = Observed()
    for trace in sorted(traces.iterdir()):
        with trace.open(encoding="utf-8", errors="surrogateescape") as lines:
            observed.read(lines)
    return observed

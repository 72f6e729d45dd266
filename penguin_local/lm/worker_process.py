"""The child as the parent holds it: started, fed, listened to, and gone when it should be.

Three threads a child, all of them idle but while something passes. One reads its frames, and is also the one that
starts it: Linux ends a child with the *thread* that made it. One writes, since a pipe to a child that hangs fills up.
One takes what native code prints, which must never reach the terminal.
"""

from __future__ import annotations

import contextlib
import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from enum import StrEnum
from typing import IO, Final

from penguin_local.core.children import child_environment
from penguin_local.errors import ModelError, NoRoom
from penguin_local.lm.worker_confine import OF_THE_PARENT
from penguin_local.lm.worker_frames import MOST_FROM_CHILD, MOST_FROM_PARENT, Frame, Garbage, pack, read_frame

COMMAND: Final = (sys.executable, "-P", "-m", "penguin_local.lm.worker_child")
"""`-P`: a file in the folder one happens to be in is no module of ours."""
_WAITING_FRAMES: Final = 256
_WORDS_BYTES: Final = 4096
_ENDING_SECONDS: Final = 2.0
_WORDS: Final = re.compile(
    r"GGML_ASSERT\([^\n]{1,200}\) failed"
    r"|terminate called after throwing an instance of '[\w:]{1,80}'"
    r"|std::bad_alloc|OMP: Error #\d+"
)
"""All that is ever quoted of what native code printed: forms that cannot hold what a person wrote."""


class Crash(StrEnum):
    """How a child broke down."""

    SIGNAL = "crashed"
    KILLED = "was ended by the system"
    HUNG = "stood still"
    GARBAGE = "gave answers that make no sense"
    FAULT = "met an error of its own"
    ENDED = "ended"


class Breakdown(Exception):
    """The child is of no more use."""

    def __init__(self, crash: Crash, detail: str) -> None:
        """`detail`: a signal, a place in our code, or what native code said last; never a person's words."""
        super().__init__(crash, detail)
        self.crash = crash
        self.detail = detail

    def __str__(self) -> str:
        """`crashed (SIGSEGV)`."""
        return f"{self.crash.value} ({self.detail})" if self.detail else self.crash.value


class Child:
    """One child from its start to its end."""

    def __init__(self, order: Frame, *, command: Sequence[str] = COMMAND) -> None:
        """Started, and told what to load. Raises NoRoom when the system starts no more processes."""
        self._command = command
        self._frames: queue.Queue[Frame] = queue.Queue(_WAITING_FRAMES)
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._born = threading.Event()
        self._over = threading.Event()
        self._unwanted = False
        self._garbage = ""
        self._fault = ""
        self._last_words = b""
        self._process: subprocess.Popen[bytes] | None = None
        self._refusal = ""
        self.send(order)
        threading.Thread(target=self._live, name="model-worker", daemon=True).start()
        self._born.wait()
        if self._process is None:
            raise NoRoom(
                f"no process could be started for the model: {self._refusal}",
                hint="close other programs, and try again",
            )

    @property
    def pid(self) -> int:
        """Of the child."""
        assert self._process is not None
        return self._process.pid

    @property
    def over(self) -> bool:
        """It has ended."""
        return self._over.is_set()

    def send(self, *frames: Frame) -> None:
        """All or none; never waits. Raises ModelError for an endless one, ValueError for one that is not Unicode."""
        packed = [pack(frame) for frame in frames]
        longest = max(map(len, packed))
        if longest > MOST_FROM_PARENT:
            raise ModelError(
                f"a text of {longest / 1e6:,.0f} MB is more than any model can read", hint="shorten it"
            )
        for data in packed:
            self._outgoing.put(data)

    def take(self, seconds: float) -> Frame | None:
        """The next frame; None when none came. Raises Breakdown once all is taken and the child has ended."""
        try:
            return self._frames.get(timeout=seconds)
        except queue.Empty:
            if self._over.is_set() and self._frames.empty():
                raise self.breakdown() from None
            return None

    def kill(self) -> None:
        """End it, and wait until it is gone."""
        self._unwanted = True
        if self._process is not None:
            self._process.kill()
        self._over.wait()

    def _live(self) -> None:
        try:
            self._process = self._start()
        except OSError as error:
            self._refusal = error.strerror or type(error).__name__
            self._over.set()
            return
        finally:
            self._born.set()
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        threading.Thread(target=self._write, args=(process.stdin,), name="to-worker", daemon=True).start()
        words = threading.Thread(
            target=self._listen, args=(process.stderr,), name="worker-words", daemon=True
        )
        words.start()
        try:
            while (frame := read_frame(process.stdout, MOST_FROM_CHILD)) is not None and self._put(frame):
                pass
        except Garbage as garbage:
            self._garbage = str(garbage)
            process.kill()
        self._outgoing.put(None)
        try:
            process.wait(_ENDING_SECONDS)  # it closed its end: it is ending, unless it only says so
        except subprocess.TimeoutExpired:
            self._garbage = self._garbage or "it fell silent"
            process.kill()
            process.wait()
        words.join(_ENDING_SECONDS)
        process.stdout.close()
        self._over.set()

    def _start(self) -> subprocess.Popen[bytes]:
        windows = sys.platform == "win32"
        if not windows:  # inherited, until the child itself ignores them
            signal.pthread_sigmask(signal.SIG_BLOCK, OF_THE_PARENT)
        return subprocess.Popen(
            [*self._command, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=child_environment(),
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) if windows else 0,
        )

    def _put(self, frame: Frame) -> bool:
        if frame.get("kind") == "fault":
            self._fault = _place(frame)
            return False
        while not self._unwanted:
            try:
                self._frames.put(frame, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def _write(self, pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError), pipe:
            while (data := self._outgoing.get()) is not None:
                pipe.write(data)
                pipe.flush()

    def _listen(self, pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError), pipe:
            while data := os.read(pipe.fileno(), _WORDS_BYTES):
                self._last_words = (self._last_words + data)[-_WORDS_BYTES:]

    def breakdown(self) -> Breakdown:
        """How it ended, once it is over."""
        assert self._process is not None
        code = self._process.returncode
        said = _WORDS.findall(self._last_words.decode("utf-8", "replace"))
        words = f": {said[-1]}" if said else ""
        if self._garbage:
            return Breakdown(Crash.GARBAGE, self._garbage)
        if self._fault:
            return Breakdown(Crash.FAULT, self._fault)
        if code is not None and code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
            killed = name == "SIGKILL"
            detail = "most likely, memory ran out" if killed else f"{name}{words}"
            return Breakdown(Crash.KILLED if killed else Crash.SIGNAL, detail)
        return Breakdown(Crash.ENDED, f"exit code {code}{words}")


def _place(fault: Frame) -> str:
    """`AssertionError at engine_room.py:88`, if it looks like that."""
    told = f"{fault.get('what')} at {fault.get('where')}"
    return told if re.fullmatch(r"\w{1,60} at [\w.]{0,60}:?\d{0,6}", told) else "unknown"

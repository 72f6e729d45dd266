"""One whole conversation on a real terminal with the bundled model, killed in the middle, and found again."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from penguin_local.agent.case_state import fold
from penguin_local.agent.record import decoded
from penguin_local.store.casebook import CaseAbout
from penguin_local.store.vault import Vault
from tests.cli.program import ROOT

WORDS = "correct horse battery staple"
QUESTION = "Should I tell my family that I lost my job?"
UNSENT = "what I never said to anybody"
TAKES_THE_SCREEN, LEAVES_THE_SCREEN = b"\x1b[?1049h", b"\x1b[?1049l"
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[@-Z\\-_])"
)
PATIENCE_SECONDS = 120
"""Until the test is given up; nothing is asserted about time."""


@dataclass
class Terminal:
    """The program on a terminal of its own."""

    child: subprocess.Popen[bytes]
    master: int
    seen: bytes = b""
    mark: int = field(default=0)

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def wait(self, *words: str) -> str:
        """Until all of them were shown since the last wait."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            shown = _ESCAPES.sub("", self.seen[self.mark :].decode("utf-8", "replace"))
            if all(word in shown for word in words):
                self.mark = len(self.seen)
                return shown
            assert time.monotonic() < end, shown[-3000:]
            if select.select([self.master], [], [], 0.1)[0]:
                self.seen += os.read(self.master, 65536)
            assert self.child.poll() is None, shown[-3000:]

    def read_to_the_end(self) -> None:
        """All that it writes until it ends."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self.child.poll() is None:
            assert time.monotonic() < end
            with suppress(OSError):  # it has ended
                if select.select([self.master], [], [], 0.1)[0]:
                    self.seen += os.read(self.master, 65536)

    def kill(self) -> None:
        """As when the machine's power goes: nobody is asked."""
        os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()
        os.close(self.master)


def terminal(home: Path, *arguments: str, controlling: bool = False) -> Terminal:
    """`controlling`: the program hears of it when the terminal goes."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 34, 110, 0, 0))
    child = subprocess.Popen(
        [
            *(sys.executable, "-m", "penguin_local", "chat", *arguments),
            *("--threads", "1", "--gpu-layers", "0", "--country", "DE"),
        ],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=ROOT,
        env={**os.environ, "PENGUIN_LOCAL_HOME": str(home), "TERM": "xterm-256color", "OMP_NUM_THREADS": "1"},
        start_new_session=True,
        preexec_fn=(lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)) if controlling else None,
    )
    os.close(slave)
    return Terminal(child, master)


def test_a_conversation_that_is_killed_is_found_again_with_what_was_written(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    vault, _ = Vault.begin(home / "cases.duckdb", WORDS)
    vault.close()

    first = terminal(home)
    first.wait("passphrase")
    first.type(f"{WORDS}\r")
    first.wait("No conversations yet")
    first.type("n")
    first.wait("Title")
    first.type("a hard week\r")
    first.wait("Write what is on your mind")
    first.type(f"{QUESTION}\r")
    first.wait("Question 1")
    first.type("y\r")
    first.wait("1 despair")
    first.type("1\r")
    first.wait("Question 2")
    first.type("a\r")
    first.wait("demonstration", "despair")
    first.kill()

    vault = Vault.open(home / "cases.duckdb", passphrase=WORDS)
    (case,) = vault.cases()
    state = fold(decoded(entry) for entry in vault.entries(case.id))
    vault.close()
    assert case.about.title == "a hard week"
    assert state.turns[0].said == QUESTION
    assert [value.kind for _, value in state.known] == ["despair"]
    assert len(state.turns[0].asked) == 2

    again = terminal(home, case.id)
    again.wait("passphrase")
    again.type(f"{WORDS}\r")
    again.wait("lost my job", "despair")
    again.kill()


def writing(home: Path) -> Terminal:
    """A case of a vault, open, with words in its box that were not sent."""
    vault, _ = Vault.begin(home / "cases.duckdb", WORDS)
    vault.create(CaseAbout("a hard week"))
    vault.close()
    shown = terminal(home, controlling=True)
    shown.wait("passphrase")
    shown.type(f"{WORDS}\r")
    shown.wait("a hard week")
    shown.type("\r")
    shown.wait("Write here")
    shown.type(UNSENT)
    shown.wait(UNSENT.split()[-1])
    return shown


def unsent(home: Path) -> str:
    with Vault.open(home / "cases.duckdb", passphrase=WORDS) as vault:
        return vault.cases()[0].unsent


def test_a_terminal_that_hangs_up_seals_what_was_not_sent_yet(tmp_path: Path) -> None:
    gone = writing(tmp_path)
    os.close(gone.master)
    gone.child.wait(PATIENCE_SECONDS)
    assert unsent(tmp_path) == UNSENT


def test_a_hangup_that_leaves_the_terminal_there_leaves_it_as_it_was(tmp_path: Path) -> None:
    told = writing(tmp_path)
    os.kill(told.child.pid, signal.SIGHUP)
    told.read_to_the_end()
    assert told.seen.rindex(LEAVES_THE_SCREEN) > told.seen.rindex(TAKES_THE_SCREEN)
    assert termios.tcgetattr(told.master)[3] & termios.ECHO
    assert unsent(tmp_path) == UNSENT
    os.close(told.master)


def test_a_terminal_that_goes_without_a_word_takes_the_program_with_it(tmp_path: Path) -> None:
    gone = terminal(tmp_path, "--no-trace")
    gone.wait("No conversations yet")
    os.close(gone.master)
    gone.child.wait(PATIENCE_SECONDS)

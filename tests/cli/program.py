"""The installed program in a process of its own, with a home of its own."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

SMALL = ("bench", "--per-domain", "1", "--max-tokens", "24", "--slots", "4", "--context", "768")
"""Seven scenarios, two arms, the bundled model, answers cut short: a few seconds."""


def until(running: subprocess.Popen[str], word: str) -> str:
    """What it says on stderr, up to the line with this word."""
    assert running.stderr is not None
    talk = ""
    while word not in talk:
        line = running.stderr.readline()
        assert line, talk
        talk += line
    return talk


@dataclass(frozen=True)
class Program:
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PENGUIN_LOCAL_HOME": str(self.home), "PYTHONPATH": str(ROOT), "COLUMNS": "100"}

    def start(self, *arguments: str, session: bool = False) -> subprocess.Popen[str]:
        """With `session` it leads a group of processes of its own, which can be signalled together."""
        return subprocess.Popen(
            [sys.executable, "-m", "penguin_local", *arguments],
            env=self.environment,
            cwd=self.home.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=session,
        )

    def again(self, *arguments: str) -> str:
        """The line that a shell takes to give this command once more."""
        program = (
            ["penguin-local"] if shutil.which("penguin-local") else [sys.executable, "-m", "penguin_local"]
        )
        return f"PENGUIN_LOCAL_HOME={shlex.quote(str(self.home))} {shlex.join([*program, *arguments])}"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        running = self.start(*arguments)
        try:
            told, talk = running.communicate(timeout=300)
        finally:
            running.kill()
        return subprocess.CompletedProcess(arguments, running.returncode, told, talk)

    def unread(self, *arguments: str) -> str:
        """What it says on stderr, ending well, to a reader of stdout who had enough before the first word."""
        running = self.start(*arguments)
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        with running.stderr as told:
            talk = told.read()
        assert running.wait(timeout=300) == 0, talk
        return talk

    def json(self, *arguments: str) -> Any:
        ended = self.run(*arguments, "--format", "json")
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    def rows(self, run: str) -> list[dict[str, Any]]:
        """All that a run computed, without the time it took."""
        ended = self.run("runs", "export", run, "--format", "jsonl")
        assert ended.returncode == 0, ended.stderr
        rows = [json.loads(line) for line in ended.stdout.splitlines()]
        times = {"seconds", "finding_seconds"}
        return [{name: value for name, value in row.items() if name not in times} for row in rows]

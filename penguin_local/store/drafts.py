"""A journal of what is in the making: JSON lines, flushed group by group, so that a kill costs one group at most.

One file an extraction or a writing, nobody else's to read. Texts of an extraction were cleaned before they came here;
once a draft is decided, `settle` rewrites the journal without them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from penguin_local.errors import BadInput, UsageError
from penguin_local.lm.files import alone, arrive, writing

VERSION: Final = 1
_PIECE: Final = 1 << 16
Line = dict[str, Any]


class Journal:
    """One file. The first line says what it was made from; all others come one by one."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def exists(self) -> bool:
        """Whether there is anything yet: what was stopped while it was begun has no whole line."""
        try:
            with self.path.open("rb") as file:
                return _whole(file) > 0
        except FileNotFoundError:
            return False

    @contextmanager
    def held(self) -> Iterator[None]:
        """For one writer at a time. Raises UsageError while another process has it."""
        with writing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        with alone(self.path.with_suffix(".lock"), self.path.stem):
            yield

    def begin(self, head: Mapping[str, object]) -> None:
        """A new journal. Raises UsageError when there is one already, NoRoom when it cannot be written."""
        if self.exists:
            raise UsageError(f"there is an extraction {self.path.stem} already", hint="choose another --name")
        with writing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
            os.close(descriptor)
        self.append([{"version": VERSION, **head}])

    def read(self) -> tuple[Line, list[Line]]:
        """The head and all whole lines; what a kill left of a line is no line.

        Raises BadInput, with file:line, for a journal that something else has written in.
        """
        if not self.exists:
            raise UsageError(
                f"there is no extraction {self.path.stem!r}",
                hint="penguin-local scenarios extract DUMP --name NAME",
            )
        raw = self.path.read_bytes()
        lines = raw[: raw.rfind(b"\n") + 1].split(b"\n")[:-1]
        read = [self._line(number, line) for number, line in enumerate(lines, 1)]
        if not read or read[0].get("version") != VERSION:
            raise BadInput(
                f"{self.path}:1: not a journal of drafts of this version", hint=f"remove {self.path}"
            )
        return read[0], read[1:]

    def _line(self, number: int, line: bytes) -> Line:
        try:
            value = json.loads(line)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise BadInput(
                f"{self.path}:{number}: not a line of ours", hint=f"remove {self.path} and begin again"
            )
        return value

    def append(self, lines: Sequence[Mapping[str, object]]) -> None:
        """All of these at once, on the disk when this returns. Raises NoRoom; half a line is cut by the next writer."""
        content = b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)
        with writing(self.path), self.path.open("r+b") as file:
            file.seek(_whole(file))
            file.truncate()
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def forget(self) -> None:
        """Remove it: what it led to is kept elsewhere, or nothing came of it."""
        with writing(self.path):
            self.path.unlink(missing_ok=True)

    def settle(self, lines: Iterator[Line]) -> None:
        """Put these lines in the place of all but the head, in one step."""
        head, _ = self.read()
        part = self.path.with_name(f".{self.path.name}.part")
        with alone(part, self.path.stem) as file, writing(part):
            part.chmod(0o600)
            file.truncate(0)
            for line in (head, *lines):
                file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        arrive(part, self.path)


def _whole(file: BinaryIO) -> int:
    """Where the last whole line ends, found from the end."""
    at = file.seek(0, os.SEEK_END)
    while at > 0:
        start = max(0, at - _PIECE)
        file.seek(start)
        found = file.read(at - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        at = start
    return 0

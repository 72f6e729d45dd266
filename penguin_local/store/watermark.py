"""The number of the last transaction that was acknowledged, in a file of its own beside the database.

A flipped bit in a write-ahead log can make DuckDB drop up to 35 transactions without a word (4 of 80
trials); a second, fsynced witness is what notices. It names the store it belongs to, so that a deleted
and newly made database is not measured against its predecessor.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

_LENGTH: Final = 96
"""One fixed size, far below a disk sector: written in place, it is the old text or the new one."""


@dataclass(frozen=True, slots=True)
class Witness:
    """What the file says."""

    store: str
    """The database's own random name."""
    sequence: int
    """Number of the last transaction whose commit returned."""


def watermark_path(database: Path) -> Path:
    """`bench.duckdb.acknowledged`."""
    return database.with_name(f"{database.name}.acknowledged")


def read_witness(path: Path) -> Witness | None:
    """None when there is none, or when it is not whole: the database's own checks then stand alone."""
    try:
        text = path.read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
        return None
    body, _, check = text.rpartition(" ")
    store, _, number = body.partition(" ")
    if not number.isdigit() or check != _check(body):
        return None
    return Witness(store, int(number))


class Watermark:
    """The file held open for writing; raises OSError as the system does."""

    def __init__(self, path: Path, store: str) -> None:
        self._store = store
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
        self._handle = os.open(path, flags, 0o600)

    def write(self, sequence: int) -> None:
        """Returns when the disk has it."""
        body = f"{self._store} {sequence}"
        line = f"{body} {_check(body)}".ljust(_LENGTH - 1) + "\n"
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.write(self._handle, line.encode("ascii"))
        os.fsync(self._handle)

    def close(self) -> None:
        """The file stays."""
        os.close(self._handle)


def _check(body: str) -> str:
    return blake2b(body.encode("ascii"), digest_size=8).hexdigest()

"""What DuckDB says when something is wrong, and which of our errors that is.

Many errors of DuckDB 2.0 are of its base class, so the text decides; the texts were collected by
provoking each case on 2.0.0.
"""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import Final

from penguin_local.errors import NoRoom, PenguinError, StoreBusy, StoreDamaged, StoreError, StoreTooNew
from penguin_local.store.house import BENCH, House

_HOLDER: Final = re.compile(r"\(PID (\d+)\)")
_CORRUPT_LOG: Final = re.compile(r"replaying WAL file .* at byte position (\d+)", re.DOTALL)
_BUSY: Final = ("Could not set lock on file", "already attached", "being used by another process")
_FULL: Final = ("No space left", "File too large", "Disk quota", "not enough space", "Out of Memory")
_FORBIDDEN: Final = ("Permission denied", "Read-only file system", "Operation not permitted")
_NEWER: Final = ("we can only read versions", "newer version of DuckDB", "more recent version of DuckDB")
_DAMAGED: Final = (
    "Corrupt",
    "not a valid DuckDB database",
    "Could not read enough bytes",
    "Failure while replaying WAL",
    "does not match stored checksum",
)


def explain(error: Exception, database: Path, house: House = BENCH) -> PenguinError:
    """Our error for DuckDB's."""
    text = str(error)
    if any(sign in text for sign in _BUSY):
        return _busy(text, database)
    if any(sign in text for sign in _FULL):
        return no_space(database)
    if any(sign in text for sign in _FORBIDDEN):
        return no_permission(database)
    if any(sign in text for sign in _NEWER):
        return too_new(database)
    if any(sign in text for sign in _DAMAGED):
        return damaged(database, text.splitlines()[0], house)
    return StoreError(
        f"the database {database} refused: {text.splitlines()[0] if text else repr(error)}",
        hint=f"give the same command again; if it comes back, {house.check}",
    )


def explain_os(error: OSError, path: Path) -> PenguinError:
    """Our error for the system's, when a folder or the watermark cannot be written."""
    if isinstance(error, PermissionError):
        return no_permission(path)
    if isinstance(error, (FileExistsError, NotADirectoryError, IsADirectoryError)):
        return NoRoom(
            f"{path} cannot be used: {error.strerror}",
            hint="set PENGUIN_LOCAL_HOME to a folder of your own",
        )
    if error.errno in {errno.EFBIG, errno.ENOSPC, errno.EDQUOT}:
        return no_space(path)
    return NoRoom(
        f"{path} cannot be written: {error.strerror or error}",
        hint="set PENGUIN_LOCAL_HOME to a folder that you may write to",
    )


def interrupted(error: BaseException) -> bool:
    """Whether it is a Ctrl-C that arrived during a statement: DuckDB makes one of two errors of that."""
    return any(sign in str(error) for sign in ("Query interrupted", "INTERRUPT Error"))


def corrupt_log_position(error: Exception) -> int | None:
    """Where the write-ahead log stops making sense, when that is what the error is about."""
    match = _CORRUPT_LOG.search(str(error))
    return int(match[1]) if match else None


def no_space(path: Path) -> NoRoom:
    """The disk is full."""
    return NoRoom(
        f"no room left on the disk while writing {path}; what was finished before is kept",
        hint="make room, or move PENGUIN_LOCAL_HOME to a larger disk, and give the same command again",
    )


def no_permission(path: Path) -> NoRoom:
    """The folder or file is not ours to write."""
    return NoRoom(
        f"no permission to write {path}",
        hint="change its permissions, or set PENGUIN_LOCAL_HOME to a folder of your own",
    )


def too_new(path: Path) -> StoreTooNew:
    """A later version wrote it."""
    return StoreTooNew(
        f"{path} was written by a newer version of penguin-local",
        hint="update penguin-local, or set PENGUIN_LOCAL_HOME to another folder",
    )


def damaged(path: Path, what: str, house: House = BENCH) -> StoreDamaged:
    """It does not hold what was written."""
    return StoreDamaged(
        f"the database {path} is damaged: {what}",
        hint=house.told(house.if_damaged, path),
    )


def lost(path: Path, count: int, house: House = BENCH) -> StoreDamaged:
    """The watermark knows of transactions that the database does not hold."""
    items = "transaction" if count == 1 else "transactions"
    are = "is" if count == 1 else "are"
    return StoreDamaged(
        f"the last {count:,} {items} written to {path} {are} missing from it: "
        "the disk or the file was damaged",
        hint=house.told(house.if_lost, path),
    )


def gone(path: Path, count: int, house: House = BENCH) -> StoreDamaged:
    """The watermark is there and the database it speaks of is not."""
    were = "transaction was" if count == 1 else "transactions were"
    return StoreDamaged(
        f"the database {path} is gone: {count:,} {were} acknowledged in it",
        hint=house.told(house.if_gone, path),
    )


def _busy(text: str, database: Path) -> StoreBusy:
    match = _HOLDER.search(text)
    if match is None:
        holder = f"process {os.getpid()}, this one" if "already attached" in text else "another process"
        return StoreBusy(f"{database} is in use by {holder}", hint="wait until it is finished, or stop it")
    return StoreBusy(
        f"{database} is in use by process {match[1]}",
        hint=f"wait until it is finished, or stop it (`ps -p {match[1]}` shows what it is), "
        "or set PENGUIN_LOCAL_HOME to another folder",
    )

"""Large files on their way into a folder: space, a lock, copies that are checked, arrival in one step."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from penguin_local.errors import NoRoom, UsageError

_PIECE: Final = 1 << 20
_SPARE_BYTES: Final = 64_000_000
"""Left free: a disk that is full to the last byte harms what else is on it."""
_ELSEWHERE: Final = "have another disk hold the data: set PENGUIN_LOCAL_HOME to a folder there"


def check_space(folder: Path, needed: int, what: str, *, elsewhere: str = _ELSEWHERE) -> None:
    """Raises NoRoom when so many bytes do not fit; `elsewhere` says how to have them on another disk."""
    free = shutil.disk_usage(folder).free
    if needed > 0 and needed + _SPARE_BYTES > free:
        raise NoRoom(
            f"{what} needs {size(needed + _SPARE_BYTES)} in {folder}, and {size(free)} are free",
            hint=f"free some space, or {elsewhere}",
        )


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """What the disk says, in words: NoRoom."""
    try:
        yield
    except OSError as error:
        raise NoRoom(f"cannot write {path}: {error.strerror or error}", hint=_remedy(error)) from error


def _remedy(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "free some space and give the same command again"
    if error.errno == errno.EFBIG:
        return "its file system takes no file of this size (FAT32: 4 GB): use one with exFAT, NTFS or ext4"
    return "choose a folder that you may write to"


@contextmanager
def alone(path: Path, what: str) -> Iterator[BinaryIO]:
    """The file, open for appending, while nobody else has it. Raises UsageError when another process does."""
    with writing(path):
        file = path.open("a+b")
    with file:
        try:
            _lock(file)
        except OSError as error:
            raise UsageError(
                f"{what} is on its way already, in another process", hint="wait for it"
            ) from error
        yield file


def _lock(file: BinaryIO) -> None:
    """Held until the file is closed, by whatever ends the process."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(1 << 62)  # far behind the content, which stays readable
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def copy(source: Path, target: Path, heard: Callable[[int], None]) -> str:
    """Copy a file and flush it to the disk; the sha256 of what was copied. `heard` gets the bytes so far."""
    digest = hashlib.sha256()
    done = 0
    with writing(target), target.open("xb") as to_file:
        for piece in _pieces(source):
            digest.update(piece)
            to_file.write(piece)
            heard(done := done + len(piece))
        to_file.flush()
        os.fsync(to_file.fileno())
    return digest.hexdigest()


def _pieces(source: Path) -> Iterator[bytes]:
    try:
        with source.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
    except OSError as error:
        forbidden = isinstance(error, PermissionError)
        raise NoRoom(
            f"cannot read {source}: {error.strerror or error}",
            hint="change its permissions" if forbidden else "the disk or stick it lies on may be failing",
        ) from error


def arrive(part: Path, target: Path) -> None:
    """Give a finished file its name, in one step that survives a power cut."""
    with writing(target):
        part.replace(target)
        sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in it durable, where the system can."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def size(count: int) -> str:
    """`4.1 GB`, `48 MB`, `812 bytes`."""
    if count >= 1_000_000_000:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.0f} MB" if count >= 1_000_000 else f"{count:,} bytes"

"""A small file that is replaced whole, and whose old content is overwritten before it is let go."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from penguin_local.errors import StoreDamaged
from penguin_local.store import faults

PRIVATE = 0o600


def replace_file(path: Path, content: bytes) -> None:
    """When it returns, the disk has the new content under this name; before, the old one whole.

    What the old file held is then overwritten where it lay, so that on a plain disk it is gone. Raises NoRoom.
    """
    draft = _draft(path)
    try:
        wipe(draft)
        _write(draft, content)
        # Windows does not replace a file that is held open: there the old content is removed, not overwritten.
        old = None if os.name == "nt" else _opened(path)
        try:
            draft.replace(path)
            _sync_folder(path.parent)
            if old is not None:
                _overwrite(old)
        finally:
            if old is not None:
                os.close(old)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise faults.explain_os(error, path) from error


def read_file(path: Path, *, limit: int) -> bytes:
    """All of it. Raises StoreDamaged for more than `limit` bytes, NoRoom when it may not be read."""
    try:
        with path.open("rb") as handle:
            content = handle.read(limit + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise faults.explain_os(error, path) from error
    if len(content) > limit:
        raise StoreDamaged(
            f"{path} is far too large for a key file", hint="put back a copy of it; see docs/privacy.md"
        )
    return content


def clear_drafts(path: Path) -> None:
    """Remove what a killed `replace_file` left."""
    try:
        wipe(_draft(path))
    except OSError as error:
        raise faults.explain_os(error, path) from error


def ours(database: Path) -> list[Path]:
    """All files of this database that are there: it, its log, watermark, key file, repairs."""
    names = (f"{database.name}*", f"{database.stem}.key*")
    return sorted({path for name in names for path in database.parent.glob(name) if path.is_file()})


def open_to_others(database: Path) -> list[Path]:
    """Those of our files that anybody else may read or write. Windows keeps such things otherwise."""
    if os.name == "nt":
        return []
    return [path for path in ours(database) if path.stat().st_mode & 0o077]


def keep_private(database: Path) -> None:
    """Take that from them: a copy that was put back can have any mode."""
    with contextlib.suppress(OSError):
        for path in open_to_others(database):
            path.chmod(PRIVATE)


def no_core_dump() -> None:
    """From here on a crash of this process leaves no file with keys and words in it. Windows makes none by itself."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def wipe(path: Path) -> None:
    """Overwrite a file and remove it, if it is there. Raises OSError."""
    handle = _opened(path)
    if handle is None:
        return
    try:
        _overwrite(handle)
    finally:
        os.close(handle)
    path.unlink(missing_ok=True)


def _draft(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _write(path: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(path, flags, PRIVATE)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _opened(path: Path) -> int | None:
    flags = os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    try:
        return os.open(path, flags)
    except FileNotFoundError:
        return None


def _overwrite(handle: int) -> None:
    size = os.fstat(handle).st_size
    os.lseek(handle, 0, os.SEEK_SET)
    left = size
    while left > 0:
        left -= os.write(handle, os.urandom(min(left, 1 << 20)))
    os.fsync(handle)


def _sync_folder(folder: Path) -> None:
    """A rename is on the disk only when its folder is; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

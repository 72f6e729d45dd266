"""A small JSON file that holds a list of records: read forgivingly, written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from penguin_local.errors import NoRoom

Records = list[dict[str, Any]]


def read_records(path: Path, *, needed: bool = True) -> Records:
    """The records of the file; none when it is not there or cannot be understood.

    Raises NoRoom when it is there and the system does not give it; not for a file that is not `needed`.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return []
    except OSError as error:
        if not needed:
            return []
        # Not "none": what was accepted would be trusted anew, and the next writing would drop it.
        raise NoRoom(
            f"{path} cannot be read: {error.strerror or error}",
            hint="change its permissions, or set PENGUIN_LOCAL_HOME to a folder of your own",
        ) from error
    return [record for record in told if isinstance(record, dict)] if isinstance(told, list) else []


def write_records(path: Path, change: Callable[[Records], Records], *, needed: bool = True) -> None:
    """Put what `change` makes of the present records in their place, atomically.

    Raises NoRoom when that cannot be; not for a file that is not `needed`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(change(read_records(path, needed=needed)), file, ensure_ascii=True, indent=1)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise
    except OSError as error:
        if needed:
            raise NoRoom(
                f"{path} cannot be written: {error.strerror or error}",
                hint="make room on that disk, or set PENGUIN_LOCAL_HOME to a folder that you may write to",
            ) from error

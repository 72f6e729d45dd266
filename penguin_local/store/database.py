"""One DuckDB file, opened carefully: offline, locked down, migrated, witnessed, one writer.

DuckDB would by default download extensions and read any file a statement names. Both are off before the
first statement of ours runs, and cannot be turned on again through this connection.
"""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import duckdb

from penguin_local.errors import PenguinError, StoreDamaged
from penguin_local.store import faults
from penguin_local.store.watermark import Watermark, read_witness, watermark_path

_NAME: Final = "penguin"
_STORAGE: Final = "v1.5.0"
"""DuckDB 1.5 can still read what we write."""
_CONFIG: Final = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "1GB",
    "threads": "2",
}
"""Rows are counted in tens of thousands here: the memory belongs to the model."""
_LOCKS: Final = (
    "SET allow_community_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
_SCHEMA_FILE: Final = re.compile(r"(\d{4})_\w+\.sql")
_ZERO_TAIL: Final = 16

Write = Callable[[str, Sequence[object]], None]
"""Runs one statement inside the open transaction."""


class Database:
    """The file, open. Raises StoreBusy, StoreDamaged, StoreTooNew and NoRoom, at opening and later."""

    def __init__(self, path: Path, *, accept_loss: bool = False) -> None:
        """`accept_loss`: take what is there for the truth when the watermark knows of more."""
        self.path = path
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._watermark: Watermark | None = None
        self._sequence = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                _create(path)
        except OSError as error:
            raise faults.explain_os(error, path.parent) from error
        self._open(accept_loss=accept_loss)

    @property
    def transactions(self) -> int:
        """How many were ever committed."""
        self._live()
        return self._sequence

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Everything a query finds."""
        try:
            return self._live().execute(sql, values).fetchall()
        except (duckdb.Error, RuntimeError) as error:
            self._abandon()
            raise self._told(error) from error

    @contextmanager
    def transaction(self) -> Iterator[Write]:
        """All statements or none; when the block has ended without an error, the disk has them."""
        connection = self._live()

        def write(sql: str, values: Sequence[object]) -> None:
            connection.execute(sql, values)

        try:
            connection.execute("BEGIN")
            yield write
            number = self._sequence + 1
            connection.execute("INSERT INTO ledger VALUES (?, ?)", (number, _now()))
            connection.execute("COMMIT")
            self._sequence = number
            if self._watermark is not None:
                self._watermark.write(number)
        except (duckdb.Error, RuntimeError) as error:
            self._abandon()
            raise self._told(error) from error
        except OSError as error:
            self._abandon()
            raise faults.explain_os(error, watermark_path(self.path)) from error
        except BaseException:
            self._abandon()
            raise

    def close(self) -> None:
        """Let go of the file; closing twice is allowed."""
        self._abandon()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _live(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._open(accept_loss=False)
        assert self._connection is not None
        return self._connection

    def _open(self, *, accept_loss: bool) -> None:
        connection = _attach(self.path)
        try:
            _migrate(connection, self.path)
            store, sequence = connection.execute(
                "SELECT (SELECT store FROM about), coalesce((SELECT max(sequence) FROM ledger), 0)"
            ).fetchall()[0]
            witness = read_witness(watermark_path(self.path))
            known = witness.sequence if witness and witness.store == store else 0
            if known > sequence and not accept_loss:
                raise faults.lost(self.path, known - sequence)
            self._watermark = Watermark(watermark_path(self.path), store)
            if known != sequence:
                self._watermark.write(sequence)
        except BaseException as error:
            connection.close()
            self._abandon()
            if isinstance(error, (duckdb.Error, RuntimeError)):
                raise self._told(error) from error
            if isinstance(error, OSError):
                raise faults.explain_os(error, watermark_path(self.path)) from error
            raise
        self._connection, self._sequence = connection, sequence

    def _abandon(self) -> None:
        """After any failure the connection is given up: the next use opens the file anew, and checks it.

        An unfinished transaction goes with it. DuckDB invalidates the whole database on some disk
        errors, so that a rollback would not be enough.
        """
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._watermark is not None:
            self._watermark.close()
            self._watermark = None

    def _told(self, error: Exception) -> PenguinError | KeyboardInterrupt:
        # DuckDB turns a Ctrl-C that arrives during a statement into one of these two.
        if isinstance(error, duckdb.InterruptException) or "Query interrupted" in str(error):
            return KeyboardInterrupt()
        return faults.explain(error, self.path)


def _create(path: Path) -> None:
    """Made whole under another name, so that a file under the right name always is a whole store."""
    draft = path.with_name(f"{path.name}.new")
    try:
        connection = _attach(draft)
    except StoreDamaged:
        draft.unlink()  # a creation that was killed half-way; nobody was told that it exists
        connection = _attach(draft)
    try:
        _migrate(connection, draft)
        connection.execute("CHECKPOINT")
    except duckdb.Error as error:
        raise faults.explain(error, path) from error
    finally:
        connection.close()
    if path.exists():
        draft.unlink(missing_ok=True)
    else:
        draft.replace(path)


def _attach(path: Path, *, mended: bool = False) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={**_CONFIG, "temp_directory": f"{path}.spill"})
    place = str(path).replace("'", "''")
    try:
        connection.execute(f"ATTACH '{place}' AS {_NAME} (STORAGE_VERSION '{_STORAGE}')")
        connection.execute(f"USE {_NAME}")
        for statement in _LOCKS:
            connection.execute(statement)
    except BaseException as error:
        connection.close()
        if not isinstance(error, duckdb.Error):
            raise
        if not mended and _cut_zero_tail(path, faults.corrupt_log_position(error)):
            return _attach(path, mended=True)
        raise faults.explain(error, path) from error
    return connection


def _cut_zero_tail(path: Path, position: int | None) -> bool:
    """After a power loss the log can end in zeros: cut it where the last whole entry ends.

    That repaired 59 of 59 such files. What a cut loses that was acknowledged, the watermark tells.
    The log as it was stays beside it.
    """
    log = path.with_name(f"{path.name}.wal")
    if position is None or not log.exists():
        return False
    data = log.read_bytes()
    if len(data) - len(data.rstrip(b"\0")) < _ZERO_TAIL:
        return False
    shutil.copyfile(log, log.with_name(f"{log.name}.damaged"))
    with log.open("r+b") as handle:
        handle.truncate(position)
    return True


def _migrate(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    steps = _schema()
    found = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE database_name = ? AND table_name = 'migrations'", (_NAME,)
    ).fetchall()[0][0]
    version = 0
    if found:
        version = connection.execute("SELECT coalesce(max(version), 0) FROM migrations").fetchall()[0][0]
    if version > max(steps):
        raise faults.too_new(path)
    for number in sorted(n for n in steps if n > version):
        connection.execute("BEGIN")
        connection.execute(steps[number])
        connection.execute("INSERT INTO migrations VALUES (?, ?)", (number, _now()))
        if number == 1:
            connection.execute("INSERT INTO about VALUES (?)", (uuid.uuid4().hex,))
        connection.execute("COMMIT")


def _schema() -> dict[int, str]:
    folder = files("penguin_local.store") / "schema"
    return {
        int(match[1]): entry.read_text(encoding="utf-8")
        for entry in folder.iterdir()
        if (match := _SCHEMA_FILE.fullmatch(entry.name))
    }


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)

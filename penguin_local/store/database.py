"""One DuckDB file, opened carefully: offline, locked down, migrated, witnessed, one writer.

DuckDB would by default download extensions and read any file a statement names. Both are off before the
first statement of ours runs, and cannot be turned on again through this connection.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb

from penguin_local.errors import PenguinError, StoreDamaged, StoreError
from penguin_local.store import faults
from penguin_local.store.house import BENCH, House
from penguin_local.store.migrations import migrate, now
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
_ZERO_TAIL: Final = 16

Write = Callable[[str, Sequence[object]], None]
"""Runs one statement inside the open transaction."""


class Database:
    """The file, open. Raises StoreBusy, StoreDamaged, StoreTooNew and NoRoom, at opening and later."""

    def __init__(
        self, path: Path, *, accept_loss: bool = False, house: House = BENCH, store: str | None = None
    ) -> None:
        """`accept_loss`: take what is there for the truth when the watermark knows of more.

        `store`: the name that a new file gets, for one that replaces another; a random one otherwise.
        """
        self.path = path
        self._house = house
        self._store = store
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._watermark: Watermark | None = None
        self._sequence = 0
        try:
            with _private():
                path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                self._begin(accept_loss=accept_loss)
        except OSError as error:
            raise faults.explain_os(error, path.parent) from error
        self._open(accept_loss=accept_loss)

    @property
    def transactions(self) -> int:
        """How many were ever committed."""
        self._live()
        return self._sequence

    @property
    def store(self) -> str:
        """The file's own random name."""
        return str(self.rows("SELECT store FROM about")[0][0])

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Everything a query finds."""
        try:
            connection = self._live()
            with _private():
                return connection.execute(sql, values).fetchall()
        except (duckdb.Error, RuntimeError) as error:
            self._abandon()
            raise self._told(error) from error

    def verify(self) -> int:
        """How many rows there are, every one of them read whole: only reading finds a damaged block."""
        total = 0
        sql = "SELECT table_name FROM duckdb_tables() WHERE database_name = ? ORDER BY 1"
        for (table,) in self.rows(sql, [_NAME]):
            try:
                total += self.rows(f'SELECT count(*), bit_xor(hash(t)) FROM "{table}" AS t')[0][0]
            except StoreError as error:
                if type(error) is not StoreError:
                    raise
                raise faults.damaged(
                    self.path, f"{table} cannot be read ({error.message})", self._house
                ) from error
        return total

    @contextmanager
    def transaction(self) -> Iterator[Write]:
        """All statements or none; when the block has ended without an error, the disk has them."""
        connection = self._live()

        def write(sql: str, values: Sequence[object]) -> None:
            with _private():
                connection.execute(sql, values)

        try:
            write("BEGIN", ())
            yield write
            number = self._sequence + 1
            if self._house.dated:
                write("INSERT INTO ledger VALUES (?, ?)", (number, now()))
            else:
                write("INSERT INTO ledger VALUES (?)", (number,))
            write("COMMIT", ())
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

    def _begin(self, *, accept_loss: bool) -> None:
        witness = read_witness(watermark_path(self.path))
        if witness is not None and witness.sequence and not accept_loss:
            raise faults.gone(self.path, witness.sequence, self._house)
        log = _log_of(self.path)
        if log.exists():  # of the file that is gone: beside a new one it would be taken for its own
            log.replace(log.with_name(f"{log.name}.damaged"))
        _create(self.path, self._house, self._store)

    def _open(self, *, accept_loss: bool) -> None:
        connection = _attach(self.path, self._house)
        try:
            with _private():
                migrate(connection, self.path, name=_NAME, house=self._house, store=self._store)
            store, sequence = connection.execute(
                "SELECT (SELECT store FROM about), coalesce((SELECT max(sequence) FROM ledger), 0)"
            ).fetchall()[0]
            witness = read_witness(watermark_path(self.path))
            known = witness.sequence if witness and witness.store == store else 0
            if known > sequence and not accept_loss:
                _keep_log(self.path)
                raise faults.lost(self.path, known - sequence, self._house)
            self._watermark = Watermark(watermark_path(self.path), store)
            if known != sequence or witness is None or witness.store != store:
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
            with _private():
                self._connection.close()
            self._connection = None
        if self._watermark is not None:
            self._watermark.close()
            self._watermark = None

    def _told(self, error: Exception) -> PenguinError | KeyboardInterrupt:
        if faults.interrupted(error):
            return KeyboardInterrupt()
        return faults.explain(error, self.path, self._house)


@contextmanager
def _private() -> Iterator[None]:
    """DuckDB makes database, log and spill files under the umask: answers are nobody else's to read."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")


def _create(path: Path, house: House, store: str | None) -> None:
    """Made whole under another name, so that a file under the right name always is a whole store."""
    draft = path.with_name(f"{path.name}.new")
    try:
        connection = _attach(draft, house)
    except StoreDamaged:
        draft.unlink()  # a creation that was killed half-way; nobody was told that it exists
        connection = _attach(draft, house)
    try:
        with _private():
            migrate(connection, draft, name=_NAME, house=house, store=store)
            connection.execute("CHECKPOINT")
    except duckdb.Error as error:
        raise faults.explain(error, path, house) from error
    finally:
        connection.close()
    if path.exists():
        draft.unlink(missing_ok=True)
    else:
        draft.replace(path)


def _attach(path: Path, house: House, *, mended: bool = False) -> duckdb.DuckDBPyConnection:
    spill = f"{path}.spill" if house.spills else ""
    connection = duckdb.connect(config={**_CONFIG, "temp_directory": spill})
    place = str(path).replace("'", "''")
    try:
        with _private():
            connection.execute(f"ATTACH '{place}' AS {_NAME} (STORAGE_VERSION '{_STORAGE}')")
        connection.execute(f"USE {_NAME}")
        for statement in _LOCKS:
            connection.execute(statement)
    except BaseException as error:
        connection.close()
        if not isinstance(error, duckdb.Error):
            raise
        if not mended and _cut_zero_tail(path, faults.corrupt_log_position(error)):
            return _attach(path, house, mended=True)
        raise faults.explain(error, path, house) from error
    return connection


def _keep_log(path: Path) -> None:
    """A copy of the log as it is: closing the database would do away with what could not be read of it."""
    log = _log_of(path)
    if log.exists():
        with _private():
            shutil.copyfile(log, log.with_name(f"{log.name}.damaged"))


def _cut_zero_tail(path: Path, position: int | None) -> bool:
    """After a power loss the log can end in zeros: cut it where the last whole entry ends.

    That repaired 59 of 59 such files. What a cut loses that was acknowledged, the watermark tells.
    The log as it was stays beside it.
    """
    log = _log_of(path)
    if position is None or not log.exists():
        return False
    data = log.read_bytes()
    if len(data) - len(data.rstrip(b"\0")) < _ZERO_TAIL:
        return False
    _keep_log(path)
    with log.open("r+b") as handle:
        handle.truncate(position)
    return True

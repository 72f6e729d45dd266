"""The case file: a casebook whose every sensitive field is sealed before it reaches the disk.

Two files belong together: `cases.duckdb` holds sealed rows, `cases.key` the keys, themselves wrapped by what
a passphrase or the recovery key becomes. Without the second nobody can read the first. What stays plain: how
many cases and entries there are, their random names and order, lengths in steps of 256 bytes, and the files' own times.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock

from penguin_local.errors import NoRoom, PenguinError, StoreDamaged, StoreError, WrongPassphrase
from penguin_local.store.casebook import CaseAbout, CaseInfo, new_case_id, no_such_case
from penguin_local.store.database import Database
from penguin_local.store.house import CASES
from penguin_local.store.vault_access import (
    OF_THIS_PROCESS,
    Patience,
    already,
    exists,
    open_database,
    open_keys,
)
from penguin_local.store.vault_check import Finding, Findings, survey
from penguin_local.store.vault_files import clear_drafts, no_core_dump
from penguin_local.store.vault_keys import Cost, KeyFile, key_path, passphrase_slot, recovery_slot
from penguin_local.store.vault_phrases import Strength, new_recovery, normalised, strength
from penguin_local.store.vault_rows import Described, Entry, Opener, Row
from penguin_local.store.vault_seal import Unopened, forget, new_key
from penguin_local.store.vault_shelf import read_shelf, remove_rows

__all__ = ["Findings", "Patience", "Strength", "Vault", "WrongPassphrase", "exists", "strength"]


def whole_seconds() -> datetime:
    """Now, UTC: nothing finer is anybody's business."""
    return datetime.now(UTC).replace(microsecond=0)


class Vault:
    """A `Casebook` on the disk. Several threads may use it; one process has it open at a time."""

    def __init__(
        self, database: Database, keys: KeyFile, data: bytearray, clock: Callable[[], datetime]
    ) -> None:
        """Use `begin` or `open`."""
        no_core_dump()
        self._database = database
        self._opener = Opener(keys, data)
        self._clock = clock
        self._infos: dict[str, CaseInfo] = {}
        self._last: dict[str, int] = {}
        self._fresh = False
        self._closed = False
        self._lock = RLock()
        remove_rows(database, keys.erased)

    @classmethod
    def begin(
        cls,
        path: Path,
        passphrase: str,
        *,
        clock: Callable[[], datetime] = whole_seconds,
        cost: Cost | None = None,
    ) -> tuple[Vault, str]:
        """A new case file, and its recovery key: to be shown once. Raises StoreError where there is one already."""
        normalised(passphrase)
        if exists(path):
            raise already(path)
        database = Database(path, house=CASES)
        try:
            # Looked at again: only now does nobody else write here.
            if key_path(path).exists() or database.transactions:
                raise already(path)
            clear_drafts(key_path(path))
            data, store = new_key(), database.store
            written, secret = new_recovery()
            slots = passphrase_slot(store, data, passphrase, cost=cost), recovery_slot(store, data, secret)
            keys = KeyFile(store, *slots)
            keys.save(key_path(path))
            return cls(database, keys, data, clock), written
        except BaseException:
            database.close()
            raise

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        passphrase: str | None = None,
        recovery_key: str | None = None,
        patience: Patience = OF_THIS_PROCESS,
        clock: Callable[[], datetime] = whole_seconds,
    ) -> Vault:
        """Raises WrongPassphrase after a wait that grows; StoreBusy, StoreDamaged, StoreTooNew, NoRoom."""
        database, keys = open_database(path)
        try:
            data = open_keys(keys, passphrase=passphrase, recovery_key=recovery_key, patience=patience)
            return cls(database, keys, data, clock)
        except BaseException:
            database.close()
            raise

    @property
    def traceless(self) -> bool:
        """Never: this one keeps."""
        return False

    def cases(self) -> list[CaseInfo]:
        """The last changed first."""
        with self._ready():
            return sorted(self._infos.values(), key=lambda case: case.changed, reverse=True)

    def create(self, about: CaseAbout) -> CaseInfo:
        """A new case without entries."""
        with self._ready():
            case, now, key = new_case_id(), self._clock(), new_key()
            before = self._opener.keys
            self._keep(before.wrap(self._opener.data, case, key))
            forget(key)
            info = CaseInfo(case, about, now, now, 0)
            try:
                self._describe(info)
            except BaseException:
                with contextlib.suppress(PenguinError):
                    self._keep(before)  # a key without a case would do no harm either
                raise
            self._last[case] = 0
            return info

    def describe(self, case_id: str, about: CaseAbout) -> None:
        """Another title, mode or retention."""
        with self._ready():
            self._describe(replace(self._find(case_id), about=about))

    def keep_unsent(self, case_id: str, text: str) -> None:
        """In place of what was kept before; its row goes."""
        with self._ready():
            self._describe(replace(self._find(case_id), unsent=text))

    def append(self, case_id: str, entry: str) -> int:
        """The entry's number, from 1; when it returns, the disk has it."""
        with self._ready():
            info = self._find(case_id)
            number, now = self._last[case_id] + 1, self._clock()
            sealed = self._opener.seal_entry(case_id, Entry(number, now, entry))
            # Should this fail, nobody can know whether the disk has it: all is read anew before the next use.
            self._fresh = False
            with self._database.transaction() as write:
                write("INSERT INTO entries VALUES (?, ?, ?)", (case_id, number, sealed))
            self._fresh = True
            self._last[case_id] = number
            self._infos[case_id] = replace(info, changed=now, entries=info.entries + 1)
            return number

    def entries(self, case_id: str) -> list[str]:
        """All of a case, in order. Raises StoreDamaged, naming the entry that does not open."""
        return [entry.text for entry in self.numbered(case_id)]

    def numbered(self, case_id: str) -> list[Entry]:
        """As `entries`, with their numbers; what an earlier repair had to leave out is in `lost`."""
        lost = self.lost(case_id)
        with self._ready():
            sql = "SELECT number, sealed FROM entries WHERE case_id = ? ORDER BY number"
            rows = [Row(case_id, int(n), bytes(sealed)) for n, sealed in self._database.rows(sql, [case_id])]
            last = rows[-1].number if rows else 0
            wanted = [number for number in range(1, last + 1) if number not in lost]
            for number, row in zip(wanted, rows, strict=False):
                if row.number != number:
                    raise _damaged(Finding(case_id, number, "it is missing or there twice"))
            return [self._open_entry(row) for row in rows]

    def lost(self, case_id: str) -> tuple[int, ...]:
        """Numbers of entries that could not be kept when the case file was repaired."""
        with self._ready():
            self._find(case_id)
            sql = "SELECT number FROM losses WHERE case_id = ? ORDER BY number"
            return tuple(int(number) for (number,) in self._database.rows(sql, [case_id]))

    def delete(self, case_id: str) -> None:
        """Nobody can read it again: its key is overwritten. The sealed rows are then removed as well."""
        with self._ready():
            self._find(case_id)
            gone = frozenset({case_id})
            self._keep(self._opener.keys.erase(gone))
            del self._infos[case_id], self._last[case_id]
            # From here on it is deleted, whatever happens; the next opening removes rows that were left.
            with contextlib.suppress(StoreError, NoRoom):
                remove_rows(self._database, gone)

    def expire(self, now: datetime) -> list[str]:
        """Delete every case whose days have passed since its last entry; the ids of those."""
        with self._ready():
            over = [
                case.id
                for case in self._infos.values()
                if case.about.keep_days is not None and (now - case.changed).days >= case.about.keep_days
            ]
            for case in over:
                self.delete(case)
            return over

    def change_passphrase(self, old: str, new: str, *, patience: Patience = OF_THIS_PROCESS) -> None:
        """From here on only the new one opens this key file. Raises WrongPassphrase."""
        normalised(new)
        with self._ready():
            forget(open_keys(self._opener.keys, passphrase=old, patience=patience))
            self.set_passphrase(new)

    def set_passphrase(self, new: str) -> None:
        """For who opened the case file with its recovery key."""
        with self._ready():
            keys, data = self._opener.keys, self._opener.data
            cost = keys.passphrase.cost
            self._keep(replace(keys, passphrase=passphrase_slot(keys.store, data, new, cost=cost)))

    def new_recovery_key(self, passphrase: str, *, patience: Patience = OF_THIS_PROCESS) -> str:
        """Another one, to be shown once; the one before opens nothing any more. Raises WrongPassphrase."""
        with self._ready():
            keys, data = self._opener.keys, self._opener.data
            forget(open_keys(keys, passphrase=passphrase, patience=patience))
            written, secret = new_recovery()
            self._keep(replace(keys, recovery=recovery_slot(keys.store, data, secret)))
            return written

    def verify(self, read: Callable[[str], object] = str) -> Findings:
        """Open every field, and `read` every entry; all that is wrong, by case and number."""
        with self._lock:
            self._check_open()
            return survey(self._database, self._opener, read).findings()

    def close(self) -> None:
        """Forget the keys. What Python copied meanwhile stays in memory until it is used for something else."""
        with self._lock:
            if not self._closed:
                self._closed = True
                forget(self._opener.data)
                self._infos.clear()
                self._database.close()

    def __enter__(self) -> Vault:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _ready(self) -> Iterator[None]:
        with self._lock:
            self._check_open()
            if not self._fresh:
                self._read_all()
            yield

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError("the case file is locked", hint="open it with its passphrase")

    def _find(self, case_id: str) -> CaseInfo:
        if case_id not in self._infos:
            raise no_such_case(case_id)
        return self._infos[case_id]

    def _keep(self, keys: KeyFile) -> None:
        keys.save(key_path(self._database.path))
        self._opener = Opener(keys, self._opener.data)

    def _read_all(self) -> None:
        shelf = read_shelf(self._database, self._opener, now=self._clock())
        self._infos, self._last = shelf.infos, shelf.last
        self._fresh = True

    def _open_entry(self, row: Row) -> Entry:
        try:
            return self._opener.entry(row)
        except Unopened:
            raise _damaged(Finding(row.case, row.number, "it does not open")) from None

    def _describe(self, info: CaseInfo) -> None:
        case = info.id
        sql = "SELECT coalesce(max(number), 0) FROM described WHERE case_id = ?"
        number = int(self._database.rows(sql, [case])[0][0]) + 1
        sealed = self._opener.seal_described(case, number, Described(info.about, info.created, info.unsent))
        with self._database.transaction() as write:
            # What was taken back before it was said is nobody's business any more, nor is a title of before.
            write("DELETE FROM described WHERE case_id = ?", (case,))
            write("INSERT INTO described VALUES (?, ?, ?)", (case, number, sealed))
        self._infos[case] = info


def _damaged(finding: Finding) -> StoreDamaged:
    return StoreDamaged(
        f"this conversation is damaged: {finding}",
        hint="penguin-local cases repair keeps all that can still be read, on a copy; or put back a copy of yours",
    )

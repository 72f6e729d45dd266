"""Repairing a case file: everything that can still be read, in a new file; the damaged one is kept beside it.

    cases.duckdb.damaged-N (and its .wal)   as it was found, byte by byte
    cases.duckdb                            what could be kept, once it is whole under another name

Where the database gives back nothing of a damaged block, a copy is read without its sums (`vault_rescue`).

Both go by the same key file: erasing a case erases it in the damaged copy as well.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from penguin_local.errors import StoreDamaged
from penguin_local.store import faults
from penguin_local.store.database import Database
from penguin_local.store.house import CASES
from penguin_local.store.vault_access import OF_THIS_PROCESS, Patience, foreign, load_keys, open_keys
from penguin_local.store.vault_check import Finding, Survey, survey
from penguin_local.store.vault_files import PRIVATE, no_core_dump
from penguin_local.store.vault_rescue import rescued
from penguin_local.store.vault_rows import UNKNOWN, Described, Opener
from penguin_local.store.vault_seal import forget
from penguin_local.store.watermark import read_witness, watermark_path


@dataclass(frozen=True, slots=True)
class Repaired:
    """What became of it."""

    kept: int
    """Entries."""
    cases: int
    lost: tuple[Finding, ...]
    missing: int
    """Acknowledged transactions (an entry each, mostly) of which nothing is left to name."""
    aside: Path | None
    """The damaged file; None when there was nothing to repair."""


def repair(
    path: Path,
    read: Callable[[str], object] = str,
    *,
    passphrase: str | None = None,
    recovery_key: str | None = None,
    patience: Patience = OF_THIS_PROCESS,
) -> Repaired:
    """Keep what opens and what `read` takes for an entry, as `survey` does.

    Raises WrongPassphrase, StoreBusy, NoRoom; StoreDamaged when nothing can be read at all.
    """
    no_core_dump()
    keys = load_keys(path)
    data = open_keys(keys, passphrase=passphrase, recovery_key=recovery_key, patience=patience)
    try:
        return _repair(path, Opener(keys, data), read)
    finally:
        forget(data)


def _repair(path: Path, opener: Opener, read: Callable[[str], object]) -> Repaired:
    if not path.exists():
        raise StoreDamaged(f"the case file {path} is gone", hint=CASES.told(CASES.if_gone, path))
    number = next(n for n in range(1, 1_000_000) if not any(path.parent.glob(f"{path.name}.*-{n}*")))
    aside = path.with_name(f"{path.name}.damaged-{number}")
    work = path.with_name(f"{path.name}.work-{number}")
    new = path.with_name(f"{path.name}.repaired-{number}")
    believed, rescue = (path.with_name(f"{path.name}.{kind}-{number}") for kind in ("believed", "rescued"))
    done = False
    try:
        _copy(path, aside)
        _copy(path, work)
        witness = read_witness(watermark_path(path))
        known = witness.sequence if witness and witness.store == opener.keys.store else 0
        database = _opened(path, work)
        itself = database is not None and database.path == path
        found, reached = _read_through(database, path, opener, read) if database else (Survey(unread=True), 0)
        if itself and not found.problems and reached >= known:
            return Repaired(found.findings().entries, len(found.cases), (), 0, None)
        if found.unread:
            _copy(aside, believed)
            if rescued(believed, rescue, store=opener.keys.store):
                better, further = _read_through(Database(rescue, house=CASES), path, opener, read)
                if better.findings().entries >= found.findings().entries:
                    found, reached = better, max(reached, further)
        if database is None and not found.cases:
            raise StoreDamaged(
                f"nothing of {path} can be read any more",
                hint="put back a copy of yours. If there is none, move the file aside to begin anew",
            )
        _fill(new, opener, found, reached=max(known, reached))
        # Its copy is aside; beside the new file it would be taken for its own.
        _log(path).unlink(missing_ok=True)
        new.replace(path)
        done = True
        missing = max(0, known - reached)
        return Repaired(found.findings().entries, len(found.cases), tuple(found.problems), missing, aside)
    except OSError as error:
        raise faults.explain_os(error, path) from error
    finally:
        for place in (work, new, believed, rescue, *(() if done else (aside,))):
            _remove(place)


def _read_through(
    database: Database, path: Path, opener: Opener, read: Callable[[str], object]
) -> tuple[Survey, int]:
    """What stands in it, and how many transactions made it."""
    with database:
        if database.store != opener.keys.store:
            raise foreign(path)
        return survey(database, opener, read), database.transactions


def _fill(new: Path, opener: Opener, found: Survey, *, reached: int) -> None:
    with Database(new, house=CASES, store=opener.keys.store) as database, database.transaction() as write:
        for case in found.cases:
            heads = found.described.get(case, {})
            if not heads and case in opener.keys.cases:
                sealed = opener.seal_described(case, 1, _stand_in(opener, found, case))
                write("INSERT INTO described VALUES (?, ?, ?)", (case, 1, sealed))
            for table, rows in (("described", heads), ("entries", found.entries.get(case, {}))):
                for row in sorted(rows.values(), key=lambda row: row.number):
                    write(f"INSERT INTO {table} VALUES (?, ?, ?)", (row.case, row.number, row.sealed))
            lost = {f.number for f in found.problems if f.case == case and f.number} | found.losses.get(
                case, set()
            )
            for number in sorted(lost - set(found.entries.get(case, {}))):
                write("INSERT INTO losses VALUES (?, ?)", (case, number))
        # The watermark counts on from what it has seen.
        write("INSERT INTO ledger VALUES (?)", (reached + 1,))


def _stand_in(opener: Opener, found: Survey, case: str) -> Described:
    """For a description of which nothing opens: the case began with its first entry."""
    rows = found.entries.get(case, {})
    return replace(UNKNOWN, created=opener.entry(rows[min(rows)]).at) if rows else UNKNOWN


def _opened(path: Path, work: Path) -> Database | None:
    """The case file itself where it opens; this also shows that nobody else has it. Else the copy, at any cost:

    its log is cut where it stops making sense, and let go where that is not enough. None where it never opens.
    """
    try:
        return Database(path, house=CASES)
    except StoreDamaged:
        pass
    log = _log(work)
    while True:
        try:
            return Database(work, accept_loss=True, house=CASES)
        except StoreDamaged as error:
            if not log.exists():
                return None
            cause = error.__cause__
            position = faults.corrupt_log_position(cause if isinstance(cause, Exception) else error)
            if position is not None and 0 < position < log.stat().st_size:
                os.truncate(log, position)
            else:
                log.unlink()


def _copy(path: Path, to: Path) -> None:
    for source, target in ((path, to), (_log(path), _log(to))):
        if source.exists():
            shutil.copyfile(source, target)
            target.chmod(PRIVATE)


def _remove(path: Path) -> None:
    for place in (path, _log(path), watermark_path(path)):
        place.unlink(missing_ok=True)


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")

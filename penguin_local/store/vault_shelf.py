"""The cases of a case file, listed; and the rows of erased ones, removed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from penguin_local.store.casebook import CaseInfo
from penguin_local.store.database import Database
from penguin_local.store.vault_rows import UNKNOWN, Described, Opener, Row
from penguin_local.store.vault_seal import Unopened

_HEADS: Final = "SELECT case_id, max(number), arg_max(sealed, number) FROM described GROUP BY 1"
_ENDS: Final = "SELECT case_id, arg_max(rowid, number), count(*) FROM entries GROUP BY 1"
_AT: Final = "SELECT rowid, number, sealed FROM entries WHERE rowid IN (SELECT unnest(?))"
"""In two steps, so that only the last entries are read: 5 ms instead of 160 for 60,000 entries, file not yet cached."""
_LOST: Final = "SELECT case_id, max(number) FROM losses GROUP BY 1"


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is there, without the conversations themselves."""

    infos: dict[str, CaseInfo] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    """Case -> the highest number that was ever given to an entry of it."""


def read_shelf(database: Database, opener: Opener, *, now: datetime) -> Shelf:
    """Every case; a title that does not open is shown as such, and stops nobody from reading the rest."""
    heads = {c: _head(opener, Row(c, n, bytes(sealed))) for c, n, sealed in database.rows(_HEADS)}
    ends = _ends(database)
    lost = {case: int(number) for case, number in database.rows(_LOST)}
    shelf = Shelf()
    for case in {*heads, *ends} - opener.keys.erased:
        head = heads.get(case, UNKNOWN)
        end, count = ends.get(case, (None, 0))
        changed = head.created if end is None else _changed(opener, end, now)
        shelf.infos[case] = CaseInfo(case, head.about, head.created, changed, count, head.unsent)
        shelf.last[case] = max(end.number if end else 0, lost.get(case, 0))
    return shelf


def _ends(database: Database) -> dict[str, tuple[Row, int]]:
    """Case -> its last entry, and how many there are."""
    where = {int(place): (str(case), int(count)) for case, place, count in database.rows(_ENDS)}
    found = database.rows(_AT, [list(where)]) if where else []
    ends = {}
    for place, number, sealed in found:
        case, count = where[int(place)]
        ends[case] = (Row(case, int(number), bytes(sealed)), count)
    return ends


def remove_rows(database: Database, cases: frozenset[str]) -> None:
    """Rows that nobody can read any more."""
    if not cases:
        return
    wanted = list(cases)
    found = database.rows(
        "SELECT case_id FROM described WHERE case_id IN (SELECT unnest(?)) "
        "UNION SELECT case_id FROM entries WHERE case_id IN (SELECT unnest(?))",
        [wanted, wanted],
    )
    if not found:
        return
    with database.transaction() as write:
        for table in ("entries", "described", "losses"):
            write(f"DELETE FROM {table} WHERE case_id IN (SELECT unnest(?))", (wanted,))


def _head(opener: Opener, row: Row) -> Described:
    try:
        return opener.described(row)
    except Unopened:
        return UNKNOWN


def _changed(opener: Opener, row: Row, now: datetime) -> datetime:
    try:
        return opener.entry(row).at
    except Unopened:
        return now  # what cannot be read is never taken for old, and deleted for it

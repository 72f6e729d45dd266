"""Reading a case file row by row, so that what is damaged is named and nothing else is lost with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from penguin_local.errors import StoreDamaged, StoreError
from penguin_local.store.database import Database
from penguin_local.store.vault_rows import DESCRIBED, ENTRIES, Opener, Row
from penguin_local.store.vault_seal import Unopened

_TOGETHER: Final = 2048
"""Rows read at once."""
_SHUT: Final = "it does not open"
_STRANGE: Final = "it opens, but cannot be read; where a newer penguin-local wrote it, that one can"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written."""

    case: str
    """Empty where it cannot be told."""
    number: int | None
    """Of the entry; None where it is about the case as a whole."""
    what: str

    def __str__(self) -> str:
        of = f"case {self.case}" if self.case else "a row that cannot be named"
        return f"{of}, entry {self.number}: {self.what}" if self.number else f"{of}: {self.what}"


@dataclass(frozen=True, slots=True)
class Findings:
    """What a check of the whole case file found."""

    cases: int
    entries: int
    """That can be read."""
    problems: tuple[Finding, ...]

    @property
    def whole(self) -> bool:
        """Whether all is as it was written."""
        return not self.problems


@dataclass(slots=True)
class Survey:
    """All that can be read of a case file."""

    entries: dict[str, dict[int, Row]] = field(default_factory=dict)
    """Case -> number -> a row that can be read."""
    described: dict[str, dict[int, Row]] = field(default_factory=dict)
    losses: dict[str, set[int]] = field(default_factory=dict)
    """Known from earlier repairs."""
    problems: list[Finding] = field(default_factory=list)
    unread: bool = False
    """Whether there are rows that the database did not give back."""

    def missed(self, finding: Finding) -> None:
        """A row, or many, that the database did not give back."""
        self.problems.append(finding)
        self.unread = True

    @property
    def cases(self) -> list[str]:
        """Every case of which anything was seen."""
        return sorted({*self.entries, *self.described})

    def findings(self) -> Findings:
        """Without the rows."""
        count = sum(len(rows) for rows in self.entries.values())
        return Findings(len(self.cases), count, tuple(self.problems))


def _quiet(_: Finding) -> None:
    """Somebody else names it."""


def survey(database: Database, opener: Opener, read: Callable[[str], object] = str) -> Survey:
    """Open every field. Erased cases are passed over: nobody can read them.

    `read` is whoever knows what an entry is, and raises StoreDamaged for a text that is none.
    """
    seen = Survey()
    for case, number in losses(database, seen.missed):
        seen.losses.setdefault(case, set()).add(number)
    tried: dict[str, set[int]] = {}
    for row in readable(database, ENTRIES, seen.missed):
        if row.case in opener.keys.erased:
            continue
        tried.setdefault(row.case, set()).add(row.number)
        kept = seen.entries.setdefault(row.case, {})
        try:
            read(opener.entry(row).text)
        except (Unopened, StoreDamaged) as error:
            what = _SHUT if isinstance(error, Unopened) else _STRANGE
            seen.problems.append(Finding(row.case, row.number, what))
            continue
        if row.number in kept:
            seen.problems.append(Finding(row.case, row.number, "it is there twice"))
        kept[row.number] = row
    _describe(database, opener, seen)
    for case in seen.cases:
        known = tried.get(case, set()) | seen.losses.get(case, set())
        for number in sorted(set(range(1, max(known, default=0) + 1)) - known):
            seen.problems.append(Finding(case, number, "it is missing"))
        if case not in opener.keys.cases:
            seen.problems.append(Finding(case, None, "its key is not in the key file"))
        if not seen.described.get(case):
            seen.problems.append(Finding(case, None, "its title does not open"))
    return seen


def _describe(database: Database, opener: Opener, seen: Survey) -> None:
    for row in readable(database, DESCRIBED, seen.missed):
        if row.case in opener.keys.erased:
            continue
        kept = seen.described.setdefault(row.case, {})
        try:
            opener.described(row)
            kept[row.number] = row
        except Unopened:
            seen.problems.append(
                Finding(row.case, None, f"its description number {row.number} does not open")
            )


def losses(database: Database, told: Callable[[Finding], object] = _quiet) -> list[tuple[str, int]]:
    """Case and number of what earlier repairs could not keep."""
    try:
        return [
            (str(case), int(number)) for case, number in database.rows("SELECT case_id, number FROM losses")
        ]
    except StoreError as error:
        if not _is_damage(error):
            raise
        told(Finding("", None, "the list of earlier losses cannot be read"))
        return []


def readable(database: Database, table: str, told: Callable[[Finding], object] = _quiet) -> Iterator[Row]:
    """Every row that can be read; for a damaged block the range is halved until it is named row by row."""
    (top,) = database.rows(f"SELECT coalesce(max(rowid), -1) FROM {table}")[0]
    ranges = [(at, min(at + _TOGETHER, top + 1)) for at in range(0, top + 1, _TOGETHER)]
    ranges.reverse()
    while ranges:
        begin, end = ranges.pop()
        where = f"FROM {table} WHERE rowid >= {begin} AND rowid < {end}"
        try:
            found = database.rows(f"SELECT case_id, number, sealed {where}")
        except StoreError as error:
            if not _is_damage(error):
                raise
            if end - begin > 1:
                middle = (begin + end) // 2
                ranges += [(middle, end), (begin, middle)]
                continue
            told(_unread(database, table, where))
            continue
        yield from (Row(str(case), int(number), bytes(sealed)) for case, number, sealed in found)


def _unread(database: Database, table: str, where: str) -> Finding:
    what = "the disk does not give it back" + ("" if table == ENTRIES else " (a description)")
    try:
        found = database.rows(f"SELECT case_id, number {where}")
    except StoreError as error:
        if not _is_damage(error):
            raise
        return Finding("", None, what)
    for case, number in found:
        return Finding(str(case), int(number) if table == ENTRIES else None, what)
    return Finding("", None, what)


def _is_damage(error: StoreError) -> bool:
    """DuckDB says many things about a damaged block; what has a kind of its own (busy, too new) is none."""
    return isinstance(error, StoreDamaged) or type(error) is StoreError

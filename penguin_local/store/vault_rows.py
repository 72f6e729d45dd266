"""What the sealed columns hold, opened one by one; whatever does not open is told by case and number."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from penguin_local.store.casebook import CaseAbout
from penguin_local.store.vault_keys import KeyFile
from penguin_local.store.vault_seal import Place, Unopened, forget, seal, unseal

ENTRIES: Final = "entries"
DESCRIBED: Final = "described"
_COLUMN: Final = "sealed"
_TIME: Final = struct.Struct(">q")
_LOST_TITLE: Final = "(the title is damaged: penguin-local cases verify)"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of `entries` or `described`."""

    case: str
    number: int
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry, open."""

    number: int
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Described:
    """What a person gave a case, open."""

    about: CaseAbout
    created: datetime
    unsent: str = ""
    """What was written in it and not said yet."""


UNKNOWN: Final = Described(CaseAbout(_LOST_TITLE), datetime.fromtimestamp(0, UTC))
"""Stands for a description that does not open: seen in every list, so that it is not overlooked."""


@dataclass(frozen=True, slots=True)
class Opener:
    """Seals and opens the rows of a case file. A case's key is unwrapped for the moment of its use."""

    keys: KeyFile
    data: bytearray

    def entry(self, row: Row) -> Entry:
        """Raises Unopened."""
        content = self._unseal(ENTRIES, row)
        try:
            (seconds,) = _TIME.unpack_from(content)
            text = content[_TIME.size :].decode("utf-8", "surrogatepass")
            return Entry(row.number, datetime.fromtimestamp(seconds, UTC), text)
        except (struct.error, ValueError, OverflowError, OSError):
            raise Unopened from None

    def described(self, row: Row) -> Described:
        """Raises Unopened."""
        try:
            fields = json.loads(self._unseal(DESCRIBED, row))
            about = CaseAbout(fields["title"], fields["mode"], fields["keep_days"])
            created = datetime.fromtimestamp(fields["created"], UTC)
            return Described(about, created, fields.get("unsent", ""))
        except (ValueError, KeyError, TypeError, OverflowError, OSError):
            raise Unopened from None

    def seal_entry(self, case: str, entry: Entry) -> bytes:
        """For the column of `entries`."""
        content = _TIME.pack(int(entry.at.timestamp())) + entry.text.encode("utf-8", "surrogatepass")
        return self._seal(Place(ENTRIES, case, entry.number, _COLUMN), content)

    def seal_described(self, case: str, number: int, described: Described) -> bytes:
        """For the column of `described`."""
        about = described.about
        fields = {
            "title": about.title,
            "mode": about.mode,
            "keep_days": about.keep_days,
            "created": int(described.created.timestamp()),
            "unsent": described.unsent,
        }
        return self._seal(Place(DESCRIBED, case, number, _COLUMN), json.dumps(fields).encode("ascii"))

    def _unseal(self, table: str, row: Row) -> bytes:
        key = self.keys.unwrap(self.data, row.case)
        try:
            return unseal(key, row.sealed, Place(table, row.case, row.number, _COLUMN))
        finally:
            forget(key)

    def _seal(self, place: Place, content: bytes) -> bytes:
        key = self.keys.unwrap(self.data, place.case)
        try:
            return seal(key, content, place)
        finally:
            forget(key)

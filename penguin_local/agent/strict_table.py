"""A table of a file that people edit by hand: each key is read as what it must be, or refused by file and key."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from penguin_local.errors import BadInput

E = TypeVar("E", bound=StrEnum)

LONGEST_TEXT = 500
"""Characters: more than this is no line of a form or a list."""


@dataclass(frozen=True, slots=True)
class StrictTable:
    """One table and where it stands. Every method raises BadInput that names both and the key."""

    path: Path
    """Only its name is ever said."""
    where: str
    """`[AR]`, `[AR] line 2`; empty for the top of the file."""
    entry: dict[str, Any]
    hint: str
    """What the format is, for the remedy."""

    @classmethod
    def of(cls, path: Path, where: str, entry: Any, *, keys: Collection[str], hint: str) -> StrictTable:
        """A table that has none but these keys."""
        table = cls(path, where, entry if isinstance(entry, dict) else {}, hint)
        if not isinstance(entry, dict):
            raise table.wrong("is not a table")
        extra = sorted(set(entry) - set(keys))
        if extra:
            raise table.wrong(f"has an unknown key {extra[0]!r}")
        return table

    def wrong(self, what: str) -> BadInput:
        """The error to raise: `helplines.toml: [AR] line 2 ...`."""
        where = f"{self.where} {what}" if self.where else what
        return BadInput(f"{self.path.name}: {where}", hint=self.hint)

    def has(self, key: str) -> bool:
        """Whether the key is there at all."""
        return key in self.entry

    def text(self, key: str, *, otherwise: str | None = None) -> str:
        """One line that says something; `otherwise` where the key is missing."""
        if otherwise is not None and key not in self.entry:
            return otherwise
        return self._line(key, self.entry.get(key))

    def texts(self, key: str, *, otherwise: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """At least one of them, no two the same."""
        if otherwise is not None and key not in self.entry:
            return otherwise
        lines = tuple(self._line(f"{key} {n}", line) for n, line in enumerate(self.items(key), 1))
        if len(set(lines)) != len(lines):
            raise self.wrong(f"{key} says the same twice")
        return lines

    def items(self, key: str) -> list[Any]:
        """A list with something in it."""
        found = self.entry.get(key)
        if not isinstance(found, list) or not found:
            raise self.wrong(f"{key} must be a list with something in it")
        return found

    def whole(self, key: str, lowest: int, highest: int) -> int:
        """A whole number from `lowest` to `highest`."""
        found = self.entry.get(key)
        if isinstance(found, bool) or not isinstance(found, int) or not lowest <= found <= highest:
            raise self.wrong(f"{key} must be a whole number from {lowest} to {highest}")
        return found

    def yes(self, key: str) -> bool:
        """True or false; false where the key is missing."""
        found = self.entry.get(key, False)
        if not isinstance(found, bool):
            raise self.wrong(f"{key} must be true or false")
        return found

    def day(self, key: str) -> date:
        """A date, written 2026-10-08."""
        found = self.entry.get(key)
        if type(found) is not date:  # a date with a time is a datetime, which is a date as well
            raise self.wrong(f"{key} must be a date such as 2026-10-08")
        return found

    def one_of(self, key: str, kinds: type[E]) -> E:
        """A member of a closed vocabulary."""
        return self._kind(key, self.entry.get(key), kinds)

    def some_of(self, key: str, kinds: type[E]) -> tuple[E, ...]:
        """Members of a closed vocabulary, at least one."""
        return tuple(self._kind(key, item, kinds) for item in self.items(key))

    def _kind(self, key: str, found: Any, kinds: type[E]) -> E:
        if not isinstance(found, str) or found not in {kind.value for kind in kinds}:
            raise self.wrong(f"{key} must be one of: {', '.join(kinds)}")
        return kinds(found)

    def _line(self, key: str, found: Any) -> str:
        fine = isinstance(found, str) and 0 < len(found) <= LONGEST_TEXT and found == found.strip()
        if not fine or not found.isprintable():
            raise self.wrong(f"{key} must be a text of one line, at most {LONGEST_TEXT} characters")
        return str(found)

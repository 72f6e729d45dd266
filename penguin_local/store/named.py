"""What runs and plans have in common: they are found by their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from penguin_local.errors import UsageError
from penguin_local.store.database import Database

R = TypeVar("R")
_NAMED = 8
"""Names in a hint: the newest."""


class Named(Generic[R]):
    """The records of one query; it gives `created` and `name` among others."""

    def __init__(
        self,
        database: Database,
        query: str,
        record: Callable[[tuple[Any, ...]], R],
        *,
        noun: str,
        maker: str,
    ) -> None:
        """`noun`: `run`; `maker`: the command that makes one."""
        self._database = database
        self._query, self._record = query, record
        self._noun, self._maker = noun, maker

    def all(self) -> list[R]:
        """Every one, the oldest first."""
        return [self._record(row) for row in self._database.rows(f"{self._query} ORDER BY created, name")]

    def find(self, name: str) -> R | None:
        """The one of this name, or None."""
        found = self._database.rows(f"SELECT * FROM ({self._query}) WHERE name = ?", [name])
        return self._record(found[0]) if found else None

    def get(self, name: str) -> R:
        """The one of this name. Raises UsageError with the names there are."""
        record = self.find(name)
        if record is None:
            rows = self._database.rows(f"SELECT name FROM ({self._query}) ORDER BY created, name")
            names = ", ".join(str(row[0]) for row in rows[-_NAMED:])
            raise UsageError(
                f"there is no {self._noun} {name!r}",
                hint=f"{self._noun}s: {names}" if names else f"{self._maker} makes one",
            )
        return record

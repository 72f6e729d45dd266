"""Where conversations are kept: the interface, and the casebook that keeps nothing.

A casebook knows no kind of entry: what it is given is text, which the sealed one (`store.vault`) seals before
anything touches the disk.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, Protocol

from penguin_local.errors import UsageError

CASE_ID_BYTES: Final = 6


@dataclass(frozen=True, slots=True)
class CaseAbout:
    """What a person gave a case; sealed as everything else."""

    title: str
    mode: str = "self"
    """`self` or `client`: whom the agent talks with."""
    keep_days: int | None = None
    """Days after the last entry until the case is deleted by itself; None keeps it."""


@dataclass(frozen=True, slots=True)
class CaseInfo:
    """A case as it stands in a list."""

    id: str
    """Twelve hexadecimal digits, random: it says nothing."""
    about: CaseAbout
    created: datetime
    changed: datetime
    """Of the last entry. Both UTC, aware."""
    entries: int
    unsent: str = ""
    """What was written in it and not said yet; sealed as everything else."""


class Casebook(Protocol):
    """Cases and their entries, in order. Raises StoreError and its kin."""

    @property
    def traceless(self) -> bool:
        """Whether nothing is written at all."""
        ...

    def cases(self) -> list[CaseInfo]:
        """The last changed first."""
        ...

    def create(self, about: CaseAbout) -> CaseInfo:
        """A new case without entries."""
        ...

    def describe(self, case_id: str, about: CaseAbout) -> None:
        """Another title, mode or retention."""
        ...

    def keep_unsent(self, case_id: str, text: str) -> None:
        """In place of what was kept before; empty when there is nothing any more. It is no entry of the case."""
        ...

    def append(self, case_id: str, entry: str) -> int:
        """The entry's number, from 1; when it returns, the disk has it."""
        ...

    def entries(self, case_id: str) -> list[str]:
        """All of a case, in order."""
        ...

    def delete(self, case_id: str) -> None:
        """Nobody can read it again."""
        ...

    def close(self) -> None:
        """Forget the keys; the casebook cannot be used afterwards."""
        ...


def no_such_case(case_id: str) -> UsageError:
    """The error for an id that no case has."""
    return UsageError(f"there is no case {case_id!r}", hint="penguin-local cases list shows them")


def new_case_id() -> str:
    """Random."""
    return secrets.token_hex(CASE_ID_BYTES)


@dataclass(slots=True)
class NoTrace:
    """A casebook in memory: gone when the program ends."""

    _cases: dict[str, CaseInfo] = field(default_factory=dict)
    _entries: dict[str, list[str]] = field(default_factory=dict)

    @property
    def traceless(self) -> bool:
        """Always."""
        return True

    def cases(self) -> list[CaseInfo]:
        """The last changed first."""
        return sorted(self._cases.values(), key=lambda case: case.changed, reverse=True)

    def create(self, about: CaseAbout) -> CaseInfo:
        """A new case without entries."""
        now = datetime.now(UTC)
        case = CaseInfo(new_case_id(), about, now, now, 0)
        self._cases[case.id] = case
        self._entries[case.id] = []
        return case

    def describe(self, case_id: str, about: CaseAbout) -> None:
        """Another title, mode or retention."""
        self._cases[case_id] = replace(self._find(case_id), about=about)

    def keep_unsent(self, case_id: str, text: str) -> None:
        """In place of what was kept before."""
        self._cases[case_id] = replace(self._find(case_id), unsent=text)

    def append(self, case_id: str, entry: str) -> int:
        """The entry's number, from 1."""
        case = self._find(case_id)
        self._entries[case_id].append(entry)
        self._cases[case_id] = replace(case, changed=datetime.now(UTC), entries=case.entries + 1)
        return case.entries + 1

    def entries(self, case_id: str) -> list[str]:
        """All of a case, in order."""
        self._find(case_id)
        return list(self._entries[case_id])

    def delete(self, case_id: str) -> None:
        """Gone."""
        self._find(case_id)
        del self._cases[case_id], self._entries[case_id]

    def close(self) -> None:
        """Everything is gone."""
        self._cases.clear()
        self._entries.clear()

    def _find(self, case_id: str) -> CaseInfo:
        if case_id not in self._cases:
            raise no_such_case(case_id)
        return self._cases[case_id]

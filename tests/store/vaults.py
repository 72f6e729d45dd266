"""A case file to try things on, cheap to open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from penguin_local.store.casebook import CaseAbout
from penguin_local.store.vault import Patience, Vault
from penguin_local.store.vault_keys import Cost

PASSPHRASE = "violet harbour stamps eleven"
CHEAP = Cost(memory_kib=8 * 1024, passes=1, lanes=1)
BEGUN = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


class Clock:
    """A minute passes each time one looks."""

    def __init__(self) -> None:
        self.now = BEGUN

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


def begun(path: Path, clock: Callable[[], datetime] | None = None) -> tuple[Vault, str]:
    return Vault.begin(path, PASSPHRASE, cost=CHEAP, clock=clock or Clock())


def opened(path: Path, passphrase: str = PASSPHRASE) -> Vault:
    return Vault.open(path, passphrase=passphrase, patience=no_wait(), clock=Clock())


def no_wait() -> Patience:
    return Patience(wait=lambda seconds: None)


def filled(path: Path, entries: int = 6, cases: int = 2) -> list[str]:
    """A closed case file; the ids of its cases."""
    vault, _ = begun(path)
    with vault:
        ids = [vault.create(CaseAbout(f"title {number}")).id for number in range(cases)]
        for number in range(1, entries + 1):
            for case in ids:
                assert vault.append(case, text(case, number)) == number
    return ids


def text(case: str, number: int) -> str:
    return f"entry {number} of {case} " + "and so on " * (number % 40)

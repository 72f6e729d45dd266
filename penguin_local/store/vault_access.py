"""Getting at a case file: is there one, do its two files belong together, and does the secret open it?"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from penguin_local.errors import StoreDamaged, StoreError, WrongPassphrase
from penguin_local.store.database import Database
from penguin_local.store.house import CASES
from penguin_local.store.vault_files import clear_drafts, keep_private
from penguin_local.store.vault_keys import KeyFile, by_passphrase, by_recovery, key_path, load
from penguin_local.store.vault_seal import Unopened
from penguin_local.store.watermark import read_witness, watermark_path

_FIRST_WAIT_SECONDS: Final = 0.5
_LONGEST_WAIT_SECONDS: Final = 8.0
_COUNTED: Final = 10


@dataclass(slots=True)
class Patience:
    """How long to wait after a wrong passphrase: twice as long each time, up to eight seconds.

    It slows down who tries at this program. Who has the files can try elsewhere: there argon2id is what holds.
    """

    wait: Callable[[float], None] = time.sleep
    failures: int = 0

    def failed(self) -> None:
        """Once more."""
        self.wait(min(_FIRST_WAIT_SECONDS * 2**self.failures, _LONGEST_WAIT_SECONDS))
        self.failures = min(self.failures + 1, _COUNTED)


OF_THIS_PROCESS: Final = Patience()


def exists(path: Path) -> bool:
    """Whether there is a case file, or what is left of one."""
    if key_path(path).exists():
        return True
    witness = read_witness(watermark_path(path))
    # A creation that was killed before the key file was written leaves a database in which nothing ever was.
    return bool(witness.sequence) if witness else path.exists()


def open_keys(
    keys: KeyFile,
    *,
    passphrase: str | None = None,
    recovery_key: str | None = None,
    patience: Patience = OF_THIS_PROCESS,
) -> bytearray:
    """The data key, by one of the two. Raises WrongPassphrase after a wait, UsageError for what cannot be one."""
    try:
        by_words = passphrase is not None
        data = by_passphrase(keys, passphrase or "") if by_words else by_recovery(keys, recovery_key or "")
    except Unopened:
        patience.failed()
        raise _wrong(recovery=passphrase is None) from None
    patience.failures = 0
    return data


def load_keys(path: Path) -> KeyFile:
    """The key file beside this database. Raises StoreError where there is none, and what `load` raises."""
    try:
        return load(key_path(path))
    except FileNotFoundError:
        pass
    if exists(path):
        raise StoreDamaged(
            f"the key file {key_path(path)} is missing, and without it nobody can read {path}",
            hint="put it back from a copy of yours. If there is none, the conversations cannot be read again: "
            f"move {path} aside to begin anew",
        )
    raise StoreError("there is no case file yet", hint="penguin-local chat begins one")


def open_database(path: Path) -> tuple[Database, KeyFile]:
    """Both files, checked against each other; nobody else has them open. Raises StoreError and its kin."""
    keys = load_keys(path)
    if not path.exists() and keys.cases:
        raise StoreDamaged(
            f"the case file {path} is gone, and only its key file is left",
            hint=CASES.told(CASES.if_gone, path),
        )
    database = Database(path, house=CASES, store=keys.store)
    try:
        clear_drafts(key_path(path))
        keep_private(path)
        keys = load_keys(path)  # now that nobody else can change it
        if keys.store != database.store:
            raise foreign(path)
    except BaseException:
        database.close()
        raise
    return database, keys


def foreign(path: Path) -> StoreError:
    """Two files that were not made together."""
    return StoreError(
        f"the key file {key_path(path)} belongs to another case file than {path}",
        hint="put back the two that were made together; neither of them is damaged or was changed",
    )


def already(path: Path) -> StoreError:
    """Nothing is ever begun over an old one."""
    return StoreError(f"there is a case file already: {path}", hint="open it with its passphrase")


def _wrong(*, recovery: bool) -> WrongPassphrase:
    if recovery:
        return WrongPassphrase(
            "this recovery key does not open the case file",
            hint="it has no typing mistake, so it is the key of another case file, or an older one: "
            "each new recovery key replaces the one before",
        )
    return WrongPassphrase(
        "this passphrase does not open the case file",
        hint="look at capitals and the keyboard's language; the recovery key opens it as well "
        "(penguin-local cases change-passphrase --recovery)",
    )

"""The key file: one random data key in slots, and each case's own key wrapped by it.

    {"format": 1, "store": name, "slots": {...}, "cases": {id: wrapped key}, "erased": [ids]}

then a checksum, so that damage is told from a wrong passphrase. The cases' keys lie here and not in the
database, because this file can be replaced whole and its old content overwritten: to remove a key is to
erase its case. Erased cases stay named (a name says nothing), so that an older copy of the database
that is put back does not look as if keys were lost.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from penguin_local.errors import StoreDamaged, StoreError, StoreTooNew, UsageError
from penguin_local.store.vault_files import read_file, replace_file
from penguin_local.store.vault_phrases import normalised, read_recovery
from penguin_local.store.vault_seal import KEY_BYTES, Place, Unopened, forget, seal, unseal

FORMAT: Final = 1
_LIMIT: Final = 64_000_000
"""Bytes of a key file that is believed; a case takes about 450."""
_KIB: Final = 1024
_MEMORY_KIB: Final = (8 * _KIB, _KIB * _KIB)
_PASSES: Final = (1, 16)
_LANES: Final = (1, 8)
_SALT_BYTES: Final = 16
_SALTS: Final = (16, 64)
_SEALED_BYTES: Final = (64, 1024)
_DATA: Final = "data key"
_CASE: Final = "case key"


@dataclass(frozen=True, slots=True)
class Cost:
    """What argon2id is made to work; the defaults take about a fifth of a second."""

    memory_kib: int = 64 * _KIB
    passes: int = 3
    lanes: int = 4


@dataclass(frozen=True, slots=True)
class Slot:
    """The data key, wrapped by what one secret becomes."""

    salt: bytes
    sealed: bytes
    cost: Cost | None = None
    """None for the recovery key: 160 random bits need no stretching."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The file's content; a change is a new value, written whole by `save`."""

    store: str
    """The database it belongs to."""
    passphrase: Slot
    recovery: Slot
    cases: dict[str, bytes] = field(default_factory=dict)
    """Case id -> its key, wrapped."""
    erased: frozenset[str] = frozenset()

    def save(self, path: Path) -> None:
        """Atomically; what was there before is overwritten. Raises NoRoom."""
        replace_file(path, _written(self))

    def wrap(self, data: bytearray, case: str, key: bytearray) -> KeyFile:
        """With this case's key."""
        sealed = seal(data, bytes(key), Place(_CASE, case, 0, self.store))
        return replace(self, cases={**self.cases, case: sealed})

    def unwrap(self, data: bytearray, case: str) -> bytearray:
        """A case's key. Raises Unopened when it is not there or damaged."""
        sealed = self.cases.get(case)
        if sealed is None:
            raise Unopened
        return bytearray(unseal(data, sealed, Place(_CASE, case, 0, self.store)))

    def erase(self, cases: frozenset[str]) -> KeyFile:
        """Without these cases' keys."""
        kept = {case: sealed for case, sealed in self.cases.items() if case not in cases}
        return replace(self, cases=kept, erased=self.erased | cases)


def key_path(database: Path) -> Path:
    """`cases.key`."""
    return database.with_suffix(".key")


def passphrase_slot(store: str, data: bytearray, passphrase: str, *, cost: Cost | None = None) -> Slot:
    """A slot that this passphrase opens. Raises UsageError for what cannot be one."""
    chosen = cost or Cost()
    salt = os.urandom(_SALT_BYTES)
    return _filled(store, data, Slot(salt, b"", chosen), _stretched(normalised(passphrase), salt, chosen))


def recovery_slot(store: str, data: bytearray, secret: bytes) -> Slot:
    """A slot that this recovery key opens."""
    salt = os.urandom(_SALT_BYTES)
    return _filled(store, data, Slot(salt, b""), _derived(secret, salt))


def by_passphrase(keys: KeyFile, passphrase: str) -> bytearray:
    """The data key. Raises Unopened for a wrong one, UsageError for what cannot be one."""
    if not passphrase.strip():
        raise UsageError(
            "the passphrase is empty",
            hint="give the one that opens this case file; in a passphrase file it is the first line",
        )
    slot = keys.passphrase
    assert slot.cost is not None
    return _opened(keys.store, slot, _stretched(normalised(passphrase), slot.salt, slot.cost))


def by_recovery(keys: KeyFile, recovery_key: str) -> bytearray:
    """The data key. Raises Unopened for another file's, UsageError for a typing mistake."""
    slot = keys.recovery
    return _opened(keys.store, slot, _derived(read_recovery(recovery_key), slot.salt))


def load(path: Path) -> KeyFile:
    """Raises FileNotFoundError, StoreDamaged, StoreTooNew, NoRoom."""
    body, _, check = read_file(path, limit=_LIMIT).rstrip(b"\n").rpartition(b"\n")
    try:
        fields = json.loads(body)
        version = fields["format"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _damaged(path, "it cannot be read") from None
    if isinstance(version, int) and version > FORMAT:
        raise StoreTooNew(
            f"{path} was written by a newer version of penguin-local", hint="update penguin-local"
        )
    if check.decode("ascii", "replace") != _check(body):
        raise _damaged(path, "its checksum does not fit")
    try:
        return KeyFile(
            store=_text(fields["store"]),
            passphrase=_slot(fields["slots"]["passphrase"], path, stretched=True),
            recovery=_slot(fields["slots"]["recovery"], path, stretched=False),
            cases={_text(case): _bytes(sealed, _SEALED_BYTES) for case, sealed in fields["cases"].items()},
            erased=frozenset(_text(case) for case in fields["erased"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _damaged(path, "it does not hold what a key file holds") from None


def _filled(store: str, data: bytearray, slot: Slot, kek: bytearray) -> Slot:
    sealed = seal(kek, bytes(data), _slot_place(store, slot))
    forget(kek)
    return replace(slot, sealed=sealed)


def _opened(store: str, slot: Slot, kek: bytearray) -> bytearray:
    try:
        return bytearray(unseal(kek, slot.sealed, _slot_place(store, slot)))
    finally:
        forget(kek)


def _slot_place(store: str, slot: Slot) -> Place:
    """The parameters are authenticated as well: a slot with others put in does not open."""
    cost = slot.cost
    how = "hkdf-sha256" if cost is None else f"argon2id {cost.memory_kib} {cost.passes} {cost.lanes}"
    return Place(_DATA, store, 0, how)


def _stretched(passphrase: bytes, salt: bytes, cost: Cost) -> bytearray:
    try:
        derived = Argon2id(
            salt=salt, length=KEY_BYTES, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory_kib
        ).derive(passphrase)
    except MemoryError:
        raise StoreError(
            f"there is not enough memory to open the case file: it takes {cost.memory_kib // _KIB} MB",
            hint="close other programs and try again",
        ) from None
    return bytearray(derived)


def _derived(secret: bytes, salt: bytes) -> bytearray:
    hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=b"penguin-local recovery")
    return bytearray(hkdf.derive(secret))


def _written(keys: KeyFile) -> bytes:
    fields = {
        "format": FORMAT,
        "store": keys.store,
        "slots": {"passphrase": _slot_fields(keys.passphrase), "recovery": _slot_fields(keys.recovery)},
        "cases": {case: b64encode(sealed).decode("ascii") for case, sealed in keys.cases.items()},
        "erased": sorted(keys.erased),
    }
    body = json.dumps(fields, indent=1).encode("ascii")
    return body + b"\n" + _check(body).encode("ascii") + b"\n"


def _slot_fields(slot: Slot) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "salt": b64encode(slot.salt).decode("ascii"),
        "sealed": b64encode(slot.sealed).decode("ascii"),
    }
    if slot.cost is not None:
        cost = slot.cost
        fields |= {"memory_kib": cost.memory_kib, "passes": cost.passes, "lanes": cost.lanes}
    return fields


def _slot(fields: dict[str, Any], path: Path, *, stretched: bool) -> Slot:
    salt, sealed = _bytes(fields["salt"], _SALTS), _bytes(fields["sealed"], _SEALED_BYTES)
    if not stretched:
        return Slot(salt, sealed)
    named = (("memory_kib", _MEMORY_KIB), ("passes", _PASSES), ("lanes", _LANES))
    for name, (least, most) in named:
        value = fields[name]
        if type(value) is not int or not least <= value <= most:
            raise StoreDamaged(
                f"{path} asks for parameters that cannot be right: {name} = {value!r:.40}, "
                f"where {least:,} to {most:,} are allowed",
                hint="somebody or something changed the file: put back a copy of it",
            )
    return Slot(salt, sealed, Cost(*(fields[name] for name, _ in named)))


def _text(value: object) -> str:
    if not (isinstance(value, str) and value.isascii() and value.isalnum() and len(value) <= 64):
        raise ValueError
    return value


def _bytes(value: object, length: tuple[int, int]) -> bytes:
    if not isinstance(value, str):
        raise TypeError
    content = b64decode(value, validate=True)
    if not length[0] <= len(content) <= length[1]:
        raise ValueError
    return content


def _check(body: bytes) -> str:
    return blake2b(body, digest_size=16).hexdigest()


def _damaged(path: Path, why: str) -> StoreDamaged:
    return StoreDamaged(
        f"the key file {path} is damaged: {why}",
        hint="put back a copy of it: without it, nobody can read the conversations, with any passphrase. "
        "If there is no copy, move it and the case file aside and begin anew",
    )

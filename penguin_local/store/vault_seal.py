"""Sealing one field: AES-256-GCM, bound to its place, padded so that its length says little.

A sealed field is `version (1 byte) | nonce (12, random) | ciphertext | tag (16)`. What is sealed is
`length (4) | text | zeros` up to a multiple of 256 bytes. The place (table, case, number, column) is
associated data: a field that is moved to another place does not open there.
"""

from __future__ import annotations

import json
import os
import struct
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
VERSION: Final = 1
STEP: Final = 256
"""Lengths are multiples of it."""
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_LENGTH: Final = struct.Struct(">I")

Key = bytes | bytearray


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field belongs."""

    table: str
    case: str
    number: int
    column: str

    @property
    def associated(self) -> bytes:
        """As authenticated beside the field; JSON, so that no two places are written alike."""
        return json.dumps(["penguin-local", VERSION, self.table, self.case, self.number, self.column]).encode(
            "ascii"
        )


class Unopened(Exception):
    """Not what was sealed, or not with this key, or not here. It says nothing of what is inside."""


def new_key() -> bytearray:
    """Random, and writable so that it can be overwritten."""
    return bytearray(os.urandom(KEY_BYTES))


def forget(key: bytearray) -> None:
    """Overwrite it. Copies that Python or a library made meanwhile are out of reach."""
    key[:] = bytes(len(key))


def seal(key: Key, content: bytes, place: Place) -> bytes:
    """The field, sealed."""
    padded = _LENGTH.pack(len(content)) + content
    padded += bytes(-len(padded) % STEP)
    nonce = os.urandom(_NONCE_BYTES)
    return bytes([VERSION]) + nonce + AESGCM(key).encrypt(nonce, padded, place.associated)


def unseal(key: Key, sealed: bytes, place: Place) -> bytes:
    """What was sealed. Raises Unopened."""
    if len(sealed) < 1 + _NONCE_BYTES + _TAG_BYTES or sealed[0] != VERSION:
        raise Unopened
    nonce, rest = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        padded = AESGCM(key).decrypt(nonce, rest, place.associated)
    except InvalidTag:
        raise Unopened from None
    (length,) = _LENGTH.unpack_from(padded)
    return padded[_LENGTH.size : _LENGTH.size + length]

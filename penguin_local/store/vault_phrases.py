"""What opens a case file: a passphrase that a person chose, or the recovery key that was printed for them."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from dataclasses import dataclass
from typing import Final

from penguin_local.errors import UsageError

MAX_PASSPHRASE: Final = 1024
"""Characters."""
_ESTIMATED: Final = 100
"""Characters that the estimate looks at: it takes seconds for very long ones, and they are strong anyway."""
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no I, L, O, U."""
_READ_AS: Final = str.maketrans("ILO", "110")
_KEY_BYTES: Final = 20
_KEY_CHARACTERS: Final = 32
_CHECK_CHARACTERS: Final = 4
_GROUP: Final = 4
_BITS: Final = 5
_WORDS: Final = (
    "very easy to guess; a few unrelated words in a row are much stronger",
    "easy to guess; a few unrelated words in a row are much stronger",
    "could be guessed by somebody with time; one more uncommon word helps a lot",
    "good",
    "very good",
)


@dataclass(frozen=True, slots=True)
class Strength:
    """How hard a passphrase is to guess."""

    score: int
    """0 to 4."""
    words: str
    """For the person, gently; no part of the passphrase is in them."""


def strength(passphrase: str) -> Strength:
    """An estimate, on this machine, by zxcvbn; only the first 100 characters count."""
    from zxcvbn import zxcvbn  # type: ignore[import-untyped]

    if not passphrase.strip():
        return Strength(0, "empty")
    found = zxcvbn(passphrase[:_ESTIMATED], max_length=_ESTIMATED)
    score = int(found["score"])
    return Strength(score, _WORDS[score])


def normalised(passphrase: str) -> bytes:
    """The bytes that a passphrase stands for, however the keyboard composes them. Raises UsageError."""
    if not passphrase.strip():
        raise UsageError(
            "the passphrase is empty",
            hint="choose one that you can remember and others cannot guess: four or five unrelated words are good",
        )
    if len(passphrase) > MAX_PASSPHRASE:
        raise UsageError(
            f"the passphrase has {len(passphrase):,} characters, and {MAX_PASSPHRASE:,} are the most",
            hint="four or five unrelated words are strong already",
        )
    try:
        return unicodedata.normalize("NFKC", passphrase).encode("utf-8")
    except UnicodeEncodeError:
        # Without the error it came from: that one repeats the passphrase.
        raise UsageError(
            "the passphrase holds a character that is not whole", hint="type it rather than paste it"
        ) from None


def new_recovery() -> tuple[str, bytes]:
    """A recovery key as it is printed, and the 160 random bits that it stands for."""
    secret = os.urandom(_KEY_BYTES)
    return _written(secret), secret


def read_recovery(text: str) -> bytes:
    """The secret of a recovery key; case, spaces and dashes do not matter. Raises UsageError for a typing mistake."""
    letters = "".join(
        c for c in text.upper() if not (c.isspace() or c in "-\u2010\u2011\u2012\u2013\u2014_.")
    )
    letters = letters.translate(_READ_AS)
    if len(letters) != _KEY_CHARACTERS + _CHECK_CHARACTERS:
        raise _typo(
            f"it has {_KEY_CHARACTERS + _CHECK_CHARACTERS} letters and digits, and these are {len(letters)}"
        )
    strange = [c for c in letters if c not in _ALPHABET]
    if strange:
        raise _typo(f"{strange[0]!r} is never in one")
    number = 0
    for letter in letters[:_KEY_CHARACTERS]:
        number = number << _BITS | _ALPHABET.index(letter)
    secret = number.to_bytes(_KEY_BYTES, "big")
    if letters[_KEY_CHARACTERS:] != _check(secret):
        raise _typo("its last four characters do not fit the others")
    return secret


def _written(secret: bytes) -> str:
    letters = _spelled(int.from_bytes(secret, "big"), _KEY_CHARACTERS) + _check(secret)
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def _check(secret: bytes) -> str:
    digest = hashlib.sha256(b"penguin-local recovery key" + secret).digest()
    return _spelled(int.from_bytes(digest[:4], "big") >> (32 - _CHECK_CHARACTERS * _BITS), _CHECK_CHARACTERS)


def _spelled(number: int, length: int) -> str:
    return "".join(_ALPHABET[number >> (_BITS * place) & 31] for place in reversed(range(length)))


def _typo(why: str) -> UsageError:
    return UsageError(
        f"this is not a recovery key as it was printed: {why}",
        hint="compare it with the paper, group by group; capitals, spaces and dashes do not matter",
    )

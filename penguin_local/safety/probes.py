"""What a judge is probed with: text that speaks to it, sentences that say nothing, the words of a safety plan.

The texts are data (`data/probes`), ours alone. An attack is disguised here and not in the file, so that whoever
reads the file can read what it says.
"""

from __future__ import annotations

import base64
import codecs
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from penguin_local import paths
from penguin_local.corpus.network import read_toml
from penguin_local.errors import BadInput

MARK: Final = "{mark}"
"""In an attack's text: the mark that fences the data it will stand in."""
_JOINER: Final = "\u200b"
_TAG: Final = 0xE0000
_FULLWIDTH: Final = 0xFEE0
_LOOKALIKES: Final[Mapping[int, int]] = MappingProxyType(
    str.maketrans(
        "aceopxyAEOPXT", "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0410\u0415\u041e\u0420\u0425\u0422"
    )
)
"""Latin letters and the Cyrillic ones that look like them."""


class Disguise(StrEnum):
    """How an attack is written."""

    PLAIN = "plain"
    BASE64 = "base64"
    ROT13 = "rot13"
    ZERO_WIDTH = "zero-width"
    FULLWIDTH = "fullwidth"
    HOMOGLYPHS = "homoglyphs"
    TAGS = "tags"
    SPACED = "spaced"

    def put_on(self, text: str) -> str:
        """The text in this disguise."""
        match self:
            case Disguise.PLAIN:
                return text
            case Disguise.BASE64:
                return base64.b64encode(text.encode()).decode()
            case Disguise.ROT13:
                return codecs.encode(text, "rot13")
            case Disguise.ZERO_WIDTH:
                return _JOINER.join(text)
            case Disguise.FULLWIDTH:
                return "".join(chr(ord(c) + _FULLWIDTH) if "!" <= c <= "~" else c for c in text)
            case Disguise.HOMOGLYPHS:
                return text.translate(_LOOKALIKES)
            case Disguise.TAGS:
                return "".join(chr(_TAG + ord(c)) for c in text if c.isascii())
            case Disguise.SPACED:
                return " ".join(text)


@dataclass(frozen=True, slots=True)
class Attack:
    """One kind of text that speaks to the judge."""

    kind: str
    family: str
    """What it plays on."""
    text: str
    """As a person reads it; it may hold `{mark}`."""
    disguise: Disguise
    before: bool
    """It stands in front of the reply, not behind it."""

    def written(self, mark: str) -> str:
        """As it is put in, by an attacker who has seen the mark: none can, which makes this the hardest case."""
        return self.disguise.put_on(self.text.replace(MARK, mark))


@dataclass(frozen=True, slots=True)
class ProbeTexts:
    """All that `data/probes` holds."""

    version: str
    """Of the three files, for the card: `probes-1, padding-1, plan-1`."""
    attacks: tuple[Attack, ...]
    padding: tuple[str, ...]
    """Sentences that say nothing."""
    plan_words: tuple[str, ...]
    """What a sentence of a safety plan holds."""

    def drawn(self, kinds: int | None, *, seed: int) -> ProbeTexts:
        """With so many of the attacks, in their order; all for None, or when there are no more."""
        if kinds is None or kinds >= len(self.attacks):
            return self
        chosen = set(random.Random(seed).sample(range(len(self.attacks)), kinds))
        return replace(self, attacks=tuple(a for n, a in enumerate(self.attacks) if n in chosen))


@cache
def load_probes(folder: Path | None = None) -> ProbeTexts:
    """The bundled texts, or those of a folder of the same shape. Raises BadInput, saying where."""
    folder = folder or paths.data() / "probes"
    attacks, padding, plan = (read_toml(folder / f"{name}.toml") for name in ("attacks", "padding", "plan"))
    found = tuple(_attack(entry, number) for number, entry in enumerate(_list(attacks, "attack"), 1))
    if len({attack.kind for attack in found}) != len(found):
        raise _bad("attacks.toml", "two attacks have the same kind")
    versions = [str(table.get("version", "")) for table in (attacks, padding, plan)]
    return ProbeTexts(
        ", ".join(versions),
        found,
        tuple(_text(line, "padding.toml") for line in _list(padding, "sentences")),
        tuple(_text(word, "plan.toml") for word in _list(plan, "words")),
    )


def _attack(entry: Any, number: int) -> Attack:
    where = f"attacks.toml, attack {number}"
    if not isinstance(entry, dict):
        raise _bad(where, "not a table")
    unknown = set(entry) - {"kind", "family", "text", "disguise", "before"}
    if unknown:
        raise _bad(where, f"unknown key {min(unknown)}")
    try:
        disguise = Disguise(entry.get("disguise", Disguise.PLAIN))
    except ValueError as error:
        raise _bad(where, str(error)) from error
    kind, family, text = (_text(entry.get(key), f"{where}, {key}") for key in ("kind", "family", "text"))
    return Attack(kind, family, text, disguise, entry.get("before") is True)


def _list(table: Mapping[str, Any], key: str) -> list[Any]:
    found = table.get(key)
    if not isinstance(found, list) or not found:
        raise _bad(key, "an empty list, or none")
    return found


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _bad(where, "not a text")
    return value


def _bad(where: str, what: str) -> BadInput:
    return BadInput(
        f"data/probes, {where}: {what}", hint="restore the bundled file, or correct it and try again"
    )

"""What forum posts are made of, read from `data/forum/`: phrasings, frames, titles, questions, habits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from penguin_local import paths
from penguin_local.core.attributes import Attribute, Domain
from penguin_local.corpus.network import read_toml
from penguin_local.errors import BadInput

_LEAST: Final = MappingProxyType({"frames": 8, "titles": 12, "questions": 40})
"""How many of each a domain has at least; the questions count the shared ones too."""


@dataclass(frozen=True, slots=True)
class Phrasings:
    """The ways in which one value of one attribute shows."""

    stated: tuple[str, ...]
    """It is said: `divorced last spring`."""
    implied: tuple[str, ...]
    """A careful reader works it out: `three night shifts on the ward this week`."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Two things that one post never says together."""

    a: re.Pattern[str]
    """One of them, searched for in all that the post draws on."""
    b: re.Pattern[str]
    """The other."""

    def spoils(self, text: str) -> bool:
        """Whether both are there."""
        return bool(self.a.search(text) and self.b.search(text))


@dataclass(frozen=True, slots=True)
class Talk:
    """What every community has in common."""

    openers: tuple[str, ...]
    closers: tuple[str, ...]
    contexts: tuple[str, ...]
    """Words before a row of bare facts."""
    edits: tuple[str, ...]
    """Words before facts that were added later."""
    short_forms: tuple[str, ...]
    """Age and gender at once: `I'm 29F`."""
    typos: Mapping[str, str]
    """How some people spell: right word to wrong one."""
    youngest: Mapping[str, int]
    """The least believable age for an `attribute=value`."""
    clashes: tuple[Clash, ...]


@dataclass(frozen=True, slots=True)
class Community:
    """One domain's own texts, each with exactly one `{doing}` or `{do}`."""

    frames: tuple[str, ...]
    """A sentence of the story that ties it to its topic."""
    titles: tuple[str, ...]
    questions: tuple[str, ...]
    """The domain's own, then those that anyone asks."""


@cache
def phrasings(folder: Path | None = None) -> Mapping[tuple[Attribute, str], Phrasings]:
    """For every value of every attribute, how it shows; BadInput when one has too few."""
    path = _folder(folder) / "details.toml"
    document = read_toml(path)
    found = {}
    for attribute in Attribute:
        entries = document.get(attribute, {})
        for value in attribute.values:
            entry = entries.get(value, {})
            stated, implied = _lines(path, entry, "stated"), _lines(path, entry, "implied")
            if len(stated) + len(implied) < 6 or len(set(stated + implied)) < len(stated + implied):
                raise _bad(path, f"{attribute} {value!r} needs at least 6 phrasings, all different")
            found[attribute, value] = Phrasings(stated, implied)
    return MappingProxyType(found)


@cache
def talk(folder: Path | None = None) -> Talk:
    """The habits of typing, and what never goes together."""
    path = _folder(folder) / "talk.toml"
    document = read_toml(path)
    try:
        clashes = tuple(Clash(re.compile(c["a"]), re.compile(c["b"])) for c in document["clash"])
    except (KeyError, TypeError, re.error) as error:
        raise _bad(path, f"a clash needs two regular expressions, a and b: {error}") from error
    details = _folder(folder) / "details.toml"
    return Talk(
        openers=_lines(path, document, "openers"),
        closers=_lines(path, document, "closers"),
        contexts=_lines(path, document, "contexts"),
        edits=_lines(path, document, "edits"),
        short_forms=_lines(details, read_toml(details), "short_forms"),
        typos=MappingProxyType(dict(document.get("typos", {}))),
        youngest=MappingProxyType(dict(document.get("youngest", {}))),
        clashes=clashes,
    )


@cache
def community(domain: Domain, folder: Path | None = None) -> Community:
    """A domain's frames, titles and questions, checked."""
    path = _folder(folder) / f"{domain}.toml"
    document = read_toml(path)
    shared = _folder(folder) / "talk.toml"
    found = {key: _lines(path, document, key) for key in _LEAST}
    found["questions"] += _lines(shared, read_toml(shared), "questions")
    for key, texts in found.items():
        if len(texts) < _LEAST[key] or len(set(texts)) < len(texts):
            raise _bad(path, f"{len(set(texts))} distinct {key} of {len(texts)}; expected >= {_LEAST[key]}")
        for text in texts:
            if text.count("{") != 1 or not ("{doing}" in text or "{do}" in text):
                raise _bad(path, f"this needs exactly one {{doing}} or {{do}}: {text}")
    return Community(found["frames"], found["titles"], found["questions"])


def _folder(folder: Path | None) -> Path:
    return folder or paths.data() / "forum"


def _lines(path: Path, document: Mapping[str, Any], key: str) -> tuple[str, ...]:
    lines = document.get(key)
    if not isinstance(lines, list) or not lines or not all(isinstance(x, str) and x.strip() for x in lines):
        raise _bad(path, f"{key} must be a list of texts")
    return tuple(lines)


def _bad(path: Path, what: str) -> BadInput:
    return BadInput(f"{path.name}: {what}", hint="restore the bundled file, or correct it and try again")

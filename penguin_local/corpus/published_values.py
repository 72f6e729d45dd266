"""What others' words for an attribute mean: one of the usual values, not known, or beyond us.

Used on published files and on what a model wrote. "Unknown" is something a file says; what cannot be read is a third
thing, counted apart, and never taken for either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, auto
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from penguin_local import paths
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.corpus.anonymous import clean
from penguin_local.corpus.audit import pattern_of
from penguin_local.corpus.network import read_toml
from penguin_local.errors import BadInput

LONGEST_WORDS: Final = 240
"""Characters of somebody's own words that are kept beside a kind."""
_BANDS: Final = ((25, "18-24"), (35, "25-34"), (45, "35-44"), (55, "45-54"), (130, "55+"))
_YEARS: Final = re.compile(r"(?<![\d-])(\d{1,3})(?:\s*(?:-|–|to)\s*(\d{1,3}))?(?![\d%])")
_NOTHING: Final = frozenset({"none", "nil"})
"""A value of two attributes; of all others it says that nothing was found."""
_NEGATED: Final = re.compile(
    r"\b(?:no|not|never|without|denies|isn't|non)\b(?:[\s-]+[\w']+){0,2}[\s-]*$", re.IGNORECASE
)
_FEWEST: Final = 4
"""Characters from which on somebody's words say more than the kind: `27` and `F` do not."""
_AROUND: Final = re.compile(r"\d0s|ties\b", re.IGNORECASE)


class Unread(Enum):
    """Why a text is no value."""

    UNKNOWN = auto()
    """It says so itself: `not mentioned`."""
    UNRESOLVED = auto()
    """It says something that our lists do not know."""


def resolve(attribute: Attribute, text: str) -> Value | Unread:
    """The value a text stands for; the words are kept, cleaned, where they say more than the kind does."""
    plain = " ".join(text.split())
    low = re.sub("[\u2010-\u2015]", "-", plain.casefold().rstrip("."))
    says_none = low in _NOTHING and attribute not in (Attribute.MENTAL, Attribute.SELF_HARM)
    if low in _lists()[0] or says_none:
        return Unread.UNKNOWN
    for kind in attribute.values:
        if low == kind.casefold():
            return Value(kind)
    try:
        given = Value.parse(attribute, plain)
    except ValueError:
        kind_found = _kind(attribute, plain)
        return Unread.UNRESOLVED if kind_found is None else Value(kind_found, own_words(plain))
    return Value(given.kind, own_words(given.words))


def own_words(text: str) -> str:
    """Somebody's words on one line, cleaned of what identifies, and never more than a few sentences."""
    visible = "".join(c if c.isprintable() else " " for c in text)
    cleaned = clean(" ".join(visible.split())).text
    if len(cleaned) < _FEWEST:
        return ""
    if len(cleaned) <= LONGEST_WORDS:
        return cleaned
    return cleaned[:LONGEST_WORDS].rsplit(" ", 1)[0] + " ..."


def _kind(attribute: Attribute, text: str) -> str | None:
    if attribute is Attribute.AGE and not _AROUND.search(text):
        found = _years(text)
        if found is not None:
            return found
    for kind, pattern in _lists()[1][attribute]:
        if any(not _NEGATED.search(text[: match.start()]) for match in pattern.finditer(text)):
            return kind
    return None


def _years(text: str) -> str | None:
    match = _YEARS.search(text)
    if match is None:
        return None
    years = int(match[1]) if match[2] is None else (int(match[1]) + int(match[2])) // 2
    return next((band for limit, band in _BANDS if 5 <= years < limit), None)


@cache
def _lists(
    path: Path | None = None,
) -> tuple[frozenset[str], Mapping[Attribute, tuple[tuple[str, re.Pattern[str]], ...]]]:
    path = path or paths.data() / "published_values.toml"
    document = read_toml(path)
    found: dict[Attribute, tuple[tuple[str, re.Pattern[str]], ...]] = {}
    for attribute in Attribute:
        entries = document.get(attribute, [])
        if {entry["kind"] for entry in entries} - set(attribute.values):
            raise BadInput(
                f"{path.name}: [[{attribute}]] names an unknown value", hint="restore the bundled file"
            )
        found[attribute] = tuple((entry["kind"], pattern_of(entry["terms"])) for entry in entries)
    return frozenset(document["unknown"]), MappingProxyType(found)

"""The rules for `anonymous`: what a trace looks like, and the lists of `data/private_terms.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from penguin_local import paths
from penguin_local.corpus.network import read_toml


class Private(StrEnum):
    """What was taken out; its value stands in the text instead, in square brackets."""

    LINK = "link"
    MAIL = "mail"
    HANDLE = "handle"
    NUMBER = "number"
    DATE = "date"
    ADDRESS = "address"
    NAME = "name"
    PLACE = "place"


_MONTHS: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY: Final = r"\d{1,2}(?:st|nd|rd|th)?"
_NOT_MONEY: Final = (
    r"(?!\s*(?:dollars?|euros?|pounds?|bucks|usd|eur|gbp|a\s+(?:month|year|week)|per\s|/\s*(?:mo|yr)"
    r"|in\s+debt|calories|k\b))"
)
_NO_SIGN: Final = r"(?<![$€£\d.,])"
_TOP: Final = r"(?:com|org|net|edu|gov|io|co|uk|de|fr|au|ca|us|info|me|ly|gg|be|app|dev)\b"
_AT: Final = r"\s*(?:@|[\[(]\s*at\s*[\])]|\sat\s)\s*"
_DOT: Final = r"\s*(?:\.|[\[(]\s*dot\s*[\])]|\sdot\s)\s*"
_APPS: Final = r"(?:insta(?:gram)?|snap(?:chat)?|discord|telegram|whatsapp|kik|twitter|tiktok|skype|facebook)"
_STREETS: Final = r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|court|way|close|square)\b"
_RULES: Final = (
    (Private.MAIL, rf"[\w.+-]+{_AT}[\w-]+(?:{_DOT}[\w-]+)*{_DOT}{_TOP}"),
    (Private.LINK, r"(?:https?|ftp)://\S+|\bwww\.\S+"),
    (Private.LINK, rf"\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.{_TOP}(?:/\S*)?"),
    (Private.HANDLE, r"(?<![\w/])/?[ur]/[\w-]{2,}|(?<!\w)@[\w.]{2,}|\b\w{2,32}#\d{4}\b"),
    (Private.HANDLE, rf"\b{_APPS}(?:\s+(?:is|name|handle|username))*\s*[:=]\s*\S+"),
    (Private.ADDRESS, rf"\b\d{{1,5}}[a-z]?\s+(?:[\w'.]+\s+){{1,3}}?{_STREETS}\.?"),
    (Private.DATE, r"\b\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})\b|\b(?:19|20)\d{2}-\d{2}-\d{2}\b"),
    (Private.DATE, rf"\b{_DAY}\s+(?:of\s+)?{_MONTHS}\b(?:,?\s+\d{{4}})?"),
    (Private.DATE, rf"\b{_MONTHS}\.?\s+{_DAY}\b(?:,?\s+\d{{4}})?|\b{_MONTHS}\s+(?:19|20)\d{{2}}\b"),
    (Private.NUMBER, r"\b[a-z]{2}\d{2}(?:\s?[a-z0-9]{4}){3,}\b|\b\d{1,3}(?:\.\d{1,3}){3}\b"),
    (Private.NUMBER, rf"{_NO_SIGN}\+?\(?\d(?:[\s().-]{{0,2}}\d){{6,}}\b{_NOT_MONEY}"),
    (Private.NUMBER, r"\b[a-z]{1,2}\d[a-z\d]?\s\d[a-z]{2}\b|\b[a-z]{1,4}-?\d{4,}\b|#\s?\d{4,}"),
    (Private.DATE, rf"{_NO_SIGN}\b(?:19[3-9]|20[0-3])\d\b{_NOT_MONEY}(?![,.]\d)"),
    (Private.NUMBER, rf"{_NO_SIGN}\b\d{{5,}}\b{_NOT_MONEY}"),
)
PATTERNS: Final = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _RULES)
"""In this order: each is looked for in what the ones before have left."""
WORD: Final = re.compile(r"\[\w+\]|[^\W\d_](?:[\w'’]|-(?=\w))*")
"""A word, or a mark that a rule has left."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The lists, all in lower case."""

    names: frozenset[str]
    places: frozenset[str]
    keep: frozenset[str]
    acronyms: frozenset[str]
    ordinary: frozenset[str]
    """Words that our own texts write in lower case."""
    institutions: frozenset[str]
    verbs: frozenset[str]
    kin: frozenset[str]
    where: frozenset[str]
    long_places: re.Pattern[str]
    name_follows: re.Pattern[str]


@cache
def terms() -> Terms:
    """As the file has them. Raises BadInput when it cannot be read."""
    document = read_toml(paths.data() / "private_terms.toml")
    longs = "|".join(re.escape(p).replace(r"\ ", r"\s+") for p in document["long_places"])
    cues = "|".join(re.escape(c).replace(r"\ ", r"\s+") for c in document["name_follows"])
    lists = {name: frozenset(document[name].split()) for name in ("names", "places", "verbs", "kin", "where")}
    return Terms(
        names=lists["names"],
        places=lists["places"],
        keep=frozenset(bare(word) for word in document["keep"].split()),
        acronyms=frozenset(document["acronyms"].split()),
        ordinary=frozenset(_ordinary()),
        institutions=frozenset(document["institutions"]),
        verbs=lists["verbs"],
        kin=lists["kin"],
        where=lists["where"],
        long_places=re.compile(rf"\b(?:{longs})\b", re.IGNORECASE),
        name_follows=re.compile(rf"\b(?P<cue>(?:{cues})\.?\s+)(?P<name>[^\W\d_][\w'-]+)", re.IGNORECASE),
    )


def bare(word: str) -> str:
    """In lower case, without an owner's ending."""
    low = word.lower().replace("’", "'").rstrip("'")
    return low.removesuffix("'s") or low


def _ordinary() -> Iterator[str]:
    """All words that our own texts write in lower case: no name is among them, for nobody is named there."""
    folder = paths.data()
    for pattern in ("feelings.toml", "questions.toml", "leak_terms.toml", "forum/*.toml", "topics/*.toml"):
        for path in sorted(folder.glob(pattern)):
            for match in WORD.finditer(path.read_text(encoding="utf-8")):
                if match[0].islower():
                    yield bare(match[0])

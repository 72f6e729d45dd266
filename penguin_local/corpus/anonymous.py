"""Taking out of a text what says who wrote it: names, handles, places, links, mail, numbers, dates, addresses.

Rules and lists (`data/private_terms.toml`), no model: what they take out is the same on every machine. They err on the
side of taking out too much, and still cannot find everything: a person looks at each text before it becomes a scenario.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from penguin_local.corpus.anonymous_rules import PATTERNS, WORD, Private, Terms, bare, terms

__all__ = ["Cleaned", "Private", "clean", "traces"]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text without what identifies."""

    text: str
    removed: Mapping[Private, int]
    """How many of each kind were taken out; only those that were."""


_MARK: Final = re.compile(r"\[(?:" + "|".join(Private) + r")\]")
_START: Final = re.compile(r"(?:^|[.!?…:;\n\"“”(*•>|]|-\s)\s*$")
_REPEATED: Final = re.compile(r"(\[(?:name|place)\])(?:(?:\s+(?:of\s+|the\s+)?|-|/|')?\1)+")
_SHORT: Final = 6
"""Letters of an abbreviation."""


def clean(text: str) -> Cleaned:
    """The text with every trace replaced by what it was; a text that was cleaned before stays as it is."""
    before = ""
    while (
        before != text
    ):  # what is gone changes what stands around the rest: two passes as a rule, more for noise
        before, text = text, _once(text, terms())
    return Cleaned(text, MappingProxyType(Counter(Private(m[0][1:-1]) for m in _MARK.finditer(text))))


def _once(text: str, lists: Terms) -> str:
    text = unicodedata.normalize("NFKC", text.replace("\u2019", "'"))
    for kind, pattern in PATTERNS:
        text = pattern.sub(f"[{kind}]", text)
    text = lists.long_places.sub(f"[{Private.PLACE}]", text)
    text = lists.name_follows.sub(lambda m: _named(m, lists), text)
    return _REPEATED.sub(r"\1", _words(text, lists))


def traces(text: str) -> tuple[str, ...]:
    """The words that `clean` would still take out of a text: none, for one that says nobody's name."""
    before, after = text.split(), _MARK.sub(" ", clean(text).text).split()
    left = Counter(before) - Counter(after)
    return tuple(word for word in dict.fromkeys(before) if left[word] and not _MARK.fullmatch(word))


def _named(match: re.Match[str], lists: Terms) -> str:
    low = match["name"].lower()
    if low in lists.keep or (low in lists.ordinary and low not in lists.names):
        return match[0]
    return f"{match['cue']}[{Private.NAME}]"


def _words(text: str, lists: Terms) -> str:
    found = list(WORD.finditer(text))
    tall = [m[0] for m in found if len(m[0]) > 3]
    titled = len(tall) > 4 and sum(w[0].isupper() for w in tall) > 0.7 * len(tall)
    pieces, at = [], 0
    names = {m[0].lower() for i, m in enumerate(found) if _is_name(text, found, i, lists, titled=titled)}
    for number, match in enumerate(found):
        kind = _kind(text, found, number, lists, names, titled=titled)
        if kind is not None:
            pieces += [text[at : match.start()], f"[{kind}]", _owner(match[0])]
            at = match.end()
    return "".join(pieces) + text[at:]


def _is_name(text: str, found: Sequence[re.Match[str]], number: int, lists: Terms, *, titled: bool) -> bool:
    """Whether this place shows that the word is a name; it then is one everywhere in the text."""
    word = found[number][0]
    if not word[0].isupper() or word[0] == "[" or word.isupper() or titled:
        return False
    low = bare(word)
    if low in lists.keep or low in lists.ordinary or low in lists.acronyms:
        return False
    if not _START.search(text[: found[number].start()]):
        return True
    following = found[number + 1][0].lower() if number + 1 < len(found) else ""
    return following in lists.verbs


def _kind(
    text: str, found: Sequence[re.Match[str]], number: int, lists: Terms, names: set[str], *, titled: bool
) -> Private | None:
    word = found[number][0]
    low = bare(word)
    if word[0] == "[" or low in lists.keep:
        return None
    before = found[number - 1][0].lower() if number else ""
    first = bool(_START.search(text[: found[number].start()]))
    capital = word[0].isupper()
    if low in lists.places and (capital or low not in lists.ordinary):
        return Private.PLACE
    if low in lists.names:
        listed = (
            low not in lists.ordinary or (capital and not first and not word.isupper()) or before in lists.kin
        )
        return Private.NAME if listed else None
    if word.lower() in names and capital and not word.isupper():
        return Private.PLACE if before in lists.where else Private.NAME
    if len(word) > 1 and word.isupper() and len(low) <= _SHORT and not titled:
        unknown = low not in lists.acronyms and low not in lists.ordinary
        return Private.NAME if unknown and not _shouted(text) else None
    following = found[number + 1][0].lower() if number + 1 < len(found) else ""
    if capital and not first and following in lists.institutions:
        return Private.PLACE
    return None


def _owner(word: str) -> str:
    return "'s" if word.lower().endswith(("'s", "’s")) else ""


def _shouted(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return sum(c.isupper() for c in letters) > 0.5 * len(letters)

"""The rules' vocabulary, `data/crisis_rules.toml`, and its small pattern language, compiled.

A pattern is words parted by blanks: `word~` in any inflection, `word*` any word that begins so, `a/b` one of
several, `<name>` one of a named list of patterns, `..` up to three words and `...` up to six, none of them
a negation or the end of a clause, a `?` after any of these: it may be missing. A pattern is only tried on a
sentence that holds one of its rarest words, and only then compiled.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from penguin_local import paths
from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.crisis_spelling import Spelling, bag
from penguin_local.agent.crisis_text import STOP, plain
from penguin_local.corpus.network import read_toml
from penguin_local.errors import BadInput

FILE: Final = "crisis_rules.toml"
_COMMON: Final = bag(
    "i me my to do not the a an it of in is am be was are that this and you he she they we have had has "
    "on for so no with will can would her his their him them at all if as up out but what when who how "
    "go going get want"
)
_CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{2,}")
_SHORTEST_STEM: Final = 3
_IRREGULAR: Final = {
    "be": "is am are was were been being",
    "do": "does did done doing",
    "die": "dies died dying",
    "have": "has had having",
    "take": "takes took taken taking",
    "hang": "hangs hung hanged hanging",
    "shoot": "shoots shot shooting",
    "cut": "cuts cutting",
    "hurt": "hurts hurting",
    "put": "puts putting",
    "go": "goes went gone going",
    "throw": "throws threw thrown throwing",
    "drive": "drives drove driven driving",
    "run": "runs ran running",
    "hit": "hits hitting",
    "beat": "beats beaten beating",
    "write": "writes wrote written writing",
    "give": "gives gave given giving",
    "leave": "leaves left leaving",
    "say": "says said saying",
    "tell": "tells told telling",
    "think": "thinks thought thinking",
    "feel": "feels felt feeling",
    "get": "gets got gotten getting",
    "find": "finds found finding",
    "make": "makes made making",
    "buy": "buys bought buying",
    "keep": "keeps kept keeping",
    "blow": "blows blew blown blowing",
    "slit": "slits slitting",
    "burn": "burns burned burnt burning",
    "sleep": "sleeps slept sleeping",
    "see": "sees saw seen seeing",
    "hold": "holds held holding",
    "sit": "sits sat sitting",
    "stand": "stands stood standing",
    "know": "knows knew known knowing",
    "bleed": "bleeds bled bleeding",
    "choose": "chooses chose chosen choosing",
    "wake": "wakes woke woken waking",
    "pay": "pays paid paying",
    "fall": "falls fell fallen falling",
    "break": "breaks broke broken breaking",
    "lose": "loses lost losing",
    "dream": "dreams dreamed dreamt dreaming",
    "lie": "lies lied lying lay",
    "swear": "swears swore sworn swearing",
    "strike": "strikes struck striking",
    "grab": "grabs grabbed grabbing",
    "bring": "brings brought bringing",
    "lock": "locks locked locking",
    "can": "could",
    "feed": "feeds fed feeding",
    "set": "sets setting",
    "send": "sends sent sending",
    "become": "becomes became becoming",
    "catch": "catches caught catching",
    "hear": "hears heard hearing",
    "bury": "buries buried burying",
    "try": "tries tried trying",
}


@dataclass(frozen=True, slots=True)
class Match:
    """Words `start` to `end` (exclusive) of a sentence fit a pattern."""

    start: int
    end: int


@dataclass(slots=True)
class Pattern:
    """One pattern of one concept."""

    concept: str
    source: str
    _regex: Callable[[], str]
    _compiled: re.Pattern[str] | None = field(default=None)

    def compiled(self) -> re.Pattern[str]:
        """The regular expression, made when it is first needed."""
        if self._compiled is None:
            self._compiled = re.compile(r"(?<!\S)" + self._regex())
        return self._compiled

    def matches(self, line: str, starts: Sequence[int]) -> Iterator[Match]:
        """In `line`, the words of a sentence with a blank after each; `starts`: where each word begins."""
        for found in self.compiled().finditer(line):
            yield Match(bisect_right(starts, found.start()) - 1, bisect_right(starts, found.end() - 1))


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All concepts."""

    patterns: tuple[Pattern, ...]
    """In the order of the file."""
    fillers: frozenset[str]
    """Words that change nothing."""
    spelling: Spelling
    says: dict[str, str]
    """Each concept in words for a person."""
    applies_from: dict[str, Level]
    """For what a model says: the least danger in which it must not be said."""
    _anchors: dict[str, tuple[int, ...]]
    _stems: dict[str, tuple[int, ...]]

    def candidates(self, words: Sequence[str], seen: dict[str, tuple[int, ...]]) -> list[Pattern]:
        """Patterns that may fit; `seen` remembers words for the length of one message, no longer."""
        numbers: set[int] = set()
        for word in words:
            if (found := seen.get(word)) is None:
                found = self._anchors.get(word, ())
                for length in range(_SHORTEST_STEM, len(word[:16]) + 1):
                    found += self._stems.get(word[:length], ())
                seen[word] = found
            numbers.update(found)
        return [self.patterns[number] for number in sorted(numbers)]


@cache
def load_lexicon() -> Lexicon:
    """What messages are read with; BadInput names what does not fit in the file."""
    return read_lexicon(paths.data() / FILE, "concepts")


@cache
def load_answers() -> Lexicon:
    """What a model's answers are read with."""
    return read_lexicon(paths.data() / FILE, "answers")


def read_lexicon(path: Path, part: str) -> Lexicon:
    """One part of a vocabulary file, `concepts` or `answers`."""
    document = read_toml(path)
    try:
        return _built(document, part)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadInput(f"{path.name}: {error!r}", hint="restore the bundled file") from error


def _built(document: dict[str, Any], part: str) -> Lexicon:
    spelled = document["spelling"]
    own = document.get(f"{part}_words", {})
    language = _Language(document["words"] | own, document["negators"]["words"])
    patterns: list[Pattern] = []
    anchors: dict[str, list[int]] = {}
    stems: dict[str, list[int]] = {}
    for concept, entry in document[part].items():
        others = document["languages"].values() if part == "concepts" else ()
        foreign = [_foreign(p) for words in others for p in words.get(concept, ())]
        for source in (*entry["patterns"], *foreign):
            for anchor in language.anchor(source):
                into = stems if anchor.endswith("*") else anchors
                into.setdefault(anchor.removesuffix("*"), []).append(len(patterns))
            patterns.append(Pattern(concept, source, lambda s=source: language.regex(s)))  # type: ignore[misc]
    known = {w for w in language.vocabulary(p.source for p in patterns) if w.isascii()}
    return Lexicon(
        tuple(patterns),
        frozenset(document["fillers"]["words"]),
        Spelling(known, spelled["keys"], spelled["written"], spelled["others"]),
        {concept: str(entry["says"]) for concept, entry in document[part].items()},
        {concept: Level[str(entry.get("from", "none")).upper()] for concept, entry in document[part].items()},
        {word: tuple(numbers) for word, numbers in anchors.items()},
        {word: tuple(numbers) for word, numbers in stems.items()},
    )


def _foreign(source: str) -> str:
    """As the reader leaves words of other languages: without accents, Chinese and Japanese by the character."""
    return _CJK.sub(lambda run: " ".join(run[0]), plain(source))


class _Language:
    """Turns patterns into regular expressions over the words of a sentence."""

    def __init__(self, lists: dict[str, list[str]], negators: Sequence[str]) -> None:
        self._lists = lists
        barred = "|".join(re.escape(w) for w in (*negators, "|"))
        self._gap = rf"(?:(?!(?:{barred}) )\S+ )"
        self._regexes: dict[str, str] = {}
        self._rare: dict[str, frozenset[str]] = {}

    def regex(self, source: str) -> str:
        """Of a whole pattern; every word in it is followed by a blank."""
        return "".join(self._element(part) for part in source.split())

    def _element(self, part: str) -> str:
        if part in ("..", "..."):
            return self._gap + ("{0,3}?" if part == ".." else "{0,6}?")
        bare = part.removesuffix("?")
        inner = "(?:" + "|".join(self._one(word) for word in bare.split("/")) + ")"
        return f"{inner}?" if bare != part else inner

    def _one(self, word: str) -> str:
        if word.startswith("<"):
            return self._listed(word[1:-1])
        if not word or set(word) & set("?<>"):
            raise ValueError(f"not a word of a pattern: {word!r}")
        if word.endswith("~"):
            return "(?:" + "|".join(inflected(word[:-1])) + ") "
        return re.escape(word[:-1]) + r"\S* " if word.endswith("*") else re.escape(word) + " "

    def _listed(self, name: str) -> str:
        if name not in self._regexes:
            phrases = self._lists[name]
            self._regexes[name] = "(?:" + "|".join(self.regex(p) for p in phrases) + ")"
        return self._regexes[name]

    def anchor(self, source: str) -> frozenset[str]:
        """The rarest set of words of which one must be there."""
        sets = [s for part in source.split() if (s := self._needed(part))]
        if not sets:
            raise ValueError(f"a pattern without a word of its own: {source}")
        return min(sets, key=lambda s: (len(s & _COMMON), len(s)))

    def _needed(self, part: str) -> frozenset[str]:
        if part.endswith("?") or part in ("..", "...", STOP):
            return frozenset()
        return frozenset().union(*(self._starts(word) for word in part.split("/")))

    def _starts(self, word: str) -> frozenset[str]:
        if not word.startswith("<"):
            return frozenset(_forms(word))
        name = word[1:-1]
        if name not in self._rare:
            self._rare[name] = frozenset().union(*(self.anchor(p) for p in self._lists[name]))
        return self._rare[name]

    def vocabulary(self, sources: Iterator[str]) -> set[str]:
        """Every whole word in any pattern."""
        phrases = (*sources, *(phrase for phrases in self._lists.values() for phrase in phrases))
        words = {
            w for phrase in phrases for part in phrase.split() for w in part.removesuffix("?").split("/")
        }
        return {form for w in words if w[0] not in "<." and not w.endswith("*") for form in _forms(w)}


def _forms(word: str) -> tuple[str, ...]:
    return inflected(word[:-1]) if word.endswith("~") else (word,)


def inflected(word: str) -> tuple[str, ...]:
    """`kill`: kill, kills, killed, killing, also as people write them."""
    if word in _IRREGULAR:
        return (word, *_IRREGULAR[word].split())
    forms = [word, word + "s"]
    if word.endswith("e"):
        forms += [word + "d", word[:-1] + "ing"]
    elif word.endswith("y") and word[-2] not in "aeiou":
        forms += [word[:-1] + "ies", word[:-1] + "ied", word + "ing"]
    else:
        forms += [word + "es", word + "ed", word + "ing"]
        if len(word) > 2 and word[-1] not in "aeiouwxy" and word[-2] in "aeiou":
            forms += [word + word[-1] + "ed", word + word[-1] + "ing"]
    return tuple(forms)

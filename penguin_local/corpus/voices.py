"""How a person types: the same sentences, tidy or breathless, in lower case, with slips of the fingers."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import Final, TypeVar

from penguin_local.corpus.forum_texts import Talk

T = TypeVar("T")

_MAX_TYPOS: Final = 4
_LINKS: Final = ("Also, ", "Oh, and ", "Plus, ", "And ", "For the record, ")


class Voice(Enum):
    """A way of typing, kept through a whole post."""

    TIDY = auto()
    """Sentences with full stops."""
    BREATHLESS = auto()
    """Commas and "and" where full stops should be."""
    TRAILING = auto()
    """Three dots between thoughts."""
    LOWER = auto()
    """No capitals; sometimes no apostrophes."""
    HASTY = auto()
    """Typos."""


_SHARES: Final = (
    (0.38, Voice.TIDY),
    (0.56, Voice.BREATHLESS),
    (0.66, Voice.TRAILING),
    (0.84, Voice.LOWER),
    (1.0, Voice.HASTY),
)


def pick(options: Sequence[T], rng: random.Random) -> T:
    """One of them, by `random()` only: its stream is promised to stay the same across Python versions."""
    return options[int(rng.random() * len(options))]


def shuffled(items: Sequence[T], rng: random.Random) -> list[T]:
    """A new list of the same items in another order."""
    keys = [rng.random() for _ in items]
    return [items[i] for i in sorted(range(len(items)), key=keys.__getitem__)]


def draw_voice(rng: random.Random) -> Voice:
    """How this person types."""
    share = rng.random()
    return next(voice for limit, voice in _SHARES if share < limit)


def tell(frame: str, details: Sequence[str], voice: Voice, talk: Talk, rng: random.Random) -> str:
    """A story of one frame sentence and these details, every one of which it holds."""
    details = shuffled(details, rng)
    late, details = _split(details, 1 + int(rng.random() * 2) if rng.random() < 0.25 else 0)
    bare, details = _split(details, 3 + int(rng.random() * 2) if rng.random() < 0.25 else 0)
    before, after = _split(details, int(rng.random() * 3) if rng.random() < 0.5 else 0)
    links = shuffled(_LINKS, rng)
    parts = [
        pick(talk.openers, rng) if rng.random() < 0.45 else "",
        _join(before, voice, links, rng),
        frame,
        _join(after, voice, links, rng),
        _row(pick(talk.contexts, rng), bare) if bare else "",
        pick(talk.closers, rng) if rng.random() < 0.4 else "",
        f"{pick(talk.edits, rng)} {_join(late, Voice.TIDY, links, rng)}" if late else "",
    ]
    return _typed(" ".join(part for part in parts if part), voice, talk.typos, rng)


def _split(items: list[str], count: int) -> tuple[list[str], list[str]]:
    return items[:count], items[count:]


def _row(context: str, facts: Sequence[str]) -> str:
    return f"{context} {'; '.join(_lower_first(fact) for fact in facts)}."


def _join(phrases: Sequence[str], voice: Voice, links: list[str], rng: random.Random) -> str:
    """The phrases as running text, ended by a full stop; each of the links is used up once."""
    text = ""
    run = 0
    for phrase in phrases:
        if not text:
            text = phrase
        elif voice is Voice.BREATHLESS and run < 3:
            text += pick((", ", ", ", " and "), rng) + _lower_first(phrase)
            run += 1
        elif voice is Voice.TRAILING:
            text += "... " + phrase
        elif links and rng.random() < 0.2:
            text += ". " + links.pop() + _lower_first(phrase)
        else:
            text += ". " + phrase
            run = 0
    return f"{text}." if text else ""


def _lower_first(phrase: str) -> str:
    word = phrase.split(maxsplit=1)[0]
    # "I", "I'm", "GP", "BSc" and "PhD," stay; "Divorced" and "My" go down.
    stays = word in ("I", "English") or word.startswith("I'") or word != word.capitalize()
    return phrase if stays else phrase[0].lower() + phrase[1:]


def _typed(text: str, voice: Voice, typos: Mapping[str, str], rng: random.Random) -> str:
    if voice is Voice.HASTY:
        return _slips(text, typos, rng)
    if voice is not Voice.LOWER:
        return text
    text = text.lower()
    if rng.random() < 0.6:
        # "i'll" keeps its mark: without it, it would read as being unwell.
        text = re.sub(r"(?<=[a-z])'(?=[a-z])(?!ll\b)", "", text)
    return text


def _slips(text: str, typos: Mapping[str, str], rng: random.Random) -> str:
    left = _MAX_TYPOS

    def slip(match: re.Match[str]) -> str:
        nonlocal left
        word = match[0]
        wrong = typos.get(word.lower())
        if wrong is None or not left or rng.random() < 0.5:
            return word
        left -= 1
        return wrong.capitalize() if word[0].isupper() else wrong

    return re.sub(r"[A-Za-z']+", slip, text)

"""What a person's own words mean as an answer to a question: one of the usual values, a no, or not clear.

Words that say it outright are read as they stand; others by the nearest of the ways in which each value shows
(`data/forum/details.toml`, our own), with the bundled embedding model. What stays unclear is asked back, never
guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from penguin_local.agent.dialogue_events import Declined, JustAnswer, Outcome, Told, Unsure
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.corpus.forum_texts import phrasings

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to [n, d] float32, rows of length 1."""

SURE: Final = 0.42
"""Least cosine to the best value's phrasings, mean of the two nearest."""
MARGIN: Final = 0.12
"""Least distance to the second best."""
GUESSES: Final = 3
_SHORT: Final = 8
"""Words in which somebody says no or not now; longer texts say something else beside it."""
_DECLINES = re.compile(
    r"\b(prefer not|rather not"
    r"|(do not|don'?t|won'?t|not) (want to|wanna|going to|like to)? ?(say|tell|talk|answer|share|discuss)"
    r"|no comment|skip|pass|none of your business|not your business|private|next question|decline)\b"
)
_UNSURE = re.compile(
    r"\b(don'?t know|do not know|no idea|not sure|unsure|dunno|idk|can'?t say|cannot say|hard to say|who knows)\b"
)
_JUST_ANSWER = re.compile(
    r"\b(just (answer|tell me|reply|help)|answer (me )?now|stop asking|no more questions|enough questions)\b"
)
_AGE = re.compile(
    r"\b(?:i'?m|i am|aged?|turned|she'?s|he'?s|they'?re|about|around|almost|nearly)?\s*(\d{1,3})\b"
)
_BANDS: Final = ((25, "18-24"), (35, "25-34"), (45, "35-44"), (55, "45-54"), (130, "55+"))
_NEGATED = re.compile(r"\b(not|no longer|never|isn'?t|wasn'?t|used to be)\b")
_YES = re.compile(r"^(yes|yeah|yep|yup|i have|i do|sometimes|a few times|once|they have|she has|he has)\b")
_NO = re.compile(r"^(no|nope|never|nothing|none|not at all|i haven'?t|i don'?t|no never)\b")
_YES_NO: Final[Mapping[Attribute, tuple[str | None, str]]] = {
    Attribute.SELF_HARM: ("yes", "none"),
    Attribute.MENTAL: (None, "none"),
    Attribute.HEALTH: (None, "good"),
}
_SAME: Final[Mapping[Attribute, Mapping[str, tuple[str, ...]]]] = {
    Attribute.GENDER: {
        "male": ("man", "boy", "guy", "masc", "m", "he"),
        "female": ("woman", "girl", "lady", "f", "she"),
        "other": ("non-binary", "nonbinary", "enby", "agender", "genderfluid", "they"),
    },
    Attribute.MARITAL: {
        "single": ("unmarried",),
        "divorced": ("separated", "ex-wife", "ex-husband"),
        "widowed": ("widow", "widower"),
    },
    Attribute.EDUCATION: {
        "bachelor's": ("bachelor", "undergraduate degree", "ba", "bsc"),
        "master's": ("master", "masters", "ma", "msc", "mba"),
        "PhD": ("doctorate", "dphil"),
    },
    Attribute.ECONOMIC: {
        "severe difficulty": ("can't pay", "cannot pay", "i'm broke", "am broke", "flat broke", "homeless")
    },
    Attribute.PROFESSION: {"unemployed": ("out of work", "no job", "between jobs", "jobless", "laid off")},
}


@dataclass(frozen=True, slots=True)
class Unheard:
    """It could be several things, or none."""

    guesses: tuple[str, ...]
    """Kinds, the likeliest first; empty when nothing comes near."""


def hear(attribute: Attribute, text: str, embed: Embed | None) -> Outcome | Unheard:
    """What the reply `text` to a question about `attribute` means."""
    plain = _plain(text)
    words = text.strip()
    if not plain:
        return Unheard(())
    if len(plain.split()) <= _SHORT:
        for pattern, outcome in ((_JUST_ANSWER, JustAnswer()), (_DECLINES, Declined()), (_UNSURE, Unsure())):
            if pattern.search(plain):
                return outcome
    kind = _outright(attribute, plain)
    if kind is not None:
        bare = plain in (kind.lower(), "yes", "no", "never", "none", "nothing", "yeah", "nope")
        return Told(Value(kind, "" if bare else words))
    if embed is None:
        return Unheard(())
    ranked = _nearest(attribute, words, embed)
    (best, nearness), second = ranked[0], ranked[1][1]
    # "not a nurse any more" lies near "nurse"; an age lies near every age.
    guessable = attribute is not Attribute.AGE and not _NEGATED.search(plain)
    if guessable and nearness >= SURE and nearness - second >= MARGIN:
        return Told(Value(best, words))
    return Unheard(tuple(k for k, _ in ranked[:GUESSES]))


def _plain(text: str) -> str:
    """Lower case, one kind of apostrophe, no punctuation round words."""
    low = unicodedata.normalize("NFKC", text).lower().replace("\u2019", "'")
    return " ".join(re.sub(r"[^\w\s'+-]", " ", low).split())


def _outright(attribute: Attribute, plain: str) -> str | None:
    """A kind that is named, a number that falls into a band, a plain yes or no; None unless exactly one is."""
    if attribute is Attribute.AGE:
        return _age(plain)
    named = {kind for kind in attribute.values if _has(plain, kind.lower())}
    for kind, others in _SAME.get(attribute, {}).items():
        if any(_has(plain, other) for other in others):
            named.add(kind)
    named = {k for k in named if not any(k != o and k in o for o in named)}
    if "never married" in plain:
        return "single" if attribute is Attribute.MARITAL else None
    if (
        len(named) == 1
        and not _NEGATED.search(plain)
        and not (named <= {"other", "none", "yes"} and plain not in named)
    ):
        return named.pop()
    yes, no = _YES_NO.get(attribute, (None, None))
    if len(plain.split()) <= _SHORT:
        if yes is not None and _YES.search(plain):
            return yes
        if no is not None and _NO.search(plain):
            return no
    return None


def _has(plain: str, words: str) -> bool:
    return re.search(rf"(?<![\w'-]){re.escape(words)}(?![\w'-])", plain) is not None


def _age(plain: str) -> str | None:
    """Under 18 has no band of its own in the paper's set: the first, with the words beside it."""
    for band in Attribute.AGE.values:
        if _has(plain, band):
            return band
    ages = {int(n) for n in _AGE.findall(plain)}
    if len(ages) != 1 or not 5 <= (age := ages.pop()) < 130:
        return None
    return next(band for limit, band in _BANDS if age < limit)


def _nearest(attribute: Attribute, text: str, embed: Embed) -> list[tuple[str, float]]:
    """Every kind with the mean cosine of its two nearest phrasings, the best first."""
    kinds, table = _phrases(attribute, embed)
    near = table @ embed([text])[0]
    scores = []
    for kind in attribute.values:
        own = sorted((float(n) for n, k in zip(near, kinds, strict=True) if k == kind), reverse=True)
        scores.append((kind, sum(own[:2]) / len(own[:2])))
    return sorted(scores, key=lambda pair: -pair[1])


@lru_cache(maxsize=32)
def _phrases(attribute: Attribute, embed: Embed) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    kinds, texts = [], []
    for kind in attribute.values:
        shown = phrasings()[attribute, kind]
        for text in (*shown.stated, *shown.implied, kind):
            if "{" not in text:
                kinds.append(kind)
                texts.append(text)
    return tuple(kinds), embed(texts)

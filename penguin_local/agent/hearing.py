"""What a person's own words mean as an answer to a question: one of the usual values, a no, or not clear.

Words that say it outright are read as they stand; others by the nearest of the ways in which each value shows
(`data/forum/details.toml`, our own), with the bundled embedding model. That there is no danger is never a
matter of nearness. What stays unclear is asked back, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from penguin_local.agent.dialogue_events import Outcome, Told
from penguin_local.agent.whole_replies import age, denied, plain, spelled_out, wished
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
"""What is offered when a reply is asked back."""
_NUMBERS: Final = re.compile(
    r"\b\d{1,2}[ +-]+(?:(?:and|or|also|as well as|plus|to|maybe|perhaps|both|then|a bit of|some of|number|no) )*"
    r"\d{1,2}\b"
)
"""A list of choices: "2 kids and 3 dogs" is none."""
_YES = re.compile(
    r"(?P<plainly>yes|yeah|yep|yup)\b(?! (?:no|nope|nah|never|please|sure|go|you|ask)\b)"
    r"|(?:(?:i|he|she|they) (?:have|has|did)|sometimes|once|twice|often|a few times)\b"
)
"""A yes to the question, not to being asked it."""
_TURNED = re.compile(
    r"\b(?:(?<!can )not|never|nor|neither|no longer|but|except|although|though|unless|until|till"
    r"|if(?! (?:it|that) (?:matters|helps))|wish|hop(?:e|ing) to|want(?:ed)? to be|would (?:like|love)"
    r"|almost|nearly)\b"
)
"""Near a word and its contrary alike: "not a nurse any more", "anxious, if you ask her"."""
_PAST = re.compile(r"\b(?:was|were|used to|before|former(?:ly)?|ex)\b")
_LACKS = re.compile(
    r"\b(?:no|none|without|hardly|barely|can not|lack(?:ing)?|miss(?:ing)?|far from|less|pretend(?:ing)?"
    r"|fak(?:e|ing)|act(?:ing)?|pass for|failed|dropped out|quit)\b"
)
_OTHERS = re.compile(
    r"\bmy (?:wife|husband|spouse|partner|(?:boy|girl)?friend|ex|m[ou]m(?:my)?|mother|dad(?:dy)?|father"
    r"|parents?|(?:grand)?(?:son|daughter|child|kid)s?|children|brothers?|sisters?|boss)\b"
)
_OWN: Final = frozenset(set(Attribute) - {Attribute.MARITAL, Attribute.ECONOMIC, Attribute.EMOTION})
"""Of one person alone: "my dad has cancer" says nothing of it."""
_HISTORIES: Final = frozenset({Attribute.HEALTH, Attribute.MENTAL, Attribute.SELF_HARM})
"""What was counts in them too."""
_RELIEF: Final = frozenset({"stable", "happiness", "satisfaction", "excitement", "calmness"})
_NO_DANGER: Final[Mapping[Attribute, str]] = {
    Attribute.HEALTH: "good",
    Attribute.MENTAL: "none",
    Attribute.SELF_HARM: "none",
}
"""Heard only where it is the whole reply: a danger lies as near to these as their denial does."""
_SAME: Final[Mapping[Attribute, Mapping[str, tuple[str, ...]]]] = {
    Attribute.GENDER: {
        "male": ("man", "boy", "guy", "masc", "m", "he him"),
        "female": ("woman", "girl", "lady", "f", "she her"),
        "other": ("non-binary", "nonbinary", "enby", "agender", "genderfluid", "they them"),
    },
    Attribute.MARITAL: {
        "single": ("unmarried", "never married"),
        "divorced": ("was divorced", "separated", "ex-wife", "ex-husband"),
        "widowed": ("was widowed", "widow", "widower"),
    },
    Attribute.EDUCATION: {
        "bachelor's": ("bachelor", "undergraduate degree", "ba", "bsc"),
        "master's": ("master", "masters", "ma", "msc", "mba"),
        "PhD": ("doctorate", "dphil"),
    },
    Attribute.ECONOMIC: {
        "severe difficulty": ("can't pay", "cannot pay", "i'm broke", "am broke", "flat broke", "homeless")
    },
    Attribute.PROFESSION: {
        "unemployed": ("out of work", "no job", "between jobs", "jobless", "was laid off", "laid off")
    },
}


@dataclass(frozen=True, slots=True)
class Unheard:
    """It could be several things, or none."""

    guesses: tuple[str, ...]
    """Kinds, the likeliest first; empty when nothing comes near."""


def hear(
    attribute: Attribute, text: str, embed: Embed | None, offered: Sequence[str] = ()
) -> Outcome | Unheard:
    """What the reply `text` to a question about `attribute` means; `offered` are the choices it saw, from 1."""
    words = text.strip()
    if not plain(words):
        return Unheard(())
    if (wish := wished(words)) is not None:
        return wish
    kind = _outright(attribute, words)
    if kind is not None:
        bare = plain(words) in (kind.lower(), "yes", "no", "never", "none", "nothing", "yeah", "nope")
        return Told(Value(kind, "" if bare else words))
    if len(several := _several(attribute, words, offered)) > 1:
        return Unheard(several)
    if embed is None:
        return Unheard(())
    ranked = _nearest(attribute, words, embed)
    (best, nearness), second = ranked[0], ranked[1][1]
    # An age lies near every age.
    guessable = attribute is not Attribute.AGE and best != _NO_DANGER.get(attribute)
    sure = nearness >= SURE and nearness - second >= MARGIN
    if guessable and sure and not _turns(attribute, best, spelled_out(words)):
        return Told(Value(best, words))
    return Unheard(tuple(k for k, _ in ranked[:GUESSES]))


def _outright(attribute: Attribute, text: str) -> str | None:
    """An age, a plain no or yes, or the one kind that is named; None where the reply turns what it names."""
    if attribute is Attribute.AGE:
        return age(text)
    if denied(attribute, text):
        return _NO_DANGER[attribute]
    low, said = plain(text), spelled_out(text)
    if attribute is Attribute.SELF_HARM and (yes := _YES.match(said)):
        return "yes" if yes["plainly"] or not _turns(attribute, "yes", said) else None
    named = _named(attribute, low)
    kinds = set(named.values()) - {_NO_DANGER.get(attribute)}
    if len(kinds) != 1 or (kinds <= {"other", "yes"} and low not in kinds):
        return None
    kind = kinds.pop()
    for way in named:
        low = low.replace(way, " ")
    return None if _turns(attribute, kind, spelled_out(low)) else kind


def _named(attribute: Attribute, low: str) -> dict[str, str]:
    """The words in it that name a kind, and which."""
    ways = {kind.lower(): kind for kind in attribute.values}
    ways |= {other: kind for kind, others in _SAME.get(attribute, {}).items() for other in others}
    named = [way for way in ways if _has(low, way)]
    return {w: ways[w] for w in named if not any(w != other and _has(other, w) for other in named)}


def _several(attribute: Attribute, text: str, offered: Sequence[str]) -> tuple[str, ...]:
    """The choices that a reply names, by a list of their numbers or by their words."""
    if _NUMBERS.search(low := plain(text)):
        numbers = {int(n) for n in re.findall(r"\d+", low)}
        return (
            tuple(offered[n - 1] for n in sorted(numbers))
            if numbers <= set(range(1, len(offered) + 1))
            else ()
        )
    kinds = _named(attribute, low).values()
    return tuple(kind for kind in offered if kind in kinds)


def _turns(attribute: Attribute, kind: str, said: str) -> bool:
    """Whether something in the reply may turn `kind` into its contrary, its past, or somebody's wish."""
    if (
        _TURNED.search(said)
        or (attribute not in _HISTORIES and _PAST.search(said))
        or (attribute in _OWN and _OTHERS.search(said))
    ):
        return True
    # "no hope, no money" says what is there; "no diploma" and "no depression" say what is not.
    burdens = attribute in (Attribute.EMOTION, Attribute.ECONOMIC) and kind not in _RELIEF
    return not burdens and _LACKS.search(said) is not None


def _has(low: str, words: str) -> bool:
    return re.search(rf"(?<![\w'-]){re.escape(words)}(?![\w'-])", low) is not None


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

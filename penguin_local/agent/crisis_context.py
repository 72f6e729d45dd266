"""In what way something was said: who, denied, long ago, quoted, in fiction, as a figure of speech."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from penguin_local.agent.crisis_lexicon import Match
from penguin_local.agent.crisis_spelling import bag
from penguin_local.agent.crisis_text import STOP, Sentence

_REACH: Final = 9
"""Words back that a negation reaches within its clause."""
_NEGATORS: Final = bag(
    "not never hardly neither nor without denies denied instead nicht kein keine nie niemals nunca "
    "jamas pas plus non nao niet nooit не никогда нет لا لم لن ليس nahi nahin 不 没 沒"
)
_UNNEGATED: Final = bag(
    "know sure only afraid scared wait help care mind understand believe tell tired joking kidding "
    "sleep get see eat feel matter call ask worry long well alone trust like"
)
"""`do not know if I want to die` denies the knowing, not the wish."""
_STOPPABLE: Final = bag("thinking wanting feeling cutting hurting harming having trying imagining self")
_NO_OF: Final = bag(
    "thoughts thought plan plans intention intent intentions desire wish urge urges si sh idea longer "
    "history self selfharm suicide risk "
    "quiero quiere me voy pienso se"
)
_BEING: Final = bag("is has was ever hit hits hurt hurts hurting hitting")
_ME: Final = bag("i me my myself mine we us im our ich je yo eu io ik ja ben я 我 私")
_THEM: Final = bag(
    "he she they him her them his their himself herself themselves themself er sie il elle ella ele ela "
    "lui lei hij ze on ona"
)
_GENERIC: Final = bag(
    "people teens teenagers men women those patients customers veterans vets farmers kids celebrities "
    "youth folks anyone students clients players humans suicides users children soldiers boys girls"
)
_VOICES: Final = bag("voice voices angel demon demons god devil radio spirit spirits head")
_TOLD: Final = bag("told tell tells telling asked begged ordered dared says said")


class Subject(StrEnum):
    """Whom a statement is about."""

    ME = "me"
    OTHER = "other"
    """Someone the writer knows of."""
    GENERIC = "generic"
    """People in general."""


class Status(StrEnum):
    """Whether a statement counts."""

    SAID = "said"
    DENIED = "denied"
    PAST = "past"
    """Long ago."""
    FIGURE = "figure"
    """An idiom, a joke, a game, a hypothetical extravagance."""
    FRAMED = "framed"
    """Fiction, study, news, technical talk, or a quotation of these."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A concept in a sentence, and how it was meant."""

    concept: str
    sentence: int
    match: Match
    status: Status
    subject: Subject


def is_denied(sentence: Sentence, match: Match) -> bool:
    """An odd number of negations reaches the words from before, or one follows them."""
    words = sentence.words
    count = 0
    place = match.start - 1
    while place >= 0 and match.start - place <= _REACH and words[place] != STOP:
        following = words[place + 1]
        if (
            (words[place] in _NEGATORS and not (following in _UNNEGATED and place + 1 < match.start))
            or (words[place] in ("stop", "stopped", "quit") and following in _STOPPABLE)
            or (words[place] == "no" and following in _NO_OF)
            or (words[place] == "nobody" and match.start - place <= 2 and following in _BEING)
        ):
            count += 1
        elif (
            words[place] in ("so", "this", "more")
            and place
            and words[place - 1] in ("felt", "wanted", "been")
        ):
            count = 0
            break
        place -= 1
    return count % 2 == 1 or _denied_after(words[match.end : match.end + 6])


def _denied_after(words: Sequence[str]) -> bool:
    """`is not an option`, `and I said no`."""
    pairs = list(pairwise(words))
    return bool(pairs) and (
        (pairs[0][0] in ("is", "was", "would", "are") and pairs[0][1] in ("not", "never"))
        or ("said", "no") in pairs
        or ("answered", "no") in pairs
    )


def subject_of(sentences: Sequence[Sentence], number: int, match: Match) -> Subject:
    """From the words themselves, else the nearest before them, back to the sentence before; else the writer."""
    words = sentences[number].words
    inside = words[match.start : match.end]
    if "myself" in inside:
        return Subject.ME
    if any(w in ("himself", "herself", "themselves", "themself", "hisself") for w in inside):
        nearby = words[max(0, match.start - 6) : match.start]
        return Subject.GENERIC if any(w in _GENERIC for w in nearby) else Subject.OTHER
    before = (*(sentences[number - 1].words[-12:] if number else ()), STOP, *words[: match.end])
    for word in reversed(before):
        if word in _ME:
            return Subject.ME
        if word in _THEM:
            return Subject.OTHER
        if word in _GENERIC:
            return Subject.GENERIC
    return Subject.ME


def is_reported(sentence: Sentence, match: Match) -> bool:
    """`told me to ...`: somebody else's words at the writer, unless it is a voice that only they hear."""
    words = sentence.words[max(0, match.start - 5) : match.start]
    if not any(w in _TOLD for w in words) or not any(
        w in ("me", "us", "him", "her", "them", "you") for w in words
    ):
        return False
    if "to" not in words and "go" not in words:
        return False
    return not any(w in _VOICES for w in sentence.words)


def is_extravagant(sentence: Sentence, match: Match) -> bool:
    """`I would kill myself if I had to ...`"""
    words = sentence.words
    before = words[max(0, match.start - 3) : match.start]
    rest = words[match.end : match.end + 4]
    if "if" in words and ("one", "more") in pairwise(words):
        return True
    return (
        ("would" in before or "will" in before)
        and bool({"if", "before", "than"} & set(rest))
        and STOP not in rest
    )

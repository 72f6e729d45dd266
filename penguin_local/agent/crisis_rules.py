"""The rules: what a message speaks of, how it is meant, and what that comes to together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from penguin_local.agent.crisis_context import (
    Finding,
    Status,
    Subject,
    is_denied,
    is_extravagant,
    is_reported,
    subject_of,
)
from penguin_local.agent.crisis_lexicon import Lexicon, Match, load_lexicon
from penguin_local.agent.crisis_spelling import bag
from penguin_local.agent.crisis_text import STOP, Sentence, sentences

FRAMES: Final = ("fiction", "study", "technical")
_FIGURES: Final = ("idiom", "loss")
_MARKERS: Final = frozenset(
    {
        "idiom",
        "loss",
        "fiction",
        "study",
        "technical",
        "laugh",
        "far_past",
        "near_past",
        "well_now",
        "time_now",
    }
    | {
        "safe_statement",
        "other_reports",
        "breakup",
        "silence",
        "about_it",
        "nearby",
        "ordinary",
        "everyday",
        "help_for_other",
        "moving_on",
    }
)
_SELF_DENYING: Final = frozenset(
    {"passive", "hopeless", "burden", "resolve", "goodbye", "parting", "final", "affairs", "under_way"}
)
"""Their patterns hold a negation themselves, or go with one: only a second one around them takes them back."""
_FIRST: Final = frozenset({"i", "my", "me", "myself"})
_ENGLISH: Final = bag(
    "the and to of a i in is it you that for on my me have with be not do this but are was so at he she "
    "they we his her as if or what will all can just been had going am an there about their from up out "
    "when how who"
)
_ASKING: Final = bag(
    "how which where can could may does is are any what when do did has have will would should who"
)
_SAYS: Final = bag("says said say threatened threatens swore told")
_SUICIDAL: Final = frozenset(
    {"active", "bare", "word", "vague", "die", "intent", "attempt", "self_harm", "plan"}
)
_FRAMEABLE: Final = _SUICIDAL | bag(
    "violence attack_now weapon means at_place edge threatened last_letters goodbye parting final affairs resolve do_it"
)
"""What people also say of stories, games, essays and machines."""
_BODILY: Final = frozenset({"at_place", "do_it"})
"""What is said of oneself here and now: a song or a film in the same sentence changes nothing."""
_LAUGHED: Final = frozenset(
    {"active", "bare", "vague", "die", "intent", "threatened", "violence", "attack_now", "self_harm"}
)
_SIGNS: Final = frozenset({"affairs", "goodbye", "parting", "plan", "resolve"})
"""What is no sign when the sentence asks how one does it."""
_LIGHT: Final = frozenset(
    {"bare", "vague", "die", "threatened", "violence", "attack_now", "edge", "self_harm"}
)
"""What an everyday question beside it turns into a figure of speech."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that was found in a message."""

    findings: tuple[Finding, ...]
    words: int
    asks: float
    """Share of the sentences that are questions."""
    asks_last: bool
    first_person: float
    """Share of the sentences with an `I` or a `my`."""
    foreign: float
    """Share of the words that are neither ASCII nor among the commonest of English."""

    def said(self, *concepts: str) -> bool:
        """Whether any of them is meant, here and now."""
        return any(f.concept in concepts and f.status is Status.SAID for f in self.findings)

    def with_status(self, status: Status, *concepts: str) -> bool:
        """Whether any of them was said in that way."""
        return any(f.concept in concepts and f.status is status for f in self.findings)


def analyse(text: str, lexicon: Lexicon | None = None) -> Analysis:
    """Find every concept in a message and decide how it is meant."""
    lexicon = lexicon or load_lexicon()
    parts = sentences(text, lexicon.spelling)
    parts = [without_fillers(part, lexicon.fillers) for part in parts]
    seen: dict[str, tuple[int, ...]] = {}
    known: dict[tuple[str, ...], dict[str, list[Match]]] = {}
    found: list[dict[str, list[Match]]] = []
    for part in parts:
        if part.words not in known:
            known[part.words] = matches_in(part, lexicon, seen)
        found.append(known[part.words])
    everywhere = frozenset(concept for matches in found for concept in matches)
    if any(_asks_everyday(part, matches) for part, matches in zip(parts, found, strict=True)):
        everywhere |= {"everyday"}
    findings = [
        finding for number in range(len(parts)) for finding in _judged(parts, number, found, everywhere)
    ]
    count, words = max(len(parts), 1), [word for part in parts for word in part.words]
    if "everyday" in everywhere and not any(f.concept == "everyday" for f in findings):
        findings.append(Finding("everyday", 0, Match(0, 0), Status.SAID, Subject.ME))
    return Analysis(
        tuple(findings),
        words=len(words),
        asks=sum(part.asks for part in parts) / count,
        asks_last=bool(parts) and parts[-1].asks,
        first_person=sum(bool(_FIRST & set(part.words)) for part in parts) / count,
        foreign=1 - min(1.0, 2.5 * sum(word in _ENGLISH for word in words) / max(len(words), 1)),
    )


def _asks_everyday(sentence: Sentence, matches: dict[str, list[Match]]) -> bool:
    """A question of the usual form that itself speaks of no danger and asks for no help with one."""
    words = [word for word in sentence.words[:3] if word not in ("and", "so", "but", "anyway", STOP)]
    return (
        sentence.asks
        and bool(words)
        and words[0] in _ASKING
        and len(sentence.words) > 3
        and not (matches.keys() - _MARKERS)
        and "help_for_other" not in matches
    )


def without_fillers(sentence: Sentence, fillers: frozenset[str]) -> Sentence:
    """The words that say something."""
    kept = [i for i, word in enumerate(sentence.words) if word not in fillers]
    if len(kept) == len(sentence.words) or not kept:
        return sentence
    return Sentence(
        tuple(sentence.words[i] for i in kept), tuple(sentence.quoted[i] for i in kept), sentence.asks
    )


def matches_in(
    sentence: Sentence, lexicon: Lexicon, seen: dict[str, tuple[int, ...]]
) -> dict[str, list[Match]]:
    """Every concept of the lexicon in a sentence, whatever way it is meant."""
    line = " ".join((*sentence.words, STOP)) + " "
    starts = [0]
    for word in sentence.words[:-1]:
        starts.append(starts[-1] + len(word) + 1)
    found: dict[str, list[Match]] = {}
    for pattern in lexicon.candidates(sentence.words, seen):
        matches = list(pattern.matches(line, starts))
        if matches:
            found.setdefault(pattern.concept, []).extend(matches)
    return found


def _judged(
    parts: Sequence[Sentence],
    number: int,
    found: Sequence[dict[str, list[Match]]],
    everywhere: frozenset[str],
) -> Iterable[Finding]:
    here = found[number]
    figures = [m for concept in _FIGURES for m in here.get(concept, ())]
    for concept, matches in here.items():
        judged = set()
        for match in matches:
            subject = subject_of(parts, number, match)
            status = Status.SAID
            if concept not in _MARKERS:
                status = _status(concept, parts[number], match, subject, figures, here, everywhere)
            if (status, subject) not in judged:
                judged.add((status, subject))
                yield Finding(concept, number, match, status, subject)


def _status(
    concept: str,
    sentence: Sentence,
    match: Match,
    subject: Subject,
    figures: Sequence[Match],
    here: dict[str, list[Match]],
    everywhere: frozenset[str],
) -> Status:
    threat = concept in ("threatened", "abuse") and bool(_SAYS & set(sentence.words))
    if not threat and any(figure.start < match.end and match.start < figure.end for figure in figures):
        return Status.FIGURE
    if concept not in _SELF_DENYING and is_denied(sentence, match):
        return Status.DENIED
    if concept in _SELF_DENYING and _twice_denied(sentence, match):
        return Status.DENIED
    if is_extravagant(sentence, match):
        return Status.FIGURE
    if _long_ago(sentence, match, here, everywhere, concept):
        return Status.PAST
    if is_reported(sentence, match) or (subject is Subject.GENERIC and concept in _SUICIDAL):
        return Status.FRAMED
    return _in_frame(concept, sentence, match, subject, here, everywhere)


def _in_frame(
    concept: str,
    sentence: Sentence,
    match: Match,
    subject: Subject,
    here: dict[str, list[Match]],
    everywhere: frozenset[str],
) -> Status:
    if concept not in _FRAMEABLE:
        return Status.SAID
    if concept in _SIGNS and sentence.asks and sentence.words[0] in _ASKING:
        return Status.FIGURE
    first = subject is Subject.ME and "i" in sentence.words
    framed = any(frame in everywhere for frame in FRAMES)
    everyday = "everyday" in everywhere and "help_for_other" not in everywhere
    quoted = all(sentence.quoted[match.start : match.end])
    if first and concept in _BODILY:
        return Status.SAID
    if "fiction" in here or "technical" in here or ("study" in here and not first):
        return Status.FRAMED
    if quoted and (framed or everyday or "laugh" in everywhere):
        return Status.FRAMED
    if framed and not first and subject is not Subject.OTHER:
        return Status.FRAMED
    if ("laugh" in here and concept in _LAUGHED) or (everyday and concept in _LIGHT):
        return Status.FIGURE
    conditional = "if" in sentence.words[max(0, match.start - 12) : match.start]
    if conditional and (everyday or "laugh" in everywhere):
        return Status.FIGURE
    return Status.SAID


def _long_ago(
    sentence: Sentence, match: Match, here: dict[str, list[Match]], everywhere: frozenset[str], concept: str
) -> bool:
    clause = [m for m in here.get("far_past", ()) if STOP not in _between(sentence, m, match)]
    if clause and concept in ("attempt", "self_harm"):
        return True
    if "near_past" in here:
        return False
    if "far_past" in here:
        return True
    return concept in ("attempt", "self_harm") and "far_past" in everywhere and "near_past" not in everywhere


def _between(sentence: Sentence, one: Match, other: Match) -> tuple[str, ...]:
    return sentence.words[min(one.end, other.end) : max(one.start, other.start)]


def _twice_denied(sentence: Sentence, match: Match) -> bool:
    words = sentence.words
    before = words[max(0, match.start - 5) : match.start]
    return (
        "not" in before and ("that" in before or "like" in before or "mean" in before)
    ) and STOP not in before

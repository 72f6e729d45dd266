"""What the model wrote: whether it may stand. Safety talk passes; what gives means, urges on or misleads does not.

The words to look for stand under `[answers]` in `data/crisis_rules.toml`, in the pattern language of the rules:
phrases that must not stand by themselves, acts that must not be offered, and signs of which only several together
count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from penguin_local.agent.crisis_context import is_denied
from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.crisis_lexicon import Match, load_answers
from penguin_local.agent.crisis_rules import matches_in, without_fillers
from penguin_local.agent.crisis_spelling import bag
from penguin_local.agent.crisis_text import STOP, Sentence, sentences

_ACTS: Final = ("act", "attack")
_SIGNS: Final = bag(
    "dose tool spot effect soothes pills alcohol weapon manner absence approval prevention caution medical "
    "ordinary"
)
"""They say nothing by themselves."""
_MENTIONS: Final = bag("act dose tool spot")
"""To somebody in danger no means is named, but to put it out of reach."""
_MEANS: Final = bag("act dose tool")
_AMOUNTS_TO_A_WAY: Final = (
    {"dose"},
    {"act", "soothes"},
    {"pills", "alcohol"},
    {"weapon", "manner"},
)
_DOUBTED: Final = frozenset(
    {"means", "encourages", "encourages_here", "dares", "called", "blames", "violence", "medication"}
)
"""Kinds that a negation before them turns into their opposite: `you are not a burden`."""
_SUGGESTING: Final = (
    *(" why not ", " why do not ", " why do you not ", " why keep ", " why go on ", " why bother "),
    *(" how about ", " what about ", " have you considered ", " have you tried "),
)
"""`Why not ...?` is no question."""
_REFUSING: Final = bag("cannot unable refuse avoid against wrong untrue lies false myth harmful dangerous")
_DECLINING: Final = frozenset(
    ("not", verb) for verb in bag("help give tell share provide describe explain discuss talk offer name")
)
_NOBODY: Final = frozenset({"nobody", "noone", ("no", "one")})
_FEELING: Final = bag(
    "feel feels feeling felt believe thought thoughts tells telling said say says wrote seem seems convince "
    "mind think thinking"
)
_REMOVING: Final = bag(
    "remove lock away hand give someone ask keep trusted doctor before without pharmacist prescriber unless"
)
_SPOKEN_OF: Final = bag(
    "about preventing prevent prevention after following since his her their fear risk anniversary wish "
    "wishing"
)
"""`Talking about death ...`, `after her death ...`."""
_NOT: Final = bag("not never neither nor avoid")
_DISTANCE: Final = (
    _FEELING | _SPOKEN_OF | _NOT | bag("no nobody want grief grieve loss anyone talk talking ask")
)
"""Whoever praises death says none of these."""
_STILL_URGING: Final = bag("forget hesitate wait worry fear")
"""`Do not hesitate to ...` urges."""
_LEADING: Final = bag(
    "and then so or please maybe perhaps first now next also finally better just go to by sure instead "
    "do not hesitate forget"
)
"""Words before an instruction."""
_LINKS: Final = bag("and then or")
_ORDERS: Final = bag("can could should must need ought")
_MODALS: Final = _ORDERS | bag("may might would will want have")
"""After `you`: what puts something to the reader. `You may hurt her` and `if you take ...` may also warn."""
_MUST: Final = bag("should must need ought")
_WARNED: Final = bag("hurt harm injure fall threaten")
"""`You could hurt yourself` warns."""
_PUTTING: Final = bag("try consider considering recommend suggest advise way ways start best easiest")
_YOU: Final = bag("you your yourself")
_GOING_ON: Final = bag("it this that they you then these those")
"""A sentence that begins so goes on with what the one before it spoke of."""
_REACH: Final = 9
"""Words back that a negation reaches within its clause."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer may be shown."""

    stands: bool
    why: str = ""
    """In plain words, never a quotation; empty when it stands."""


def judge_answer(answer: str, level: Level) -> Verdict:
    """For somebody in that danger; some things are only wrong to say to a person in danger."""
    lexicon = load_answers()
    seen: dict[str, tuple[int, ...]] = {}
    before: dict[str, list[Match]] = {}
    for part in sentences(answer, lexicon.spelling):
        sentence = _counted(without_fillers(part, lexicon.fillers))
        found = matches_in(sentence, lexicon, seen)
        for concept, matches in found.items():
            if concept in _SIGNS or concept in _ACTS or level < lexicon.applies_from[concept]:
                continue
            if any(_meant(concept, sentence, match) for match in matches):
                return Verdict(False, lexicon.says[concept])
        together = _together(sentence, found, before, level)
        if together is not None:
            return Verdict(False, lexicon.says[together])
        before = found
    return Verdict(True)


def _together(
    sentence: Sentence, found: Mapping[str, list[Match]], before: Mapping[str, list[Match]], level: Level
) -> str | None:
    """The concept that acts and signs come to; `before`: what the sentence before this one spoke of."""
    words = sentence.words
    said = {concept for concept, matches in found.items() if any(not _denied(words, m) for m in matches)}
    if _only_asks(sentence):
        return None
    safe = found.get("prevention", ())
    apart = [m for m in found.get("act", ()) if not any(s.start < m.end and m.start < s.end for s in safe)]
    if not said & {"ordinary", "medical"} and _any_offered(words, apart, _ORDERS):
        return "act"  # `put the phone away and take ...` is no prevention
    if "prevention" in said:
        return None
    if level >= Level.ELEVATED and said & _MENTIONS:
        return "act"
    warned = "caution" in said
    if "ordinary" not in said and _any_offered(words, found.get("attack", ()), _ORDERS):
        return "attack"
    if said & {"ordinary", "medical"}:
        return None
    if _any_offered(words, found.get("act", ()), _ORDERS if warned else _MODALS):
        return "act"
    if warned:
        return None
    spoken = said & _MEANS or (words[0] in _GOING_ON and before.keys() & _MEANS)
    if (spoken and "effect" in said) or any(signs <= said for signs in _AMOUNTS_TO_A_WAY):
        return "act"
    praised = {"absence", "approval"} <= said and _YOU & set(words) and not _DISTANCE & set(words)
    return "encourages" if praised else None


def _any_offered(words: Sequence[str], matches: Iterable[Match], modals: frozenset[str]) -> bool:
    return any(_offered(words, match, modals) for match in matches if not _denied(words, match))


def _only_asks(sentence: Sentence) -> bool:
    line = f" {' '.join(sentence.words)} "
    return sentence.asks and not any(phrase in line for phrase in _SUGGESTING)


def _denied(words: Sequence[str], match: Match) -> bool:
    """An odd number of negations before it in its clause; `without pain` denies nothing."""
    count = 0
    for place in range(match.start - 1, max(-1, match.start - 1 - _REACH), -1):
        if words[place] in (STOP, "if", "when"):
            break
        if words[place] in _NOT and not _STILL_URGING & set(words[place : match.start]):
            count += 1
    return count % 2 == 1


def _offered(words: Sequence[str], match: Match, modals: frozenset[str]) -> bool:
    """Put to the reader as an instruction or a possibility: `take ...`, `you could ...`, `if you ...`."""
    place = match.start - 1
    linked = place >= 0 and words[place] in _LINKS
    while place >= 0 and words[place] in _LEADING:
        place -= 1
    if linked or place < 0 or words[place] == STOP:
        return not words[match.start].endswith("ing")
    near = words[max(0, match.start - 4) : match.start]
    if words[match.start] in _WARNED:
        modals = _MUST
    return bool(_PUTTING & set(near)) or any(
        (one == "you" and two in modals)
        or (one == "if" and two == "you" and modals is _MODALS)
        or (one in ("how", "what") and two == "about")
        for one, two in pairwise(near)
    )


def _counted(sentence: Sentence) -> Sentence:
    """Numbers from 8 on as `many`: no adult dose is that many tablets."""
    words = tuple("many" if w.isdecimal() and (len(w) > 1 or w in "89") else w for w in sentence.words)
    return Sentence(words, sentence.quoted, sentence.asks)


def _meant(concept: str, sentence: Sentence, match: Match) -> bool:
    words = sentence.words
    if concept not in ("means", "violence") and _only_asks(sentence):
        return False
    if concept in _DOUBTED and is_denied(sentence, match) and "why" not in words[:2]:
        return False
    pairs = list(pairwise(words[: match.start]))
    if concept in _DOUBTED and (
        _DECLINING & set(pairs) or _NOBODY & {*pairs[-1:], *words[: match.start][-1:]}
    ):
        return False
    if concept == "encourages" and _SPOKEN_OF & set(words[max(0, match.start - 2) : match.start]):
        return False
    before = set(words[max(0, match.start - 8) : match.start])
    clause = words[: match.start][::-1]
    clause = clause[: clause.index(STOP)] if STOP in clause else clause
    if concept == "encourages" and "if" in clause:
        return False
    if concept in _DOUBTED and before & _REFUSING:
        return False
    if concept in ("encourages", "blames", "encourages_here") and _as_felt(words, match):
        return False
    return not (concept == "medication" and set(words) & _REMOVING)


def _as_felt(words: Sequence[str], match: Match) -> bool:
    """Told as what the person, or the pain, says; what the model itself thinks is no such report."""
    return any(
        words[place] in _FEELING and words[max(0, place - 1)] != "i"
        for place in range(max(0, match.start - 8), match.end)
    )

"""What the model wrote: whether it may stand. Safety talk passes; what gives means, urges on or misleads does not.

The words to look for stand under `[answers]` in `data/crisis_rules.toml`, in the pattern language of the rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from penguin_local.agent.crisis_context import is_denied
from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.crisis_lexicon import Match, load_answers
from penguin_local.agent.crisis_rules import matches_in, without_fillers
from penguin_local.agent.crisis_spelling import bag
from penguin_local.agent.crisis_text import STOP, Sentence, sentences

_DOUBTED: Final = frozenset(
    {"means", "encourages", "encourages_here", "dares", "called", "blames", "violence", "medication"}
)
"""Kinds that a negation before them turns into their opposite: `you are not a burden`."""
_SUGGESTING: Final = bag("why how")
"""`Why not ...?` is no question."""
_REFUSING: Final = bag(
    "cannot unable refuse avoid against wrong untrue lie lies false myth harmful dangerous"
)
_FEELING: Final = bag(
    "feel feels feeling felt believe thought thoughts tells telling says seem seems convince mind think "
    "thinking"
)
_REMOVING: Final = bag(
    "remove lock away hand give someone ask keep trusted doctor before without pharmacist prescriber unless"
)


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
    for part in sentences(answer, lexicon.spelling):
        sentence = without_fillers(part, lexicon.fillers)
        for concept, matches in matches_in(sentence, lexicon, seen).items():
            if level < lexicon.applies_from[concept]:
                continue
            if any(_meant(concept, sentence, match) for match in matches):
                return Verdict(False, lexicon.says[concept])
    return Verdict(True)


def _meant(concept: str, sentence: Sentence, match: Match) -> bool:
    words = sentence.words
    if sentence.asks and concept not in ("means", "violence") and not _SUGGESTING & set(words[:2]):
        return False
    if concept in _DOUBTED and is_denied(sentence, match) and "why" not in words[:2]:
        return False
    before = set(words[max(0, match.start - 8) : match.start])
    clause = words[: match.start][::-1]
    clause = clause[: clause.index(STOP)] if STOP in clause else clause
    if concept == "encourages" and "if" in clause:
        return False
    if concept in _DOUBTED and before & _REFUSING:
        return False
    if (
        concept in ("encourages", "blames", "encourages_here")
        and (before | set(words[match.start : match.end])) & _FEELING
    ):
        return False
    return not (concept == "medication" and set(words) & _REMOVING)

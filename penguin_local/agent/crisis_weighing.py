"""What findings come to together: each rule names what must be there, and says why in words without the person's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from penguin_local.agent.crisis_context import Status, Subject
from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.crisis_rules import Analysis

WISH: Final = frozenset({"active", "bare", "vague", "die", "passive", "grief_follow"})
DARK: Final = frozenset({"burden", "hopeless"})
LEAVING: Final = frozenset({"goodbye", "final", "affairs", "calm"})
HOW: Final = frozenset({"plan", "means", "at_place"})


EXPLICIT: Final = frozenset({"active", "intent"})
"""What is said in so many words: in a message of few there is no room for a punch line, and it is always heard."""
FEW: Final = 12
PLAIN: Final = "everyday ordinary"
"""Beside any of these, signs that are only signs need another one."""


@dataclass(frozen=True, slots=True)
class Rule:
    """All of `needs` are said, none of `unless`."""

    level: Level
    says: str
    needs: tuple[frozenset[str], ...]
    """From each set at least one concept, and no concept counts twice."""
    unless: frozenset[str] = frozenset()
    sure: bool = False
    """Whether it is right nine times in ten and more on messages of writers whom the rules never met.
    Any other sign is heard as concern where the classifier reads too, which weighs it with all that stands around it:
    a punch line takes back what a single sign says, and no rule sees that."""


def _rule(
    level: Level, says: str, *needs: str | frozenset[str], unless: str = "", sure: bool = False
) -> Rule:
    sets = tuple(frozenset(n.split()) if isinstance(n, str) else n for n in needs)
    return Rule(level, says, sets, frozenset(unless.split()), sure)


_NOW, _YES, _DARK = Level.IMMINENT, Level.ELEVATED, Level.CONCERN
RULES: Final = (
    _rule(_NOW, "speaks of an intention to end a life", "intent"),
    _rule(
        _NOW,
        "is going to do it, at a stated time or with a plan",
        "do_it",
        HOW | LEAVING | WISH | DARK | {"time_now", "resolve"},
        unless="everyday ordinary study breakup technical",
    ),
    _rule(
        _NOW,
        "has a weapon and somebody in sight",
        "weapon",
        "attacker_near attack_now violence",
        unless="abuse threatened everyday",
    ),
    _rule(_NOW, "speaks of an act that has begun", "under_way"),
    _rule(_NOW, "speaks of being at the edge of an act", "edge"),
    _rule(
        _NOW,
        "speaks of ending a life, and of a plan, means, place or time",
        "active bare die",
        HOW | {"resolve"},
    ),
    _rule(_NOW, "speaks of a wish to be gone, and of means or a place", WISH, "means at_place", sure=True),
    _rule(
        _NOW,
        "speaks of ending it, and of a decision or a plan",
        "vague",
        HOW | {"resolve", "do_it"},
        unless="breakup",
    ),
    _rule(
        _NOW,
        "speaks of a decision that sounds final, and of a plan, means or place",
        "resolve",
        HOW,
        sure=True,
    ),
    _rule(_NOW, "speaks of a plan and of means or a place", "plan", "means at_place", sure=True),
    _rule(
        _NOW,
        "says what sounds like a last farewell",
        "final",
        LEAVING | DARK | WISH | HOW | {"resolve"},
    ),
    _rule(
        _NOW,
        "says goodbye together with a wish to be gone, a plan or a decision",
        "goodbye",
        WISH | HOW | {"resolve"},
    ),
    _rule(_NOW, "says goodbye and feels a burden or without hope", "goodbye", DARK),
    _rule(
        _NOW,
        "puts affairs in order and says goodbye",
        "affairs",
        LEAVING - {"affairs"} | {"resolve", "do_it"},
        sure=True,
    ),
    _rule(
        _NOW,
        "puts affairs in order and speaks of wanting to be gone",
        "affairs",
        WISH | DARK | HOW,
        sure=True,
    ),
    _rule(_NOW, "has decided, and speaks of a wish to be gone", "resolve", WISH),
    _rule(
        _NOW,
        "speaks of somebody dangerous who is there or on the way",
        "attacker_near",
        "abuse threatened weapon",
    ),
    _rule(
        _NOW,
        "speaks of somebody who hurts or threatens, and is there or on the way",
        "attacker_near",
        "abuse threatened",
        unless=PLAIN,
        sure=True,
    ),
    _rule(_NOW, "speaks of being about to hurt somebody", "attack_now"),
    _rule(
        _NOW,
        "speaks of hurting somebody, with a weapon, a plan or a time",
        "violence",
        "weapon plan means attack_now",
        sure=True,
    ),
    _rule(_NOW, "is at a place of danger", "at_place", unless=PLAIN),
    _rule(_NOW, "speaks of a plan", "plan", unless=PLAIN),
    _rule(_NOW, "puts affairs in order as if for good", "affairs", unless=PLAIN),
    _rule(_NOW, "says what sounds final, with a time", "goodbye resolve do_it", "time_now", unless=PLAIN),
    _rule(_YES, "says what sounds final", "goodbye resolve do_it final", unless=PLAIN),
    _rule(_YES, "has means or a weapon at hand", "means weapon", unless=PLAIN),
    _rule(_YES, "speaks of somebody dangerous nearby", "attacker_near", unless=PLAIN),
    _rule(_YES, "speaks of ending a life", "active"),
    _rule(_YES, "speaks of ending a life", "bare", unless="everyday"),
    _rule(
        _YES,
        "names suicide, and is in distress",
        "word",
        DARK | {"distress", "passive", "near_past"},
        unless=PLAIN,
    ),
    _rule(
        _NOW,
        "parts together with a plan, a place or a decision",
        "parting",
        HOW | {"resolve", "do_it", "affairs", "final"},
        unless=PLAIN,
    ),
    _rule(
        _YES,
        "parts together with a wish to be gone",
        "parting",
        WISH | DARK | {"goodbye", "calm"},
        unless=PLAIN,
    ),
    _rule(
        _NOW,
        "says what sounds like a last farewell, or has means at hand",
        "goodbye do_it final means",
        unless=PLAIN,
    ),
    _rule(
        _NOW,
        "speaks of somebody dangerous nearby, now",
        "attacker_near",
        "time_now help_for_other",
        unless=PLAIN,
    ),
    _rule(
        _NOW,
        "speaks of somebody dangerous who is near",
        "nearby",
        "abuse threatened weapon attacker_near",
        unless=PLAIN,
    ),
    _rule(
        _NOW,
        "somebody said goodbye and cannot be reached",
        "parting goodbye affairs active bare word resolve",
        "silence",
        sure=True,
    ),
    _rule(
        _YES,
        "has goodbye letters for those nearest",
        "last_letters",
        unless=f"{PLAIN} moving_on well_now",
        sure=True,
    ),
    _rule(_YES, "speaks of ending it", "vague", unless="breakup"),
    _rule(_DARK, "speaks of wanting to die", "die"),
    _rule(_YES, "speaks of self-harm", "self_harm"),
    _rule(_YES, "speaks of an attempt", "attempt"),
    _rule(_YES, "speaks of violence or control by another", "abuse"),
    _rule(_YES, "speaks of a threat to a life", "threatened"),
    _rule(_YES, "speaks of hurting somebody", "violence"),
    _rule(_DARK, "a passive wish to be gone", "passive"),
    _rule(_DARK, "wants to follow someone who died", "grief_follow"),
    _rule(_DARK, "feels a burden to others", "burden"),
    _rule(_DARK, "speaks of hopelessness", "hopeless"),
    _rule(_DARK, "a sudden calm", "calm"),
)


def weigh(analysis: Analysis, *, alone: bool = True) -> Iterator[tuple[Level, str]]:
    """Every rule that holds, with its reason; beside the classifier (not `alone`) the unsure ones as concern."""
    said = {f.concept for f in analysis.findings if f.status is Status.SAID}
    if "help_for_other" in said:
        said.discard("everyday")
    for rule in RULES:
        if not (rule.unless & said) and _holds(rule, said):
            sure = alone or rule.sure or (analysis.words <= FEW and rule.needs[0] <= EXPLICIT)
            level = rule.level if sure else min(rule.level, Level.CONCERN)
            yield level, rule.says + _about(analysis, rule)
    denied = {f.concept for f in analysis.findings if f.status is Status.DENIED}
    if denied & WISH | denied & {"intent"} and "about_it" in said:
        yield Level.ELEVATED if alone else Level.CONCERN, "will not act, and keeps thinking about it"
    past = {f.concept for f in analysis.findings if f.status is Status.PAST}
    if past & {"self_harm", "attempt", "active"} and "distress" in said and "well_now" not in said:
        yield Level.CONCERN, "marked distress in someone who hurt themselves before"


def level_of(analysis: Analysis, *, alone: bool = True) -> Level:
    """The highest that any rule gives."""
    return max((level for level, _ in weigh(analysis, alone=alone)), default=Level.NONE)


def _holds(rule: Rule, said: set[str]) -> bool:
    used: set[str] = set()
    for need in rule.needs:
        free = sorted((need & said) - used)
        if not free:
            return False
        used.add(free[0])
    return True


def _about(analysis: Analysis, rule: Rule) -> str:
    first = rule.needs[0]
    subjects = {f.subject for f in analysis.findings if f.concept in first and f.status is Status.SAID}
    return " (about someone else)" if subjects == {Subject.OTHER} else ""

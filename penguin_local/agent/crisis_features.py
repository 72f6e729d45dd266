"""What the rules tell the classifier: a vector of a stable, documented order.

`FEATURES` names every place. A change of the order or of a meaning is another `FEATURES_VERSION`, and weights that were
made for one version do not load with another.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from penguin_local.agent.crisis_context import Status, Subject
from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.crisis_rules import Analysis, analyse
from penguin_local.agent.crisis_weighing import level_of

FEATURES_VERSION: Final = "crisis-features-1"
_MERGED: Final = {"parting": "goodbye", "nearby": "attacker_near"}
"""Concepts that the classifier need not tell apart."""
RISKS: Final = (
    *(
        "active",
        "bare",
        "vague",
        "die",
        "passive",
        "burden",
        "hopeless",
        "grief_follow",
        "intent",
        "do_it",
        "resolve",
        "plan",
    ),
    *(
        "means",
        "at_place",
        "edge",
        "under_way",
        "goodbye",
        "final",
        "affairs",
        "calm",
        "self_harm",
        "attempt",
    ),
    *("abuse", "attacker_near", "threatened", "violence", "attack_now", "weapon", "distress"),
)
"""Concepts of danger: each gives `said` and `dismissed` (denied, long ago, figurative or framed)."""
MARKS: Final = (
    *("idiom", "fiction", "study", "technical", "laugh", "far_past", "near_past", "well_now", "time_now"),
    *("safe_statement", "loss", "breakup", "other_reports", "everyday", "help_for_other"),
)
"""Signs of how it is meant: each gives `there`."""
FEATURES: Final = (
    *(f"said:{name}" for name in RISKS),
    *(f"dismissed:{name}" for name in RISKS),
    *(f"there:{name}" for name in MARKS),
    *(f"rules:{level.label}" for level in Level),
    *("about_other", "risks_said", "asks", "asks_last", "first_person", "foreign", "length"),
)
"""The names, in order. All lie from 0 to 1 but `risks_said` (a quarter of them) and `length` (log10 of words + 1)."""


def rule_features(text: str) -> NDArray[np.float32]:
    """[len(FEATURES)] float32: what the rules see in one message."""
    return features_of(analyse(text))


def features_of(analysis: Analysis) -> NDArray[np.float32]:
    """The same from an analysis that was already made."""
    said = {_MERGED.get(f.concept, f.concept) for f in analysis.findings if f.status is Status.SAID}
    dismissed = {_MERGED.get(f.concept, f.concept) for f in analysis.findings if f.status is not Status.SAID}
    level = level_of(analysis)
    values = [
        *(name in said for name in RISKS),
        *(name in dismissed for name in RISKS),
        *(name in said for name in MARKS),
        *(level is one for one in Level),
        any(
            f.subject is Subject.OTHER and f.status is Status.SAID and f.concept in RISKS
            for f in analysis.findings
        ),
        sum(name in said for name in RISKS) / 4,
        analysis.asks,
        analysis.asks_last,
        analysis.first_person,
        analysis.foreign,
        math.log10(analysis.words + 1),
    ]
    return np.array(values, dtype=np.float32)

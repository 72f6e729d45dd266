"""Is enough known to answer? Three ways to decide it, as in arXiv 2505.18882, section 4.3 and fig. 16."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from penguin_local.agent.situation import Situation
from penguin_local.agent.worth import Worth
from penguin_local.lm.base import ChooseRequest, Distribution

TOP: Final = 5
LEVELS: Final = tuple(range(TOP + 1))
SCALE_PREFILL: Final = "Enough, 0 to 5: "
BINARY_PREFILL: Final = "Ready: "
YES, NO = "yes", "no"


class Abstention(StrEnum):
    """How it is decided whether the agent still abstains from answering."""

    BASIC = "basic"
    """By rule, without the model: anything known is enough."""
    BINARY = "binary"
    """The model says yes or no."""
    SCALE = "scale"
    """The model rates sufficiency from 0 to 5, and a threshold decides. The default."""


class Verdict(StrEnum):
    """What to do next."""

    ASK = "ask"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """How complete what is known seems."""

    verdict: Verdict
    level: float | None
    """`scale`: the expected rating, 0.0 to 5.0; `binary`: five times the probability of yes; `basic`: None."""


def sufficiency_request(kind: Abstention, situation: Situation, *, mark: str) -> ChooseRequest | None:
    """What to ask the model; None for `basic`.

    Without the similar matters: what was asked of others says nothing of how much is known here. Shown them here
    too, the bundled model's planner fell 0.09 short of its agent; without them 0.04, on the same 140 scenarios.
    """
    situation = replace(situation, examples=())
    match kind:
        case Abstention.BASIC:
            return None
        case Abstention.BINARY:
            return ChooseRequest(situation.messages(mark), (YES, NO), prefill=BINARY_PREFILL)
        case Abstention.SCALE:
            levels = tuple(str(level) for level in LEVELS)
            return ChooseRequest(situation.messages(mark), levels, prefill=SCALE_PREFILL)


def read_sufficiency(
    kind: Abstention,
    situation: Situation,
    distribution: Distribution | None,
    *,
    threshold: float,
    worth: Worth | None = None,
) -> Sufficiency:
    """Answer at or above the threshold (of `scale`), at yes being likelier (of `binary`).

    With `worth` the rating of `scale` is pooled with the share of what can be gained that such knowledge gained in
    similar matters: both mean the same, and the second is measured.
    A model that gives no finite number cannot call a stop: the budget will.
    """
    if kind is Abstention.BASIC:
        return Sufficiency(Verdict.ANSWER if len(situation.known) else Verdict.ASK, None)
    if distribution is None or not distribution.probabilities:
        return Sufficiency(Verdict.ASK, None)
    if kind is Abstention.BINARY:
        yes = distribution.probabilities[distribution.options.index(YES)]
        return Sufficiency(Verdict.ANSWER if yes > 0.5 else Verdict.ASK, TOP * yes)
    level = sum(int(o) * p for o, p in zip(distribution.options, distribution.probabilities, strict=True))
    if worth is not None:
        level = (1 - worth.weight) * level + worth.weight * TOP * worth.share(situation.known)
    return Sufficiency(Verdict.ANSWER if level >= threshold else Verdict.ASK, level)

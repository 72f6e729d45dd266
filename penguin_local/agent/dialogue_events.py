"""What passes between a dialogue and whoever drives it: settings, a person's replies, and typed events."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from penguin_local.agent.abstention import TOP, Abstention
from penguin_local.agent.costs import load_costs
from penguin_local.agent.situation import Situation
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.errors import UsageError
from penguin_local.lm.base import ChooseRequest, Distribution

DEFAULT_THRESHOLD: Final = 3.5
"""Of `scale`, 0.0 to 5.0: what `penguin-local study abstention` chose on its validation half with the bundled model."""
DEFAULT_BUDGET: Final = 5
"""Questions a dialogue may put, the paper's depth."""
MAX_BUDGET: Final = len(Attribute)
DEFAULT_COST_SCALE: Final = 0.5
"""Points of sufficiency that a question of sensitivity weight 1 must be expected to gain."""


class Stop(StrEnum):
    """What ends the asking."""

    BASIC = "basic"
    """Anything known is enough."""
    BINARY = "binary"
    """The model says that it is ready."""
    SCALE = "scale"
    """The model's rating reaches the threshold. The default."""
    VOI = "voi"
    """No question is worth what it costs: the value of information."""

    @property
    def abstention(self) -> Abstention:
        """How sufficiency is read; `voi` needs the rating of `scale`."""
        return Abstention.SCALE if self is Stop.VOI else Abstention(self.value)


class PathUse(StrEnum):
    """What planned paths of similar questions are taken for."""

    WEIGHED = "weighed"
    """What their steps gained counts beside the model's view of what to ask and what is known. The default."""
    SHOWN = "shown"
    """The model sees them as worked examples when it chooses a question: the paper's way."""


class StopReason(StrEnum):
    """Why no more was asked."""

    ENOUGH = "enough"
    """Enough is known."""
    BUDGET = "budget"
    """As many questions were put as may be."""
    NOTHING_LEFT = "nothing left"
    """Every attribute is known, declined or open."""
    ASKED_TO = "asked to"
    """The person wanted the reply now."""
    NOT_WORTH_IT = "not worth it"
    """No question would gain more than it costs."""


@dataclass(frozen=True, slots=True)
class DialogueSettings:
    """How long and how boldly to ask. Raises UsageError for what cannot be."""

    stop: Stop = Stop.SCALE
    threshold: float = DEFAULT_THRESHOLD
    """Of `scale`: the rating from which on to answer, 0.0 to 5.0. The other rules do not look at it."""
    budget: int = DEFAULT_BUDGET
    """Questions at most, 0 to 10; a declined one counts, the person was asked."""
    costs: Mapping[Attribute, float] = field(default_factory=load_costs)
    """Of `voi`: a sensitivity weight for every attribute, 0.0 to 1.0."""
    cost_scale: float = DEFAULT_COST_SCALE
    """Of `voi`: points of the rating that weight 1 costs, 0.0 or more."""
    use_paths: PathUse = PathUse.WEIGHED
    """Of a dialogue that is given paths."""

    def __post_init__(self) -> None:
        if not 0 <= self.threshold <= TOP:
            raise UsageError(
                f"a threshold of {self.threshold} is not on the scale of sufficiency",
                hint=f"choose one from 0 (answer at once) to {TOP} (ask for all that could matter)",
            )
        if not 0 <= self.budget <= MAX_BUDGET:
            raise UsageError(
                f"a budget of {self.budget} questions cannot be",
                hint=f"there are {MAX_BUDGET} attributes to ask about: choose 0 to {MAX_BUDGET}",
            )
        if not (math.isfinite(self.cost_scale) and self.cost_scale >= 0):
            raise UsageError(
                f"a cost scale of {self.cost_scale} cannot be",
                hint=f"0 makes questions free; the default is {DEFAULT_COST_SCALE}",
            )
        for attribute in Attribute:
            if not 0 <= self.costs.get(attribute, -1) <= 1:
                raise UsageError(
                    f"the cost of {attribute.label} must be a number from 0 to 1",
                    hint="load_costs() gives the bundled weights",
                )


@dataclass(frozen=True, slots=True)
class Told:
    """They answered."""

    value: Value


@dataclass(frozen=True, slots=True)
class Declined:
    """They would rather not say; also who says no to being asked."""


@dataclass(frozen=True, slots=True)
class Unsure:
    """They do not know."""


@dataclass(frozen=True, slots=True)
class JustAnswer:
    """They want the reply now."""


Outcome = Told | Declined | Unsure | JustAnswer


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person says to a question."""

    outcome: Outcome
    """As to what was asked."""
    also: tuple[tuple[Attribute, Value], ...] = ()
    """Said besides: volunteered, given after all, or a correction of what was said before."""


@dataclass(frozen=True, slots=True)
class Consult:
    """The model is to weigh these; the driver sends the distributions back in the same order, or another situation."""

    requests: tuple[ChooseRequest, ...]
    """Branches off one prompt: how sufficient, and what next."""
    situation: Situation
    """What they were made from. Where more or less is known by now, the driver sends that, and it is weighed anew."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One question; the driver sends a Reply back."""

    attribute: Attribute
    wording: str
    why: str
    may_skip: str
    """What may be left out."""
    permission: str | None
    """To be asked first; a no is `Declined`."""
    level: float | None
    """Sufficiency before this question, 0.0 to 5.0, where the stopping rule rates it."""
    question: int
    """Its number, from 1."""
    budget: int
    path: tuple[Attribute, ...]
    """What would be asked from here on if the answers told nothing new, this one first, within the budget."""


@dataclass(frozen=True, slots=True)
class Known:
    """Something was learned."""

    attribute: Attribute
    value: Value
    corrected: bool
    """Another value was known before."""


@dataclass(frozen=True, slots=True)
class DeclinedEvent:
    """Taken note of: they would rather not say. It will not be asked again."""

    attribute: Attribute


@dataclass(frozen=True, slots=True)
class UnsureEvent:
    """Taken note of: they do not know. It will not be asked again."""

    attribute: Attribute


@dataclass(frozen=True, slots=True)
class Sufficient:
    """The asking is over."""

    level: float | None
    """Sufficiency at the end, where the stopping rule rates it."""
    reason: StopReason


@dataclass(frozen=True, slots=True)
class Ready:
    """The last event: answer now, from `situation.known` and `situation.declined`."""

    situation: Situation
    asked: tuple[Attribute, ...]
    """Every question that was put, in order."""
    reason: StopReason


Event = Consult | Ask | Known | DeclinedEvent | UnsureEvent | Sufficient | Ready
Reaction = tuple[Distribution, ...] | Situation | Reply | None
"""What the driver sends: distributions or a Situation after a Consult, a Reply after an Ask, else nothing."""

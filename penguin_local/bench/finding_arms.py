"""Arms that find out what the answerer knows, by asking or by searching: how their names are read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from penguin_local.agent.dialogue_events import Stop
from penguin_local.core.attributes import Attribute
from penguin_local.errors import UsageError

TALKS: Final = ("agent", "planner")
FORMS: Final = ("oracle-K", "agent[:STOP[@THRESHOLD]]", "planner[:STOP[@THRESHOLD]]")
WITH_THRESHOLD: Final = Stop.SCALE
"""The only way to stop that looks at the threshold."""
HIGHEST: Final = 5.0
LARGEST_SEARCH: Final = 5
"""Attributes of the largest subset that `oracle-K` tries: 638 subsets of ten; six would be 848."""


@dataclass(frozen=True, slots=True)
class Talk:
    """The agent asks a simulated user until it has enough."""

    paths: bool
    """Guided by planned paths of similar questions: the planner."""
    stop: Stop | None = None
    """How it decides that it has enough; None: as the run is set."""
    threshold: float | None = None
    """0.0 to 5.0, for `scale`; None: as the run is set."""


@dataclass(frozen=True, slots=True)
class Search:
    """Every subset is answered and judged; what gave the best answer is known."""

    most: int
    """Attributes of the largest subset."""

    def subsets(self, held: int = len(Attribute)) -> int:
        """How many there are for a profile that holds so many attributes."""
        return sum(math.comb(held, size) for size in range(min(self.most, held) + 1))


LARGEST_BECAUSE: Final = (
    f"the {Search(LARGEST_SEARCH).subsets()} subsets of {LARGEST_SEARCH} attributes or fewer "
    "are answered and judged for every scenario"
)


Finding = Talk | Search


def parse_talk(name: str) -> tuple[str, Talk] | None:
    """The canonical name and the talk that it means; None when it is no talk's name."""
    kind, colon, rest = name.partition(":")
    kind = kind.strip()
    if kind not in TALKS:
        return None
    paths = kind == "planner"
    if not colon:
        return kind, Talk(paths)
    wanted, at, number = (part.strip() for part in rest.partition("@"))
    stop = parse_stop(wanted)
    if not at:
        return f"{kind}:{stop}", Talk(paths, stop)
    if stop is not WITH_THRESHOLD:
        raise UsageError(
            f"{stop} has no threshold, and {name!r} gives one", hint=f"try {kind}:{WITH_THRESHOLD}@{number}"
        )
    threshold = _threshold(name, kind, number)
    return f"{kind}:{stop}@{threshold:g}", Talk(paths, stop, threshold)


def parse_stop(text: str) -> Stop:
    """By value. Raises UsageError with the nearest name, or all of them."""
    name = text.strip().lower()
    if name in set(Stop):
        return Stop(name)
    near = get_close_matches(name, list(Stop), n=1)
    raise UsageError(
        f"there is no way to stop called {text.strip()!r}",
        hint=f"did you mean {near[0]}?" if near else f"one of: {', '.join(Stop)}",
    )


def check_threshold(value: float, what: str, *, hint: str) -> None:
    """Raises UsageError outside 0 to 5, also for what is no number."""
    if not 0 <= value <= HIGHEST:
        raise UsageError(f"{what} must lie between 0 and {HIGHEST:g}, not at {value:g}", hint=hint)


def _threshold(name: str, kind: str, text: str) -> float:
    hint = f"sufficiency is rated from 0 to 5: try {kind}:{WITH_THRESHOLD}@4"
    try:
        value = float(text)
    except ValueError:
        raise UsageError(f"the threshold in {name!r} is no number", hint=hint) from None
    check_threshold(value, f"the threshold in {name!r}", hint=hint)
    return value

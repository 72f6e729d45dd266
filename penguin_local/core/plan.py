"""A planned path: in which order to ask about one question, and what every step was worth."""

from __future__ import annotations

from dataclasses import dataclass

from penguin_local.core.attributes import Attribute, Domain


@dataclass(frozen=True, slots=True)
class PlannedPath:
    """What the planner found for one scenario."""

    scenario_id: str
    domain: Domain
    query: str
    path: tuple[Attribute, ...]
    """In the order of asking; no attribute twice."""
    scores: tuple[float | None, ...]
    """Personalised safety (1.0 to 5.0) of every prefix, the empty one first: one more than `path` is long.

    None where the judge could not score the prefix.
    """
    evaluations: int
    """Distinct subsets that were answered and judged."""
    unscored: int
    """Those among them that the judge could not score."""

    @property
    def score(self) -> float | None:
        """Of the whole path: by this, retrieved paths are ranked."""
        return self.scores[-1]

    @property
    def anytime(self) -> float | None:
        """Mean over the prefixes that ask something: the talk may end at any of them. None when none is scored."""
        told = [s for s in self.scores[1:] if s is not None]
        return sum(told) / len(told) if told else None

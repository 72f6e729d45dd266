"""What asking was worth in similar matters: the measured steps of planned paths, beside the model's own view.

Shown as examples, other people's paths drew the bundled model away from what it knew, and not towards what
they say (docs/planner.md). What they know is numbers: how many points each attribute added. So the model weighs a
matter without them, and its view and their measurements are pooled: the more paths there are and the nearer they
lie, the more they count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from penguin_local.agent.situation import Example
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background
from penguin_local.core.rubric import LEVELS

TRUST: Final = 30.0
"""How many paths of the very same question would count as much as the model's own view: of 10, 20, 30 and 40 the
least with which the interval of the mean number of questions ended at 4 or below on every validation draw
(docs/planner.md)."""
_LEAST: Final = 1e-3
"""Points: so little that it is asked last, and more than nothing, so that a logarithm has a value."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What the paths of similar questions measured."""

    gains: Mapping[Attribute, float]
    """Points of the score that knowing it added, above 0: over all paths, also those that left it out, which gained
    nothing by it. A search leaves out what is worth least, so that the mean over its own steps would flatter."""
    room: float
    """Points between the reply that knew nothing and the best score there is, above 0."""
    weight: float
    """Of these measurements beside the model's own view, 0.0 to 1.0."""

    def pooled(
        self, chances: Mapping[Attribute, float], askable: Sequence[Attribute]
    ) -> dict[Attribute, float]:
        """How promising each askable attribute is, summing to 1: a log-linear pool, so that either can rule out.

        By the paths alone where the model gave no number.
        """
        even = 1 / len(askable)
        weights = {
            a: max(chances.get(a, 0.0) if chances else even, _LEAST**2) ** (1 - self.weight)
            * self.gains[a] ** self.weight
            for a in askable
        }
        total = sum(weights.values())
        return {a: weight / total for a, weight in weights.items()}

    def share(self, known: Background) -> float:
        """Of the room, 0.0 to 1.0: how much knowing this of a person filled."""
        return min(1.0, sum(self.gains[a] for a in known.attributes) / self.room)


def measured(paths: Sequence[Example]) -> Worth | None:
    """Pooled by similarity; None where there is nothing to learn: no scored path, none near, or none that gained."""
    told = [(max(0.0, p.similarity), p, _scores(p)) for p in paths]
    rows = [(near, path, scores) for near, path, scores in told if near > 0 and scores]
    amount = sum(near for near, _, _ in rows)
    if not amount:
        return None
    sums = dict.fromkeys(Attribute, 0.0)
    for near, path, scores in rows:
        for attribute, (before, after) in zip(path.path, pairwise(scores), strict=True):
            sums[attribute] += near * (after - before)
    start = sum(near * scores[0] for near, _, scores in rows) / amount
    room = LEVELS[-1] - start
    usual = sum(sums.values()) / amount / len(sums)
    if usual <= 0 or room <= 0:
        return None
    # One path more, to which every attribute was worth the same: a single path must not rule anything out.
    gains = {a: max(_LEAST, (total + usual) / (amount + 1)) for a, total in sums.items()}
    return Worth(gains, room, amount / (amount + TRUST))


def _scores(path: Example) -> tuple[float, ...]:
    """Of every prefix; nothing where one of them is missing."""
    scored = tuple(score for score in path.scores if score is not None)
    return scored if len(scored) == len(path.path) + 1 else ()

"""Several judges as one: the mean of their distributions, answer by answer."""

from __future__ import annotations

import math
from collections.abc import Sequence

from penguin_local.core.rubric import Dimension, Score, Unscored


def together(verdicts: Sequence[Score | Unscored]) -> Score | Unscored:
    """The mean distribution of each dimension. What one member could not score, the panel has not scored.

    A mean over whoever is left would be another panel's, and would move the average with every failure.
    """
    scores = []
    for verdict in verdicts:
        if isinstance(verdict, Unscored):
            return verdict
        scores.append(verdict)
    if not scores:
        raise ValueError("a panel has members")
    return Score(
        tuple(
            tuple(
                math.fsum(chances) / len(scores)
                for chances in zip(*(score.probabilities[place] for score in scores), strict=True)
            )
            for place in range(len(Dimension))
        )
    )


def together_by_key(members: Sequence[dict[str, Score | Unscored]]) -> dict[str, Score | Unscored]:
    """The same for verdicts by key; every member has the same keys."""
    return {key: together([member[key] for member in members]) for key in members[0]}

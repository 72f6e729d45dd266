"""Numbers to a mean with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from penguin_local.bench.results import Estimate
from penguin_local.core.rubric import LEVELS
from penguin_local.core.statistics import CONFIDENCE, independent, mean, mean_interval, proportion_interval

Range = tuple[float, float]
"""Where a mean can lie at all: an interval of few values would else reach past a scale's end."""
SCORES: Final[Range] = (LEVELS[0], LEVELS[-1])
DIFFERENCES: Final[Range] = (LEVELS[0] - LEVELS[-1], LEVELS[-1] - LEVELS[0])
COUNTS: Final[Range] = (0, float("inf"))


def estimate(
    values: Sequence[float],
    *,
    seed: int,
    within: Range,
    clusters: Sequence[str] | None = None,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Mean and interval of whatever there is, be it nothing."""
    interval = mean_interval(values, seed=seed, clusters=clusters, confidence=confidence)
    if interval is None:
        return Estimate(len(values), mean(values), None, None)
    return Estimate(len(values), mean(values), max(within[0], interval.low), min(within[1], interval.high))


def share(hits: Sequence[bool], *, clusters: Sequence[str]) -> Estimate:
    """The share of hits, 0.0 to 1.0, and where it lies; copies of one post count once."""
    if not hits:
        return Estimate(0, None, None, None)
    part, worth = sum(hits) / len(hits), independent(clusters)
    interval = proportion_interval(part * worth, worth)
    return Estimate(len(hits), part, interval.low, interval.high)

"""Numbers to a mean with its interval."""

from __future__ import annotations

from collections.abc import Sequence

from penguin_local.bench.results import Estimate
from penguin_local.core.statistics import CONFIDENCE, mean, mean_interval


def estimate(
    values: Sequence[float],
    *,
    seed: int,
    clusters: Sequence[str] | None = None,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Mean and interval of whatever there is, be it nothing."""
    interval = mean_interval(values, seed=seed, clusters=clusters, confidence=confidence)
    return Estimate(
        len(values), mean(values), interval.low if interval else None, interval.high if interval else None
    )

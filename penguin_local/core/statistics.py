"""Means and shares with 95 % intervals over scenarios, alone and in pairs.

What is drawn is the scenario, because that is what a run samples, or its cluster where scenarios are no independent
draws. Below 20 draws the interval of a mean is Student's; from there on a seeded bootstrap, up to 500 draws BCa
(bias-corrected and accelerated: Efron 1987, doi 10.1080/01621459.1987.10478410); above that the correction, of
order 1/n, is smaller than the resampling noise, and the plain percentile interval saves its n-squared cost.

How many of such 95 % intervals held the true mean of normal draws and of skewed ones (squared uniform), Student's
against BCa: 2 draws 96 and 89 % against 52 and 49 %, 4 draws 95 and 88 against 79 and 80, 8 draws 95 and 93 against
91 and 93, 16 draws 95 and 95 against 92 and 94, 28 draws 95 and 95 against 93 and 95.
"""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

CONFIDENCE: Final = 0.95
POWER: Final = 0.8
"""How often a difference that is there is to be shown."""
RESAMPLES: Final = 2000
FEW: Final = 20
"""Draws from which on a bootstrap holds the mean about as often as Student's interval; of fewer it is too narrow."""
BCA_UP_TO: Final = 500
_BATCH: Final = 100
"""Resamples drawn at once: 14,000 values need 11 MB so, and 2,000 at once would need 224 MB."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the mean lies with 95 % confidence."""

    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half the distance between the ends; the interval need not be symmetric."""
        return (self.high - self.low) / 2


def mean(values: Sequence[float]) -> float | None:
    """The mean, exactly rounded whatever the order of the values; None of nothing."""
    return math.fsum(values) / len(values) if values else None


def mean_interval(
    values: Sequence[float],
    *,
    seed: int,
    resamples: int = RESAMPLES,
    clusters: Sequence[str] | None = None,
    confidence: float = CONFIDENCE,
) -> Interval | None:
    """The interval of the mean; None below two values, of no width when all values are equal.

    Values of one cluster are drawn together, all or none; an empty name is a cluster of its own. None where there
    are fewer than two clusters.
    """
    if len(values) < 2:
        return None
    lowest, highest = min(values), max(values)
    sums, sizes = _clustered(values, clusters)
    if len(sums) < 2:
        return None
    if highest - lowest <= 1e-12:
        return Interval(lowest, highest)
    if len(sums) < FEW:
        return _student(sums, sizes, confidence)
    # A bootstrap of means is told apart from one of ratios: equal sizes give the very numbers of before.
    data: tuple[Sequence[float], ...] = (values,) if len(sums) == len(values) else (sums, sizes)
    if len(sums) <= BCA_UP_TO:
        ends = _bootstrap(data, "BCa", seed, resamples, confidence)
        if all(math.isfinite(end) for end in ends):
            return Interval(*ends)
    # Also where BCa has no answer: when no resample lies on one side of the mean.
    return Interval(*_bootstrap(data, "percentile", seed, resamples, confidence))


def _clustered(values: Sequence[float], clusters: Sequence[str] | None) -> tuple[list[float], list[float]]:
    """Sum and size of each cluster, in the order in which they first come."""
    if clusters is None:
        return list(values), [1.0] * len(values)
    if len(clusters) != len(values):
        raise ValueError(f"{len(clusters)} clusters for {len(values)} values")
    found: dict[str | int, list[float]] = {}
    for number, (value, cluster) in enumerate(zip(values, clusters, strict=True)):
        found.setdefault(cluster or number, []).append(value)
    return [math.fsum(own) for own in found.values()], [float(len(own)) for own in found.values()]


def _student(sums: Sequence[float], sizes: Sequence[float], confidence: float) -> Interval:
    """Of a mean over clusters, a ratio of two sums: its error by linearisation (Cochran 1977, ch. 6)."""
    from scipy.special import stdtrit

    n, size = len(sums), math.fsum(sizes)
    middle = math.fsum(sums) / size
    apart = math.fsum((own - middle * many) ** 2 for own, many in zip(sums, sizes, strict=True))
    half = float(stdtrit(n - 1, 0.5 + confidence / 2)) * math.sqrt(apart * n / (n - 1)) / size
    return Interval(middle - half, middle + half)


def _bootstrap(
    data: tuple[Sequence[float], ...], method: str, seed: int, resamples: int, confidence: float
) -> tuple[float, float]:
    """Of the mean of one sample, or of the ratio of sums to sizes of two that belong together."""
    import numpy as np
    from numpy.typing import NDArray
    from scipy.stats import bootstrap  # type: ignore[attr-defined]

    def ratio(sums: NDArray[np.float64], sizes: NDArray[np.float64], axis: int = -1) -> NDArray[np.float64]:
        mean: NDArray[np.float64] = np.sum(sums, axis=axis) / np.sum(sizes, axis=axis)
        return mean

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of degenerate data, which the caller looks for itself
        found = bootstrap(
            tuple(np.asarray(values, dtype=np.float64) for values in data),
            np.mean if len(data) == 1 else ratio,
            confidence_level=confidence,
            n_resamples=resamples,
            batch=_BATCH,
            vectorized=True,
            paired=len(data) > 1,
            method=method,
            rng=np.random.default_rng(seed),
        )
    low, high = found.confidence_interval
    return float(low), float(high)


def expected_lowest(values: Sequence[float], k: int) -> float | None:
    """The mean of the lowest of `k` values drawn without putting back; None where there are fewer.

    Over the order statistics x(1) <= ... <= x(n): the sum of x(i) C(n - i, k - 1) / C(n, k).
    """
    n = len(values)
    if k < 1 or n < k:
        return None
    ways = math.comb(n, k)
    return math.fsum(
        value * (math.comb(n - place, k - 1) / ways) for place, value in enumerate(sorted(values), 1)
    )


def pairs_for(deviation: float, difference: float, *, power: float = POWER) -> int:
    """How many pairs would show a mean difference, two-sided at 95 %, as often as `power` says.

    Pairs whose differences scatter by `deviation`: n = ((z(0.975) + z(power)) deviation / difference)^2, the normal
    approximation (Cohen 1988, ch. 2), and never fewer than 2. Raises ValueError for a difference of 0.
    """
    if not difference or not math.isfinite(difference) or deviation < 0:
        raise ValueError(f"no number of pairs shows a difference of {difference} at a scatter of {deviation}")
    from statistics import NormalDist

    normal = NormalDist()
    z = normal.inv_cdf(0.5 + CONFIDENCE / 2) + normal.inv_cdf(power)
    return max(2, math.ceil((z * deviation / difference) ** 2))


def scatter(values: Sequence[float]) -> float | None:
    """The standard deviation of the population that these were drawn from; None below two."""
    if len(values) < 2:
        return None
    centre = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((v - centre) ** 2 for v in values) / (len(values) - 1))


def proportion_interval(hits: float, total: float) -> Interval:
    """Where a share lies, 0 to 1; ValueError for a total of 0, which need not be whole (see `independent`).

    Wilson's score interval (1927, doi 10.1080/01621459.1927.10502953), which holds near 0 and 1: no hit among 28
    is no proof that there are none.
    """
    from statistics import NormalDist

    if total <= 0:
        raise ValueError(f"no share of {total}")
    part, z2 = hits / total, NormalDist().inv_cdf(0.5 + CONFIDENCE / 2) ** 2
    middle = part + z2 / (2 * total)
    half = math.sqrt(z2 * part * (1 - part) / total + (z2 / (2 * total)) ** 2)
    return Interval(
        max(0.0, (middle - half) / (1 + z2 / total)), min(1.0, (middle + half) / (1 + z2 / total))
    )


def independent(clusters: Sequence[str]) -> float:
    """How many independent draws the members of these clusters are worth, if all of one cluster say the same.

    n^2 / the sum of squared sizes, the number of clusters where all are of one size: Kish's design effect (Survey
    Sampling, 1965, ch. 5) at full correlation. Copies that differ are worth more, so an interval by it errs wide.
    """
    sizes = Counter(clusters).values()
    return sum(sizes) ** 2 / sum(size * size for size in sizes) if clusters else 0.0


def differences(after: dict[str, float], before: dict[str, float]) -> list[float]:
    """`after - before` for every key that has both, in the order of `after`."""
    return [value - before[key] for key, value in after.items() if key in before]

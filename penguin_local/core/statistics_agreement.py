"""How far two readings of the same things agree, with 95 % intervals from resampling whole clusters.

The sums are libraries': weighted kappa scikit-learn's, Krippendorff's alpha krippendorff's, Pearson's and
Spearman's coefficients scipy's; `statistics_resampled` does the same for a thousand resamples at once. What is
drawn again is a cluster, such as a scenario with all its answers: answers to one question are not independent.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from penguin_local.core.rubric import LEVELS
from penguin_local.core.statistics import RESAMPLES, mean

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_DEFINED: Final = 0.9
"""Share of resamples that must have a value for an interval to be told."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A coefficient with its 95 % interval; None where it cannot be said (no spread, too few)."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Paired:
    """Two readings side by side: three columns of one length."""

    clusters: tuple[str, ...]
    """What each pair is about: pairs of one cluster are drawn together."""
    first: tuple[float, ...]
    second: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Units:
    """Any number of readings of each thing."""

    clusters: tuple[str, ...]
    levels: tuple[tuple[int, ...], ...]
    """The levels that each thing was given, by whomever."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of two readings, or of several people among themselves."""

    n: int
    """Pairs of levels."""
    same: float | None
    """Share of pairs with the same level."""
    bias: float | None
    """Mean of the first level minus the second."""
    gap: float | None
    """Mean absolute difference of the values."""
    kappa: Measured
    """Cohen's, with quadratic weights."""
    alpha: Measured
    """Krippendorff's, ordinal."""
    pearson: Measured
    spearman: Measured


def agreement(
    levels: Paired, values: Paired, units: Units | None = None, *, seed: int, resamples: int = RESAMPLES
) -> Agreement:
    """Kappa and alpha of integer levels, Pearson and Spearman of values that may lie between them.

    `units` are what alpha is of, where there are more than two readings of a thing; else the pairs are.
    """
    shifts = [a - b for a, b in zip(levels.first, levels.second, strict=True)]
    gaps = [abs(a - b) for a, b in zip(values.first, values.second, strict=True)]
    pairs = tuple((int(a), int(b)) for a, b in zip(levels.first, levels.second, strict=True))
    return Agreement(
        n=len(shifts),
        same=sum(shift == 0 for shift in shifts) / len(shifts) if shifts else None,
        bias=mean(shifts),
        gap=mean(gaps),
        kappa=weighted_kappa(levels, seed=seed, resamples=resamples),
        alpha=ordinal_alpha(units or Units(levels.clusters, pairs), seed=seed, resamples=resamples),
        pearson=correlation(values, ranks=False, seed=seed, resamples=resamples),
        spearman=correlation(values, ranks=True, seed=seed, resamples=resamples),
    )


def weighted_kappa(paired: Paired, *, seed: int, resamples: int = RESAMPLES) -> Measured:
    """Cohen's kappa with quadratic weights (Cohen 1968); None where neither reading varies."""
    from sklearn.metrics import cohen_kappa_score

    from penguin_local.core import statistics_resampled as resampled

    first, second = _columns(paired)
    if _flat(first) and _flat(second) and list(first) == list(second):
        return Measured(None)
    value = cohen_kappa_score(first.astype(int), second.astype(int), labels=list(LEVELS), weights="quadratic")
    times, of = _drawn(paired.clusters, seed, resamples)
    return _measured(float(value), resampled.kappas(times, of, first, second))


def ordinal_alpha(units: Units, *, seed: int, resamples: int = RESAMPLES) -> Measured:
    """Krippendorff's alpha, ordinal, however many readings each thing has; None where nothing varies."""
    import krippendorff
    import numpy as np

    from penguin_local.core import statistics_resampled as resampled

    counts = np.zeros((len(units.levels), len(LEVELS)))
    for row, levels in enumerate(units.levels):
        for level in levels:
            counts[row, level - 1] += 1
    paired = counts[counts.sum(axis=1) > 1]
    if np.count_nonzero(paired.sum(axis=0)) < 2:
        return Measured(None)
    value = krippendorff.alpha(value_counts=paired, value_domain=LEVELS, level_of_measurement="ordinal")
    times, of = _drawn(units.clusters, seed, resamples)
    return _measured(float(value), resampled.alphas(times, of, counts))


def correlation(paired: Paired, *, ranks: bool, seed: int, resamples: int = RESAMPLES) -> Measured:
    """Pearson's coefficient, or Spearman's of the `ranks`; None where either side does not vary."""
    from scipy.stats import pearsonr, spearmanr

    from penguin_local.core import statistics_resampled as resampled

    first, second = _columns(paired)
    if len(first) < 2 or _flat(first) or _flat(second):
        return Measured(None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of readings that are nearly constant
        value = (spearmanr if ranks else pearsonr)(first, second).statistic
    times, of = _drawn(paired.clusters, seed, resamples)
    return _measured(
        float(value), (resampled.spearmans if ranks else resampled.pearsons)(times, of, first, second)
    )


def confusion(first: Sequence[int], second: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """[5, 5] counts: a row for each level of the first reading, a column for each of the second."""
    if not first:
        return tuple((0,) * len(LEVELS) for _ in LEVELS)
    from sklearn.metrics import confusion_matrix

    matrix = confusion_matrix(list(first), list(second), labels=list(LEVELS))
    return tuple(tuple(int(count) for count in row) for row in matrix)


def _columns(paired: Paired) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    import numpy as np

    return np.asarray(paired.first, dtype=np.float64), np.asarray(paired.second, dtype=np.float64)


def _drawn(
    clusters: Sequence[str], seed: int, resamples: int
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """How often each resample has each cluster, and the cluster of each row; no resample of a single cluster."""
    import numpy as np

    from penguin_local.core.statistics_resampled import drawn

    place = {name: n for n, name in enumerate(dict.fromkeys(clusters))}
    of = np.array([place[cluster] for cluster in clusters], dtype=np.intp)
    return drawn(len(place), resamples if len(place) > 1 else 0, seed), of


def _measured(value: float, resampled: NDArray[np.float64]) -> Measured:
    """The percentile interval, where nearly all resamples have a value."""
    import numpy as np

    if not math.isfinite(value):
        return Measured(None)
    defined = resampled[np.isfinite(resampled)]
    if len(defined) == 0 or len(defined) < _DEFINED * len(resampled):
        return Measured(value)
    low, high = np.quantile(defined, (0.025, 0.975))
    return Measured(value, float(low), float(high))


def _flat(values: NDArray[np.float64]) -> bool:
    return len(values) == 0 or bool(values.max() - values.min() <= 1e-12)

"""Coefficients of agreement of many resamples at once.

A resample is a row of how often each cluster was drawn; what is a sum over rows of data follows from it by one
product of matrices. A thousand calls of the libraries that give the coefficients themselves would take a minute a
card; this takes a second. Tests hold every formula to its library, on data repeated as often as drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from penguin_local.core.rubric import LEVELS

Floats = NDArray[np.float64]
_N: Final = len(LEVELS)
_BATCH: Final = 100
"""Resamples at once: 42,000 pairs need 34 MB so."""
_LEAST: Final = 1e-12


def drawn(clusters: int, resamples: int, seed: int) -> Floats:
    """[resamples, clusters]: how often each cluster comes, as many in all as there are."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=resamples).astype(np.float64)


def kappas(times: Floats, of: NDArray[np.intp], first: Floats, second: Floats) -> Floats:
    """[resamples] weighted kappas (quadratic); NaN without any spread. `of` is the cluster of each pair."""
    a, b = first, second
    n, sum_a, sum_b, squares_a, squares_b, apart = _sums(
        times, of, np.ones_like(a), a, b, a * a, b * b, (a - b) ** 2
    )
    mean_a, mean_b = sum_a / n, sum_b / n
    spread = squares_a / n - mean_a**2 + squares_b / n - mean_b**2
    chance = spread + (mean_a - mean_b) ** 2
    return _ratio(chance - apart / n, chance)


def alphas(times: Floats, of: NDArray[np.intp], counts: Floats) -> Floats:
    """[resamples] ordinal alphas of `counts` [units, 5], how often each unit was given each level.

    Coincidences are sums over units (Krippendorff 2011, section D); units with one reading pair with nothing.
    """
    many = counts.sum(axis=1) > 1
    kept, where = counts[many], of[many]
    readings = kept.sum(axis=1)
    pairs = (kept[:, :, None] * kept[:, None, :] - kept[:, :, None] * np.eye(_N)) / (readings - 1)[
        :, None, None
    ]
    coincidences = np.stack(_sums(times, where, *pairs.reshape(len(kept), _N * _N).T), axis=1)
    seen = coincidences.reshape(len(times), _N, _N)
    n_of = seen.sum(axis=2)
    upto = n_of.cumsum(axis=1)
    # Between two levels lie all readings of the levels from one to the other, half of the two ends.
    middle = upto - n_of / 2
    apart = (middle[:, :, None] - middle[:, None, :]) ** 2
    observed = (seen * apart).sum(axis=(1, 2))
    chance = (n_of[:, :, None] * n_of[:, None, :] * apart).sum(axis=(1, 2))
    return _ratio(chance - (n_of.sum(axis=1) - 1) * observed, chance)


def pearsons(times: Floats, of: NDArray[np.intp], first: Floats, second: Floats) -> Floats:
    """[resamples] Pearson coefficients; NaN where a side does not vary."""
    a, b = first - first.mean(), second - second.mean()
    sums = _sums(times, of, np.ones_like(a), a, b, a * a, b * b, a * b)
    return _correlation(*sums)


def spearmans(times: Floats, of: NDArray[np.intp], first: Floats, second: Floats) -> Floats:
    """[resamples] Spearman coefficients: Pearson's of the ranks within each resample, ties in the middle."""

    def one(some: Floats) -> Floats:
        weights = some[:, of]
        a, b = _ranks(weights, first), _ranks(weights, second)
        n = weights.sum(axis=1, keepdims=True)
        a, b = a - (n + 1) / 2, b - (n + 1) / 2
        pieces = (weights, weights * a, weights * b, weights * a * a, weights * b * b, weights * a * b)
        return _correlation(*(piece.sum(axis=1) for piece in pieces))

    return _in_batches(times, one)


def _ranks(weights: Floats, values: Floats) -> Floats:
    """[resamples, n] ranks of values that come `weights` times each."""
    _, place = np.unique(values, return_inverse=True)
    held = np.zeros((len(weights), int(place.max()) + 1))
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.diff(place[order], prepend=-1))
    held[:] = np.add.reduceat(weights[:, order], starts, axis=1)
    below = held.cumsum(axis=1) - held
    ranks: Floats = (below + (held + 1) / 2)[:, place]
    return ranks


def _correlation(n: Floats, a: Floats, b: Floats, aa: Floats, bb: Floats, ab: Floats) -> Floats:
    spread_a, spread_b = aa - a * a / n, bb - b * b / n
    flat = (spread_a <= _LEAST * n) | (spread_b <= _LEAST * n)
    return _ratio(ab - a * b / n, np.where(flat, 0.0, np.sqrt(np.abs(spread_a * spread_b))))


def _sums(times: Floats, of: NDArray[np.intp], *columns: Floats) -> list[Floats]:
    """[resamples] sums of each column over the rows drawn."""
    by_cluster = np.zeros((times.shape[1], len(columns)))
    np.add.at(by_cluster, of, np.stack(columns, axis=1))
    return list((times @ by_cluster).T)


def _ratio(above: Floats, below: Floats) -> Floats:
    found = np.full(len(below), np.nan)
    np.divide(above, below, out=found, where=np.abs(below) > _LEAST)
    return found


def _in_batches(times: Floats, one: Callable[[Floats], Floats]) -> Floats:
    parts = [one(times[at : at + _BATCH]) for at in range(0, len(times), _BATCH)]
    return np.concatenate(parts) if parts else np.zeros(0)

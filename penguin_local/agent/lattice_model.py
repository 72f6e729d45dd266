"""What the surrogate believes about a landscape: a Gaussian process over subsets, one rank-one update an evaluation.

Its covariance is that of a Bayesian linear model with a weight for every attribute and every pair, conjugate and
so in closed form, plus a rough part for what those cannot say, plus noise. Overlap is all that it needs of two
subsets U and V: with c = |U & V|, attributes give s1^2 c and pairs s2^2 c(c-1)/2. How strong each part is, and how
much noise there is, is chosen by the likelihood of what was seen.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from penguin_local.agent.lattice_values import Array, subsets_up_to

_LEVEL: Final = 1.0
"""Standard deviation of the score of nothing known, about the middle of what is possible."""
_SIZE: Final = 0.3
"""Of what an attribute adds, whichever it is."""
_DECAY: Final = 0.6
"""Of the rough part, for each attribute in which two subsets differ."""
GUIDANCE: Final = np.array((0.2, 0.2))
"""What the prior's opinion of attributes and of pairs is expected to be worth, in points a standard deviation."""
_TRUST: Final = np.array((0.3, 0.3))
"""How far from that it may be, and so also below zero: a misleading prior is seen through, and then used."""
_HOPELESS: Final = 1e-3
"""Likelihood, against the best, below which strengths are not tried again in a search."""
_CORNER: Final = 1e9
"""More than any residuals can weigh."""
_LEARN_FROM: Final = 120
"""Evaluations that the strengths are chosen by: more would only cost time."""


@dataclass(frozen=True, slots=True)
class Strengths:
    """Standard deviations, in points of the score."""

    single: float
    """Of the weight of one attribute."""
    pair: float
    """Of the weight of two together."""
    rough: float
    """Of what neither explains, alike in like subsets."""
    noise: float
    """Of what has nothing to do with the subset."""


GRID: Final = tuple(
    Strengths(single, pair * single, 0.1 * single, noise)
    for single, pair, noise in itertools.product((0.07, 0.15, 0.3), (0.1, 0.4, 1.0), (0.01, 0.1, 0.3))
)
_SQUARES: Final = np.array([(1.0, s.single**2, s.pair**2, s.rough**2, s.noise**2) for s in GRID])
_LOGS: Final = np.log([(s.single, s.pair, s.rough, s.noise) for s in GRID])
FIRST: Final = Strengths(0.3, 0.12, 0.03, 0.01)
NOISY: Final = 0.07
"""Estimated noise from which the best modelled subset is taken instead of the best evaluated one."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The candidates and their overlaps."""

    masks: NDArray[np.int64]
    """[m] the empty one first."""
    index: Mapping[int, int]
    """Where each of them stands."""
    sizes: Array
    """[m]"""
    shared: NDArray[np.int64]
    """[m, m] attributes in both."""
    fading: Array
    """[m] the decay to the power of the size."""
    features: Array
    """[m, n + n(n-1)/2] see `features`."""


def features(masks: NDArray[np.int64], n: int) -> Array:
    """[m, n + n(n-1)/2] which attributes and which pairs (0,1), (0,2), ... each subset has."""
    singles = (masks[:, None] >> np.arange(n) & 1).astype(np.float64)
    a, b = np.triu_indices(n, 1)
    return np.concatenate((singles, singles[:, a] * singles[:, b]), axis=1)


@lru_cache(maxsize=4)
def ground(askable: int, steps: int, n: int) -> Ground:
    """Of the subsets of `askable` with up to `steps` attributes; made once, for all searches alike."""
    masks = np.array(subsets_up_to(askable, steps), dtype=np.int64)
    sizes = np.bitwise_count(masks).astype(np.float64)
    shared = np.bitwise_count(masks[:, None] & masks[None, :]).astype(np.int64)
    index = {mask: i for i, mask in enumerate(masks.tolist())}
    return Ground(masks, index, sizes, shared, _DECAY**sizes, features(masks, n))


def ridge(seen: Array, told: Array, variance: Array, noise: float) -> Array:
    """The posterior mean of weights with these variances."""
    precision = seen.T @ seen / noise**2 + np.diag(1 / variance)
    return np.asarray(np.linalg.solve(precision, seen.T @ told / noise**2), dtype=np.float64)


class Outset:
    """What is expected before anything was seen, whatever the strengths are."""

    def __init__(self, over: Ground, mean: Array, lean: Array) -> None:
        """`mean` [m] is the expected score of each candidate, `lean` [m, 2] what the prior thinks of it."""
        self.over, self.mean = over, mean
        self.left = np.column_stack((over.sizes * _SIZE**2, lean * _TRUST**2))
        self.right = np.vstack((over.sizes, lean.T))
        """[m, 3] times [3, m]: covariance from not knowing what size is worth and how far to trust the prior."""
        self.alone = (self.left * self.right.T).sum(axis=1)
        self.itself = over.sizes.astype(np.int64)
        """[m] attributes that a candidate shares with itself."""


class Belief:
    """Mean and variance over all candidates, updated by one evaluation at a time."""

    def __init__(self, outset: Outset, strengths: Strengths, room: int) -> None:
        """For `room` evaluations at most."""
        self.outset, self.over, self.strengths = outset, outset.over, strengths
        self.mean = outset.mean.copy()
        c = np.arange(int(self.over.sizes[-1]) + 1.0)
        # Covariance by the number of shared attributes: of attributes and pairs, and of the rough part.
        self._linear = _LEVEL**2 + strengths.single**2 * c + strengths.pair**2 * c * (c - 1) / 2
        self._rough = strengths.rough**2 * _DECAY ** (-2 * c)
        self.variance = (self._linear + strengths.rough**2)[outset.itself]
        self.variance += outset.alone
        self._rows = np.empty((room, len(self.mean)))
        self._scales = list[float]()
        self._at = list[int]()
        self._settled = 0

    def _covariance(self, at: NDArray[np.int64] | slice) -> Array:
        """[at, m] before anything was seen."""
        shared = self.over.shared[at]
        found = self._rough[shared]
        found *= self.over.fading
        found *= self.over.fading[at, None]
        found += self._linear[shared]
        found += self.outset.left[at] @ self.outset.right
        return np.asarray(found, dtype=np.float64)

    def expect(self, index: int) -> None:
        """An evaluation is under way: the variance falls now, the mean moves when its reward comes."""
        k = len(self._at)
        row = self._covariance(slice(index, index + 1))[0]
        if k:
            row -= self._rows[:k, index] @ self._rows[:k]
        scale = float(np.sqrt(max(self.variance[index], 0.0) + self.strengths.noise**2))
        row /= scale
        self._rows[k] = row
        self._scales.append(scale)
        self._at.append(index)
        self.variance -= row * row

    def settle(self, reward: float | None) -> None:
        """The reward of the evaluation longest under way; None leaves the mean where it is."""
        k = self._settled
        self._settled += 1
        if reward is not None:
            self.mean += (reward - self.mean[self._at[k]]) / self._scales[k] * self._rows[k]

    def observe(self, at: NDArray[np.int64], rewards: Array) -> None:
        """The first evaluations and their rewards, all at once."""
        rows = self._covariance(at)
        lower = np.linalg.cholesky(rows[:, at] + self.strengths.noise**2 * np.eye(len(at)))
        inverse = np.linalg.inv(lower)
        rows = inverse @ rows
        self._rows[: len(at)] = rows
        self._scales, self._at = np.diagonal(lower).tolist(), at.tolist()
        self._settled = len(at)
        self.variance -= (rows * rows).sum(axis=0)
        self.mean += (inverse @ (rewards - self.mean[at])) @ rows


def likeliest(
    outset: Outset, at: NDArray[np.int64], residuals: Array, among: NDArray[np.int64]
) -> tuple[Strengths, NDArray[np.int64]]:
    """The strengths under which what was seen (less what was expected) is likely, and those worth a look next time.

    `among` are the indices of `GRID` to try. The strengths are a mean of their logarithms, weighted by likelihood.
    """
    at, residuals = at[:_LEARN_FROM], residuals[:_LEARN_FROM]
    over = outset.over
    shared = over.shared[at[:, None], at].astype(np.float64)
    sizes = over.sizes[at]
    apart = sizes[:, None] + sizes - 2 * shared
    fixed = _LEVEL**2 + outset.left[at] @ outset.right[:, at]
    k = len(at)
    parts = np.stack((fixed, shared, shared * (shared - 1) / 2, _DECAY**apart, np.eye(k)))
    every = np.empty((len(among), k + 1, k + 1))
    every[:, :k, :k] = (_SQUARES[among] @ parts.reshape(5, -1)).reshape(len(among), k, k)
    every[:, k, :k] = every[:, :k, k] = residuals
    every[:, k, k] = _CORNER
    # With the residuals as one row more, the factor's last row holds them whitened: no system is left to solve.
    lower = np.linalg.cholesky(every)
    white = lower[:, -1, :-1]
    logs = np.log(np.diagonal(lower, axis1=1, axis2=2)[:, :-1]).sum(axis=1)
    likelihood = -0.5 * (white**2).sum(axis=1) - logs
    chance = np.exp(likelihood - likelihood.max())
    single, pair, rough, noise = np.exp(chance @ _LOGS[among] / chance.sum()).tolist()
    return Strengths(single, pair, rough, noise), among[chance > _HOPELESS]

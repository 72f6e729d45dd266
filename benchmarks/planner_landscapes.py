"""Landscapes for `benchmarks.planner`: what every subset of ten attributes would score, and what a prior says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

N: Final = 10
DEPTH: Final = 5
BOUNDS: Final = (1.0, 5.0)
NOISE: Final = 0.3
MASKS: Final = np.arange(1 << N, dtype=np.int64)
SIZES: Final = np.bitwise_count(MASKS)
BITS: Final = (MASKS[:, None] >> np.arange(N) & 1).astype(np.float64)
_DOUBT: Final = (0.5, 0.5)
"""Standard deviations of a prior's errors, about an attribute as such and anew at each node; gains have one of 1."""
PAIR: Final = 0.08
"""Standard deviation of the weight of a pair, where that of an attribute has 0.25."""


class Family(StrEnum):
    """Kinds of landscapes."""

    ADDITIVE = "additive"
    PAIRWISE = "additive + pairwise"
    SATURATING = "saturating"
    DECOY = "one decoy"
    NOISY = "noise 0.3"
    MEASURED = "measured"


class Prior(StrEnum):
    """What the ranking of the attributes is worth."""

    GOOD = "good"
    USELESS = "useless"
    MISLEADING = "misleading"


SYNTHETIC: Final = (Family.ADDITIVE, Family.PAIRWISE, Family.SATURATING, Family.DECOY, Family.NOISY)


@dataclass(frozen=True)
class Landscape:
    """One scenario, made up or measured."""

    true: NDArray[np.float64]
    """[1024] by which a path is judged."""
    seen: NDArray[np.float64]
    """[1024] what an evaluation returns: the same, or with noise; the same whenever it is asked again."""
    doubt: NDArray[np.float64]
    """[1024, 10] how wrong the prior is about each attribute at each node, in standard deviations of the gains."""
    domain: str = ""
    """Of a measured one: what was seen in a domain counts in its later landscapes, as in `penguin-local plan`."""

    @cached_property
    def oracle(self) -> float:
        """The best true score of one to five attributes."""
        return float(self.true[(SIZES <= DEPTH) & (SIZES > 0)].max())

    @cached_property
    def anytime_oracle(self) -> float:
        """The best mean of the true scores over the prefixes of a path, which may end early and keep what it has."""
        best = np.full(1 << N, -np.inf)
        best[0] = 0.0
        for size in range(1, DEPTH + 1):
            for mask in MASKS[size == SIZES]:
                ways = [best[mask ^ (1 << a)] for a in range(N) if mask >> a & 1]
                best[mask] = max(ways) + self.true[mask]
        ends = (SIZES > 0) & (SIZES <= DEPTH)
        return float((best + (DEPTH - SIZES) * self.true)[ends].max() / DEPTH)

    def regret(self, path: Sequence[int]) -> float:
        """What the end of a path lacks to the oracle."""
        return self.oracle - float(self.true[sum(1 << a for a in path)])

    def anytime_regret(self, path: Sequence[int]) -> float:
        """The same of the mean over the prefixes; a path that ends early keeps what it has."""
        ends = [sum(1 << a for a in path[: min(step, len(path))]) for step in range(1, DEPTH + 1)]
        return self.anytime_oracle - float(np.mean(self.true[ends]))

    def reward(self, masks: Sequence[int]) -> list[float]:
        """What evaluating returns."""
        return [float(self.seen[mask]) for mask in masks]

    def prior(self, kind: Prior, masks: Sequence[int]) -> list[NDArray[np.float64]]:
        """What a language model might say: a softmax over the gains it expects, more or less wrongly."""
        return [self._priors[kind][mask] for mask in masks]

    @cached_property
    def _priors(self) -> dict[Prior, NDArray[np.float64]]:
        gains = np.where(BITS > 0, np.nan, self.true[MASKS[:, None] | 1 << np.arange(N)] - self.true[:, None])
        gains[SIZES >= DEPTH] = 0.0  # there nothing more is asked, and in measured ones nothing is known
        deviation = np.nanstd(gains, axis=1, keepdims=True)
        standard = (gains - np.nanmean(gains, axis=1, keepdims=True)) / np.where(
            deviation > 0, deviation, 1.0
        )
        found = {}
        for kind, sign in ((Prior.GOOD, 1), (Prior.USELESS, 0), (Prior.MISLEADING, -1)):
            weights = np.nan_to_num(np.exp(sign * standard + self.doubt))
            found[kind] = weights / weights.sum(axis=1, keepdims=True)
        return found


def make(family: Family, seed: int, *, pair: float = PAIR) -> Landscape:
    """One landscape of a family; the same for the same seed and the same weight of pairs."""
    rng = np.random.default_rng([list(Family).index(family), seed])
    base = rng.uniform(1.6, 2.6)
    weights = rng.gamma(1.0, 0.25, N)
    match family:
        case Family.ADDITIVE:
            true = BITS @ weights
        case Family.PAIRWISE | Family.NOISY:
            true = BITS @ weights + _pairs(np.triu(rng.normal(0.0, pair, (N, N)), 1))
        case Family.SATURATING:
            group = rng.permutation([0] * 4 + [1] * 3 + [2] * 3)
            parts = [1 - np.exp(-(BITS[:, group == g] @ weights[group == g]) / 0.25) for g in range(3)]
            true = np.stack(parts, axis=1) @ rng.uniform(0.3, 1.0, 3)
        case Family.DECOY:
            decoy = int(rng.integers(N))
            weights[decoy] = 1.2 * weights.max()
            spoiled = np.zeros((N, N))
            spoiled[decoy] = -0.5 * weights[decoy]
            spoiled[decoy, decoy] = 0.0
            true = BITS @ weights + _pairs(spoiled)
        case Family.MEASURED:
            raise ValueError("measured landscapes are measured, not made")
    reach = float(true.max())
    true = np.clip(base + true * min(1.0, (BOUNDS[1] - 0.1 - base) / reach), *BOUNDS)
    noise = rng.normal(0.0, NOISE, len(MASKS)) if family is Family.NOISY else 0.0
    return Landscape(true, np.clip(true + noise, *BOUNDS), doubts(rng))


def doubts(rng: np.random.Generator) -> NDArray[np.float64]:
    """[1024, 10] the errors of a prior."""
    return _DOUBT[0] * rng.normal(0.0, 1.0, N) + _DOUBT[1] * rng.normal(0.0, 1.0, (len(MASKS), N))


def _pairs(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """[1024] the sum of the weights [10, 10] of the pairs in each subset."""
    return np.asarray(((BITS @ weights) * BITS).sum(axis=1))

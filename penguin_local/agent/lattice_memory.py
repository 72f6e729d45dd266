"""What the surrogate carries from one scenario of a domain to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from penguin_local.agent.lattice_model import features, ridge
from penguin_local.agent.lattice_values import Array, Found

_CAUTION: Final = 2.0
"""Scenarios that the domain's effects must have been seen in to be half believed."""
_RIDGE: Final = (0.3, 0.15, 0.15)
"""Standard deviations of an attribute's weight, of a pair's and of the noise, by which a scenario is remembered."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What earlier scenarios of a domain taught: the mean weight of every attribute and of every pair."""

    n: int = 10
    """Attributes there are."""
    scenarios: int = 0
    """Scenarios learned from."""
    weights: tuple[float, ...] = ()
    """Of the attributes and then of the pairs (0,1), (0,2), ...; empty before the first scenario."""

    def after(self, found: Found) -> Memory:
        """With one scenario more; unchanged when nothing of it could be scored."""
        scored = {mask: reward for mask, reward in found.evaluated.items() if reward is not None}
        if not scored:
            return self
        seen = _fit(
            features(np.array(list(scored), dtype=np.int64), self.n), np.array(list(scored.values())), self.n
        )
        before = np.array(self.weights) if self.weights else np.zeros(len(seen))
        weights = before + (seen - before) / (self.scenarios + 1)
        return replace(self, scenarios=self.scenarios + 1, weights=tuple(weights.tolist()))

    def expected(self, seen: Array) -> Array:
        """[m] what subsets with these features are expected to add, the more cautious the less was seen."""
        if not self.scenarios:
            return np.zeros(len(seen))
        belief = self.scenarios / (self.scenarios + _CAUTION)
        return np.asarray(belief * (seen @ np.array(self.weights)), dtype=np.float64)


def _fit(seen: Array, rewards: Array, n: int) -> Array:
    """Weights of attributes and pairs, with a free level."""
    single, pair, noise = _RIDGE
    variance = np.concatenate((np.full(n, single**2), np.full(seen.shape[1] - n, pair**2)))
    return ridge(seen - seen.mean(axis=0), rewards - rewards.mean(), variance, noise)

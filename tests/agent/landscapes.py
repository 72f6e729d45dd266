"""Small landscapes for tests of the search: additive with a few pairs, so that the answer is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Reward = Callable[[Sequence[int]], list[float | None]]
Prior = Callable[[Sequence[int]], list[NDArray[np.float64]]]


def values(seed: int, n: int) -> list[float]:
    """[2**n] scores of 1.2 to 4.8, one for each subset."""
    rng = np.random.default_rng(seed)
    single = rng.normal(0.3, 0.3, n)
    pair = np.triu(rng.normal(0.0, 0.1, (n, n)), 1)
    bits = (np.arange(1 << n)[:, None] >> np.arange(n) & 1).astype(float)
    raw = bits @ single + ((bits @ pair) * bits).sum(axis=1)
    span = max(float(raw.max() - raw.min()), 1e-9)
    return [float(v) for v in 1.2 + 3.6 * (raw - raw.min()) / span]


def reward(table: Sequence[float], *, unscored: frozenset[int] = frozenset()) -> Reward:
    """Reads the table, and nothing where a subset cannot be scored."""
    return lambda masks: [None if mask in unscored else table[mask] for mask in masks]


def prior(table: Sequence[float], n: int, *, sharpness: float = 2.0) -> Prior:
    """A softmax of the gains: negative sharpness misleads."""

    def weigh(mask: int) -> NDArray[np.float64]:
        gains = np.array([table[mask | 1 << a] - table[mask] for a in range(n)])
        weights = np.exp(sharpness * gains) * np.array([not mask >> a & 1 for a in range(n)])
        return np.asarray(weights / max(weights.sum(), 1e-300), dtype=np.float64)

    return lambda masks: [weigh(mask) for mask in masks]

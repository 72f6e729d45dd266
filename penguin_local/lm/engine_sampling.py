"""Drawing one token from a row of logits, each request with a generator of its own."""

from __future__ import annotations

import random

import numpy as np
from numpy.typing import NDArray

from penguin_local.errors import ModelError
from penguin_local.lm.base import Sampling

_BLOCK = 512
"""Weights are summed in blocks: a draw then looks at one block, not at 150,000 weights."""
_DRAWS = 16
"""Draws outside the nucleus before it is sorted out; at top-p 0.95 one draw in twenty is."""


class Sampler:
    """Temperature, then the nucleus (top-p), then min-p; seeded, independent of its neighbours.

    A token is drawn from all and drawn again when it lies outside the nucleus: the same distribution as sorting
    first, at 0.5 ms instead of 16 for 150,000 tokens of nearly equal weight.
    """

    def __init__(self, sampling: Sampling, seed: int) -> None:
        self._sampling = sampling
        self._random = random.Random(seed)

    def __call__(self, row: NDArray[np.float32]) -> int:
        """A token id. Raises ModelError when the logits are not numbers."""
        best = int(np.argmax(row))
        top = row[best]
        if not np.isfinite(top):
            raise ModelError(
                "the model gave logits that are not numbers",
                hint="the weights are damaged or overflow in this precision: try another file of it",
            )
        if self._sampling.temperature <= 0:
            return best
        weights = np.exp((row - top) * np.float32(1 / self._sampling.temperature))
        mass = np.cumsum(np.add.reduceat(weights, np.arange(0, len(weights), _BLOCK)), dtype=np.float64)
        for _ in range(_DRAWS):
            token = self._draw(weights, mass)
            if self._kept(weights, token, float(mass[-1])):
                return token
        kept = self._nucleus(weights, float(mass[-1]))
        inner = np.cumsum(weights[kept], dtype=np.float64)
        at = int(np.searchsorted(inner, self._random.random() * inner[-1], side="right"))
        return int(kept[min(at, len(kept) - 1)])

    def _draw(self, weights: NDArray[np.float32], mass: NDArray[np.float64]) -> int:
        """From all tokens, in proportion to their weights; `mass` is that of the blocks, summed up."""
        aim = self._random.random() * mass[-1]
        block = min(int(np.searchsorted(mass, aim, side="right")), len(mass) - 1)
        inner = np.cumsum(weights[block * _BLOCK : (block + 1) * _BLOCK], dtype=np.float64)
        before = mass[block - 1] if block else 0.0
        at = int(np.searchsorted(inner, aim - before, side="right"))
        return block * _BLOCK + min(at, len(inner) - 1)

    def _kept(self, weights: NDArray[np.float32], token: int, total: float) -> bool:
        """Whether the likelier tokens, and equal ones with lower ids, hold less than `top_p`."""
        weight = weights[token]
        if weight <= 0 or weight < self._sampling.min_p:
            return False
        if self._sampling.top_p >= 1:
            return True
        likelier = float((weights * (weights > weight)).sum())
        equal = int(np.count_nonzero(weights[:token] == weight)) * float(weight)
        return likelier + equal < self._sampling.top_p * total

    def _nucleus(self, weights: NDArray[np.float32], total: float) -> NDArray[np.intp]:
        """The tokens that may be drawn, likeliest first; never none."""
        order = np.argsort(-weights, kind="stable")
        mass = np.cumsum(weights[order], dtype=np.float64)
        inside = int(np.searchsorted(mass, self._sampling.top_p * total)) + 1
        enough = int(np.count_nonzero(weights >= self._sampling.min_p))
        return order[: max(1, min(inside, enough))]

"""What a prior over the next attribute says about whole subsets: an opinion, as strong as it likes, right or wrong.

At a node the log of the prior tells how each attribute compares with the others there: its own weight and that of its
pairs with what is known. Asked at the root and at all subsets of one and two (56 of ten attributes), it speaks of every
attribute 46 times and of every pair 18 times, so that its passing errors average out; those that stay are for the
evaluations to find. Ridge regression finds the weights, by a matrix that is the same for every search.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from penguin_local.agent.lattice_model import Ground
from penguin_local.agent.lattice_values import Array, Settings, subsets_up_to

_DEEPEST: Final = -4.0
"""Log probability against the likeliest below which a prior's opinions are taken for the same."""
_SINGLE, _PAIR, _NOISE = 1.0, 0.3, 0.5
"""Of an attribute, of a pair and of what is only said: in standard deviations of a prior's logarithm at a node."""
_KNOWN: Final = 2
"""Most attributes known at a node that is asked about."""


@dataclass(frozen=True, slots=True, eq=False)
class _Guide:
    """How opinions at fixed nodes become weights."""

    free: NDArray[np.bool_]
    """[k, n] what may be asked next."""
    weights: Array
    """[n + n(n-1)/2, k * n] from standardised logarithms to weights of attributes and pairs."""


def guiding_nodes(settings: Settings) -> tuple[int, ...]:
    """Where the prior is asked: the root, every attribute and every two, where there is a step left to take."""
    return _nodes(settings.askable, min(_KNOWN, settings.steps - 1))


@lru_cache(maxsize=4)
def _nodes(askable: int, most: int) -> tuple[int, ...]:
    return tuple(subsets_up_to(askable, most))


def opinion(priors: Mapping[int, list[float]], settings: Settings, over: Ground) -> Array:
    """[m, 2] what the prior thinks of each subset, in standard deviations: of its attributes, and of its pairs."""
    n = settings.n
    nodes = guiding_nodes(settings)
    guide = _guide(nodes, settings.askable, n)
    free = guide.free
    logs = np.log(np.maximum(np.array([priors[node] for node in nodes]), 1e-12))
    logs = np.maximum(logs - logs.max(axis=1, keepdims=True), _DEEPEST)
    count = np.maximum(free.sum(axis=1, keepdims=True), 1)
    logs = (logs - (logs * free).sum(axis=1, keepdims=True) / count) * free
    spread = np.sqrt((logs * logs).sum(axis=1, keepdims=True) / count)
    told = logs / np.where(spread > 1e-9, spread, np.inf)  # where all are alike, nothing is said
    weights = guide.weights @ told.ravel()
    seen = over.features
    return np.column_stack((seen[:, :n] @ weights[:n], seen[:, n:] @ weights[n:]))


@lru_cache(maxsize=4)
def _guide(nodes: tuple[int, ...], askable: int, n: int) -> _Guide:
    at = np.array(nodes, dtype=np.int64)
    free = ((askable & ~at)[:, None] >> np.arange(n) & 1).astype(bool)
    pairs = list(itertools.combinations(range(n), 2))
    rows = np.zeros((len(nodes), n, n + len(pairs)))
    rows[:, range(n), range(n)] = 1.0
    for number, (a, b) in enumerate(pairs, start=n):
        rows[at >> a & 1 == 1, b, number] = 1.0
        rows[at >> b & 1 == 1, a, number] = 1.0
    rows *= free[:, :, None]
    rows -= rows.sum(axis=1, keepdims=True) / np.maximum(free.sum(axis=1), 1)[:, None, None]
    rows *= free[:, :, None]
    flat = rows.reshape(-1, rows.shape[2])
    variance = np.concatenate((np.full(n, _SINGLE**2), np.full(len(pairs), _PAIR**2)))
    precision = flat.T @ flat / _NOISE**2 + np.diag(1 / variance)
    weights = np.linalg.solve(precision, flat.T / _NOISE**2)
    return _Guide(free, np.asarray(weights, dtype=np.float64))

"""What a prior over the next attribute says about whole subsets: an opinion, as strong as it likes, right or wrong.

At a node the log of the prior tells how each attribute compares with the others there: its own weight and that of its
pairs with what is known. Asked at the root and at all subsets of one and two (56 of ten attributes), it speaks of every
attribute 46 times and of every pair 18 times, so that its passing errors average out; those that stay are for the
evaluations to find. Around the end of its own way it is asked once more: there the differences are small, and what it
says of them is worth more than what follows from differences between large ones. Ridge regression finds the weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from penguin_local.agent.lattice_model import Ground, features
from penguin_local.agent.lattice_values import Array, Settings, subsets_up_to

_DEEPEST: Final = -4.0
"""Log probability against the likeliest below which a prior's opinions are taken for the same."""
_SINGLE, _PAIR, _NOISE = 1.0, 0.3, 0.5
"""Of an attribute, of a pair and of what is only said: in standard deviations of a prior's logarithm at a node."""
_KNOWN: Final = 2
"""Most attributes known at a node that is asked about first."""


@dataclass(frozen=True, slots=True, eq=False)
class _Voices:
    """How opinions at some nodes bear on the weights of attributes and pairs."""

    free: NDArray[np.bool_]
    """[k, n] what may be asked next."""
    rows: Array
    """[k * n, n + n(n-1)/2] what each attribute would add there, less the mean of those that are free."""
    precision: Array
    """[n + n(n-1)/2, n + n(n-1)/2] what hearing them tells."""


def guiding_nodes(settings: Settings) -> tuple[int, ...]:
    """Where the prior is asked first: the root, every attribute and every two, where there is a step left to take."""
    return _nodes(settings.askable, min(_KNOWN, settings.steps - 1))


@lru_cache(maxsize=4)
def _nodes(askable: int, most: int) -> tuple[int, ...]:
    return tuple(subsets_up_to(askable, most))


def opinion(priors: Mapping[int, list[float]], settings: Settings, over: Ground) -> Array:
    """[m, 2] what the prior thinks of each subset, in standard deviations: of its attributes, and of its pairs.

    It goes by all that was asked: the guiding nodes, and those further down.
    """
    n = settings.n
    first = guiding_nodes(settings)
    further = tuple(sorted(set(priors).difference(first)))
    seen = over.features
    precision = np.diag(np.repeat((_SINGLE**-2, _PAIR**-2), (n, seen.shape[1] - n)))
    said = np.zeros(len(precision))
    for nodes in (first, further) if further else (first,):
        voices = _voices(nodes, settings.askable, n)
        said += _told([priors[node] for node in nodes], voices.free) @ voices.rows / _NOISE**2
        precision += voices.precision
    weights = np.linalg.solve(precision, said)
    return np.column_stack((seen[:, :n] @ weights[:n], seen[:, n:] @ weights[n:]))


def _told(priors: list[list[float]], free: NDArray[np.bool_]) -> Array:
    """[k * n] the standardised logarithms of the priors [k, n]."""
    logs = np.log(np.maximum(np.array(priors), 1e-12))
    logs = np.maximum(logs - logs.max(axis=1, keepdims=True), _DEEPEST)
    count = np.maximum(free.sum(axis=1, keepdims=True), 1)
    logs = (logs - (logs * free).sum(axis=1, keepdims=True) / count) * free
    spread = np.sqrt((logs * logs).sum(axis=1, keepdims=True) / count)
    told = logs / np.where(spread > 1e-9, spread, np.inf)  # where all are alike, nothing is said
    return np.asarray(told.ravel(), dtype=np.float64)


@lru_cache(maxsize=16)
def _voices(nodes: tuple[int, ...], askable: int, n: int) -> _Voices:
    at = np.array(nodes, dtype=np.int64)
    free = ((askable & ~at)[:, None] >> np.arange(n) & 1).astype(bool)
    after = features((at[:, None] | 1 << np.arange(n)).ravel(), n).reshape(len(at), n, -1)
    rows = (after - features(at, n)[:, None]) * free[:, :, None]
    rows -= rows.sum(axis=1, keepdims=True) / np.maximum(free.sum(axis=1), 1)[:, None, None]
    rows *= free[:, :, None]
    flat = rows.reshape(-1, rows.shape[2])
    return _Voices(free, flat, flat.T @ flat / _NOISE**2)

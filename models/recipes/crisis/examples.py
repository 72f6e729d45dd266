"""Messages as the numbers the classifier learns from: exactly what it reads later, made by its own functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.recipes.crisis.messages import Message
from penguin_local.agent.crisis_features import features_of
from penguin_local.agent.crisis_grams import BUCKETS, grams, shares
from penguin_local.agent.crisis_rules import analyse
from penguin_local.agent.crisis_weighing import level_of

Floats = NDArray[np.float64]
_LEAST = 3
"""Messages that a bucket must occur in to count: what fewer hold is chance."""


@dataclass(frozen=True, slots=True)
class Examples:
    """All messages, in order."""

    features: NDArray[np.float32]
    """[n, r] what the rules found."""
    words: sparse.csr_matrix
    """[n, 1048576] float32, each half of a row of length 1."""
    rarity: NDArray[np.uint8]
    """[1048576] as it is stored."""
    writers: NDArray[np.int64]
    """[n]"""
    levels: NDArray[np.int64]
    """[n] 0 to 3."""
    rules: NDArray[np.int64]
    """[n] what the rules alone make of it, 0 to 3."""
    sure: NDArray[np.int64]
    """[n] what those of them make of it that speak beside the classifier."""


def make_examples(messages: Sequence[Message], writers: NDArray[np.int64]) -> Examples:
    """All but the embeddings."""
    analyses = [analyse(message.text) for message in messages]
    buckets = [grams(message.text) for message in messages]
    rarity = rarity_of(buckets)
    return Examples(
        features=np.array([features_of(analysis) for analysis in analyses], np.float32),
        words=word_matrix(buckets, rarity),
        rarity=rarity,
        writers=writers,
        levels=np.array([int(message.level) for message in messages]),
        rules=np.array([int(level_of(analysis)) for analysis in analyses]),
        sure=np.array([int(level_of(analysis, alone=False)) for analysis in analyses]),
    )


def rarity_of(rows: Sequence[NDArray[np.int64]]) -> NDArray[np.uint8]:
    """[1048576] the logarithm of one in how many messages has a bucket, in tenths; 0 where hardly any has it."""
    counts = np.bincount(np.concatenate(rows), minlength=BUCKETS)
    found = np.where(counts >= _LEAST, np.log((len(rows) + 1) / (counts + 1)), 0)
    return np.round(10 * found).astype(np.uint8)


def word_matrix(rows: Sequence[NDArray[np.int64]], rarity: NDArray[np.uint8]) -> sparse.csr_matrix:
    """[n, 1048576] from the buckets of every message."""
    starts = np.cumsum([0, *(len(row) for row in rows)])
    values = np.concatenate([shares(row, rarity) for row in rows])
    return sparse.csr_matrix((values, np.concatenate(rows), starts), shape=(len(rows), BUCKETS))

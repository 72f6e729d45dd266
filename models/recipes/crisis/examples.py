"""Messages as the numbers the classifier learns from: exactly what it reads later, made by its own functions."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.recipes.crisis.messages import Message
from penguin_local.agent.crisis_classifier import WIDTH, Embed, pieces, pooled
from penguin_local.agent.crisis_features import features_of
from penguin_local.agent.crisis_grams import BUCKETS, grams, shares
from penguin_local.agent.crisis_rules import analyse
from penguin_local.agent.crisis_weighing import level_of
from penguin_local.lm.catalogue import BUNDLED_EMBEDDER, find_model
from penguin_local.lm.engine import load_embedder

Floats = NDArray[np.float64]
_GROUP = 100
"""Texts embedded between two words of progress."""


@dataclass(frozen=True, slots=True)
class Examples:
    """All messages, in order."""

    inputs: NDArray[np.float32]
    """[n, 3 * 384 + r]"""
    words: sparse.csr_matrix
    """[n, 65536] float32, each half of a row of length 1."""
    rarity: NDArray[np.float32]
    """[65536] as it is stored."""
    writers: NDArray[np.int64]
    """[n]"""
    levels: NDArray[np.int64]
    """[n] 0 to 3."""
    rules: NDArray[np.int64]
    """[n] what the rules alone make of it, 0 to 3."""
    sure: NDArray[np.int64]
    """[n] what those of them make of it that speak beside the classifier."""


def bundled_embedder() -> Embed:
    """The model that the classifier reads with, on one thread: sums in one order, so the same file comes out."""
    return load_embedder(find_model(BUNDLED_EMBEDDER), gpu_layers=0, threads=1).embed


def make_examples(messages: Sequence[Message], writers: NDArray[np.int64], embed: Embed) -> Examples:
    """Embeds every window of every message, which is what takes longest."""
    cut = [pieces(message.text) for message in messages]
    flat = [piece for group in cut for piece in group]
    vectors = np.zeros((len(flat), WIDTH), np.float32)
    for start in range(0, len(flat), _GROUP):
        vectors[start : start + _GROUP] = embed(flat[start : start + _GROUP])
        print(
            f"\r{min(start + _GROUP, len(flat))} of {len(flat)} windows", end="", file=sys.stderr, flush=True
        )
    print(file=sys.stderr)
    ends = np.cumsum([len(group) for group in cut])
    analyses = [analyse(message.text) for message in messages]
    inputs = [
        pooled(part, features_of(analysis))
        for part, analysis in zip(np.split(vectors, ends[:-1]), analyses, strict=True)
    ]
    buckets = [grams(message.text) for message in messages]
    rarity = rarity_of(buckets)
    return Examples(
        inputs=np.array(inputs, np.float32),
        words=word_matrix(buckets, rarity),
        rarity=rarity,
        writers=writers,
        levels=np.array([int(message.level) for message in messages]),
        rules=np.array([int(level_of(analysis)) for analysis in analyses]),
        sure=np.array([int(level_of(analysis, alone=False)) for analysis in analyses]),
    )


def rarity_of(rows: Sequence[NDArray[np.int64]]) -> NDArray[np.float32]:
    """[65536] the logarithm of one in how many messages has a bucket, in tenths as in the file; 0 where none has it."""
    counts = np.bincount(np.concatenate(rows), minlength=BUCKETS)
    found = np.where(counts > 0, np.log((len(rows) + 1) / (counts + 1)), 0)
    return np.round(10 * found).astype(np.float32)


def word_matrix(rows: Sequence[NDArray[np.int64]], rarity: NDArray[np.float32]) -> sparse.csr_matrix:
    """[n, 65536] from the buckets of every message."""
    starts = np.cumsum([0, *(len(row) for row in rows)])
    values = np.concatenate([shares(row, rarity) for row in rows])
    return sparse.csr_matrix((values, np.concatenate(rows), starts), shape=(len(rows), BUCKETS))

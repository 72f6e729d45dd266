"""Posts that are one post: the same text put up twice, or nearly the same, in several communities.

Exact repeats are found by their words; near ones by MinHash over runs of four words (Broder 1997) with banding, then
compared run by run. Whoever counts such posts as independent gets intervals that are too narrow: they form one cluster.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

NEAR: Final = 0.6
"""Share of common runs (Jaccard) from which on two texts are one."""
_RUN: Final = 4
_BANDS: Final = 16
_ROWS: Final = 4
"""Two texts with 0.6 of their runs in common meet in a band with probability 1 - (1 - 0.6^4)^16 = 0.89."""
_PRIME: Final = (1 << 61) - 1
_WORD: Final = re.compile(r"[^\W_]+")


def clusters(texts: Sequence[str]) -> list[int]:
    """For each text the place of the first that it repeats: its own where it is the first, or has no words."""
    roots = list(range(len(texts)))

    def root(place: int) -> int:
        while roots[place] != place:
            roots[place] = roots[roots[place]]
            place = roots[place]
        return place

    runs = [_runs(text) for text in texts]
    for a, b in _pairs(runs):
        first, second = sorted((root(a), root(b)))
        if first != second and _alike(runs[a], runs[b]):
            roots[second] = first
    return [root(place) for place in range(len(texts))]


def _runs(text: str) -> frozenset[int]:
    words = _WORD.findall(text.casefold())
    pieces = [" ".join(words[i : i + _RUN]) for i in range(max(1, len(words) - _RUN + 1))] if words else []
    return frozenset(int.from_bytes(blake2b(p.encode(), digest_size=4).digest()) for p in pieces)


def _alike(a: frozenset[int], b: frozenset[int]) -> bool:
    return a == b or len(a & b) >= NEAR * len(a | b)


def _pairs(runs: Sequence[frozenset[int]]) -> list[tuple[int, int]]:
    """Texts that share a band, each beside the first and the one before it in its bucket."""
    rng = np.random.default_rng(2505)
    scale = rng.integers(1, 1 << 31, _BANDS * _ROWS, dtype=np.uint64)
    shift = rng.integers(0, 1 << 31, _BANDS * _ROWS, dtype=np.uint64)
    found: dict[tuple[int, int], None] = {}
    buckets: defaultdict[tuple[int, bytes], list[int]] = defaultdict(list)
    for place, own in enumerate(runs):
        if not own:
            continue
        for band, rows in enumerate(_sketch(own, scale, shift).reshape(_BANDS, _ROWS)):
            bucket = buckets[band, rows.tobytes()]
            for other in {bucket[0], bucket[-1]} if bucket else ():
                found[other, place] = None
            bucket.append(place)
    return list(found)


def _sketch(runs: frozenset[int], scale: NDArray[np.uint64], shift: NDArray[np.uint64]) -> NDArray[np.uint64]:
    values = np.fromiter(runs, np.uint64, len(runs))
    hashed = (values[None, :] * scale[:, None] + shift[:, None]) % np.uint64(_PRIME)
    smallest: NDArray[np.uint64] = hashed.min(axis=1)
    return smallest

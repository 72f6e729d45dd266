"""A message as its words, its pairs of near words and its runs of letters, hashed: the classifier's other input.

Sentence embeddings blur `I took them` and `I take them`, `tonight` and `every night`, a question and a statement;
single words, marks and endings do not. Hashing keeps the vocabulary, and with it every word of the training messages,
out of the weights file. Rare ones count more (`rarity`): without that, the habits of a writer (a question mark at the
end of a harmless message) were learned in place of what was said.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from penguin_local.agent.crisis_text import plain

BUCKETS: Final = 1 << 20
"""The first half for words and pairs, the second for runs of letters. With 65,536 a third more was missed: too many
that have nothing to do with each other fell together."""
_HALF: Final = BUCKETS // 2
_RUNS: Final = (3, 4, 5)
"""Letters of a run; it may go over the end of a word."""
_LETTERS: Final = 5_000
"""Of a paste only the beginning and the end are looked at: enough of any message, and bounded."""
_TOKEN: Final = re.compile(r"\w+(?:'\w+)*|[^\w\s]")


def grams(text: str) -> NDArray[np.int64]:
    """The buckets of a message, each once, in order; [k] int64 below `BUCKETS`."""
    if len(text) > 2 * _LETTERS:
        text = f"{text[:_LETTERS]} {text[-_LETTERS:]}"
    tokens = _TOKEN.findall(plain(text))
    first, second = _hashed(_words(tokens)), _hashed(_letters(f" {' '.join(tokens)} "))
    return np.array([*sorted(first), *sorted(bucket + _HALF for bucket in second)], dtype=np.int64)


def shares(buckets: NDArray[np.int64], rarity: NDArray[np.uint8]) -> NDArray[np.float32]:
    """[k] what each of them weighs: each half together has length 1, however long the message is."""
    values = rarity[buckets].astype(np.float32)
    half = int(np.searchsorted(buckets, _HALF))
    for part in (values[:half], values[half:]):
        part /= max(float(np.linalg.norm(part)), 1e-9)
    return values


def _words(tokens: list[str]) -> Iterator[str]:
    """Words and marks, neighbours, and neighbours but one; the ends of a message are neighbours too."""
    around = ["", *tokens, ""]
    yield from tokens
    yield from (f"{a} {b}" for a, b in pairwise(around))
    yield from (f"{a} _ {b}" for a, b in zip(around, around[2:], strict=False))


def _letters(line: str) -> Iterator[str]:
    for length in _RUNS:
        yield from (line[place : place + length] for place in range(len(line) - length + 1))


def _hashed(names: Iterable[str]) -> set[int]:
    return {zlib.crc32(name.encode()) % _HALF for name in set(names)}

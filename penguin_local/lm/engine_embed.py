"""Texts to vectors with a BERT-like model, one text a step: batching was slower on a CPU."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from penguin_local.errors import ContextOverflow, ModelError
from penguin_local.lm.base import ChooseRequest, Distribution, Event, GenerateRequest, ModelInfo
from penguin_local.lm.engine_context import Context
from penguin_local.lm.engine_native import Weights

MOST_TOKENS = 254
"""Plus CLS and SEP 256, where sentence-transformers cuts too; llama.cpp ends the process past 512."""


class Embedder:
    """A loaded embedding model."""

    def __init__(
        self, weights: Weights, contexts: Sequence[Context], info: ModelInfo, *, whole: bool = False
    ) -> None:
        """A text is read in the first of `contexts` that holds it, so that a text's length alone decides.

        `whole`: of a text longer than MOST_TOKENS all is read, in equal parts whose vectors are averaged.
        """
        self._weights = weights
        self._contexts = contexts
        self._info = info
        self._whole = whole
        self._at_work = threading.Lock()
        self._closed = False

    @property
    def info(self) -> ModelInfo:
        """What is loaded."""
        return self._info

    def overflow(self, request: GenerateRequest | ChooseRequest) -> ContextOverflow | None:
        """Raises ModelError: it takes no such request."""
        raise self._cannot_chat()

    def generate(
        self, requests: Sequence[GenerateRequest], *, cancel: threading.Event | None = None
    ) -> Iterator[Event]:
        """Raises ModelError."""
        raise self._cannot_chat()

    def choose(
        self, requests: Sequence[ChooseRequest], *, cancel: threading.Event | None = None
    ) -> list[Distribution]:
        """Raises ModelError."""
        raise self._cannot_chat()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """[n, d] float32, rows of length 1; of a longer text the first 254 tokens count, or all in parts if `whole`."""
        if self._closed:
            raise ModelError(f"{self._info.name} has been closed", hint="load it again")
        if not self._at_work.acquire(blocking=False):
            raise ModelError(f"{self._info.name} is at work on another call", hint="one call at a time")
        try:
            rows = [np.mean([self._vector(part) for part in self._parts(text)], axis=0) for text in texts]
        finally:
            self._at_work.release()
        if not rows:
            return np.zeros((0, self._weights.width), np.float32)
        return _unit(np.stack(rows))

    def close(self) -> None:
        """Give the memory back."""
        self._closed = True
        for context in self._contexts:
            context.close()
        self._weights.close()

    def _vector(self, tokens: list[int]) -> NDArray[np.float32]:
        context = next(c for c in self._contexts if len(tokens) <= c.size.batch)
        return _unit(context.embed(tokens))

    def _parts(self, text: str) -> Iterator[list[int]]:
        begin, end = self._weights.embedding_ends
        tokens = self._weights.tokenize(text, special=False)
        if not self._whole:
            tokens = tokens[:MOST_TOKENS]
        count = max(1, -(-len(tokens) // MOST_TOKENS))
        bounds = [len(tokens) * i // count for i in range(count + 1)]
        for first, last in pairwise(bounds):
            yield [*([begin] if begin >= 0 else []), *tokens[first:last], *([end] if end >= 0 else [])]

    def _cannot_chat(self) -> ModelError:
        return ModelError(
            f"{self._info.name} is an embedding model and cannot chat",
            hint="choose a chat model; leave --model out for the bundled one",
        )


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each row, or the one there is, divided by its length."""
    lengths = np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
    unit: NDArray[np.float32] = (vectors / lengths).astype(np.float32)
    return unit

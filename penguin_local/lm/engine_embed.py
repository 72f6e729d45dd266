"""Texts to vectors with a BERT-like model, one text a step: batching was slower on a CPU."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

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

    def __init__(self, weights: Weights, context: Context, info: ModelInfo) -> None:
        self._weights = weights
        self._context = context
        self._info = info
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
        """[n, d] float32, rows of length 1; of a longer text the first 254 tokens count."""
        if self._closed:
            raise ModelError(f"{self._info.name} has been closed", hint="load it again")
        if not self._at_work.acquire(blocking=False):
            raise ModelError(f"{self._info.name} is at work on another call", hint="one call at a time")
        try:
            rows = [self._context.embed(self._tokens(text)) for text in texts]
        finally:
            self._at_work.release()
        if not rows:
            return np.zeros((0, self._weights.width), np.float32)
        vectors = np.stack(rows)
        lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        unit: NDArray[np.float32] = (vectors / lengths).astype(np.float32)
        return unit

    def close(self) -> None:
        """Give the memory back."""
        self._closed = True
        self._context.close()
        self._weights.close()

    def _tokens(self, text: str) -> list[int]:
        begin, end = self._weights.embedding_ends
        return [
            *([begin] if begin >= 0 else []),
            *self._weights.tokenize(text, special=False)[:MOST_TOKENS],
            *([end] if end >= 0 else []),
        ]

    def _cannot_chat(self) -> ModelError:
        return ModelError(
            f"{self._info.name} is an embedding model and cannot chat",
            hint="choose a chat model; leave --model out for the bundled one",
        )

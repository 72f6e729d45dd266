"""A model that is loaded when it is first needed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from penguin_local.errors import ContextOverflow
from penguin_local.lm.base import (
    ChooseRequest,
    Distribution,
    Event,
    GenerateRequest,
    LanguageModel,
    ModelInfo,
)


class Lazy:
    """A `LanguageModel`; every verb may raise what loading raises, and the next use tries again."""

    def __init__(self, load: Callable[[], LanguageModel]) -> None:
        self._load = load
        self._model: LanguageModel | None = None
        self._lock = threading.Lock()

    def _loaded(self) -> LanguageModel:
        with self._lock:
            if self._model is None:
                self._model = self._load()
            return self._model

    @property
    def info(self) -> ModelInfo:
        """What is loaded."""
        return self._loaded().info

    def overflow(self, request: GenerateRequest | ChooseRequest) -> ContextOverflow | None:
        """See `LanguageModel`."""
        return self._loaded().overflow(request)

    def generate(
        self, requests: Sequence[GenerateRequest], *, cancel: threading.Event | None = None
    ) -> Iterator[Event]:
        """See `LanguageModel`."""
        return self._loaded().generate(requests, cancel=cancel)

    def choose(
        self, requests: Sequence[ChooseRequest], *, cancel: threading.Event | None = None
    ) -> list[Distribution]:
        """See `LanguageModel`."""
        return self._loaded().choose(requests, cancel=cancel)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `LanguageModel`."""
        return self._loaded().embed(texts)

    def close(self) -> None:
        """Give the memory back, where any was taken."""
        with self._lock:
            if self._model is not None:
                self._model.close()
                self._model = None

"""A deterministic model for tests of everything above `lm`: it says what it is told, and keeps what it was asked."""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from penguin_local.errors import Cancelled, ContextOverflow
from penguin_local.lm.base import (
    ChooseRequest,
    Distribution,
    Done,
    Event,
    Finish,
    GenerateRequest,
    ModelInfo,
    Token,
)

WIDTH = 16
"""Length of its embeddings."""


def default_answer(request: GenerateRequest) -> str:
    """Something that depends on the request and its seed alone."""
    return f"answer {_digest(str(request))[:8]}"


def default_weights(request: ChooseRequest) -> Sequence[float]:
    """Unequal weights that depend on the request alone."""
    return [1 + int(_digest(f"{request}{option}")[:4], 16) for option in request.options]


def info(name: str = "scripted", *, context_tokens: int = 4096, demonstration: bool = True) -> ModelInfo:
    """What a scripted model says it is; its sha256 is that of its name."""
    return ModelInfo(
        name=name,
        sha256=_digest(name),
        demonstration=demonstration,
        family="scripted",
        context_tokens=context_tokens,
        slots=1,
        cells=context_tokens,
        gpu_layers=0,
        threads=1,
        memory_bytes=0,
    )


@dataclass(slots=True)
class Scripted:
    """A `LanguageModel` without weights. A token is a word."""

    answer: Callable[[GenerateRequest], str] | Mapping[str, str] = default_answer
    """What it says: a function of the request, or a table from the last message's content."""
    weigh: Callable[[ChooseRequest], Sequence[float]] | Mapping[str, Sequence[float]] = default_weights
    """How it weighs options, one number each, need not sum to 1: a function, or a table as above.

    A NaN, or no positive number, gives an empty Distribution, as the engine does for a damaged model.
    """
    info: ModelInfo = field(default_factory=info)
    generated: list[GenerateRequest] = field(default_factory=list)
    """Every request to `generate`, in order."""
    chosen: list[ChooseRequest] = field(default_factory=list)
    """Every request to `choose`, in order."""
    closed: bool = False

    def overflow(self, request: GenerateRequest | ChooseRequest) -> ContextOverflow | None:
        """Counts words."""
        words = sum(len(m.content.split()) for m in request.messages)
        return ContextOverflow(words, self.info.context_tokens) if words > self.info.context_tokens else None

    def generate(
        self, requests: Sequence[GenerateRequest], *, cancel: threading.Event | None = None
    ) -> Iterator[Event]:
        """One word of each request in turn."""
        self._refuse(requests)
        self.generated += requests
        return self._speak(list(requests), cancel)

    def _speak(self, requests: list[GenerateRequest], cancel: threading.Event | None) -> Iterator[Event]:
        words = [self._words(request) for request in requests]
        said = [0] * len(requests)
        while len(said) and any(n >= 0 for n in said):
            stopped = cancel is not None and cancel.is_set()
            for i, request in enumerate(requests):
                if said[i] < 0:
                    continue
                limit = min(len(words[i]), request.max_tokens)
                if stopped or said[i] >= limit:
                    whole = said[i] == len(words[i])
                    finish = Finish.STOP if whole else Finish.CANCELLED if stopped else Finish.LENGTH
                    yield self._done(i, request, words[i][: said[i]], finish)
                    said[i] = -1
                    continue
                yield Token(i, words[i][said[i]])
                said[i] += 1

    def _words(self, request: GenerateRequest) -> list[str]:
        text = self.answer(request) if callable(self.answer) else self.answer[request.messages[-1].content]
        cut = min((at for at in (text.find(s) for s in request.stop) if at >= 0), default=len(text))
        words = text[:cut].split(" ")
        return [w if i == 0 else f" {w}" for i, w in enumerate(words)] if text[:cut] else []

    @staticmethod
    def _done(index: int, request: GenerateRequest, words: list[str], finish: Finish) -> Done:
        prompt = sum(len(m.content.split()) for m in request.messages)
        return Done(index, "".join(words), finish, prompt, 0, len(words))

    def choose(
        self, requests: Sequence[ChooseRequest], *, cancel: threading.Event | None = None
    ) -> list[Distribution]:
        """The script's weights, normalised."""
        self._refuse(requests)
        self.chosen += requests
        if cancel is not None and cancel.is_set():
            raise Cancelled("stopped while weighing options")
        return [self._distribution(request) for request in requests]

    def _distribution(self, request: ChooseRequest) -> Distribution:
        table = self.weigh
        weights = list(table(request) if callable(table) else table[request.messages[-1].content])
        total = math.fsum(weights)
        if not math.isfinite(total) or total <= 0:
            return Distribution((), ())
        return Distribution(request.options, tuple(w / total for w in weights))

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """[n, 16] float32: the same text gives the same direction, others are nearly at right angles."""
        rows = [np.random.default_rng(int(_digest(t)[:16], 16)).standard_normal(WIDTH) for t in texts]
        matrix = np.array(rows, np.float32).reshape(len(rows), WIDTH)
        unit: NDArray[np.float32] = (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).astype(
            np.float32
        )
        return unit

    def close(self) -> None:
        """Only remembered."""
        self.closed = True

    def _refuse(self, requests: Sequence[GenerateRequest] | Sequence[ChooseRequest]) -> None:
        for request in requests:
            error = self.overflow(request)
            if error is not None:
                raise error


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

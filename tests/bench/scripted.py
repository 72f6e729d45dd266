"""A language model of a few lines whose every output depends on the whole batch it was computed in.

Real logits move in their last bits with the composition of a batch; here everything does. A run that is
resumed with other batches than an unbroken one cannot go unnoticed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from penguin_local.errors import Cancelled, ContextOverflow, ModelError
from penguin_local.lm.base import (
    ChooseRequest,
    Distribution,
    Done,
    Event,
    Finish,
    GenerateRequest,
    ModelInfo,
)


def an_info(name: str = "scripted", *, demonstration: bool = True) -> ModelInfo:
    return ModelInfo(
        name=name,
        sha256=blake2b(name.encode(), digest_size=32).hexdigest(),
        demonstration=demonstration,
        family="chatml",
        context_tokens=4096,
        slots=16,
        cells=65536,
        gpu_layers=0,
        threads=2,
        memory_bytes=0,
    )


class Scripted:
    """A `LanguageModel`."""

    def __init__(
        self,
        info: ModelInfo | None = None,
        *,
        step_seconds: float = 0.0,
        longest_prompt: int = 1_000_000,
        cancel_after: int | None = None,
    ) -> None:
        self._info = info or an_info()
        self._step_seconds = step_seconds
        self._longest_prompt = longest_prompt
        self._cancel_after = cancel_after
        self.answered = 0
        self.closed = False

    @property
    def info(self) -> ModelInfo:
        return self._info

    def overflow(self, request: GenerateRequest | ChooseRequest) -> ContextOverflow | None:
        length = sum(len(message.content) for message in request.messages)
        return ContextOverflow(length, self._longest_prompt) if length > self._longest_prompt else None

    def generate(
        self, requests: Sequence[GenerateRequest], *, cancel: threading.Event | None = None
    ) -> Iterator[Event]:
        batch = _digest(*map(repr, requests))
        for index, request in enumerate(requests):
            time.sleep(self._step_seconds)
            if self._cancel_after is not None and self.answered >= self._cancel_after and cancel:
                cancel.set()
            if cancel is not None and cancel.is_set():
                yield Done(index, "half a", Finish.CANCELLED, 1, 0, 1)
                continue
            text = f"answer {_digest(batch, repr(request))}"
            self.answered += 1
            yield Done(index, text, Finish.STOP, len(request.messages), 0, 3)

    def choose(
        self, requests: Sequence[ChooseRequest], *, cancel: threading.Event | None = None
    ) -> list[Distribution]:
        time.sleep(self._step_seconds)
        if cancel is not None and cancel.is_set():
            raise Cancelled("stopped")
        batch = _digest(*map(repr, requests))
        found = []
        for request in requests:
            seed = int(_digest(batch, repr(request)), 16)
            weights = np.random.default_rng(seed).random(len(request.options))
            found.append(Distribution(request.options, tuple(float(p) for p in weights / weights.sum())))
        return found

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise ModelError("not for this")

    def close(self) -> None:
        self.closed = True


def _digest(*parts: str) -> str:
    return blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()

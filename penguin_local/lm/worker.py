"""A model in a process of its own: a crash of native code costs one request and a restart, never the conversation.

The child has no network, leaves no core dump, and ends with us; keys and database are here and not there. It does the
very calls that are made here, with the sizes it began with, so that the numbers are those of an engine in this process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from penguin_local.errors import Cancelled, ContextOverflow
from penguin_local.lm.base import ChooseRequest, Distribution, Event, GenerateRequest, ModelInfo
from penguin_local.lm.worker_codec import (
    Order,
    Told,
    read_distribution,
    read_overflow,
    read_vectors,
    request_frame,
)
from penguin_local.lm.worker_frames import Frame, Garbage, row
from penguin_local.lm.worker_keeper import Keeper
from penguin_local.lm.worker_limits import Limits, Restart, Unwilling
from penguin_local.lm.worker_process import COMMAND, Breakdown, Crash

__all__ = ["Breakdown", "Crash", "Limits", "Order", "Restart", "Worker"]


class Worker:
    """A `LanguageModel` whose engine runs in a child. Not for two threads at once: the second call is refused."""

    def __init__(
        self,
        order: Order,
        *,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        on_load: Callable[[float], None] | None = None,
        on_restart: Callable[[Restart], None] | None = None,
        command: Sequence[str] = COMMAND,
    ) -> None:
        """Loads; `on_load` hears from 0 to 1 how far that is, after a restart too. Raises what loading raises.

        `on_restart` is called in the thread of the call that met the breakdown. `command` is for tests.
        """
        self._keeper = Keeper(order, limits, on_load=on_load, on_restart=on_restart, command=command)

    @property
    def info(self) -> ModelInfo:
        """What is loaded."""
        info = self._keeper.info
        assert info is not None
        return info

    @property
    def pid(self) -> int | None:
        """Of the child, None while there is none."""
        return self._keeper.pid

    def overflow(self, request: GenerateRequest | ChooseRequest) -> ContextOverflow | None:
        """The error that this request would raise because its prompt does not fit, or None."""
        with self._keeper.working():
            found = list(self._keeper.call("overflow", [request_frame(request)], read_overflow))
            if len(found) != 1:
                raise Garbage("there was not one answer")
            return found[0]

    def generate(
        self, requests: Sequence[GenerateRequest], *, cancel: threading.Event | None = None
    ) -> Iterator[Event]:
        """Tokens of many sequences, interleaved. Raises ContextOverflow before any work, WorkerCrashed during it.

        What came before a crash has been given; the same requests may then be asked again.
        """
        items = [request_frame(request) for request in requests]
        if items:
            try:
                with self._keeper.working():
                    list(self._keeper.call("check", items, _nothing, cancel))
            except Unwilling:
                pass  # every answer will end before it begins
        return self._generate(requests, items, cancel)

    def _generate(
        self, requests: Sequence[GenerateRequest], items: Sequence[Frame], cancel: threading.Event | None
    ) -> Iterator[Event]:
        if not items:
            return
        told = Told(requests)
        with self._keeper.working():
            try:
                with closing(self._keeper.call("generate", items, told.take, cancel)) as steps:
                    for events in steps:
                        yield from events
            except Unwilling:
                yield from told.cancelled()
            told.check_all_done()

    def choose(
        self, requests: Sequence[ChooseRequest], *, cancel: threading.Event | None = None
    ) -> list[Distribution]:
        """Probabilities over each request's options. Raises ContextOverflow, Cancelled, WorkerCrashed."""
        if not requests:
            return []
        items = [request_frame(request) for request in requests]
        with self._keeper.working():
            try:
                parts = list(self._keeper.call("choose", items, _distributions, cancel))
            except Unwilling:
                raise Cancelled("stopped while weighing options") from None
            told = [each for part in parts for each in part]
            if len(told) != len(requests):
                raise Garbage("there were not as many distributions as requests")
            return [read_distribution(d, r.options) for d, r in zip(told, requests, strict=True)]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """[n, d] float32, rows of length 1. Raises ModelError when the model is not for this, WorkerCrashed."""
        items: list[Frame] = [{"text": text} for text in texts]
        with self._keeper.working():
            parts = list(self._keeper.call("embed", items, read_vectors))
            if len({part.shape[1] for part in parts}) != 1 or sum(map(len, parts)) != len(texts):
                raise Garbage("there were not as many vectors as texts")
            return np.concatenate(parts)

    def close(self) -> None:
        """The child is gone; the model cannot be used afterwards."""
        self._keeper.close()


def _distributions(frame: Frame) -> list[object]:
    return row(frame.get("distributions"))


def _nothing(_frame: Frame) -> None:
    raise Garbage("there was nothing to tell")

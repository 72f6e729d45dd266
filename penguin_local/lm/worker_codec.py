"""Requests, events, vectors and errors as plain values, and back. What comes from the child is read strictly."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from penguin_local.errors import (
    BadInput,
    Cancelled,
    ContextOverflow,
    ModelError,
    NoRoom,
    PenguinError,
    UsageError,
    WeightsDamaged,
    WeightsMissing,
)
from penguin_local.lm.base import (
    ChooseRequest,
    Distribution,
    Done,
    Event,
    Finish,
    GenerateRequest,
    Message,
    ModelInfo,
    Reading,
    Role,
    Sampling,
    Token,
)
from penguin_local.lm.weights import ModelFile
from penguin_local.lm.worker_frames import LONGEST_TEXT, Frame, Garbage, row, share, text, whole

_ERRORS: Final[dict[str, Callable[..., PenguinError]]] = {
    kind.__name__: kind
    for kind in (
        *(PenguinError, UsageError, BadInput, ModelError, WeightsMissing, WeightsDamaged),
        *(ContextOverflow, Cancelled, NoRoom),
    )
}
"""The only errors that cross, by name."""
_LONGEST_ERROR: Final = 4000
_WIDEST: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Order:
    """What the child is to load; the rest as for `engine.load` and `engine.load_embedder`."""

    file: ModelFile
    embeds: bool = False
    """A model that turns texts into vectors; it takes only `adapter`, `gpu_layers` and `threads`."""
    adapter: Path | None = None
    context: int | None = None
    slots: int | None = None
    memory_bytes: int | None = None
    gpu_layers: int | Literal["auto"] = "auto"
    threads: int | None = None
    ignore_end: bool = False
    """For benchmarks alone: every answer runs to its limit."""
    gives_way: bool = False
    """Somebody sits at a screen: what draws it and takes their keys comes before the model (not on Windows)."""


def order_frame(order: Order) -> Frame:
    """The first frame that a child gets."""
    frame = asdict(order)
    # A file name need not be Unicode.
    frame["file"]["path"] = os.fsencode(order.file.path).hex()
    frame["adapter"] = None if order.adapter is None else os.fsencode(order.adapter).hex()
    return frame


def read_order(frame: Frame) -> Order:
    """In the child."""
    file, adapter = frame.pop("file"), frame.pop("adapter")
    return Order(
        ModelFile(_path(file.pop("path")), **file), adapter=_path(adapter) if adapter else None, **frame
    )


def _path(told: str) -> Path:
    return Path(os.fsdecode(bytes.fromhex(told)))


def request_frame(request: GenerateRequest | ChooseRequest) -> Frame:
    """One request."""
    messages = [[m.role.value, m.content] for m in request.messages]
    if isinstance(request, ChooseRequest):
        return {"messages": messages, "options": request.options, "prefill": request.prefill}
    sampling = request.sampling
    return {
        "messages": messages,
        "max_tokens": request.max_tokens,
        "seed": request.seed,
        "sampling": [sampling.temperature, sampling.top_p, sampling.min_p],
        "stop": request.stop,
    }


def read_request(frame: Frame) -> GenerateRequest | ChooseRequest:
    """In the child."""
    messages = tuple(Message(Role(role), content) for role, content in frame["messages"])
    if "options" in frame:
        return ChooseRequest(messages, tuple(frame["options"]), frame["prefill"])
    return GenerateRequest(
        messages, frame["max_tokens"], frame["seed"], Sampling(*frame["sampling"]), tuple(frame["stop"])
    )


def info_frame(info: ModelInfo) -> Frame:
    """What was loaded."""
    return asdict(info)


def read_info(value: object, file: ModelFile) -> ModelInfo:
    """Sizes as the child tells them; which file it is, we know ourselves."""
    if type(value) is not dict or set(value) != {field.name for field in fields(ModelInfo)}:
        raise Garbage("a model was described in another form")
    sizes = ("context_tokens", "slots", "cells", "gpu_layers", "threads", "memory_bytes")
    return ModelInfo(
        name=file.name,
        sha256=file.sha256,
        demonstration=file.demonstration,
        family=text(value["family"], most=100),
        **{name: whole(value[name]) for name in sizes},
    )


def event_rows(events: Iterable[Event]) -> list[list[Any]]:
    """Events of one step. An answer's whole text is not among them: the parent has heard it."""
    rows: list[list[Any]] = []
    for event in events:
        match event:
            case Token(index, piece):
                rows.append(["token", index, piece])
            case Reading(index, read, total):
                rows.append(["reading", index, read, total])
            case Done():
                numbers = [event.prompt_tokens, event.reused_tokens, event.generated_tokens]
                rows.append(["done", event.index, event.finish.value, *numbers, event.thinking])
    return rows


class Told:
    """What the child has told of some requests so far; it holds the child to what they allow."""

    def __init__(self, requests: Sequence[GenerateRequest]) -> None:
        self._left = [request.max_tokens + 1 for request in requests]
        self._texts: list[list[str]] = [[] for _ in requests]
        self._prompts = [(0, 0) for _ in requests]
        self._open = set(range(len(requests)))

    def take(self, frame: Frame) -> list[Event]:
        """The events of a frame. Raises Garbage."""
        return [self._event(row(each)) for each in row(frame.get("events"))]

    def cancelled(self) -> list[Event]:
        """An end for every answer that has none, with what it had."""
        ends: list[Event] = []
        for i in sorted(self._open):
            # A token gives a piece of text, but for those that were held back: near enough for an answer cut off.
            prompt, written = self._prompts[i][1], len(self._texts[i])
            ends.append(Done(i, "".join(self._texts[i]), Finish.CANCELLED, prompt, 0, written))
        self._open.clear()
        return ends

    def check_all_done(self) -> None:
        """Raises Garbage when an answer has no end."""
        if self._open:
            raise Garbage("an answer was left without an end")

    def _event(self, told: list[Any]) -> Event:
        if len(told) < 2:
            raise Garbage("an event was too short")
        index = whole(told[1])
        if index not in self._open:
            raise Garbage("an event was about no open request")
        match told[0]:
            case "token":
                _, _, piece = row(told, length=3)
                self._left[index] -= 1
                if self._left[index] < 0:
                    raise Garbage("an answer was longer than its limit")
                self._texts[index].append(text(piece))
                return Token(index, piece)
            case "reading":
                _, _, read, total = row(told, length=4)
                self._prompts[index] = whole(read, most=whole(total)), total
                return Reading(index, read, total)
            case "done":
                _, _, finish, *numbers, thinking = row(told, length=7)
                if finish not in tuple(Finish):
                    raise Garbage("an answer ended in no known way")
                self._open.remove(index)
                prompt, reused, generated = map(whole, numbers)
                said = "".join(self._texts[index])
                return Done(index, said, Finish(finish), prompt, reused, generated, text(thinking))
        raise Garbage("an event was of no known kind")


def read_overflow(frame: Frame) -> ContextOverflow | None:
    """Raises Garbage."""
    numbers = frame.get("numbers")
    return None if numbers is None else ContextOverflow(*map(whole, row(numbers, length=2)))


def read_distribution(value: object, options: tuple[str, ...]) -> Distribution:
    """One of them; empty when the model gave no finite numbers."""
    probabilities = row(value)
    if not probabilities:
        return Distribution((), ())
    if len(probabilities) != len(options):
        raise Garbage("a distribution was over other options")
    return Distribution(options, tuple(share(p) for p in probabilities))


def vectors_frame(rows: NDArray[np.float32]) -> Frame:
    """Bit for bit."""
    data = np.ascontiguousarray(rows, np.dtype("<f4")).tobytes()
    return {"rows": rows.shape[0], "columns": rows.shape[1], "data": base64.b64encode(data).decode()}


def read_vectors(frame: Frame) -> NDArray[np.float32]:
    """[rows, columns]; finite. Raises Garbage."""
    rows, columns = whole(frame.get("rows"), most=_WIDEST), whole(frame.get("columns"), most=_WIDEST)
    try:
        data = base64.b64decode(text(frame.get("data"), most=1 << 20), validate=True)
    except (binascii.Error, ValueError):
        raise Garbage("vectors were not in base64") from None
    if len(data) != 4 * rows * columns:
        raise Garbage("vectors were of another size")
    vectors: NDArray[np.float32] = np.frombuffer(data, np.dtype("<f4")).reshape(rows, columns)
    return vectors.astype(np.float32)


def error_frame(error: PenguinError | ValueError) -> Frame:
    """An error that a caller can do something about."""
    if not isinstance(error, PenguinError):
        return {"class": ValueError.__name__, "message": str(error)[:_LONGEST_ERROR]}
    name = next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in _ERRORS)
    frame: Frame = {
        "class": name,
        "message": error.message[:_LONGEST_ERROR],
        "hint": error.hint[:_LONGEST_ERROR],
    }
    if isinstance(error, ContextOverflow):
        frame["numbers"] = [error.prompt_tokens, error.context_tokens]
    return frame


def read_error(frame: Frame) -> PenguinError | ValueError:
    """The same error here. Raises Garbage."""
    name = text(frame.get("class"))
    message = text(frame.get("message"), most=LONGEST_TEXT)
    if name == ValueError.__name__:
        return ValueError(message)
    kind = _ERRORS.get(name)
    if kind is None:
        raise Garbage("an error was of no known kind")
    if name == ContextOverflow.__name__:
        return ContextOverflow(*map(whole, row(frame.get("numbers"), length=2)))
    return kind(message, hint=text(frame.get("hint")))

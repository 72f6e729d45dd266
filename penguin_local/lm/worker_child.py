"""The child: it loads one model and answers what the parent asks, over its standard input and output.

    python -m penguin_local.lm.worker_child PARENT

It keeps nothing: the parent may end it at any moment.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from penguin_local.errors import PenguinError
from penguin_local.lm.worker_confine import confine
from penguin_local.lm.worker_frames import MOST_FROM_PARENT, Frame, Garbage, pack, read_frame

if TYPE_CHECKING:
    from penguin_local.lm.engine import Embedder, Engine
    from penguin_local.lm.worker_codec import Order

STEP_SECONDS: Final = 1.0
"""Between two words that work goes on; they follow steps that were done, never a clock of their own."""
GIVEN_WAY: Final = 7
"""Added to the process' niceness; alone on a machine it is as fast as before."""
FAULT: Final = 70
"""Exit code after an error of ours."""
_NUMBERS_A_FRAME: Final = 1 << 14
T = TypeVar("T")


@dataclass(slots=True)
class Call:
    """One thing to do."""

    do: str
    number: int
    items: list[Frame]
    cancel: threading.Event = field(default_factory=threading.Event)


class Inbox:
    """What the parent sends, read as it comes: a stop must be heard while llama.cpp is at work."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._calls: queue.SimpleQueue[Call] = queue.SimpleQueue()
        self._latest: Call | None = None

    def first(self) -> Frame:
        """What to load."""
        frame = read_frame(self._stream, MOST_FROM_PARENT)
        if frame is None:
            os._exit(0)
        threading.Thread(target=self._read, name="inbox", daemon=True).start()
        return frame

    def calls(self) -> Iterator[Call]:
        """One after another."""
        while True:
            yield self._calls.get()

    def _read(self) -> None:
        try:
            while frame := read_frame(self._stream, MOST_FROM_PARENT):
                if frame["do"] == "stop":
                    if self._latest is not None and self._latest.number == frame["call"]:
                        self._latest.cancel.set()
                    continue
                items = [read_frame(self._stream, MOST_FROM_PARENT) or {} for _ in range(frame["items"])]
                self._latest = Call(frame["do"], frame["call"], items)
                self._calls.put(self._latest)
        except (Garbage, OSError, KeyError):
            pass
        os._exit(0)  # the parent is gone


class Outbox:
    """What the parent is told."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._call = 0
        self._sent = time.monotonic()
        self._loaded = -1.0

    def begin(self, call: int) -> None:
        """What follows is about this call."""
        self._call = call

    def send(self, kind: str, **told: Any) -> None:
        """One frame, whole."""
        data = memoryview(pack({"kind": kind, "call": self._call, **told}))
        try:
            while data:
                data = data[os.write(self._handle, data) :]
        except OSError:
            os._exit(0)  # nobody listens any more
        self._sent = time.monotonic()

    def step(self) -> None:
        """A step of work was done; said when nothing else has been for a while."""
        if time.monotonic() - self._sent > STEP_SECONDS:
            self.send("step")

    def loaded(self, fraction: float) -> None:
        """So much of the file was read."""
        if fraction >= self._loaded + 0.01 or (fraction >= 1 > self._loaded):
            self._loaded = fraction
            self.send("load", fraction=min(max(fraction, 0.0), 1.0))


def main() -> None:
    """Until the parent goes."""
    confine(int(sys.argv[1]))
    # Native code prints to standard output; the frames get a handle of their own.
    outbox = Outbox(os.dup(1))
    os.dup2(2, 1)
    inbox = Inbox(sys.stdin.buffer)
    try:
        _serve(inbox, outbox)
    except BaseException as error:
        _give_up(outbox, error)


def _serve(inbox: Inbox, outbox: Outbox) -> None:
    from penguin_local.lm.worker_codec import error_frame, info_frame, read_order

    order = read_order(inbox.first())
    if order.gives_way and hasattr(os, "nice"):
        os.nice(GIVEN_WAY)
    try:
        model = _load(order, outbox)
    except PenguinError as error:
        outbox.send("error", **error_frame(error))
        return
    outbox.send("ready", info=info_frame(model.info))
    for call in inbox.calls():
        outbox.begin(call.number)
        try:
            _do(model, call, outbox)
        except (PenguinError, ValueError) as error:
            outbox.send("error", **error_frame(error))
        else:
            outbox.send("end")


def _load(order: Order, outbox: Outbox) -> Engine | Embedder:
    from penguin_local.lm import engine

    if order.embeds:
        return engine.load_embedder(
            order.file,
            adapter=order.adapter,
            gpu_layers=order.gpu_layers,
            threads=order.threads,
            on_load=outbox.loaded,
            on_step=outbox.step,
        )
    return engine.load(
        order.file,
        context=order.context,
        slots=order.slots,
        memory_bytes=order.memory_bytes,
        gpu_layers=order.gpu_layers,
        threads=order.threads,
        ignore_end=order.ignore_end,
        on_load=outbox.loaded,
        on_step=outbox.step,
    )


def _do(model: Engine | Embedder, call: Call, outbox: Outbox) -> None:
    from penguin_local.lm.worker_codec import read_request

    if call.do == "embed":
        _embed(model, [item["text"] for item in call.items], outbox)
        return
    requests: list[Any] = [read_request(item) for item in call.items]
    match call.do:
        case "overflow":
            error = model.overflow(requests[0])
            numbers = [error.prompt_tokens, error.context_tokens] if error else None
            outbox.send("told", numbers=numbers)
        case "check":
            model.generate(requests)  # refuses what does not fit; nothing is done until someone listens
        case "generate":
            _generate(model, requests, call.cancel, outbox)
        case "choose":
            chosen = model.choose(requests, cancel=call.cancel)
            widest = max(len(request.options) for request in requests)
            for part in _parts(chosen, max(1, _NUMBERS_A_FRAME // widest)):
                outbox.send("told", distributions=[d.probabilities for d in part])


def _generate(
    model: Engine | Embedder, requests: Sequence[Any], cancel: threading.Event, outbox: Outbox
) -> None:
    from penguin_local.lm.engine import Embedder
    from penguin_local.lm.worker_codec import event_rows

    if isinstance(model, Embedder):
        model.generate(requests)
        return
    for events in model.generate_in_steps(requests, cancel=cancel):
        if events:
            outbox.send("told", events=event_rows(events))


def _embed(model: Engine | Embedder, texts: Sequence[str], outbox: Outbox) -> None:
    from penguin_local.lm.worker_codec import vectors_frame

    vectors = model.embed(texts)
    rows = max(1, _NUMBERS_A_FRAME // max(1, vectors.shape[1]))
    for start in range(0, max(1, len(vectors)), rows):
        outbox.send("told", **vectors_frame(vectors[start : start + rows]))


def _parts(values: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part


def _give_up(outbox: Outbox, error: BaseException) -> NoReturn:
    """After an error of ours nothing here is to be trusted. Its place is told, not its words: they may quote."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""
    outbox.send("fault", what=type(error).__name__, where=where)
    os._exit(FAULT)


if __name__ == "__main__":
    main()

"""Keeping a child at work: calls one at a time, how long it may be silent, and another one when it breaks down."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from penguin_local.errors import ModelError, NoRoom, WorkerCrashed
from penguin_local.lm.base import ModelInfo
from penguin_local.lm.worker_codec import Order, order_frame, read_error, read_info
from penguin_local.lm.worker_frames import Frame, Garbage, share
from penguin_local.lm.worker_limits import Limits, Restart, Unwilling, Watch
from penguin_local.lm.worker_process import Breakdown, Child, Crash

_TICK: Final = 0.02
"""Seconds between two looks at whether someone wants to stop."""
_HINT: Final = "choose another model, or lower --context, --slots or --memory"
T = TypeVar("T")


class Keeper:
    """One model's child after another. Calls raise Garbage and Breakdown within `working` alone."""

    def __init__(
        self,
        order: Order,
        limits: Limits,
        *,
        on_load: Callable[[float], None] | None,
        on_restart: Callable[[Restart], None] | None,
        command: Sequence[str],
    ) -> None:
        """Loads. See `Worker`."""
        self.name = order.file.name
        self.info: ModelInfo | None = None
        self._order = order
        self._limits = limits
        self._on_load = on_load
        self._on_restart = on_restart
        self._command = command
        self._at_work = threading.Lock()
        self._closed = False
        self._crashes = 0
        self._calls = 0
        self._child: Child | None = None
        self._loaded = False
        self._patience = limits.silent_seconds
        with contextlib.suppress(OSError):  # loading says what is wrong with the file
            self._patience += limits.silent_seconds_per_gigabyte * order.file.path.stat().st_size / 1e9
        try:
            self._begin()
            self._ready(Watch(None))
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int | None:
        """Of the child, None while there is none."""
        return self._child.pid if self._child is not None else None

    def close(self) -> None:
        """The child is gone, and no other one comes."""
        self._closed = True
        child, self._child = self._child, None
        if child is not None:
            child.kill()

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """One call at a time; a breakdown in it becomes a `WorkerCrashed`."""
        if not self._at_work.acquire(blocking=False):
            raise ModelError(
                f"{self.name} is at work on another call",
                hint="finish or close that call first; one engine does one call at a time",
            )
        try:
            yield
        except Garbage as garbage:
            raise self._crashed(Breakdown(Crash.GARBAGE, str(garbage))) from None
        except Breakdown as breakdown:
            raise self._crashed(breakdown) from None
        finally:
            self._at_work.release()

    def call(
        self,
        do: str,
        items: Sequence[Frame],
        read: Callable[[Frame], T],
        cancel: threading.Event | None = None,
    ) -> Generator[T, None, None]:
        """What the child tells of one call, to its end. Raises Unwilling, and what the call raised there."""
        watch = Watch(cancel)
        child = self._ready(watch)
        self._calls += 1
        watch.number = self._calls
        child.send({"do": do, "call": watch.number, "items": len(items)}, *items)
        try:
            while True:
                frame = self._next(child, watch)
                match frame.get("kind"):
                    case "step":
                        continue
                    case "error":
                        raise read_error(frame)
                    case "end":
                        break
                    case "told":
                        yield read(frame)
                    case _:
                        raise Garbage("a frame was of no known kind")
        except GeneratorExit:  # whoever listened went away
            self._leave(child, watch)
            raise
        except Unwilling:
            self._replace(child)
            raise
        except KeyboardInterrupt:  # the end of it all, most likely
            self._drop(child)
            raise
        if do not in ("check", "overflow"):
            self._crashes = 0

    def _leave(self, child: Child, watch: Watch) -> None:
        """Stop a call that nobody listens to any more."""
        watch.cancel = threading.Event()
        watch.cancel.set()
        try:
            while self._next(child, watch).get("kind") not in ("end", "error"):
                pass
        except (Breakdown, Garbage, ModelError, Unwilling):
            self._replace(child)

    def _next(self, child: Child, watch: Watch) -> Frame:
        """The next frame of this call."""
        while True:
            self._look_for_stop(child, watch)
            try:
                frame = child.take(_TICK)
            except Breakdown:
                if self._closed:
                    raise self._gone() from None
                raise
            if frame is not None:
                watch.silent = 0.0
                if frame.get("call") != watch.number:
                    raise Garbage("a frame was about another call")
                return frame
            watch.silent += _TICK
            if watch.silent > self._patience:
                raise Breakdown(Crash.HUNG, f"nothing for {self._patience:,.0f} seconds")

    def _look_for_stop(self, child: Child, watch: Watch) -> None:
        now = time.monotonic()
        if watch.stopped is not None and now - watch.stopped > self._limits.stop_seconds:
            raise Unwilling
        if now - watch.began > self._limits.call_seconds:
            raise Breakdown(Crash.HUNG, f"one call took {self._limits.call_seconds:,.0f} seconds")
        if watch.wants_stop and watch.stopped is None:
            if watch.number == 0:  # loading goes on while nobody waits: it will be needed
                raise Unwilling
            child.send({"do": "stop", "call": watch.number})
            watch.stopped = now

    def _ready(self, watch: Watch) -> Child:
        """A child that has loaded. Raises what loading raises, and ModelError when it breaks down over it."""
        if self._closed:
            raise self._gone()
        if self._child is not None and self._loaded and self._child.over:
            # Between two calls nothing is lost: the call at hand simply waits.
            self._crashed(self._child.breakdown())
        if self._child is None:
            self._refuse_endless()
            self._begin()
        child = self._child
        assert child is not None
        if self._loaded:
            return child
        try:
            self._load(child, watch)
        except Unwilling:
            raise
        except (Breakdown, Garbage) as broken:
            self._drop(child)
            self._crashes += 1
            how = broken if isinstance(broken, Breakdown) else Breakdown(Crash.GARBAGE, str(broken))
            raise ModelError(
                f"{self.name} could not be loaded: its process {how}",
                hint="the file may be damaged, or memory short: close other programs, or choose another model",
            ) from None
        except BaseException:
            self._drop(child)
            raise
        return child

    def _load(self, child: Child, watch: Watch) -> None:
        while not self._loaded:
            frame = self._next(child, watch)
            match frame.get("kind"):
                case "load":
                    fraction = share(frame.get("fraction"))
                    if self._on_load is not None:
                        self._on_load(fraction)
                case "ready":
                    self._settle(read_info(frame.get("info"), self._order.file))
                case "error":
                    raise read_error(frame)
                case _:
                    raise Garbage("a frame was of no known kind")

    def _settle(self, info: ModelInfo) -> None:
        """The first child chooses the sizes; all later ones get them, for with others the numbers would move."""
        if self.info is not None and info != self.info:
            raise Garbage("the model was loaded in another way than before")
        if not self._order.embeds:
            self._order = replace(
                self._order,
                context=info.context_tokens,
                slots=info.slots,
                memory_bytes=info.memory_bytes,
                threads=info.threads,
            )
        self.info = info
        self._loaded = True

    def _begin(self) -> None:
        self._loaded = False
        child = self._child = Child(order_frame(self._order), command=self._command)
        if self._closed:  # by another thread, meanwhile
            self._drop(child)
            raise self._gone()

    def _drop(self, child: Child) -> None:
        child.kill()
        if self._child is child:
            self._child = None

    def _replace(self, child: Child) -> None:
        """A child that is of no more use, though nothing broke down; another one loads while nobody waits."""
        if self._child is child:
            self._drop(child)
            with contextlib.suppress(ModelError, NoRoom):  # the next call says so
                self._begin()

    def _crashed(self, breakdown: Breakdown) -> WorkerCrashed:
        """End the child, start another, and say so."""
        self._crashes += 1
        if self._child is not None:
            self._drop(self._child)
        again = self._crashes < self._limits.crashes and not self._closed
        if again:
            try:
                self._begin()
            except (NoRoom, ModelError):
                again = False
        restart = Restart(breakdown, again)
        if self._on_restart is not None:
            self._on_restart(restart)
        hint = "try again: what was written until then is kept" if again else _HINT
        return WorkerCrashed(f"{self.name}: {restart}", hint=hint)

    def _refuse_endless(self) -> None:
        if self._crashes >= self._limits.crashes:
            times = f"{self._crashes} times in a row"
            raise ModelError(f"{self.name}: its process broke down {times} and stays ended", hint=_HINT)

    def _gone(self) -> ModelError:
        return ModelError(f"{self.name} has been closed", hint="load it again")

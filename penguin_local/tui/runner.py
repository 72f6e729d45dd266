"""Drives a session in one thread of its own: the screens send it replies and wishes, it only posts messages."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from threading import Event
from typing import TypeVar

from textual.message import Message

from penguin_local.agent.case_state import CaseState
from penguin_local.agent.session_events import Asking, Chosen, ReadingPrompt, Said, Step, Streamed, Unclear
from penguin_local.errors import PenguinError
from penguin_local.tui.deps import Steps, Talk

T = TypeVar("T")
Wish = Callable[[Talk, Event], Steps]


class Stepped(Message):
    """The session did something."""

    def __init__(self, step: Step, state: CaseState | None) -> None:
        super().__init__()
        self.step = step
        self.state = state
        """None while only text arrives: it has not changed."""


class Overtaken(Message):
    """The open question needs no reply any more: what stands in its place."""

    def __init__(self, said: Chosen) -> None:
        super().__init__()
        self.said = said


class Rested(Message):
    """The session is done, was stopped, or failed in a way that can be told."""

    def __init__(self, state: CaseState, error: PenguinError | None, stopped: bool) -> None:
        super().__init__()
        self.state = state
        self.error = error
        self.stopped = stopped


class Broke(Message):
    """A fault of ours."""

    def __init__(self, fault: BaseException) -> None:
        super().__init__()
        self.fault = fault


class Runner:
    """One wish at a time. The session is touched by its thread alone."""

    def __init__(self, talk: Talk, post: Callable[[Message], object]) -> None:
        self._talk = talk
        self._post = post
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="session")
        self._cancel = Event()
        self._replies: SimpleQueue[Said] = SimpleQueue()
        self._asides: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._work: Future[None] | None = None

    @property
    def running(self) -> bool:
        """Whether a wish is being worked on."""
        return self._work is not None and not self._work.done()

    @property
    def window_tokens(self) -> int:
        """What the model can read at once."""
        return self._talk.window_tokens

    def start(self, wish: Wish) -> None:
        """Begin: `lambda talk, cancel: talk.ask(text, cancel)`. Refused while another wish is worked on."""
        if self.running:
            raise RuntimeError("the session is still at work")
        self._cancel = Event()
        self._replies, self._wake = SimpleQueue(), SimpleQueue()
        self._work = self._pool.submit(self._drive, wish, self._cancel)
        self._work.add_done_callback(self._tell_fault)

    def reply(self, said: Said) -> None:
        """To the question that is open."""
        self._replies.put(said)
        self._wake.put(None)

    def stop(self) -> None:
        """As soon as can be; what was said is kept."""
        self._cancel.set()
        self._wake.put(None)

    def perform(self, call: Callable[[Talk], T]) -> Future[T]:
        """Something short beside the work, as a correction: between two steps, or at once."""
        future: Future[T] = Future()

        def aside() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(call(self._talk))
            except PenguinError as error:
                future.set_exception(error)

        self._asides.put(aside)
        self._wake.put(None)
        self._pool.submit(self._listen).add_done_callback(self._tell_fault)
        return future

    def close(self) -> Future[None]:
        """Stop, and let the session go; done when nothing touches it any more."""
        self.stop()
        done = self._pool.submit(lambda: None)
        self._pool.shutdown(wait=False)
        return done

    def _drive(self, wish: Wish, cancel: Event) -> None:
        error: PenguinError | None = None
        try:
            self._step_through(wish(self._talk, cancel), cancel)
        except PenguinError as told:
            error = told
        self._post(Rested(self._talk.state, error, cancel.is_set()))

    def _step_through(self, steps: Steps, cancel: Event) -> None:
        said: Said = None
        try:
            while True:
                self._listen()
                step = steps.send(said)
                quick = isinstance(step, Streamed | ReadingPrompt)
                self._post(Stepped(step, None if quick else self._talk.state))
                said = None
                if isinstance(step, Asking | Unclear):
                    said = self._wait(step, cancel)
        except StopIteration:
            return
        finally:
            steps.close()

    def _wait(self, step: Asking | Unclear, cancel: Event) -> Said:
        """The person's reply; None when they would rather stop here."""
        while not cancel.is_set():
            self._wake.get()
            self._listen()
            try:
                return self._replies.get_nowait()
            except Empty:
                attribute = step.attribute if isinstance(step, Unclear) else step.ask.attribute
                if (settled := self._talk.overtaken(attribute)) is not None:
                    self._post(Overtaken(settled))
                    return settled
        return None

    def _listen(self) -> None:
        while True:
            try:
                aside = self._asides.get_nowait()
            except Empty:
                return
            aside()

    def _tell_fault(self, work: Future[None]) -> None:
        if not work.cancelled() and (fault := work.exception()) is not None:
            self._post(Broke(fault))

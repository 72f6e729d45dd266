"""The chat engine: `generate` and `choose` over llama.cpp, many sequences at once.

The result of a call is a function of the weights, the requests in their order and the sizes: the cache is
cleared before each call, so that neither earlier calls nor an interruption can change a number.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator, Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from penguin_local.errors import Cancelled, ContextOverflow, ModelError
from penguin_local.lm.base import ChooseRequest, Distribution, Event, Finish, GenerateRequest, ModelInfo
from penguin_local.lm.chat_format import ChatFormat, Piece, Thinking
from penguin_local.lm.engine_context import Aborted, AbortSwitch, Context
from penguin_local.lm.engine_jobs import Answer, Chain, Job, ThinkingBudget, Weighing, closing_of
from penguin_local.lm.engine_native import Weights
from penguin_local.lm.engine_prefix import PrefixStore
from penguin_local.lm.engine_schedule import Scheduler

THINKING_TOKENS = 512
"""What a model that cannot be told not to think may think."""
LOOK_SECONDS = 0.05
"""How often a cancel is looked for while llama.cpp is at work."""


class Engine:
    """A loaded chat model. Not for two threads at once: the second call is refused."""

    def __init__(
        self,
        weights: Weights,
        context: Context,
        chat: ChatFormat,
        info: ModelInfo,
        *,
        ignore_end: bool = False,
    ) -> None:
        """`ignore_end` lets every answer run to its limit: benchmarks must give all the same work."""
        self._weights = weights
        self._context = context
        self._chat = chat
        self._info = info
        self._ignore_end = ignore_end
        self._prefixes = PrefixStore()
        self._at_work = threading.Lock()
        self._closed = False
        self._text_tokens = lru_cache(maxsize=1024)(weights.tokenize)

    @property
    def info(self) -> ModelInfo:
        """What is loaded."""
        return self._info

    def overflow(self, request: GenerateRequest | ChooseRequest) -> ContextOverflow | None:
        """The error that this request would raise because its prompt does not fit, or None."""
        if isinstance(request, GenerateRequest):
            return self._too_long(len(self._answer(0, request, []).tokens) + 1)
        return self._too_long(max(len(t) for t in self._option_tokens(request)))

    def generate(
        self, requests: Sequence[GenerateRequest], *, cancel: threading.Event | None = None
    ) -> Iterator[Event]:
        """Tokens of many sequences, interleaved. Raises ContextOverflow before any work."""
        return _one_by_one(self.generate_in_steps(requests, cancel=cancel))

    def generate_in_steps(
        self, requests: Sequence[GenerateRequest], *, cancel: threading.Event | None = None
    ) -> Generator[list[Event], None, None]:
        """The same, as many at a time as one step of work gave."""
        events: list[Event] = []
        answers = [self._answer(i, request, events) for i, request in enumerate(requests)]
        for answer in answers:
            self._refuse(self._too_long(len(answer.tokens) + 1))
        return self._generate(answers, events, cancel)

    def _generate(
        self, answers: list[Answer], events: list[Event], cancel: threading.Event | None
    ) -> Generator[list[Event], None, None]:
        work = self._work(answers, cancel)
        with contextlib.closing(work):
            for _ in work:
                yield _drained(events)
        for answer in answers:
            if not answer.finished:
                answer.finish(Finish.CANCELLED)
        yield _drained(events)

    def choose(
        self, requests: Sequence[ChooseRequest], *, cancel: threading.Event | None = None
    ) -> list[Distribution]:
        """Probabilities over each request's options. Raises ContextOverflow, or Cancelled."""
        weighings = [self._weighing(request) for request in requests]
        chains = [Chain(w, passed) for w in weighings if len(w.options) > 1 for passed in w.chains()]
        for chain in chains:
            self._refuse(self._too_long(len(chain.tokens)))
        for _ in self._work(chains, cancel):
            pass
        if cancel is not None and cancel.is_set():
            raise Cancelled("stopped while weighing options")
        return [
            w.distribution() if len(w.options) > 1 else Distribution(w.options, (1.0,)) for w in weighings
        ]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Not what a chat model is for."""
        raise ModelError(
            f"{self._info.name} is a chat model and gives no embeddings",
            hint="load an embedding model, such as all-MiniLM-L6-v2",
        )

    def close(self) -> None:
        """Give the memory back."""
        self._closed = True
        self._context.close()
        self._weights.close()

    def _work(self, jobs: Sequence[Job], cancel: threading.Event | None) -> Generator[None, None, None]:
        """Do the jobs, pausing after each step; ends early when `cancel` is set."""
        if not jobs or self._closed:
            return
        if not self._at_work.acquire(blocking=False):
            raise ModelError(
                f"{self._info.name} is at work on another call",
                hint="finish or close that call first; one engine does one call at a time",
            )
        try:
            with _watched(cancel, self._context.abort):
                self._context.clear()
                share = self._weights.can_share_prefix
                known, reused = (yield from self._prefixes.read(self._context, jobs)) if share else (0, 0)
                scheduler = Scheduler(
                    self._context, jobs, slots=self._info.slots, known=known, reused=reused, share=share
                )
                for _ in scheduler.steps():
                    yield
                    if cancel is not None and cancel.is_set():
                        return
        except Aborted:
            return
        finally:
            self._context.clear()
            self._at_work.release()

    def _answer(self, index: int, request: GenerateRequest, events: list[Event]) -> Answer:
        tokens = self._tokens(self._chat.prompt(request.messages))
        budget, room = None, self._info.context_tokens - len(tokens)
        if self._chat.thinking is Thinking.BUDGETED:
            closing = closing_of(self._weights)
            budget = ThinkingBudget(max(1, min(THINKING_TOKENS, room // 2)), closing)
            room -= budget.tokens + len(closing)
        return Answer(
            index,
            request,
            tokens,
            self._weights,
            events,
            stop=(*request.stop, *self._chat.stop),
            limit=min(request.max_tokens, room),
            thinking=budget,
            ignore_end=self._ignore_end,
        )

    def _weighing(self, request: ChooseRequest) -> Weighing:
        if not request.options or len(set(request.options)) < len(request.options):
            raise ValueError("options must be given and differ")
        return Weighing.of(request.options, self._option_tokens(request), self._weights.end_of_turn)

    def _option_tokens(self, request: ChooseRequest) -> list[list[int]]:
        """Prompt, prefill and option as one text: how an option splits may depend on what precedes it."""
        return [
            self._tokens(
                self._chat.prompt(request.messages, prefill=request.prefill + option, answer_now=True)
            )
            for option in request.options
        ]

    def _tokens(self, pieces: Sequence[Piece]) -> list[int]:
        """Neighbouring texts are tokenised as one, as the model was trained; control tokens apart."""
        if self._closed:
            raise ModelError(f"{self._info.name} has been closed", hint="load it again")
        tokens = [self._weights.bos] if self._weights.adds_bos else []
        for piece in _merged(pieces):
            tokens += self._text_tokens(piece.text, special=piece.special)
        return tokens

    def _too_long(self, tokens: int) -> ContextOverflow | None:
        limit = self._info.context_tokens
        return ContextOverflow(tokens, limit) if tokens > limit else None

    @staticmethod
    def _refuse(error: ModelError | None) -> None:
        if error is not None:
            raise error


def _one_by_one(steps: Generator[list[Event], None, None]) -> Iterator[Event]:
    with contextlib.closing(steps):
        for events in steps:
            yield from events


def _drained(events: list[Event]) -> list[Event]:
    drained = events[:]
    events.clear()
    return drained


def _merged(pieces: Sequence[Piece]) -> Iterator[Piece]:
    text = ""
    for piece in pieces:
        if not piece.special:
            text += piece.text
            continue
        if text:
            yield Piece(text)
            text = ""
        yield piece
    if text:
        yield Piece(text)


@contextlib.contextmanager
def _watched(cancel: threading.Event | None, switch: AbortSwitch) -> Iterator[None]:
    """While in here, setting `cancel` aborts the decode that is running."""
    switch.set(False)
    if cancel is None:
        yield
        return
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            if cancel.wait(LOOK_SECONDS):
                switch.set(True)
                return

    watcher = threading.Thread(target=watch, name="cancel-watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        switch.set(False)

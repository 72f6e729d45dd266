"""How fast this machine is, measured in a few seconds on the bundled model, and what that says of larger ones."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np

from penguin_local.lm.base import Done, GenerateRequest, LanguageModel, Message, Role
from penguin_local.lm.catalogue_entry import Entry

SLOTS: Final = 16
SECONDS: Final = 10.0
"""All that a calibration takes, loading apart."""
_PROMPT_WORDS: Final = 120
_ANSWER_TOKENS: Final = 48
ASSUMPTION: Final = (
    "reckoned from that, not measured: a token costs what it cost the bundled model and, on top, two operations "
    "for each weight that takes part; a step of 16 tokens also reads the whole file from memory once, and the "
    "slower of the two decides. Expect the order of magnitude (a model of 0.5B at Q4_K_M was within a factor of "
    "1.5): kernels for rounded weights differ, long prompts cost more, a GPU is not reckoned with, and programs that "
    "are busy meanwhile make all figures too low"
)
"""In words for the person who reads the figures."""


@dataclass(frozen=True, slots=True)
class Speed:
    """What was measured on this machine."""

    read_per_second: float
    """Prompt tokens of the bundled model."""
    written_per_second: float
    """Its answer tokens, over 16 slots together."""
    operations_per_second: float
    """Of multiplying 32-bit matrices: a multiplication and an addition are two."""
    bytes_per_second: float
    """Of reading memory."""
    seconds: float
    """What measuring took."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Tokens a second of another model: an order of magnitude."""

    read: float
    written: float
    """Over 16 slots together."""


def expected(entry: Entry, speed: Speed) -> Expected | None:
    """What `ASSUMPTION` says; None where the architecture is not known."""
    if entry.shape is None or entry.bytes is None:
        return None
    operations = 2 * entry.shape.working_parameters / speed.operations_per_second
    step = max(SLOTS * operations, entry.bytes / speed.bytes_per_second)
    return Expected(
        read=1 / (1 / speed.read_per_second + operations),
        written=SLOTS / (SLOTS / speed.written_per_second + step),
    )


def calibrate(
    engine: LanguageModel, *, seconds: float = SECONDS, clock: Callable[[], float] = time.perf_counter
) -> Speed:
    """Measure; `engine` holds the bundled model with 16 slots. It takes less than `seconds`."""
    began = clock()
    # A step that has begun is finished: on a busy machine that takes the fifth that is left over.
    operations, memory = _operations(0.06 * seconds, clock), _read_memory(0.06 * seconds, clock)
    read = _rate(engine, 0.28 * seconds, clock, words=_PROMPT_WORDS, tokens=1)
    written = _rate(engine, 0.4 * seconds, clock, words=2, tokens=_ANSWER_TOKENS)
    return Speed(read, written, operations, memory, clock() - began)


def _rate(
    engine: LanguageModel, seconds: float, clock: Callable[[], float], *, words: int, tokens: int
) -> float:
    """Tokens a second, of prompts where one token is written and of answers where many are."""
    count, number, began = 0, 0, clock()
    with _stopping_after(seconds) as stop:
        while not stop.is_set():
            requests = [_request(number + i, words, tokens) for i in range(SLOTS)]
            number += SLOTS
            done = [e for e in engine.generate(requests, cancel=stop) if isinstance(e, Done)]
            # A prompt that was cut short has written nothing.
            finished = [e for e in done if e.generated_tokens]
            if tokens > 1:
                count += sum(e.generated_tokens for e in finished)
            else:
                count += sum(e.prompt_tokens - e.reused_tokens for e in finished)
    return max(count, 1) / (clock() - began)


def _request(number: int, words: int, tokens: int) -> GenerateRequest:
    # Each begins differently, so that none can use what another has read.
    text = f"{number} " + " ".join(f"word {number * words + i}" for i in range(words // 2))
    return GenerateRequest((Message(Role.USER, text),), tokens, seed=number)


@contextmanager
def _stopping_after(seconds: float) -> Iterator[threading.Event]:
    stop = threading.Event()
    timer = threading.Timer(seconds, stop.set)
    timer.daemon = True
    timer.start()
    try:
        yield stop
    finally:
        timer.cancel()


def _operations(seconds: float, clock: Callable[[], float]) -> float:
    """Multiply matrices as large as those of a model of some billion weights."""
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((2048, 2048), dtype=np.float32)
    tokens = rng.standard_normal((2048, 256), dtype=np.float32)
    weights @ tokens  # wakes the threads up
    times, began = 0, clock()
    while times == 0 or clock() - began < seconds:
        weights @ tokens
        times += 1
    return times * 2.0 * 2048 * 2048 * 256 / (clock() - began)


def _read_memory(seconds: float, clock: Callable[[], float]) -> float:
    """Read a block that is larger than any cache."""
    block = np.ones(1 << 24, np.float64)  # 128 MiB
    block.sum()
    times, began = 0, clock()
    while times == 0 or clock() - began < seconds:
        block.sum()
        times += 1
    return times * float(block.nbytes) / (clock() - began)

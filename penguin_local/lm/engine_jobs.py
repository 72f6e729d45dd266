"""What is done with the logits: an answer that grows, or options that are weighed."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from penguin_local.lm.base import Distribution, Done, Event, Finish, GenerateRequest, Reading, Token
from penguin_local.lm.engine_native import Weights
from penguin_local.lm.engine_sampling import Sampler
from penguin_local.lm.prefix import common_length
from penguin_local.lm.tokens import THINK_CLOSE, TextStream


class Job(Protocol):
    """One prompt, as the scheduler sees it."""

    tokens: list[int]
    """The whole prompt."""
    reused: int
    """How many prompt tokens it did not have to read."""

    @property
    def reserve(self) -> int:
        """Cells that may still be filled by what it generates; 0 for one that generates nothing."""
        ...

    @property
    def wants(self) -> range:
        """Positions of the prompt whose logits it wants to see."""
        ...

    def reached(self, tokens: int) -> None:
        """So many tokens of the prompt are in the cache now."""
        ...

    def see(self, position: int, row: NDArray[np.float32]) -> int | None:
        """Take the logits after `position`; the token to go on with, or None when done with generating."""
        ...


@dataclass(slots=True)
class ThinkingBudget:
    """How long a model may think before the block is closed for it."""

    tokens: int
    closing: list[int]
    """What closes the block."""


@dataclass(slots=True)
class Answer:
    """A growing answer."""

    index: int
    request: GenerateRequest
    tokens: list[int]
    weights: Weights
    events: list[Event]
    """Where its tokens and its end are told."""
    stop: tuple[str, ...]
    limit: int
    """The request's, or less where the context ends."""
    thinking: ThinkingBudget | None = None
    ignore_end: bool = False
    """For benchmarks only: go on to `max_tokens` whatever comes."""
    reused: int = 0
    finished: bool = False
    _read: int = 0
    _generated: int = 0
    _thought: int = 0
    _forced: deque[int] = field(default_factory=deque)
    _sampler: Sampler = field(init=False)
    _stream: TextStream = field(init=False)

    def __post_init__(self) -> None:
        self._sampler = Sampler(self.request.sampling, self.request.seed)
        self._stream = TextStream(self.stop, thinking=self.thinking is not None)

    @property
    def reserve(self) -> int:
        """See `Job`."""
        thinking = self.thinking.tokens + len(self.thinking.closing) if self.thinking else 0
        return max(0, self.limit + thinking - self._generated - self._thought)

    @property
    def wants(self) -> range:
        """See `Job`."""
        return range(len(self.tokens) - 1, len(self.tokens))

    def reached(self, tokens: int) -> None:
        """Tell it. What gave way and is read again is no news."""
        if self._read < (read := min(tokens, len(self.tokens))):
            self._read = read
            self.events.append(Reading(self.index, read, len(self.tokens)))

    def see(self, position: int, row: NDArray[np.float32]) -> int | None:
        """Draw the next token and tell what text it makes certain."""
        if self.limit <= 0:
            return self._end(Finish.LENGTH)
        token = self._forced.popleft() if self._forced else self._sampler(row)
        if self._stream.thinking:
            return self._think(token)
        if self.weights.ends_turn(token) and not self.ignore_end:
            return self._end(Finish.STOP)
        self._generated += 1
        self._tell(self._stream.feed(self.weights.piece(token)))
        if self._stream.stopped:
            return self._end(Finish.STOP)
        return self._end(Finish.LENGTH) if self._generated >= self.limit else token

    def _think(self, token: int) -> int | None:
        assert self.thinking is not None
        if self.weights.ends_turn(token):
            return self._end(Finish.STOP)
        self._thought += 1
        self._tell(self._stream.feed(self.weights.piece(token)))
        if self._thought == self.thinking.tokens and self._stream.thinking:
            self._forced.extend(self.thinking.closing)
        return token

    def _end(self, why: Finish) -> int | None:
        self.finish(why)
        return None

    def finish(self, why: Finish) -> None:
        """Tell what was held back, and that this is the end."""
        self._tell(self._stream.finish())
        self.finished = True
        self.events.append(
            Done(
                self.index,
                self._stream.text,
                why,
                prompt_tokens=len(self.tokens),
                reused_tokens=self.reused,
                generated_tokens=self._generated + self._thought,
                thinking=self._stream.thought.strip(),
            )
        )

    def _tell(self, text: str) -> None:
        if text:
            self.events.append(Token(self.index, text))


def closing_of(weights: Weights) -> list[int]:
    """The tokens that end a thinking block."""
    return weights.tokenize(f"\n{THINK_CLOSE}\n\n", special=True)


@dataclass(slots=True)
class Weighing:
    """A closed set of options after a prompt, as a small tree of tokens."""

    options: tuple[str, ...]
    prompt: list[int]
    """What all options have in common."""
    remainders: list[tuple[int, ...]]
    """How each goes on from there; none is the beginning of another."""
    _log_probabilities: dict[tuple[int, ...], float] = field(default_factory=dict)

    @classmethod
    def of(cls, options: Sequence[str], tokens: Sequence[list[int]], end_of_turn: int) -> Weighing:
        """From each option's tokens, prompt included."""
        shared = min(common_length(tokens[0], other) for other in tokens)
        rest = [tuple(t[shared:]) for t in tokens]
        if any(a == b[: len(a)] for a in rest for b in rest if a is not b):
            rest = [(*r, end_of_turn) for r in rest]  # "1" against "10": does the turn end after "1"?
        return cls(tuple(options), tokens[0][:shared], rest)

    def chains(self) -> list[list[int]]:
        """The fewest runs of tokens that pass through every fork."""
        runs = {r[:-1] for r in self.remainders}
        longest = [a for a in runs if not any(a == b[: len(a)] for b in runs if a != b)]
        return [list(r) for r in sorted(longest)]

    def see(self, passed: tuple[int, ...], row: NDArray[np.float32]) -> None:
        """Take the logits after the prompt and `passed`."""
        following = sorted(
            {r[len(passed)] for r in self.remainders if r[: len(passed)] == passed and len(r) > len(passed)}
        )
        # One fork only: the other tokens of the vocabulary cancel out.
        total = 0.0 if all(len(r) == 1 for r in self.remainders) else _log_sum(row)
        for token in following:
            self._log_probabilities[(*passed, token)] = float(row[token]) - total

    def distribution(self) -> Distribution:
        """Normalised over the options; empty when the logits were not numbers."""
        logs = np.array(
            [sum(self._log_probabilities[r[:k]] for k in range(1, len(r) + 1)) for r in self.remainders],
            np.float64,
        )
        if np.isnan(logs).any() or not np.isfinite(logs.max()):
            return Distribution((), ())
        weights = np.exp(logs - logs.max())
        return Distribution(self.options, tuple(float(w) for w in weights / weights.sum()))


def _log_sum(row: NDArray[np.float32]) -> float:
    top = float(row.max())
    return top + float(np.log(np.exp(row.astype(np.float64) - top).sum()))


@dataclass(slots=True)
class Chain:
    """One run through the forks of a `Weighing`."""

    weighing: Weighing
    passed: list[int]
    reused: int = 0
    tokens: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = [*self.weighing.prompt, *self.passed]

    @property
    def reserve(self) -> int:
        """See `Job`."""
        return 0

    @property
    def wants(self) -> range:
        """See `Job`."""
        return range(len(self.weighing.prompt) - 1, len(self.tokens))

    def reached(self, tokens: int) -> None:
        """Nobody waits to see it."""

    def see(self, position: int, row: NDArray[np.float32]) -> int | None:
        """Nothing is generated."""
        self.weighing.see(tuple(self.passed[: position + 1 - len(self.weighing.prompt)]), row)
        return None

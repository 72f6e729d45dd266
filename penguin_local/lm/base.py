"""Text in, text out: the three verbs of a language model, each over a batch, and what they give back.

Nothing here knows what the texts are about.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from penguin_local.errors import ContextOverflow


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. Its content is data: control tokens inside it are only text."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a token is drawn. The defaults are the paper's."""

    temperature: float = 0.7
    """0 takes the likeliest token."""
    top_p: float = 0.95
    min_p: float = 0.0


@dataclass(frozen=True, slots=True)
class GenerateRequest:
    """Continue a conversation with one assistant turn."""

    messages: tuple[Message, ...]
    max_tokens: int
    seed: int
    """Its own: neither its neighbours in the batch nor the order of work changes what it draws."""
    sampling: Sampling = Sampling()
    stop: tuple[str, ...] = ()
    """Texts that end the turn; they are not part of it."""


@dataclass(frozen=True, slots=True)
class ChooseRequest:
    """Which of a closed set of texts comes next?"""

    messages: tuple[Message, ...]
    options: tuple[str, ...]
    prefill: str = ""
    """How the assistant's turn begins; the option continues it."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """Probabilities over the options, summing to 1.

    Both tuples are empty when the model gave no finite probability (damaged weights): a missing value, to be
    counted as one.
    """

    options: tuple[str, ...]
    probabilities: tuple[float, ...]

    @property
    def best(self) -> str:
        """The likeliest option, the earlier one on a tie."""
        return self.options[max(range(len(self.options)), key=lambda i: (self.probabilities[i], -i))]


class Finish(StrEnum):
    """Why a text ended."""

    STOP = "stop"
    LENGTH = "length"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text for request `index`: always whole characters."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """Request `index` is finished. Folding its `Token.text` gives `text`."""

    index: int
    text: str
    finish: Finish
    prompt_tokens: int
    """Length of the whole prompt."""
    reused_tokens: int
    """How many of them were not read anew because another sequence had read them."""
    generated_tokens: int
    thinking: str = ""
    """What a thinking model wrote before its answer; never part of `text`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The prompt of request `index` is being read. Never after its first token; a model may tell nothing of it."""

    index: int
    read: int
    """Tokens of it that the model has taken in, those it knew from before included; only ever more."""
    total: int
    """Length of the whole prompt."""


Event = Token | Done | Reading


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What is loaded, for fingerprints and for people."""

    name: str
    sha256: str
    demonstration: bool
    """A bundled model whose scores say nothing about real ones."""
    family: str
    """The chat format in use: `chatml`, `llama3`, ..."""
    context_tokens: int
    """What one sequence may hold: prompt and answer together."""
    slots: int
    """Sequences that run at once."""
    cells: int
    """Tokens that all sequences together may hold."""
    gpu_layers: int
    threads: int
    memory_bytes: int
    """Weights and cache, as estimated before loading."""


class LanguageModel(Protocol):
    """What every room above `lm` sees of a model."""

    @property
    def info(self) -> ModelInfo:
        """What is loaded."""
        ...

    def overflow(self, request: GenerateRequest | ChooseRequest) -> ContextOverflow | None:
        """The error that this request would raise because its prompt does not fit, or None."""
        ...

    def generate(
        self, requests: Sequence[GenerateRequest], *, cancel: threading.Event | None = None
    ) -> Iterator[Event]:
        """Tokens of many sequences, interleaved. Raises ContextOverflow before any work.

        When `cancel` is set, every unfinished request ends with `Finish.CANCELLED` and what it had.
        """
        ...

    def choose(
        self, requests: Sequence[ChooseRequest], *, cancel: threading.Event | None = None
    ) -> list[Distribution]:
        """Probabilities over each request's options. Raises ContextOverflow, or Cancelled."""
        ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """[n, d] float32, rows of length 1. Raises ModelError when the model is not for this."""
        ...

    def close(self) -> None:
        """Give the memory back; the model cannot be used afterwards."""
        ...

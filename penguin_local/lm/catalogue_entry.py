"""What the catalogue says of one file of weights."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ModelRole(StrEnum):
    """What a file of weights can do."""

    CHAT = "chat"
    EMBEDDING = "embedding"


class Use(StrEnum):
    """What we would take it for."""

    ANSWERING = "answering"
    JUDGING = "judging"
    EMBEDDING = "embedding"


class Thinks(StrEnum):
    """Whether a model thinks aloud before it answers, which takes many times as long."""

    NEVER = "never"
    UNLESS_TOLD = "unless told not to"
    """penguin-local tells it not to."""
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Shape:
    """The numbers of an architecture that decide how much memory it takes and how fast it can be."""

    layers: int
    heads: int
    kv_heads: int
    head_size: int
    width: int
    feed_forward: int
    vocabulary: int
    tied: bool = False
    """One table serves for reading and for writing tokens."""

    @property
    def working_parameters(self) -> int:
        """Weights that take part in computing one token: all but the table tokens are looked up in."""
        attention = self.width * self.head_size * 2 * (self.heads + self.kv_heads)
        layer = attention + 3 * self.width * self.feed_forward
        return self.layers * layer + self.vocabulary * self.width

    @property
    def parameters(self) -> int:
        """All weights, but for some thousands of norms and biases."""
        return self.working_parameters + (0 if self.tied else self.vocabulary * self.width)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of weights that we can say something about."""

    name: str
    """What penguin-local calls it."""
    title: str
    role: ModelRole
    good_for: tuple[Use, ...]
    licence: str
    family: str
    """Who made it, so to say: models of one family share tastes, and should not judge each other."""
    chat_format: str
    """Empty for an embedding model."""
    context_tokens: int
    """What it was trained on."""
    thinking: Thinks
    architecture: str
    """As the file calls it: `llama`, `qwen3`, ..."""
    quantisation: str
    file: str
    bundled: bool = False
    repo: str | None = None
    revision: str | None = None
    """40 hex digits; None for a bundled file."""
    bytes: int | None = None
    """None: not known."""
    sha256: str | None = None
    """None: not known, recorded on first use."""
    sources: int = 0
    """How many independent publishers give this sha256."""
    parts: int = 1
    """Into how many files it is split; `file`, `bytes` and `sha256` are those of the first."""
    terms: str = ""
    """What the licence forbids that most people would not expect; empty when there is no such thing."""
    shape: Shape | None = None
    """None where it is not known well enough to compute with."""
    tested_with: str = ""
    """The llama-cpp-python it was loaded with here; empty when it never was."""
    note: str = ""
    asked_with: str = ""
    """The command that fetches it; empty for `models pull` and its name."""

    @property
    def command(self) -> str:
        """What a person types to have it."""
        return self.asked_with or f"penguin-local models pull {self.name}"

    @property
    def pinned(self) -> bool:
        """Whether exactly one file in the world can be it, and we know where it is."""
        where = self.bundled or (self.repo is not None and self.revision is not None)
        return where and self.bytes is not None and self.sha256 is not None

    @property
    def pin(self) -> str:
        """The same for a person, with its reservations."""
        if self.bundled:
            return "yes"
        if not self.pinned:
            return "no: unknown hash, verified on first use"
        return "yes" if self.sources > 1 else "yes, by one source"

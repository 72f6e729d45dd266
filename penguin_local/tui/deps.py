"""What the screens are given: everything they do to the world goes through here."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Protocol

from penguin_local.agent.case_state import CaseState
from penguin_local.agent.crisis_levels import Reading
from penguin_local.agent.entering import Entering
from penguin_local.agent.session_events import Chosen, Said, Step
from penguin_local.agent.session_models import ChatSettings
from penguin_local.core.attributes import Attribute
from penguin_local.store.casebook import Casebook, CaseInfo

if TYPE_CHECKING:
    from penguin_local.agent.helplines import Helplines

Steps = Generator[Step, Said, None]


class Talk(Protocol):
    """What the screens use of an `agent.session.Session`. Only one thread at a time calls it."""

    @property
    def state(self) -> CaseState:
        """Where the case stands."""
        ...

    @property
    def window_tokens(self) -> int:
        """What the model can read at once."""
        ...

    def ask(self, text: str, cancel: Event) -> Steps:
        """A question or what follows one, to its answer."""
        ...

    def regenerate(self, cancel: Event) -> Steps:
        """Another try at the last answer."""
        ...

    def judge(self, cancel: Event) -> Steps:
        """Ends with JudgeDone."""
        ...

    def compare(self, cancel: Event) -> Steps:
        """Ends with CompareDone."""
        ...

    def summarise(self, cancel: Event) -> Steps:
        """Ends with SummaryProposed."""
        ...

    @property
    def entering(self) -> Entering:
        """What is entered beside the conversation."""
        ...

    def recover(self) -> bool:
        """Take up what was kept meanwhile; keep what a killed program had written of an answer, if any."""
        ...

    def accept_summary(self, text: str, *, edited: bool) -> Reading:
        """From here on the model reads this in place of the turns before."""
        ...

    def overtaken(self, attribute: Attribute) -> Chosen | None:
        """What stands in place of a reply to the question about it."""
        ...


class Strength(Protocol):
    """How good a passphrase is."""

    @property
    def score(self) -> int:
        """0 to 4."""
        ...

    @property
    def words(self) -> str:
        """For the person who is choosing it."""
        ...


@dataclass(frozen=True, slots=True)
class Loading:
    """A model is being made ready."""

    what: str
    share: float | None = None
    """0.0 to 1.0; None when nobody knows."""


@dataclass(frozen=True, slots=True)
class Models:
    """Who answers and who judges, by name."""

    chat: str
    judge: str
    chat_demonstration: bool
    """A bundled model: its words and scores say nothing about real ones."""
    judge_demonstration: bool


@dataclass(frozen=True, slots=True)
class Files:
    """The vault, as the screens see it. All of it may take a second and is called in a thread; raises PenguinError."""

    exists: Callable[[], bool]
    create: Callable[[str], tuple[Casebook, str]]
    """From a passphrase; also the recovery key, to be shown once."""
    unlock: Callable[[str], Casebook]
    """By passphrase."""
    recover: Callable[[str], Casebook]
    """By recovery key."""
    strength: Callable[[str], Strength]
    renew: Callable[[Casebook, str], None] | None = None
    """A new passphrase for what `recover` opened; None where that cannot be done from here."""


@dataclass(frozen=True, slots=True)
class TuiSettings:
    """What a person chose about the screens."""

    theme: str = "dark"
    """`dark`, `light` or `contrast`."""
    country: str = ""
    """Whose helplines come first: an ISO code or a name."""
    lock_minutes: float = 10
    """Without a key or a click until everything is locked; 0 never locks by itself."""
    client: bool = False
    """A new case is about a client unless told otherwise."""
    keymap: Mapping[str, str] = field(default_factory=dict)
    """`[keys]` of the config file: command to key."""
    file: Path | None = None
    """The config file, to be named."""


@dataclass(frozen=True, slots=True)
class Deps:
    """Given by the composition root."""

    files: Files | None
    """None keeps nothing at all (`--no-trace`)."""
    make_session: Callable[[Casebook, CaseInfo, Callable[[Loading], None]], Talk]
    """Called in a thread: may load models for minutes, and tells how far it is."""
    models: Models
    helplines: Helplines
    shield: str
    """How the machine is kept offline, in a sentence."""
    offline: bool = True
    """False where the person opened the network: then every screen says so, in red and in words."""
    settings: TuiSettings = TuiSettings()
    chat: ChatSettings = field(default_factory=ChatSettings)
    forms: Path | None = None
    """The folder of the counsellor's own forms."""
    longest: int = 100_000
    """Characters of one message."""
    start: str | None = None
    """A case to open at once, by id."""
    clock: Callable[[], float] = time.monotonic
    """Seconds, for the lock."""
    today: Callable[[], date] = date.today
    """For the age of the helplines."""

    @property
    def traceless(self) -> bool:
        """Whether nothing is written at all."""
        return self.files is None

"""What passes between a session and whoever shows it: steps one way, a person's replies the other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from penguin_local.agent.crisis_levels import Reading
from penguin_local.agent.dialogue_events import Ask, Reply, Sufficient
from penguin_local.agent.record import Answered, Compared, Judged
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value


@dataclass(frozen=True, slots=True)
class Weighing:
    """The model is thinking about what to ask, or whether to."""


class Put(StrEnum):
    """What of a question is put to the person."""

    PERMISSION = "permission"
    """Whether one may ask, where the matter is sensitive."""
    WHY = "why"
    """The same once more, after they asked why."""
    AGAIN = "again"
    """The same once more, after what was neither a yes nor a no."""
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Asking:
    """A question, or whether one may ask it; the session is sent a `Spoken`, a `Chosen`, or before the question
    itself a `Granted`."""

    ask: Ask
    similar: tuple[str, ...]
    """Planned questions that the path came from: bundled or imported ones, never another case's."""
    put: Put = Put.QUESTION
    said: str = ""
    """What they told already when only leave was asked for; a choice keeps it beside the value."""
    guesses: tuple[str, ...] = ()
    """Kinds that it might mean."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """What they wrote could be several things; the session is sent a `Chosen`, or a `Spoken` that says it otherwise."""

    attribute: Attribute
    text: str
    guesses: tuple[str, ...]
    """Kinds it might mean, the likeliest first; empty when nothing comes near."""


@dataclass(frozen=True, slots=True)
class Took:
    """Something was learned, declined or left open; `value` is None for the last two."""

    attribute: Attribute
    value: Value | None
    declined: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """The asking is over."""

    sufficient: Sufficient


@dataclass(frozen=True, slots=True)
class Alarm:
    """The crisis layer saw something: show the panel."""

    reading: Reading
    where: str
    """`message`, `answer`, `profile` or `screening`."""


@dataclass(frozen=True, slots=True)
class ReadingPrompt:
    """The model is reading."""

    read: int
    """Tokens."""
    total: int
    tokens_per_second: float


@dataclass(frozen=True, slots=True)
class Streamed:
    """A piece of the answer."""

    text: str
    tokens: int
    """So far."""
    tokens_per_second: float


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What was streamed must be taken off the screen: the crisis layer will not let it stand."""

    why: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer, as it was kept."""

    answer: Answered


@dataclass(frozen=True, slots=True)
class JudgeDone:
    """The judge's view, as it was kept."""

    judged: Judged


@dataclass(frozen=True, slots=True)
class CompareDone:
    """The context-free answer, as it was kept."""

    compared: Compared


@dataclass(frozen=True, slots=True)
class WindowNear:
    """The conversation fills most of the window: offer a summary."""

    used: int
    window: int


@dataclass(frozen=True, slots=True)
class WindowFull:
    """The conversation does not fit any more: without a summary there can be no answer. Nothing was cut."""

    needed: int
    window: int


@dataclass(frozen=True, slots=True)
class SummaryProposed:
    """To be shown and edited; `Session.accept_summary` takes it."""

    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """About the conversation itself: a restart of the engine, a stop."""

    text: str


Step = (
    Weighing
    | Asking
    | Unclear
    | Took
    | Settled
    | Alarm
    | ReadingPrompt
    | Streamed
    | Withdrawn
    | Finished
    | JudgeDone
    | CompareDone
    | WindowNear
    | WindowFull
    | SummaryProposed
    | Note
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """They answered in their own words."""

    text: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """They answered by key: a `Told` with a usual value, `Declined`, `Unsure` or `JustAnswer`."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Granted:
    """They said by key that one may ask."""


Said = Spoken | Chosen | Granted | None
"""What a session is sent: one of the first three after an Asking or an Unclear, else nothing."""

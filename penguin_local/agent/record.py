"""What a case is made of: one entry for everything that was said, asked, learned, answered or seen.

A conversation is the fold over its entries (`agent.case_state`): nothing else is kept, so that a case that was
killed at any moment is whole up to its last entry. Entries go into a casebook as JSON.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.errors import StoreDamaged

if TYPE_CHECKING:
    from cattrs import Converter


class Source(StrEnum):
    """How something came to be known."""

    ASKED = "asked"
    INTAKE = "intake"
    """From the form at the beginning."""
    EDITED = "edited"
    """Corrected or entered beside the conversation."""


class Outcome(StrEnum):
    """What came of asking."""

    TOLD = "told"
    DECLINED = "declined"
    UNSURE = "unsure"
    JUST_ANSWER = "just answer"
    PERMITTED = "permission given"
    """Only leave to ask was asked for; the question follows as an `Asked` of its own."""
    UNCLEAR = "neither a yes nor a no"
    """To being asked for leave, which is asked for again."""
    ENDED = "ended by the crisis layer"
    """Nobody wished it: who is in danger is answered now."""


class Ended(StrEnum):
    """How a text of the model ended."""

    WHOLE = "whole"
    LENGTH = "length"
    """The window or the limit was reached."""
    STOPPED = "stopped"
    """The person stopped it."""
    GARBLED = "garbled"
    """It stopped being language; what came before is kept."""
    LOST = "lost"
    """The engine failed, or the program was killed; what had been said is kept."""


@dataclass(frozen=True, slots=True)
class Said:
    """The person wrote: a question, or what follows one."""

    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The agent asked, whether it may or the question itself: each is an entry when it is put."""

    attribute: Attribute
    wording: str
    """What was put."""
    why: str


@dataclass(frozen=True, slots=True)
class Heard:
    """The person's reply to a question; what it taught is a `Learned` of its own."""

    attribute: Attribute
    outcome: Outcome
    text: str
    """As they wrote it; empty when they chose by key."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A value is known from here on."""

    attribute: Attribute
    value: Value
    source: Source


@dataclass(frozen=True, slots=True)
class Removed:
    """A value was taken back: it is unknown again."""

    attribute: Attribute


@dataclass(frozen=True, slots=True)
class Withheld:
    """The person would rather not say, or does not know; also from the intake."""

    attribute: Attribute
    outcome: Outcome
    """DECLINED or UNSURE."""


@dataclass(frozen=True, slots=True)
class Enough:
    """The asking was over."""

    level: float | None
    """Sufficiency, 0.0 to 5.0, where it was rated."""
    threshold: float
    reason: str
    """Value of a `StopReason`."""
    questions: int
    """Put before this answer."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """An answer so far, kept about once a second while it is written; the `Answered` after it replaces it."""

    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer. A second one without a `Said` between them is another try; both are kept."""

    text: str
    ended: Ended
    known: dict[Attribute, Value]
    """What it was written from."""
    declined: tuple[Attribute, ...]
    changed: tuple[str, ...]
    """What was corrected since the answer before, as it is told above the text."""
    model: str
    model_sha256: str
    demonstration: bool
    prompt_version: str
    seed: int
    prompt_tokens: int
    generated_tokens: int
    replaced: str = ""
    """Why the crisis layer put its own words in place of the model's; empty when it did not."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The judge's view of the last answer."""

    probabilities: tuple[tuple[float, ...], ...]
    """[3, 5] in the order of `Dimension`; empty when there was no score."""
    reasons: tuple[str, ...]
    """One a dimension."""
    judge: str
    judge_sha256: str
    demonstration: bool
    unscored: str = ""
    calibration: str = "uncalibrated"
    """The judge's card when it judged, or that it had none."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The same question answered without knowing anybody."""

    text: str
    ended: Ended


@dataclass(frozen=True, slots=True)
class Summarised:
    """Stands for all turns before it in what the model reads. The turns themselves are kept."""

    text: str
    edited: bool


@dataclass(frozen=True, slots=True)
class Alarmed:
    """The crisis layer saw something."""

    level: int
    where: str
    """`message`, `answer`, `profile` or `screening`."""
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Screened:
    """Results of a screening or of the counsellor's own form."""

    instrument: str
    results: dict[str, str]
    reading: str
    """By its published or the form's own cut-offs, in a sentence."""


@dataclass(frozen=True, slots=True)
class Consented:
    """The person agreed to what was told them, or took it back."""

    agreed: bool
    to: str


@dataclass(frozen=True, slots=True)
class Noted:
    """Something about the conversation itself: a restart, a stop, a change of model."""

    text: str


Entry = (
    Said
    | Asked
    | Heard
    | Learned
    | Removed
    | Withheld
    | Enough
    | Drafted
    | Answered
    | Judged
    | Compared
    | Summarised
    | Alarmed
    | Screened
    | Consented
    | Noted
)


@dataclass(frozen=True, slots=True)
class Line:
    """An entry, and when it was made."""

    at: datetime
    """UTC, aware."""
    entry: Entry


def now() -> datetime:
    """UTC, aware, whole seconds: nothing finer is anybody's business."""
    return datetime.now(UTC).replace(microsecond=0)


def encoded(line: Line) -> str:
    """One JSON text."""
    return json.dumps(
        {"at": line.at.isoformat(), **_converter().unstructure(line.entry, Entry)}, ensure_ascii=False
    )


def decoded(text: str) -> Line:
    """Raises StoreDamaged for a text that `encoded` never wrote; the message repeats nothing of it."""
    try:
        fields = json.loads(text)
        at = datetime.fromisoformat(fields.pop("at"))
        entry: Entry = _converter().structure(fields, Entry)  # type: ignore[arg-type]  # a union is no class to mypy
        return Line(at, entry)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable() from error
    except ExceptionGroup as group:  # how cattrs tells of fields that do not fit
        raise _unreadable() from group


def _unreadable() -> StoreDamaged:
    return StoreDamaged(
        "an entry of this case cannot be read",
        hint="it may be from a newer penguin-local; `penguin-local cases verify` tells which case",
    )


@cache
def _converter() -> Converter:
    from cattrs import Converter
    from cattrs.strategies import configure_tagged_union

    converter = Converter(forbid_extra_keys=True)
    configure_tagged_union(Entry, converter, tag_name="entry")
    return converter

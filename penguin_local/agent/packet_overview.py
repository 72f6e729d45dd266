"""The supervision packet: a case's rows, and before them what a supervisor looks for first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.packet import HIDDEN, Redaction, Row, named_model, packet_rows, scores
from penguin_local.agent.record import (
    Alarmed,
    Answered,
    Asked,
    Consented,
    Enough,
    Heard,
    Judged,
    Line,
    Outcome,
    Screened,
    Withheld,
)

FORMAT: Final = "penguin-local supervision packet"
VERSION: Final = 1
NOTICE: Final = (
    "Decision support, not a clinician. This file is not sealed: whoever has it can read it. "
    "Keep it as you keep any record about a person."
)
_REPEATED: Final = (
    "Answers are the model's own words, and are not left out here: they can repeat what the person wrote, "
    "what is known about them, or a name. Leaving out answers as well removes them: --redact answers."
)
_SPOKEN: Final = (
    "The person's own words are not left out here: they can say what is known about them, or a name. "
    "Leaving out words as well removes them: --redact words."
)
_DRAFTS: Final = "Numbers that are missing are drafts of the answer that follows them."


@dataclass(frozen=True, slots=True)
class Heading:
    """What is said of a case besides its entries."""

    case: str
    title: str
    mode: str
    created: datetime
    changed: datetime
    keep_days: int | None
    lost: tuple[int, ...]
    """Numbers of entries that a repair could not keep."""
    exported: datetime
    program: str
    """`penguin-local 0.1.0`."""
    data_sha256: str
    """Of the list of the bundled data's own checksums."""


@dataclass(frozen=True, slots=True)
class Overview:
    """The answers to a supervisor's first questions."""

    asked: tuple[str, ...]
    """`age: told`, in order."""
    used: tuple[str, ...]
    """Attributes that any answer was written from."""
    declined: tuple[str, ...]
    stopped: tuple[str, ...]
    """Why the asking ended, once an answer."""
    scores: tuple[str, ...]
    models: tuple[str, ...]
    prompts: tuple[str, ...]
    consent: tuple[str, ...]
    screenings: tuple[str, ...]
    highest_level: str
    """That the crisis layer saw."""
    answers: int
    replaced: int
    """Answers that the crisis layer put its own words for."""


@dataclass(frozen=True, slots=True)
class Packet:
    """All that is exported."""

    heading: Heading
    overview: Overview
    rows: tuple[Row, ...]
    left_out: tuple[str, ...]
    remarks: tuple[str, ...]


def packet(heading: Heading, lines: Sequence[tuple[int, Line]], hidden: frozenset[Redaction]) -> Packet:
    """Fold a case."""
    remarks = [NOTICE]
    private = hidden & {Redaction.TITLE, Redaction.WORDS, Redaction.VALUES}
    if private and Redaction.ANSWERS not in hidden:
        remarks.append(_REPEATED)
    if private and Redaction.WORDS not in hidden:
        remarks.append(_SPOKEN)
    rows = packet_rows(lines, hidden)
    if len(rows) < len(lines):
        remarks.append(_DRAFTS)
    left_out = tuple(r.value for r in Redaction if r in hidden)
    return Packet(heading, overview(lines), rows, left_out, tuple(remarks))


def overview(lines: Sequence[tuple[int, Line]]) -> Overview:
    """Nothing in it is anybody's own words, or a value: it needs no redaction."""
    entries = [line.entry for _, line in lines]
    answers = [e for e in entries if isinstance(e, Answered)]
    judged = [e for e in entries if isinstance(e, Judged)]
    levels = [e.level for e in entries if isinstance(e, Alarmed)]
    heard = [(e.attribute, e.outcome) for e in entries if isinstance(e, Heard | Withheld)]
    models = [f"{named_model(a.model, a.demonstration)}, sha256 {a.model_sha256}" for a in answers]
    models += [
        f"judge {named_model(j.judge, j.demonstration)}, {j.calibration}, sha256 {j.judge_sha256}"
        for j in judged
    ]
    return Overview(
        asked=_asked(lines),
        used=_once(a.label for answer in answers for a in answer.known),
        declined=_once(a.label for a, outcome in heard if outcome is Outcome.DECLINED),
        stopped=tuple(
            f"{e.reason}, after {_questions(e.questions)}" for e in entries if isinstance(e, Enough)
        ),
        scores=tuple(", ".join(f"{what} {how}" for what, how in scores(j)) or "no score" for j in judged),
        models=_once(models),
        prompts=_once(a.prompt_version for a in answers),
        consent=tuple(
            f"{'agreed' if e.agreed else 'not agreed'}: {e.to}" for e in entries if isinstance(e, Consented)
        ),
        screenings=_once(e.instrument for e in entries if isinstance(e, Screened)),
        highest_level=Level(min(max([0, *levels]), max(Level))).label,
        answers=len(answers),
        replaced=sum(bool(a.replaced) for a in answers),
    )


def as_json(packet: Packet) -> dict[str, Any]:
    """The whole packet; `content_sha256` is of the rows below it, so that a changed copy is noticed."""
    heading, times = packet.heading, Redaction.TIMES.value not in packet.left_out
    rows = [
        {
            "number": row.number,
            **({"at": row.at.isoformat()} if row.at else {}),
            "kind": row.kind,
            "heading": row.heading,
            "text": row.text,
            "facts": [{"what": what, "is": fact} for what, fact in row.facts],
        }
        for row in packet.rows
    ]
    begun = {"begun": heading.created.isoformat(), "last_entry": heading.changed.isoformat()} if times else {}
    return {
        "format": FORMAT,
        "version": VERSION,
        "remarks": list(packet.remarks),
        "left_out": list(packet.left_out),
        "case": heading.case,
        "title": shown_title(packet),
        "mode": heading.mode,
        **begun,
        "keep_days": heading.keep_days,
        "lost_entries": list(heading.lost),
        **({"exported": heading.exported.isoformat()} if times else {}),
        "program": heading.program,
        "data_sha256": heading.data_sha256,
        "overview": {
            name: list(v) if isinstance(v, tuple) else v for name, v in asdict(packet.overview).items()
        },
        "content_sha256": content_sha256(rows),
        "rows": rows,
    }


def content_sha256(rows: Any) -> str:
    """Of the rows as JSON without spaces, keys sorted. What was left out has no part in it."""
    canonical = json.dumps(rows, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def shown_title(packet: Packet) -> str:
    """Or the mark that it was left out."""
    return HIDDEN if Redaction.TITLE.value in packet.left_out else packet.heading.title


def _asked(lines: Sequence[tuple[int, Line]]) -> tuple[str, ...]:
    told: list[str] = []
    for _, line in lines:
        if isinstance(line.entry, Asked):
            if told[-1:] == [f"{line.entry.attribute.label}: {Outcome.PERMITTED.value}"]:
                told.pop()  # The question that they let one ask.
            told.append(f"{line.entry.attribute.label}: no reply")
        elif isinstance(line.entry, Heard):
            replied = f"{line.entry.attribute.label}: {line.entry.outcome.value}"
            # Words that were not clear are there before what came of them.
            if told and told[-1].startswith(f"{line.entry.attribute.label}: "):
                told[-1] = replied
            else:
                told.append(replied)
    return tuple(told)


def _questions(count: int) -> str:
    return "1 question" if count == 1 else f"{count} questions"


def _once(words: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))

"""Ratings in files: a scenario's row, the answer, who rated it, and three levels. Read all or nothing.

A row whose three levels are empty is one that is still to be rated: that makes a sheet for a spreadsheet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from penguin_local.core.rows import COLUMNS, RowError, row_from_scenario, scenario_from_row
from penguin_local.core.rubric import LEVELS, Dimension
from penguin_local.core.scenario import Scenario
from penguin_local.errors import BadInput, UsageError
from penguin_local.store.ratings import Levels, RatedAnswer, Rating, check_rater
from penguin_local.store.tables import Fault, Format, encode, read_rows

LABEL_COLUMNS: Final = (*COLUMNS, "answer", "run", "rater", *(d.value for d in Dimension), "rated")
"""The columns of a file of ratings, in the order they are written."""
_OPTIONAL: Final = frozenset({"run", "rated"})
_SHOWN: Final = 20
_LONGEST: Final = 100_000


@dataclass(frozen=True, slots=True)
class Labels:
    """What a file holds."""

    ratings: tuple[Rating, ...]
    unrated: int
    """Rows without any level."""


def encode_labels(ratings: Sequence[Rating], kind: Format) -> bytes:
    """The bytes of a file with these ratings."""
    return encode([_row(r.answer, r.rater, r.levels, r.rated) for r in ratings], LABEL_COLUMNS, kind)


def encode_sheet(answers: Sequence[RatedAnswer], rater: str, kind: Format) -> bytes:
    """The same with the levels left empty; it does not say which run the answers are from."""
    return encode([_row(answer, rater, None, None) for answer in answers], LABEL_COLUMNS, kind)


def read_labels(path: Path, *, now: datetime) -> Labels:
    """All ratings of a file; BadInput names file and line of all that is wrong. `now` dates the undated."""
    ratings: list[Rating] = []
    faults: list[Fault] = []
    first: dict[tuple[str, str], int] = {}
    unrated = 0
    for entry in read_rows(path):
        if isinstance(entry, Fault):
            faults.append(entry)
            continue
        try:
            rating = _rating(entry.values, now)
        except RowError as error:
            faults.append(Fault(entry.place, str(error)))
            continue
        if rating is None:
            unrated += 1
            continue
        key = (rating.answer.digest, rating.rater)
        if key in first:
            faults.append(Fault(entry.place, f"{rating.rater} has rated this answer at {first[key]} already"))
        first.setdefault(key, entry.place)
        ratings.append(rating)
    _refuse(path, faults)
    if not ratings:
        left = f": {unrated} rows are still without levels" if unrated else ""
        raise BadInput(f"{path} holds no rating{left}", hint=f"columns: {', '.join(LABEL_COLUMNS)}")
    return Labels(tuple(ratings), unrated)


def _refuse(path: Path, faults: Sequence[Fault]) -> None:
    if not faults:
        return
    lines = [f"{path}:{fault.place}: {fault.what}" for fault in faults[:_SHOWN]]
    if len(faults) > _SHOWN:
        lines.append(f"... and {len(faults) - _SHOWN} more")
    raise BadInput(
        "\n".join(lines), hint="correct these lines and try again; nothing was taken from the file"
    )


def _row(answer: RatedAnswer, rater: str, levels: Levels | None, rated: datetime | None) -> dict[str, str]:
    given = ("", "", "") if levels is None else tuple(str(level) for level in levels)
    return {
        **row_from_scenario(answer.scenario),
        "answer": answer.answer,
        "run": answer.run if levels else "",
        "rater": rater,
        **dict(zip(Dimension, given, strict=True)),
        "rated": "" if rated is None else f"{rated:%Y-%m-%dT%H:%M:%SZ}",
    }


def _rating(row: Mapping[str, object], now: datetime) -> Rating | None:
    """None for a row that is still to be rated. Raises RowError with all that is wrong."""
    faults = [f"unknown column {name!r:.60}" for name in row if name not in LABEL_COLUMNS]
    faults += [f"column {n} is missing" for n in LABEL_COLUMNS if n not in row and n not in _OPTIONAL]
    scenario: Scenario | None = None
    try:
        scenario = scenario_from_row({name: row[name] for name in COLUMNS if name in row})
    except RowError as error:
        faults.append(str(error))
    answer = row.get("answer")
    if not isinstance(answer, str) or not answer.strip() or len(answer) > _LONGEST:
        faults.append(f"answer must be text of 1 to {_LONGEST:,} characters")
    rater = _rater(row.get("rater"), faults)
    levels = _levels(row, faults)
    rated = _moment(row.get("rated"), now, faults)
    run = row.get("run") or ""
    if not isinstance(run, str) or not run.isprintable():
        faults.append("run must be one line of text")
    if faults or scenario is None or not isinstance(answer, str) or not isinstance(run, str):
        raise RowError("; ".join(faults))
    return None if levels is None else Rating(RatedAnswer(scenario, answer, run), rater, levels, rated)


def _rater(value: object, faults: list[str]) -> str:
    try:
        return check_rater(value if isinstance(value, str) else "")
    except UsageError as error:
        faults.append(error.message)
        return ""


def _levels(row: Mapping[str, object], faults: list[str]) -> Levels | None:
    texts = [str("" if row.get(d) is None else row[d]).strip() for d in Dimension]
    if not any(texts):
        return None
    allowed = {str(level): level for level in LEVELS}
    for dimension, text in zip(Dimension, texts, strict=True):
        if not text:
            faults.append(f"{dimension} is empty, and others of this row are not")
        elif text not in allowed:
            faults.append(f"{dimension} cannot be {text!r:.40}; it is a whole number from 1 to 5")
    one, two, three = (allowed.get(text, 0) for text in texts)
    return one, two, three


def _moment(value: object, now: datetime, faults: list[str]) -> datetime:
    if value is None or value == "":
        return now
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        faults.append(f"rated cannot be {value!r:.40}; it looks like 2026-03-01T09:30:00Z")
        return now
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment

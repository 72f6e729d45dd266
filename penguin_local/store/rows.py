"""What the runs' tables hold, as values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any

from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background
from penguin_local.core.rows import row_from_scenario
from penguin_local.core.rubric import Missing, Score, Unscored
from penguin_local.core.scenario import Scenario
from penguin_local.store.dialogues import Dialogue

Setting = str | int | float | bool | None
"""One setting of a run, as JSON can hold it."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run, without its rows."""

    id: str
    name: str
    created: datetime
    """UTC."""
    settings: Mapping[str, Setting]
    """What the person chose, and the fingerprints of what it was chosen from."""
    versions: Mapping[str, Setting]
    planned: int
    answered: int
    scored: int
    """Items with a verdict, unscored ones among them."""
    unscored: int


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """One answer that a run is to get."""

    position: int
    """Place in the plan, from 0."""
    scenario: Scenario
    arm: str
    known: Background
    """Empty where the arm finds it out."""
    seed: int


@dataclass(frozen=True, slots=True)
class Response:
    """What the answerer gave."""

    text: str | None
    """None when there is no answer."""
    finish: str | None
    prompt_tokens: int | None
    generated_tokens: int | None
    missing: Missing | None = None
    detail: str = ""
    thinking: str | None = None
    """What a thinking model wrote first, empty where it thought nothing; None where that is not on record."""


@dataclass(frozen=True, slots=True)
class FinishedItem:
    """A planned item, its answer and its verdict."""

    planned: PlannedItem
    """Where the arm found the background out, `known` is what it found."""
    response: Response
    verdict: Score | Unscored
    seconds: float
    """Working time of all its steps."""
    dialogue: Dialogue | None = None
    """How the background was found, where the arm found it out."""


def scenario_digest(scenario: Scenario) -> str:
    """Of the whole row: the same id with other words is another scenario."""
    text = json.dumps(row_from_scenario(scenario), ensure_ascii=False, sort_keys=True)
    return blake2b(text.encode(), digest_size=16).hexdigest()


def record_of(row: tuple[Any, ...]) -> RunRecord:
    """From a row of counts."""
    return RunRecord(row[0], row[1], row[2], json.loads(row[3]), json.loads(row[4]), *row[5:])


def planned_of(row: tuple[Any, ...], scenarios: Mapping[str, Scenario]) -> PlannedItem:
    """From a row of the plan; what the arm revealed is cut from the profile again."""
    position, digest, arm, known, seed = row
    scenario = scenarios[digest]
    revealed = scenario.profile.reveal(a for a in Attribute if a.bit & known)
    return PlannedItem(position, scenario, arm, revealed, seed)


def finished_of(
    planned: PlannedItem,
    response: Response,
    verdict: Score | Unscored,
    seconds: float,
    dialogue: Dialogue | None,
) -> FinishedItem:
    """With the background that was found, where it was."""
    if dialogue is None:
        return FinishedItem(planned, response, verdict, seconds)
    found = replace(planned, known=dialogue.known)
    seconds += dialogue.seconds + dialogue.scoring_seconds
    return FinishedItem(found, response, verdict, seconds, dialogue)


def response_of(row: tuple[Any, ...]) -> Response:
    """From a row of responses, without run and position."""
    text, finish, prompt_tokens, generated_tokens, missing, detail, thinking = row
    why = Missing(missing) if missing else None
    return Response(text, finish, prompt_tokens, generated_tokens, why, detail, thinking)


def verdict_of(row: tuple[Any, ...]) -> Score | Unscored:
    """From a row of scores, without run and position."""
    *rows, missing, detail = row
    if missing is not None:
        return Unscored(Missing(missing), detail)
    return Score(tuple(tuple(probabilities) for probabilities in rows))

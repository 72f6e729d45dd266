"""How the backgrounds of a run's items were found, where their arm finds them out: one row an item."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background, Value
from penguin_local.store.database import Database


@dataclass(frozen=True, slots=True)
class Step:
    """What was known at one moment of a talk."""

    known: Background = Background()
    declined: frozenset[Attribute] = frozenset()


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What a talk with a simulated user, or a search, gave the answerer to know."""

    known: Background
    """As it was told: a user who contradicts themselves may have left a wrong value."""
    asked: tuple[Attribute, ...]
    """In the order of asking; empty for a search."""
    declined: frozenset[Attribute]
    unsure: frozenset[Attribute]
    """What they did not know themselves."""
    steps: tuple[Step, ...]
    """Before the first question and after each: one more than `asked` is long; empty for a search."""
    levels: tuple[float | None, ...]
    """How sufficient each step seemed to the model, 0.0 to 5.0; None where it was not asked."""
    reason: str
    """Why it ended, in words."""
    seconds: float
    """Working time; of what is done together, this item's share."""
    scores: tuple[float | None, ...] | None = None
    """Personalised safety of the answer from each step, None where it could not be scored.

    None as a whole: it was not measured.
    """
    evaluations: int = 0
    """Subsets that a search answered and judged."""
    unscored: int = 0
    """Those among them that the judge could not score."""
    unweighed: int = 0
    """Times that the model gave no finite number in a talk, or that its prompt did not fit the context."""
    scoring_seconds: float = 0.0
    """Working time of scoring the steps."""

    @property
    def over_asked(self) -> int | None:
        """Questions after the first one past which the score never rose again; None when not measured."""
        told = [s for s in self.scores or () if s is not None]
        if self.scores is None or not told:
            return None
        return len(self.asked) - self.scores.index(max(told))


class DialogueStore:
    """The dialogues of the runs of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, run_id: str) -> dict[int, Dialogue]:
        """By position in the plan."""
        found = self._database.rows(
            "SELECT position, known, asked, declined, unsure, steps, levels, reason, seconds, scores, "
            "evaluations, unscored, unweighed, scoring_seconds FROM dialogues WHERE run_id = ? ORDER BY position",
            [run_id],
        )
        return {row[0]: _dialogue(row[1:]) for row in found}

    def add(self, run_id: str, found: Mapping[int, Dialogue]) -> None:
        """Keep them, by position, all or none; what is there already is left as it is."""
        if not found:
            return
        with self._database.transaction() as write:
            for position, dialogue in found.items():
                write(
                    "INSERT INTO dialogues SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? "
                    "WHERE NOT EXISTS (SELECT 1 FROM dialogues WHERE run_id = ? AND position = ?)",
                    [run_id, position, *_row(dialogue), run_id, position],
                )


def values_of(known: Background) -> dict[str, str]:
    """Value by attribute, as text that `Value.parse` reads."""
    return {attribute.value: str(value) for attribute, value in known}


def _row(dialogue: Dialogue) -> list[object]:
    steps = [[values_of(step.known), _names(step.declined)] for step in dialogue.steps]
    return [
        json.dumps(values_of(dialogue.known), ensure_ascii=False),
        json.dumps(dialogue.asked),
        json.dumps(_names(dialogue.declined)),
        json.dumps(_names(dialogue.unsure)),
        json.dumps(steps, ensure_ascii=False),
        list(dialogue.levels),
        None if dialogue.scores is None else list(dialogue.scores),
        dialogue.reason,
        dialogue.evaluations,
        dialogue.unscored,
        dialogue.unweighed,
        dialogue.seconds,
        dialogue.scoring_seconds,
    ]


def _dialogue(row: tuple[Any, ...]) -> Dialogue:
    known, asked, declined, unsure, steps, levels, reason, seconds, scores, *counts = row
    evaluations, unscored, unweighed, scoring_seconds = counts
    return Dialogue(
        known=_background(json.loads(known)),
        asked=tuple(Attribute(name) for name in json.loads(asked)),
        declined=_set(json.loads(declined)),
        unsure=_set(json.loads(unsure)),
        steps=tuple(Step(_background(known), _set(declined)) for known, declined in json.loads(steps)),
        levels=tuple(levels),
        reason=reason,
        seconds=seconds,
        scores=None if scores is None else tuple(scores),
        evaluations=evaluations,
        unscored=unscored,
        unweighed=unweighed,
        scoring_seconds=scoring_seconds,
    )


def _names(attributes: frozenset[Attribute]) -> list[str]:
    return [attribute.value for attribute in Attribute if attribute in attributes]


def _set(names: Iterable[str]) -> frozenset[Attribute]:
    return frozenset(Attribute(name) for name in names)


def _background(values: Mapping[str, str]) -> Background:
    return Background.of(
        {Attribute(name): Value.parse(Attribute(name), text) for name, text in values.items()}
    )

"""Finished items with scores that are known beforehand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from penguin_local.bench.results import UsedModel
from penguin_local.bench.studies.findings import Source
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background
from penguin_local.core.rubric import Missing, Score, Unscored
from penguin_local.core.scenario import Scenario
from penguin_local.store.dialogues import Dialogue, Step
from penguin_local.store.rows import FinishedItem, PlannedItem, Response, RunRecord, Setting

NANO = UsedModel("penguin-nano", "ab" * 32, True)


def a_score(*means: float) -> Score:
    """With these expectations, each between two whole levels; one mean stands for all three dimensions."""
    three = means * 3 if len(means) == 1 else means
    return Score(tuple(_row(mean) for mean in three))


def _row(mean: float) -> tuple[float, ...]:
    low = min(int(mean), 4)
    row = [0.0] * 5
    row[low - 1], row[low] = 1 - (mean - low), mean - low
    return tuple(row)


def a_talk(questions: int) -> Dialogue:
    asked = tuple(Attribute)[:questions]
    return Dialogue(
        known=Background(),
        asked=asked,
        declined=frozenset(),
        unsure=frozenset(),
        steps=tuple(Step() for _ in range(questions + 1)),
        levels=(None,) * (questions + 1),
        reason="enough",
        seconds=0.5,
    )


def a_search(known: Background, evaluations: int) -> Dialogue:
    return Dialogue(
        known=known,
        asked=(),
        declined=frozenset(),
        unsure=frozenset(),
        steps=(),
        levels=(),
        reason=f"best of {evaluations} subsets",
        seconds=2.0,
        evaluations=evaluations,
    )


def items(
    scenarios: Sequence[Scenario],
    arms: Sequence[str],
    *,
    score: Callable[[Scenario, str], Score | float | None],
    dialogue: Callable[[Scenario, str], Dialogue | None] = lambda scenario, arm: None,
) -> list[FinishedItem]:
    """Every scenario under every arm; None as a score: it could not be judged."""
    made: list[FinishedItem] = []
    for scenario in scenarios:
        for arm in arms:
            planned = PlannedItem(len(made), scenario, arm, Background(), len(made))
            found = score(scenario, arm)
            verdict = (
                Unscored(Missing.EMPTY)
                if found is None
                else found
                if isinstance(found, Score)
                else a_score(found)
            )
            response = Response("An answer.", "stop", 10, 5)
            made.append(FinishedItem(planned, response, verdict, 1.0, dialogue(scenario, arm)))
    return made


def a_record(arms: Sequence[str], count: int) -> RunRecord:
    settings: dict[str, Setting] = {
        "model": NANO.name,
        "model sha256": NANO.sha256,
        "model demonstration": True,
        "judge": NANO.name,
        "judge sha256": NANO.sha256,
        "judge demonstration": True,
        "arms": ", ".join(arms),
        "scenarios": "tests",
        "seed": 7,
    }
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return RunRecord("id", "study-run", now, settings, {}, count, count, count, 0)


def a_source() -> Source:
    return Source(
        name="study-run",
        model=NANO,
        judge=NANO,
        scenarios="tests",
        count=28,
        seconds=42.0,
        notices=(
            "demonstration model: nothing about real models",
            "self-judged: the model rated its own answers",
        ),
        settings={"seed": 7},
    )

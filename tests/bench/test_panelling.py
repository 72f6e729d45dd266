"""A panel's run: the same answers, the mean verdict, and nothing of it depends on when it was stopped."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from penguin_local.bench.arms import parse_arms
from penguin_local.bench.panelling import Answered, answered, keep_panel, panel_result, panel_settings
from penguin_local.bench.plan import make_plan
from penguin_local.bench.results import UsedModel
from penguin_local.bench.scenario_sets import load_set
from penguin_local.bench.summary import summarise
from penguin_local.core.rubric import Missing, Score, Unscored
from penguin_local.corpus.sets import sample
from penguin_local.errors import UsageError
from penguin_local.lm.base import ChooseRequest
from penguin_local.lm.scripted import Scripted, info
from penguin_local.safety.calibration import OVERALL
from penguin_local.safety.panel import together
from penguin_local.safety.rejudging import judge_groups
from penguin_local.store.cache import StoredCache
from penguin_local.store.database import Database
from penguin_local.store.rows import Response, RunRecord, Setting
from penguin_local.store.runs import RunStore

SETTINGS: dict[str, Setting] = {
    "model": "m",
    "model sha256": "aa",
    "model demonstration": True,
    "judge": "m",
    "judge sha256": "aa",
    "judge demonstration": True,
    "arms": "context-free, context-rich",
    "scenarios": "penguin-synthetic-v1",
    "seed": 1,
    "judge prompt": "judge-1",
}
PANEL = UsedModel("panel: one + two", "bb", True)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "bench.duckdb")


def made(runs: RunStore, *, unanswered: int = 0) -> RunRecord:
    scenarios = sample(load_set("penguin-synthetic-v1").scenarios, per_domain=2, seed=1)
    plan = make_plan(scenarios, parse_arms(["context-free,context-rich"]), seed=1)
    record = runs.create("r", settings=SETTINGS, versions={}, plan=plan)
    for item in plan[: len(plan) - unanswered]:
        long = item.position == 3
        response = Response(f"an answer {item.position}", "stop", 5, 5)
        if long:
            response = Response(None, None, None, None, Missing.OVERFLOW, "too long")
        runs.add_response(record.id, item.position, response, seconds=1.0)
    return runs.get("r")


def leaning(level: int) -> Scripted:
    def weigh(request: ChooseRequest) -> Sequence[float]:
        return [8.0 if option == str(level) else 0.5 for option in request.options]

    return Scripted(weigh=weigh, info=info(f"leans to {level}"))


def judged(database: Database, source: Answered, judge: Scripted) -> list[Score | Unscored]:
    return judge_groups(
        judge,
        source.groups,
        cache=StoredCache(database, namespace="t"),
        salt=1,
        cancel=threading.Event(),
        listener=lambda done: None,
    )


def test_the_panel_s_run_holds_the_same_answers_with_the_mean_verdict(database: Database) -> None:
    runs = RunStore(database)
    made(runs)
    source = answered(runs, "r")
    verdicts = [judged(database, source, leaning(level)) for level in (2, 4)]
    settings = panel_settings(source.record, PANEL, ["aa", "cc"])
    for _ in range(2):  # doing it again changes nothing
        record = keep_panel(runs, source, "p", settings, verdicts)
    finished = runs.finished(record.id)
    assert [f.planned for f in finished] == runs.plan(source.record.id)
    assert [f.response for f in finished] == list(runs.responses(source.record.id).values())
    assert [f.verdict for f in finished] == [together(pair) for pair in zip(*verdicts, strict=True)]
    assert record.unscored == 1
    result = summarise(record, finished)
    assert result.judge == PANEL
    assert result.partly_self_judged
    assert not result.self_judged
    assert [arm.overall.mean for arm in result.arms] == pytest.approx([3, 3])


def test_a_judge_that_was_asked_before_is_not_asked_again(database: Database) -> None:
    runs = RunStore(database)
    made(runs)
    source = answered(runs, "r")
    judge = leaning(3)
    first = judged(database, source, judge)
    asked = len(judge.chosen)
    assert judged(database, source, judge) == first
    assert len(judge.chosen) == asked == 3 * 27


def test_only_answers_that_are_there_are_judged(database: Database) -> None:
    runs = RunStore(database)
    made(runs, unanswered=20)
    source = answered(runs, "r")
    assert len(source.items) == sum(map(len, source.groups)) == 8
    verdicts = [judged(database, source, leaning(level)) for level in (2, 4)]
    record = keep_panel(runs, source, "p", panel_settings(source.record, PANEL, []), verdicts)
    assert (record.planned, record.answered, record.scored) == (28, 8, 8)
    assert not summarise(record, runs.finished(record.id)).partly_self_judged


def test_agreement_and_means_are_over_what_every_member_scored(database: Database) -> None:
    runs = RunStore(database)
    made(runs)
    source = answered(runs, "r")
    one, two = (judged(database, source, Scripted(info=info(name))) for name in ("a", "b"))
    two = [Unscored(Missing.NOT_FINITE) if place == 0 else v for place, v in enumerate(two)]
    found = panel_result(source, ["a", "b"], [one, two], resamples=50)
    assert found.agreement[OVERALL].n == 3 * 26
    assert found.agreement[OVERALL].alpha.value == pytest.approx(1)
    assert found.means["context-free"][0] == found.means["context-free"][1]
    nothing = panel_result(source, ["a", "b"], [one, [Unscored(Missing.OVERFLOW)] * len(one)], resamples=50)
    assert nothing.agreement[OVERALL].alpha.value is None
    assert nothing.means["context-rich"] == (None, None)


def test_a_panel_s_run_is_not_judged_by_a_panel(database: Database) -> None:
    runs = RunStore(database)
    made(runs)
    source = answered(runs, "r")
    keep_panel(
        runs,
        source,
        "p",
        panel_settings(source.record, PANEL, []),
        [judged(database, source, leaning(2))] * 2,
    )
    with pytest.raises(UsageError, match="p is a panel's run"):
        answered(runs, "p")


def test_a_run_without_answers_has_nothing_to_judge(database: Database) -> None:
    runs = RunStore(database)
    made(runs, unanswered=28)
    with pytest.raises(UsageError, match="r has no answer to judge"):
        answered(runs, "r")

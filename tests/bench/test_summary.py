"""From rows to a result, by numbers small enough to work out by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import pytest

from penguin_local.bench import cells, forms
from penguin_local.bench.results import BenchResult
from penguin_local.bench.summary import compare, scored_items, summarise
from penguin_local.core.background import Background
from penguin_local.core.rubric import Dimension, Missing, Score, Unscored
from penguin_local.errors import UsageError
from penguin_local.store.rows import FinishedItem, PlannedItem, Response, RunRecord, Setting
from tests.bench.people import a_scenario

SETTINGS: Mapping[str, Setting] = {
    "model": "m",
    "model sha256": "a" * 64,
    "model demonstration": True,
    "judge": "m",
    "judge sha256": "a" * 64,
    "judge demonstration": True,
    "arms": "context-free, random-3, context-rich",
    "scenarios": "tests",
    "seed": 1,
}


def certain(*levels: int) -> Score:
    return Score(tuple(tuple(float(level == n) for n in range(1, 6)) for level in levels))


def item(number: int, arm: str, verdict: Score | Unscored) -> FinishedItem:
    planned = PlannedItem(number, a_scenario(number), arm, Background(), 1)
    return FinishedItem(planned, Response("text", "stop", 1, 1), verdict, seconds=1.5)


def a_record(name: str = "r", **settings: Setting) -> RunRecord:
    return RunRecord("id", name, datetime(2026, 1, 1), {**SETTINGS, **settings}, {}, 9, 9, 9, 0)


FINISHED = [
    item(0, "context-free", certain(1, 2, 3)),
    item(0, "context-rich", certain(4, 4, 4)),
    item(1, "context-free", certain(2, 2, 2)),
    item(1, "context-rich", certain(3, 3, 3)),
    item(2, "context-free", Unscored(Missing.OVERFLOW)),
    item(2, "context-rich", certain(5, 5, 5)),
    item(7, "context-free", certain(1, 1, 1)),
]


def result() -> BenchResult:
    return summarise(a_record(), FINISHED)


def test_means_are_of_what_was_scored_and_the_rest_is_counted() -> None:
    free, random, rich = result().arms
    assert (free.overall.n, free.unscored) == (3, 1)
    assert free.overall.mean == pytest.approx(5 / 3)
    assert (rich.overall.n, rich.unscored, rich.overall.mean) == (3, 0, 4.0)
    assert (random.overall.n, random.overall.mean, random.overall.low) == (0, None, None)
    assert free.dimensions[Dimension.RISK].mean == pytest.approx(4 / 3)
    assert free.histogram[Dimension.RISK] == (2, 1, 0, 0, 0)


def test_pairs_are_of_scenarios_that_both_arms_have_scored() -> None:
    rich, random = result().paired
    assert (rich.arm, rich.versus) == ("context-rich", "context-free")
    assert (rich.overall.n, rich.overall.mean) == (2, 1.5)
    assert (random.arm, random.overall.n, random.overall.mean) == ("random-3", 0, None)


def test_domains_hold_their_own_scenarios() -> None:
    free = result().arms[0]
    first = a_scenario(0).domain
    assert a_scenario(7).domain is first
    assert (free.domains[first].n, free.domains[first].mean) == (2, 1.5)
    assert result().paired[0].domains[first].n == 1


def test_without_context_free_the_first_arm_is_the_measure() -> None:
    arms = summarise(a_record(arms="random-3, static-3, context-rich"), []).paired
    assert [(pair.arm, pair.versus) for pair in arms] == [
        ("context-rich", "random-3"),
        ("static-3", "random-3"),
    ]


def test_the_json_has_the_agreed_shape_and_null_for_what_is_missing() -> None:
    told = json.loads(json.dumps(forms.as_json(result()), allow_nan=False))
    keys = {"run", "model", "judge", "scenarios", "arms", "paired", "seconds", "items_per_minute"}
    assert keys <= told.keys()
    assert told["model"] == {"name": "m", "sha256": "a" * 64, "demonstration": True}
    arm = told["arms"][1]
    assert {"arm", "n", "unscored", "mean", "ci95", "dimensions", "domains"} <= arm.keys()
    assert (arm["mean"], arm["ci95"]) == (None, [None, None])
    pair = told["paired"][0]
    assert {"arm", "versus", "n", "mean_difference", "ci95"} <= pair.keys()
    assert pair["mean_difference"] == 1.5
    assert pair["ci95"][0] <= 1.5 <= pair["ci95"][1]
    assert told["seconds"] == 10.5
    assert told["items_per_minute"] == 40


def test_every_form_carries_the_notices() -> None:
    told = forms.notices(result())
    assert [notice.split(":")[0] for notice in told[:2]] == ["demonstration model", "self-judged"]
    assert told[2] == "judge m: uncalibrated"
    assert told[3] == "1 of 7 items have no score"
    assert forms.as_json(result())["notices"] == told
    assert all(notice in forms.markdown(result()) for notice in told)


def test_paths_planned_with_a_demonstration_model_are_named_as_such() -> None:
    real: dict[str, Setting] = {
        "model demonstration": False,
        "judge demonstration": False,
        "judge sha256": "b" * 64,
    }
    record = a_record()
    plain = replace(record, settings={**record.settings, **real})
    shown: dict[str, Setting] = {"arms": "context-free, planner", "paths model demonstration": True}
    told = forms.notices(summarise(replace(plain, settings={**plain.settings, **shown}), FINISHED))
    assert "the planned paths that guide planner were made with a demonstration model" in told
    assert not any("planner" in notice for notice in forms.notices(summarise(plain, FINISHED)))


def test_tables_stay_narrow_however_many_arms_there_are() -> None:
    arms = ", ".join(["context-free", *(f"random-{n}" for n in range(1, 8))])
    for _, columns, rows in forms.tables(summarise(a_record(arms=arms), FINISHED)):
        assert len(columns) <= 4
        assert all(len(row) == len(columns) for row in rows)


def test_two_runs_are_compared_where_they_overlap() -> None:
    later = [item(0, "context-free", certain(2, 3, 4)), item(9, "context-free", certain(5, 5, 5))]
    (pair,) = compare([(a_record("old"), FINISHED), (a_record("new"), later)])
    assert (pair.arm, pair.versus, pair.overall.n, pair.overall.mean) == (
        "context-free",
        "context-free",
        1,
        1.0,
    )
    with pytest.raises(UsageError, match="share no scored scenario"):
        compare([(a_record("old"), FINISHED), (a_record("new"), later[1:])])


def test_a_report_gets_every_item() -> None:
    items = scored_items(FINISHED)
    assert len(items) == len(FINISHED)
    assert items[4].score == Unscored(Missing.OVERFLOW)


def test_a_rate_is_told_only_when_there_was_work() -> None:
    assert forms.pace(result()) == "10.5 s of work, 40.0 items a minute"
    cached = replace(result(), seconds=0.004, items_per_minute=14_776.9)
    assert forms.pace(cached) == "less than 1 s of work"
    assert forms.as_json(cached)["items_per_minute"] is None


def test_one_is_no_plural() -> None:
    assert [cells.counted(n, "item") for n in (0, 1, 2000)] == ["0 items", "1 item", "2,000 items"]
    assert cells.part(1, 1, "item") == "1 of 1 item was"
    assert cells.part(1, 2, "item") == "1 of 2 items were"


def test_a_markdown_text_has_each_table_once_however_many_arms_there_are() -> None:
    arms = ("context-free", "context-rich", "random-3", "static-3", "oracle-1")
    many = [item(0, arm, certain(1, 2, 3)) for arm in arms]
    text = forms.markdown(summarise(a_record(arms=", ".join(arms)), many))
    titles = [line for line in text.splitlines() if line.startswith("### ")]
    assert len(titles) == len(set(titles))
    assert f"| dimension | {' | '.join(arms)} |" in text

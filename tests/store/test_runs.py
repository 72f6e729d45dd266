"""Runs in the store: planned whole, kept item by item, deleted without a trace."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from penguin_local.bench.arms import parse_arms
from penguin_local.bench.plan import make_plan
from penguin_local.core.rubric import Dimension, Missing, Score, Unscored
from penguin_local.errors import RunMismatch, UsageError
from penguin_local.store.cache import StoredCache
from penguin_local.store.database import Database
from penguin_local.store.exports import encode_run
from penguin_local.store.mismatch import check_settings
from penguin_local.store.rows import PlannedItem, Response, RunRecord, Setting
from penguin_local.store.runs import RunStore
from penguin_local.store.tables import Format
from tests.bench.people import BOTH, scenarios

SETTINGS: Mapping[str, Setting] = {
    "model": "m",
    "model sha256": "a",
    "model demonstration": True,
    "judge": "j",
    "judge sha256": "b",
    "judge demonstration": False,
    "seed": 7,
}
SCORE = Score(((0.1, 0.2, 0.3, 0.2, 0.2), (0.0, 0.0, 0.0, 0.0, 1.0), (0.5, 0.5, 0.0, 0.0, 0.0)))
ODD = 'line\nbreak, "quotes", ;, tab\t, é, 漢字, 🐧, = and NUL-free'


def a_plan(count: int = 6) -> list[PlannedItem]:
    return make_plan(scenarios(count), parse_arms(BOTH), seed=7)


def begun(runs: RunStore, name: str = "r", count: int = 6) -> RunRecord:
    return runs.create(name, settings=SETTINGS, versions={"python": "3"}, plan=a_plan(count))


def test_a_plan_comes_back_as_it_was_made(tmp_path: Path) -> None:
    with Database(tmp_path / "b.duckdb") as database:
        runs = RunStore(database)
        record = begun(runs)
        assert runs.plan(record.id) == a_plan()
        assert (record.planned, record.answered, record.scored, record.unscored) == (12, 0, 0, 0)
        assert record.settings == SETTINGS


def test_items_come_back_exactly_and_only_once(tmp_path: Path) -> None:
    with Database(tmp_path / "b.duckdb") as database:
        runs = RunStore(database)
        record = begun(runs)
        response = Response(ODD, "stop", 10, 20)
        for _ in range(2):
            runs.add_response(record.id, 0, response, seconds=1.0)
            runs.add_response(
                record.id, 1, Response(None, None, None, None, Missing.OVERFLOW, "why"), seconds=0
            )
            runs.add_verdict(record.id, 0, SCORE, seconds=0.5)
            runs.add_verdict(record.id, 1, Unscored(Missing.OVERFLOW, "why"), seconds=0.5)
        first, second = runs.finished(record.id)
        assert (first.response, first.verdict, first.seconds) == (response, SCORE, 1.5)
        assert second.verdict == Unscored(Missing.OVERFLOW, "why")
        counted = runs.get("r")
        assert (counted.answered, counted.scored, counted.unscored) == (2, 2, 1)


def test_a_deleted_run_leaves_the_others_alone(tmp_path: Path) -> None:
    with Database(tmp_path / "b.duckdb") as database:
        runs = RunStore(database)
        begun(runs, "small", 3)
        begun(runs, "large", 6)
        runs.delete("large")
        assert [run.name for run in runs.all()] == ["small"]
        assert len(runs.plan(runs.get("small").id)) == 6
        assert database.rows("SELECT count(*) FROM scenarios") == [(3,)]
        with pytest.raises(UsageError, match="no run 'large'") as refused:
            runs.get("large")
        assert "small" in refused.value.hint


def test_a_mismatch_names_every_difference(tmp_path: Path) -> None:
    with Database(tmp_path / "b.duckdb") as database:
        record = begun(RunStore(database))
    check_settings(record, SETTINGS)
    wanted = {
        **SETTINGS,
        "judge": "k",
        "judge sha256": "c",
        "seed": 8,
        "per domain": 2,
        "top-p": 0.5,
        "slots": 4,
    }
    with pytest.raises(RunMismatch) as refused:
        check_settings(record, wanted)
    assert refused.value.message.partition("settings: ")[2] == (
        "--judge was j, now k; --seed was 7, now 8; --per-domain was not set, now 2; "
        "top-p was not set, now 0.5; --slots was chosen by itself, now 4"
    )


def test_the_same_weights_under_another_name_are_no_difference(tmp_path: Path) -> None:
    with Database(tmp_path / "b.duckdb") as database:
        record = begun(RunStore(database))
    check_settings(record, {**SETTINGS, "model": "copy", "judge": "other copy"})
    with pytest.raises(RunMismatch, match=r"settings: --model m had other weights \(a, now c\)$"):
        check_settings(record, {**SETTINGS, "model sha256": "c"})


def test_a_model_that_judges_itself_is_named_once(tmp_path: Path) -> None:
    own = {**SETTINGS, "judge": "m", "judge sha256": "a"}
    with Database(tmp_path / "b.duckdb") as database:
        record = RunStore(database).create("r", settings=own, versions={}, plan=a_plan())
    other = {"model": "n", "model sha256": "c", "judge": "n", "judge sha256": "c"}
    with pytest.raises(RunMismatch, match=r"settings: --model was m, now n$"):
        check_settings(record, {**own, **other})


def test_other_scenarios_are_told_by_what_drew_them(tmp_path: Path) -> None:
    drawn = {**SETTINGS, "scenarios": "s", "scenarios digest": "d"}
    with Database(tmp_path / "b.duckdb") as database:
        record = RunStore(database).create("r", settings=drawn, versions={}, plan=a_plan())
    with pytest.raises(RunMismatch, match=r"settings: --seed was 7, now 8$"):
        check_settings(record, {**drawn, "scenarios digest": "e", "seed": 8})
    with pytest.raises(RunMismatch, match=r"settings: --scenarios s held other scenarios$"):
        check_settings(record, {**drawn, "scenarios digest": "e"})


def test_how_a_model_was_loaded_first_is_what_counts(tmp_path: Path) -> None:
    with Database(tmp_path / "b.duckdb") as database:
        runs = RunStore(database)
        assert runs.engine("r", "judge") is None
        runs.remember_engine("r", "judge", {"slots": 16})
        runs.remember_engine("r", "judge", {"slots": 4})
        assert runs.engine("r", "judge") == {"slots": 16}


def test_the_cache_keeps_the_first_value_and_its_namespaces_apart(tmp_path: Path) -> None:
    with Database(tmp_path / "b.duckdb") as database:
        one, two = StoredCache(database, namespace="one"), StoredCache(database, namespace="two")
        one.put({"k": "1", "l": "2"})
        one.put({"k": "changed", "m": "3"})
        one.put({})
        assert one.get(["k", "l", "m", "n"]) == {"k": "1", "l": "2", "m": "3"}
        assert one.get([]) == {}
        assert two.get(["k"]) == {}


def test_an_export_holds_the_same_in_every_format(tmp_path: Path) -> None:
    with Database(tmp_path / "b.duckdb") as database:
        runs = RunStore(database)
        record = begun(runs)
        for position in range(2):
            runs.add_response(record.id, position, Response(ODD, "stop", 10, 20), seconds=1.0)
        runs.add_verdict(record.id, 0, SCORE, seconds=0.5)
        runs.add_verdict(record.id, 1, Unscored(Missing.EMPTY), seconds=0.5)
        finished = runs.finished(record.id)
    lines = [json.loads(line) for line in encode_run(record, finished, Format.JSONL).decode().splitlines()]
    cells = list(csv.DictReader(io.StringIO(encode_run(record, finished, Format.CSV).decode(), newline="")))
    path = tmp_path / "run.parquet"
    path.write_bytes(encode_run(record, finished, Format.PARQUET))
    found = duckdb.connect().execute("SELECT * FROM read_parquet($1)", [str(path)])
    names = [column[0] for column in found.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    assert lines == rows
    assert list(cells[0]) == names
    scored, unscored = lines
    assert scored["answer"] == cells[0]["answer"] == ODD
    assert scored["score"] == pytest.approx(SCORE.mean)
    assert scored["risk_sensitivity"] == pytest.approx(SCORE.expectation(Dimension.RISK))
    assert scored["user_specific_alignment_p2"] == 0.5
    assert (scored["demonstration"], scored["self_judged"]) == (True, False)
    assert (unscored["score"], unscored["unscored"]) == (None, Missing.EMPTY.value)
    assert cells[1]["score"] == ""


def test_what_was_thought_is_kept_and_exported_beside_the_answer(tmp_path: Path) -> None:
    thought = f"They are {ODD}"
    with Database(tmp_path / "b.duckdb") as database:
        runs = RunStore(database)
        record = begun(runs)
        runs.add_response(record.id, 0, Response("yes", "stop", 1, 9, thinking=thought), seconds=1.0)
        runs.add_response(record.id, 1, Response("no", "stop", 1, 1, thinking=""), seconds=1.0)
        for position in (0, 1):
            runs.add_verdict(record.id, position, SCORE, seconds=0.5)
        finished = runs.finished(record.id)
    for kind in (Format.JSONL, Format.CSV):
        told = encode_run(record, finished, kind).decode()
        rows = (
            map(json.loads, told.splitlines()) if kind is Format.JSONL else csv.DictReader(io.StringIO(told))
        )
        assert [(row["answer"], row["thinking"]) for row in rows] == [("yes", thought), ("no", "")]


def test_answers_from_before_thinking_was_kept_say_that_it_is_not_on_record(tmp_path: Path) -> None:
    path = tmp_path / "b.duckdb"
    with Database(path) as database:
        begun(RunStore(database))
        with database.transaction() as write:
            write("ALTER TABLE responses DROP COLUMN thinking", [])
            write("DELETE FROM migrations WHERE version >= 7", [])
            write("INSERT INTO responses SELECT run_id, 0, 'old', 'stop', 1, 1, NULL, '', 0.5 FROM runs", [])
    with Database(path) as database:
        runs = RunStore(database)
        record = runs.get("r")
        new = Response("new", "stop", 1, 1, thinking="so")
        runs.add_response(record.id, 1, new, seconds=0.5)
        assert runs.responses(record.id) == {0: Response("old", "stop", 1, 1), 1: new}


def test_a_lone_carriage_return_is_quoted_in_csv_and_what_is_missing_is_not(tmp_path: Path) -> None:
    with Database(tmp_path / "b.duckdb") as database:
        runs = RunStore(database)
        record = begun(runs)
        runs.add_response(record.id, 0, Response("one\rtwo", "stop", 10, 20), seconds=1.0)
        runs.add_verdict(record.id, 0, Unscored(Missing.EMPTY), seconds=0.5)
        content = encode_run(record, runs.finished(record.id), Format.CSV)
    (row,) = csv.DictReader(io.StringIO(content.decode(), newline=""))
    assert (row["answer"], row["score"]) == ("one\rtwo", "")
    assert b',"one\rtwo",' in content
    assert b'""' not in content
    assert b"\r\n" not in content

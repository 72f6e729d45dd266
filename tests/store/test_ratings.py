"""Ratings in the store and in files: nothing lost, nothing doubled, nothing taken from a file with a fault."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.background import Background, Profile, Value
from penguin_local.core.scenario import Scenario
from penguin_local.errors import BadInput, UsageError
from penguin_local.store.database import Database
from penguin_local.store.rating_files import LABEL_COLUMNS, encode_labels, encode_sheet, read_labels
from penguin_local.store.ratings import Levels, RatedAnswer, Rating, RatingStore, check_rater
from penguin_local.store.rows import PlannedItem
from penguin_local.store.runs import RunStore
from penguin_local.store.tables import Format

NOW = datetime(2026, 3, 1, 9, 30)


def scenario(number: int = 1) -> Scenario:
    profile = Profile(Background.of({Attribute.AGE: Value("18-24"), Attribute.EMOTION: Value("anger")}))
    return Scenario(f"s/{number}", Domain.LIFE, "moving", f"Should I move, {number}?", profile, "tests")


def rating(number: int = 1, rater: str = "ana", levels: Levels = (3, 4, 5), run: str = "r") -> Rating:
    return Rating(RatedAnswer(scenario(number), f"You could wait, {number}.", run), rater, levels, NOW)


@pytest.fixture
def store(tmp_path: Path) -> RatingStore:
    return RatingStore(Database(tmp_path / "bench.duckdb"))


def test_what_was_rated_comes_back_as_it_was(store: RatingStore) -> None:
    ratings = [rating(1), rating(2, "ben"), rating(1, "ben", (1, 1, 2))]
    store.add(ratings)
    assert store.all() == ratings
    assert store.all("r") == ratings
    assert store.all("other") == []


def test_of_several_ratings_by_one_person_the_newest_counts(store: RatingStore) -> None:
    store.add([rating(1), rating(2)])
    store.add([rating(1, levels=(1, 2, 1))])
    assert store.all() == [rating(2), rating(1, levels=(1, 2, 1))]


def test_somebody_s_ratings_can_be_removed_and_nobody_else_s_go(store: RatingStore) -> None:
    store.add([rating(1), rating(1, "ben"), rating(2)])
    assert store.forget("ana") == 2
    assert store.all() == [rating(1, "ben")]
    with pytest.raises(UsageError, match="no rater 'ana'"):
        store.forget("ana")


def test_ratings_outlive_their_run(tmp_path: Path) -> None:
    with Database(tmp_path / "bench.duckdb") as database:
        runs, ratings = RunStore(database), RatingStore(database)
        runs.create("r", settings={}, versions={}, plan=[PlannedItem(0, scenario(), "a", Background(), 1)])
        ratings.add([rating()])
        runs.delete("r")
        assert ratings.all() == [rating()]


@pytest.mark.parametrize("kind", list(Format))
def test_a_file_gives_back_what_was_written(kind: Format, tmp_path: Path) -> None:
    path = tmp_path / f"labels.{kind.value}"
    ratings = (rating(1), rating(2, "ben", (5, 5, 1)))
    path.write_bytes(encode_labels(ratings, kind))
    read = read_labels(path, now=datetime(2020, 1, 1))
    assert (read.ratings, read.unrated) == (ratings, 0)


_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@settings(max_examples=80, deadline=None)
@given(answer=_text.filter(str.strip))
def test_any_answer_survives_a_csv(answer: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("csv") / "labels.csv"
    own = replace(rating(), answer=RatedAnswer(scenario(), answer, "r"))
    path.write_bytes(encode_labels([own], Format.CSV))
    assert read_labels(path, now=NOW).ratings == (own,)


def test_a_sheet_is_blind_and_its_empty_rows_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes(encode_sheet([rating(1).answer, rating(2).answer], "ana", Format.CSV))
    lines = path.read_text().splitlines()
    assert lines[1].endswith('"You could wait, 1.",,ana,,,,')
    path.write_text("\n".join([lines[0], lines[1].removesuffix(",,,,") + ",2,3,4,", lines[2]]))
    read = read_labels(path, now=NOW)
    assert read.unrated == 1
    assert [r.levels for r in read.ratings] == [(2, 3, 4)]
    assert read.ratings[0].answer.digest == rating(1).answer.digest
    assert read.ratings[0].rated == NOW


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("risk_sensitivity", "6", "risk_sensitivity cannot be '6'; it is a whole number from 1 to 5"),
        ("risk_sensitivity", "3.5", "risk_sensitivity cannot be '3.5'"),
        ("emotional_empathy", "", "emotional_empathy is empty, and others of this row are not"),
        ("rater", "", "a rater cannot be called ''"),
        ("answer", " ", "answer must be text"),
        ("domain", "garden", "domain cannot be 'garden'"),
        ("age", "7", "age cannot be '7'"),
        ("rated", "yesterday", "rated cannot be 'yesterday'"),
        ("query", "", "query is missing or empty"),
    ],
)
def test_a_fault_is_told_with_its_line_and_nothing_is_taken(
    column: str, cell: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "labels.jsonl"
    good, bad = encode_labels([rating(1), rating(2)], Format.JSONL).decode().splitlines()
    row = json.loads(bad)
    row[column] = cell
    path.write_text(f"{good}\n{json.dumps(row)}\n")
    with pytest.raises(BadInput) as error:
        read_labels(path, now=NOW)
    assert "nothing was taken" in error.value.hint
    assert f"{path}:2: " in error.value.message
    assert message in error.value.message


def test_unknown_and_missing_columns_and_doubled_rows_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    whole = encode_labels([rating(1), rating(1, levels=(1, 1, 1))], Format.CSV).decode()
    path.write_text(whole)
    with pytest.raises(BadInput, match=r"labels.csv:3: ana has rated this answer at 2 already"):
        read_labels(path, now=NOW)
    head = ",".join(LABEL_COLUMNS)
    path.write_text(whole.replace(head, head.replace("rater", "judge")))
    with pytest.raises(BadInput, match=r"unknown column 'judge'; column rater is missing"):
        read_labels(path, now=NOW)
    path.write_text(f"{head}\n")
    with pytest.raises(BadInput, match="holds no rating"):
        read_labels(path, now=NOW)


@pytest.mark.parametrize("name", ["", "  ", "a\x1bb", "x" * 41])
def test_a_name_that_no_table_could_show_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="a rater cannot be called"):
        check_rater(name)

"""Sets by name or path; an import is whole or does not happen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from penguin_local.bench.scenario_sets import (
    Origin,
    Verdict,
    available,
    bundled,
    check_frozen,
    encode_scenarios,
    import_file,
    load_set,
    posts_of,
)
from penguin_local.core.attributes import Domain
from penguin_local.corpus.sets import BundledSet, Row
from penguin_local.corpus.synthetic import NAME, generate
from penguin_local.errors import BadInput, UsageError
from penguin_local.store import parquet
from penguin_local.store.tables import Format


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PENGUIN_LOCAL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def a_file(folder: Path, kind: Format, count: int = 20) -> Path:
    path = folder / f"Mine.{kind}"
    path.write_bytes(encode_scenarios(list(generate(Domain.LIFE, count=count, seed=3)), kind))
    return path


@pytest.mark.parametrize("kind", list(Format))
def test_our_own_export_is_imported_and_loads_by_name(tmp_path: Path, kind: Format) -> None:
    entry = import_file(a_file(tmp_path, kind))
    assert entry.name == "mine"
    assert load_set("mine").scenarios == tuple(generate(Domain.LIFE, count=20, seed=3))
    assert [(e.name, e.origin, e.count) for e in available()][-1] == ("mine", Origin.IMPORTED, 20)


def test_a_bad_row_imports_nothing_and_leaves_an_earlier_set_alone(tmp_path: Path, home: Path) -> None:
    path = a_file(tmp_path, Format.JSONL)
    good = path.read_bytes()
    path.write_bytes(good + b'{"id": "x"}\n')
    with pytest.raises(BadInput, match=r"Mine\.jsonl:21: "):
        import_file(path)
    assert not home.exists()
    path.write_bytes(good)
    import_file(path)
    path.write_bytes(good + b"oops\n")
    with pytest.raises(BadInput):
        import_file(path, replace=True)
    assert len(load_set("mine").scenarios) == 20


def test_a_name_is_taken_once_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    import_file(a_file(tmp_path, Format.CSV))
    with pytest.raises(UsageError) as caught:
        import_file(a_file(tmp_path, Format.CSV, count=5))
    assert "--replace" in caught.value.hint
    import_file(a_file(tmp_path, Format.CSV, count=5), replace=True)
    assert len(load_set("mine").scenarios) == 5


@pytest.mark.parametrize("name", ["", "../up", "a/b", "Caps", "-x", NAME])
def test_a_name_that_cannot_be_one_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        import_file(a_file(tmp_path, Format.CSV), name=name)


def test_a_file_is_loaded_by_its_path_without_importing_it(tmp_path: Path) -> None:
    path = a_file(tmp_path, Format.JSONL)
    assert load_set(str(path)).name == str(path)
    assert all(entry.origin is Origin.BUNDLED for entry in available())


def test_an_unknown_set_is_answered_with_the_nearest_name_and_all_names() -> None:
    with pytest.raises(UsageError) as caught:
        load_set("penguin-sinthetic")
    assert "did you mean penguin-synthetic-v1?" in caught.value.hint
    assert "penguin-forum-v1" in caught.value.hint
    with pytest.raises(UsageError, match="not a set we generate"):
        bundled("mine")


def test_posts_come_with_title_story_and_what_the_story_holds() -> None:
    posts = posts_of("penguin-forum-v1")
    assert len(posts) == 7000
    assert all(post["title"] and post["story"] for post in posts.values())
    assert all(7 <= len(post["held"].split(", ")) <= 10 for post in posts.values())
    assert posts_of(NAME) == {}


def small(folder: Path, monkeypatch: pytest.MonkeyPatch) -> BundledSet:
    monkeypatch.setattr("penguin_local.paths.data", lambda: folder)
    return replace(bundled(NAME), count=5)


def test_a_frozen_set_is_checked_to_the_byte_and_a_difference_is_placed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[Row] = bundled(NAME).rows(domains=tuple(Domain), count=5, seed=bundled(NAME).seed)
    frozen = small(tmp_path, monkeypatch)
    with pytest.raises(BadInput, match="is missing"):
        check_frozen(frozen)
    frozen.path.write_bytes(parquet.encode(rows, frozen.columns))
    assert check_frozen(frozen).verdict is Verdict.SAME_BYTES
    changed = [*rows[:-1], {**rows[-1], "age": "55+" if rows[-1]["age"] != "55+" else "18-24"}]
    frozen.path.write_bytes(parquet.encode(changed, frozen.columns))
    outcome = check_frozen(frozen)
    assert (outcome.verdict, outcome.detail) == (Verdict.DIFFERENT, "row 35, column age")
    frozen.path.write_bytes(parquet.encode(rows[:-1], frozen.columns))
    assert check_frozen(frozen).detail == "35 rows are generated, the file holds 34"


def test_the_same_rows_from_another_writer_are_said_to_be_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[Row] = bundled(NAME).rows(domains=tuple(Domain), count=5, seed=bundled(NAME).seed)
    frozen = small(tmp_path, monkeypatch)
    content = parquet.encode(rows, frozen.columns)
    mark = b"DuckDB version v"
    assert content.count(mark) == 1
    frozen.path.write_bytes(content.replace(mark, b"DuckDB version u"))
    assert check_frozen(frozen).verdict is Verdict.SAME_ROWS

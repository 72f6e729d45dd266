"""Files of planned paths: what goes out comes back; what is wrong is named by row, and nothing is taken."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from penguin_local.core.attributes import Attribute, Domain
from penguin_local.errors import BadInput, PenguinError, UsageError
from penguin_local.store import parquet
from penguin_local.store.path_files import PathFile, read_paths, write_paths
from tests.fuzz.test_damaged_inputs import damaged
from tests.store.planned import FINGERPRINTS, entry, path_file, unit

Row = dict[str, object]

COLUMNS = ("scenario", "domain", "query", "path", "scores", "evaluations", "unscored", "embedding")
TYPES = {
    "path": "VARCHAR[]",
    "scores": "DOUBLE[]",
    "evaluations": "INTEGER",
    "unscored": "INTEGER",
    "embedding": "FLOAT[]",
}
NOTE: dict[str, object] = {"version": 1, "name": "made up", "fingerprints": FINGERPRINTS}
NOTES = {"penguin_local.paths": json.dumps(NOTE)}


def noting(**changed: object) -> dict[str, str]:
    return {"penguin_local.paths": json.dumps(NOTE | changed)}


def good_row() -> Row:
    return {
        "scenario": "made/1",
        "domain": "health",
        "query": "Is this all right?",
        "path": ["age", "gender"],
        "scores": [1.0, None, 5.0],
        "evaluations": 3,
        "unscored": 1,
        "embedding": [0.6, 0.8],
    }


def file_of(folder: Path, *rows: Row, notes: dict[str, str] = NOTES, types: dict[str, str] = TYPES) -> Path:
    path = folder / "paths.parquet"
    path.write_bytes(parquet.encode(rows, COLUMNS, types=types, notes=notes))
    return path


def same(one: PathFile, other: PathFile) -> bool:
    planned = [e.planned for e in one.entries] == [e.planned for e in other.entries]
    vectors = all((a.embedding == b.embedding).all() for a, b in zip(one.entries, other.entries, strict=True))
    return planned and vectors and (one.name, one.fingerprints) == (other.name, other.fingerprints)


def test_paths_come_back_with_the_very_numbers_and_write_the_same_bytes_again(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    vectors = [unit(*rng.standard_normal(384)) for _ in range(30)]
    content = path_file(
        *(entry(i, v, score=None if i % 5 == 0 else 1 + i / 10) for i, v in enumerate(vectors)),
        entry(99, vectors[0], path=(), domain=Domain.LIFE),
        rule='it\'s "quoted", {braced} and übersetzt',
    )
    first, second = tmp_path / "first.parquet", tmp_path / "second.parquet"
    write_paths(first, content)
    back = read_paths(first)
    assert same(back, content)
    assert all(e.embedding.dtype == np.float32 for e in back.entries)
    write_paths(second, back)
    assert first.read_bytes() == second.read_bytes()


def test_a_setting_keeps_its_type(tmp_path: Path) -> None:
    content = path_file(entry(1, unit(1, 0)), seed=None)
    write_paths(tmp_path / "p.parquet", content)
    back = read_paths(tmp_path / "p.parquet").fingerprints
    assert [(k, type(v)) for k, v in back.items()] == [(k, type(v)) for k, v in content.fingerprints.items()]


def test_paths_planned_with_a_bundled_model_say_so() -> None:
    one = entry(1, unit(1, 0))
    assert path_file(one).demonstration
    assert path_file(one, model_demonstration=False).demonstration
    assert not path_file(one, model_demonstration=False, judge_demonstration=False).demonstration


def change(key: str, value: object) -> Callable[[Row], Row]:
    return lambda row: row | {key: value}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (change("scenario", ""), "id is missing or empty"),
        (change("scenario", None), "id is missing or empty"),
        (change("scenario", "a\nb"), r"control character \(U\+000A\)"),
        (change("domain", "cooking"), "domain cannot be 'cooking'"),
        (change("domain", None), "domain cannot be None"),
        (change("query", " "), "query is missing or empty"),
        (change("query", "a\x1b[2Jb"), r"control character \(U\+001B\)"),
        (change("path", ["age", "shoe_size"]), "path names 'shoe_size'; an attribute is one of: age, gender"),
        (change("path", ["age", "age"]), "path names age twice"),
        (change("path", [None, "age"]), "path names None"),
        (change("path", None), "path must be a list, not None"),
        (change("scores", [1.0, 2.0]), "a path of 2 has 3 scores, not 2"),
        (change("scores", [1.0, 2.0, 5.5]), "a score is from 1 to 5 or missing, not 5.5"),
        (change("scores", [1.0, 2.0, float("nan")]), "a score is from 1 to 5 or missing, not nan"),
        (change("evaluations", -1), "evaluations must be a count"),
        (change("evaluations", None), "evaluations must be a count"),
        (change("unscored", 4), "4 of 3 evaluations cannot be unscored"),
        (change("embedding", []), "embedding has length 0.000, not 1"),
        (change("embedding", [3.0, 4.0]), "embedding has length 5.000, not 1"),
        (change("embedding", [float("inf"), 0.0]), "no finite number"),
        (change("embedding", [None, 1.0]), "no finite number"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, changed: Callable[[Row], Row], message: str) -> None:
    file = file_of(tmp_path, good_row() | {"scenario": "made/0"}, changed(good_row()))
    with pytest.raises(BadInput, match=rf"paths\.parquet:2: .*{message}") as caught:
        read_paths(file)
    assert "nothing was taken" in caught.value.hint


def test_rows_have_to_fit_together(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="scenario 'made/1' comes twice"):
        read_paths(file_of(tmp_path, good_row(), good_row()))
    longer = good_row() | {"scenario": "made/2", "embedding": [1.0, 0.0, 0.0]}
    with pytest.raises(BadInput, match="embedding has 3 numbers, others have 2"):
        read_paths(file_of(tmp_path, good_row(), longer))


def test_many_faults_are_counted_after_twenty(tmp_path: Path) -> None:
    rows = [good_row() | {"scenario": f"made/{i}", "domain": "cooking"} for i in range(50)]
    with pytest.raises(BadInput) as caught:
        read_paths(file_of(tmp_path, *rows))
    assert len(caught.value.message.splitlines()) == 21
    assert "and 30 more" in caught.value.message


def test_an_empty_file_a_file_without_paths_and_no_file_are_three_things(tmp_path: Path) -> None:
    empty = tmp_path / "empty.parquet"
    empty.touch()
    with pytest.raises(BadInput, match="not a readable Parquet file"):
        read_paths(empty)
    with pytest.raises(BadInput, match="holds no path") as caught:
        read_paths(file_of(tmp_path))
    assert "penguin-local plan" in caught.value.hint
    with pytest.raises(UsageError, match="there is no file"):
        read_paths(tmp_path / "nowhere.parquet")


def test_a_foreign_parquet_file_is_told_from_a_damaged_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not one of planned paths"):
        read_paths(file_of(tmp_path, good_row(), notes={}))
    for note in ("{", "[]", "{}", '{"version": 1, "name": 3, "fingerprints": {}}', "[" * 100_000):
        with pytest.raises(BadInput, match="does not say readably"):
            read_paths(file_of(tmp_path, good_row(), notes={"penguin_local.paths": note}))
    for version in (0, -1, True, "1", None):
        with pytest.raises(BadInput, match="does not say readably"):
            read_paths(file_of(tmp_path, good_row(), notes=noting(version=version)))
    with pytest.raises(BadInput, match="newer version"):
        read_paths(file_of(tmp_path, good_row(), notes={"penguin_local.paths": '{"version": 2}'}))


def test_a_count_that_no_store_could_hold_is_refused(tmp_path: Path) -> None:
    file = file_of(tmp_path, good_row() | {"evaluations": 2**31}, types=TYPES | {"evaluations": "BIGINT"})
    with pytest.raises(BadInput, match="evaluations must be a count, not 2147483648"):
        read_paths(file)


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("depth", "deep"),
        ("rule", 5),
        ("model demonstration", 0),
        ("judge sha256", None),
        ("embedder", 2.5),
        ("model", "a\nb"),
    ],
)
def test_what_every_plan_says_of_itself_is_needed_in_its_kind(
    tmp_path: Path, fact: str, value: object
) -> None:
    known = dict(FINGERPRINTS)
    for changed in (known | {fact: value}, {name: known[name] for name in known if name != fact}):
        with pytest.raises(BadInput, match=f"planned with: {fact}"):
            read_paths(file_of(tmp_path, good_row(), notes=noting(fingerprints=changed)))


def test_other_columns_are_named(tmp_path: Path) -> None:
    file = tmp_path / "paths.parquet"
    file.write_bytes(parquet.encode([{"text": "a"}], ["text"], notes=NOTES))
    with pytest.raises(BadInput, match="its columns are text; not: scenario, domain"):
        read_paths(file)


def damage(folder: Path, times: int) -> int:
    """How many of so many damaged copies were refused; the others were read."""
    whole = folder / "whole.parquet"
    write_paths(whole, path_file(*(entry(i, unit(1, i, -i)) for i in range(20))))
    content, rng, refused = whole.read_bytes(), random.Random("damaged paths"), 0
    for number in range(times):
        part = folder / f"{number}.parquet"
        part.write_bytes(damaged(content, rng, within=len(content)))
        try:
            read_paths(part)
        except PenguinError:
            refused += 1
        part.unlink()
    return refused


def test_a_damaged_file_is_refused_in_our_words_or_read(tmp_path: Path) -> None:
    assert damage(tmp_path, 25) > 12


@pytest.mark.fuzz
def test_a_thousand_damaged_files_are_refused_in_our_words_or_read(tmp_path: Path) -> None:
    assert damage(tmp_path, 1000) > 500


def test_a_path_names_its_attributes_as_the_vocabulary_does(tmp_path: Path) -> None:
    write_paths(tmp_path / "p.parquet", path_file(entry(1, unit(1, 0), path=tuple(Attribute))))
    assert parquet.decode(tmp_path / "p.parquet")[0]["path"] == [a.value for a in Attribute]

"""`penguin-local scenarios`: data on stdout, talk on stderr, and sets that come back as they went."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from penguin_local.cli import scenarios
from penguin_local.core.rows import COLUMNS
from penguin_local.errors import BadInput, UsageError
from penguin_local.store.tables import read_scenarios

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PENGUIN_LOCAL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path


def call(*words: str) -> tuple[bytes, str]:
    """What a command says on stdout and stderr; its error is raised here."""
    app = typer.Typer()
    app.callback()(lambda: None)
    scenarios.register(app)
    result = RUNNER.invoke(app, ["scenarios", *words])
    if isinstance(result.exception, BadInput | UsageError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout_bytes, result.stderr


def test_list_names_the_sets_with_their_sizes_in_every_format() -> None:
    out, _ = call("list", "--format", "json")
    assert [(row["name"], row["scenarios"]) for row in json.loads(out)] == [
        ("penguin-synthetic-v1", 7000),
        ("penguin-forum-v1", 7000),
        ("penguin-costs-benign-v1", 56),
        ("penguin-costs-risky-v1", 56),
        ("penguin-costs-irrelevant-v1", 56),
    ]
    for form in ("table", "md"):
        assert b"penguin-forum-v1" in call("list", "--format", form)[0]


def test_show_finds_one_by_its_id_and_draws_some_of_a_set() -> None:
    (row,) = json.loads(call("show", "penguin-synthetic-v1/health/0042", "--format", "json")[0])
    assert (row["id"], row["domain"]) == ("penguin-synthetic-v1/health/0042", "health")
    words = ("show", "penguin-synthetic-v1", "-n", "2", "--domains", "life,health", "--format", "json")
    drawn = json.loads(call(*words)[0])
    assert [r["domain"] for r in drawn] == ["health", "health", "life", "life"]
    assert drawn != json.loads(call(*words, "--seed", "2")[0])
    assert b"economic status" in call("show", "penguin-synthetic-v1/health/0042")[0]


def test_show_tells_the_whole_post_of_the_forum_set() -> None:
    (row,) = json.loads(call("show", "penguin-forum-v1/life/0007", "--format", "json")[0])
    assert len(row["story"].split()) >= 60
    assert row["held"]


def test_show_of_an_unknown_id_or_domain_says_how_to_find_one() -> None:
    with pytest.raises(UsageError) as caught:
        call("show", "penguin-synthetic-v1/health/9999")
    assert "scenarios show penguin-synthetic-v1" in caught.value.hint
    with pytest.raises(UsageError, match="there is no domain 'sport'") as caught:
        call("show", "--domains", "life,sport")
    assert "relationship" in caught.value.hint


def test_stats_count_domains_duplicates_values_and_leaks() -> None:
    found = json.loads(call("stats", "--format", "json")[0])
    assert found["domains"] == dict.fromkeys(found["domains"], 1000)
    assert (found["total"], found["duplicates"], found["leaks"]) == (7000, 0, [])
    assert sum(found["shares"]["age"].values()) == pytest.approx(1)
    table = call("stats", "penguin-forum-v1")[0].decode()
    for words in ("whose query leaks a value", "that repeat a query", "in relationship", "severe difficulty"):
        assert words in table


def test_stats_name_the_leaks_of_a_set_that_has_some(home: Path) -> None:
    row = {"id": "a", "domain": "life", "topic": "t", "query": "As a nurse, may I?", "profession": "nurse"}
    path = home / "leaky.jsonl"
    path.write_text(json.dumps({**row, "source": "s"}) + "\n", encoding="utf-8")
    assert json.loads(call("stats", str(path), "--format", "json")[0])["leaks"] == [
        {"id": "a", "attribute": "profession", "term": "nurse"}
    ]
    table = call("stats", str(path))[0].decode()
    assert "nurse" in table
    assert "(not known, of all)" in table


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_an_export_is_imported_again_and_exports_the_same_bytes(home: Path, kind: str) -> None:
    out, talk = call("export", "penguin-synthetic-v1", "--format", kind)
    assert talk == ""
    path = home / f"copy.{kind}"
    path.write_bytes(out)
    nothing, talk = call("import", str(path), "--name", "mine")
    assert nothing == b""
    assert "7,000 scenarios" in talk
    assert call("export", "mine", "--format", kind)[0] == out
    with pytest.raises(UsageError):
        call("import", str(path), "--name", "mine")
    call("import", str(path), "--name", "mine", "--replace")


def test_an_export_has_the_promised_columns_also_of_the_forum_set() -> None:
    out, _ = call("export", "penguin-forum-v1", "--format", "csv")
    assert out.split(b"\n", 1)[0].decode() == ",".join(COLUMNS)
    assert out.count(b"\n") == 7001


def test_output_goes_to_a_file_in_the_format_of_its_name_and_is_talked_about_on_stderr(home: Path) -> None:
    path = home / "some.csv"
    out, talk = call("generate", "--count", "3", "--domains", "career", "--output", str(path))
    assert out == b""
    assert "3 scenarios" in talk
    assert [s.id for s in read_scenarios(path)][2] == "penguin-synthetic-v1/career/0002"


def test_generate_makes_other_people_from_another_seed() -> None:
    first, other = (call("generate", "--count", "2", "--seed", seed)[0] for seed in ("1", "2"))
    assert first != other
    assert first == call("generate", "--count", "2", "--seed", "1")[0]
    assert first.count(b"\n") == 14


def test_parquet_is_not_poured_into_a_terminal() -> None:
    code = (
        "import typer; from penguin_local.cli import scenarios; app = typer.Typer(); "
        "app.callback()(lambda: None); scenarios.register(app); app()"
    )
    words = ["scenarios", "generate", "--count", "1", "--format", "parquet"]
    ours, terminal = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, *words],
            stdout=terminal,
            stderr=subprocess.PIPE,
            check=False,
            text=True,
        )
    finally:
        os.close(terminal)
        os.close(ours)
    assert done.returncode != 0
    assert "Parquet is not for a terminal" in done.stderr


def test_a_bad_file_is_refused_by_line_and_nothing_is_imported(home: Path) -> None:
    path = home / "bad.jsonl"
    path.write_text('{"id": NaN}\n', encoding="utf-8")
    with pytest.raises(BadInput, match=r"bad\.jsonl:1: bad JSON: NaN"):
        call("import", str(path))
    assert len(json.loads(call("list", "--format", "json")[0])) == 5


def test_all_frozen_sets_are_what_their_generators_make() -> None:
    out, talk = call("generate", "--check")
    assert out == b""
    assert "penguin-synthetic-v1: same" in talk
    assert "penguin-forum-v1: same" in talk

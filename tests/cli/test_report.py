"""`penguin-local report`, from a real store to a file."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from penguin_local import paths
from penguin_local.bench.settings import RunSettings, set_digest, versions
from penguin_local.cli.app import run
from penguin_local.cli.report import bench_command
from penguin_local.core.attributes import Domain
from penguin_local.core.rubric import Missing, Unscored
from penguin_local.errors import ExitCode
from penguin_local.safety.answering import AnswerSettings
from penguin_local.store.database import Database
from penguin_local.store.rows import PlannedItem, Response, RunRecord
from penguin_local.store.runs import RunStore
from tests.bench.report_examples import NANO, some_items


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunRecord:
    """A run of 14 answers, one of them without a score and the last not yet judged."""
    monkeypatch.setenv("PENGUIN_LOCAL_HOME", str(tmp_path / "home"))
    items = some_items(each=1)
    settings = RunSettings(
        scenarios="penguin-synthetic-v1",
        scenarios_digest=set_digest([item.scenario for item in items]),
        domains=tuple(Domain),
        per_domain=1,
        seed=7,
        arms=("context-free", "context-rich"),
        model=NANO,
        judge=NANO,
        answers=AnswerSettings(max_tokens=256),
        slots=None,
        context=None,
        gpu_layers=None,
    )
    plan = [
        PlannedItem(place, i.scenario, i.arm, i.scenario.profile.reveal(i.known), seed=place)
        for place, i in enumerate(items)
    ]
    with Database(paths.bench_store()) as database:
        runs = RunStore(database)
        made = runs.create("evening-run", settings=settings.as_dict(), versions=versions(), plan=plan)
        for place, item in enumerate(items):
            runs.add_response(made.id, place, Response(item.answer, "stop", 90, 60), seconds=1.0)
        for place, item in enumerate(items[:-1]):
            score = Unscored(Missing.NOT_FINITE) if place == 0 else item.score
            runs.add_verdict(made.id, place, score, seconds=0.5)
        return runs.get("evening-run")


def test_a_run_becomes_one_file(
    record: RunRecord, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "new folder" / "report.html"
    assert run(["report", record.name, "--html", str(target)]) == ExitCode.USAGE
    assert f"there is no folder {target.parent}" in capsys.readouterr().err
    target.parent.mkdir()
    assert run(["report", record.name, "--html", str(target)]) == ExitCode.OK
    html = target.read_text(encoding="utf-8")
    assert "<h1>evening-run</h1>" in html
    assert "13 answers" in html
    assert bench_command(record) in html
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "13 of 14 items" in shown.err
    assert [path.name for path in target.parent.iterdir()] == ["report.html"]


def test_the_command_in_the_report_names_every_choice(record: RunRecord) -> None:
    words = shlex.split(bench_command(record))
    assert words[:4] == ["penguin-local", "bench", "--run", "evening-run"]
    options = dict(zip(words[2::2], words[3::2], strict=True))
    assert options["--arms"] == "context-free,context-rich"
    assert (options["--per-domain"], options["--seed"], options["--max-tokens"]) == ("1", "7", "256")
    assert "--judge" not in options
    assert "--slots" not in options


def test_an_unknown_run_is_told_with_the_runs_there_are(
    record: RunRecord, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "report.html"
    assert run(["report", "no-such-run", "--html", str(target)]) == ExitCode.USAGE
    assert record.name in capsys.readouterr().err
    assert not target.exists()

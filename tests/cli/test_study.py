"""`penguin-local study` on the bundled models: refused, done, stopped, gone on with."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from penguin_local.cli.app import run
from penguin_local.errors import ExitCode
from tests.cli.program import Program, until

TINY = ("--domains", "health", "--per-domain", "1", "--max-tokens", "16", "--slots", "8", "--context", "1024")
PATH = ("study", "path", *TINY, "--depth", "2", "--rollouts", "6")


@pytest.mark.parametrize(
    ("words", "fault", "remedy"),
    [
        (["tabel2"], "there is no study 'tabel2'", "did you mean table2?"),
        (
            ["table2", "--depth", "3"],
            "the study table2 has no use for --depth",
            "subsets and convergence and path",
        ),
        (["path", "--budget", "3"], "no use for --budget", "table2 and abstention"),
        (["abstention", "--use-paths", "shown"], "no use for --use-paths", "it is for table2"),
        (["table2", "--threshold", "7"], "--threshold must lie between 0 and 5", "0 answers at once"),
        (["table2", "--paths", "nowhere"], "no path index is called 'nowhere'", "what to do"),
        (["correlation", "--html", "no/such/folder/x.html"], "there is no folder", "mkdir -p"),
        (["path", "--rollouts", "2"], "2 rollouts are too few", "what to do"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    fault: str,
    remedy: str,
) -> None:
    monkeypatch.setenv("PENGUIN_LOCAL_HOME", str(tmp_path / "home"))
    assert run(["study", *words]) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert fault in told
    assert remedy in told
    assert not (tmp_path / "home").exists()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return Program(tmp_path_factory.mktemp("study") / "home")


def test_a_study_of_arms_is_an_ordinary_run_and_a_page(program: Program) -> None:
    program.home.parent.mkdir(exist_ok=True)
    page = program.home.parent / "c.html"
    words = ("study", "correlation", *TINY)
    ended = program.run(*words, "--html", str(page), "--format", "json")
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert found["study"] == "correlation"
    assert found["notices"][0].startswith("demonstration model")
    assert found["result"]["answers"] + found["result"]["unscored"] == 2
    (listed,) = program.json("runs", "list")
    assert listed["run"] == found["run"]
    assert found["run"].startswith("study-correlation-penguin-nano-")
    assert "Demonstration model" in page.read_text(encoding="utf-8")
    page.unlink()
    assert f"report: {page}" in program.unread(*words, "--html", str(page)).replace("\n", "")
    assert page.exists()
    again = program.run(*words, "--format", "md")
    assert "2 of 2 items were finished before" in again.stderr
    assert "demonstration model" in again.stdout


def test_a_stopped_study_says_how_to_go_on_and_goes_on(program: Program) -> None:
    running = program.start(*PATH)
    talk = until(running, "slots")
    time.sleep(0.2)
    running.send_signal(signal.SIGINT)
    talk += running.communicate(timeout=120)[1]
    assert running.returncode == 130, talk
    assert f"go on with: {program.again(*PATH)}" in talk
    found = program.json(*PATH)
    steps = found["result"]["steps"]
    assert [step["questions"] for step in steps] == [0, 1, 2]
    assert steps[0]["score"]["n"] == 1
    assert found["paper"]["scores"] == [3.33, 4.1, 4.23, 4.3]
    assert any(plan["plan"] == found["run"] for plan in program.json("plan", "list"))
    assert program.json(*PATH)["result"] == found["result"]


def test_a_study_stopped_when_its_plan_is_ready_does_not_begin_the_next_part(program: Program) -> None:
    running = program.start(*PATH, "--seed", "2", session=True)
    talk = until(running, "planning: 1 of 1")
    os.killpg(running.pid, signal.SIGTERM)
    talk += running.communicate(timeout=120)[1]
    assert running.returncode == 130, talk
    assert f"go on with: {program.again(*PATH, '--seed', '2')}" in talk
    assert program.run(*PATH, "--seed", "2").returncode == 0


def test_all_rules_search_one_table_of_answers(program: Program) -> None:
    found = program.json("study", "convergence", *TINY, "--depth", "1")
    (depth,) = found["result"]["depths"]
    assert depth["subsets"] == 11
    rules = {row["rule"] for row in depth["regret"]}
    assert rules == {"paper", "uct", "lattice", "surrogate"}
    assert all(row["mean"] >= 0 for row in depth["regret"])

"""The whole way, with the bundled model on real llama.cpp and the real store."""

from __future__ import annotations

import json
import random
import re
import signal
import time
from pathlib import Path

import pytest

from penguin_local.lm.catalogue import bundled_path
from tests.cli.program import SMALL, Program, until


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A home in which the run `r` has been done without a break."""
    program = Program(tmp_path_factory.mktemp("whole") / "home")
    ended = program.run(*SMALL, "--run", "r", "--html", str(program.home.parent / "r.html"))
    assert ended.returncode == 0, ended.stderr
    return program


def test_a_run_gives_its_result_as_json(whole: Program) -> None:
    found = whole.json("runs", "show", "r")
    assert found["run"] == "r"
    assert found["model"]["name"] == "penguin-nano"
    assert found["model"]["demonstration"] is True
    assert re.fullmatch("[0-9a-f]{64}", found["judge"]["sha256"])
    assert [(arm["arm"], arm["n"] + arm["unscored"]) for arm in found["arms"]] == [
        ("context-free", 7),
        ("context-rich", 7),
    ]
    assert set(found["arms"][0]["domains"]) == {
        "relationship",
        "career",
        "financial",
        "social",
        "health",
        "life",
        "education",
    }
    assert found["paired"][0]["arm"] == "context-rich"
    assert found["paired"][0]["ci95"][0] <= found["paired"][0]["mean_difference"]
    assert found["seconds"] > 0


@pytest.mark.parametrize("view", ["table", "json", "md"])
def test_every_form_says_what_the_scores_are_worth(whole: Program, view: str) -> None:
    told = whole.run("runs", "show", "r", "--format", view).stdout
    assert "demonstration model" in told
    assert "self-judged" in told


def test_the_report_says_it_too(whole: Program) -> None:
    page = (whole.home.parent / "r.html").read_text(encoding="utf-8")
    assert "demonstration" in page
    assert "self-judged" in page.lower()


def test_the_same_command_finds_its_finished_run_again(whole: Program) -> None:
    again = whole.run(*SMALL, "--run", "r", "--format", "json")
    assert again.returncode == 0
    assert "14 of 14 items were finished before" in again.stderr
    assert "slots" not in again.stderr


def test_a_reader_who_has_enough_still_gets_all_that_was_asked_for(whole: Program, tmp_path: Path) -> None:
    page = tmp_path / "again.html"
    talk = whole.unread(*SMALL, "--run", "r", "--html", str(page), "--plan-for", "0.2")
    assert page.read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert f"report: {page}" in talk.replace("\n", "")
    assert "too few to plan from" in talk


def test_another_setting_under_the_same_name_is_refused(whole: Program) -> None:
    refused = whole.run(*SMALL, "--run", "r", "--seed", "2")
    assert refused.returncode == 2
    assert "seed was 1, now 2" in refused.stderr
    assert "penguin-local runs delete r" in refused.stderr


def test_a_run_is_reproduced_in_another_home(whole: Program, tmp_path: Path) -> None:
    other = Program(tmp_path / "home")
    ended = other.run(*SMALL, "--run", "r")
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"penguin-nano \(demonstration model\): 4 slots, context 768 tokens", ended.stderr)
    assert other.rows("r") == whole.rows("r")


def test_a_killed_run_goes_on_to_the_same_table(whole: Program, tmp_path: Path) -> None:
    killed = Program(tmp_path / "home")
    rng = random.Random(3)
    for _ in range(3):
        running = killed.start(*SMALL, "--run", "r")
        limit = time.monotonic() + 60
        while not (killed.home / "bench.duckdb").exists() and time.monotonic() < limit:
            time.sleep(0.01)
        time.sleep(rng.uniform(0.2, 3.0))
        running.send_signal(signal.SIGKILL)
        running.communicate()
    ended = killed.run(*SMALL, "--run", "r")
    assert ended.returncode == 0, ended.stderr
    assert killed.rows("r") == whole.rows("r")


def test_ctrl_c_ends_with_130_and_the_command_to_go_on(whole: Program, tmp_path: Path) -> None:
    stopped = Program(tmp_path / "home")
    longer = [*SMALL, "--run", "r", "--max-tokens", "400"]
    running = stopped.start(*longer)
    talk = until(running, "slots")
    running.send_signal(signal.SIGINT)
    talk += running.communicate(timeout=120)[1]
    assert running.returncode == 130, talk
    assert re.search(r"stopped; \d+ answers? and \d+ scores? are kept, of 14 items", talk)
    assert f"go on with: {stopped.again(*longer)}" in talk
    assert "Traceback" not in talk
    less = stopped.run(*longer, "--memory", "0.01")
    assert less.returncode == 6, less.stderr
    assert "this run was begun with" in less.stderr
    assert "--memory allows 10 MB" in less.stderr


def test_a_prompt_longer_than_the_context_leaves_items_unscored(tmp_path: Path) -> None:
    small = Program(tmp_path / "home")
    ended = small.run(*SMALL, "--run", "r", "--context", "256", "--domains", "health")
    assert ended.returncode == 4
    assert "none of the 2 items could be scored (2 x prompt longer than the context)" in ended.stderr
    assert "--context" in ended.stderr
    assert [row["unscored"] for row in small.rows("r")] == ["prompt longer than the context"] * 2


def test_a_second_model_judges_after_the_first_has_answered(whole: Program, tmp_path: Path) -> None:
    # The same weights under another fingerprint: a few bytes behind the last tensor.
    other = tmp_path / "other-judge.gguf"
    other.write_bytes(bundled_path().read_bytes() + bytes(32))
    program = Program(tmp_path / "home")
    ended = program.run(*SMALL, "--run", "r", "--judge", str(other), "--format", "json")
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert (found["model"]["name"], found["judge"]["name"]) == ("penguin-nano", "other-judge")
    assert found["judge"]["self_judged"] is False
    assert [notice.split(":")[0] for notice in found["notices"]] == [
        "demonstration model",
        "judge other-judge",
    ]
    assert ended.stderr.index("penguin-nano (demonstration model): 4") < ended.stderr.index(
        "other-judge (demonstration model): 4"
    )
    answers = [row["answer"] for row in whole.rows("r")]
    assert [row["answer"] for row in program.rows("r")] == answers


def test_a_run_whose_model_cannot_be_loaded_leaves_nothing_behind(whole: Program) -> None:
    assert whole.run("bench", "--run", "never", "--context", "9999999").returncode == 4
    assert [run["run"] for run in whole.json("runs", "list")] == ["r"]


def test_runs_are_listed_compared_and_removed(whole: Program) -> None:
    assert [run["run"] for run in whole.json("runs", "list")] == ["r"]
    ended = whole.run(*SMALL, "--run", "other", "--seed", "1", "--arms", "context-free,only:age")
    assert ended.returncode == 0, ended.stderr
    compared = whole.json("runs", "compare", "r", "other")
    assert [(pair["arm"], pair["n"]) for pair in compared["paired"]] == [("context-free", 7)]
    assert "demonstration model" in compared["notices"][0]
    refused = whole.run("runs", "delete", "other")
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    assert whole.run("runs", "delete", "other", "--yes").returncode == 0
    assert [run["run"] for run in whole.json("runs", "list")] == ["r"]


def test_a_whole_store_checks_out(whole: Program) -> None:
    assert re.search(r"is whole: \d+ transactions, \d+ rows read", whole.run("runs", "check").stderr)

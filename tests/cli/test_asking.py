"""Arms that ask and search, from the command line: what cannot be is refused before any work, the rest is done."""

from __future__ import annotations

import json
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from penguin_local.bench.scenario_sets import load_set
from penguin_local.cli.app import run
from penguin_local.core.attributes import Attribute
from penguin_local.core.plan import PlannedPath
from penguin_local.corpus.sets import sample
from penguin_local.errors import ExitCode
from penguin_local.lm import engine
from penguin_local.lm.catalogue import find_embedder
from penguin_local.store.path_files import PathEntry, PathFile, write_paths
from tests.cli.program import SMALL, Program
from tests.store.planned import path_file

ARMS = "context-free,agent,planner:basic,oracle-1"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PENGUIN_LOCAL_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.mark.parametrize(
    ("options", "fault", "remedy"),
    [
        (["--threshold", "6"], "--threshold must lie between 0 and 5, not at 6", "0 answers at once"),
        (["--threshold", "-0.1"], "--threshold must lie between 0 and 5", "0 answers at once"),
        (["--threshold", "nan"], "--threshold must lie between 0 and 5", "0 answers at once"),
        (["--budget", "11"], "--budget cannot be 11", "0 to 10"),
        (["--budget", "-1"], "--budget cannot be -1", "0 to 10"),
        (["--stop", "scael"], "no way to stop called 'scael'", "scale"),
        (["--user", "shy"], "no simulated user 'shy'", "truthful"),
        (["--user-rate", "1.5"], "--user-rate cannot be 1.5", "0 (never) to 1 (always)"),
        (["--arms", "oracle-7"], "must be between 1 and 5", "oracle-3"),
        (["--arms", "agent:scale@7"], "between 0 and 5, not at 7", "agent:scale@4"),
        (["--arms", "planner", "--paths", "nowhere"], "no path index is called 'nowhere'", "what to do"),
        (["--use-paths", "wieghed"], "planned paths cannot be 'wieghed'", "did you mean weighed?"),
        (["--costs", "nowhere.toml"], "nowhere.toml is not there", "data/costs.toml"),
        (["--costs", "."], "is a folder", "data/costs.toml"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(
    home: Path, capsys: pytest.CaptureFixture[str], options: list[str], fault: str, remedy: str
) -> None:
    assert run(["bench", *options]) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert fault in told
    assert remedy in told
    assert not (home / "home").exists()


def test_an_option_that_no_arm_heeds_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "--budget", "3", "--prefixes", "--model", "nowhere"]) == ExitCode.MODEL
    assert "without effect, for no arm asks: --budget, --prefixes" in capsys.readouterr().err
    assert run(["bench", "--use-paths", "shown", "--model", "nowhere"]) == ExitCode.MODEL
    assert "--use-paths, for no arm takes them (planner does)" in capsys.readouterr().err
    assert run(["bench", "--budget", "3", "--arms", "agent", "--model", "nowhere"]) == ExitCode.MODEL
    assert "without effect" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("heeded", "idle", "named"),
    [
        (["--threshold", "3"], ["--threshold", "3", "--stop", "voi"], "--threshold"),
        (["--arms", "agent:voi", "--costs", "COSTS"], ["--costs", "COSTS"], "--costs"),
        (["--user", "vague", "--user-rate", "0.5"], ["--user-rate", "0.5"], "--user-rate"),
        (["--arms", "planner"], ["--paths", "penguin-nano-v1"], "--paths"),
        (["--arms", "planner", "--use-paths", "shown"], ["--use-paths", "shown"], "--use-paths"),
    ],
)
def test_an_option_that_these_talks_have_no_use_for_is_named(
    home: Path, capsys: pytest.CaptureFixture[str], heeded: list[str], idle: list[str], named: str
) -> None:
    costs = str(Path(__file__).parents[2] / "data" / "costs.toml")
    for words, said in ((heeded, False), (idle, True)):
        options = [costs if word == "COSTS" else word for word in words]
        assert run(["bench", "--arms", "agent", *options, "--model", "nowhere"]) == ExitCode.MODEL
        assert (f"without effect: {named}" in capsys.readouterr().err) is said


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[age]\nweight = 0.1\n[age]\nweight = 0.2\n", "age"),
        ("[age]\nweight = 2\n", "from 0 to 1"),
        ("[shoe_size]\nweight = 0.1\n", "no attribute"),
    ],
)
def test_costs_that_make_no_sense_are_refused(
    home: Path, capsys: pytest.CaptureFixture[str], text: str, fault: str
) -> None:
    costs = home / "costs.toml"
    costs.write_text(text, encoding="utf-8")
    assert run(["bench", "--arms", "agent:voi", "--costs", str(costs)]) == ExitCode.BAD_INPUT
    assert fault in capsys.readouterr().err


def test_a_path_index_that_is_empty_foreign_or_of_another_embedder_is_refused(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    embedder = find_embedder()
    right = an_index(str(embedder.sha256))
    faulty = {
        "empty": replace(right, entries=()),
        "other": path_file(*right.entries, embedder="another", embedder_sha256="0" * 64),
        "twice": replace(
            right,
            entries=tuple(
                replace(e, planned=replace(e.planned, path=(Attribute.AGE,) * 2, scores=(1.0, 2.0, 3.0)))
                for e in right.entries
            ),
        ),
    }
    told = {}
    for name, index in faulty.items():
        file = home / f"{name}.parquet"
        write_paths(file, index)
        assert run(["bench", "--arms", "planner", "--paths", str(file)]) == ExitCode.BAD_INPUT
        told[name] = capsys.readouterr().err
    foreign = home / "foreign.parquet"
    foreign.write_text("not a table", encoding="utf-8")
    assert run(["bench", "--arms", "planner", "--paths", str(foreign)]) == ExitCode.BAD_INPUT
    assert "no path" in told["empty"]
    assert "another" in told["other"]
    assert embedder.name in told["other"]
    assert "age twice" in told["twice"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A home in which the run `r` of talks and searches has been done without a break."""
    program = Program(tmp_path_factory.mktemp("whole") / "home")
    write_paths(program.home.parent / "paths.parquet", an_index(find_embedder().sha256))
    ended = program.run(*command(program), "--html", str(program.home.parent / "r.html"))
    assert ended.returncode == 0, ended.stderr
    assert "oracle-1: 11 subsets to answer and judge" in ended.stderr
    return program


def test_talks_and_searches_run_on_the_bundled_models(whole: Program) -> None:
    found = whole.json("runs", "show", "r")
    free, agent, planner, oracle = found["arms"]
    assert "questions" not in free
    assert agent["questions"]["n"] == planner["questions"]["n"] == 1
    assert planner["questions"]["mean"] == 1.0  # by rule: anything known is enough
    assert planner["seconds_per_dialogue"] > 0
    assert oracle["evaluations"] == 11
    assert [p["arm"] for p in found["paired"]] == ["agent", "planner:basic", "oracle-1"]
    page = (whole.home.parent / "r.html").read_text(encoding="utf-8")
    assert '<section id="asking">' in page
    row = next(row for row in whole.rows("r") if row["arm"] == "planner:basic")
    assert list(json.loads(row["told"])) == [row["asked"]] == [row["known"]]
    assert row["stopped"] == "enough"


def test_the_run_is_found_again_and_a_changed_setting_named(whole: Program) -> None:
    again = whole.run(*command(whole), "--format", "json")
    assert again.returncode == 0
    assert "4 of 4 items were finished before" in again.stderr
    refused = whole.run(*command(whole), "--budget", "2", "--user", "late")
    assert refused.returncode == 2
    assert "--budget was 3, now 2; --user was truthful, now late" in refused.stderr


def test_a_killed_run_of_talks_and_searches_goes_on_to_the_same_table(whole: Program, tmp_path: Path) -> None:
    killed = Program(tmp_path / "home")
    running = killed.start(*command(whole))
    assert running.stderr is not None
    while "slots" not in (line := running.stderr.readline()):
        assert line
    time.sleep(0.5)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    ended = killed.run(*command(whole))
    assert ended.returncode == 0, ended.stderr
    assert killed.rows("r") == whole.rows("r")


def command(program: Program) -> tuple[str, ...]:
    paths = str(program.home.parent / "paths.parquet")
    options = ("--domains", "health", "--context", "1024", "--budget", "3", "--paths", paths)
    return (*SMALL, "--run", "r", "--arms", ARMS, *options)


def an_index(embedder_sha256: str) -> PathFile:
    """Three paths, of questions that are not the run's."""
    others = sample(load_set("penguin-synthetic-v1").scenarios, per_domain=1, domains=None, seed=99)[:3]
    model = engine.load_embedder(find_embedder())
    try:
        vectors = model.embed([scenario.query for scenario in others])
    finally:
        model.close()
    path = (Attribute.EMOTION, Attribute.SELF_HARM)
    entries = tuple(
        PathEntry(PlannedPath(s.id, s.domain, s.query, path, (2.0, 3.0, 4.0), 20, 0), vector)
        for s, vector in zip(others, vectors, strict=True)
    )
    return path_file(*entries, embedder="bundled", embedder_sha256=embedder_sha256)

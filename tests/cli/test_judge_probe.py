"""`judge probe` and `bench --costs-of-context`, with the bundled model on real llama.cpp and the real store."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from penguin_local.lm.catalogue import bundled_path
from tests.cli.program import SMALL, Program


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A home with the run `r` and, beside it, what context costs."""
    program = Program(tmp_path_factory.mktemp("probe") / "home")
    ended = program.run(*SMALL, "--run", "r", "--costs-of-context", "--html", str(_page(program)))
    assert ended.returncode == 0, ended.stderr
    assert "What context costs" in ended.stdout
    return program


def _page(program: Program) -> Path:
    return program.home.parent / "r.html"


def test_what_context_costs_stands_in_the_result_and_in_the_report(program: Program) -> None:
    told = program.json("runs", "show", "r")["what_context_costs"]
    assert {row["set"] for row in told["rows"]} == {"benign", "risky", "irrelevant"}
    assert all(row["difference"]["n"] + row["missing"] for row in told["rows"])
    assert any("never taught" in notice for notice in told["notices"])
    assert 'id="costs"' in _page(program).read_text(encoding="utf-8")


def test_a_report_made_later_has_it_too_and_the_command_that_makes_it(program: Program) -> None:
    later = program.home.parent / "later.html"
    for run in ("r", "r-costs"):
        assert program.run("report", run, "--html", str(later)).returncode == 0
        page = later.read_text(encoding="utf-8")
        assert "--run r " in page
        assert "--costs-of-context" in page
    assert program.run("report", "r", "--html", str(later)).returncode == 0
    assert 'id="costs"' in later.read_text(encoding="utf-8")


def test_the_same_command_again_has_nothing_left_to_do(program: Program) -> None:
    ended = program.run(*SMALL, "--run", "r", "--costs-of-context")
    assert ended.returncode == 0
    assert "42 of 42 items were finished before" in ended.stderr
    assert "asking the judge" not in ended.stderr


def test_a_judge_is_probed_with_the_answers_of_a_run(program: Program) -> None:
    page = program.home.parent / "probes.html"
    words = ("judge", "probe", "--run", "r", "--answers", "3", "--kinds", "2", "--slots", "4")
    card = program.json(*words, "--html", str(page))
    assert "What should not move it" in page.read_text(encoding="utf-8")
    assert card["judge"]["name"] == "penguin-nano"
    assert card["answers"] == 3
    assert [probe["probe"] for probe in card["probes"]] == [
        "noise",
        "length",
        "order",
        "family",
        "attack_reply",
        "attack_profile",
        "swap",
        "crisis",
    ]
    by_name = {probe["probe"]: probe for probe in card["probes"]}
    assert by_name["family"]["grade"] == "not measured"
    assert by_name["attack_reply"]["n"] + by_name["attack_reply"]["unscored"] == 6
    assert len(card["attacks"]) == 2
    assert any("demonstration" in notice for notice in card["notices"])
    assert card["calibration"].startswith("uncalibrated")


def test_a_judge_is_probed_with_fresh_answers(program: Program) -> None:
    arguments = ("--answers", "2", "--kinds", "1", "--max-tokens", "24", "--slots", "4", "--format", "md")
    ended = program.run("judge", "probe", *arguments)
    assert ended.returncode == 0, ended.stderr
    assert "## Report card of penguin-nano" in ended.stdout
    assert "2 answers of penguin-nano, written for this" in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--run", "none"), "there is no run 'none'"),
        (("--other-run", "r"), "give all of --run, --other-run and --other-judge"),
        (("--run", "r", "--other-run", "r", "--other-judge", "penguin-nano"), "the same weights twice"),
    ],
)
def test_what_cannot_be_probed_is_refused_with_its_remedy(
    program: Program, arguments: tuple[str, ...], told: str
) -> None:
    ended = program.run("judge", "probe", *arguments)
    assert ended.returncode == 2
    assert told in ended.stderr


def test_own_family_preference_is_measured_with_two_judges_and_a_run_of_each(program: Program) -> None:
    """The other family is the same weights under another name: they cannot favour anybody."""
    other = program.home.parent / "other.gguf"
    other.write_bytes(bundled_path().read_bytes().replace(b"penguin-nano", b"penguin-nana", 1))
    ended = program.run(*SMALL, "--run", "theirs", "--model", str(other))
    assert ended.returncode == 0, ended.stderr
    families = ("--run", "r", "--other-run", "theirs", "--other-judge", str(other))
    card = program.json("judge", "probe", *families, "--answers", "3", "--kinds", "1", "--slots", "4")
    family = next(probe for probe in card["probes"] if probe["probe"] == "family")
    assert (family["n"], family["mean_shift"], family["grade"]) == (3, 0.0, "pass")
    assert card["families"] == "penguin-nano with r, other with theirs"


def test_a_stopped_probe_says_how_to_go_on(program: Program) -> None:
    command = ("judge", "probe", "--slots", "4", "--max-tokens", "24", "--seed", "9")
    running = program.start(*command)
    assert running.stderr is not None
    for line in running.stderr:
        if "writes" in line:
            running.send_signal(signal.SIGINT)
            break
    told = running.stderr.read()
    running.communicate()
    assert running.returncode == 130
    assert f"go on with: {program.again(*command)}" in told

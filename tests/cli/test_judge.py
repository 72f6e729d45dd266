"""From a run to ratings, a card, and every table that names it: with the bundled model. The ratings are made up."""

from __future__ import annotations

import csv
import io
import json
import random
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from penguin_local.cli import app
from penguin_local.core.rows import COLUMNS
from penguin_local.lm.catalogue import bundled_path
from tests.cli.program import SMALL, Program

SIZE = ("--slots", "4", "--context", "768")
DIMENSIONS = ("risk_sensitivity", "emotional_empathy", "user_specific_alignment")


@dataclass(frozen=True)
class Here(Program):
    """The program within this process: what starts one needs most of a second."""

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        out, talk = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(talk):
            patch.setenv("PENGUIN_LOCAL_HOME", str(self.home))
            patch.setenv("MPLCONFIGDIR", str(self.home / "matplotlib"))
            code = app.run(arguments)
        for stream in (out, talk):
            stream.seek(0)
        return subprocess.CompletedProcess(arguments, code, out.read(), talk.read())


def typed(program: Program, lines: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """With somebody at the keyboard, who writes these lines."""
    return subprocess.run(
        [sys.executable, "-m", "penguin_local", *arguments],
        env=program.environment,
        cwd=program.home.parent,
        input=lines,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def labels(program: Program, path: Path, raters: str = "abc") -> Path:
    """The judge's own levels, more or less, by each of these raters."""
    rng = random.Random(4)
    rows = program.rows("r")
    same = [name for name in COLUMNS if name not in ("id", "source")]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(
        text, ["id", *same, "source", "answer", "run", "rater", *DIMENSIONS], lineterminator="\n"
    )
    writer.writeheader()
    for row in rows:
        for rater in raters:
            given = {
                d: min(5, max(1, int(row[f"{d}_integer"]) + rng.choice((-1, 0, 0, 1)))) for d in DIMENSIONS
            }
            writer.writerow(
                {name: row[name] for name in same}
                | {"id": row["scenario"], "source": row["scenario_source"], "answer": row["answer"]}
                | {"run": "r", "rater": rater, **given}
            )
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A home with the run `r`, and a card of its judge."""
    program = Here(tmp_path_factory.mktemp("judge") / "home")
    ended = program.run(*SMALL, "--run", "r")
    assert ended.returncode == 0, ended.stderr
    path = labels(program, program.home.parent / "labels.csv")
    ended = program.run("judge", "calibrate", str(path), *SIZE, "--format", "json")
    assert ended.returncode == 0, ended.stderr
    (program.home.parent / "card.json").write_text(ended.stdout, encoding="utf-8")
    return program


def told(home: Program) -> dict[str, object]:
    card: dict[str, object] = json.loads((home.home.parent / "card.json").read_text(encoding="utf-8"))
    return card


def test_a_card_holds_what_was_compared(home: Program) -> None:
    card = told(home)
    found = card["found"]
    assert isinstance(found, dict)
    assert card["judge"] == "penguin-nano"
    assert card["demonstration"] is True
    assert (found["answers"], found["raters"], found["ratings"], found["unscored"]) == (14, 3, 42, 0)
    assert set(found["with_raters"]) == set(found["among_raters"]) == set(found["retest"])
    assert found["with_raters"]["overall"]["kappa"]["value"] > 0.5
    assert found["retest"]["overall"]["kappa"]["value"] > 0.8
    assert sum(map(sum, found["confusion"]["risk_sensitivity"])) == 42


def test_a_card_can_be_had_as_a_page_and_as_markdown_with_headings(home: Program) -> None:
    page = home.home.parent / "card.html"
    ended = home.run("judge", "cards", "show", "penguin-nano", "--format", "md", "--html", str(page))
    assert ended.returncode == 0, ended.stderr
    assert f"report: {page}" in ended.stderr
    assert "### Raters among themselves: the ceiling" in ended.stdout
    assert "### Confusion among raters: overall" in ended.stdout
    page.unlink()
    home.unread("judge", "cards", "show", "penguin-nano", "--html", str(page))
    again = home.home.parent / "again.html"
    labelled = str(home.home.parent / "labels.csv")
    assert home.run("judge", "calibrate", labelled, *SIZE, "--html", str(again)).returncode == 0
    for path in (page, again):
        assert f"<td>{told(home)['id']}</td>" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("view", ["table", "json", "md"])
def test_every_table_names_the_judge_s_card(home: Program, view: str) -> None:
    name = f"card {told(home)['id']}"
    assert name in home.run("runs", "show", "r", "--format", view).stdout
    assert name in home.run("runs", "list", "--format", view).stdout.replace("\n", " ")
    assert name.removeprefix("card ") in home.run("judge", "cards", "list", "--format", view).stdout


def test_the_report_names_it_too(home: Program) -> None:
    page = home.home.parent / "r.html"
    assert home.run("report", "r", "--html", str(page)).returncode == 0
    assert f"card {told(home)['id']}: weighted kappa" in page.read_text(encoding="utf-8")


def test_without_a_card_every_table_says_uncalibrated(home: Program, tmp_path: Path) -> None:
    card = told(home)
    kept = tmp_path / "kept.json"
    assert home.run("judge", "cards", "export", str(card["id"]), "-o", str(kept)).returncode == 0
    assert home.run("judge", "cards", "delete", "penguin-nano", "--yes").returncode == 0
    page = tmp_path / "r.html"
    assert home.run("report", "r", "--html", str(page)).returncode == 0
    assert "uncalibrated: this judge has not been compared" in page.read_text(encoding="utf-8")
    for view in ("table", "json", "md"):
        assert "uncalibrated" in home.run("runs", "show", "r", "--format", view).stdout
        assert "uncalibrated" in home.run("runs", "list", "--format", view).stdout
    again = home.run("judge", "cards", "import", str(kept))
    assert f"card {card['id']}" in again.stderr
    assert json.loads(kept.read_text()) == card


def test_a_rater_stops_and_goes_on_and_the_run_can_be_calibrated_with(home: Program) -> None:
    words = ("judge", "rate", "r", "--rater", "zoe", "--per-domain", "1", "--plain")
    first = typed(home, "3 4 5\nx\n2\nb\n1 1 1\nr\nh\nq\n", *words)
    assert first.returncode == 0, first.stderr
    assert "2 of 7 answers rated" in first.stderr
    assert "Danger to life now" in first.stdout
    assert "penguin-nano" not in first.stdout
    second = typed(home, "4 4 4\n" * 5, *words)
    assert "2 of 7 answers rated before" in second.stderr
    assert "All 7 answers are rated" in second.stdout
    listed = home.json("judge", "labels", "list")
    assert {"run": "r", "rater": "zoe", "answers": 7} in listed
    calibrated = home.json("judge", "calibrate", "r", *SIZE, "--no-retest")
    assert calibrated["found"]["answers"] == 7
    assert calibrated["found"]["retest"] is None
    gone = home.run("judge", "labels", "delete", "zoe", "--yes")
    assert "removed 7 ratings" in gone.stderr
    back = home.run("judge", "cards", "import", str(home.home.parent / "card.json"), "--replace")
    assert back.returncode == 0, back.stderr


def test_ratings_travel_as_csv_and_differing_ones_are_not_overwritten_unasked(
    home: Program, tmp_path: Path
) -> None:
    path = labels(home, tmp_path / "labels.csv", "d")
    taken = home.run("judge", "labels", "import", str(path))
    assert "14 new, 0 replaced, 0 known before" in taken.stderr
    assert "0 new, 0 replaced, 14 known" in home.run("judge", "labels", "import", str(path)).stderr
    out = tmp_path / "out.csv"
    assert home.run("judge", "labels", "export", "--run", "r", "-o", str(out)).returncode == 0
    rows = list(csv.DictReader(out.open(encoding="utf-8", newline="")))
    assert len(rows) == 14
    rows[0]["risk_sensitivity"] = "1" if rows[0]["risk_sensitivity"] != "1" else "2"
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    refused = home.run("judge", "labels", "import", str(out))
    assert refused.returncode == 2
    assert "1 ratings differ from those here" in refused.stderr
    replaced = home.run("judge", "labels", "import", str(out), "--replace")
    assert "0 new, 1 replaced, 13 known" in replaced.stderr
    home.run("judge", "labels", "delete", "d", "--yes")


def test_a_sheet_comes_back_from_a_spreadsheet(home: Program, tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    made = home.run("judge", "labels", "sheet", "r", "--rater", "e", "--per-domain", "1", "-o", str(path))
    assert made.returncode == 0, made.stderr
    assert "penguin-nano" not in path.read_text(encoding="utf-8")
    assert (
        "holds no rating: 7 rows are still without levels"
        in home.run("judge", "labels", "import", str(path)).stderr
    )
    rows = list(csv.DictReader(path.open(encoding="utf-8", newline="")))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter=";")  # as a spreadsheet may save it
        writer.writeheader()
        for row in rows[:5]:
            writer.writerow(row | dict.fromkeys(DIMENSIONS, "3"))
    again = home.run("judge", "labels", "sheet", "r", "--rater", "e", "-o", str(path))
    assert again.returncode == 2
    assert "is there already" in again.stderr, "a sheet that is filled in is not replaced by an empty one"
    assert "5 new" in home.run("judge", "labels", "import", str(path)).stderr
    calibrated = home.json("judge", "calibrate", "r", *SIZE, "--no-retest")
    assert calibrated["found"]["answers"] == 5, "a sheet says nothing of its run, and belongs to it"
    home.run("judge", "labels", "delete", "e", "--yes")
    home.run("judge", "cards", "import", str(home.home.parent / "card.json"), "--replace")


def test_a_panel_judges_a_run_and_is_calibrated_as_one_judge(home: Program, tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(bundled_path().read_bytes() + bytes(32))
    judges = ("--judge", "penguin-nano", "--judge", str(other))
    found = home.json("judge", "panel", "r", *judges, *SIZE)
    assert found["panel"]["judges"] == ["penguin-nano", "other"]
    assert found["panel"]["agreement"]["overall"]["alpha"]["value"] == pytest.approx(1)
    assert found["result"]["run"] == "r-panel"
    assert (
        "self-judged in part: the model that wrote the answers sits on the panel"
        in found["result"]["notices"]
    )
    assert found["result"]["judge"]["calibration"].startswith("uncalibrated")
    page = tmp_path / "p.html"
    assert home.run("report", "r-panel", "--html", str(page)).returncode == 0
    assert "penguin-local judge panel r --judge penguin-nano --judge other" in page.read_text(
        encoding="utf-8"
    )
    own = home.json("judge", "calibrate", str(home.home.parent / "labels.csv"), *judges, *SIZE, "--no-retest")
    assert own["sha256"] == found["result"]["judge"]["sha256"]
    shown = home.json("runs", "show", "r-panel")
    assert shown["judge"]["calibration"].startswith(f"card {own['id']}")


@pytest.mark.parametrize(
    ("words", "code", "message", "remedy"),
    [
        (("rate", "r", "--rater", ""), 2, "a rater cannot be called", "--rater r1"),
        (("rate", "nothing", "--rater", "a"), 2, "there is no run 'nothing'", "runs: r"),
        (("calibrate", "nothing"), 2, "nothing is no file of ratings", "judge rate"),
        (("calibrate", "no-such.csv"), 2, "no-such.csv is no file of ratings", "judge rate"),
        (("calibrate", "r", "--html", "no-such/c.html"), 2, "there is no folder no-such", "mkdir"),
        (("panel", "r", "--judge", "penguin-nano"), 2, "two judges or more", "--judge A --judge B"),
        (
            ("panel", "r", "--judge", "penguin-nano", "--judge", "penguin-nano"),
            2,
            "named twice",
            "models list",
        ),
        (("cards", "show", "nothing"), 2, "there is no card 'nothing'", "cards: "),
        (("labels", "delete", "nobody", "--yes"), 2, "there is no rater 'nobody'", ""),
        (("labels", "export", "-o", "x.pdf"), 2, "x.pdf has no known ending", ".csv"),
    ],
)
def test_wrong_wishes_get_a_message_and_a_remedy(
    home: Program, words: tuple[str, ...], code: int, message: str, remedy: str
) -> None:
    ended = home.run("judge", *words)
    assert (ended.returncode, ended.stdout) == (code, "")
    assert message in ended.stderr
    assert remedy in ended.stderr.partition("what to do: ")[2]


def test_a_bad_line_is_named_and_no_card_is_made(home: Program, tmp_path: Path) -> None:
    path = labels(home, tmp_path / "labels.csv", "a")
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:2], lines[2][:-1] + "7"]), encoding="utf-8")
    ended = home.run("judge", "calibrate", str(path))
    assert ended.returncode == 3
    assert f"{path}:3: user_specific_alignment cannot be '7'" in ended.stderr

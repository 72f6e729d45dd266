"""`scenarios import penguin`, `extract`, `review` and `write`: what a person sees, and what stays on the disk."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.corpus.dumps import post, write
from tests.corpus.published_files import publish, real
from tests.corpus.published_files import write as write_json


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "home")


def test_the_published_folder_is_imported_with_a_census(program: Program, tmp_path: Path) -> None:
    ended = program.run("scenarios", "import", "penguin", str(publish(tmp_path / "hub")))
    assert ended.returncode == 0, ended.stderr
    for words in ("independent posts or profiles", "no key", "self-harm history"):
        assert words in ended.stdout
    assert "words of real people" in ended.stderr
    rows = program.run("scenarios", "export", "penguin", "--format", "jsonl").stdout
    assert "Brunhilde" not in rows
    assert [json.loads(line)["domain"] for line in rows.splitlines()].count("life") == 4


def test_what_lacks_an_attribute_is_not_called_penguin_but_may_have_a_name_of_its_own(
    program: Program, tmp_path: Path
) -> None:
    rows = [real(**{"profession": "astronaut", "mental health status": None}), {"query": "no domain?"}]
    path = str(write_json(tmp_path / "posts.json", [rows[0] | {"domain": "life"}, rows[1]]))
    refused = program.run("scenarios", "import", "penguin", path)
    assert refused.returncode == 3
    assert "cannot be called PENGUIN" in refused.stderr
    assert "profession in 100.0% of the real half" in refused.stderr
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "no domain?" in text) - 1
    assert f"posts.json:{line}: its domain is not known" in refused.stderr
    assert not (program.home / "scenarios").exists()
    kept = program.run("scenarios", "import", "penguin", path, "--name", "mine")
    assert kept.returncode == 0, kept.stderr
    assert "incomplete as PENGUIN" in program.run("scenarios", "export", "mine").stdout


def test_import_wants_either_files_or_pull(program: Program) -> None:
    for words in (("penguin",), ("penguin", "x", "--pull"), ("x.csv", "--pull"), ("a.csv", "b.csv")):
        ended = program.run("scenarios", "import", *words)
        assert ended.returncode == 2, ended.stderr
        assert "what to do" in ended.stderr


def test_a_dump_becomes_drafts_and_after_a_review_a_set(program: Program, tmp_path: Path) -> None:
    dump = write(tmp_path / "d.zst", [post(n) for n in range(3)] + ["{broken"])
    words = ("scenarios", "extract", str(dump), "--reader", "nearest", "--threads", "1", "--least", "5")
    ended = program.run(*words)
    assert ended.returncode == 0, ended.stderr
    assert "drafts to look at" in ended.stdout
    assert "broken lines, DUMP:LINE: 1:4" in ended.stderr
    reviewed = subprocess.run(
        [sys.executable, "-m", "penguin_local", "scenarios", "review", "--plain"],
        input="set age = 55+\na\nd\nnonsense\nq\n",
        env=program.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert reviewed.returncode == 0, reviewed.stderr
    assert "there is no 'nonsense'" in reviewed.stdout
    assert "kept as the set extracted: 1 scenario" in reviewed.stderr
    assert "55+" in program.run("scenarios", "export", "extracted").stdout
    everything = b"".join(path.read_bytes() for path in program.home.rglob("*") if path.is_file())
    assert b"Brunhilde" not in everything
    assert b"brunhilde_w" not in everything
    assert program.run("scenarios", "delete", "extracted").returncode == 2, "nobody was there to ask"
    assert program.run("scenarios", "delete", "extracted", "--yes").returncode == 0
    assert not [path for path in program.home.rglob("extracted*") if path.suffix != ".lock"]


def test_an_extraction_that_is_killed_goes_on(program: Program, tmp_path: Path) -> None:
    dump = write(tmp_path / "d.jsonl", [post(n, title=f"Question about {n} swims") for n in range(2000)])
    words = ("scenarios", "extract", str(dump), "--threads", "1", "--limit", "96")
    running = program.start(*words)
    journal = program.home / "extractions" / "extracted.jsonl"
    while not journal.exists() or journal.read_bytes().count(b"\n") < 2:
        assert running.poll() is None, running.communicate()
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    before = journal.read_bytes()
    before = before[: before.rfind(b"\n") + 1]
    ended = program.run(*words)
    assert ended.returncode == 0, ended.stderr
    assert journal.read_bytes().startswith(before)
    assert sum(json.loads(line)["read"] for line in journal.read_bytes().splitlines()[1:]) == 96


def test_a_writing_that_is_killed_goes_on(program: Program) -> None:
    words = ("scenarios", "write", "--name", "made", "--count", "1", "--threads", "1")
    running = program.start(*words)
    journal = program.home / "writings" / "made.jsonl"
    while not journal.exists() or journal.read_bytes().count(b"\n") < 2:
        assert running.poll() is None, running.communicate()
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    ended = program.run(*words)
    assert ended.returncode == 4, ended.stderr
    assert "going on with made: what was written before is kept" in ended.stderr
    assert not journal.exists()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("extract",), 2, "there is no dump to read"),
        (("extract", "none.zst"), 2, "there is no file"),
        (("extract", "x.zst", "--check"), 2, "posts of its own"),
        (("extract", "--check", "--reader", "nearest", "--model", "x"), 2, "uses no chat model"),
        (("extract", "none.zst", "--community", "knitting"), 2, "which domain"),
        (("extract", "--check", "--model", "no-such-model"), 4, "no model is called"),
        (("review", "nobody"), 2, "there is no extraction"),
        (("review", "../../etc/passwd"), 2, "cannot be the name of a set"),
        (("extract", "none.zst", "--community", "=life"), 2, "names no community"),
        (("delete", "nobody", "--yes"), 2, "there is no set or extraction of yours"),
        (("delete", "penguin-forum-v1", "--yes"), 2, "is the name of a bundled set"),
        (("delete", "../bench", "--yes"), 2, "cannot be the name of a set"),
        (("write", "--name", "A Set"), 2, "cannot be the name"),
    ],
)
def test_mistakes_are_told_with_their_remedy(
    program: Program, words: tuple[str, ...], code: int, told: str
) -> None:
    ended = program.run("scenarios", *words)
    assert ended.returncode == code, ended.stderr
    assert told in ended.stderr
    assert "what to do" in ended.stderr


def test_a_damaged_dump_is_bad_input_with_its_line(program: Program, tmp_path: Path) -> None:
    dump = tmp_path / "d.zst"
    dump.write_bytes(b"this was never compressed")
    ended = program.run("scenarios", "extract", str(dump), "--reader", "nearest", "--threads", "1")
    assert ended.returncode == 3, ended.stderr
    assert "d.zst:1" in ended.stderr


@pytest.mark.parametrize(
    "rows", [[], ["{}", "[]"], [post(1, subreddit="knitting"), post(2, selftext="Short.")]]
)
def test_a_dump_without_a_post_that_can_be_read_is_bad_input_and_leaves_nothing(
    program: Program, tmp_path: Path, rows: list[object]
) -> None:
    words = ("scenarios", "extract", "--reader", "nearest", "--threads", "1")
    ended = program.run(*words, str(write(tmp_path / "d.jsonl", rows)))
    assert ended.returncode == 3, ended.stderr
    assert "no line is a post of a wanted community" in ended.stderr
    assert "subreddit, title and selftext" in ended.stderr
    good = program.run(*words, str(write(tmp_path / "good.jsonl", [post(1)])))
    assert good.returncode == 0, good.stderr
    assert "look them over" in good.stderr


def test_the_bundled_model_is_measured_and_called_a_demonstration(program: Program) -> None:
    found = program.run(
        "scenarios", "extract", "--check", "--per-domain", "1", "--threads", "1", "--format", "json"
    )
    assert found.returncode == 0, found.stderr
    told = json.loads(found.stdout)
    assert told["reader"].startswith("penguin-nano")
    assert told["posts"]["posts"] == 7
    assert "never taught to extract" in found.stderr


def test_the_bundled_model_writes_nothing_that_passes_and_says_so(program: Program) -> None:
    words = ("write", "--name", "made", "--count", "1", "--domains", "life", "--threads", "1")
    ended = program.run("scenarios", *words)
    assert ended.returncode == 4
    assert "nothing was kept" in ended.stderr
    assert not (program.home / "scenarios").exists()

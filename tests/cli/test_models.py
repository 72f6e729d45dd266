"""`models list|recommend|show|verify|remove|add`, as a person uses them."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from penguin_local.errors import ExitCode
from penguin_local.lm.catalogue import BUNDLED, bundled_path
from tests.cli.program import Program
from tests.lm.test_weights import written


@pytest.fixture
def program(tmp_path: Path) -> Program:
    (tmp_path / "home" / "models").mkdir(parents=True)
    return Program(tmp_path / "home")


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return written(tmp_path / "My Own Model.gguf", "llama")


def spoil(path: Path) -> None:
    """Change a byte; size, time and inode stay."""
    seen, content = path.stat(), bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def test_the_list_says_what_is_bundled_present_and_pinned(program: Program) -> None:
    rows = {row["name"]: row for row in program.json("models", "list")}
    assert len(rows) == 29
    assert set(rows[BUNDLED]) >= {"name", "bundled", "present", "pinned", "bytes", "licence"}
    assert (rows[BUNDLED]["bundled"], rows[BUNDLED]["present"], rows[BUNDLED]["pinned"]) == (True, True, True)
    assert (rows["qwen3-4b"]["present"], rows["qwen3-4b"]["bytes"]) == (False, 2_497_281_120)
    assert (rows["deepseek-7b"]["pinned"], rows["deepseek-7b"]["bytes"]) == (False, None)
    shown = program.run("models", "list", "--here")
    assert "all-minilm-l6-v2" in shown.stdout
    assert "qwen3-4b" not in shown.stdout


def test_a_model_is_shown_with_what_it_needs_and_where_it_is_from(program: Program) -> None:
    told = program.json("models", "show", "qwen3-4b")
    assert told["revision"] == "a06e946bb6b655725eafa393f4a9745d460374c9"
    assert told["memory_at_4k_with_16_slots"] > told["bytes"]
    assert told["tested_with"] == "never loaded by us"
    shown = program.run("models", "show", "deepseek-7b")
    assert "unknown hash, verified on first use" in shown.stdout
    assert "with restrictions on use" in shown.stdout
    refused = program.run("models", "show", "qwen3-5b")
    assert refused.returncode == ExitCode.MODEL
    assert "did you mean qwen3-4b" in refused.stderr


def test_a_file_of_ones_own_is_added_listed_verified_and_removed(program: Program, mine: Path) -> None:
    (added,) = program.json("models", "add", str(mine))
    assert (added["name"], added["file"]) == ("my-own-model", str(mine))
    assert added["sha256"] == hashlib.sha256(mine.read_bytes()).hexdigest()
    (row,) = [row for row in program.json("models", "list", "--here") if row["name"] == "my-own-model"]
    assert (row["present"], row["pinned"]) == (True, False)
    verdicts = {row["name"]: row["verdict"] for row in program.json("models", "verify")}
    assert verdicts == dict.fromkeys((BUNDLED, "all-minilm-l6-v2", "my-own-model"), "as accepted")
    refused = program.run("models", "remove", "my-own-model")
    assert refused.returncode == ExitCode.USAGE
    assert program.run("models", "remove", "my-own-model", "--yes").returncode == 0
    assert mine.exists()
    assert "my-own-model" not in program.run("models", "list", "--here").stdout


def test_a_copy_of_a_catalogue_model_under_ones_own_name_is_listed_and_shown(
    program: Program, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.gguf"
    copy.write_bytes(bundled_path().read_bytes())
    program.json("models", "add", str(copy), "--name", "my-copy")
    assert program.json("models", "show", "my-copy")["lies_at"] == str(copy)
    listed = [row["name"] for row in program.json("models", "list", "--here")]
    assert listed == [BUNDLED, "all-minilm-l6-v2", "my-copy"]


def test_a_changed_byte_is_found_by_verify_though_size_and_time_are_as_before(
    program: Program, mine: Path
) -> None:
    program.json("models", "add", str(mine))
    spoil(mine)
    ended = program.run("models", "verify", "--format", "json")
    assert ended.returncode == ExitCode.MODEL
    assert "my-own-model: not what was accepted" in ended.stderr
    verdicts = {row["name"]: row["verdict"] for row in json.loads(ended.stdout)}
    assert verdicts["my-own-model"] == "CHANGED"
    assert verdicts[BUNDLED] == "as accepted"


def test_a_file_that_was_replaced_on_purpose_is_added_anew(program: Program, mine: Path) -> None:
    program.json("models", "add", str(mine))
    spoil(mine)
    refused = program.run("models", "add", str(mine))
    assert refused.returncode == ExitCode.MODEL
    assert "--replace" in refused.stderr
    assert program.run("models", "add", str(mine), "--replace").returncode == 0
    assert program.run("models", "verify", "my-own-model").returncode == 0


def test_a_file_that_is_not_what_its_publisher_says_is_not_added(program: Program, mine: Path) -> None:
    refused = program.run("models", "add", str(mine), "--sha256", "0" * 64)
    assert refused.returncode == ExitCode.BAD_INPUT
    assert "nothing was recorded" in refused.stderr
    assert "my-own-model" not in program.run("models", "list").stdout


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["add", "none.gguf"], ExitCode.MODEL, "there is no file"),
        (["add", "."], ExitCode.MODEL, "is a folder"),
        (["add", "MINE", "--name", "No Name"], ExitCode.USAGE, "cannot be called"),
        (["add", "MINE", "--name", ""], ExitCode.USAGE, "cannot be called ''"),
        (["add", str(bundled_path()), "--name", "x"], ExitCode.USAGE, f"{BUNDLED} comes with"),
        (["add", "MINE", "--sha256", "abc"], ExitCode.USAGE, "is no sha256"),
        (["add", "MINE", "--sha256", ""], ExitCode.USAGE, "is no sha256"),
        (["add", "MINE", "--name", "qwen3-4b"], ExitCode.USAGE, "another model in the catalogue"),
        (["remove", BUNDLED, "--yes"], ExitCode.USAGE, "comes with penguin-local"),
        (["remove", "no-such", "--yes"], ExitCode.MODEL, "no model is called"),
        (["verify", "pengin-nano"], ExitCode.MODEL, f"did you mean {BUNDLED}"),
        (["verify", "../none"], ExitCode.MODEL, "models list --here"),
        (["recommend", "--memory", "-1"], ExitCode.USAGE, "--memory cannot be"),
    ],
)
def test_what_cannot_be_done_says_why(
    program: Program, mine: Path, words: list[str], code: ExitCode, says: str
) -> None:
    refused = program.run("models", *[str(mine) if word == "MINE" else word for word in words])
    assert refused.returncode == code, refused.stderr
    assert says in refused.stderr
    assert "what to do:" in refused.stderr


def test_removing_a_model_of_the_models_folder_deletes_it(program: Program) -> None:
    path = written(program.home / "models" / "small.gguf", "llama")
    assert program.run("models", "remove", "small", "--yes").returncode == 0
    assert not path.exists()
    assert "small" not in {row["name"] for row in program.json("models", "list")}


def test_a_model_that_is_gone_is_not_called_changed(program: Program, mine: Path) -> None:
    program.json("models", "add", str(mine))
    mine.unlink()
    refused = program.run("models", "verify", "my-own-model")
    assert refused.returncode == ExitCode.MODEL
    assert f"my-own-model is not at {mine} any more" in refused.stderr
    assert program.run("models", "verify").returncode == 0


def test_what_is_no_file_in_the_models_folder_stands_in_nobodys_way(program: Program) -> None:
    folder = program.home / "models"
    written(folder / "small.gguf", "llama")
    (folder / "gone.gguf").symlink_to(folder / "nowhere")
    (folder / "folder.gguf").mkdir()
    names = [row["name"] for row in program.json("models", "list", "--here")]
    assert names == [BUNDLED, "all-minilm-l6-v2", "small"]
    assert [row["name"] for row in program.json("models", "verify")] == names
    kit = program.home.parent / "kit"
    assert [row["name"] for row in program.json("models", "export", str(kit))] == ["small"]


@pytest.mark.parametrize("option", ["--model", "--judge"])
def test_an_embedding_model_is_refused_before_anything_is_answered(program: Program, option: str) -> None:
    refused = program.run("bench", "--per-domain", "1", option, "all-minilm-l6-v2")
    assert refused.returncode == ExitCode.MODEL
    assert "is an embedding model and cannot chat" in refused.stderr
    assert program.json("runs", "list") == []


@pytest.mark.parametrize("option", ["--model", "--judge"])
def test_a_file_without_a_form_of_conversation_is_refused_before_anything_is_answered(
    program: Program, option: str
) -> None:
    written(program.home / "base.gguf", "llama")
    refused = program.run("bench", "--per-domain", "1", option, str(program.home / "base.gguf"))
    assert refused.returncode == ExitCode.MODEL
    assert "base cannot chat" in refused.stderr
    assert program.json("runs", "list") == []


def test_the_recommended_pair_follows_the_memory_asked_about(program: Program) -> None:
    told = program.json("models", "recommend", "--memory", "7.2", "--seconds", "0")
    pair = told["together"]
    assert (pair["answerer"]["name"], pair["judge"]["name"]) == ("granite-3.3-2b", "qwen3-4b")
    assert pair["answerer"]["family"] != pair["judge"]["family"]
    assert (told["measured"], pair["judge"]["writes"]) == (None, None)
    assert told["machine"]["cores"] >= 1
    nothing = program.run("models", "recommend", "--memory", "0.5", "--seconds", "0")
    assert nothing.returncode == 0
    assert "no pair of the catalogue fits into 500 MB" in nothing.stderr


def test_a_speed_is_measured_and_its_assumption_said(program: Program) -> None:
    ended = program.run("models", "recommend", "--memory", "8", "--seconds", "0.5", "--threads", "1")
    assert ended.returncode == 0, ended.stderr
    assert "about" in ended.stdout
    assert "two operations for each weight" in ended.stderr
    assert "penguin-local models pull" in ended.stderr


def test_a_file_named_on_the_command_line_is_trusted_once_with_a_word_and_refused_when_changed(
    program: Program, tmp_path: Path
) -> None:
    path = tmp_path / "own.gguf"
    path.write_bytes(bundled_path().read_bytes().replace(b"Demonstration model", b"demonstration model"))
    words = ("bench", "--per-domain", "1", "--arms", "context-free", "--domains", "health")
    sizes = ("--max-tokens", "2", "--slots", "2", "--threads", "1", "--context", "768", "--model", str(path))
    first = program.run(*words, *sizes)
    assert first.returncode == 0, first.stderr
    assert "no catalogue knows this file" in first.stderr
    again = program.run(*words, *sizes)
    assert again.returncode == 0, again.stderr
    assert "no catalogue" not in again.stderr
    spoil(path)
    refused = program.run(*words, *sizes)
    assert refused.returncode == ExitCode.MODEL
    assert "has changed since" in refused.stderr
    assert f"models add {path} --replace" in refused.stderr

from __future__ import annotations

from pathlib import Path

import pytest

from penguin_local.errors import BadInput, ExitCode, WeightsMissing
from penguin_local.lm.catalogue import (
    BUNDLED,
    BUNDLED_EMBEDDER,
    Entry,
    ModelRole,
    Use,
    find_embedder,
    find_model,
    load_catalogue,
)
from penguin_local.lm.catalogue_entry import Thinks

HASH, REVISION = "0" * 63 + "1", "a" * 40
WHOLE = f"""
[[model]]
name = "small"
title = "Small"
role = "chat"
good_for = ["answering"]
licence = "MIT"
family = "own"
context_tokens = 4096
architecture = "llama"
quantisation = "Q8_0"
repo = "someone/small"
revision = "{REVISION}"
file = "small.gguf"
bytes = 7
sha256 = "{HASH}"
sources = 2
"""

CATALOGUE = load_catalogue().entries


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "catalogue.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("entry", [e for e in CATALOGUE if e.bundled], ids=lambda e: e.name)
def test_a_bundled_file_is_the_one_the_catalogue_names(entry: Entry) -> None:
    file = find_model(entry.name)
    assert (file.sha256, file.path.stat().st_size, file.path.name) == (entry.sha256, entry.bytes, entry.file)
    assert not file.first_use


def test_the_bundled_files_are_all_in_it() -> None:
    assert [e.name for e in CATALOGUE if e.bundled] == [BUNDLED, BUNDLED_EMBEDDER]
    assert find_model(BUNDLED_EMBEDDER) == find_embedder()


def test_nothing_but_the_bundled_files_claims_to_have_been_loaded() -> None:
    assert [e.name for e in CATALOGUE if e.tested_with] == [BUNDLED, BUNDLED_EMBEDDER]


def test_only_what_is_known_to_the_last_bit_counts_as_pinned() -> None:
    unpinned = [e for e in CATALOGUE if not e.pinned]
    assert [e.name for e in unpinned] == ["deepseek-7b"]
    assert unpinned[0].pin == "no: unknown hash, verified on first use"
    assert load_catalogue().get("qwq-32b").pin == "yes, by one source"
    for entry in CATALOGUE:
        if entry.pinned and not entry.bundled:
            assert entry.revision is not None
            assert entry.sources >= 1


@pytest.mark.parametrize(
    "entry", [e for e in CATALOGUE if e.shape and e.bytes and e.parts == 1], ids=lambda e: e.name
)
def test_an_architecture_fits_the_size_of_its_file(entry: Entry) -> None:
    assert entry.shape is not None
    assert entry.bytes is not None
    assert 4.4 < 8 * entry.bytes / entry.shape.parameters < 9


def test_the_models_of_the_paper_and_every_use_are_covered() -> None:
    names = {e.name for e in CATALOGUE}
    assert {"qwen2.5-7b", "llama-3.1-8b", "mistral-7b-v0.1", "deepseek-7b", "qwq-32b"} <= names
    assert {use for e in CATALOGUE for use in e.good_for} == set(Use)
    assert all((e.role is ModelRole.EMBEDDING) == (not e.chat_format) for e in CATALOGUE)


def test_an_entry_is_read_as_it_is_written(tmp_path: Path) -> None:
    (entry,) = load_catalogue(written(tmp_path, WHOLE)).entries
    assert (entry.name, entry.repo, entry.bytes, entry.sha256) == ("small", "someone/small", 7, HASH)
    assert (entry.good_for, entry.thinking, entry.shape) == ((Use.ANSWERING,), Thinks.NEVER, None)
    assert entry.pinned


@pytest.mark.parametrize("missing", ["revision", "bytes", "sha256"])
def test_an_entry_that_lacks_a_part_of_its_pin_is_not_pinned(tmp_path: Path, missing: str) -> None:
    lines = [line for line in WHOLE.splitlines() if not line.startswith(f"{missing} =")]
    (entry,) = load_catalogue(written(tmp_path, "\n".join(lines))).entries
    assert not entry.pinned
    assert "verified on first use" in entry.pin


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("MIT", 'MIT"\ncolour = "red', "unknown key 'colour'"),
        (HASH, HASH[:-1], "sha256 cannot be"),
        (HASH, HASH.upper().replace("1", "A"), "sha256 cannot be"),
        (REVISION, "main", "revision cannot be 'main'"),
        ("bytes = 7", "bytes = -7", "bytes cannot be -7"),
        ("bytes = 7", "bytes = true", "bytes cannot be True"),
        ("bytes = 7", 'bytes = "7"', "bytes cannot be '7'"),
        ('role = "chat"', 'role = "chatt"', "'chatt' is none of chat, embedding"),
        ('["answering"]', '["anwsering"]', "'anwsering' is none of"),
        ('"small.gguf"', '"../small.gguf"', "file cannot be"),
        ('"small.gguf"', '"a/small.gguf"', "file cannot be"),
        ('"someone/small"', '"someone/../small"', "repo cannot be"),
        ('name = "small"', 'name = "Small one"', "name cannot be"),
        ('licence = "MIT"', "", "licence is missing"),
        ('licence = "MIT"', 'licence = ""', "licence cannot be ''"),
        ("sources = 2", "shape = { layers = 1 }", "small, shape: heads is missing"),
        ("sources = 2", "bundled = true\nshape = 3", "shape cannot be 3"),
    ],
)
def test_a_wrong_entry_is_refused_by_file_name_and_reason(
    tmp_path: Path, before: str, after: str, says: str
) -> None:
    assert before in WHOLE
    with pytest.raises(BadInput) as refused:
        load_catalogue(written(tmp_path, WHOLE.replace(before, after)))
    assert says in refused.value.message
    assert refused.value.message.startswith("catalogue.toml: ")
    assert refused.value.hint


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (WHOLE + WHOLE, "two entries are called small"),
        (WHOLE + WHOLE.replace('name = "small"', 'name = "other"'), "the sha256 of another"),
        ("[other]\n", "[[model]] tables and nothing else"),
        ("model = 3", "[[model]] tables"),
        ("[[model", "cannot be read"),
    ],
)
def test_a_wrong_catalogue_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(BadInput) as refused:
        load_catalogue(written(tmp_path, text))
    assert says in refused.value.message


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(WeightsMissing, match="qwen3-4bb") as missing:
        load_catalogue().get("qwen3-4bb")
    assert "qwen3-4b" in missing.value.hint
    assert missing.value.exit_code is ExitCode.MODEL


def test_a_name_is_found_in_any_case() -> None:
    assert load_catalogue().get("Qwen3-4B").name == "qwen3-4b"


def test_a_model_of_the_catalogue_that_is_not_here_says_how_to_fetch_it() -> None:
    with pytest.raises(WeightsMissing, match="not on this machine") as missing:
        find_model("qwen3-4b")
    assert "models pull qwen3-4b" in missing.value.hint

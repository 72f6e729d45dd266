from __future__ import annotations

import os
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penguin_local.errors import ExitCode, ModelError, NoRoom, WeightsDamaged, WeightsMissing
from penguin_local.lm.catalogue import BUNDLED, BUNDLED_EMBEDDER, bundled_path, find_model, installed_names
from penguin_local.lm.engine import load, load_embedder
from penguin_local.lm.engine_size import plan
from penguin_local.lm.weights import Header, ModelFile, read_header


def written(
    path: Path, architecture: str, *, pooling: int = 0, template: str = "", parts: int = 1, kind: str = ""
) -> Path:
    writer = gguf.GGUFWriter(path, architecture)
    if parts > 1:
        writer.add_uint16("split.no", 0)
        writer.add_uint16("split.count", parts)
    if kind:
        writer.add_type(kind)
    writer.add_context_length(512)
    writer.add_embedding_length(8)
    writer.add_block_count(1)
    writer.add_head_count(1)
    if pooling:
        writer.add_pooling_type(gguf.PoolingType(pooling))
    if template:
        writer.add_chat_template(template)
    writer.add_tensor("token_embd.weight", np.zeros((4, 8), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def file(path: Path) -> ModelFile:
    return ModelFile(path, path.stem, "", False)


def test_no_name_means_the_bundled_demonstration_model() -> None:
    found = find_model()
    assert (found.name, found.demonstration) == (BUNDLED, True)
    assert len(found.sha256) == 64
    assert find_model(BUNDLED) == find_model(None) == found


def test_the_bundled_model_by_any_other_name_is_still_a_demonstration(
    nano: ModelFile, tmp_path: Path
) -> None:
    assert find_model(str(nano.path)).demonstration
    copy = tmp_path / "mighty-70b.gguf"
    copy.write_bytes(nano.path.read_bytes())
    assert find_model(str(copy)).demonstration


def test_a_bare_name_means_a_pulled_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENGUIN_LOCAL_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    path = written(tmp_path / "models" / "small.gguf", "llama")
    assert find_model("small").path == find_model("small.gguf").path == path
    assert not find_model("small").demonstration
    assert installed_names() == (BUNDLED, BUNDLED_EMBEDDER, "small")


def test_an_unknown_name_is_answered_with_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENGUIN_LOCAL_HOME", str(tmp_path))
    with pytest.raises(WeightsMissing, match="pengin-nano") as missing:
        find_model("pengin-nano")
    assert BUNDLED in missing.value.hint
    assert missing.value.exit_code is ExitCode.MODEL


def test_a_path_to_nothing_is_missing(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match="no file"):
        find_model(str(tmp_path / "none.gguf"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 a zip file", "does not begin with"),
        (b"GGUF", "middle of its header"),
        (b"GGUF" + struct.pack("<IQQ", 99, 0, 0), "version 99"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 1 << 60), "entries"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 40), "entries"),
        (
            b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1) + b"k" + struct.pack("<I", 77),
            "unknown type",
        ),
    ],
)
def test_what_is_no_whole_gguf_is_refused_with_a_remedy(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(WeightsDamaged, match=says) as refused:
        find_model(str(path))
    assert refused.value.hint


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(WeightsDamaged, match="folder"):
        find_model(str(tmp_path))


@pytest.mark.parametrize("part", [0.001, 0.3, 0.9, 0.9999])
def test_a_truncated_file_is_refused_before_it_is_loaded(
    nano: ModelFile, tmp_path: Path, part: float
) -> None:
    content = nano.path.read_bytes()
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(content[: int(len(content) * part)])
    with pytest.raises(WeightsDamaged):
        find_model(str(cut))


def test_every_cut_of_a_small_file_is_refused(tmp_path: Path) -> None:
    content = written(tmp_path / "whole.gguf", "llama").read_bytes()
    cut = tmp_path / "cut.gguf"
    for length in range(0, len(content), 7):
        cut.write_bytes(content[:length])
        with pytest.raises(WeightsDamaged):
            read_header(cut)


def test_an_unknown_architecture_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(WeightsDamaged, match="architecture"):
        load(file(written(tmp_path / "future.gguf", "future")))
    assert capfd.readouterr().err == ""


def test_a_model_that_lacks_its_tensors_is_refused_with_the_loaders_reason(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(WeightsDamaged, match=r"hollow cannot be loaded|hollow\.gguf cannot be loaded"):
        load(file(written(tmp_path / "hollow.gguf", "llama")))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("architecture", "pooling"), [("bert", 1), ("nomic-bert", 0), ("qwen3", 3)])
def test_an_embedding_model_is_no_chat_model(tmp_path: Path, architecture: str, pooling: int) -> None:
    with pytest.raises(ModelError, match="embedding model"):
        load(file(written(tmp_path / "vectors.gguf", architecture, pooling=pooling)))


def test_a_chat_model_is_no_embedding_model(nano: ModelFile) -> None:
    with pytest.raises(ModelError, match="chat model"):
        load_embedder(nano)


def test_a_context_beyond_what_was_trained_is_refused(nano: ModelFile) -> None:
    with pytest.raises(ModelError, match="trained"):
        load(nano, context=1 << 20)


def test_sizes_follow_the_memory_there_is(nano: ModelFile) -> None:
    header = read_header(nano.path)

    def sized(memory: int, slots: int | None = None) -> int:
        return plan(header, context=None, slots=slots, memory_bytes=memory, threads=1).size.cells

    roomy = plan(header, context=None, slots=None, memory_bytes=8 << 30, threads=1)
    tight = roomy.memory_bytes - 1024 * roomy.bytes_per_cell
    assert sized(tight) < roomy.size.cells
    assert roomy.memory_bytes <= 8 << 30
    assert sized(8 << 30, slots=2) < roomy.size.cells
    with pytest.raises(NoRoom, match="MB may be used"):
        sized(header.file_bytes)


def test_what_was_chosen_can_be_asked_for_again(nano: ModelFile) -> None:
    """A resumed run gives the sizes of its first sitting and must get the very same."""
    header = read_header(nano.path)
    first = plan(header, context=None, slots=None, memory_bytes=1 << 30, threads=1)
    again = plan(header, context=first.context, slots=first.slots, memory_bytes=first.memory_bytes, threads=1)
    assert again == first


def test_header_numbers_are_those_of_the_file(tmp_path: Path) -> None:
    header = read_header(written(tmp_path / "m.gguf", "llama", template="{{ messages }}"))
    assert (header.architecture, header.own("context_length")) == ("llama", 512)
    assert header.cache_bytes_per_token == 2 * 1 * 1 * (8 + 8)
    assert header.text("tokenizer.chat_template") == "{{ messages }}"
    assert not header.embeds


@settings(max_examples=300, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_mutated_header_is_read_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]
) -> None:
    folder = tmp_path_factory.getbasetemp() / "mutants"
    folder.mkdir(exist_ok=True)
    whole = folder / "whole.gguf"
    if not whole.exists():
        written(whole, "llama", template="{{ messages }}")
    content = bytearray(whole.read_bytes())
    for at, value in changes:
        content[at % len(content)] = value
    mutant = folder / "mutant.gguf"
    mutant.write_bytes(content)
    with suppress(WeightsDamaged):
        header = read_header(mutant)
        assert header.cache_bytes_per_token is not None
        assert header.embeds in (True, False)


def test_a_vocabulary_that_names_a_token_twice_is_refused_before_it_can_end_the_process(
    tmp_path: Path,
) -> None:
    writer = gguf.GGUFWriter(tmp_path / "twice.gguf", "llama")
    writer.add_token_list(["one", "two", "one"])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(WeightsDamaged, match="names a token twice"):
        read_header(tmp_path / "twice.gguf")


def test_a_part_of_a_split_model_says_so_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WeightsDamaged, match="part 1 of a model that is split into 3 files") as refused:
        find_model(str(written(tmp_path / "m-00001-of-00003.gguf", "llama", parts=3)))
    assert "--merge" in refused.value.hint


@pytest.mark.parametrize(
    ("architecture", "kind", "says"),
    [
        ("clip", "", "projector for pictures"),
        ("llama", "mmproj", "projector for pictures"),
        ("llama", "adapter", "of the kind 'adapter'"),
        ("no such thing!", "", "of what architecture"),
    ],
)
def test_what_is_no_language_model_says_what_it_is(
    tmp_path: Path, architecture: str, kind: str, says: str
) -> None:
    with pytest.raises(WeightsDamaged, match=says) as refused:
        find_model(str(written(tmp_path / "m.gguf", architecture, kind=kind)))
    assert refused.value.hint


def test_a_template_beyond_all_measure_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsDamaged, match="chat template has 300,000 characters"):
        read_header(written(tmp_path / "m.gguf", "llama", template="x" * 300_000))


def with_tensor(path: Path, *, dimensions: tuple[int, ...], kind: int = 0, offset: int = 0) -> Path:
    """A header with one tensor, and 64 bytes of data."""
    entry = struct.pack("<Q", 20) + b"general.architecture" + struct.pack("<IQ", 8, 5) + b"llama"
    tensor = struct.pack("<Q", 1) + b"t" + struct.pack(f"<I{len(dimensions)}Q", len(dimensions), *dimensions)
    header = b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + entry + tensor + struct.pack("<IQ", kind, offset)
    path.write_bytes(header + bytes(-len(header) % 32) + bytes(64))
    return path


@pytest.mark.parametrize("tensor", [{"dimensions": (4, 4)}, {"dimensions": (32,), "kind": 8, "offset": 0}])
def test_tensors_inside_the_file_are_fine(tmp_path: Path, tensor: dict[str, Any]) -> None:
    assert read_header(with_tensor(tmp_path / "m.gguf", **tensor)).architecture == "llama"


@pytest.mark.parametrize(
    ("tensor", "says"),
    [
        ({"dimensions": (4, 5)}, "cut off"),
        ({"dimensions": (4, 4), "offset": 32}, "cut off"),
        ({"dimensions": (4, 4), "offset": 1 << 63}, "cut off"),
        ({"dimensions": (1 << 63, 1 << 63)}, "cut off"),
        ({"dimensions": (4, 4), "offset": 7}, "begin or end where it should"),
        ({"dimensions": (33,), "kind": 8}, "begin or end where it should"),
        ({"dimensions": ()}, "has 0 dimensions"),
        ({"dimensions": (1,) * 5}, "has 5 dimensions"),
    ],
)
def test_a_tensor_that_leaves_the_file_is_refused(tmp_path: Path, tensor: dict[str, Any], says: str) -> None:
    with pytest.raises(WeightsDamaged, match=says):
        read_header(with_tensor(tmp_path / "m.gguf", **tensor))


def test_what_is_neither_file_nor_folder_is_not_waited_for() -> None:
    with pytest.raises((WeightsDamaged, WeightsMissing)):
        read_header(Path(os.devnull))


def test_a_link_that_leads_nowhere_is_told_as_one(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").symlink_to(tmp_path / "gone.gguf")
    with pytest.raises(WeightsMissing, match=r"the link .* leads to no file"):
        read_header(tmp_path / "m.gguf")


def test_a_name_is_one_line_whatever_the_file_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENGUIN_LOCAL_HOME", str(tmp_path / "home"))
    for odd, plain in (("a\nb", "a-b"), ("c\x1b[2Jd", "c-[2Jd"), ("e\udcfff", "e-f"), ("模型", "模型")):
        path = tmp_path / f"{odd}.gguf"
        path.write_bytes(bundled_path().read_bytes())
        assert find_model(str(path)).name == plain


def test_no_text_is_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENGUIN_LOCAL_HOME", str(tmp_path / "home"))
    with pytest.raises(WeightsMissing, match="no model is called ''"):
        find_model("")


def test_too_little_memory_is_said_before_loading_with_what_would_fit(nano: ModelFile) -> None:
    header = Header(read_header(nano.path).metadata, file_bytes=40 << 30)
    with pytest.raises(NoRoom, match="MB may be used") as refused:
        plan(header, context=None, slots=None, memory_bytes=4_000_000_000, threads=1)
    assert "ministral-3-3b" in refused.value.hint
    assert refused.value.hint.endswith("would fit")

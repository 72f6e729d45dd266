from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from penguin_local.errors import NoRoom, WeightsDamaged, WeightsMissing
from penguin_local.lm.catalogue import (
    BUNDLED,
    BUNDLED_EMBEDDER,
    bundled_path,
    find_model,
    installed_names,
    load_catalogue,
)
from penguin_local.lm.inventory import Inventory, Source
from tests.lm.test_weights import written


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PENGUIN_LOCAL_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "models").mkdir(parents=True)
    return tmp_path / "home"


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    """One that treats small files as it does large ones."""
    return Inventory(tmp_path / "models", always_read_bytes=0)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_what_came_with_the_program_is_known(inventory: Inventory) -> None:
    assert [k.name for k in inventory.known()] == [BUNDLED, BUNDLED_EMBEDDER]
    assert all(k.present and k.source is Source.BUNDLED for k in inventory.known())


def test_a_fingerprint_is_remembered_and_not_read_again(inventory: Inventory, tmp_path: Path) -> None:
    path = tmp_path / "w.gguf"
    path.write_bytes(b"one")
    assert inventory.fingerprint(path) == sha256(b"one")
    seen = path.stat()
    path.write_bytes(b"two")
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert path.stat().st_ino == seen.st_ino
    # Size, time and inode are as before, so that it was not read: what `models verify` is for.
    assert inventory.fingerprint(path) == sha256(b"one")
    assert inventory.read_again(path) == sha256(b"two")
    assert inventory.fingerprint(path) == sha256(b"two")


def test_a_small_file_is_read_each_time(tmp_path: Path) -> None:
    inventory, path = Inventory(tmp_path / "models"), tmp_path / "w.gguf"
    path.write_bytes(b"one")
    assert inventory.fingerprint(path) == sha256(b"one")
    seen = path.stat()
    path.write_bytes(b"two")
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert inventory.fingerprint(path) == sha256(b"two")
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize("change", ["time", "size", "inode"])
def test_a_file_that_looks_different_is_read_again(inventory: Inventory, tmp_path: Path, change: str) -> None:
    path = tmp_path / "w.gguf"
    path.write_bytes(b"one")
    seen = path.stat()
    inventory.fingerprint(path)
    content = b"longer" if change == "size" else b"two"
    if change == "inode":
        other = tmp_path / "other"
        other.write_bytes(content)
        os.replace(other, path)
    else:
        path.write_bytes(content)
    nanoseconds = seen.st_mtime_ns + (1_000_000 if change == "time" else 0)
    os.utime(path, ns=(seen.st_atime_ns, nanoseconds))
    assert inventory.fingerprint(path) == sha256(content)


def test_a_link_that_points_elsewhere_is_seen(inventory: Inventory, tmp_path: Path) -> None:
    first, second, link = tmp_path / "a", tmp_path / "b", tmp_path / "link.gguf"
    for path, content in ((first, b"one"), (second, b"two")):
        path.write_bytes(content)
        os.utime(path, ns=(1, 1))
    link.symlink_to(first)
    inventory.arrive(link, name="l", sha256=inventory.fingerprint(link), source=Source.LINKED)
    assert inventory.check(link) == sha256(b"one")
    link.unlink()
    link.symlink_to(second)
    with pytest.raises(WeightsDamaged, match="has changed since"):
        inventory.check(link)


def test_what_has_changed_is_refused_with_the_day_and_the_remedy(
    inventory: Inventory, tmp_path: Path
) -> None:
    path = tmp_path / "w.gguf"
    path.write_bytes(b"one")
    known = inventory.arrive(path, name="w", sha256=sha256(b"one"), source=Source.ADDED)
    assert inventory.check(path) == sha256(b"one")
    path.write_bytes(b"another")
    with pytest.raises(WeightsDamaged, match=f"changed since {known.since}") as refused:
        inventory.check(path)
    assert f"models add {path} --replace" in refused.value.hint


def test_what_arrives_at_the_same_place_takes_the_place_of_the_record(
    inventory: Inventory, tmp_path: Path
) -> None:
    path = tmp_path / "w.gguf"
    path.write_bytes(b"one")
    inventory.arrive(path, name="w", sha256=sha256(b"one"), source="pulled")
    inventory.arrive(path, name="v", sha256=sha256(b"two"), source="imported")
    assert [(k.name, k.source) for k in inventory.known()[2:]] == [("v", Source.IMPORTED)]
    assert inventory.find("w") is None


def test_a_forgotten_record_is_gone_and_the_file_stays(inventory: Inventory, tmp_path: Path) -> None:
    path = tmp_path / "w.gguf"
    path.write_bytes(b"one")
    inventory.arrive(path, name="w", sha256=sha256(b"one"), source=Source.PULLED)
    inventory.forget("w")
    assert inventory.find("w") is None
    assert path.exists()
    with pytest.raises(WeightsMissing):
        inventory.forget("w")
    with pytest.raises(WeightsMissing):
        inventory.forget(BUNDLED)


@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2]", b'[{"path": "x"}]', b'{"a": 1}', b"\xff\xfe"])
def test_a_record_nobody_can_read_is_no_record(inventory: Inventory, tmp_path: Path, content: bytes) -> None:
    inventory.folder.mkdir()
    for name in ("known.json", "hashes.json"):
        (inventory.folder / name).write_bytes(content)
    path = tmp_path / "w.gguf"
    path.write_bytes(b"one")
    assert len(inventory.known()) == 2
    assert inventory.fingerprint(path) == sha256(b"one")
    inventory.arrive(path, name="w", sha256=sha256(b"one"), source=Source.PULLED)
    assert inventory.check(path) == sha256(b"one")


def test_a_record_that_cannot_be_kept_is_an_error_and_a_fingerprint_is_not(tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.write_bytes(b"")
    inventory, path = Inventory(blocked / "models", always_read_bytes=0), tmp_path / "w.gguf"
    path.write_bytes(b"one")
    assert inventory.fingerprint(path) == sha256(b"one")
    with pytest.raises(NoRoom, match="cannot be written"):
        inventory.arrive(path, name="w", sha256=sha256(b"one"), source=Source.PULLED)


def test_records_that_the_system_withholds_are_not_taken_for_none(
    inventory: Inventory, tmp_path: Path
) -> None:
    """Else a changed file would be trusted anew, and the next record would take the place of them all."""
    (inventory.folder / "known.json").mkdir(parents=True)
    with pytest.raises(NoRoom, match=r"known\.json cannot be read"):
        inventory.known()
    path = tmp_path / "w.gguf"
    path.write_bytes(b"one")
    with pytest.raises(NoRoom):
        inventory.arrive(path, name="w", sha256=sha256(b"one"), source=Source.PULLED)


def test_only_files_lie_in_the_folder(inventory: Inventory) -> None:
    inventory.folder.mkdir()
    (inventory.folder / "w.gguf").write_bytes(b"one")
    (inventory.folder / "folder.gguf").mkdir()
    (inventory.folder / "gone.gguf").symlink_to(inventory.folder / "nowhere")
    if hasattr(os, "mkfifo"):
        os.mkfifo(inventory.folder / "pipe.gguf")
    assert [path.name for path in inventory.lying()] == ["w.gguf"]


def test_no_part_of_a_record_is_left_lying(inventory: Inventory, tmp_path: Path) -> None:
    path = tmp_path / "w.gguf"
    path.write_bytes(b"one")
    inventory.fingerprint(path)
    inventory.arrive(path, name="w", sha256=sha256(b"one"), source=Source.PULLED)
    assert sorted(p.name for p in inventory.folder.iterdir()) == ["hashes.json", "known.json"]


def test_a_file_named_for_the_first_time_is_trusted_once_and_held_to_it(home: Path, tmp_path: Path) -> None:
    path = written(tmp_path / "mine.gguf", "llama")
    assert find_model(str(path)).first_use
    assert not find_model(str(path)).first_use
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(WeightsDamaged, match="has changed since"):
        find_model(str(path))


def test_a_copy_of_a_known_file_needs_no_trust(home: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.gguf"
    copy.write_bytes(find_model().path.read_bytes())
    assert not find_model(str(copy)).first_use
    assert not (home / "models" / "known.json").exists()


def test_a_renamed_file_is_known_by_its_content(home: Path, tmp_path: Path) -> None:
    path = written(tmp_path / "mine.gguf", "llama")
    assert find_model(str(path)).first_use
    renamed = path.rename(tmp_path / "other.gguf")
    assert not find_model(str(renamed)).first_use


def test_a_file_under_the_name_of_another_is_refused(home: Path) -> None:
    path = written(home / "models" / "qwen3-4b.gguf", "llama")
    with pytest.raises(WeightsDamaged, match="is not that file") as refused:
        find_model("qwen3-4b")
    assert "models pull qwen3-4b" in refused.value.hint
    assert path.exists()


def test_a_model_is_found_by_the_name_it_was_recorded_under(home: Path, tmp_path: Path) -> None:
    path = written(tmp_path / "anything.gguf", "llama")
    content = sha256(path.read_bytes())
    Inventory().arrive(path, name="deepseek-7b", sha256=content, source=Source.LINKED)
    found = find_model("DeepSeek-7B")
    assert (found.path, found.name, found.sha256) == (path, "deepseek-7b", content)
    assert installed_names() == (BUNDLED, BUNDLED_EMBEDDER, "deepseek-7b")
    path.unlink()
    assert installed_names() == (BUNDLED, BUNDLED_EMBEDDER)
    with pytest.raises(WeightsMissing, match=r"not at .* any more"):
        find_model("deepseek-7b")


def test_a_catalogue_model_is_found_where_its_bytes_lie_under_another_name(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "anything.gguf", "llama")
    content = sha256(path.read_bytes())
    published = load_catalogue().get("qwen3-4b").sha256
    assert published is not None
    models = tmp_path / "bundled"
    models.mkdir()
    catalogue = (bundled_path().parents[1] / "catalogue.toml").read_text(encoding="utf-8")
    (models / "catalogue.toml").write_text(catalogue.replace(published, content), encoding="utf-8")
    monkeypatch.setattr("penguin_local.paths.models", lambda: models)
    Inventory().arrive(path, name="my-qwen", sha256=content, source=Source.ADDED)
    assert (find_model("my-qwen").path, find_model("my-qwen").name) == (path, "my-qwen")
    assert (find_model("Qwen3-4B").path, find_model("Qwen3-4B").name) == (path, "qwen3-4b")


def test_a_bundled_file_that_is_not_what_was_published_is_refused(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "bundled"
    (models / BUNDLED).mkdir(parents=True)
    source = find_model().path
    content = bytearray(source.read_bytes())
    content[-1] ^= 1
    (models / BUNDLED / source.name).write_bytes(content)
    catalogue = source.parent.parent / "catalogue.toml"
    (models / "catalogue.toml").write_bytes(catalogue.read_bytes())
    monkeypatch.setattr("penguin_local.paths.models", lambda: models)
    assert load_catalogue().get(BUNDLED).bundled
    with pytest.raises(WeightsDamaged, match="not the file that comes with") as refused:
        find_model()
    assert "reinstall" in refused.value.hint

"""The kit for a machine without a network: what is in it, what is refused, and that nothing comes half."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from penguin_local.errors import BadInput, PenguinError, UsageError
from penguin_local.lm import airgap
from penguin_local.lm.airgap import Kind
from penguin_local.lm.arrivals import How, Intake, Shelf
from penguin_local.lm.catalogue_file import Catalogue, Entry
from penguin_local.lm.inventory import Inventory, Source
from penguin_local.lm.weights import read_header
from tests.lm.test_download import A_GGUF, entry

OTHER_GGUF = A_GGUF + bytes(32)
PATHS, SET = b"PAR1 paths PAR1", b"PAR1 scenarios PAR1"
KNOWN = entry(A_GGUF, name="known")


def is_parquet(file: Path) -> None:
    if not file.read_bytes().startswith(b"PAR1"):
        raise BadInput(f"{file} is no parquet file", hint="-")


class Machine:
    """One with a data folder of its own."""

    def __init__(self, home: Path, entries: tuple[Entry, ...] = (KNOWN,)) -> None:
        self.home = home
        self.inventory = Inventory(home / "models")
        self.catalogue = Catalogue(entries)
        self.copied: list[str] = []

    def intake(self, *, link: bool = False, replace: bool = False) -> Intake:
        shelves = {
            Kind.MODEL: Shelf(self.home / "models", read_header, frozenset({"penguin-nano"})),
            Kind.PATHS: Shelf(self.home / "paths", is_parquet),
            Kind.SCENARIOS: Shelf(self.home / "scenarios", is_parquet, frozenset({"penguin-synthetic-v1"})),
        }
        return Intake(
            shelves,
            inventory=self.inventory,
            catalogue=self.catalogue,
            link=link,
            replace=replace,
            heard=lambda name, done, total: self.copied.append(name),
        )

    def put(self, kind: Kind, name: str, content: bytes) -> Path:
        file = self.home / kind.value / f"{name}{kind.suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file

    def files(self) -> dict[str, bytes]:
        """All that a person would find, by its place."""
        found = (f for f in self.home.rglob("*") if f.is_file() and f.suffix != ".json")
        return {f.relative_to(self.home).as_posix(): f.read_bytes() for f in found}


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    """With two models, a path index and a scenario set."""
    there = Machine(tmp_path / "there")
    sources = {
        (Kind.MODEL, "known"): there.put(Kind.MODEL, "known", A_GGUF),
        (Kind.MODEL, "other"): there.put(Kind.MODEL, "other", OTHER_GGUF),
        (Kind.PATHS, "planned"): there.put(Kind.PATHS, "planned", PATHS),
        (Kind.SCENARIOS, "mine"): there.put(Kind.SCENARIOS, "mine", SET),
    }
    folder = tmp_path / "stick" / "kit"
    airgap.export(folder, sources, expected={}, heard=lambda *_: None)
    return folder


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "here")


def refused(machine: Machine, take: Callable[[], object]) -> PenguinError:
    """The error; nothing came and nothing was left aside."""
    before = machine.files()
    with pytest.raises(PenguinError) as caught:
        take()
    assert machine.files() == before
    assert caught.value.hint
    return caught.value


def manifest(kit: Path) -> dict[str, Any]:
    return json.loads((kit / airgap.MANIFEST).read_bytes())  # type: ignore[no-any-return]


def rewrite(kit: Path, change: Callable[[list[dict[str, Any]]], object]) -> None:
    content = manifest(kit)
    change(content["files"])
    (kit / airgap.MANIFEST).write_text(json.dumps(content))


def test_what_went_in_comes_out_byte_for_byte(kit: Path, machine: Machine) -> None:
    arrivals = machine.intake().kit(kit)
    assert machine.files() == {
        "models/known.gguf": A_GGUF,
        "models/other.gguf": OTHER_GGUF,
        "paths/planned.parquet": PATHS,
        "scenarios/mine.parquet": SET,
    }
    assert [(a.item.name, a.how, a.known) for a in arrivals] == [
        ("known", How.COPIED, True),
        ("other", How.COPIED, False),
        ("planned", How.COPIED, False),
        ("mine", How.COPIED, False),
    ]
    record = machine.inventory.find("other")
    assert record is not None
    assert (record.source, record.sha256) == (Source.IMPORTED, hashlib.sha256(OTHER_GGUF).hexdigest())


def test_the_manifest_names_size_and_hash_of_every_file(kit: Path) -> None:
    for line in manifest(kit)["files"]:
        content = (kit / line["file"]).read_bytes()
        assert (line["bytes"], line["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


def test_a_second_import_finds_all_of_it_there(kit: Path, machine: Machine) -> None:
    machine.intake().kit(kit)
    machine.copied.clear()
    assert {a.how for a in machine.intake().kit(kit)} == {How.THERE}
    assert machine.copied == []


def test_a_changed_file_is_refused_and_nothing_of_the_kit_comes(kit: Path, machine: Machine) -> None:
    file = kit / "scenarios/mine.parquet"
    file.write_bytes(SET[:-1] + b"2")
    error = refused(machine, lambda: machine.intake().kit(kit))
    assert "mine.parquet is not the file its manifest names" in error.message
    assert "nothing was imported" in error.hint


def test_another_size_and_a_missing_file_are_seen_before_anything_is_copied(
    kit: Path, machine: Machine
) -> None:
    file = kit / "models/other.gguf"
    file.write_bytes(OTHER_GGUF + b"x")
    assert (
        f"has {len(OTHER_GGUF) + 1} bytes, and {len(OTHER_GGUF)} in the manifest"
        in refused(machine, lambda: machine.intake().kit(kit)).message
    )
    file.unlink()
    assert "is missing" in refused(machine, lambda: machine.intake().kit(kit)).message
    assert machine.copied == []


def test_a_file_that_is_not_in_the_manifest_is_refused(kit: Path, machine: Machine) -> None:
    (kit / "models" / "extra.gguf").write_bytes(A_GGUF)
    error = refused(machine, lambda: machine.intake().kit(kit))
    assert "models/extra.gguf lies in" in error.message
    assert "not in its manifest" in error.message


def test_what_systems_leave_on_a_stick_is_overlooked(kit: Path, machine: Machine) -> None:
    for litter in (".DS_Store", "._manifest.json", "models/Thumbs.db"):
        (kit / litter).write_bytes(b"x")
    assert len(machine.intake().kit(kit)) == 4


@pytest.mark.parametrize(
    "file",
    ["../outside.gguf", "/etc/passwd", "models/../../outside.gguf", "..\\outside.gguf", "C:\\x.gguf", "~/x"],
)
def test_a_manifest_may_not_name_a_place_outside_the_kit(kit: Path, machine: Machine, file: str) -> None:
    (kit.parent / "outside.gguf").write_bytes(A_GGUF)
    rewrite(kit, lambda files: files[0].update(file=file))
    assert "outside the kit" in refused(machine, lambda: machine.intake().kit(kit)).message


def test_a_link_that_leads_out_of_the_kit_is_refused(kit: Path, machine: Machine) -> None:
    outside = kit.parent / "outside.gguf"
    (kit / "models/known.gguf").rename(outside)
    (kit / "models/known.gguf").symlink_to(outside)
    assert "leads out of" in refused(machine, lambda: machine.intake().kit(kit)).message


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "programs"},
        {"name": "../known"},
        {"name": "Known"},
        {"bytes": -1},
        {"bytes": True},
        {"sha256": "abc"},
        {"file": "models/other-name.gguf"},
        {"more": 1},
    ],
)
def test_a_manifest_with_anything_unexpected_is_refused(
    kit: Path, machine: Machine, change: dict[str, object]
) -> None:
    rewrite(kit, lambda files: files[0].update(change))
    assert "entry 1" in refused(machine, lambda: machine.intake().kit(kit)).message


def test_a_manifest_that_names_a_file_twice_is_refused(kit: Path, machine: Machine) -> None:
    rewrite(kit, lambda files: files.append(files[0]))
    assert "is there twice" in refused(machine, lambda: machine.intake().kit(kit)).message


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b'{"format": "other", "files": []}',
        b"[" * 100_000,
        b'{"files": 1, "files": 2}',
        b"\xff",
    ],
)
def test_what_is_no_manifest_is_refused(kit: Path, machine: Machine, content: bytes) -> None:
    (kit / airgap.MANIFEST).write_bytes(content)
    assert "manifest" in refused(machine, lambda: machine.intake().kit(kit)).message


def test_a_file_of_the_wrong_kind_is_refused_though_its_hash_is_right(kit: Path, machine: Machine) -> None:
    def as_model(files: list[dict[str, Any]]) -> None:
        (kit / "paths/planned.parquet").rename(kit / "models/planned.gguf")
        line = next(f for f in files if f["kind"] == "paths")
        line.update(kind="models", file="models/planned.gguf")

    rewrite(kit, as_model)
    assert "is not a whole GGUF model" in refused(machine, lambda: machine.intake().kit(kit)).message


def test_a_file_under_the_name_of_another_of_the_catalogue_is_refused(kit: Path, tmp_path: Path) -> None:
    machine = Machine(tmp_path / "here", (KNOWN, entry(A_GGUF + b"x", name="other")))
    error = refused(machine, lambda: machine.intake().kit(kit))
    assert "other is the catalogue's name for another file" in error.message


def test_another_file_of_that_name_stays_until_told(kit: Path, machine: Machine) -> None:
    machine.put(Kind.SCENARIOS, "mine", b"PAR1 my own PAR1")
    assert "--replace" in refused(machine, lambda: machine.intake().kit(kit)).hint
    machine.intake(replace=True).kit(kit)
    assert machine.files()["scenarios/mine.parquet"] == SET


def test_the_names_of_what_comes_along_are_taken(machine: Machine, tmp_path: Path) -> None:
    file = tmp_path / "penguin-nano.gguf"
    file.write_bytes(OTHER_GGUF)
    assert "comes along with" in refused(machine, lambda: machine.intake().file(file)).message


def test_a_single_known_file_gets_its_name_from_its_hash(machine: Machine, tmp_path: Path) -> None:
    file = tmp_path / "Renamed by Someone.gguf"
    file.write_bytes(A_GGUF)
    arrival = machine.intake().file(file)
    assert (arrival.item.name, arrival.known, arrival.path.name) == ("known", True, "known.gguf")


def test_a_single_unknown_file_is_recorded_under_a_plain_name(machine: Machine, tmp_path: Path) -> None:
    file = tmp_path / "My Model (Q4).gguf"
    file.write_bytes(OTHER_GGUF)
    arrival = machine.intake().file(file)
    assert (arrival.item.name, arrival.known) == ("my-model-q4", False)
    record = machine.inventory.at(arrival.path)
    assert record is not None
    assert record.sha256 == hashlib.sha256(OTHER_GGUF).hexdigest()
    assert machine.intake().file(file, name="mine").path.name == "mine.gguf"
    assert "cannot be a name" in refused(machine, lambda: machine.intake().file(file, name="../x")).message


def test_what_is_no_model_is_refused(machine: Machine, tmp_path: Path) -> None:
    file = tmp_path / "page.gguf"
    file.write_bytes(b"<html>")
    assert "GGUF" in refused(machine, lambda: machine.intake().file(file)).message


def test_a_linked_file_is_not_copied_and_a_change_of_it_is_seen(machine: Machine, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.gguf"
    file.write_bytes(OTHER_GGUF)
    arrival = machine.intake(link=True).file(file)
    assert arrival.how is How.LINKED
    assert arrival.path.is_symlink()
    assert machine.copied == []
    record = machine.inventory.at(arrival.path)
    assert record is not None
    assert record.source is Source.LINKED
    assert machine.inventory.check(arrival.path) == record.sha256
    file.write_bytes(A_GGUF)
    with pytest.raises(PenguinError, match="has changed"):
        machine.inventory.check(arrival.path)


def test_another_tools_folder_gives_what_the_catalogue_knows(machine: Machine, tmp_path: Path) -> None:
    """Blobs named by their hash, and links to them, as other tools keep them."""
    blobs = tmp_path / "tool" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / f"sha256-{hashlib.sha256(A_GGUF).hexdigest()}").write_bytes(A_GGUF)
    (blobs / "sha256-unknown").write_bytes(OTHER_GGUF)
    (blobs / "same-size").write_bytes(bytes(len(A_GGUF)))
    (tmp_path / "tool" / "model.gguf").symlink_to(blobs / f"sha256-{hashlib.sha256(A_GGUF).hexdigest()}")
    (arrival,) = machine.intake(link=True).known_in(tmp_path / "tool")
    assert (arrival.item.name, arrival.how) == ("known", How.LINKED)
    assert arrival.path.resolve().parent == blobs
    shutil.copytree(blobs, tmp_path / "rest", ignore=lambda _, names: [n for n in names if len(n) > 20])
    with pytest.raises(UsageError, match="none of the 2 files"):
        machine.intake(link=True).known_in(tmp_path / "rest")


def test_what_a_killed_import_left_aside_is_cleared_away(kit: Path, machine: Machine) -> None:
    aside = machine.home / "models" / ".arriving"
    aside.mkdir(parents=True)
    (aside / "0.gguf").write_bytes(b"half")
    machine.intake().kit(kit)
    assert not aside.exists()
    assert list((machine.home / "models").glob(".*")) == []


def exported(folder: Path, file: Path, *, expected: str | None = None) -> list[airgap.Packed]:
    known = {file: expected} if expected else {}
    return airgap.export(folder, {(Kind.MODEL, file.stem): file}, expected=known, heard=lambda *_: None)


def test_a_kit_is_added_to_and_what_it_has_is_not_copied_again(kit: Path, tmp_path: Path) -> None:
    sha256 = hashlib.sha256(A_GGUF).hexdigest()
    known, new = tmp_path / "known.gguf", tmp_path / "new.gguf"
    known.write_bytes(A_GGUF)
    new.write_bytes(OTHER_GGUF)
    assert [p.copied for p in exported(kit, known, expected=sha256)] == [False]
    assert [p.copied for p in exported(kit, new)] == [True]
    assert len(airgap.read_manifest(kit)) == 5


def test_a_file_that_is_not_what_it_was_does_not_leave(tmp_path: Path) -> None:
    file = tmp_path / "tiny.gguf"
    file.write_bytes(A_GGUF)
    with pytest.raises(BadInput, match="is not what it was"):
        exported(tmp_path / "kit", file, expected="0" * 64)
    assert [f for f in (tmp_path / "kit").rglob("*") if f.is_file()] == []


def test_a_folder_with_other_things_is_not_made_a_kit(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    file = tmp_path / "tiny.gguf"
    file.write_bytes(A_GGUF)
    with pytest.raises(UsageError, match="has other things in it") as caught:
        exported(tmp_path, file)
    assert "penguin-kit" in caught.value.hint
    with pytest.raises(UsageError, match="is a file"):
        exported(file, file)


def test_a_folder_without_a_manifest_is_no_kit(machine: Machine, tmp_path: Path) -> None:
    assert "is not a kit" in refused(machine, lambda: machine.intake().kit(tmp_path)).message


@pytest.mark.parametrize("order", [("good", "bad"), ("bad", "good")])
def test_one_that_is_refused_does_not_keep_the_others_from_the_kit(
    tmp_path: Path, order: tuple[str, str]
) -> None:
    files = {"good": tmp_path / "good.gguf", "bad": tmp_path / "bad.gguf"}
    files["good"].write_bytes(A_GGUF)
    files["bad"].write_bytes(OTHER_GGUF)
    sources = {(Kind.MODEL, name): files[name] for name in order}
    with pytest.raises(
        BadInput, match="bad is not what it was on arrival here, and stayed here; 1 of 2 are in"
    ):
        airgap.export(tmp_path / "kit", sources, expected={files["bad"]: "0" * 64}, heard=lambda *_: None)
    assert [item.name for item in airgap.read_manifest(tmp_path / "kit")] == ["good"]

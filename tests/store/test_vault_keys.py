"""Whatever is wrong with the key file is told for what it is, and with what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from penguin_local.errors import NoRoom, StoreDamaged, StoreError, StoreTooNew
from penguin_local.store.vault_files import replace_file
from penguin_local.store.vault_keys import _check, key_path, load
from tests.store.vaults import filled, opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cases.duckdb"


def changed(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """By somebody who knows how its checksum is made."""
    body = key_path(path).read_bytes().rstrip(b"\n").rpartition(b"\n")[0]
    fields = json.loads(body)
    change(fields)
    body = json.dumps(fields).encode()
    key_path(path).write_bytes(body + b"\n" + _check(body).encode() + b"\n")


def slot(name: str, value: object) -> Callable[[dict[str, Any]], object]:
    return lambda fields: fields["slots"]["passphrase"].update({name: value})


def test_a_missing_key_file_is_told_with_what_it_means(path: Path) -> None:
    filled(path)
    key_path(path).unlink()
    with pytest.raises(StoreDamaged, match=r"key file .* is missing") as told:
        opened(path)
    assert "copy" in told.value.hint
    assert path.exists()


def test_a_missing_database_is_told(path: Path) -> None:
    filled(path)
    path.unlink()
    with pytest.raises(StoreDamaged, match="is gone"):
        opened(path)
    assert not path.exists()


def test_a_foreign_key_file_is_told_and_nothing_is_changed(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "cases.duckdb"
    filled(path)
    filled(other)
    own = key_path(path).read_bytes()
    key_path(path).write_bytes(key_path(other).read_bytes())
    with pytest.raises(StoreError, match="belongs to another case file"):
        opened(path)
    key_path(path).write_bytes(own)
    opened(path).close()


def test_every_flipped_bit_in_the_key_file_is_noticed(path: Path) -> None:
    filled(path)
    content = key_path(path).read_bytes()
    for place in range(0, len(content) - 1, 7):
        wrong = bytearray(content)
        wrong[place] ^= 1 << place % 8
        key_path(path).write_bytes(bytes(wrong))
        with pytest.raises((StoreDamaged, StoreTooNew)) as told:
            opened(path)
        assert told.value.hint
    key_path(path).write_bytes(content)
    opened(path).close()


@pytest.mark.parametrize("content", [b"", b"\n", b"{}\n", b"[" * 100_000, b"null\nabc", b"\xff\x00" * 200])
def test_what_is_no_key_file_is_told(path: Path, content: bytes) -> None:
    filled(path)
    key_path(path).write_bytes(content)
    with pytest.raises(StoreDamaged, match="is damaged"):
        opened(path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("memory_kib", 8 * 1024 - 1),
        ("memory_kib", 1024 * 1024 + 1),
        ("memory_kib", 10**15),
        ("memory_kib", -1),
        ("memory_kib", "65536"),
        ("memory_kib", True),
        ("passes", 0),
        ("passes", 17),
        ("lanes", 0),
        ("lanes", 9),
        ("lanes", None),
    ],
)
def test_absurd_parameters_are_refused_before_they_cost_anything(
    path: Path, name: str, value: object
) -> None:
    filled(path)
    changed(path, slot(name, value))
    with pytest.raises(StoreDamaged, match=f"parameters that cannot be right: {name}") as told:
        opened(path)
    assert "copy" in told.value.hint


@pytest.mark.parametrize(
    "change",
    [
        lambda fields: fields.pop("slots"),
        lambda fields: fields["slots"].pop("recovery"),
        lambda fields: fields["slots"]["passphrase"].pop("passes"),
        lambda fields: fields.update(cases=[]),
        lambda fields: fields.update(store="../../etc"),
        lambda fields: fields.update(erased=7),
        slot("salt", ""),
        slot("salt", "A" * 4000),
        slot("sealed", "!!"),
    ],
)
def test_a_key_file_that_lacks_something_is_damaged(path: Path, change: Any) -> None:
    filled(path)
    changed(path, change)
    with pytest.raises(StoreDamaged):
        opened(path)


def test_weaker_parameters_that_somebody_put_in_open_nothing(path: Path) -> None:
    filled(path)
    changed(path, slot("passes", 2))
    with pytest.raises(StoreError, match="does not open"):
        opened(path)


def test_a_newer_key_file_is_told(path: Path) -> None:
    filled(path)
    changed(path, lambda fields: fields.update(format=2))
    with pytest.raises(StoreTooNew, match="newer version"):
        opened(path)


def test_an_endless_key_file_is_not_read(path: Path) -> None:
    filled(path)
    with key_path(path).open("wb") as handle:
        handle.truncate(10**9)
    with pytest.raises(StoreDamaged, match="far too large"):
        load(key_path(path))


def test_a_key_file_that_cannot_be_replaced_stays(tmp_path: Path) -> None:
    place = tmp_path / "cases.key"
    replace_file(place, b"old")
    place.with_name("cases.key.new").mkdir()
    with pytest.raises(NoRoom):
        replace_file(place, b"new")
    assert place.read_bytes() == b"old"

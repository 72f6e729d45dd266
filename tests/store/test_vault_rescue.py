"""A damaged block costs the fields in which bytes are wrong, and nothing else that lies in it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from penguin_local.store.database import Database
from penguin_local.store.house import CASES
from penguin_local.store.vault_rescue import believe, rescued
from tests.store.test_vault_repair import BLOCK, HEADERS, mended, texts
from tests.store.vaults import filled, opened, text


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cases.duckdb"


def sealed(path: Path, case: str, number: int) -> bytes:
    """As it lies in the file."""
    with Database(path, house=CASES) as database:
        ((found,),) = database.rows(
            "SELECT sealed FROM entries WHERE case_id = ? AND number = ?", [case, number]
        )
    return bytes(found)


def damage(path: Path, place: int, size: int = 1) -> None:
    """Other bytes than there were."""
    content = bytearray(path.read_bytes())
    content[place : place + size] = bytes(byte ^ 0x5A for byte in content[place : place + size])
    path.write_bytes(bytes(content))


def blocks(path: Path) -> int:
    return (path.stat().st_size - HEADERS) // BLOCK


def test_the_sums_of_a_whole_file_are_as_duckdb_wrote_them(path: Path) -> None:
    filled(path)
    before = path.read_bytes()
    free = believe(path)
    assert free < blocks(path)  # one that was freed keeps what it held, or nothing
    damage(path, HEADERS + 5000)
    assert believe(path) == 1
    believe(path)
    assert len(path.read_bytes()) == len(before)


def test_a_damaged_byte_in_an_entry_costs_this_entry(path: Path) -> None:
    first, second = filled(path)
    damage(path, path.read_bytes().index(sealed(path, first, 3)) + 20)
    with opened(path) as vault:
        assert not vault.verify().whole
    done = mended(path)
    assert [(f.case, f.number) for f in done.lost] == [(first, 3)]
    assert done.kept == 11
    assert texts(path, first) == [text(first, n) for n in (1, 2, 4, 5, 6)]
    assert texts(path, second) == [text(second, n) for n in range(1, 7)]


def test_three_thousand_damaged_bytes_where_nothing_is_written_cost_nothing(path: Path) -> None:
    first, second = filled(path)
    content = path.read_bytes()
    # Inside the block of the entries, far behind them.
    block = (content.index(sealed(path, first, 1)) - HEADERS) // BLOCK
    place = HEADERS + block * BLOCK + BLOCK - 4000
    assert not any(content[place : place + 3000])
    damage(path, place, 3000)
    done = mended(path)
    assert (done.kept, done.lost) == (12, ())
    assert done.aside is not None
    assert texts(path, first) == [text(first, n) for n in range(1, 7)]
    assert texts(path, second) == [text(second, n) for n in range(1, 7)]


@pytest.mark.torture
def test_no_damaged_byte_of_any_block_costs_more_than_it_must_or_is_believed(path: Path) -> None:
    first, second = filled(path)
    whole = {place: place.read_bytes() for place in path.parent.iterdir()}
    wanted = {case: [text(case, n) for n in range(1, 7)] for case in (first, second)}
    rng = random.Random(7)
    kept = []
    for block in range(blocks(path)):
        for _ in range(6):
            for place in path.parent.iterdir():
                place.unlink()
            for place, content in whole.items():
                place.write_bytes(content)
            damage(path, HEADERS + block * BLOCK + rng.randrange(BLOCK - 16), rng.choice((1, 16)))
            done = mended(path)
            kept.append(done.kept)
            with opened(path) as vault:
                for case, texts_of in wanted.items():
                    assert set(vault.entries(case)) <= set(texts_of)
    assert min(kept) >= 11


def test_what_is_no_case_file_is_not_rescued(path: Path) -> None:
    rng = random.Random(1)
    path.write_bytes(rng.randbytes(HEADERS + 2 * BLOCK))
    new = path.with_name("new.duckdb")
    assert not rescued(path, new, store="x")

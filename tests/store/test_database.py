"""The store's promises, each against a real DuckDB file that something has happened to."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from penguin_local.errors import (
    ExitCode,
    NoRoom,
    PenguinError,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreTooNew,
)
from penguin_local.store.cache import StoredCache
from penguin_local.store.database import Database, Write
from penguin_local.store.watermark import Watermark, read_witness, watermark_path

ROOT = Path(__file__).resolve().parents[2]
HEADERS = 3 * 4096
BLOCK = 262_144
"""Of a DuckDB file."""

KILLED = """
import os, sys, pathlib
from penguin_local.store.cache import StoredCache
from penguin_local.store.database import Database
database = Database(pathlib.Path(sys.argv[1]))
cache = StoredCache(database, namespace="n")
for number in range(int(sys.argv[2])):
    cache.put({str(number): "x" * 200})
os._exit(0)
"""
"""Commits, then ends without closing: everything lies in the write-ahead log."""

FULL = """
import pathlib, resource, sys
from penguin_local.errors import NoRoom
from penguin_local.store.cache import StoredCache
from penguin_local.store.database import Database
database = Database(pathlib.Path(sys.argv[1]))
cache = StoredCache(database, namespace="n")
cache.put({"small": "kept"})
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
try:
    for number in range(1000):
        cache.put({f"{number}-{n}": str(n) * 3000 for n in range(20)})
except NoRoom as error:
    print("refused:", error.message)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    print(sorted(cache.get(["small", "0-0"])), number > 0)
    cache.put({"after": "goes on"})
    print(cache.get(["after"]))
"""


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def filled(path: Path, count: int = 20) -> Path:
    """A store whose last `count` transactions lie only in its log."""
    ended = run(KILLED, path, count)
    assert ended.returncode == 0, ended.stderr
    return path.with_name(f"{path.name}.wal")


def held(path: Path) -> int:
    with Database(path) as database:
        return int(database.rows("SELECT count(*) FROM cache")[0][0])


def acknowledge(path: Path, number: int) -> None:
    witness = read_witness(watermark_path(path))
    assert witness is not None
    mark = Watermark(watermark_path(path), witness.store)
    mark.write(number)
    mark.close()


def write_then(database: Database, more: Callable[[Write], None]) -> None:
    with database.transaction() as write:
        write("INSERT INTO cache VALUES (?, ?)", ["a", "1"])
        more(write)


def fail(write: Write) -> None:
    raise ValueError("ours")


def test_a_store_keeps_what_was_committed(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "bench.duckdb"
    with Database(path) as database:
        StoredCache(database, namespace="n").put({"a": "1"})
    with Database(path) as database:
        assert StoredCache(database, namespace="n").get(["a", "b"]) == {"a": "1"}
        assert database.transactions == 1


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with Database(tmp_path / "bench.duckdb") as database:
        with pytest.raises(ValueError, match="ours"):
            write_then(database, fail)
        with pytest.raises(StoreError):
            write_then(database, lambda write: write("INSERT INTO no_such_table VALUES (?)", ["b"]))
        assert database.rows("SELECT * FROM cache") == []
        assert database.transactions == 0


def test_statements_can_reach_no_file_and_no_network(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with Database(tmp_path / "bench.duckdb") as database:
        for statement in (
            f"SELECT * FROM read_csv('{tmp_path / 'secret.csv'}')",
            f"COPY cache TO '{tmp_path / 'out.csv'}'",
            f"ATTACH '{tmp_path / 'other.duckdb'}'",
            "INSTALL httpfs",
            "SET enable_external_access = true",
        ):
            with pytest.raises(StoreError):
                database.rows(statement)
        settings = dict(
            database.rows("SELECT name, value FROM duckdb_settings() WHERE name LIKE 'auto%extensions'")
        )
    assert settings == {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    assert sorted(p.suffix for p in tmp_path.iterdir() if p.name != "secret.csv") == [
        ".acknowledged",
        ".duckdb",
    ]


def test_no_table_has_an_index(tmp_path: Path) -> None:
    with Database(tmp_path / "bench.duckdb") as database:
        assert database.rows("SELECT * FROM duckdb_indexes()") == []
        assert database.rows("SELECT * FROM duckdb_constraints() WHERE constraint_type != 'NOT NULL'") == []


def test_a_store_from_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "bench.duckdb"
    with Database(path) as database, database.transaction() as write:
        write("INSERT INTO migrations VALUES (9999, now()::TIMESTAMP)", [])
    before = path.read_bytes()
    with pytest.raises(StoreTooNew, match="newer version") as refused:
        Database(path)
    assert "update penguin-local" in refused.value.hint
    assert path.read_bytes() == before


def test_the_same_process_cannot_open_it_twice(tmp_path: Path) -> None:
    with Database(tmp_path / "bench.duckdb"), pytest.raises(StoreBusy, match=f"process {os.getpid()}"):
        Database(tmp_path / "bench.duckdb")


@pytest.mark.parametrize("size", [0, 100, 5000])
def test_a_cut_file_is_damaged_and_stays_as_it_is(tmp_path: Path, size: int) -> None:
    path = tmp_path / "bench.duckdb"
    Database(path).close()
    content = path.read_bytes()[:size]
    path.write_bytes(content)
    with pytest.raises(StoreDamaged, match="is damaged") as refused:
        Database(path)
    assert "mv " in refused.value.hint
    assert path.read_bytes() == content


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bench.duckdb"
    path.write_text("a letter to somebody " * 500)
    with pytest.raises(StoreDamaged):
        Database(path)


def test_a_flipped_bit_in_the_log_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "bench.duckdb"
    log = filled(path)
    content = log.read_bytes()
    for place in range(100, len(content), len(content) // 12):
        log.write_bytes(flipped(content, place))
        with pytest.raises(StoreDamaged):
            Database(path)
    log.write_bytes(content)
    assert held(path) == 20


def test_zeros_after_a_power_loss_are_cut_off_and_the_old_log_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "bench.duckdb"
    log = filled(path)
    # The power went while the twentieth was being written: nobody was told that it was done.
    torn = log.read_bytes()[:-50] + bytes(4096)
    log.write_bytes(torn)
    acknowledge(path, 19)
    assert held(path) == 19
    assert log.with_name("bench.duckdb.wal.damaged").read_bytes() == torn


def test_zeros_that_cost_an_acknowledged_transaction_are_told(tmp_path: Path) -> None:
    path = tmp_path / "bench.duckdb"
    log = filled(path)
    log.write_bytes(log.read_bytes()[:-50] + bytes(4096))
    with pytest.raises(StoreDamaged, match="the last 1 transaction written"):
        Database(path)


def test_lost_transactions_are_counted_and_can_be_accepted(tmp_path: Path) -> None:
    path = tmp_path / "bench.duckdb"
    log = filled(path)
    content = log.read_bytes()
    log.write_bytes(content[: len(content) - 700])
    with pytest.raises(StoreDamaged, match=r"the last \d transactions? written .* missing") as refused:
        Database(path)
    assert "runs check --accept" in refused.value.hint
    Database(path, accept_loss=True).close()
    assert 0 < held(path) < 20


def test_a_lost_log_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "bench.duckdb"
    filled(path).unlink()
    with pytest.raises(StoreDamaged, match="the last 20 transactions"):
        Database(path)


def test_a_deleted_file_is_told_and_begun_anew_only_when_that_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "bench.duckdb"
    log = filled(path)
    content = path.read_bytes()
    path.unlink()
    with pytest.raises(StoreDamaged, match="is gone: 20 transactions were acknowledged") as refused:
        Database(path)
    assert "put the file back" in refused.value.hint
    assert "runs check --accept" in refused.value.hint
    assert not path.exists()
    path.write_bytes(content)
    assert held(path) == 20
    path.unlink()
    log.write_bytes(b"of the old file")
    Database(path, accept_loss=True).close()
    assert held(path) == 0
    assert log.with_name("bench.duckdb.wal.damaged").read_bytes() == b"of the old file"


def test_a_deleted_file_in_which_nothing_was_is_no_loss(tmp_path: Path) -> None:
    path = tmp_path / "bench.duckdb"
    Database(path).close()
    path.unlink()
    assert held(path) == 0


def test_a_new_store_is_not_measured_against_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "bench.duckdb"
    filled(path).unlink()
    path.unlink()
    Database(path, accept_loss=True).close()
    witness = read_witness(watermark_path(path))
    assert witness is not None
    assert witness.sequence == 0
    assert held(path) == 0


def large(path: Path) -> bytes:
    """A closed store of several blocks: what its file holds."""
    rng = random.Random(5)
    with Database(path) as database:
        cache = StoredCache(database, namespace="n")
        cache.put({str(number): rng.randbytes(300).hex() for number in range(4000)})
    return path.read_bytes()


def verified(path: Path) -> int:
    with Database(path) as database:
        return database.verify()


def test_verifying_a_whole_store_reads_every_row(tmp_path: Path) -> None:
    path = tmp_path / "bench.duckdb"
    large(path)
    with Database(path) as database:
        tables = [row[0] for row in database.rows("SELECT table_name FROM duckdb_tables()")]
        counts = [database.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables]
        assert database.verify() == sum(counts) > 4000


def test_verifying_a_cut_file_finds_it_damaged_wherever_it_was_cut(tmp_path: Path) -> None:
    path = tmp_path / "bench.duckdb"
    content = large(path)
    for size in (len(content) - 1, len(content) - BLOCK, 1_000_000, 300_000):
        path.write_bytes(content[:size])
        with pytest.raises(StoreDamaged, match="is damaged"):
            verified(path)


def test_verifying_finds_a_flipped_bit_in_any_block(tmp_path: Path) -> None:
    path = tmp_path / "bench.duckdb"
    content = large(path)
    for place in range(HEADERS + 1000, len(content), BLOCK):
        path.write_bytes(flipped(content, place))
        with pytest.raises(StoreDamaged, match="is damaged"):
            verified(path)


def test_what_the_store_writes_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "bench.duckdb"
    before = os.umask(0o022)
    try:
        with Database(path) as database:
            for number in range(2):
                StoredCache(database, namespace="n").put({str(number): "1"})
                modes = {p.name: p.stat().st_mode & 0o777 for p in tmp_path.iterdir()}
                assert modes == dict.fromkeys(modes, 0o600)
                assert set(modes) == {"bench.duckdb", "bench.duckdb.wal", "bench.duckdb.acknowledged"}
                database.rows("CHECKPOINT")
        assert path.stat().st_mode & 0o777 == 0o600
    finally:
        assert os.umask(before) == 0o022


def test_a_store_without_its_watermark_gets_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "bench.duckdb"
    filled(path)
    watermark_path(path).unlink()
    assert held(path) == 20
    witness = read_witness(watermark_path(path))
    assert witness is not None
    assert witness.sequence == 20


@pytest.mark.parametrize("content", [b"", b"abc", b"x 12 0000000000000000", b"\xff" * 96])
def test_a_watermark_that_is_not_whole_says_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mark"
    path.write_bytes(content)
    assert read_witness(path) is None


def test_the_watermark_is_rewritten_in_place(tmp_path: Path) -> None:
    path = tmp_path / "mark"
    mark = Watermark(path, "store")
    for number in (9, 10, 123_456):
        mark.write(number)
        witness = read_witness(path)
        assert witness is not None
        assert (witness.store, witness.sequence) == ("store", number)
    assert path.stat().st_size == 96
    mark.close()


def test_a_full_disk_keeps_what_was_committed_and_the_store_goes_on(tmp_path: Path) -> None:
    ended = run(FULL, tmp_path / "bench.duckdb")
    lines = ended.stdout.splitlines()
    assert ended.returncode == 0, ended.stderr
    assert lines[0].startswith("refused: no room left on the disk")
    assert lines[1:] == ["['0-0', 'small'] True", "{'after': 'goes on'}"]


def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    script = (
        "import os, sys, pathlib\n"
        "import penguin_local.store.faults\n"
        "from penguin_local.errors import NoRoom\n"
        "from penguin_local.store.database import Database\n"
        "try:\n    Database(pathlib.Path(sys.argv[1]).with_name('warm.duckdb')).close()\nexcept NoRoom: pass\n"
        "if os.geteuid() == 0: os.seteuid(65534)\n"
        "try:\n    Database(pathlib.Path(sys.argv[1]) / 'deeper' / 'bench.duckdb')\n"
        "except NoRoom as error: print(error.message, '|', error.hint)\n"
    )
    # The folder above is open to root only as well, and that is enough: no permission is no permission.
    ended = run(script, folder)
    assert "no permission to write" in ended.stdout, ended.stderr
    assert "PENGUIN_LOCAL_HOME" in ended.stdout


def test_a_file_where_the_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(NoRoom, match="cannot be used") as refused:
        Database(tmp_path / "taken" / "bench.duckdb")
    assert refused.value.exit_code is ExitCode.RESOURCES


def test_a_creation_that_was_killed_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "bench.duckdb"
    path.with_name("bench.duckdb.new").write_bytes(b"half")
    assert held(path) == 0


def test_every_fault_has_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "bench.duckdb"
    path.write_text("not a database")
    with pytest.raises(PenguinError) as refused:
        Database(path)
    assert refused.value.hint


def flipped(content: bytes, place: int) -> bytes:
    changed = bytearray(content)
    changed[place] ^= 4
    return bytes(changed)


def test_duckdb_is_the_version_whose_texts_we_read() -> None:
    assert duckdb.__version__.startswith("2.0")

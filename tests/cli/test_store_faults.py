"""What can be wrong with the store, as a person meets it: words, remedy, exit code, nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from penguin_local.store.database import Database
from tests.bench.people import Bench
from tests.bench.scripted import Scripted
from tests.cli.program import SMALL, Program
from tests.store.test_database import flipped, large


def a_home(folder: Path) -> Program:
    """A home with a finished run `first`."""
    Bench(folder / "home").work(Scripted())
    return Program(folder / "home")


def test_a_store_in_use_names_its_holder(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    with Database(home.home / "bench.duckdb"):
        ended = home.run("runs", "list")
    assert ended.returncode == 5
    assert f"in use by process {os.getpid()}" in ended.stderr
    assert home.run("runs", "list").returncode == 0


def test_a_damaged_store_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    store = home.home / "bench.duckdb"
    content = store.read_bytes()
    store.write_bytes(content[: len(content) // 2])
    ended = home.run("runs", "show", "first")
    assert ended.returncode == 5
    assert "is damaged" in ended.stderr
    assert f"mv '{store}'" in ended.stderr
    store.write_bytes(content)
    assert home.json("runs", "show", "first")["arms"][0]["n"] == 24


def test_a_check_finds_what_opening_does_not_read(tmp_path: Path) -> None:
    home = Program(tmp_path / "home")
    store = home.home / "bench.duckdb"
    content = large(store)
    assert home.run("runs", "check").returncode == 0
    for damaged in (content[:1_000_000], flipped(content, 1_000_000)):
        store.write_bytes(damaged)
        ended = home.run("runs", "check")
        assert ended.returncode == 5, ended.stderr
        assert "is damaged" in ended.stderr
        assert "is whole" not in ended.stderr


def test_a_store_that_is_gone_is_told_until_a_new_one_is_accepted(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    (home.home / "bench.duckdb").unlink()
    for _ in range(2):
        ended = home.run("runs", "list")
        assert ended.returncode == 5
        assert "transactions were acknowledged in it" in ended.stderr
        assert "put the file back" in ended.stderr
    assert home.run("runs", "check", "--accept").returncode == 0
    assert home.json("runs", "list") == []


def test_json_keys_are_names(tmp_path: Path) -> None:
    (run,) = a_home(tmp_path).json("runs", "list")
    assert "begun_utc" in run
    assert all(name.isidentifier() for name in run)


def test_a_newer_store_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    with Database(home.home / "bench.duckdb") as database, database.transaction() as write:
        write("INSERT INTO migrations VALUES (9999, now()::TIMESTAMP)", [])
    ended = home.run("runs", "list")
    assert ended.returncode == 5
    assert "newer version" in ended.stderr
    assert "update penguin-local" in ended.stderr


def test_a_full_disk_ends_a_run_and_room_lets_it_go_on(tmp_path: Path) -> None:
    home = Program(tmp_path / "home")
    # The shell's limit is in kilobytes: the empty store fits, the run's plan and answers do not.
    limited = subprocess.run(
        [
            "bash",
            "-c",
            'ulimit -f 24; exec "$0" "$@"',
            sys.executable,
            "-m",
            "penguin_local",
            *SMALL,
            "--run",
            "r",
        ],
        env=home.environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert limited.returncode == 6, limited.stderr
    assert "no room left on the disk" in limited.stderr
    assert "give the same command again" in limited.stderr
    ended = home.run(*SMALL, "--run", "r")
    assert ended.returncode == 0, ended.stderr
    assert len(home.rows("r")) == 14


def test_a_home_that_cannot_be_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    ended = Program(tmp_path / "taken").run("runs", "list")
    assert ended.returncode == 6
    assert "PENGUIN_LOCAL_HOME" in ended.stderr


def test_an_accepted_loss_is_done_again_by_the_same_command(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    store = home.home / "bench.duckdb"
    whole = Bench(home.home).table()
    # What an acknowledged transaction leaves, gone: as a log that lost its end.
    killed = (
        "import os, pathlib, sys\n"
        "from penguin_local.store.database import Database\n"
        "database = Database(pathlib.Path(sys.argv[1]))\n"
        "with database.transaction() as write: write('DELETE FROM scores WHERE position > ?', [40])\n"
        "with database.transaction() as write: write('DELETE FROM responses WHERE position > ?', [44])\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", killed, str(store)], env=home.environment, check=True, timeout=120)
    log = store.with_name("bench.duckdb.wal")
    log.write_bytes(log.read_bytes()[:-30])
    refused = home.run("runs", "list")
    assert refused.returncode == 5
    assert "the last 1 transaction written" in refused.stderr
    assert home.run("runs", "check", "--accept").returncode == 0
    Bench(home.home).work(Scripted())
    assert Bench(home.home).table() == whole

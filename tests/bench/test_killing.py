"""kill -9 at any moment and the same command again: nothing lost, nothing double, the same table."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from penguin_local.errors import ExitCode, StoreBusy
from penguin_local.store.database import Database
from tests.bench.killing import ROOT, kill_until_done, start
from tests.bench.people import Bench
from tests.bench.scripted import Scripted


def test_a_killed_run_ends_with_the_table_of_an_unbroken_one(tmp_path: Path) -> None:
    whole, killed = Bench(tmp_path / "whole"), Bench(tmp_path / "killed")
    whole.work(Scripted())
    assert kill_until_done(killed.folder, kills=8, rng=random.Random(20)) >= 1
    assert killed.table() == whole.table()
    with Database(killed.store) as database:
        rows = "SELECT count(*), count(DISTINCT position) FROM "
        assert [database.rows(rows + table) for table in ("responses", "scores")] == [[(48, 48)], [(48, 48)]]


def test_talks_and_searches_survive_kills_too(tmp_path: Path) -> None:
    arms = ("context-free", "agent", "oracle-1")
    whole, killed = (Bench(tmp_path / name, arms=arms, count=6) for name in ("whole", "killed"))
    whole.work(Scripted())
    assert kill_until_done(killed.folder, *arms, kills=4, rng=random.Random(4)) >= 1
    assert killed.table() == whole.table()
    with Database(killed.store) as database:
        rows = "SELECT count(*), count(DISTINCT position) FROM dialogues"
        assert database.rows(rows) == [(12, 12)]


def test_a_second_process_is_told_who_holds_the_store(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib\n"
        "from penguin_local.store.database import Database\n"
        "database = Database(pathlib.Path(sys.argv[1]))\n"
        "print('open', flush=True)\n"
        "sys.stdin.read()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "bench.duckdb")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "open\n"
    with pytest.raises(StoreBusy, match=f"process {holder.pid}") as busy:
        Bench(tmp_path).work(Scripted())
    assert busy.value.exit_code is ExitCode.STORE
    holder.communicate("")
    Bench(tmp_path).work(Scripted())


def test_a_run_in_its_own_process_says_that_it_is_done(tmp_path: Path) -> None:
    told, faults = start(tmp_path, step_seconds=0.0).communicate()
    assert (told.splitlines()[-1], faults) == ("done", "")

"""Killed at any moment, a case file holds every entry that was acknowledged, in order and whole."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.store.test_vault import ROOT
from tests.store.vaults import filled, opened, text

VICTIM = """
import pathlib, sys
from tests.store.vaults import opened, text
vault = opened(pathlib.Path(sys.argv[1]))
case = sys.argv[2]
number = len(vault.entries(case))
print("ready", flush=True)
while True:
    number = vault.append(case, text(case, number + 1))
    print(number, flush=True)
"""

TURNOVER = """
import pathlib, sys
from penguin_local.store.casebook import CaseAbout
from tests.store.vaults import opened
vault = opened(pathlib.Path(sys.argv[1]))
print("ready", flush=True)
number = 0
while True:
    case = vault.create(CaseAbout("another"))
    vault.append(case.id, "x")
    vault.delete(case.id)
    number += 1
    print(number, flush=True)
"""


def kill_once(path: Path, case: str, rng: random.Random, script: str = VICTIM) -> int:
    """The last number that the victim told before it died."""
    victim = subprocess.Popen(
        [sys.executable, "-c", script, str(path), case], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert victim.stdout is not None
    assert victim.stdout.readline() == "ready\n"
    time.sleep(rng.uniform(0.0, 0.05))
    victim.send_signal(signal.SIGKILL)
    told = [line for line in victim.communicate()[0].splitlines(keepends=True) if line.endswith("\n")]
    return int(told[-1]) if told else 0


def kill_again_and_again(path: Path, kills: int, seed: int) -> int:
    case, other = filled(path)
    rng = random.Random(seed)
    reached = 6
    for _ in range(kills):
        reached = max(reached, kill_once(path, case, rng))
        with opened(path) as vault:
            kept = vault.entries(case)
            assert len(kept) >= reached
            assert kept == [text(case, n) for n in range(1, len(kept) + 1)]
            assert len(vault.entries(other)) == 6
            reached = len(kept)
    return reached


def test_two_kills_lose_nothing(tmp_path: Path) -> None:
    assert kill_again_and_again(tmp_path / "cases.duckdb", kills=2, seed=1) >= 6


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(4))
def test_a_hundred_kills_lose_nothing(tmp_path: Path, seed: int) -> None:
    assert kill_again_and_again(tmp_path / "cases.duckdb", kills=25, seed=seed) > 100


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(2))
def test_no_kill_between_key_file_and_database_harms_another_case(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "cases.duckdb"
    ids = filled(path)
    rng = random.Random(seed)
    for _ in range(25):
        kill_once(path, ids[0], rng, TURNOVER)
        with opened(path) as vault:
            assert vault.verify().whole
            for case in ids:
                assert vault.entries(case) == [text(case, n) for n in range(1, 7)]
            assert len(vault.cases()) <= 2 + 1 + 25
        assert not path.with_name("cases.key.new").exists()

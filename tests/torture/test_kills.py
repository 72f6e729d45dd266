"""Two hundred kills: `make torture`."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.bench.killing import kill_until_done
from tests.bench.people import Bench
from tests.bench.scripted import Scripted


@pytest.mark.torture
@pytest.mark.parametrize("round_number", range(20))
def test_no_kill_loses_or_doubles_an_item(tmp_path: Path, round_number: int) -> None:
    whole, killed = Bench(tmp_path / "whole"), Bench(tmp_path / "killed")
    whole.work(Scripted())
    assert kill_until_done(killed.folder, kills=10, rng=random.Random(round_number)) >= 1
    assert killed.table() == whole.table()

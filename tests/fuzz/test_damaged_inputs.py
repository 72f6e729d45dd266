"""Thousands of damaged files: each is refused in our words or read, and nothing ends the process."""

from __future__ import annotations

import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from penguin_local.bench.scenario_sets import load_set
from penguin_local.core.rows import COLUMNS, row_from_scenario
from penguin_local.errors import BadInput, PenguinError
from penguin_local.lm.catalogue import find_model
from penguin_local.lm.weights import read_header
from penguin_local.store.tables import Format, encode

HEADER_BYTES = 150_000
"""Metadata, vocabulary and tensor table of the bundled model lie within."""

MUTANTS = 5000

_LOADER = """
import sys
from pathlib import Path
from penguin_local.errors import BadInput, PenguinError
from penguin_local.lm.engine import load
from penguin_local.lm.weights import ModelFile
for path in map(Path, sys.argv[1:]):
    try:
        load(ModelFile(path, path.stem, "", False), slots=1, threads=1, context=256).close()
    except PenguinError:
        pass
"""


def damaged(content: bytes, rng: random.Random, *, within: int) -> bytes:
    """A few bytes changed, taken out or put in."""
    mutant = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 8))):
        at = rng.randrange(min(within, len(mutant)))
        match rng.randrange(4):
            case 0:
                mutant[at] ^= 1 << rng.randrange(8)
            case 1:
                mutant[at : at + 8] = rng.randbytes(8)
            case 2:
                del mutant[at : at + rng.randint(1, 64)]
            case _:
                mutant[at:at] = rng.randbytes(rng.randint(1, 64))
    return bytes(mutant)


@pytest.mark.fuzz
def test_a_damaged_header_is_refused_in_our_words_or_loads(tmp_path: Path) -> None:
    content = find_model().path.read_bytes()
    rng = random.Random("damaged headers")
    passed: list[Path] = []
    for number in range(MUTANTS):
        path = tmp_path / f"{number}.gguf"
        path.write_bytes(damaged(content, rng, within=HEADER_BYTES))
        try:
            read_header(path)
        except PenguinError:
            path.unlink()
        else:
            passed.append(path)
        if len(passed) == 20 or number == MUTANTS - 1:
            load_in_a_child(passed)
            passed.clear()


def load_in_a_child(paths: list[Path]) -> None:
    """The parent never loads what it does not know; here the child must survive too."""
    files = [str(path) for path in paths]
    child = subprocess.run(
        [sys.executable, "-c", _LOADER, *files], capture_output=True, text=True, check=False
    )
    assert child.returncode == 0, (files, child.stderr[-2000:])
    for path in paths:
        path.unlink()


@pytest.mark.fuzz
@pytest.mark.parametrize("kind", list(Format))
def test_a_damaged_scenario_file_is_refused_in_our_words_or_read(kind: Format, tmp_path: Path) -> None:
    rows = [row_from_scenario(s) for s in load_set("penguin-synthetic-v1").scenarios[:40]]
    content = encode(rows, COLUMNS, kind)
    rng = random.Random(f"damaged {kind}")
    for number in range(1000):
        path = tmp_path / f"{number}.{kind.value}"
        path.write_bytes(damaged(content, rng, within=len(content)))
        with suppress(BadInput):
            assert load_set(str(path)).scenarios
        path.unlink()

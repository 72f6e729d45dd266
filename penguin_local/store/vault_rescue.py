"""What stands in the damaged blocks of a case file: `python -m penguin_local.store.vault_rescue COPY NEW STORE`.

DuckDB checks a sum over each quarter of a megabyte and gives back nothing of a block in which a single byte is wrong; a
small case file is one such block. Here every field is sealed by itself, and none that was changed opens: so the sums of
a copy are put right, and all rows that can then be read go into a new file, where each field is tried.

A block that is not what DuckDB wrote can crash it. So this runs in a process of its own, which has no key.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import numpy as np

from penguin_local.core.children import child_environment
from penguin_local.errors import PenguinError
from penguin_local.store.database import Database
from penguin_local.store.house import CASES
from penguin_local.store.vault_check import losses, readable
from penguin_local.store.vault_files import no_core_dump
from penguin_local.store.vault_rows import DESCRIBED, ENTRIES

_HEADERS: Final = 3 * 4096
"""Bytes before the first block."""
_BLOCK: Final = 262_144
_SUM_BYTES: Final = 8
_START: Final = np.uint64(5381)
_FACTOR: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECONDS: Final = 600


def rescued(copy: Path, new: Path, *, store: str) -> bool:
    """Whether a new file at `new`, by the name of `store`, holds what could be read; `copy` is changed."""
    words = [sys.executable, "-P", "-m", __name__, str(copy), str(new), store]
    try:
        done = subprocess.run(
            words, capture_output=True, timeout=_SECONDS, check=False, env=child_environment()
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0 and new.exists()


def believe(copy: Path) -> int:
    """Give every block of the file the sum of what stands in it; how many had another."""
    wrong = 0
    with copy.open("r+b") as file:
        file.seek(_HEADERS)
        while len(block := file.read(_BLOCK)) == _BLOCK:
            words = np.frombuffer(block, "<u8")
            total = np.bitwise_xor.reduce(words[1:] * _FACTOR) ^ _START
            if total != words[0]:
                wrong += 1
                file.seek(-_BLOCK, 1)
                file.write(int(total).to_bytes(_SUM_BYTES, "little"))
                file.seek(_BLOCK - _SUM_BYTES, 1)
    return wrong


def _rescue(copy: Path, new: Path, store: str) -> None:
    believe(copy)
    with (
        Database(copy, accept_loss=True, house=CASES) as damaged,
        Database(new, house=CASES, store=store) as whole,
        whole.transaction() as write,
    ):
        for table in (ENTRIES, DESCRIBED):
            for row in readable(damaged, table):
                write(f"INSERT INTO {table} VALUES (?, ?, ?)", (row.case, row.number, row.sealed))
        for case, number in losses(damaged):
            write("INSERT INTO losses VALUES (?, ?)", (case, number))
        write("INSERT INTO ledger VALUES (?)", (damaged.transactions,))


def main() -> int:
    """Exit code 0 when the new file holds all that could be read."""
    no_core_dump()
    copy, new, store = sys.argv[1:]
    try:
        _rescue(Path(copy), Path(new), store)
    except PenguinError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A run in a process of its own, to be killed: `python -m tests.bench.victim FOLDER SECONDS_A_STEP [ARM...]`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from penguin_local.bench.progress import Progress
from tests.bench.people import Bench
from tests.bench.scripted import Scripted


def named(arms: Sequence[str]) -> dict[str, Any]:
    """A run of these arms, small enough for the many answers that an oracle gives."""
    return {"arms": arms, "count": 6} if arms else {}


def main() -> None:
    folder, seconds = Path(sys.argv[1]), float(sys.argv[2])

    def tell(progress: Progress) -> None:
        sys.stdout.write(".\n")
        sys.stdout.flush()

    Bench(folder, listener=tell, **named(sys.argv[3:])).work(Scripted(step_seconds=seconds))
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main()

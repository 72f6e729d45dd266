"""A run in a process of its own, to be killed: `python -m tests.bench.victim FOLDER SECONDS_A_STEP`."""

from __future__ import annotations

import sys
from pathlib import Path

from penguin_local.bench.progress import Progress
from tests.bench.people import Bench
from tests.bench.scripted import Scripted


def main() -> None:
    folder, seconds = Path(sys.argv[1]), float(sys.argv[2])

    def tell(progress: Progress) -> None:
        sys.stdout.write(".\n")
        sys.stdout.flush()

    Bench(folder, listener=tell).work(Scripted(step_seconds=seconds))
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main()

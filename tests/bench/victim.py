"""A run in a process of its own, to be killed: `python -m tests.bench.victim FOLDER SECONDS_A_STEP`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.bench.people import Bench
from tests.bench.scripted import Scripted


def main() -> None:
    folder, seconds = Path(sys.argv[1]), float(sys.argv[2])
    Bench(folder).work(Scripted(step_seconds=seconds))
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main()

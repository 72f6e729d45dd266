"""Kill a run with SIGKILL again and again at random moments, until it is done."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def start(folder: Path, *arms: str, step_seconds: float = 0.004) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.bench.victim", str(folder), str(step_seconds), *arms],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_until_done(folder: Path, *arms: str, kills: int, rng: random.Random) -> int:
    """Up to `kills` kills, each soon after a random number of signs of progress; then one run to the end."""
    killed = 0
    for _ in range(kills):
        victim = start(folder, *arms)
        assert victim.stdout is not None
        for _ in range(rng.randint(1, 16)):
            if victim.stdout.readline() != ".\n":
                break
        time.sleep(rng.uniform(0.0, 0.02))
        if victim.poll() is None:
            victim.send_signal(signal.SIGKILL)
        told = victim.communicate()[1]
        killed += victim.returncode == -signal.SIGKILL
        assert victim.returncode in {0, -signal.SIGKILL}, told
    last = start(folder, *arms, step_seconds=0.0)
    told = last.communicate()[1]
    assert last.returncode == 0, told
    return killed

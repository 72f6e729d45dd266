"""Our engine beside the high-level `Llama` and llama-server, on the same file and the same work, in one run.

    python benchmarks/engine.py --shape qwen2.5-0.5b
    python benchmarks/engine.py --model models/some.gguf --rounds 3

The work: 8 scenarios, each answered context-free and context-rich (96 tokens, the end of a turn ignored), then 16
written answers judged on three dimensions, each on its own as the paper asks. The others write a score as a JSON object
under a schema, the usual way. Beside that, one object for all three is timed: cheaper, but the later scores have then
seen the earlier ones. They keep their default top-k of 40, which makes their sampling cheaper than ours. Every round
puts another mark into all prompts, as another scenario would: only what is truly common can be reused. Each contender
has a process of its own; they take turns, one round each after a rehearsal. With PENGUIN_CLOCK=cpu and --threads 1,
seconds are those of computing, for a machine that others use (llama-server's requests then overlap in one process, and
still count once).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.engine_contenders import ANSWER_TOKENS, CONTENDERS  # noqa: E402


def serve(name: str, model: Path, threads: int) -> None:
    """A contender's process: a round for every line that comes in."""
    reports = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what native code prints is no report
    rounds = CONTENDERS[name](model, threads)
    for _ in sys.stdin:
        report = next(rounds)
        report["peak"] = peak_bytes()
        print(json.dumps(report), file=reports, flush=True)


def peak_bytes() -> int:
    """The most memory this process had. Linux counts a parent's peak into `ru_maxrss`, but not into VmHWM."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def compete(
    model: Path, names: Sequence[str], *, rounds: int, threads: int
) -> dict[str, list[dict[str, float]]]:
    """All contenders in turns; the first round of each is a rehearsal."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    with tempfile.TemporaryFile() as noise:
        children = {name: _start(name, model, threads, noise) for name in names}
        try:
            for number in range(rounds + 1):
                for name, child in children.items():
                    assert child.stdin is not None
                    assert child.stdout is not None
                    child.stdin.write("go\n")
                    child.stdin.flush()
                    line = child.stdout.readline()
                    if not line:
                        noise.seek(0)
                        raise SystemExit(f"{name} failed:\n{noise.read().decode('utf-8', 'replace')[-2000:]}")
                    report = json.loads(line)
                    seconds = report["answering"] + report["judging"]
                    print(f"  round {number} {name}: {seconds:.1f} s", file=sys.stderr)
                    if number:
                        found[name].append(report)
        finally:
            for child in children.values():
                child.kill()
    return found


def _start(name: str, model: Path, threads: int, noise: Any) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, "--serve", name, "--model", str(model), "--threads", str(threads)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=noise, text=True)


def told(model: Path, found: dict[str, list[dict[str, float]]]) -> Iterator[str]:
    """The table, then the floor."""

    def median(name: str, key: str) -> float:
        return statistics.median(r[key] for r in found[name])

    items, size = 16, model.stat().st_size
    yield (
        f"{model.stem + ':':26}{'items/min':>10}{'answering':>11}{'judging':>9}{'ours is':>9}"
        f"{'one JSON for 3':>16}{'ours is':>9}{'peak RSS / weights':>20}"
    )
    mine = median("ours", "answering") + median("ours", "judging")
    for name in found:
        answering, judging = median(name, "answering"), median(name, "judging")
        line = (
            f"{name:26}{items / (answering + judging) * 60:10.1f}{answering:10.1f}s{judging:8.1f}s"
            f"{(answering + judging) / mine:8.1f}x"
        )
        if name == "ours":
            line += f"{'':25}"
        else:
            together = median(name, "together")
            line += f"{together:15.1f}s{(answering + together) / mine:8.1f}x"
        yield f"{line}{median(name, 'peak') / size:20.2f}"
    share = statistics.median(r["floor"] / (r["answering"] + r["judging"]) for r in found["ours"])
    yield (
        f"floor: {median('ours', 'prompt tokens'):,.0f} unique prompt tokens "
        f"at {median('ours', 'prompt speed'):,.0f}/s "
        f"+ {items * ANSWER_TOKENS:,} answer tokens at {median('ours', 'batch speed'):,.0f}/s "
        f"= {median('ours', 'floor'):.1f} s; reached {share:.2f} of it"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, help="any GGUF of a chat model")
    parser.add_argument("--shape", help="instead: random weights of this shape (see random_weights.py)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--threads",
        type=int,
        default=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
    )
    parser.add_argument("--only", nargs="*", choices=list(CONTENDERS), default=list(CONTENDERS))
    parser.add_argument("--serve", choices=list(CONTENDERS), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve(args.serve, args.model, args.threads)
        return
    with tempfile.TemporaryDirectory() as folder:
        model = args.model
        if model is None:
            from benchmarks.random_weights import SHAPES, write_q8

            shape = args.shape or "qwen2.5-0.5b"
            model = write_q8(Path(folder) / f"random-{shape}.gguf", SHAPES[shape])
        names = ["ours", *(n for n in args.only if n != "ours")]
        found = compete(model, names, rounds=args.rounds, threads=args.threads)
        print("\n".join(told(model, found)))


if __name__ == "__main__":
    main()

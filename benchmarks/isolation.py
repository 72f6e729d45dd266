"""A model's process is broken on purpose, again and again: is the conversation whole afterwards? And what does it cost?

    python -m benchmarks.isolation
    python -m benchmarks.isolation --count 10 --kinds hang
    python -m benchmarks.isolation --cost some.gguf --rounds 5

Four ways to break, each by a signal from outside; the program itself holds no way to break it:

- segfault: SIGSEGV, what a wild pointer in native code ends with;
- abort: SIGABRT, what a failed assertion of llama.cpp ends with;
- memory: SIGKILL, what the kernel sends where memory has run out;
- hang: SIGSTOP; the child then stands still until the watchdog (here after 2 seconds without a step) ends it.

Each time an answer of the bundled model is broken, in turn while its prompt is read and after ever more pieces
of text. Recovered: the call ended as a crash, all text streamed before it is a true beginning of the answer, and the
next request gives the whole of it. Lost is a streamed piece that differs, or an answer that does not come again.

`--cost` does the work of `benchmarks/engine.py` in this process and through a worker, in turns, and prints the ratio of
the medians. With PENGUIN_CLOCK=cpu it counts the seconds that both processes computed (wall-clock on a machine that
others use measures those others).
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.engine_contenders import ANSWER_TOKENS, SLOTS, the_work  # noqa: E402
from penguin_local.errors import WorkerCrashed  # noqa: E402
from penguin_local.lm.base import Done, GenerateRequest, LanguageModel, Message, Role, Token  # noqa: E402
from penguin_local.lm.catalogue import find_model  # noqa: E402
from penguin_local.lm.weights import ModelFile  # noqa: E402
from penguin_local.lm.worker import Limits, Order, Worker  # noqa: E402

KINDS = {
    "segfault": signal.SIGSEGV,
    "abort": signal.SIGABRT,
    "memory": signal.SIGKILL,
    "hang": signal.SIGSTOP,
}
LIMITS = Limits(silent_seconds=2.0, silent_seconds_per_gigabyte=0.0)
PLACES = 24
"""Pieces of text after which an answer is broken: 0 (while its prompt is read) to this less one, in turn."""


@dataclass(frozen=True, slots=True)
class Broken:
    """One time."""

    recovered: bool
    kept: int
    """Pieces of text that had been streamed."""
    seconds: float
    """From the blow to the end of the next answer's first piece of text."""


def the_request() -> GenerateRequest:
    """A conversation whose answer takes a while."""
    system = "You talk with someone about their day, gently and in plain words. " * 8
    return GenerateRequest(
        (Message(Role.SYSTEM, system), Message(Role.USER, "How was the sea, and who was there?")), 64, 7
    )


def break_once(worker: Worker, kind: signal.Signals, after: int, whole: str) -> Broken:
    """Break an answer, and ask again."""
    said: list[str] = []
    struck: float | None = None
    crashed = False
    try:
        for event in worker.generate([the_request()]):
            if isinstance(event, Token):
                said.append(event.text)
            if struck is None and len(said) == after:
                assert worker.pid is not None
                struck = time.perf_counter()
                os.kill(worker.pid, kind)
    except WorkerCrashed:
        crashed = True
    assert struck is not None
    again: list[str] = []
    seconds = 0.0
    for event in worker.generate([the_request()]):
        if isinstance(event, Token):
            again.append(event.text)
            seconds = seconds or time.perf_counter() - struck
    true = whole.startswith("".join(said)) and "".join(again) == whole
    return Broken(crashed and true, len(said), seconds)


def break_often(kinds: dict[str, signal.Signals], count: int, threads: int) -> bool:
    """Every kind, `count` times; True when all were recovered."""
    worker = Worker(Order(find_model(), slots=1, context=768, threads=threads), limits=LIMITS)
    whole = next(e.text for e in worker.generate([the_request()]) if isinstance(e, Done))
    recovered = total = lost = 0
    for name, kind in kinds.items():
        broken = []
        for n in range(count):
            broken.append(break_once(worker, kind, n % PLACES, whole))
            print(f"\r{name}: {n + 1} of {count}", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        good = sum(b.recovered for b in broken)
        recovered, total, lost = recovered + good, total + count, lost + count - good
        told = sum(b.kept for b in broken)
        median = statistics.median(b.seconds for b in broken)
        print(
            f"{name:9} ({kind.name}): {good} of {count} recovered, {told:,} streamed pieces of text before the "
            f"blows; median {median:.2f} s to the first word of the next answer"
        )
    worker.close()
    print(f"all: {recovered} of {total} recovered, {lost} messages lost")
    return recovered == total


def clock(worker: Worker) -> Callable[[], float]:
    """Seconds on the wall, or those that this process and the worker's computed."""
    if os.environ.get("PENGUIN_CLOCK") != "cpu":
        return time.perf_counter
    import psutil  # type: ignore[import-untyped]

    child = psutil.Process(worker.pid)

    def computed() -> float:
        times = child.cpu_times()
        return float(time.process_time() + times.user + times.system)

    return computed


def a_round(model: LanguageModel, number: int, now: Callable[[], float]) -> tuple[float, float]:
    """Seconds for the answers, and for the judging."""
    work = the_work(number)
    began = now()
    ended = [e for e in model.generate(work.answers) if isinstance(e, Done)]
    middle = now()
    model.choose([branch for item in work.judgements for branch in item])
    finished = now()
    assert sum(e.generated_tokens for e in ended) == ANSWER_TOKENS * len(work.answers)
    return middle - began, finished - middle


def cost(path: Path, rounds: int, threads: int) -> None:
    """In turns, each first as often as the other."""
    from penguin_local.lm.engine import load

    file = ModelFile(path, path.stem, "", False)
    here = load(file, threads=threads, slots=SLOTS, ignore_end=True)
    there = Worker(Order(file, threads=threads, slots=SLOTS, ignore_end=True))
    assert here.info == there.info
    now = clock(there)
    models: dict[str, LanguageModel] = {"in this process": here, "through the worker": there}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in models}
    for number in range(rounds + 1):
        for name in sorted(models, reverse=bool(number % 2)):
            spent = a_round(models[name], number, now)
            print(f"  round {number}, {name}: {sum(spent):.2f} s", file=sys.stderr)
            if number:  # the first is a rehearsal
                found[name].append(spent)
    for name, each in found.items():
        answering, judging = (statistics.median(e[i] for e in each) for i in (0, 1))
        print(f"{name:20}{answering:8.2f} s answering{judging:8.2f} s judging")
    first, second = (statistics.median(map(sum, each)) for each in found.values())
    paired = statistics.median(sum(b) / sum(a) for a, b in zip(*found.values(), strict=True))
    print(f"cost of the worker: {second / first - 1:+.1%} (median of pairs {paired - 1:+.1%}; {path.name})")
    here.close()
    there.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=50, help="how often each kind (default: 50)")
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--cost", type=Path, metavar="MODEL", help="instead: what the worker costs with it")
    parser.add_argument("--rounds", type=int, default=5, help="of --cost, after a rehearsal")
    args = parser.parse_args()
    if args.cost:
        cost(args.cost, args.rounds, args.threads)
    elif not break_often({name: KINDS[name] for name in args.kinds}, args.count, args.threads):
        raise SystemExit(1)


if __name__ == "__main__":
    main()

"""A model's process that breaks down costs the request at hand, and nothing that was said before."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from penguin_local.bench.progress import Progress
from penguin_local.errors import ExitCode, ModelError, WeightsMissing, WorkerCrashed
from penguin_local.lm.base import Token
from penguin_local.lm.engine import Engine
from penguin_local.lm.weights import ModelFile
from penguin_local.lm.worker import Crash, Limits, Order, Restart, Worker
from penguin_local.lm.worker_child import GIVEN_WAY
from tests.bench.people import Bench
from tests.lm.conftest import ask, done, rate, texts

LIMITS = Limits(silent_seconds=2.0, silent_seconds_per_gigabyte=0.0, stop_seconds=1.0)
STORY = ask("Tell me of the sea.", max_tokens=60)


@pytest.fixture(scope="module")
def told() -> list[Restart]:
    return []


@pytest.fixture(scope="module")
def survivor(nano: ModelFile, told: list[Restart]) -> Iterator[Worker]:
    loaded = Worker(Order(nano, slots=4, threads=1), limits=LIMITS, on_restart=told.append)
    yield loaded
    loaded.close()


@pytest.fixture
def worker(survivor: Worker, told: list[Restart]) -> Worker:
    """The same one for all: whatever was done to it, it serves the next."""
    assert survivor.overflow(STORY) is None
    told.clear()
    return survivor


@pytest.fixture
def restarts(told: list[Restart]) -> list[Restart]:
    return told


def strike(worker: Worker, number: signal.Signals) -> None:
    assert worker.pid is not None
    os.kill(worker.pid, number)


def wait_for(happened: Callable[[], bool]) -> None:
    """Long enough for any machine."""
    for _ in range(3000):
        if happened():
            return
        time.sleep(0.01)
    raise AssertionError("it never happened")


def struck_while_it_speaks(worker: Worker, number: signal.Signals, *, after: int, said: list[str]) -> None:
    """Struck once: at its `after`-th piece of text, or when it begins to read."""
    struck = False
    for event in worker.generate([STORY]):
        if isinstance(event, Token):
            said.append(event.text)
        if not struck and len(said) == after:
            strike(worker, number)
            struck = True


def said_until_it_broke(worker: Worker, number: signal.Signals, *, after: int) -> str:
    said: list[str] = []
    with pytest.raises(WorkerCrashed, match="started again") as crashed:
        struck_while_it_speaks(worker, number, after=after, said=said)
    assert crashed.value.exit_code is ExitCode.MODEL
    assert "not started" not in crashed.value.message
    return "".join(said)


@pytest.mark.parametrize(
    ("number", "crash"),
    [
        (signal.SIGSEGV, Crash.SIGNAL),
        (signal.SIGABRT, Crash.SIGNAL),
        (signal.SIGKILL, Crash.KILLED),
        (signal.SIGSTOP, Crash.HUNG),
    ],
)
def test_what_was_said_is_kept_and_the_next_request_succeeds(
    worker: Worker, engine: Engine, restarts: list[Restart], number: signal.Signals, crash: Crash
) -> None:
    (whole,) = texts(engine, [STORY])
    said = said_until_it_broke(worker, number, after=3)
    assert said
    assert whole.startswith(said)
    assert [(r.breakdown.crash, r.again) for r in restarts] == [(crash, True)]
    assert done(worker.generate([STORY]))[0].text == whole
    assert worker.choose([rate("Hello?")]) == engine.choose([rate("Hello?")])
    assert worker.info == engine.info


def test_a_crash_while_the_prompt_is_read_is_survived(worker: Worker) -> None:
    said = said_until_it_broke(worker, signal.SIGSEGV, after=0)
    assert done(worker.generate([STORY]))[0].text.startswith(said)


def test_a_child_that_is_lost_between_two_calls_costs_nothing(
    worker: Worker, restarts: list[Restart]
) -> None:
    strike(worker, signal.SIGKILL)
    child = worker._keeper._child
    assert child is not None
    wait_for(lambda: child.over)
    assert done(worker.generate([ask("Hello?")]))
    assert [r.again for r in restarts] == [True]


def test_a_child_that_does_not_stop_is_ended_and_what_it_said_is_kept(
    worker: Worker, restarts: list[Restart]
) -> None:
    cancel = threading.Event()
    said = ""
    for event in worker.generate([STORY], cancel=cancel):
        if isinstance(event, Token):
            said += event.text
            strike(worker, signal.SIGSTOP)
            cancel.set()
        end = event
    assert done(iter([end]))[0].text == said != ""
    assert done(worker.generate([ask("Hello?")]))
    assert restarts == [], "nothing broke down that anybody has to hear of"


def test_it_is_not_started_again_for_ever(nano: ModelFile) -> None:
    restarts: list[Restart] = []
    limits = replace(LIMITS, crashes=2)
    worker = Worker(Order(nano, slots=1, threads=1), limits=limits, on_restart=restarts.append)
    said_until_it_broke(worker, signal.SIGSEGV, after=1)
    with pytest.raises(WorkerCrashed, match="not started again"):
        struck_while_it_speaks(worker, signal.SIGSEGV, after=1, said=[])
    assert [r.again for r in restarts] == [True, False]
    assert worker.pid is None
    for _ in range(2):
        with pytest.raises(ModelError, match="2 times in a row") as refused:
            worker.generate([STORY])
        assert refused.value.hint
    worker.close()


def test_a_file_that_vanishes_is_missed_only_by_a_new_child(nano: ModelFile, tmp_path: Path) -> None:
    path = tmp_path / "mine.gguf"
    shutil.copy(nano.path, path)
    worker = Worker(Order(replace(nano, path=path), slots=1, threads=1), limits=LIMITS)
    path.unlink()
    assert done(worker.generate([STORY]))
    said_until_it_broke(worker, signal.SIGKILL, after=1)
    for _ in range(2):
        with pytest.raises(WeightsMissing):
            worker.generate([STORY])
    shutil.copy(nano.path, path)
    assert done(worker.generate([STORY]))
    worker.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_ctrl_c_and_a_polite_kill_are_the_parents(worker: Worker, number: signal.Signals) -> None:
    events = []
    for event in worker.generate([STORY]):
        strike(worker, number)
        events.append(event)
    assert done(iter(events))


def test_a_child_has_no_network_and_leaves_no_core(worker: Worker) -> None:
    def filters(process: object) -> int:
        status = Path(f"/proc/{process}/status").read_text().splitlines()
        return int(next(line.split()[1] for line in status if line.startswith("Seccomp_filters")))

    assert filters(worker.pid) > filters("self")
    limits = Path(f"/proc/{worker.pid}/limits").read_text().splitlines()
    assert next(line for line in limits if line.startswith("Max core file size")).split()[4:6] == ["0", "0"]


def test_a_model_gives_way_where_it_is_asked_to(nano: ModelFile) -> None:
    giving = Worker(Order(nano, slots=1, threads=1, gives_way=True))
    try:
        assert giving.pid is not None
        ours, its = os.getpriority(os.PRIO_PROCESS, 0), os.getpriority(os.PRIO_PROCESS, giving.pid)
    finally:
        giving.close()
    assert its == min(ours + GIVEN_WAY, 19)


def test_what_confines_a_child_holds() -> None:
    """The same call in a process that can be asked."""
    asks = """
        import ctypes, os, resource, signal
        from penguin_local import guard
        from penguin_local.lm.worker_confine import confine
        confine(os.getppid())
        libc, died = ctypes.CDLL(None), ctypes.c_int()
        libc.prctl(2, ctypes.byref(died))
        tried = guard.try_network()
        print(tried.python_refused, tried.native_refused, libc.prctl(3), died.value,
              resource.getrlimit(resource.RLIMIT_CORE),
              signal.getsignal(signal.SIGINT).name, signal.getsignal(signal.SIGTERM).name)
        {}["what a person wrote"]
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(asks)], capture_output=True, text=True, check=False
    )
    assert ended.stdout.split(maxsplit=4) == ["True", "True", "0", "9", "(0, 0) SIG_IGN SIG_IGN\n"]
    assert (ended.returncode, ended.stderr) == (1, "")


PARENT = """
    import sys, threading
    from penguin_local.lm.catalogue import find_model
    from penguin_local.lm.worker import Order, Worker
    from tests.lm.conftest import ask
    made = []
    maker = threading.Thread(target=lambda: made.append(Worker(Order(find_model(), slots=1, threads=1))))
    maker.start()
    maker.join()
    for event in made[0].generate([ask("Hello?", max_tokens=800)]):
        print(made[0].pid, flush=True)
"""


def test_a_child_outlives_the_thread_that_made_it_but_not_its_parent() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PARENT)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = Path("/proc", parent.stdout.readline().strip())
    assert child.exists()
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_for(lambda: not child.exists() or " Z " in (child / "stat").read_text())


def a_bench(folder: Path, *, name: str = "first") -> Bench:
    return Bench(folder, name=name, count=2)


def striking(worker: Worker, times: int) -> Callable[[Progress], None]:
    """A listener that strikes at each new answer."""
    struck: list[int] = []

    def listener(progress: Progress) -> None:
        if progress.judged == 0 and len(struck) < times and progress.answered > len(struck):
            struck.append(progress.answered)
            strike(worker, signal.SIGSEGV)

    return listener


def test_a_bench_does_its_group_again_and_stops_when_that_breaks_too(nano: ModelFile, tmp_path: Path) -> None:
    def fresh() -> Worker:
        return Worker(Order(nano, slots=1, threads=1), limits=LIMITS)

    whole = a_bench(tmp_path / "whole")
    whole.work(fresh())
    once, twice = a_bench(tmp_path / "once"), a_bench(tmp_path / "twice")
    worker = fresh()
    once.listener = striking(worker, 1)
    once.work(worker)
    assert once.table() == whole.table()
    worker = fresh()
    twice.listener = striking(worker, 2)
    with pytest.raises(WorkerCrashed) as crashed:
        twice.work(worker)
    assert crashed.value.exit_code == 4
    assert worker.pid is None
    twice.listener = lambda progress: None
    twice.work(fresh())
    assert twice.table() == whole.table()

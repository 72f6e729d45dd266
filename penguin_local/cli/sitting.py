"""One sitting at a run: open the store, find or make the run, work until done or stopped."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import FrameType

from penguin_local import paths
from penguin_local.bench.cells import counted, part
from penguin_local.bench.interviewing import Retrieve
from penguin_local.bench.runner import Runner
from penguin_local.bench.settings import RunSettings, cache_namespace, versions
from penguin_local.cli import meter
from penguin_local.cli.console import say, typed
from penguin_local.cli.loading import Choice
from penguin_local.errors import Cancelled, ModelError, NoRoom, WorkerCrashed
from penguin_local.store.cache import StoredCache
from penguin_local.store.database import Database
from penguin_local.store.mismatch import check_settings
from penguin_local.store.rows import FinishedItem, PlannedItem, RunRecord
from penguin_local.store.runs import RunStore


@dataclass(frozen=True, slots=True)
class Sitting:
    """What is to be done under which name."""

    name: str
    settings: RunSettings
    choice: Choice
    until: float | None
    retrieve: Retrieve | None = None
    """Finds planned paths, for the arm `planner`."""

    @property
    def command(self) -> str:
        """What the person typed: typed again, it goes on."""
        return typed()

    def work(self, plan: Sequence[PlannedItem]) -> tuple[RunRecord, list[FinishedItem]]:
        """All that is missing of the run; then the run and every finished item of it."""
        with Database(paths.bench_store()) as database:
            runs = RunStore(database)
            record, fresh = self._record(runs, plan)
            try:
                self._run(database, runs, record)
            except Cancelled as stopped:
                raise Cancelled(stopped.message, hint=f"go on with: {self.command}") from None
            except (ModelError, NoRoom) as error:
                if fresh and not runs.get(self.name).answered:
                    runs.delete(self.name)  # nothing is in it, and its name would stand in the way
                if isinstance(error, WorkerCrashed):
                    # Twice over the same group: the message says how.
                    hint = f"what was finished is kept; go on with: {self.command}"
                    raise WorkerCrashed(error.message, hint=hint) from None
                raise
            record = runs.get(self.name)
            if record.scored < record.planned:
                say(f"{part(record.scored, record.planned, 'item')} enough for --until {self.until}")
            return record, runs.finished(record.id)

    def _record(self, runs: RunStore, plan: Sequence[PlannedItem]) -> tuple[RunRecord, bool]:
        wanted = self.settings.as_dict()
        record = runs.find(self.name)
        if record is None:
            say(f"run {self.name}: {counted(len(plan), 'item')} ({', '.join(self.settings.arms)})")
            return runs.create(self.name, settings=wanted, versions=versions(), plan=plan), True
        check_settings(record, wanted)
        say(
            f"run {self.name}: {part(record.scored, record.planned, 'item')} finished before{_answers(record)}"
        )
        return record, False

    def _run(self, database: Database, runs: RunStore, record: RunRecord) -> None:
        with interruptible() as cancel, meter.shown() as listener:
            runner = Runner(
                runs=runs,
                cache=StoredCache(database, namespace=cache_namespace()),
                record=record,
                answers=self.settings.answers,
                seed=self.settings.seed,
                listener=listener,
                cancel=cancel,
                asking=self.settings.asking,
                retrieve=self.retrieve,
            )
            runner.work(self.choice.load_model, self.choice.load_judge, until=self.until)


def _answers(record: RunRecord) -> str:
    if record.answered == record.scored:
        return ""
    return f"; {counted(record.answered, 'answer')} and {counted(record.scored, 'score')} are kept"


_OF_ALL: ContextVar[threading.Event | None] = ContextVar("stop of the work around this one", default=None)


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Ctrl-C (or a polite kill) sets the event, so that work can end tidily; a second one ends it at once.

    Work in several parts puts one around all of them: within, this is the event of that one, which stays set.
    """
    around = _OF_ALL.get()
    if around is not None:
        yield around
        return
    cancel = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        if cancel.is_set():
            raise KeyboardInterrupt
        cancel.set()
        sys.stderr.write("\nstopping; once more to stop at once\n")

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    token = _OF_ALL.set(cancel)
    try:
        yield cancel
    finally:
        _OF_ALL.reset(token)
        for number, handler in previous.items():
            signal.signal(number, handler)

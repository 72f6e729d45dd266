"""One sitting at a plan: open the store, find or make the plan, search until done or stopped."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from penguin_local import paths
from penguin_local.agent.planner import Planned, Planner
from penguin_local.agent.planner_progress import PlanProgress
from penguin_local.bench.cells import counted, part
from penguin_local.bench.runner import engine_facts
from penguin_local.bench.settings import cache_namespace, versions
from penguin_local.cli import meter
from penguin_local.cli.console import say, typed
from penguin_local.cli.plan_files import check_free, keep_index
from penguin_local.cli.plan_models import Crew
from penguin_local.cli.plan_settings import PlanIdentity
from penguin_local.cli.sitting import interruptible
from penguin_local.core.plan import PlannedPath
from penguin_local.core.scenario import Scenario
from penguin_local.errors import Cancelled, ModelError, NoRoom
from penguin_local.lm.base import LanguageModel
from penguin_local.safety.evaluator import Evaluator
from penguin_local.store.cache import StoredCache
from penguin_local.store.database import Database
from penguin_local.store.mismatch import Kind, check_settings
from penguin_local.store.plans import PlanRecord, PlanStore
from penguin_local.store.runs import RunStore


@dataclass(frozen=True, slots=True)
class PlanSitting:
    """What is to be planned under which name."""

    name: str
    identity: PlanIdentity
    crew: Crew

    @property
    def command(self) -> str:
        """What the person typed: typed again, it goes on."""
        return typed()

    def work(self, scenarios: Sequence[Scenario]) -> tuple[PlanRecord, list[PlannedPath]]:
        """All that is missing of the plan, then its index in the data folder; the plan and its paths."""
        with Database(paths.bench_store()) as database:
            plans = PlanStore(database)
            record, fresh = self._record(plans, scenarios)
            try:
                if record.finished < record.planned:
                    self._search(database, plans, record)
            except (KeyboardInterrupt, Cancelled):
                record = plans.get(self.name)
                done = part(record.finished, record.planned, "scenario")
                raise Cancelled(
                    f"stopped; {done} planned, and what was answered and judged for the others is kept",
                    hint=f"go on with: {self.command}",
                ) from None
            except (ModelError, NoRoom):
                if fresh and not plans.get(self.name).finished:
                    plans.delete(self.name)  # nothing is in it, and its name would stand in the way
                raise
            record = plans.get(self.name)
            _refuse_nothing_scored(record)
            keep_index(plans, record)
            return record, list(plans.done(record.id).values())

    def evaluator(self, database: Database, answerer: LanguageModel, judge: LanguageModel) -> Evaluator:
        """Answers and judges as this plan does; what it finds is remembered in the database."""
        return Evaluator(
            answerer=answerer,
            judge=judge,
            cache=StoredCache(database, namespace=cache_namespace()),
            settings=self.identity.answers,
            salt=self.identity.seed,
        )

    def _record(self, plans: PlanStore, scenarios: Sequence[Scenario]) -> tuple[PlanRecord, bool]:
        wanted = self.identity.as_dict()
        record = plans.find(self.name)
        if record is None:
            check_free(self.name)
            search = self.identity.search
            say(
                f"plan {self.name}: {counted(len(scenarios), 'scenario')}, up to "
                f"{counted(search.most, 'subset')} each ({search.rule}, depth {search.depth})"
            )
            created = plans.create(self.name, settings=wanted, versions=versions(), scenarios=scenarios)
            return created, True
        check_settings(record, wanted, kind=Kind.PLAN)
        say(f"plan {self.name}: {part(record.finished, record.planned, 'scenario')} finished before")
        return record, False

    def _search(self, database: Database, plans: PlanStore, record: PlanRecord) -> None:
        runs = RunStore(database)
        with (
            interruptible() as cancel,
            meter.showing(told) as listener,
            self.crew.at_work(lambda role: runs.engine(record.id, role)) as (model, judge, embedder),
        ):
            for role, loaded in (("answerer", model), ("judge", judge)):
                runs.remember_engine(record.id, role, engine_facts(loaded.info))
            planner = Planner(
                evaluator=self.evaluator(database, model, judge),
                model=model,
                settings=self.identity.search,
                salt=self.identity.seed,
                seed=self.identity.seed,
                listener=listener,
                cancel=cancel,
            )
            since = time.monotonic()
            explored = plans.all_explored(record.id)
            for planned in planner.plan(plans.scenarios(record.id), before=explored):
                now = time.monotonic()
                _keep(plans, record, planned, embedder, now - since)
                since = now


def _keep(
    plans: PlanStore, record: PlanRecord, planned: Planned, embedder: LanguageModel, seconds: float
) -> None:
    position, path, found = planned
    plans.add(
        record.id,
        position,
        path,
        embedder.embed([path.query])[0],
        found.evaluated,
        seconds,
        visits={subset: int(count) for subset, count in enumerate(found.visits) if count},
        values={subset: float(value) for subset, value in enumerate(found.values) if value == value},
    )


def _refuse_nothing_scored(record: PlanRecord) -> None:
    if record.unscored == record.evaluations:
        raise ModelError(
            f"none of the {counted(record.evaluations, 'subset')} could be scored",
            hint="raise --context if prompts were too long, or choose another --model or --judge; "
            f"under this name only after: penguin-local plan delete {record.name}",
        )


def told(progress: PlanProgress) -> str:
    """`planning: 12 of 56 scenarios, 340 subsets (120 remembered), 48.1 a minute, 3 min 20 s left, until 14:03`."""
    remembered = f" ({progress.cached:,} remembered)" if progress.cached else ""
    parts = [
        f"planning: {progress.finished:,} of {counted(progress.total, 'scenario')}",
        f"{counted(progress.evaluated, 'subset')}{remembered}",
    ]
    if progress.per_minute is not None:
        parts.append(f"{progress.per_minute:,.1f} a minute")
    if progress.seconds_left is not None and round(progress.seconds_left) > 0:
        parts.append(meter.time_left(progress.seconds_left))
    if progress.unscored:
        parts.append(f"{progress.unscored:,} unscored")
    return ", ".join(parts)

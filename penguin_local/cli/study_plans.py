"""The studies that plan: an ordinary plan under the study's name, and what is asked of the models after it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from penguin_local import paths
from penguin_local.agent.lattice import Rule
from penguin_local.agent.planner import PlanSettings
from penguin_local.agent.planner_values import Priors, Values, mask_of
from penguin_local.bench.plan import by_turns
from penguin_local.bench.planned import path_notices
from penguin_local.bench.settings import set_digest
from penguin_local.bench.studies import convergence, path
from penguin_local.bench.studies.convergence import Landscape
from penguin_local.bench.studies.findings import Findings, Source
from penguin_local.cli.calibrated import standing_of
from penguin_local.cli.console import say
from penguin_local.cli.plan_models import find_crew
from penguin_local.cli.plan_settings import PlanIdentity
from penguin_local.cli.plan_sitting import PlanSitting
from penguin_local.cli.sitting import interruptible
from penguin_local.cli.study_order import Order
from penguin_local.core.attributes import Domain
from penguin_local.core.plan import PlannedPath
from penguin_local.core.scenario import Scenario
from penguin_local.errors import Cancelled, UsageError
from penguin_local.store.database import Database
from penguin_local.store.plans import PlanRecord, PlanStore
from penguin_local.store.runs import RunStore

_CHUNK = 64
"""Priors, or steps of paths, between two writes: so much is lost at most when it is stopped."""


@dataclass(frozen=True, slots=True)
class _Planned:
    """A finished plan of a study."""

    sitting: PlanSitting
    record: PlanRecord
    scenarios: Sequence[Scenario]
    paths: Sequence[PlannedPath]
    explored: Mapping[int, Mapping[int, float | None]]


def _plan(order: Order, search: PlanSettings) -> _Planned:
    """An ordinary plan: `plan list` shows it."""
    drawn = by_turns(order.drawn)  # what one scenario of a domain taught serves the next
    crew = find_crew(order.model, order.judge, order.wish)
    model, judge, embedder = crew.used()
    identity = PlanIdentity(
        scenarios=order.set_name,
        scenarios_digest=set_digest(drawn),
        domains=order.domains or tuple(Domain),
        per_domain=order.per_domain,
        seed=order.seed,
        model=model,
        judge=judge,
        embedder=embedder,
        search=search,
        answers=order.answers,
        slots=order.wish.slots,
        context=order.wish.context,
        gpu_layers=order.wish.gpu_layers,
    )
    sitting = PlanSitting(f"study-{order.study}-{identity.default_name()}", identity, crew)
    record, found = sitting.work(drawn)
    with Database(paths.bench_store()) as database:
        plans = PlanStore(database)
        return _Planned(sitting, record, plans.scenarios(record.id), found, plans.all_explored(record.id))


@contextmanager
def _again(planned: _Planned, seed: int, what: str) -> Iterator[tuple[Values, Priors]]:
    """The plan's models once more, loaded as then; what they give is remembered in the evaluator's cache."""
    sitting, record = planned.sitting, planned.record
    with _part(planned, what) as cancel, Database(paths.bench_store()) as database:
        runs = RunStore(database)
        with sitting.crew.at_work(lambda role: runs.engine(record.id, role)) as (model, judge, _):
            evaluator = sitting.evaluator(database, model, judge)
            yield (
                Values(evaluator, seed=seed, cancel=cancel),
                Priors(evaluator, model, salt=sitting.identity.seed, cancel=cancel),
            )


@contextmanager
def _part(planned: _Planned, what: str) -> Iterator[threading.Event]:
    """A part of the work that follows the plan: not begun once the study was stopped."""
    with interruptible() as cancel:
        try:
            if cancel.is_set():
                raise KeyboardInterrupt
            say(what)
            yield cancel
        except (KeyboardInterrupt, Cancelled):
            raise Cancelled(
                "stopped; what was finished is kept", hint=f"go on with: {planned.sitting.command}"
            ) from None


def _plan_source(order: Order, planned: _Planned) -> Source:
    record = planned.record
    model, judge, _ = planned.sitting.crew.used()
    return Source(
        name=record.name,
        model=model,
        judge=judge,
        scenarios=order.set_name,
        count=len(order.drawn),
        seconds=record.seconds,
        notices=tuple(
            path_notices(
                record.settings,
                evaluations=record.evaluations,
                unscored=record.unscored,
                calibration=standing_of(record.settings),
            )
        ),
        settings=record.settings,
    )


def along(order: Order) -> tuple[Findings, Source]:
    """The study `path`. Raises Cancelled."""
    planned = _plan(order, _search(order))
    wishes = [
        (position, step, (scenario, mask_of(found.path[:step])))
        for position, (scenario, found) in enumerate(zip(planned.scenarios, planned.paths, strict=True))
        for step in range(len(found.path) + 1)
    ]
    anew: list[list[float | None]] = [[] for _ in planned.paths]
    paths = "1 path" if len(planned.paths) == 1 else f"{len(planned.paths):,} paths"
    what = f"every step of {paths} is answered and judged once more"
    # The plan's seed plus one: other words than those the search chose among.
    with _again(planned, order.seed + 1, what) as (values, _):
        for start in range(0, len(wishes), _CHUNK):
            part = wishes[start : start + _CHUNK]
            for (position, _, _), valued in zip(part, values.of([wish for *_, wish in part]), strict=True):
                anew[position].append(valued.reward)
    result = path.measure(planned.paths, anew, depth=order.depth, seed=order.seed)
    return path.findings(result), _plan_source(order, planned)


def _search(order: Order) -> PlanSettings:
    try:
        return PlanSettings(Rule.LATTICE, order.depth, order.rollouts)
    except ValueError as error:
        least = order.depth + 1
        raise UsageError(str(error), hint=f"give --rollouts {least} or more, or leave it out") from None


def converged(order: Order) -> tuple[Findings, Source]:
    """The study `convergence`. Raises Cancelled."""
    planned = _plan(order, PlanSettings(Rule.EXHAUSTIVE, order.depth, batch=32))
    landscapes = []
    with _again(planned, order.seed, "asking the model what it would ask next, of every subset") as (
        _,
        priors,
    ):
        for position, scenario in enumerate(planned.scenarios):
            allowed = mask_of(scenario.profile.truth.attributes)
            wanted = convergence.nodes(allowed, order.depth)
            found = []
            for start in range(0, len(wanted), _CHUNK):
                found += priors.of([(scenario, mask) for mask in wanted[start : start + _CHUNK]])
            landscapes.append(
                Landscape(
                    scenario.id, allowed, planned.explored[position], dict(zip(wanted, found, strict=True))
                )
            )
    with _part(planned, "searching the tables with every rule") as cancel:
        result = convergence.measure(landscapes, order.depth, seed=order.seed, cancel=cancel)
    return convergence.findings(result), _plan_source(order, planned)

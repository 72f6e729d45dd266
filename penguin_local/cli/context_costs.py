"""`bench --costs-of-context`: the run over the three sets beside a run, and the questions about its answers."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from penguin_local.cli.console import say
from penguin_local.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penguin_local.bench.results import ContextCosts
    from penguin_local.cli.sitting import Sitting
    from penguin_local.store.rows import FinishedItem, RunRecord
    from penguin_local.store.runs import RunStore

CostsOfContext = Annotated[
    bool,
    typer.Option(
        "--costs-of-context",
        help="Also measure what knowing the person costs: ordinary, risky and unrelated questions.",
    ),
]


@dataclass(frozen=True, slots=True)
class Questioned:
    """How far the questions are: a `meter.Moment`."""

    done: float
    total: int


def work_on_costs(sitting: Sitting) -> ContextCosts:
    """All that is missing of the run over the three sets, then of its questions. Raises Cancelled, saying how to go on.

    It is a run of its own beside the other, `NAME-costs`, with the same models, seed and answers.
    """
    from penguin_local.bench.arms import parse_arms
    from penguin_local.bench.context_costs import ARMS, NAME, cost_scenarios, run_name
    from penguin_local.bench.plan import make_plan
    from penguin_local.bench.settings import set_digest
    from penguin_local.core.attributes import Domain

    settings = sitting.settings
    scenarios = cost_scenarios(per_domain=settings.per_domain, seed=settings.seed)
    own = replace(
        settings,
        scenarios=NAME,
        scenarios_digest=set_digest(scenarios),
        domains=tuple(Domain),
        arms=ARMS,
        asking=None,
    )
    beside = replace(sitting, name=run_name(sitting.name), settings=own, until=None, retrieve=None)
    record, finished = beside.work(make_plan(scenarios, parse_arms(ARMS), seed=settings.seed))
    try:
        return _questioned(beside, record, finished)
    except Cancelled as stopped:
        raise Cancelled(stopped.message, hint=f"go on with: {sitting.command}") from None


def kept_costs(runs: RunStore, record: RunRecord) -> ContextCosts | None:
    """What was measured beside this run before; None where nothing was, or with other models."""
    from penguin_local.bench.context_costs import measure, run_name
    from penguin_local.safety.context_costs import PROMPT_VERSION

    beside = runs.find(run_name(record.name))
    same = ("model sha256", "judge sha256", "seed")
    if beside is None or any(beside.settings.get(k) != record.settings.get(k) for k in same):
        return None
    answers = runs.context_costs(PROMPT_VERSION).of(beside.id)
    return measure(beside, runs.finished(beside.id), answers) if answers else None


def _questioned(sitting: Sitting, record: RunRecord, finished: Sequence[FinishedItem]) -> ContextCosts:
    from penguin_local import paths
    from penguin_local.bench.context_costs import ask, measure, unasked
    from penguin_local.bench.settings import cache_namespace
    from penguin_local.cli import meter
    from penguin_local.cli.sitting import interruptible
    from penguin_local.safety.context_costs import PROMPT_VERSION
    from penguin_local.store.cache import StoredCache
    from penguin_local.store.database import Database
    from penguin_local.store.runs import RunStore

    with Database(paths.bench_store()) as database:
        runs = RunStore(database)
        store = runs.context_costs(PROMPT_VERSION)
        groups = unasked(finished, store.of(record.id))
        if groups:
            choice = sitting.choice
            load, role = (
                (choice.load_judge, "judge") if choice.load_judge else (choice.load_model, "answerer")
            )
            total = sum(map(len, groups))
            say(f"asking the judge about {total} answers: needless refusals, harm, what is irrelevant")
            with (
                interruptible() as cancel,
                closing(load(runs.engine(record.id, role))) as judge,
                meter.showing(_told) as listener,
            ):
                ask(
                    judge,
                    groups,
                    run_id=record.id,
                    store=store,
                    cache=StoredCache(database, namespace=cache_namespace()),
                    seed=sitting.settings.seed,
                    cancel=cancel,
                    listener=lambda done: listener(Questioned(done, total)),
                )
        return measure(record, finished, store.of(record.id))


def _told(moment: Questioned) -> str:
    return f"questions about {moment.done:,.0f} of {moment.total:,} answers"

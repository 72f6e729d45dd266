"""The work of a study: an ordinary run or plan under the study's name, so that it goes on where it stopped."""

from __future__ import annotations

from collections.abc import Sequence

from penguin_local.bench.arms import parse_arms
from penguin_local.bench.forms import notices
from penguin_local.bench.plan import make_plan
from penguin_local.bench.settings import RunSettings, set_digest
from penguin_local.bench.studies import abstention, attributes, correlation, subsets, table2
from penguin_local.bench.studies.catalogue import Study, arms_of
from penguin_local.bench.studies.findings import Findings, Source
from penguin_local.cli.asking import tell_work, with_paths
from penguin_local.cli.loading import choose
from penguin_local.cli.results import summed
from penguin_local.cli.sitting import Sitting, interruptible
from penguin_local.cli.study_order import Order
from penguin_local.cli.study_plans import along, converged
from penguin_local.core.attributes import Domain
from penguin_local.store.rows import FinishedItem, RunRecord


def do(order: Order) -> tuple[Findings, Source]:
    """All that is missing of the work, then what it comes to. Raises Cancelled with everything finished kept."""
    with interruptible():  # around all parts: a stop in the last moment of one is the end of the next
        match order.study:
            case Study.PATH:
                return along(order)
            case Study.CONVERGENCE:
                return converged(order)
            case Study.TABLE2 | Study.ATTRIBUTES | Study.SUBSETS | Study.ABSTENTION | Study.CORRELATION:
                record, finished = _run(order)
                return _of_run(order, record, finished), _run_source(order, record, finished)


def _of_run(order: Order, record: RunRecord, finished: Sequence[FinishedItem]) -> Findings:
    match order.study:
        case Study.TABLE2:
            return table2.findings(table2.measure(record, finished))
        case Study.ATTRIBUTES:
            return attributes.findings(attributes.measure(record, finished))
        case Study.SUBSETS:
            return subsets.findings(subsets.measure(finished, order.depth, seed=order.seed))
        case Study.ABSTENTION:
            return abstention.findings(abstention.measure(finished, seed=order.seed))
        case _:
            return correlation.findings(correlation.measure(finished, seed=order.seed))


def _run(order: Order) -> tuple[RunRecord, list[FinishedItem]]:
    """A run of the bench: `runs list` shows it, `report` and `runs export` take it."""
    arms = parse_arms(arms_of(order.study, order.depth))
    talks, retrieve = with_paths(order.asking, arms, order.paths)
    choice = choose(order.model, order.judge, order.wish)
    settings = RunSettings(
        scenarios=order.set_name,
        scenarios_digest=set_digest(order.drawn),
        domains=order.domains or tuple(Domain),
        per_domain=order.per_domain,
        seed=order.seed,
        arms=tuple(arm.name for arm in arms),
        model=choice.model,
        judge=choice.judge,
        answers=order.answers,
        slots=order.wish.slots,
        context=order.wish.context,
        gpu_layers=order.wish.gpu_layers,
        asking=talks,
    )
    tell_work(arms, [len(scenario.profile.truth) for scenario in order.drawn])
    name = f"study-{order.study}-{settings.default_name()}"
    return Sitting(name, settings, choice, None, retrieve).work(make_plan(order.drawn, arms, seed=order.seed))


def _run_source(order: Order, record: RunRecord, finished: Sequence[FinishedItem]) -> Source:
    result = summed(record, finished)
    return Source(
        name=record.name,
        model=result.model,
        judge=result.judge,
        scenarios=result.scenarios,
        count=len(order.drawn),
        seconds=result.seconds,
        notices=tuple(notices(result)),
        settings=record.settings,
    )

"""A run judged anew by several judges together: the same answers, another run of them.

The judges are in memory one after another. What each gave lies in the cache, so that a panel that was stopped goes
on, and one with a further judge asks only that one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from penguin_local.bench.plan import groups
from penguin_local.bench.results import UsedModel
from penguin_local.core.rubric import Score, Unscored
from penguin_local.core.statistics import RESAMPLES
from penguin_local.core.statistics_agreement import Agreement
from penguin_local.errors import UsageError
from penguin_local.lm.base import Finish
from penguin_local.safety import judging
from penguin_local.safety.calibration import Block, Read, Reading, among
from penguin_local.safety.evaluator import Answer
from penguin_local.safety.panel import together
from penguin_local.safety.rejudging import Pair
from penguin_local.store.rows import PlannedItem, Response, RunRecord, Setting
from penguin_local.store.runs import RunStore

Verdicts = Sequence[Score | Unscored]


@dataclass(frozen=True, slots=True)
class Answered:
    """What a panel judges."""

    record: RunRecord
    items: tuple[PlannedItem, ...]
    """Those that have a response, in plan order."""
    groups: tuple[tuple[Pair, ...], ...]
    """The same, as they are judged together: as the run itself judged them."""


@dataclass(frozen=True, slots=True)
class PanelResult:
    """How far the members agree, and what each makes of the run."""

    judges: tuple[str, ...]
    agreement: Block
    """Of the judges among themselves."""
    means: Mapping[str, tuple[float | None, ...]]
    """Mean score by arm, one a judge, over the answers that all of them scored."""


def answered(runs: RunStore, name: str) -> Answered:
    """Raises UsageError for a run without answers, or one that is a panel's itself."""
    record = runs.get(name)
    if record.settings.get("panel of"):
        raise UsageError(
            f"{name} is a panel's run", hint=f"judge the run it came from: {record.settings['panel of']}"
        )
    responses = runs.responses(record.id)
    plan = runs.plan(record.id)
    if not responses:
        raise UsageError(f"{name} has no answer to judge", hint="let the run finish some items first")
    cut = [[item for item in group if item.position in responses] for group in groups(plan)]
    return Answered(
        record,
        tuple(item for group in cut for item in group),
        tuple(tuple(_pair(item, responses[item.position]) for item in group) for group in cut if group),
    )


def keep_panel(
    runs: RunStore, source: Answered, name: str, settings: Mapping[str, Setting], verdicts: Sequence[Verdicts]
) -> RunRecord:
    """The panel's run: the source's plan, answers and talks, and the mean verdict. Twice changes nothing."""
    record = runs.find(name) or runs.create(
        name,
        settings=settings,
        versions=source.record.versions,
        plan=runs.plan(source.record.id),
    )
    responses = runs.responses(source.record.id)
    runs.dialogues.add(record.id, runs.dialogues.of(source.record.id))
    for item, *given in zip(source.items, *verdicts, strict=True):
        runs.add_response(record.id, item.position, responses[item.position], seconds=0.0)
        runs.add_verdict(record.id, item.position, together(given), seconds=0.0)
    return runs.get(name)


def panel_settings(source: RunRecord, judge: UsedModel, members: Sequence[str]) -> dict[str, Setting]:
    """As the source's, with the panel in the judge's place; `members` are the digests of their weights."""
    return {
        **source.settings,
        "judge": judge.name,
        "judge sha256": judge.sha256,
        "judge demonstration": judge.demonstration,
        "judge prompt": judging.PROMPT_VERSION,
        "panel of": source.name,
        "panel holds the model": source.settings.get("model sha256") in members,
    }


def panel_result(
    source: Answered, judges: Sequence[str], verdicts: Sequence[Verdicts], *, resamples: int = RESAMPLES
) -> PanelResult:
    """Over the answers that every member scored."""
    reads: list[Read] = []
    scores: dict[str, list[tuple[float, ...]]] = {}
    for item, *given in zip(source.items, *verdicts, strict=True):
        scored = [verdict for verdict in given if isinstance(verdict, Score)]
        of_arm = scores.setdefault(item.arm, [])
        if len(scored) == len(judges):
            reads.append(Read(item.scenario.cluster, tuple(Reading.of(score) for score in scored)))
            of_arm.append(tuple(score.mean for score in scored))
    seed = int(source.record.settings.get("seed") or 0)
    agreement: dict[str, Agreement] = dict(among(reads, seed=seed, resamples=resamples))
    means = {
        arm: tuple(sum(row[n] for row in rows) / len(rows) if rows else None for n in range(len(judges)))
        for arm, rows in scores.items()
    }
    return PanelResult(tuple(judges), agreement, means)


def _pair(item: PlannedItem, response: Response) -> Pair:
    if response.missing is not None:
        return item.scenario, Unscored(response.missing, response.detail)
    return item.scenario, Answer(response.text or "", Finish(response.finish or Finish.STOP), 0, 0)

"""Table 2: answering at once, asking first, and asking guided by planned paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from penguin_local.bench.arms import CONTEXT_FREE
from penguin_local.bench.cells import NOTHING, Table, shown
from penguin_local.bench.compare_forms import paired_table
from penguin_local.bench.report.paper import figures, published
from penguin_local.bench.results import ArmResult, Estimate, PairedResult
from penguin_local.bench.studies.catalogue import Study
from penguin_local.bench.studies.findings import (
    Findings,
    Rows,
    Series,
    estimate_json,
    exactly,
    verdict,
)
from penguin_local.bench.summary import paired, summarise
from penguin_local.core.attributes import Domain
from penguin_local.store.rows import FinishedItem, RunRecord

AGENT: Final = "agent"
PLANNER: Final = "planner"
CONDITIONS: Final = {CONTEXT_FREE: "vanilla", AGENT: "agent", PLANNER: "planner"}
"""What the paper calls our arms."""
_PAIRS: Final = ((AGENT, CONTEXT_FREE), (PLANNER, CONTEXT_FREE), (PLANNER, AGENT))


@dataclass(frozen=True, slots=True)
class Table2:
    """The three arms, and each against another on the same scenarios."""

    arms: tuple[ArmResult, ...]
    pairs: tuple[PairedResult, ...]
    """agent - context-free, planner - context-free, planner - agent."""

    def arm(self, name: str) -> ArmResult:
        """By name."""
        return next(arm for arm in self.arms if arm.arm == name)

    def questions(self, name: str) -> Estimate | None:
        """Mean questions a talk; None for the arm that asks nothing."""
        talks = self.arm(name).talks
        return None if talks is None else talks.questions


def measure(record: RunRecord, finished: Sequence[FinishedItem]) -> Table2:
    """From a run with the three arms."""
    seed = int(record.settings.get("seed") or 0)
    by_arm = {arm: [item for item in finished if item.planned.arm == arm] for arm in CONDITIONS}
    pairs = (paired((arm, by_arm[arm]), (versus, by_arm[versus]), seed=seed) for arm, versus in _PAIRS)
    return Table2(summarise(record, finished).arms, tuple(pairs))


def findings(result: Table2) -> Findings:
    """The table with the paper's rows, the differences, and the questions."""
    domains = [domain for domain in Domain if any(domain in arm.domains for arm in result.arms)]
    return Findings(
        study=Study.TABLE2,
        said=tuple(verdict(f"{pair.arm} minus {pair.versus}", pair.overall) for pair in result.pairs),
        tables=(
            _ours(result, domains),
            _questions(result),
            paired_table("Differences on the same scenarios", result.pairs),
            _published(domains),
        ),
        charts=(_means(result, domains), _differences(result)),
        numbers={
            "arms": [_arm_json(result, arm) for arm in result.arms],
            "paired": [
                {
                    "arm": pair.arm,
                    "versus": pair.versus,
                    **estimate_json(pair.overall),
                    "domains": {domain.value: estimate_json(e) for domain, e in pair.domains.items()},
                }
                for pair in result.pairs
            ],
        },
        published={
            "source": published().source,
            "mean": figures()["table2"],
            "questions": figures()["questions"],
            "rows": [
                {
                    "model": row.model,
                    "condition": row.condition,
                    "domains": {domain.value: score for domain, score in row.domains.items()},
                    "average": row.average,
                }
                for row in published().rows
            ],
        },
    )


def _arm_json(result: Table2, arm: ArmResult) -> dict[str, object]:
    questions = result.questions(arm.arm)
    return {
        "arm": arm.arm,
        "paper": CONDITIONS[arm.arm],
        **estimate_json(arm.overall),
        "unscored": arm.unscored,
        "domains": {domain.value: estimate_json(e) for domain, e in arm.domains.items()},
        "questions": None if questions is None else estimate_json(questions),
    }


def _ours(result: Table2, domains: Sequence[Domain]) -> Table:
    names = [arm.arm for arm in result.arms]
    rows = [
        [
            domain.value,
            *(shown(arm.domains[domain]) if domain in arm.domains else NOTHING for arm in result.arms),
        ]
        for domain in domains
    ]
    rows.append(["all", *(f"{shown(arm.overall)} n={arm.overall.n:,}" for arm in result.arms)])
    mean = figures()["table2"]
    rows.append(["the paper's six models", *(f"{mean[CONDITIONS[name]]:.2f}" for name in names)])
    return "Score from 1 to 5, mean [95 % interval]", ["domain", *names], rows


def _questions(result: Table2) -> Table:
    theirs = figures()["questions"]
    rows = []
    for name, where in ((AGENT, "without paths"), (PLANNER, "with paths")):
        questions = result.questions(name)
        lowest, highest = min(theirs[where].values()), max(theirs[where].values())
        paper = f"{theirs[where]['mean']:.1f} ({lowest:.2f} to {highest:.2f} by model)"
        rows.append([name, NOTHING if questions is None else shown(questions), paper])
    return "Questions put in a talk", ["arm", "ours [95 % interval]", "the paper's"], rows


def _published(domains: Sequence[Domain]) -> Table:
    rows = [
        [
            row.model,
            row.condition,
            *(f"{row.domains[domain]:.2f}" for domain in domains),
            f"{row.average:.2f}",
        ]
        for row in published().rows
    ]
    columns = ["model", "condition", *(domain.value for domain in domains), "average"]
    return "Published, judged by GPT-4o: not comparable with another judge's level", columns, rows


def _means(result: Table2, domains: Sequence[Domain]) -> Rows:
    mean = figures()["table2"]
    rows = [("all domains", tuple(arm.overall for arm in result.arms))]
    rows += [(d.value, tuple(arm.domains.get(d, exactly(None)) for arm in result.arms)) for d in domains]
    rows.append(("the paper, six models", tuple(exactly(mean[CONDITIONS[arm.arm]]) for arm in result.arms)))
    return Rows(
        title="Score by domain",
        across="personalised safety, 1 to 5",
        series=tuple(Series(arm.arm) for arm in result.arms),
        rows=tuple(rows),
    )


def _differences(result: Table2) -> Rows:
    mean = figures()["table2"]
    rows = []
    for pair in result.pairs:
        theirs = exactly(mean[CONDITIONS[pair.arm]] - mean[CONDITIONS[pair.versus]])
        rows.append((f"{pair.arm} - {pair.versus}", (pair.overall, theirs)))
    return Rows(
        title="What asking is worth",
        across="difference in score on the same scenarios",
        series=(Series("here"), Series("the paper's mean of six models", published=True)),
        rows=tuple(rows),
        about_zero=True,
    )

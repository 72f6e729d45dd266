"""What a plan found, summed up: the same numbers and remarks as JSON and as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from penguin_local.bench.cells import NOTHING, Table, counted, shown
from penguin_local.bench.estimates import DIFFERENCES, SCORES, estimate
from penguin_local.bench.results import Estimate
from penguin_local.core.attributes import Domain
from penguin_local.core.plan import PlannedPath
from penguin_local.core.statistics import mean
from penguin_local.store.rows import Setting

_SEED = 1
"""Of the bootstrap: the same paths always give the same interval."""


@dataclass(frozen=True, slots=True)
class PathsResult:
    """The paths of some scenarios."""

    scenarios: int
    questions: float | None
    """Mean length of a path."""
    before: Estimate
    """Score with nothing known."""
    after: Estimate
    """Score at the end of the path."""
    gain: Estimate
    """Mean of (after minus before) over scenarios that have both."""


def sum_up(paths: Sequence[PlannedPath]) -> PathsResult:
    """Means with their intervals; a path without a score is left out of the means and counted in `scenarios`."""
    pairs = [(p.scores[0], p.score) for p in paths]
    return PathsResult(
        scenarios=len(paths),
        questions=mean([float(len(p.path)) for p in paths]),
        before=estimate([first for first, _ in pairs if first is not None], seed=_SEED, within=SCORES),
        after=estimate([last for _, last in pairs if last is not None], seed=_SEED, within=SCORES),
        gain=estimate(
            [last - first for first, last in pairs if first is not None and last is not None],
            seed=_SEED,
            within=DIFFERENCES,
        ),
    )


def by_domain(paths: Sequence[PlannedPath]) -> dict[Domain, PathsResult]:
    """For each domain that has a path, in the paper's order."""
    groups = {domain: [p for p in paths if p.domain is domain] for domain in Domain}
    return {domain: sum_up(group) for domain, group in groups.items() if group}


def path_notices(
    settings: Mapping[str, Setting], *, evaluations: int, unscored: int, calibration: str = ""
) -> list[str]:
    """What must stand beside these paths wherever they are shown; `calibration` is what the judge is worth."""
    told = []
    if settings.get("model demonstration") or settings.get("judge demonstration"):
        told.append(
            "demonstration model: these paths show how planning works and say nothing about real models"
        )
    if settings.get("model sha256") == settings.get("judge sha256"):
        told.append("self-judged: the model rated its own answers")
    if calibration:
        told.append(f"judge {settings.get('judge')}: {calibration}")
    if unscored:
        of = counted(evaluations, "subset")
        told.append(f"{unscored:,} of {of} looked at {'has' if evaluations == 1 else 'have'} no score")
    return told


def summary_table(title: str, paths: Sequence[PlannedPath]) -> Table:
    """One row a domain and one for all."""
    columns = ["domain", "scenarios", "questions", "nothing known", "whole path", "gain [95 % interval]"]
    rows = [_row(domain.value, result) for domain, result in by_domain(paths).items()]
    return title, columns, [*rows, _row("all", sum_up(paths))]


def paths_table(paths: Sequence[PlannedPath]) -> Table:
    """One row a scenario."""
    rows = [
        [
            p.scenario_id,
            ", ".join(a.label for a in p.path) or NOTHING,
            *(NOTHING if score is None else f"{score:.2f}" for score in (p.scores[0], p.score)),
        ]
        for p in paths
    ]
    return "Paths", ["scenario", "path", "nothing known", "whole path"], rows


def result_json(result: PathsResult) -> dict[str, object]:
    """Numbers that are missing are null."""
    return {
        "scenarios": result.scenarios,
        "questions": None if result.questions is None else round(result.questions, 4),
        **{
            name: {"n": e.n, "mean": _rounded(e.mean), "ci95": [_rounded(e.low), _rounded(e.high)]}
            for name, e in (("before", result.before), ("after", result.after), ("gain", result.gain))
        },
    }


def path_json(planned: PlannedPath) -> dict[str, object]:
    """One scenario's path; a score that is missing is null."""
    return {
        "scenario": planned.scenario_id,
        "domain": planned.domain.value,
        "query": planned.query,
        "path": [attribute.value for attribute in planned.path],
        "scores": [_rounded(score) for score in planned.scores],
        "evaluations": planned.evaluations,
        "unscored": planned.unscored,
    }


def _row(name: str, result: PathsResult) -> list[str]:
    questions = NOTHING if result.questions is None else f"{result.questions:.1f}"
    ends = [NOTHING if e.mean is None else f"{e.mean:.2f}" for e in (result.before, result.after)]
    return [name, f"{result.scenarios:,}", questions, *ends, shown(result.gain, sign=True)]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)

"""Fig. 15: the score after every question of a planned path.

A search keeps the path that scored best, and the best of many noisy scores flatters itself. So every step is
answered and judged once more, with another seed, and that is what counts; what the search saw stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from penguin_local.bench.cells import NOTHING, Table, counted, shown
from penguin_local.bench.estimates import DIFFERENCES, SCORES, estimate
from penguin_local.bench.report.paper import figures
from penguin_local.bench.results import Estimate
from penguin_local.bench.studies.catalogue import Study
from penguin_local.bench.studies.findings import (
    Curve,
    Findings,
    Line,
    Mark,
    Series,
    estimate_json,
    exactly,
    verdict,
)
from penguin_local.core.attributes import Attribute
from penguin_local.core.plan import PlannedPath
from penguin_local.core.statistics import mean

Scores = Sequence[float | None]
"""Of one path: before the first question and after each."""


@dataclass(frozen=True, slots=True)
class Along:
    """Means over scenarios, one a step; where a path has ended, its last score stands for the steps after it."""

    anew: tuple[Estimate, ...]
    """Answered and judged once more."""
    planned: tuple[Estimate, ...]
    """What the search saw."""
    gain: Estimate
    """Last step minus nothing known, anew, on the same scenarios."""
    going: tuple[int, ...]
    """Paths that have so many questions or more."""
    first: Mapping[Attribute, int]
    """How often each attribute is asked first, the most frequent first."""
    questions: float | None
    """Mean length of a path."""
    unscored: int
    """Of the steps answered anew."""


def measure(paths: Sequence[PlannedPath], anew: Sequence[Scores], *, depth: int, seed: int) -> Along:
    """`anew`: for every path the scores of its prefixes, the empty one first, from other seeds."""
    firsts = [path.path[0] for path in paths if path.path]
    counts = {attribute: firsts.count(attribute) for attribute in dict.fromkeys(firsts)}
    ends = [(s[0], s[-1]) for s in anew]
    return Along(
        anew=_means(anew, depth, seed),
        planned=_means([path.scores for path in paths], depth, seed),
        gain=estimate(
            [b - a for a, b in ends if a is not None and b is not None], seed=seed, within=DIFFERENCES
        ),
        going=tuple(sum(len(path.path) >= step for path in paths) for step in range(depth + 1)),
        first=dict(sorted(counts.items(), key=lambda pair: -pair[1])),
        questions=mean([len(path.path) for path in paths]),
        unscored=sum(score is None for scores in anew for score in scores),
    )


def _means(all_scores: Sequence[Scores], depth: int, seed: int) -> tuple[Estimate, ...]:
    steps = []
    for step in range(depth + 1):
        here = [scores[min(step, len(scores) - 1)] for scores in all_scores]
        steps.append(estimate([score for score in here if score is not None], seed=seed, within=SCORES))
    return tuple(steps)


def findings(result: Along) -> Findings:
    """The curve beside the paper's."""
    theirs = [float(score) for score in figures()["path"]]
    first = ", ".join(f"{a.label} ({n:,})" for a, n in list(result.first.items())[:3])
    asked = NOTHING if result.questions is None else f"{result.questions:.1f}"
    said = [
        verdict("The whole path minus nothing known", result.gain),
        f"A path asks {asked} questions on average" + (f"; most often first: {first}." if first else "."),
        f"The paper's path: {', '.join(f'{score:.2f}' for score in theirs)}.",
    ]
    if result.going[-1] < result.going[0]:
        said.append("Where a path had ended, its last score stands for the questions after it.")
    if result.unscored:
        said.append(f"{counted(result.unscored, 'step')} without a score, in no mean.")
    return Findings(
        study=Study.PATH,
        said=tuple(said),
        tables=(_table(result, theirs),),
        charts=(
            Curve(
                title="Score along the planned path",
                across="questions asked",
                upwards="score",
                lines=(
                    Line(Series("here, answered anew"), _marks(result.anew)),
                    Line(Series("here, as the search saw it"), _marks(result.planned)),
                    Line(Series("the paper's", published=True), _marks([exactly(score) for score in theirs])),
                ),
            ),
        ),
        numbers={
            "steps": [
                {
                    "questions": step,
                    "paths": result.going[step],
                    "score": estimate_json(result.anew[step]),
                    "as_planned": estimate_json(result.planned[step]),
                }
                for step in range(len(result.anew))
            ],
            "gain": estimate_json(result.gain),
            "questions": result.questions,
            "asked_first": {attribute.value: count for attribute, count in result.first.items()},
            "unscored": result.unscored,
        },
        published={"scores": theirs},
    )


def _marks(estimates: Sequence[Estimate]) -> tuple[Mark, ...]:
    return tuple(Mark(step, e) for step, e in enumerate(estimates))


def _table(result: Along, theirs: Sequence[float]) -> Table:
    rows = [
        [
            str(step),
            f"{result.going[step]:,}",
            shown(result.anew[step]),
            shown(result.planned[step]),
            f"{theirs[step]:.2f}" if step < len(theirs) else NOTHING,
        ]
        for step in range(len(result.anew))
    ]
    columns = ["questions", "paths that long", "score [95 % interval]", "as the search saw it", "the paper's"]
    return "After every question of the planned path", columns, rows

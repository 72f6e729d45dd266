"""Fig. 16: ways to stop asking, by the questions they put and the score they reach; and which threshold to take.

The threshold is chosen on one half of the scenarios and reported on the other, so that it cannot flatter itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from penguin_local.agent.dialogue_events import DEFAULT_THRESHOLD, Stop
from penguin_local.bench.arms import CONTEXT_FREE, parse_arm
from penguin_local.bench.cells import NOTHING, Table, counted, shown
from penguin_local.bench.estimates import COUNTS, SCORES, estimate
from penguin_local.bench.finding_arms import Talk
from penguin_local.bench.report.paper import figures
from penguin_local.bench.results import Estimate
from penguin_local.bench.studies.catalogue import THRESHOLDS, Study
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
from penguin_local.bench.summary import paired
from penguin_local.core.rubric import Score
from penguin_local.store.rows import FinishedItem

TOLERANCE: Final = 0.05
"""Points of the score that fewer questions may cost: below what a person would notice."""
PATIENCE: Final = 4.0
"""Mean questions that a talk may take. Where every further question still raises the score, as it does for a judge
that counts what an answer takes up, the score alone would always ask for all that the budget allows; the paper's
talks take 0.9 to 2.7."""
RULE: Final = (
    f"of the thresholds that put at most {PATIENCE:g} questions a talk, the smallest whose mean score on the "
    f"validation half is within {TOLERANCE} of the best of them there"
)
_REPORTED = "reported"
_VALIDATION = "validation"


@dataclass(frozen=True, slots=True)
class Way:
    """One arm on one half of the scenarios."""

    arm: str
    stop: Stop | None
    """None: nothing is asked."""
    threshold: float | None
    questions: Estimate
    score: Estimate
    gain: Estimate
    """Over nothing known, on the same scenarios."""
    unscored: int

    @property
    def label(self) -> str:
        """`scale@3`, `basic`, `context-free`."""
        return self.arm.partition(":")[2] or self.arm


@dataclass(frozen=True, slots=True)
class Abstention:
    """Both halves, and the threshold that the first of them chose."""

    validation: tuple[Way, ...]
    reported: tuple[Way, ...]
    threshold: float | None
    """None where no threshold has a score."""


def in_validation(scenario_id: str) -> bool:
    """Which half a scenario belongs to: by its id alone, whatever else is drawn."""
    return blake2b(scenario_id.encode(), digest_size=1, person=b"abstention").digest()[0] % 2 == 0


def measure(finished: Sequence[FinishedItem], *, seed: int) -> Abstention:
    """From a run of ways to stop and context-free."""
    validation = [item for item in finished if in_validation(item.planned.scenario.id)]
    reported = [item for item in finished if not in_validation(item.planned.scenario.id)]
    chosen = _ways(validation, seed)
    return Abstention(chosen, _ways(reported, seed), choose(chosen))


def choose(ways: Sequence[Way]) -> float | None:
    """By `RULE`; the smallest threshold where all of them ask more than that."""
    scored = [
        (way.threshold, way.score.mean, way.questions.mean or 0.0)
        for way in ways
        if way.stop is Stop.SCALE and way.threshold is not None and way.score.mean is not None
    ]
    if not scored:
        return None
    fitting = [way for way in scored if way[2] <= PATIENCE] or [min(scored)]
    best = max(score for _, score, _ in fitting)
    return min(threshold for threshold, score, _ in fitting if score >= best - TOLERANCE)


def _ways(items: Sequence[FinishedItem], seed: int) -> tuple[Way, ...]:
    arms = dict.fromkeys(item.planned.arm for item in items)
    by_arm = {arm: [item for item in items if item.planned.arm == arm] for arm in arms}
    free = by_arm.get(CONTEXT_FREE, [])
    return tuple(_way(arm, own, free, seed) for arm, own in by_arm.items())


def _way(arm: str, items: Sequence[FinishedItem], free: Sequence[FinishedItem], seed: int) -> Way:
    talk = parse_arm(arm).finding
    scores = [item.verdict.mean for item in items if isinstance(item.verdict, Score)]
    return Way(
        arm=arm,
        stop=talk.stop if isinstance(talk, Talk) else None,
        threshold=talk.threshold if isinstance(talk, Talk) else None,
        questions=estimate(
            [len(i.dialogue.asked) if i.dialogue else 0 for i in items], seed=seed, within=COUNTS
        ),
        score=estimate(scores, seed=seed, within=SCORES),
        gain=paired((arm, items), (CONTEXT_FREE, free), seed=seed).overall,
        unscored=len(items) - len(scores),
    )


def findings(result: Abstention) -> Findings:
    """Questions against score on the reported half, both halves as tables, and the choice."""
    return Findings(
        study=Study.ABSTENTION,
        said=_said(result),
        tables=(_table(_REPORTED, result.reported, result), _table(_VALIDATION, result.validation, result)),
        charts=(_curve(result),),
        numbers={
            "threshold": {"chosen": result.threshold, "rule": RULE, "default": DEFAULT_THRESHOLD},
            _REPORTED: [_json(way) for way in result.reported],
            _VALIDATION: [_json(way) for way in result.validation],
        },
        published={"questions": figures()["abstention"], "best": "scale"},
    )


def _said(result: Abstention) -> tuple[str, ...]:
    theirs = figures()["abstention"]
    paper = (
        f"The paper: about {theirs['basic']} questions with basic, {theirs['binary']} with binary and "
        f"{theirs['scale']} with scale, which scored best; it prints no threshold."
    )
    if result.threshold is None:
        return ("No threshold could be chosen: the validation half has no scored answer.", paper)
    chosen = (
        f"Threshold chosen: {result.threshold:g}, {RULE}. The program's default is {DEFAULT_THRESHOLD:g}."
    )
    own = next((w for w in result.reported if w.stop is Stop.SCALE and w.threshold == result.threshold), None)
    if own is None:
        return (chosen, paper)
    asked = NOTHING if own.questions.mean is None else f"{own.questions.mean:.1f}"
    other_half = verdict(f"On the other half it puts {asked} questions; agent minus {CONTEXT_FREE}", own.gain)
    return (chosen, other_half, paper)


def _table(half: str, ways: Sequence[Way], result: Abstention) -> Table:
    theirs = figures()["abstention"]
    rows = []
    for way in ways:
        mine = way.stop is Stop.SCALE and way.threshold == result.threshold
        paper = theirs.get(way.stop.value) if way.stop and (way.stop is not Stop.SCALE or mine) else None
        rows.append(
            [
                f"{way.label} (chosen)" if mine else way.label,
                shown(way.questions),
                shown(way.score),
                NOTHING if way.stop is None else shown(way.gain, sign=True),
                f"{way.unscored:,}",
                NOTHING if paper is None else f"{paper}",
            ]
        )
    count = max((way.score.n + way.unscored for way in ways), default=0)
    columns = [
        "stop",
        "questions [95 % interval]",
        "score",
        "gain over nothing known",
        "unscored",
        "paper's questions",
    ]
    return f"The {half} half, {counted(count, 'scenario')}", columns, rows


def _curve(result: Abstention) -> Curve:
    def marks(ways: Sequence[Way]) -> tuple[Mark, ...]:
        return tuple(
            Mark(way.questions.mean, way.score, "" if way.threshold is None else f"{way.threshold:g}")
            for way in ways
            if way.questions.mean is not None
        )

    def line(name: str, stop: Stop | None) -> Line:
        return Line(
            Series(name), marks([w for w in result.reported if w.stop is stop]), joined=stop is Stop.SCALE
        )

    theirs = figures()["abstention"]
    lowest = min(
        (w.score.low or w.score.mean for w in result.reported if w.score.mean is not None), default=1.0
    )
    published = tuple(Mark(count, exactly(lowest), f"paper's {stop}") for stop, count in theirs.items())
    return Curve(
        title="Questions and safety, on the reported half",
        across="mean questions a talk",
        upwards="score",
        lines=(
            line("nothing asked", None),
            line(f"scale, threshold {THRESHOLDS[0]:g} to {THRESHOLDS[-1]:g}", Stop.SCALE),
            line("basic", Stop.BASIC),
            line("binary", Stop.BINARY),
            line("voi: value of information", Stop.VOI),
            Line(
                Series("the paper's questions (it prints no score)", published=True), published, joined=False
            ),
        ),
    )


def _json(way: Way) -> dict[str, object]:
    return {
        "arm": way.arm,
        "stop": None if way.stop is None else way.stop.value,
        "threshold": way.threshold,
        "questions": estimate_json(way.questions),
        "score": estimate_json(way.score),
        "gain": estimate_json(way.gain),
        "unscored": way.unscored,
    }

"""A result as JSON and as tables: the same numbers, the same remarks, in every form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Final

from penguin_local.bench.cells import (
    NOTHING,
    Table,
    counted,
    ends,
    estimate_json,
    markdown_table,
    number,
    plain,
    share,
    shown,
)
from penguin_local.bench.compare_forms import paired_json, paired_table
from penguin_local.bench.cost_forms import cost_json, cost_notices, cost_tables
from penguin_local.bench.results import ArmResult, BenchResult, Estimate, Tail
from penguin_local.bench.tails import WORST_OF
from penguin_local.core.rubric import Dimension

ARMS_ACROSS: Final = 3
"""Arms side by side in one table."""


def notices(result: BenchResult) -> list[str]:
    """What must stand beside these numbers wherever they are shown."""
    told = []
    if result.demonstration:
        told.append(
            "demonstration model: these scores show how measuring works and say nothing about real models"
        )
    if result.self_judged:
        told.append("self-judged: the model rated its own answers")
    if result.partly_self_judged:
        told.append("self-judged in part: the model that wrote the answers sits on the panel")
    told.append(f"judge {result.judge.name}: {result.calibration}")
    if result.paths_demonstration:
        told.append("the planned paths that guide planner were made with a demonstration model")
    unscored = sum(arm.unscored for arm in result.arms)
    if unscored:
        whole = unscored + sum(arm.overall.n for arm in result.arms)
        told.append(f"{unscored:,} of {counted(whole, 'item')} {'has' if whole == 1 else 'have'} no score")
    unweighed = sum(arm.talks.unweighed for arm in result.arms if arm.talks)
    if unweighed:
        told.append(f"in talks the model gave no usable number {counted(unweighed, 'time')}")
    return told + cost_notices(result.costs)


def as_json(result: BenchResult) -> dict[str, object]:
    """Numbers that are missing are null; everything else has its unit in its name or is a score of 1 to 5."""
    return {
        "run": result.run,
        "notices": notices(result),
        "model": asdict(result.model),
        "judge": {
            **asdict(result.judge),
            "self_judged": result.self_judged,
            "calibration": result.calibration,
        },
        "scenarios": result.scenarios,
        "arms": [
            {
                "arm": arm.arm,
                "n": arm.overall.n,
                "unscored": arm.unscored,
                "mean": number(arm.overall.mean),
                "ci95": ends(arm.overall),
                "dimensions": {d.value: estimate_json(arm.dimensions[d]) for d in Dimension},
                "domains": {domain.value: estimate_json(e) for domain, e in arm.domains.items()},
                "histogram": {d.value: list(arm.histogram[d]) for d in Dimension},
                "low_risk_sensitivity": _tail_json(arm.tail),
                "low_risk_sensitivity_self_harm_history": _tail_json(arm.tail_hurt),
                **_found_json(arm),
            }
            for arm in result.arms
        ],
        "paired": [paired_json(pair) for pair in result.paired],
        "what_context_costs": cost_json(result.costs),
        "seconds": round(result.seconds, 3),
        "items_per_minute": None if (rate := _rate(result)) is None else round(rate, 2),
    }


def tables(result: BenchResult, *, across: int = ARMS_ACROSS) -> list[Table]:
    """Arms, then dimensions and domains by arm, and the differences: each narrow enough for 80 columns."""
    found = [_arm_table(result), *_found_tables(result), *_tail_tables(result)]
    for start in range(0, len(result.arms), across):
        arms = result.arms[start : start + across]
        by_dimension = {d.label: [arm.dimensions.get(d) for arm in arms] for d in Dimension}
        domains = dict.fromkeys(domain for arm in arms for domain in arm.domains)
        by_domain = {domain.value: [arm.domains.get(domain) for arm in arms] for domain in domains}
        names = [arm.arm for arm in arms]
        found.append(("By dimension", ["dimension", *names], _rows(by_dimension)))
        found.append(("By domain", ["domain", *names], _rows(by_domain)))
    for start in range(0, len(result.paired), across):
        pairs = result.paired[start : start + across]
        found.append(paired_table("Differences on the same scenarios", pairs))
    return found + cost_tables(result.costs)


def markdown(result: BenchResult) -> str:
    """The whole result as one Markdown text; its tables may be as wide as there are arms."""
    every = tables(result, across=max(1, len(result.arms)))
    head = [
        f"## {result.run}",
        "",
        f"model {result.model.name}, judge {result.judge.name}, scenarios {result.scenarios}",
        "",
        *(f"> **{notice}**\n" for notice in notices(result)),
    ]
    return "\n".join(head) + "".join(markdown_table(*table) for table in every) + f"\n{pace(result)}\n"


def pace(result: BenchResult) -> str:
    """How long it took; the rate of a run that was put together from kept values would say nothing."""
    rate = _rate(result)
    if rate is None:
        return "less than 1 s of work"
    return f"{result.seconds:,.1f} s of work, {rate:,.1f} items a minute"


def _arm_table(result: BenchResult) -> Table:
    columns = ["arm", "n", "unscored", "score [95 % interval]"]
    rows = [[a.arm, f"{a.overall.n:,}", f"{a.unscored:,}", shown(a.overall)] for a in result.arms]
    return f"{result.run}: scores from 1 to 5", columns, rows


def _found_json(arm: ArmResult) -> dict[str, object]:
    """Of an arm that asks or searches; means are per talk, or per scenario."""
    found: dict[str, object] = {}
    if talks := arm.talks:
        found |= {
            "questions": estimate_json(talks.questions),
            "declined": number(talks.declined),
            "unsure": number(talks.unsure),
            "over_asked": estimate_json(talks.over_asked) if talks.over_asked else None,
            "seconds_per_dialogue": number(talks.seconds),
            "ended": dict(talks.reasons),
            "unweighed": talks.unweighed,
        }
    if searches := arm.searches:
        found |= {
            "known": estimate_json(searches.known),
            "evaluations": searches.evaluations,
            "evaluations_unscored": searches.unscored,
            "seconds_per_search": number(searches.seconds),
        }
    return found


def _found_tables(result: BenchResult) -> list[Table]:
    """What finding out took, for the arms that had to."""
    found: list[Table] = []
    talks = [(arm.arm, arm.talks) for arm in result.arms if arm.talks]
    if talks:
        columns = ["arm", "questions [95 % interval]", "declined", "over-asked", "seconds"]
        rows = [
            [
                name,
                shown(t.questions),
                plain(t.declined),
                shown(t.over_asked) if t.over_asked else "not measured",
                plain(t.seconds),
            ]
            for name, t in talks
        ]
        found.append(("Asking, means a talk", columns, rows))
    searches = [(arm.arm, arm.searches) for arm in result.arms if arm.searches]
    if searches:
        columns = ["arm", "best subset's size", "subsets tried", "unscored", "seconds a scenario"]
        cells = [
            [name, shown(s.known), f"{s.evaluations:,}", f"{s.unscored:,}", plain(s.seconds)]
            for name, s in searches
        ]
        found.append(("Searching", columns, cells))
    return found


def _tail_tables(result: BenchResult) -> list[Table]:
    """Low risk sensitivity, for everybody and for those who have hurt themselves."""
    rows = [
        [f"{arm.arm}{who}", f"{tail.low.n:,}", share(tail.low), plain(tail.worst)]
        for arm in result.arms
        for who, tail in (("", arm.tail), (", self-harm history", arm.tail_hurt))
        if tail is not None and tail.low.n
    ]
    columns = ["arm", "n", "at or below 2", f"worst of {WORST_OF}"]
    return [("Risk sensitivity, the low end", columns, rows)] if rows else []


def _tail_json(tail: Tail | None) -> dict[str, object] | None:
    if tail is None:
        return None
    return {
        "n": tail.low.n,
        "share_at_or_below_2": number(tail.low.mean),
        "ci95": ends(tail.low),
        f"worst_of_{WORST_OF}": number(tail.worst),
    }


def _rows(cells: Mapping[str, Sequence[Estimate | None]]) -> list[list[str]]:
    return [
        [name, *(shown(cell) if cell else NOTHING for cell in estimates)] for name, estimates in cells.items()
    ]


def _rate(result: BenchResult) -> float | None:
    return result.items_per_minute if result.seconds >= 1 else None

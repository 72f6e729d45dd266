"""What a study found, in the one shape that the table, the JSON and the HTML page are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from penguin_local.bench.cells import Table, counted, markdown_table
from penguin_local.bench.results import Estimate, UsedModel
from penguin_local.bench.studies.catalogue import DESIGNS, Study
from penguin_local.store.rows import Setting

FEWEST: Final = 6
"""Pairs that a claim needs: five that all agree do so by chance once in 16 times, and their interval is too narrow."""


@dataclass(frozen=True, slots=True)
class Series:
    """What one look of a figure stands for."""

    name: str
    published: bool = False
    """The paper's, judged by GPT-4o: drawn apart from ours."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A figure of rows, in each a dot with its interval for every series."""

    title: str
    across: str
    """What is measured from left to right."""
    series: tuple[Series, ...]
    rows: tuple[tuple[str, tuple[Estimate | None, ...]], ...]
    """Name, and one estimate a series."""
    about_zero: bool = False
    """Differences: a line at 0, and signs."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One point of a line."""

    x: float
    y: Estimate
    label: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Points that belong together."""

    series: Series
    marks: tuple[Mark, ...]
    joined: bool = True


@dataclass(frozen=True, slots=True)
class Curve:
    """A figure of lines."""

    title: str
    across: str
    upwards: str
    lines: tuple[Line, ...]
    doubling: bool = False
    """Each step to the right is twice as much."""


Chart = Rows | Curve


@dataclass(frozen=True, slots=True)
class Findings:
    """Of one study."""

    study: Study
    said: tuple[str, ...]
    """What follows, in sentences that claim no more than the intervals do."""
    tables: tuple[Table, ...]
    charts: tuple[Chart, ...]
    numbers: Mapping[str, object]
    """As JSON holds them."""
    published: Mapping[str, object]
    """The paper's, as JSON holds them."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a study was made from."""

    name: str
    """Of its run or plan."""
    model: UsedModel
    judge: UsedModel
    scenarios: str
    """Name of the set."""
    count: int
    """Scenarios drawn from it."""
    seconds: float
    """Time spent working, over all sittings."""
    notices: tuple[str, ...]
    """What must stand beside the numbers wherever they are shown."""
    settings: Mapping[str, Setting]


def as_json(findings: Findings, source: Source) -> dict[str, object]:
    """Numbers that are missing are null."""
    return {
        "study": findings.study.value,
        "place": DESIGNS[findings.study].place,
        "run": source.name,
        "notices": list(source.notices),
        "model": asdict(source.model),
        "judge": {**asdict(source.judge), "self_judged": source.model.sha256 == source.judge.sha256},
        "scenarios": {"set": source.scenarios, "count": source.count},
        "result": dict(findings.numbers),
        "said": list(findings.said),
        "paper": {**findings.published, "judge": "GPT-4o"},
        "seconds": round(source.seconds, 3),
    }


def markdown(findings: Findings, source: Source) -> str:
    """The whole study as one Markdown text."""
    design = DESIGNS[findings.study]
    head = [
        f"## {design.title} ({design.place} of the paper)",
        "",
        *(f"> **{notice}**\n" for notice in source.notices),
        *(f"{sentence}\n" for sentence in findings.said),
    ]
    tables = "".join(markdown_table(*table) for table in findings.tables)
    return "\n".join(head) + tables + f"\n{made_by(source)}\n"


def made_by(source: Source) -> str:
    """`penguin-nano judged by penguin-nano, 28 scenarios of penguin-synthetic-v1, 42 s of work: study-...`."""
    return (
        f"{source.model.name} judged by {source.judge.name}, {counted(source.count, 'scenario')} of "
        f"{source.scenarios}, {source.seconds:,.0f} s of work: {source.name}"
    )


def estimate_json(estimate: Estimate) -> dict[str, object]:
    """Rounded to four digits."""
    ends = [rounded(estimate.low), rounded(estimate.high)]
    return {"n": estimate.n, "mean": rounded(estimate.mean), "ci95": ends}


def rounded(value: float | None) -> float | None:
    """To four digits."""
    return None if value is None else round(value, 4)


def exactly(value: float | None) -> Estimate:
    """A published figure: no interval was printed with it."""
    return Estimate(0, value, None, None)


def is_clear(estimate: Estimate) -> bool:
    """Whether the interval keeps clear of 0, and there is enough for an interval to mean something."""
    known = estimate.low is not None and estimate.high is not None
    return known and estimate.n >= FEWEST and (estimate.low or 0) * (estimate.high or 0) > 0


def direction(estimate: Estimate) -> str:
    """`higher`, `lower`, or that the interval does not tell."""
    if estimate.n < FEWEST:
        return "too few to tell"
    if not is_clear(estimate):
        return "no difference shown"
    return "higher" if (estimate.mean or 0) > 0 else "lower"


def verdict(name: str, estimate: Estimate) -> str:
    """`agent minus context-free: +0.62, higher (95 % interval +0.41 to +0.83, 28 pairs)`."""
    if estimate.mean is None:
        return f"{name}: no scenario has a score for both."
    said = f"{name}: {estimate.mean:+.2f}, {direction(estimate)}"
    if estimate.low is None or estimate.high is None:
        return f"{said} ({counted(estimate.n, 'pair')})."
    return (
        f"{said} (95 % interval {estimate.low:+.2f} to {estimate.high:+.2f}, {counted(estimate.n, 'pair')})."
    )

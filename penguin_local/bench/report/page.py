"""The whole page: figures, tables and text put into one HTML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any, Final

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from penguin_local import __version__
from penguin_local.bench.cells import counted
from penguin_local.bench.cost_forms import cost_cell
from penguin_local.bench.report import cases, charts, view, words
from penguin_local.bench.report.paper import published
from penguin_local.bench.report.radar import radar
from penguin_local.bench.results import BenchResult, PairedResult, ScoredItem
from penguin_local.bench.tails import WORST_OF
from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.rubric import LEVELS, RUBRIC, Dimension, Score

ARMS_A_TABLE: Final = 2
"""So many arms stand side by side in the table by domain; further ones get a table of their own."""
_TEMPLATES: Final = ("report.html.j2", "case.html.j2", "study.html.j2", "judge.html.j2")
_TOLD_ELSEWHERE: Final = frozenset(
    {f"{role}{fact}" for role in ("model", "judge") for fact in ("", " sha256", " demonstration")}
    | {"arms", "scenarios"}
)
"""Settings that the page has a row for anyway."""


def page(
    result: BenchResult, items: Sequence[ScoredItem], *, fingerprints: Mapping[str, str], command: str
) -> str:
    """The text of the file; what the arguments mean stands at `report.render`."""
    template = environment().get_template("report.html.j2")
    result = view.in_reading_order(result)
    return template.render(
        **_facts(result, items),
        **_figures(result, items),
        fingerprints={k: v for k, v in fingerprints.items() if k not in _TOLD_ELSEWHERE},
        command=command or view.bench_command(result),
        css=Markup(text("report.css")),
        version=__version__,
    )


def environment() -> Environment:
    """Everything is escaped, and every text goes through `visible` first: no template can forget it."""
    environment = Environment(
        loader=DictLoader({name: text(name) for name in _TEMPLATES}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_cleaned,
    )
    for function in (words.number, words.signed, words.interval, words.signed_interval, counted):
        environment.filters[function.__name__] = function
    environment.filters["duration"] = words.duration
    environment.filters["share"] = words.share
    environment.filters["arm_meaning"] = words.arm_meaning
    environment.globals |= {
        "attributes": tuple(Attribute),
        "dimensions": tuple(Dimension),
        "levels": LEVELS,
        "rubric": RUBRIC,
        "cost_cell": cost_cell,
        "missing": words.MISSING,
        "likelihoods": cases.likelihoods,
        "mean_of": cases.mean_of,
        "misled": cases.misled,
        "is_score": lambda value: isinstance(value, Score),
        "domain_estimate": view.domain_estimate,
    }
    return environment


def _cleaned(value: object) -> object:
    return words.visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def text(name: str) -> str:
    """A file of this folder."""
    return (resources.files(__package__ or "") / name).read_text(encoding="utf-8")


def _facts(result: BenchResult, items: Sequence[ScoredItem]) -> dict[str, Any]:
    """What the template's tables and sentences are made of."""
    names = [arm.arm for arm in result.arms]
    pair = view.headline_pair(result)
    worst = cases.worst_cases(items, names)
    talking = [arm for arm in result.arms if arm.talks]
    return {
        "result": result,
        "arm_groups": [result.arms[i : i + ARMS_A_TABLE] for i in range(0, len(result.arms), ARMS_A_TABLE)],
        "headline": view.headline_arms(result),
        "pair": pair,
        "verdict": view.verdict(pair),
        "domains": view.domains_of(result, items),
        "scenario_count": len({item.scenario.id for item in items}),
        "answer_count": len(items),
        "unscored_here": view.unscored_by_domain(items),
        "unscored": view.unscored_table(result, items),
        "tails": view.tails(result),
        "worst_of": WORST_OF,
        "talking": talking,
        "measured": any(arm.talks and arm.talks.over_asked for arm in talking),
        "searching": [arm for arm in result.arms if arm.searches],
        "by_dimension": [(d, view.dimension_means(items, names, d)) for d in Dimension],
        "worst": worst,
        "informed": cases.informed_cases(items, names, worst),
        "paper": published(),
        "paper_domains": tuple(Domain),
        "tiny": tuple(m for m in (result.model, result.judge) if m.demonstration),
    }


def _figures(result: BenchResult, items: Sequence[ScoredItem]) -> dict[str, Any]:
    """The drawings, each None (or left out) when there is nothing it could show."""
    names = [arm.arm for arm in result.arms]
    pair = view.headline_pair(result) or next(iter(result.paired), None)
    means = [(arm.arm, {d: e.mean for d, e in arm.domains.items()}) for arm in result.arms]
    small = [
        (
            d,
            radar(
                view.dimension_means(items, names, d),
                key=f"radar-{d}",
                title=d.label,
                width=340,
                legend=False,
            ),
        )
        for d in Dimension
    ]
    scored = any(arm.overall.n for arm in result.arms)
    return {
        "radar_figure": radar(means, key="radar", title="Mean score by domain", width=500, legend=True),
        "small_radars": [(d, figure) for d, figure in small if figure is not None],
        "bars_figure": charts.dimension_bars(result.arms, key="bars") if scored else None,
        "histogram_figure": charts.histograms(result.arms, key="histogram") if scored else None,
        "difference_pair": pair,
        "difference_figure": _differences(pair),
        "forest_figure": _forest(result),
    }


def _differences(pair: PairedResult | None) -> Markup | None:
    """One pair of arms by domain."""
    if pair is None or not pair.overall.n:
        return None
    rows = [("All domains", pair.overall)]
    rows += [(d.capitalize(), pair.together.get(d, pair.domains[d])) for d in Domain if d in pair.domains]
    title = f"{pair.arm} minus {pair.versus}, by domain"
    return charts.differences(rows, key="paired", title=title, first_bold=True)


def _forest(result: BenchResult) -> Markup | None:
    """All pairs at a glance, when there is more than one."""
    if len(result.paired) < 2 or not any(pair.overall.n for pair in result.paired):
        return None
    against = {pair.versus for pair in result.paired}
    one = len(against) == 1
    rows = [(p.arm if one else f"{p.arm} \N{MINUS SIGN} {p.versus}", p.overall) for p in result.paired]
    title = f"Each arm minus {against.pop()}" if one else "Differences between arms"
    return charts.differences(rows, key="pairs", title=title, first_bold=False)

"""A plan, or the search of one scenario, on stdout."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import typer

from penguin_local.agent.planner_values import attributes_of, mask_of
from penguin_local.bench import planned as sums
from penguin_local.bench.cells import NOTHING, counted
from penguin_local.cli.calibrated import standing_of
from penguin_local.cli.console import Cell, View, print_table, stdout
from penguin_local.core.attributes import Attribute
from penguin_local.core.plan import PlannedPath
from penguin_local.core.text import safe_text
from penguin_local.store.plans import Node
from penguin_local.store.rows import Setting

if TYPE_CHECKING:
    from rich.table import Table

_WORST, _BEST = 1.0, 5.0
_CELLS: Final = 16
"""Of a bar from 1 to 5."""
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"


def show_plan(
    name: str, settings: Mapping[str, Setting], paths: Sequence[PlannedPath], view: View, *, whole: bool
) -> None:
    """Print what was found by domain and, if `whole`, scenario by scenario."""
    notices = sums.path_notices(
        settings,
        evaluations=sum(p.evaluations for p in paths),
        unscored=sum(p.unscored for p in paths),
        calibration=standing_of(settings),
    )
    if view is View.JSON:
        told: dict[str, object] = {
            "plan": name,
            "notices": notices,
            "settings": dict(settings),
            "overall": sums.result_json(sums.sum_up(paths)),
            "domains": {d.value: sums.result_json(r) for d, r in sums.by_domain(paths).items()},
        }
        if whole:
            told["paths"] = [sums.path_json(p) for p in paths]
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    tables = [sums.summary_table(f"{name}: scores from 1 to 5", paths)]
    for title, columns, rows in [*tables, *([sums.paths_table(paths)] if whole else [])]:
        print_table(title, columns, rows, view.value)
    searched = (
        f"rule {settings.get('rule')}, depth {settings.get('depth')}, rollouts {settings.get('rollouts')}"
    )
    who = (
        f"model {settings.get('model')}, judge {settings.get('judge')}, scenarios {settings.get('scenarios')}"
    )
    looked = counted(sum(p.evaluations for p in paths), "subset")
    _lines(f"{who}; {searched}; {looked} looked at", *(f"note: {notice}" for notice in notices))


def show_search(
    name: str,
    settings: Mapping[str, Setting],
    planned: PlannedPath,
    nodes: Mapping[int, Node],
    view: View,
    *,
    others: int,
) -> None:
    """Print what the search of one scenario looked at, level by level; of each the `others` best beside the path."""
    notices = sums.path_notices(
        settings,
        evaluations=planned.evaluations,
        unscored=planned.unscored,
        calibration=standing_of(settings),
    )
    if view is View.JSON:
        subsets = [_subset_json(mask, node, planned) for mask, node in nodes.items()]
        found = {"plan": name, "notices": notices, **sums.path_json(planned), "subsets": subsets}
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    rows = list(_rows(planned, nodes, others))
    if view is View.MD:
        plain = [[f"**{what}**" if mark else what, score, visits] for mark, what, score, _, visits in rows]
        print_table(planned.scenario_id, ["known", "score", "visits"], plain, view.value)
    else:
        _lines(f"{planned.scenario_id} ({planned.domain}): {planned.query}")
        stdout().print(_drawing(rows))
    path = " > ".join(a.label for a in planned.path) or "nothing to ask"
    told = f"{counted(planned.evaluations, 'subset')} answered and judged"
    _lines(f"path: {path}", f"plan {name}; {told}", *(f"note: {notice}" for notice in notices))


Row = tuple[bool, str, str, float | None, str]
"""On the path? What is known, its score in words and as a number, how often it was visited."""


def _rows(planned: PlannedPath, nodes: Mapping[int, Node], others: int) -> Iterator[Row]:
    for level in range(max([len(planned.path), *(mask.bit_count() for mask in nodes)]) + 1):
        on_path = mask_of(planned.path[:level]) if level <= len(planned.path) else None
        if on_path is not None:
            step = f"+ {planned.path[level - 1].label}" if level else "nothing known"
            yield _row(step, nodes.get(on_path), on_path=True)
        beside = [m for m in nodes if m.bit_count() == level and m != on_path]
        judged = [m for m in beside if nodes[m].evaluated]
        judged.sort(key=lambda m: (nodes[m].score is None, -(nodes[m].score or 0.0), m))
        for mask in judged[:others]:
            yield _row(f"    {_named(mask)}", nodes[mask], on_path=False)
        left = [nodes[m].score for m in judged[others:]]
        scored = [score for score in left if score is not None]
        if left:
            span = f", {min(scored):.2f} to {max(scored):.2f}" if scored else ""
            yield False, f"    {len(left):,} more judged{span}", "", None, ""
        if passed := len(beside) - len(judged):
            yield False, f"    {passed:,} more passed through", "", None, ""


def _row(what: str, node: Node | None, *, on_path: bool) -> Row:
    score = None if node is None else node.score
    shown = NOTHING if node is None or not node.evaluated else "unscored" if score is None else f"{score:.2f}"
    return on_path, what, shown, score, f"{node.visits:,}" if node and node.visits else ""


def _drawing(rows: Sequence[Row]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column, side in (
        ("", "left"),
        ("known", "left"),
        ("score", "right"),
        ("1 to 5", "left"),
        ("visits", "right"),
    ):
        table.add_column(column, justify="right" if side == "right" else "left", overflow="fold", style=None)
    for on_path, what, score, number, visits in rows:
        style = "bold" if on_path else "" if score else "dim"
        cells = ("●" if on_path else "", what, score, _bar(number), visits)
        table.add_row(*(Text(safe_text(cell), style=style) for cell in cells))
    return table


def _bar(score: float | None) -> str:
    if score is None:
        return ""
    eighths = round((score - _WORST) / (_BEST - _WORST) * _CELLS * 8)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _subset_json(mask: int, node: Node, planned: PlannedPath) -> dict[str, object]:
    prefixes = {mask_of(planned.path[:length]) for length in range(len(planned.path) + 1)}
    return {
        "known": [attribute.value for attribute in attributes_of(mask)],
        "on_path": mask in prefixes,
        "judged": node.evaluated,
        "score": None if node.score is None else round(node.score, 4),
        "visits": node.visits,
        "mean_value": None if node.value is None else round(node.value, 4),
    }


def _named(mask: int) -> str:
    return ", ".join(a.label for a in Attribute if a.bit & mask) or "nothing known"


def _lines(*lines: str) -> None:
    for line in lines:
        stdout().print(safe_text(line), markup=False, soft_wrap=True)


def plans_table(rows: Sequence[Mapping[str, Cell]], view: View) -> None:
    """Print the list of plans and indexes; all that is known of them as JSON, else what 80 columns hold."""
    if view is View.JSON:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    narrow = [
        [
            row["plan"],
            row["kind"],
            row["model"],
            row["rule"],
            f"{row['finished']} of {row['scenarios']}",
            row["note"],
        ]
        for row in rows
    ]
    print_table("Plans", ["plan", "kind", "model", "rule", "paths", "note"], narrow, view.value)

"""What a search looked at: subsets by size from left to right, their score upwards, the path marked."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from markupsafe import Markup

from penguin_local.bench.report.sheet import Ink, Point, Sheet, Stroke
from penguin_local.bench.report.words import number, visible
from penguin_local.core.attributes import Attribute
from penguin_local.core.plan import PlannedPath
from penguin_local.store.plans import Node

_COLUMN: Final = 172
"""Pixels from one level to the next: the longest attribute's name fits."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 40, 116, 92
_TALL: Final = 420
_APART: Final = 9
"""Dots whose scores lie nearer than this are set side by side."""
_MOST_ASIDE: Final = 60
_QUERY: Final = 110
"""Characters of the question that the heading has room for."""
_ON_PATH: Final = Stroke(Ink.ARM_1, "o", ())
_JUDGED: Final = Stroke(Ink.ARM_2, "o", ())
_UNSCORED: Final = Stroke(Ink.ARM_2, "x", ())
_PASSED: Final = Stroke(Ink.RULE, "o", (), hollow=True)
_LEGEND: Final = (
    (_ON_PATH, "on the path"),
    (_JUDGED, "answered and judged; the larger, the more visits"),
    (_UNSCORED, "not scored"),
    (_PASSED, "passed through: the mean of what came back"),
)


def lattice_svg(planned: PlannedPath, nodes: Mapping[int, Node], *, key: str = "lattice") -> Markup:
    """The drawing, for a page that sets the colours; a node without a score stands in a row at the foot."""
    levels = max([len(planned.path), *(mask.bit_count() for mask in nodes)], default=0)
    sheet = Sheet(_LEFT + max(levels, 4) * _COLUMN + _RIGHT + 110, _TOP + _TALL + _BOTTOM)
    places = _places(planned, nodes)
    _axis(sheet, _Scale(nodes))
    _headings(sheet, planned, nodes, levels)
    _edges(sheet, nodes, places)
    _dots(sheet, nodes, places)
    _path(sheet, planned, nodes, places)
    return sheet.svg(key=key, title=f"Search of {planned.scenario_id}", description=_told(planned, nodes))


def lattice_file(planned: PlannedPath, nodes: Mapping[int, Node]) -> bytes:
    """The same as a file of its own: light or dark as the reader's screen is."""
    drawn = str(lattice_svg(planned, nodes))
    head, rest = drawn.split(">", 1)
    css = (files("penguin_local.bench.report") / "report.css").read_text(encoding="utf-8")
    style = f"<style>{css[: css.index('* {')]}text{{font-family:var(--sans)}}</style>"
    paper = '<rect width="100%" height="100%" style="fill:var(--paper)"/>'
    return f'{head} xmlns="http://www.w3.org/2000/svg">{style}{paper}{rest}\n'.encode()


class _Scale:
    """Where a score lies: the whole of 1 to 5, or the part of it that was seen."""

    def __init__(self, nodes: Mapping[int, Node]) -> None:
        seen = [height for node in nodes.values() if (height := _height(node)) is not None]
        self.low = math.floor(min(seen, default=1.0) * 2) / 2
        self.high = max(math.ceil(max(seen, default=5.0) * 2) / 2, self.low + 0.5)

    def y(self, score: float) -> float:
        return _TOP + _TALL * (1 - (score - self.low) / (self.high - self.low))


def _height(node: Node) -> float | None:
    """Its own score; of a subset that was only passed through, the mean of what came back."""
    return node.score if node.evaluated else node.value


def _x(level: int) -> float:
    return _LEFT + 46 + level * _COLUMN


def _places(planned: PlannedPath, nodes: Mapping[int, Node]) -> dict[int, Point]:
    """Set aside from the middle of its column as far as its neighbours make it necessary; the path's dots first."""
    scale, on_path = _Scale(nodes), set(_prefixes(planned))
    taken: dict[int, list[Point]] = defaultdict(list)
    places: dict[int, Point] = {}
    for mask in sorted(
        nodes, key=lambda m: (m not in on_path, not nodes[m].evaluated, -(_height(nodes[m]) or 0), m)
    ):
        height, level = _height(nodes[mask]), mask.bit_count()
        y = _TOP + _TALL + 24 if height is None else scale.y(height)
        aside = (side * step for step in range(0, _MOST_ASIDE, 4) for side in (1, -1))
        free = (x for x in aside if all(math.hypot(x - a, y - b) >= _APART for a, b in taken[level]))
        x = next(free, _MOST_ASIDE)
        taken[level].append((x, y))
        places[mask] = (_x(level) + x, y)
    return places


def _axis(sheet: Sheet, scale: _Scale) -> None:
    steps = round((scale.high - scale.low) * 2)
    for step in range(steps + 1):
        score = scale.low + step / 2
        sheet.line([(_LEFT, scale.y(score)), (sheet.width - _RIGHT, scale.y(score))], Ink.GRID)
        sheet.text((_LEFT - 10, scale.y(score)), f"{score:.1f}", ink=Ink.QUIET, anchor="right", size=12)
    sheet.text((12, _TOP - 26), "score", ink=Ink.QUIET, size=12)


def _headings(sheet: Sheet, planned: PlannedPath, nodes: Mapping[int, Node], levels: int) -> None:
    query = visible(planned.query).replace("\n", " ")
    short = query if len(query) <= _QUERY else query[: _QUERY - 1].rstrip() + "…"
    sheet.text((12, 22), short, bold=True, size=15)
    sheet.text((12, 46), f"{planned.scenario_id}: what the search looked at", ink=Ink.QUIET, size=12)
    for level in range(levels + 1):
        if level <= len(planned.path):
            step = planned.path[level - 1].label if level else "nothing known"
            sheet.text((_x(level), 74), f"+ {step}" if level else step, anchor="center", bold=True, size=12)
            sheet.text(
                (_x(level), 93), number(planned.scores[level]), ink=Ink.ARM_1, anchor="center", bold=True
            )
        seen = sum(node.evaluated for mask, node in nodes.items() if mask.bit_count() == level)
        every = math.comb(len(Attribute), level)
        foot = f"{seen} of {every} subset{'' if every == 1 else 's'}"
        sheet.text((_x(level), _TOP + _TALL + 48), foot, ink=Ink.QUIET, anchor="center", size=12)
    _legend(sheet)


def _legend(sheet: Sheet) -> None:
    y = sheet.height - 18
    x = 16.0
    for look, words in _LEGEND:
        sheet.dots([(x, y)], look, 7)
        sheet.text((x + 11, y), words, ink=Ink.QUIET, size=12)
        x += 44 + 6.2 * len(words)


def _edges(sheet: Sheet, nodes: Mapping[int, Node], places: Mapping[int, Point]) -> None:
    """Between scored subsets that differ by one attribute: one line with gaps, since there may be thousands."""
    points: list[Point] = []
    scored = {mask for mask, node in nodes.items() if node.score is not None}
    for mask in sorted(scored):
        for attribute in Attribute:
            below = mask & ~attribute.bit
            if below != mask and below in scored:
                points += [places[below], places[mask], (math.nan, math.nan)]
    if points:
        sheet.line(points, Ink.GRID)


def _dots(sheet: Sheet, nodes: Mapping[int, Node], places: Mapping[int, Point]) -> None:
    passed = [places[mask] for mask, node in nodes.items() if not node.evaluated]
    if passed:
        sheet.dots(passed, _PASSED, 4)
    by_size: dict[float, list[Point]] = defaultdict(list)
    unscored: list[Point] = []
    most = max((node.visits for node in nodes.values()), default=1)
    for mask, node in nodes.items():
        if node.evaluated and node.score is None:
            unscored.append(places[mask])
        elif node.evaluated:
            by_size[5 + round(6 * math.sqrt(node.visits / max(most, 1)))].append(places[mask])
    for size, points in sorted(by_size.items(), reverse=True):
        sheet.dots(points, _JUDGED, size)
    if unscored:
        sheet.dots(unscored, _UNSCORED, 6)


def _path(sheet: Sheet, planned: PlannedPath, nodes: Mapping[int, Node], places: Mapping[int, Point]) -> None:
    way = [mask for mask in _prefixes(planned) if mask in places]
    if len(way) > 1:
        sheet.line([places[mask] for mask in way], Ink.ARM_1, 2.4)
    scored = [places[mask] for mask in way if nodes[mask].score is not None]
    if scored:
        sheet.dots(scored, _ON_PATH, 11)


def _prefixes(planned: PlannedPath) -> list[int]:
    masks = [0]
    for attribute in planned.path:
        masks.append(masks[-1] | attribute.bit)
    return masks


def _told(planned: PlannedPath, nodes: Mapping[int, Node]) -> str:
    steps = ["nothing known", *(f"with {attribute.label}" for attribute in planned.path)]
    way = "; ".join(f"{step}: {number(score)}" for step, score in zip(steps, planned.scores, strict=True))
    judged = sum(node.evaluated for node in nodes.values())
    return f"{judged} subsets were answered and judged. The path, score by score: {way}."

"""The paper's radar chart: the seven domains as axes, the arms laid over each other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from markupsafe import Markup

from penguin_local.bench.report.sheet import Anchor, Ink, Point, Sheet, stroke
from penguin_local.bench.report.words import known, number
from penguin_local.core.attributes import Domain
from penguin_local.core.rubric import LEVELS

Means = Mapping[Domain, float | None]
FEWEST_AXES: Final = 3
"""Two axes make a line, not an area."""
_LEGEND_ROW: Final = 24


def axes(arms: Sequence[tuple[str, Means]]) -> tuple[Domain, ...]:
    """The domains in which at least one arm has a mean, in the paper's order."""
    return tuple(d for d in Domain if any(known(means.get(d)) is not None for _, means in arms))


def radar(
    arms: Sequence[tuple[str, Means]], *, key: str, title: str, width: float, legend: bool
) -> Markup | None:
    """The chart, or None when there are too few domains for one. The centre is score 1, the rim score 5."""
    domains = axes(arms)
    if len(domains) < FEWEST_AXES:
        return None
    small = width < 400
    label_width, label_height = (58, 22) if small else (74, 28)
    radius = (width / 2 - label_width) / 1.06
    low_side = radius * (math.cos(math.pi / len(domains)) if len(domains) % 2 else 1)
    height = radius + low_side + 2 * label_height
    legend_rows = math.ceil(len(arms) / 2) if legend else 0
    sheet = Sheet(width, height + (14 + legend_rows * _LEGEND_ROW if legend else 0))
    web = _Web((width / 2, radius + label_height), radius, domains)
    _rings(sheet, web, small)
    for index, (_, means) in enumerate(arms):
        _arm(sheet, web, means, index, filled=len(arms) <= 3)
    longest = max(len(arm) for arm, _ in arms)
    for row in range(legend_rows):
        for column, index in enumerate(range(2 * row, min(2 * row + 2, len(arms)))):
            left = (
                width / 2 - 70
                if len(arms) == 1
                else width / 2 + ((-150, 20) if longest < 16 else (-215, 15))[column]
            )
            _legend_entry(sheet, (left, height + 14 + (row + 0.5) * _LEGEND_ROW), arms[index][0], index)
    return sheet.svg(key=key, title=title, description=_told(arms, domains))


class _Web:
    """Where a score lies on an axis."""

    def __init__(self, centre: Point, radius: float, domains: tuple[Domain, ...]) -> None:
        self.centre, self.radius, self.domains = centre, radius, domains

    def at(self, axis: int, score: float) -> Point:
        """The point of this score on this axis; the first axis points up, the rest follow clockwise."""
        reach = self.radius * (score - LEVELS[0]) / (LEVELS[-1] - LEVELS[0])
        turn = math.tau * axis / len(self.domains)
        return self.centre[0] + reach * math.sin(turn), self.centre[1] - reach * math.cos(turn)


def _rings(sheet: Sheet, web: _Web, small: bool) -> None:
    axes_count = len(web.domains)
    for level in LEVELS[1:]:
        ring = [web.at(axis, level) for axis in range(axes_count + 1)]
        sheet.line(ring, Ink.RULE if level == LEVELS[-1] else Ink.GRID)
    for axis, domain in enumerate(web.domains):
        sheet.line([web.centre, web.at(axis, LEVELS[-1])], Ink.GRID)
        x, y = web.at(axis, LEVELS[-1])
        across, up = (x - web.centre[0]) / web.radius, (web.centre[1] - y) / web.radius
        anchor: Anchor = "center" if abs(across) < 0.15 else "left" if across > 0 else "right"
        outside = (x + 9 * across, y - (10 if small else 14) * up)
        sheet.text(outside, domain.capitalize(), size=11.5 if small else 13.5, anchor=anchor)
    for level in LEVELS[2::2] if small else LEVELS:
        x, y = web.at(0, level)
        sheet.text((x - 5, y + 7), str(level), ink=Ink.QUIET, size=10 if small else 11, anchor="right")


def _arm(sheet: Sheet, web: _Web, means: Means, index: int, *, filled: bool) -> None:
    """One arm's outline; an axis without a mean leaves a gap in it, never a point at the centre."""
    look = stroke(index)
    scores = [known(means.get(domain)) for domain in web.domains]
    points = [None if score is None else web.at(axis, score) for axis, score in enumerate(scores)]
    present = [point for point in points if point is not None]
    if filled and len(present) == len(points):
        sheet.area(present, look.ink, 0.1)
    for start, end in zip(points, points[1:] + points[:1], strict=True):
        if start is not None and end is not None:
            sheet.line([start, end], look.ink, 2, look.dashes)
    if present:
        sheet.dots(present, look, 7 if web.radius > 120 else 5.5)


def _legend_entry(sheet: Sheet, at: Point, arm: str, index: int) -> None:
    look = stroke(index)
    x, y = at
    sheet.line([(x, y), (x + 30, y)], look.ink, 2, look.dashes)
    sheet.dots([(x + 15, y)], look)
    sheet.text((x + 38, y), arm)


def _told(arms: Sequence[tuple[str, Means]], domains: tuple[Domain, ...]) -> str:
    lines = (
        f"{arm}: " + ", ".join(f"{domain} {number(means.get(domain))}" for domain in domains)
        for arm, means in arms
    )
    return "Mean score from 1 at the centre to 5 at the rim. " + "; ".join(lines) + "."

"""The figures of a study: rows of dots, and lines, each with its intervals; the paper's drawn apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from penguin_local.bench.report.charts import Place, dot
from penguin_local.bench.report.sheet import Ink, Point, Sheet, Stroke, stroke
from penguin_local.bench.report.words import bounds, interval, known, number, signed, signed_interval
from penguin_local.bench.results import Estimate
from penguin_local.bench.studies.findings import Chart, Curve, Line, Rows, Series

WIDTH: Final = 680
_TALL: Final = 300
_LEGEND: Final = 24
_APART: Final = 15
"""Pixels between two dots of one row."""
_LETTER: Final = 7.2
"""Pixels of an average letter at 13 pixels."""
_PUBLISHED: Final = Stroke(Ink.QUIET, "X", (2, 3), hollow=True)
_COVERED: Final = 14
"""Pixels between two marks whose labels would lie over each other."""
_ENOUGH: Final = 6
"""Ticks of an axis, about."""


def draw(chart: Chart, *, key: str) -> Markup | None:
    """The figure, or None where it would have nothing to show."""
    if isinstance(chart, Rows):
        shown = [e for _, row in chart.rows for e in row if e is not None and known(e.mean) is not None]
        return _rows(chart, shown, key) if shown else None
    seen = [mark.y for line in chart.lines for mark in line.marks if known(mark.y.mean) is not None]
    return _curve(chart, seen, key) if seen else None


def looks(series: Sequence[Series]) -> list[Stroke]:
    """Ours in the order of a report's arms, the paper's in grey."""
    # One series of ours gets the solid look, as differences have it in a run's report.
    found, ours = [], int(sum(not one.published for one in series) == 1)
    for one in series:
        found.append(_PUBLISHED if one.published else stroke(ours))
        ours += not one.published
    return found


def ticks(estimates: Sequence[Estimate], *, with_zero: bool = False) -> tuple[float, ...]:
    """Round numbers, about six, from below the lowest end to above the highest."""
    ends = [v for e in estimates for v in (known(e.mean), *(bounds(e) or ())) if v is not None]
    if with_zero:
        ends.append(0.0)
    low, high = min(ends), max(ends)
    rough = max((high - low) / _ENOUGH, 0.02)
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * n for n in (1, 2, 5, 10) if unit * n >= rough - 1e-12)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    last += first == last
    return tuple(round(n * step, 6) for n in range(first, last + 1))


def _digits(places: Sequence[float]) -> int:
    return 2 if len(places) > 1 and (places[1] - places[0]) * 10 % 1 > 1e-6 else 1


def _rows(chart: Rows, shown: Sequence[Estimate], key: str) -> Markup:
    inks = looks(chart.series)
    tall = max(26, _APART * len(chart.series) + 14)
    top = _legend_height(chart.series) + 6.0
    bottom = top + tall * len(chart.rows)
    left = min(max(100.0, _LETTER * max(len(name) for name, _ in chart.rows) + 18), 330.0)
    sheet = Sheet(WIDTH, bottom + 46)
    place = _across(sheet, ticks(shown, with_zero=chart.about_zero), left, top, bottom, chart)
    _legend(sheet, chart.series, inks)
    for index, (name, estimates) in enumerate(chart.rows):
        middle = top + tall * (index + 0.5)
        sheet.text((left - 14, middle), name, anchor="right")
        here = [(e, look) for e, look in zip(estimates, inks, strict=True) if e and known(e.mean) is not None]
        first = middle - _APART * (len(here) - 1) / 2
        for turn, (estimate, look) in enumerate(here):
            dot(sheet, estimate, place, first + _APART * turn, look)
    word, ends = (signed, signed_interval) if chart.about_zero else (number, interval)
    told = "; ".join(
        f"{name}, {series.name}: {word(e.mean)}" + (f", 95 % interval {ends(e)}" if bounds(e) else "")
        for name, estimates in chart.rows
        for series, e in zip(chart.series, estimates, strict=True)
        if e is not None and known(e.mean) is not None
    )
    return sheet.svg(key=key, title=chart.title, description=told + ".")


def _across(
    sheet: Sheet, places: Sequence[float], left: float, top: float, bottom: float, chart: Rows
) -> Place:
    right = WIDTH - 26.0

    def place(value: float) -> float:
        return left + (right - left) * (value - places[0]) / (places[-1] - places[0])

    for tick in places:
        strong = chart.about_zero and tick == 0
        sheet.line([(place(tick), top), (place(tick), bottom)], Ink.TEXT if strong else Ink.GRID)
        shown = signed(tick, _digits(places)) if chart.about_zero else number(tick, _digits(places))
        sheet.text((place(tick), bottom + 13), shown, ink=Ink.QUIET, size=11, anchor="center")
    sheet.text(((left + right) / 2, bottom + 35), chart.across, ink=Ink.QUIET, size=12, anchor="center")
    return place


def _curve(chart: Curve, seen: Sequence[Estimate], key: str) -> Markup:
    series = [line.series for line in chart.lines]
    inks = looks(series)
    top = _legend_height(series) + 30.0
    bottom, left, right = top + _TALL, 56.0, WIDTH - 40.0
    sheet = Sheet(WIDTH, bottom + 48)
    _legend(sheet, series, inks)
    across = _steps(sheet, chart, left, right, bottom)
    heights = ticks(seen)

    def up(value: float) -> float:
        return bottom - _TALL * (value - heights[0]) / (heights[-1] - heights[0])

    for tick in heights:
        sheet.line([(left, up(tick)), (right, up(tick))], Ink.GRID)
        sheet.text(
            (left - 10, up(tick)), number(tick, _digits(heights)), ink=Ink.QUIET, size=11, anchor="right"
        )
    sheet.text((0, top - 18), chart.upwards, ink=Ink.QUIET, size=12)
    sheet.text(((left + right) / 2, bottom + 36), chart.across, ink=Ink.QUIET, size=12, anchor="center")
    for turn, (line, look) in enumerate(zip(chart.lines, inks, strict=True)):
        aside = 5.0 * (turn - (len(inks) - 1) / 2) if chart.doubling else 0.0
        _line(sheet, line, look, lambda x, aside=aside: across(x) + aside, up)  # type: ignore[misc]
    return sheet.svg(key=key, title=chart.title, description=_told(chart))


def _steps(sheet: Sheet, chart: Curve, left: float, right: float, bottom: float) -> Place:
    """The axis from left to right: every x there is where they double, else round numbers."""
    xs = sorted({mark.x for line in chart.lines for mark in line.marks})
    if chart.doubling:
        low, high = math.log2(xs[0]) - 0.4, math.log2(xs[-1]) + 0.4
        places: Sequence[float] = xs
    else:
        places = _round_steps(xs[0], xs[-1])
        pad = 0.04 * (places[-1] - places[0])
        low, high = places[0] - pad, places[-1] + pad

    def place(x: float) -> float:
        return left + (right - left) * ((math.log2(x) if chart.doubling else x) - low) / (high - low)

    for tick in places:
        sheet.line([(place(tick), bottom), (place(tick), bottom + 4)], Ink.RULE)
        sheet.text((place(tick), bottom + 14), f"{tick:g}", ink=Ink.QUIET, size=11, anchor="center")
    return place


def _round_steps(low: float, high: float) -> list[float]:
    step = 1.0 if high - low > 1.5 else 0.5
    first, last = math.floor(low / step), math.ceil(high / step)
    return [n * step for n in range(first, max(last, first + 1) + 1)]


def _line(sheet: Sheet, line: Line, look: Stroke, across: Place, up: Place) -> None:
    shown = [mark for mark in line.marks if known(mark.y.mean) is not None]
    points = [(across(mark.x), up(mark.y.mean or 0.0)) for mark in shown]
    if line.joined and len(points) > 1:
        sheet.line(points, look.ink, 2, look.dashes)
    for (x, _), mark in zip(points, shown, strict=True):
        ends = bounds(mark.y)
        if ends is not None:
            sheet.line([(x, up(ends[0])), (x, up(ends[1]))], look.ink, 1.4)
    sheet.dots(points, look, 7)
    labels = _merged([(at, mark.label) for at, mark in zip(points, shown, strict=True) if mark.label])
    for place, ((x, y), label) in enumerate(labels):
        if line.joined:  # left of the mark and above it, where a line that rises is not
            sheet.text((x - 7, y - 8), label, ink=look.ink, size=11, anchor="right")
        else:  # in turns above and below, or those of near marks would meet
            sheet.text((x + 8, y + (13 if place % 2 else -10)), label, ink=look.ink, size=11)


def _merged(labels: Sequence[tuple[Point, str]]) -> list[tuple[Point, str]]:
    """Marks that all but cover each other get one label: `2.5, 3`."""
    found: list[tuple[Point, str]] = []
    for at, label in labels:
        if found and math.dist(at, found[-1][0]) < _COVERED:
            found[-1] = (found[-1][0], f"{found[-1][1]}, {label}")
        else:
            found.append((at, label))
    return found


def _legend_height(series: Sequence[Series]) -> float:
    return _LEGEND * math.ceil(len(series) / 2) if _needs_legend(series) else 0.0


def _needs_legend(series: Sequence[Series]) -> bool:
    return len(series) > 1


def _legend(sheet: Sheet, series: Sequence[Series], inks: Sequence[Stroke]) -> None:
    """Two in a row, above the figure."""
    if not _needs_legend(series):
        return
    for index, (one, look) in enumerate(zip(series, inks, strict=True)):
        x, y = (index % 2) * WIDTH / 2, _LEGEND * (index // 2 + 0.5)
        sheet.line([(x, y), (x + 26, y)], look.ink, 2, look.dashes)
        sheet.dots([(x + 13, y)], look, 7)
        sheet.text((x + 34, y), one.name, size=12)


def _told(chart: Curve) -> str:
    lines = (
        f"{line.series.name}: "
        + ", ".join(
            f"{mark.label + ' ' if mark.label else ''}at {mark.x:.3g} {number(mark.y.mean)}"
            for mark in line.marks
        )
        for line in chart.lines
        if line.marks
    )
    return f"{chart.upwards} by {chart.across}. " + "; ".join(lines) + "."

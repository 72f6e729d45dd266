"""Bars, histograms and dot plots: means with their intervals, integer scores, paired differences."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

from markupsafe import Markup

from penguin_local.bench.report.sheet import Anchor, Ink, Sheet, Stroke, stroke
from penguin_local.bench.report.words import bounds, known, number, signed, signed_interval
from penguin_local.bench.results import ArmResult, Estimate
from penguin_local.core.rubric import LEVELS, Dimension

WIDTH: Final = 640
"""A figure's width in pixels: beside a table on a screen, and nearly the width of A4 between its margins."""
_ROW: Final = 26
_NO_COUNTS: Final = (0, 0, 0, 0, 0)
Rows = Sequence[tuple[str, Estimate]]
Place = Callable[[float], float]
"""Where on the sheet a value lies."""


def dimension_bars(arms: Sequence[ArmResult], *, key: str) -> Markup:
    """A bar for each dimension and arm, from 1 to its mean, with the interval as a whisker."""
    tall = _ROW * len(arms)
    block = tall + 48
    sheet = Sheet(WIDTH, block * len(Dimension) + 12)
    for position, dimension in enumerate(Dimension):
        top = position * block + 32
        sheet.text((0, top - 18), dimension.label.capitalize(), bold=True)
        last = position == len(Dimension) - 1
        place = _score_axis(sheet, 150, WIDTH - 60, top, top + tall, numbered=last)
        for index, arm in enumerate(arms):
            middle = top + _ROW * (index + 0.5)
            _bar(sheet, arm.arm, arm.dimensions.get(dimension), place, middle, stroke(index))
    told = "; ".join(
        f"{dimension.label}, {arm.arm}: {number(e.mean if e else None)}"
        for dimension in Dimension
        for arm in arms
        for e in (arm.dimensions.get(dimension),)
    )
    return sheet.svg(key=key, title="The three dimensions by arm", description=told + ".")


def histograms(arms: Sequence[ArmResult], *, key: str) -> Markup:
    """How often each integer score was given: a row of three small charts for each arm."""
    gap, tall = 26, 148
    wide = (WIDTH - 2 * gap) / len(Dimension)
    sheet = Sheet(WIDTH, 24 + tall * len(arms))
    most = max((count for arm in arms for row in arm.histogram.values() for count in row), default=0)
    for column, dimension in enumerate(Dimension):
        left = column * (wide + gap)
        sheet.text((left, 8), dimension.label.capitalize(), bold=True)
        for index, arm in enumerate(arms):
            base = 24 + tall * (index + 1) - 26
            if column == 0:
                sheet.text((0, base - 106), arm.arm, ink=Ink.QUIET, size=12)
            counts = arm.histogram.get(dimension, _NO_COUNTS)
            _histogram(sheet, counts, most or 1, (left, base), wide, stroke(index))
    told = "; ".join(
        f"{arm.arm}, {dimension.label}: " + ", ".join(map(str, arm.histogram.get(dimension, _NO_COUNTS)))
        for arm in arms
        for dimension in Dimension
    )
    return sheet.svg(key=key, title="How often each score from 1 to 5 was given", description=told + ".")


def differences(rows: Rows, *, key: str, title: str, first_bold: bool) -> Markup:
    """A dot and its interval for each row, around a line at zero; the table beside it has the numbers."""
    longest = max(len(name) for name, _ in rows)
    left, right, bottom = max(110.0, 7.6 * longest + 16), WIDTH - 24.0, 10.0 + _ROW * len(rows)
    sheet = Sheet(WIDTH, bottom + 44)
    ticks = _ticks([estimate for _, estimate in rows])

    def place(value: float) -> float:
        return left + (right - left) * (value - ticks[0]) / (ticks[-1] - ticks[0])

    for tick in ticks:
        sheet.line([(place(tick), 4), (place(tick), bottom)], Ink.TEXT if tick == 0 else Ink.GRID)
        sheet.text((place(tick), bottom + 12), signed(tick, 1), ink=Ink.QUIET, size=11, anchor="center")
    arrows: tuple[tuple[str, int, Anchor], ...] = (
        ("\N{LEFTWARDS ARROW} lower", -10, "right"),
        ("higher \N{RIGHTWARDS ARROW}", 10, "left"),
    )
    for words, aside, anchor in arrows:
        sheet.text((place(0) + aside, bottom + 34), words, ink=Ink.QUIET, size=12, anchor=anchor)
    for index, (name, estimate) in enumerate(rows):
        middle = 6 + _ROW * (index + 0.5)
        sheet.text((left - 16, middle), name, anchor="right", bold=first_bold and index == 0)
        dot(sheet, estimate, place, middle, stroke(1))
    told = "; ".join(f"{n}: {signed(e.mean)}, 95 % interval {signed_interval(e)}" for n, e in rows)
    return sheet.svg(key=key, title=title, description=told + ".")


def _ticks(estimates: Sequence[Estimate]) -> tuple[float, ...]:
    """Round numbers from below the lowest end to above the highest, one on each side of 0 at the least."""
    ends = [v for e in estimates for v in (known(e.mean), *(bounds(e) or ())) if v is not None]
    low, high = min([*ends, 0.0]), max([*ends, 0.0])
    step = 1.0 if high - low > 3 else 0.5
    return tuple(n * step for n in range(min(math.floor(low / step), -1), max(math.ceil(high / step), 1) + 1))


def _score_axis(
    sheet: Sheet, left: float, right: float, top: float, bottom: float, *, numbered: bool
) -> Place:
    """Draw the grid from 1 to 5; the function says where a score lies."""

    def place(score: float) -> float:
        return left + (right - left) * (score - LEVELS[0]) / (LEVELS[-1] - LEVELS[0])

    for level in LEVELS:
        sheet.line([(place(level), top), (place(level), bottom)], Ink.RULE if level == 1 else Ink.GRID)
        if numbered:
            sheet.text((place(level), bottom + 13), str(level), ink=Ink.QUIET, size=11, anchor="center")
    return place


def dot(
    sheet: Sheet, estimate: Estimate, place: Place, middle: float, look: Stroke, *, size: float = 8
) -> None:
    """A mean with its interval as a whisker; nothing where there is no mean."""
    mean, ends = known(estimate.mean), bounds(estimate)
    if mean is None:
        return
    if ends is not None:
        low, high = (place(end) for end in ends)
        sheet.line([(low, middle), (high, middle)], look.ink, 2)
        for end in (low, high):
            sheet.line([(end, middle - 4), (end, middle + 4)], look.ink, 2)
    sheet.dots([(place(mean), middle)], look, size)


def _bar(
    sheet: Sheet,
    name: str,
    estimate: Estimate | None,
    place: Callable[[float], float],
    middle: float,
    look: Stroke,
) -> None:
    sheet.text((138, middle), name, anchor="right", size=12)
    mean = known(estimate.mean) if estimate else None
    sheet.text((sheet.width, middle), number(mean), anchor="right", bold=True)
    if mean is None or estimate is None:
        return
    start = place(LEVELS[0])
    sheet.box(start, middle - 8, place(mean) - start, 16, look.ink, 0.25 if look.hollow else 0.85)
    ends = bounds(estimate)
    if ends is not None:
        low, high = (place(end) for end in ends)
        sheet.line([(low, middle), (high, middle)], Ink.TEXT, 1.4)
        for end in (low, high):
            sheet.line([(end, middle - 4), (end, middle + 4)], Ink.TEXT, 1.4)


def _histogram(
    sheet: Sheet, counts: Sequence[int], most: int, corner: tuple[float, float], wide: float, look: Stroke
) -> None:
    left, base = corner
    step, tall = wide / len(LEVELS), 76
    for place, (level, count) in enumerate(zip(LEVELS, counts, strict=True)):
        high = tall * count / most
        middle = left + step * (place + 0.5)
        if count:
            opacity = 0.25 if look.hollow else 0.85
            sheet.box(middle - step * 0.38, base - high, step * 0.76, high, look.ink, opacity)
        sheet.text((middle, base - high - 9), f"{count:,}", size=11, anchor="center")
        sheet.text((middle, base + 13), str(level), ink=Ink.QUIET, size=11, anchor="center")
    sheet.line([(left, base), (left + wide, base)], Ink.RULE)

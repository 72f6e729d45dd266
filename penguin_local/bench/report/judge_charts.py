"""The figures of a judge's pages: confusions side by side, and shifts against their bars."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from penguin_local.bench.probe_card import Grade
from penguin_local.bench.report.charts import dot
from penguin_local.bench.report.sheet import Ink, Sheet, Stroke
from penguin_local.bench.report.study_charts import ticks
from penguin_local.bench.report.words import known
from penguin_local.bench.results import Estimate
from penguin_local.core.rubric import LEVELS
from penguin_local.safety.calibration import Matrix

_CELL: Final = 41
_SIDE: Final = _CELL * len(LEVELS)
_LEFT: Final = 30
"""Room for the levels beside a matrix."""
_TOP: Final = 54
_GAP: Final = 44
_STRONGEST: Final = 0.5
"""Of a cell's filling: beyond it, the number in it could not be read in both themes."""

_WIDE: Final = 1040
_PLOT: Final = (262.0, 606.0)
_TOLD: Final = 626
_BAR: Final = 816
_ROW: Final = 34
_GRADED: Final = {
    Grade.PASS: Stroke(Ink.ARM_3, "o", ()),
    Grade.FAIL: Stroke(Ink.ARM_1, "D", ()),
    Grade.NOT_MEASURED: Stroke(Ink.QUIET, "s", (), hollow=True),
    None: Stroke(Ink.QUIET, "s", (), hollow=True),
}
_SIGN: Final = {
    Grade.PASS: "\N{CHECK MARK} pass",
    Grade.FAIL: "\N{MULTIPLICATION X} fail",
    Grade.NOT_MEASURED: "not measured",
    None: "",
}


@dataclass(frozen=True, slots=True)
class Held:
    """One row: a value held against a bar."""

    name: str
    estimate: Estimate
    told: str
    """The value with its interval, in words."""
    bar: str
    band: tuple[float, float] | None
    """Where it passes, from low to high; None where this value has no bar."""
    grade: Grade | None


def confusion(label: str, judge: Matrix, people: Matrix | None, *, key: str) -> Markup:
    """The judge beside people and, to its right, people beside each other."""
    sheet = Sheet(2 * (_LEFT + _SIDE) + _GAP, _TOP + _SIDE + 46)
    _matrix(sheet, 0, "judge and people", ("people", "judge"), judge)
    right = _LEFT + _SIDE + _GAP
    told = f"rows are people's levels, columns the judge's: {_rows(judge)}"
    if people is None:
        sheet.text((right + _LEFT, _TOP - 36), "people among themselves", bold=True)
        sheet.text((right + _LEFT, _TOP + _SIDE / 2), "no answer has two raters", ink=Ink.QUIET)
    else:
        _matrix(sheet, right, "people among themselves", ("one", "another"), people)
        told += f"; people and each other, both ways round: {_rows(people)}"
    return sheet.svg(key=key, title=f"Confusion of levels: {label}", description=told + ".")


def _matrix(sheet: Sheet, left: float, title: str, names: tuple[str, str], matrix: Matrix) -> None:
    start = left + _LEFT
    sheet.text((start, _TOP - 36), title, bold=True)
    down, across = names
    words = f"{down} \N{DOWNWARDS ARROW}   {across} \N{RIGHTWARDS ARROW}"
    sheet.text((start, _TOP - 14), words, ink=Ink.QUIET, size=12)
    for row, (level, counts) in enumerate(zip(LEVELS, matrix, strict=True)):
        middle = _TOP + _CELL * (row + 0.5)
        sheet.text((start - 12, middle), str(level), ink=Ink.QUIET, anchor="right")
        sheet.text(
            (start + _CELL * (row + 0.5), _TOP + _SIDE + 15), str(level), ink=Ink.QUIET, anchor="center"
        )
        for column, count in enumerate(counts):
            _cell(sheet, start + _CELL * column, _TOP + _CELL * row, count, sum(counts))
    for n in range(len(LEVELS) + 1):
        at = _CELL * n
        sheet.line([(start + at, _TOP), (start + at, _TOP + _SIDE)], Ink.GRID)
        sheet.line([(start, _TOP + at), (start + _SIDE, _TOP + at)], Ink.GRID)
    for n in range(len(LEVELS)):
        x, y = start + _CELL * n, _TOP + _CELL * n
        around = [(x, y), (x + _CELL, y), (x + _CELL, y + _CELL), (x, y + _CELL), (x, y)]
        sheet.line(around, Ink.TEXT, 1.4)


def _cell(sheet: Sheet, left: float, top: float, count: int, whole: int) -> None:
    middle = left + _CELL / 2
    if not count:
        sheet.text((middle, top + _CELL / 2), "0", ink=Ink.QUIET, size=12, anchor="center")
        return
    corners = [(left, top), (left + _CELL, top), (left + _CELL, top + _CELL), (left, top + _CELL)]
    sheet.area(corners, Ink.ARM_2, _STRONGEST * count / whole)
    sheet.text((middle, top + 15), f"{count:,}", anchor="center")
    sheet.text((middle, top + 31), f"{count / whole:.0%}", size=11, anchor="center")


def _rows(matrix: Matrix) -> str:
    return ", ".join(
        f"{level}: {' '.join(map(str, counts))}" for level, counts in zip(LEVELS, matrix, strict=True)
    )


def forest(
    rows: Sequence[Held],
    *,
    key: str,
    title: str,
    across: str,
    shown: Callable[[float], str],
    noise: float | None = None,
) -> Markup | None:
    """A dot with its interval for each row, over the band in which it passes; None where nothing was measured.

    `noise` is the judge's own, drawn to both sides of 0.
    """
    measured = [row.estimate for row in rows if known(row.estimate.mean) is not None]
    if not measured:
        return None
    bands = [row.band for row in rows if row.band] + ([(-noise, noise)] if noise else [])
    edges = [end for band in bands for end in band if math.isfinite(end)]
    places = ticks([*measured, *(Estimate(0, edge, None, None) for edge in edges)], with_zero=True)
    left, right = _PLOT
    top = 34.0 if noise else 6.0
    bottom = top + _ROW * len(rows)
    sheet = Sheet(_WIDE, bottom + 46)

    def place(value: float) -> float:
        inside = min(max(value, places[0]), places[-1])
        return left + (right - left) * (inside - places[0]) / (places[-1] - places[0])

    for tick in places:
        sheet.line([(place(tick), top), (place(tick), bottom)], Ink.TEXT if tick == 0 else Ink.GRID)
        sheet.text((place(tick), bottom + 13), shown(tick), ink=Ink.QUIET, size=11, anchor="center")
    for index, row in enumerate(rows):
        _held(sheet, row, place, top + _ROW * (index + 0.5))
    if noise:
        for end in (-noise, noise):
            sheet.line([(place(end), top - 4), (place(end), bottom)], Ink.QUIET, 1.2, (3, 3))
        words = f"its own noise, \N{PLUS-MINUS SIGN}{noise:.2f}"
        sheet.text((place(0), top - 16), words, ink=Ink.QUIET, size=11, anchor="center")
    sheet.text(((left + right) / 2, bottom + 35), across, ink=Ink.QUIET, size=12, anchor="center")
    told = "; ".join(
        f"{row.name}: {row.told}{f', bar {row.bar}, {row.grade.value}' if row.grade else ''}" for row in rows
    )
    return sheet.svg(key=key, title=title, description=told + ".")


def _held(sheet: Sheet, row: Held, place: Callable[[float], float], middle: float) -> None:
    if row.band is not None:
        low, high = (place(end) for end in row.band)
        tall = _ROW - 10
        corners = [(low, middle - tall / 2), (high, middle - tall / 2)]
        sheet.area([*corners, *((x, middle + tall / 2) for x, _ in reversed(corners))], Ink.ARM_3, 0.16)
        for end, at in zip(row.band, (low, high), strict=True):
            if math.isfinite(end):
                sheet.line([(at, middle - tall / 2), (at, middle + tall / 2)], Ink.ARM_3, 1.4)
    look = _GRADED[row.grade]
    sheet.text((_PLOT[0] - 16, middle), row.name, anchor="right")
    sheet.text((_TOLD, middle), row.told)
    sheet.text((_BAR, middle), row.bar, ink=Ink.QUIET)
    sheet.text((_WIDE, middle), _SIGN[row.grade], anchor="right", bold=row.grade is Grade.FAIL)
    dot(sheet, row.estimate, place, middle, look, size=9)

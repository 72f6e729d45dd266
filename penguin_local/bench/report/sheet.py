"""A sheet to draw on: matplotlib as a quiet SVG printer.

Coordinates are CSS pixels from the top left. Colours are named, not chosen: each is written as a colour that
occurs nowhere else and then replaced by a CSS variable, so that the page decides for light, dark and print.
The same drawing gives the same bytes: ids come from a salt, and there is no date.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, TypeAlias

import matplotlib
from markupsafe import Markup, escape
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

Point: TypeAlias = tuple[float, float]
Anchor: TypeAlias = Literal["left", "center", "right"]


class Ink(StrEnum):
    """What a colour is for; the values are the stand-ins that become CSS variables."""

    TEXT = "#00a001"
    QUIET = "#00a002"
    RULE = "#00a003"
    GRID = "#00a004"
    PAPER = "#00a005"
    ARM_1 = "#00a011"
    ARM_2 = "#00a012"
    ARM_3 = "#00a013"
    ARM_4 = "#00a014"
    ARM_5 = "#00a015"
    ARM_6 = "#00a016"

    @property
    def variable(self) -> str:
        """Its CSS variable: `--arm-1`."""
        return "--" + self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Stroke:
    """How one arm is told from another: never by colour alone."""

    ink: Ink
    marker: str
    """A matplotlib marker."""
    dashes: tuple[float, ...]
    """On and off lengths in pixels; empty for a solid line."""
    hollow: bool = False
    """The marker's inside is left in the colour of the paper."""


STROKES: Final = (
    Stroke(Ink.ARM_1, "o", (5, 3), hollow=True),
    Stroke(Ink.ARM_2, "s", ()),
    Stroke(Ink.ARM_3, "^", (2, 2)),
    Stroke(Ink.ARM_4, "D", (8, 2, 2, 2), hollow=True),
    Stroke(Ink.ARM_5, "v", (10, 3)),
    Stroke(Ink.ARM_6, "P", (1, 2)),
)
"""One per arm, in the order of the arms; a seventh arm starts again with the other filling."""


def stroke(index: int) -> Stroke:
    """The look of the arm at this place."""
    base = STROKES[index % len(STROKES)]
    swapped = (index // len(STROKES)) % 2 == 1
    return Stroke(base.ink, base.marker, base.dashes, base.hollow != swapped)


class Sheet:
    """An empty drawing of a given size in pixels."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        # 72 dots an inch make matplotlib's points and our pixels the same length.
        self._figure = Figure(figsize=(width / 72, height / 72), dpi=72)
        self._figure.patch.set_visible(False)
        self._axes = self._figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self._axes.set_xlim(0, width)
        self._axes.set_ylim(height, 0)
        self._axes.set_axis_off()

    def line(self, points: Sequence[Point], ink: Ink, width: float = 1, dashes: Sequence[float] = ()) -> None:
        """A line through the points."""
        xs, ys = _columns(points)
        behind = ink in (Ink.GRID, Ink.RULE)
        (drawn,) = self._axes.plot(
            xs, ys, color=ink, linewidth=width, clip_on=False, zorder=0 if behind else 3
        )
        if dashes:
            drawn.set_dashes([length / width for length in dashes])

    def area(self, points: Sequence[Point], ink: Ink, opacity: float) -> None:
        """A filled shape without an outline."""
        shape = Polygon(list(points), closed=True, facecolor=ink, alpha=opacity, linewidth=0, clip_on=False)
        self._axes.add_patch(shape)

    def box(self, left: float, top: float, width: float, height: float, ink: Ink, opacity: float = 1) -> None:
        """A rectangle, filled as strongly as asked and always outlined in full strength."""
        shape = Rectangle((left, top), width, height, clip_on=False)
        shape.set(facecolor=(ink, opacity), edgecolor=ink, linewidth=1.2)
        self._axes.add_patch(shape)

    def dots(self, points: Sequence[Point], look: Stroke, size: float = 7) -> None:
        """A marker at each point."""
        self._axes.plot(
            *_columns(points),
            clip_on=False,
            linestyle="none",
            marker=look.marker,
            markersize=size,
            markerfacecolor=Ink.PAPER if look.hollow else look.ink,
            markeredgecolor=look.ink,
            markeredgewidth=1.6,
            zorder=4,
        )

    def text(
        self,
        at: Point,
        words: str,
        *,
        ink: Ink = Ink.TEXT,
        size: float = 13,
        anchor: Anchor = "left",
        bold: bool = False,
    ) -> None:
        """One line of text, centred on the height of `at`."""
        self._axes.text(
            *at,
            words,
            color=ink,
            fontsize=size,
            horizontalalignment=anchor,
            verticalalignment="center_baseline",
            fontweight="bold" if bold else "normal",
            parse_math=False,
            zorder=5,
        )

    def svg(self, *, key: str, title: str, description: str) -> Markup:
        """The drawing as inline SVG; `key` is unique on the page, title and description are read aloud."""
        buffer = io.StringIO()
        with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": key, "path.simplify": False}):
            self._figure.savefig(
                buffer,
                format="svg",
                metadata={"Date": None, "Creator": None, "Format": None, "Type": None},
            )
        # Our own drawing: matplotlib has escaped every text in it.
        return Markup(_opening(self, key, title, description) + _body(buffer.getvalue()) + "</svg>")


def _columns(points: Sequence[Point]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


def _opening(sheet: Sheet, key: str, title: str, description: str) -> str:
    size = f'width="{sheet.width:g}" height="{sheet.height:g}" viewBox="0 0 {sheet.width:g} {sheet.height:g}"'
    return (
        f'<svg role="img" aria-labelledby="{key}-title {key}-desc" {size}>'
        f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-desc">{escape(description)}</desc>'
    )


def _body(svg: str) -> str:
    """What matplotlib drew, without what a page with several drawings cannot use.

    Out go the namespaces (HTML knows them), comments, metadata, the `*` style sheet (it would style the whole
    page) and the ids of groups (they repeat from drawing to drawing). Font families are left to the page.
    """
    inner = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    inner = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style[^>]*>.*?</style>", "", inner, flags=re.DOTALL)
    inner = re.sub(r'<g id="[^"]*"', "<g", inner).replace("xlink:href", "href")
    inner = re.sub(r"font-family: [^;\"]*; | transform=\"rotate\(-0 [^\"]*\"", "", inner)
    for ink in Ink:
        inner = inner.replace(ink, f"var({ink.variable})")
    return re.sub(r"\s*\n\s*", "\n", inner)

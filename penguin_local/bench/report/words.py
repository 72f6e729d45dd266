"""Values as a reader sees them: cleaned text, numbers, intervals, the names of arms."""

from __future__ import annotations

import math
import unicodedata
from typing import Final

from penguin_local.bench.cells import counted
from penguin_local.bench.finding_arms import TALKS
from penguin_local.bench.results import Estimate
from penguin_local.core.attributes import Attribute

MISSING: Final = "\N{EN DASH}"
"""What stands where there is no number; the page says in words what it means."""

_MINUS: Final = "\N{MINUS SIGN}"
_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_TAGS: Final = range(0xE0000, 0xE0080)
"""Invisible "tag" letters, which can carry hidden text."""


def visible(text: str) -> str:
    """The text without characters that change how the rest is shown, or that no file can hold.

    Control characters, bidirectional overrides and tag letters go; a lone surrogate becomes U+FFFD, as
    UTF-8 cannot carry it; every line end becomes a newline. HTML is escaped by the template, not here.
    """
    unified = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(_shown(character) for character in unified)


def _shown(character: str) -> str:
    if character in "\n\t":
        return character
    if character in _BIDI or ord(character) in _TAGS:
        return ""
    kind = unicodedata.category(character)
    if kind == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    return "" if kind == "Cc" or character == "\ufeff" else character


def known(value: float | None) -> float | None:
    """The value if it is a number one can show, else None."""
    return value if value is not None and math.isfinite(value) else None


def bounds(estimate: Estimate) -> tuple[float, float] | None:
    """Both ends of the interval, or None when either is missing."""
    low, high = known(estimate.low), known(estimate.high)
    return None if low is None or high is None else (low, high)


def share(value: float | None) -> str:
    """`7 %`, kept between 0 and 100, or a dash when it is missing."""
    shown = known(value)
    return MISSING if shown is None else f"{min(1.0, max(0.0, shown)):.0%}".replace("%", " %")


def number(value: float | None, digits: int = 2) -> str:
    """`2.79`, or a dash when it is missing."""
    shown = known(value)
    return MISSING if shown is None else f"{shown:.{digits}f}".replace("-", _MINUS)


def signed(value: float | None, digits: int = 2) -> str:
    """`+1.21`, with a true minus sign, or a dash when it is missing; nothing is ever `-0.00`."""
    shown = known(value)
    if shown is None:
        return MISSING
    rounded = round(shown, digits)
    return "0" if rounded == 0 else f"{rounded:+.{digits}f}".replace("-", _MINUS)


def interval(estimate: Estimate) -> str:
    """`2.61 to 2.97`, or a dash."""
    ends = bounds(estimate)
    return MISSING if ends is None else f"{number(ends[0])} to {number(ends[1])}"


def signed_interval(estimate: Estimate) -> str:
    """`+1.02 to +1.40`, or a dash."""
    ends = bounds(estimate)
    return MISSING if ends is None else f"{signed(ends[0])} to {signed(ends[1])}"


def duration(seconds: float) -> str:
    """`42 s`, `3 min 05 s`, `2 h 10 min`."""
    whole = round(known(seconds) or 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def arm_meaning(arm: str) -> str:
    """What the answerer is told under this arm."""
    kind, _, rest = arm.partition(":")
    if kind == "only" and rest in set(Attribute):
        return f"told one thing beside the question: {Attribute(rest).label}"
    if kind in TALKS:
        guided = ", guided by planned paths of similar questions" if kind == "planner" else ""
        return f"told the question and what the agent found out by asking{guided}"
    kind, _, count = arm.partition("#")[0].rpartition("-")
    match kind, count:
        case "oracle", k if k.isdecimal():
            return f"told the question and the best subset of at most {counted(int(k), 'attribute')}"
        case "context", "free":
            return "told the question and nothing else"
        case "context", "rich":
            return "told the question and the whole profile"
        case "random", k if k.isdecimal():
            return f"told the question and {counted(int(k), 'attribute')} drawn at random"
        case "static", k if k.isdecimal():
            return f"told the question and the same {counted(int(k), 'attribute')} for everyone"
        case _:
            return "a policy of its own for what is told"

"""How what is known of a person weighs in: history lowers the threshold, by rule, and is named among the reasons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from penguin_local.agent.crisis_context import Status
from penguin_local.agent.crisis_features import RISKS
from penguin_local.agent.crisis_levels import Level, Reader, Reading, Reason
from penguin_local.agent.crisis_rules import Analysis
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background

_DARK: Final = frozenset({*RISKS, "parting"})
_LATEST: Final = 3
"""Earlier messages whose danger still weighs on a later one that is only dark."""


def profile_reasons(known: Background) -> Iterator[Reason]:
    """From the attributes alone, never above concern: they are a state, not a statement about now."""
    harmed = _is(known, Attribute.SELF_HARM, "yes")
    severe = _is(known, Attribute.MENTAL, "severe depression")
    despair = _is(known, Attribute.EMOTION, "despair")
    if harmed and (despair or severe or _is(known, Attribute.EMOTION, "depression")):
        yield Reason(Reader.PROFILE, Level.CONCERN, "has hurt themselves before, and is in marked distress")
    elif harmed:
        yield Reason(Reader.PROFILE, Level.CONCERN, "has hurt themselves before")
    if severe and despair:
        yield Reason(Reader.PROFILE, Level.CONCERN, "severe depression together with despair")


def latest(history: tuple[Level, ...]) -> Level:
    """The highest of the last few messages."""
    return max(history[-_LATEST:], default=Level.NONE)


def raised_by_history(
    reading: Reading, analysis: Analysis, known: Background, history: tuple[Level, ...]
) -> Reading:
    """One level more where a message is dark in itself and the person's history is too. Nothing is made of nothing."""
    dark = {f.concept for f in analysis.findings if f.status is Status.SAID and f.concept in _DARK}
    harmed = _is(known, Attribute.SELF_HARM, "yes")
    heavy = _is(known, Attribute.MENTAL, "severe depression") or _is(known, Attribute.EMOTION, "despair")
    found: list[Reason] = []
    if harmed and reading.level is Level.NONE and dark - {"parting", "resolve"}:
        found.append(
            Reason(Reader.PROFILE, Level.CONCERN, "distress in someone who has hurt themselves before")
        )
    if harmed and reading.level is Level.CONCERN:
        found.append(
            Reason(
                Reader.PROFILE,
                Level.ELEVATED,
                "hopeless or wishing to be gone, and has hurt themselves before",
            )
        )
    if (
        heavy
        and not harmed
        and reading.level is Level.NONE
        and dark - {"weapon", "means", "resolve", "parting"}
    ):
        found.append(
            Reason(Reader.PROFILE, Level.CONCERN, "dark words together with severe depression or despair")
        )
    if latest(history) >= Level.ELEVATED and dark & {
        "resolve",
        "goodbye",
        "parting",
        "calm",
        "affairs",
    }:
        found.append(
            Reason(Reader.PROFILE, Level.IMMINENT, "a decision or a goodbye soon after speaking of danger")
        )
    return Reading.of(found)


def _is(known: Background, attribute: Attribute, kind: str) -> bool:
    value = known.get(attribute)
    return value is not None and value.kind == kind

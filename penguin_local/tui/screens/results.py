"""What the forms hand back to the conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.record import Outcome, Screened
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value


@dataclass(frozen=True, slots=True)
class Intake:
    """Of the form at the beginning."""

    values: Mapping[Attribute, Value]
    withheld: Mapping[Attribute, Outcome]
    """DECLINED or UNSURE."""


@dataclass(frozen=True, slots=True)
class Screening:
    """Of a screening, or of the counsellor's own form."""

    screened: Screened
    level: Level
    reasons: tuple[str, ...] = ()
    """Why this level; empty takes the reading itself."""

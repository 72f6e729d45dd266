"""What a table says its judge is worth: the calibration card of the judge and the prompt that a run had."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penguin_local.store.rows import Setting


def standing_of(settings: Mapping[str, Setting]) -> str:
    """`card 3f2a9c10: weighted kappa ...`, or `uncalibrated: ...`; of a run's, study's or plan's settings."""
    from penguin_local.safety.cards import standing

    return standing(*_key(settings))


def short_standing_of(settings: Mapping[str, Setting]) -> str:
    """`card 3f2a9c10` or `uncalibrated`."""
    from penguin_local.safety.cards import short_standing

    return short_standing(*_key(settings))


def _key(settings: Mapping[str, Setting]) -> tuple[str, str]:
    """A run from before judge prompts were on record can have no card."""
    return str(settings.get("judge sha256") or ""), str(settings.get("judge prompt") or "")

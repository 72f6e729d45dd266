"""What is known of a judge, as HTML files that need nothing else: its calibration card, its probes' report card."""

from __future__ import annotations

import os

from penguin_local import paths
from penguin_local.bench.probe_card import ProbeCard
from penguin_local.safety.calibration_card import Card


def render_calibration(card: Card, *, command: str = "") -> str:
    """A calibration card as one self-contained page; the same card gives the same text."""
    _prepare()
    from penguin_local.bench.report.judge_calibration import page

    return page(card, command)


def render_probes(card: ProbeCard, standing: str, *, command: str = "") -> str:
    """A judge's report card as one self-contained page; `standing` is what its calibration is worth."""
    _prepare()
    from penguin_local.bench.report.judge_probes import page

    return page(card, standing, command)


def _prepare() -> None:
    os.environ.setdefault("MPLCONFIGDIR", str(paths.user_data() / "matplotlib"))

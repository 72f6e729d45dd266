"""What is known of a judge, on stdout and as a page: its calibration card, its probes' report card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penguin_local.cli.console import View
from penguin_local.cli.shown import notes, show, write_page

if TYPE_CHECKING:
    from penguin_local.bench.probe_card import ProbeCard
    from penguin_local.safety.calibration_card import Card

Html = Annotated[
    Path | None, typer.Option("--html", help="Also write it, with its figures, to this file: one page.")
]


def show_card(card: Card, view: View) -> None:
    """The whole calibration card."""
    from penguin_local.bench import calibration_forms as forms
    from penguin_local.safety.calibration_card import encode_card

    show(
        view,
        as_json=lambda: json.loads(encode_card(card)),
        markdown=lambda: forms.markdown(card),
        tables=lambda: forms.calibration_tables(card),
        lines=lambda: [*forms.remarks(card), *notes(forms.notices(card))],
    )


def write_card(card: Card, path: Path) -> None:
    """As one HTML file, whole or not at all."""
    from penguin_local.bench.report.judge import render_calibration

    write_page(path, lambda command: render_calibration(card, command=command))


def show_probes(card: ProbeCard, standing: str, view: View) -> None:
    """The report card; `standing` is what the judge's calibration is worth."""
    from penguin_local.bench import probe_forms as forms

    show(
        view,
        as_json=lambda: forms.card_json(card, standing),
        markdown=lambda: forms.card_markdown(card, standing),
        tables=lambda: forms.card_tables(card),
        lines=lambda: [forms.who(card, standing), *notes(forms.card_notices(card))],
    )


def write_probes(card: ProbeCard, standing: str, path: Path) -> None:
    """As one HTML file, whole or not at all."""
    from penguin_local.bench.report.judge import render_probes

    write_page(path, lambda command: render_probes(card, standing, command=command))

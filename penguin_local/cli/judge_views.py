"""What is known of a judge, on stdout and as a page: its calibration card, its probes' report card."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penguin_local.cli.console import View, print_table, say, stdout
from penguin_local.core.text import safe_text

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

    if view is View.JSON:
        typer.echo(json.dumps(json.loads(encode_card(card)), ensure_ascii=False, indent=2))
        return
    if view is View.MD:
        typer.echo(safe_text(forms.markdown(card)))
        return
    for title, columns, rows in forms.calibration_tables(card):
        print_table(title, columns, rows, view.value)
    for line in (*forms.remarks(card), *(f"note: {notice}" for notice in forms.notices(card))):
        stdout().print(safe_text(line), markup=False, soft_wrap=True)


def write_card(card: Card, path: Path) -> None:
    """As one HTML file, whole or not at all."""
    from penguin_local.bench.report.judge import render_calibration

    _write(path, render_calibration(card, command=_command()))


def show_probes(card: ProbeCard, standing: str, view: View) -> None:
    """The report card; `standing` is what the judge's calibration is worth."""
    from penguin_local.bench import probe_forms as forms

    if view is View.JSON:
        typer.echo(json.dumps(forms.card_json(card, standing), ensure_ascii=False, indent=2))
        return
    if view is View.MD:
        typer.echo(safe_text(forms.card_markdown(card, standing)))
        return
    for title, columns, rows in forms.card_tables(card):
        print_table(title, columns, rows, view.value)
    notes = (f"note: {notice}" for notice in forms.card_notices(card))
    for line in (forms.who(card, standing), *notes):
        stdout().print(safe_text(line), markup=False, soft_wrap=True)


def write_probes(card: ProbeCard, standing: str, path: Path) -> None:
    """As one HTML file, whole or not at all."""
    from penguin_local.bench.report.judge import render_probes

    _write(path, render_probes(card, standing, command=_command()))


def _write(path: Path, page: str) -> None:
    from penguin_local.store.tables import write_file

    write_file(path, page.encode())
    say(f"report: {path}")


def _command() -> str:
    return shlex.join(["penguin-local", *sys.argv[1:]])

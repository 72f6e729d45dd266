"""`penguin-local judge`: how much a judge's scores are worth."""

from __future__ import annotations

import typer

from penguin_local.cli import (
    judge_calibrate,
    judge_cards,
    judge_labels,
    judge_panel,
    judge_probe,
    judge_rate,
)

judge = typer.Typer(
    no_args_is_help=True,
    help="Judges: rate answers yourself, calibrate a judge with that, probe it, form a panel.",
)
for part in (judge_rate, judge_labels, judge_calibrate, judge_cards, judge_probe, judge_panel):
    part.register(judge)


def register(app: typer.Typer) -> None:
    """Add the command group to the program."""
    app.add_typer(judge, name="judge")

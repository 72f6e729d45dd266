"""A run's result on stdout, in the form that was asked for; every form carries the same remarks."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from penguin_local.cli.calibrated import standing_of
from penguin_local.cli.console import View, print_table, stdout
from penguin_local.core.text import safe_text
from penguin_local.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penguin_local.bench.results import BenchResult, ContextCosts
    from penguin_local.store.rows import FinishedItem, RunRecord


def summed(
    record: RunRecord, finished: Sequence[FinishedItem], costs: ContextCosts | None = None
) -> BenchResult:
    """The run's result, with what its judge is worth and, where it was measured, what context costs."""
    from penguin_local.bench.summary import summarise

    result = summarise(record, finished, calibration=standing_of(record.settings))
    return replace(result, costs=costs)


def show_result(result: BenchResult, view: View) -> None:
    """Print it."""
    from penguin_local.bench import forms

    if view is View.JSON:
        typer.echo(json.dumps(forms.as_json(result), ensure_ascii=False, indent=2))
        return
    if view is View.MD:
        typer.echo(safe_text(forms.markdown(result)))
        return
    for title, columns, rows in forms.tables(result):
        print_table(title, columns, rows, view.value)
    who = f"model {result.model.name}, judge {result.judge.name}, scenarios {result.scenarios}"
    for line in (who, forms.pace(result), *(f"note: {notice}" for notice in forms.notices(result))):
        stdout().print(safe_text(line), markup=False, soft_wrap=True)


def check_target(path: Path, option: str) -> None:
    """Before any work: raises UsageError where no file can be written."""
    if path.is_dir():
        raise UsageError(
            f"{option} {path} is a folder", hint=f"name a file: {option} {shlex.quote(str(path / 'NAME'))}"
        )
    if not path.parent.is_dir():
        raise UsageError(
            f"{option} {path}: there is no folder {path.parent}",
            hint=f"make it first: mkdir -p {shlex.quote(str(path.parent))}",
        )


def check_new(path: Path, option: str, *, force: bool) -> None:
    """The same for a command with `--force`: without it, also where a file is there already."""
    check_target(path, option)
    if path.exists() and not force:
        raise UsageError(f"{path} is there already", hint="choose another name, or add --force")


def write_report(
    record: RunRecord,
    finished: Sequence[FinishedItem],
    path: Path,
    *,
    command: str,
    costs: ContextCosts | None = None,
) -> None:
    """The run as one HTML file, whole or not at all."""
    from penguin_local.bench.report import render
    from penguin_local.bench.summary import scored_items
    from penguin_local.store.tables import write_file

    check_target(path, "--html")
    facts = {**record.settings, **{f"version of {name}": value for name, value in record.versions.items()}}
    page = render(
        summed(record, finished, costs),
        scored_items(finished),
        fingerprints={name: str(value) for name, value in facts.items() if value is not None},
        command=command,
    )
    write_file(path, page.encode())

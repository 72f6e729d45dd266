"""A study's findings on stdout or as a page; every form carries the same remarks."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from penguin_local.cli.console import View, print_table, stdout
from penguin_local.core.text import safe_text

if TYPE_CHECKING:
    from penguin_local.bench.studies.findings import Findings, Source


def show(findings: Findings, source: Source, view: View) -> None:
    """Print them."""
    from penguin_local.bench.studies import findings as forms

    if view is View.JSON:
        typer.echo(json.dumps(forms.as_json(findings, source), ensure_ascii=False, indent=2))
        return
    if view is View.MD:
        typer.echo(safe_text(forms.markdown(findings, source)))
        return
    for title, columns, rows in findings.tables:
        print_table(title, columns, rows, view.value)
    notes = (f"note: {notice}" for notice in source.notices)
    for line in (*findings.said, forms.made_by(source), *notes):
        stdout().print(safe_text(line), markup=False, soft_wrap=True)


def write(findings: Findings, source: Source, path: Path) -> None:
    """As one HTML file, whole or not at all."""
    from penguin_local.bench.report.study import render_study
    from penguin_local.store.tables import write_file

    command = shlex.join(["penguin-local", *sys.argv[1:]])
    write_file(path, render_study(findings, source, command=command).encode())

"""A study's findings on stdout or as a page; every form carries the same remarks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from penguin_local.cli import shown
from penguin_local.cli.console import View

if TYPE_CHECKING:
    from penguin_local.bench.studies.findings import Findings, Source


def show(findings: Findings, source: Source, view: View) -> None:
    """Print them."""
    from penguin_local.bench.studies import findings as forms

    shown.show(
        view,
        as_json=lambda: forms.as_json(findings, source),
        markdown=lambda: forms.markdown(findings, source),
        tables=lambda: findings.tables,
        lines=lambda: [*findings.said, forms.made_by(source), *shown.notes(source.notices)],
    )


def write(findings: Findings, source: Source, path: Path) -> None:
    """As one HTML file, whole or not at all."""
    from penguin_local.bench.report.study import render_study

    shown.write_page(path, lambda command: render_study(findings, source, command=command))

"""What was found, in the form that was asked for, and as a page; the same for judges and for studies."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import typer

from penguin_local.cli.console import View, print_table, say, stdout
from penguin_local.core.text import safe_text

Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]
"""Title, columns, rows."""


def show(
    view: View,
    *,
    as_json: Callable[[], object],
    markdown: Callable[[], str],
    tables: Callable[[], Iterable[Table]],
    lines: Callable[[], Iterable[str]],
) -> None:
    """On stdout; `lines` stand below the tables and are part of every form."""
    if view is View.JSON:
        typer.echo(json.dumps(as_json(), ensure_ascii=False, indent=2))
        return
    if view is View.MD:
        typer.echo(safe_text(markdown()))
        return
    for title, columns, rows in tables():
        print_table(title, columns, rows, view.value)
    for line in lines():
        stdout().print(safe_text(line), markup=False, soft_wrap=True)


def notes(notices: Iterable[str]) -> list[str]:
    """Each as a line of its own."""
    return [f"note: {notice}" for notice in notices]


def write_page(path: Path, render: Callable[[str], str]) -> None:
    """One HTML file, whole or not at all; `render` is given the command that makes it again."""
    from penguin_local.store.tables import write_file

    write_file(path, render(shlex.join(["penguin-local", *sys.argv[1:]])).encode())
    say(f"report: {path}")

"""Where words go: data to stdout, talk to stderr, and a result as a table, JSON or Markdown."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from penguin_local.core.text import safe_text
from penguin_local.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

Cell = str | int | float


class View(StrEnum):
    """How a result is shown."""

    TABLE = "table"
    JSON = "json"
    MD = "md"


Viewed = Annotated[View, typer.Option("--format", help="How to show it.")]


def say(text: str) -> None:
    """One remark on stderr."""
    stderr().print(safe_text(text), markup=False, highlight=False, soft_wrap=True)


def typed() -> str:
    """What the person typed, to be typed again: with the same home, and a program that the shell finds."""
    program = ["penguin-local"] if shutil.which("penguin-local") else [sys.executable, "-m", "penguin_local"]
    words = shlex.join([*program, *sys.argv[1:]])
    home = os.environ.get("PENGUIN_LOCAL_HOME")
    return f"PENGUIN_LOCAL_HOME={shlex.quote(home)} {words}" if home and os.name == "posix" else words


def complain(message: str, hint: str) -> None:
    """An error and its remedy on stderr; plain text, whatever the terminal can do."""
    lines = [f"error: {message}", f"what to do: {hint}"] if hint else [f"error: {message}"]
    # A file's name may hold a line break: set in, what follows it cannot pass for a line of ours.
    sys.stderr.write("".join(safe_text(line).replace("\n", "\n  ") + "\n" for line in lines))


def agreed(name: str, what: str) -> bool:
    """Whether the person wants this removed. Raises UsageError when nobody is there to ask."""
    if not sys.stdin.isatty():
        raise UsageError(f"{name} was not removed: nobody is there to ask", hint="add --yes")
    return typer.confirm(safe_text(f"remove {what}?"), err=True)


def stdout() -> Console:
    """The console for data."""
    from rich.console import Console

    # Into a file or a pipe there is no edge to wrap at; 80 columns, rich's guess, would fold words.
    return Console(highlight=False, width=None if sys.stdout.isatty() else 160)


def stderr() -> Console:
    """The console for talk: progress, remarks, errors."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]], format: str) -> None:
    """Print rows on stdout as a `table` to read, `json` (a list of objects) or `md`."""
    if format == "json":
        objects = [dict(zip(columns, row, strict=True)) for row in rows]
        typer.echo(json.dumps(objects, ensure_ascii=False, indent=2))
    elif format == "md":
        typer.echo("\n".join(_markdown(columns, rows)) + "\n")
    else:
        _rich_table(title, columns, rows)


def _markdown(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[str]:
    lines = [list(columns), ["---"] * len(columns), *([str(cell) for cell in row] for row in rows)]
    escaped = ([safe_text(cell).replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines)
    return [f"| {' | '.join(line)} |" for line in escaped]


def _rich_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    from rich.table import Table
    from rich.text import Text

    # Text, not str: what a file brought along must not be read as rich's markup.
    table = Table(title=Text(title), title_justify="left")
    for number, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[number], int | float) for row in rows)
        table.add_column(Text(column), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(safe_text(str(cell))) for cell in row))
    stdout().print(table)

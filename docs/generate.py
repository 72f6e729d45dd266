"""Write docs/commands.md from the commands themselves: `make docs`. A test holds the two together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
import typer.main

from penguin_local.cli.app import app

TARGET = Path(__file__).with_name("commands.md")
_HEAD = """# Commands

Made from `--help` by `make docs`. Results go to stdout, talk and progress to stderr.
"""


def commands(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its full name."""
    children: dict[str, Any] = getattr(command, "commands", {})
    if not children or getattr(command, "invoke_without_command", False):
        yield " ".join(words), command
    for name, child in children.items():
        yield from commands(child, (*words, name))


def all_commands() -> list[tuple[str, Any]]:
    """The whole program."""
    return list(commands(typer.main.get_command(app), ("penguin-local",)))


def reference() -> str:
    """The page."""
    program = _section("penguin-local", typer.main.get_command(app))
    return "\n".join([_HEAD, program, *(_section(name, command) for name, command in all_commands())])


def _section(name: str, command: Any) -> str:
    context = typer.Context(command)
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    words = [piece for p in arguments for piece in p.get_usage_pieces(context)]
    lines = [f"## `{' '.join([name, *words])}`", "", " ".join((command.help or "").split()), ""]
    options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
    if options:
        records = [option.get_help_record(context) for option in options]
        lines += [*(f"- `{names}`  {' '.join(text.split())}" for names, text in records), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")

"""`penguin-local report`: a run as one HTML file to read, print and pass on."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penguin_local.cli.console import say

if TYPE_CHECKING:
    from penguin_local.store.rows import RunRecord
    from penguin_local.store.runs import RunStore

Name = Annotated[str, typer.Argument(metavar="RUN", help="A run's name: penguin-local runs list.")]
Html = Annotated[Path, typer.Option(help="The file to write; one that is there is replaced.")]

_OPTIONS = {
    "--model": "model",
    "--judge": "judge",
    "--arms": "arms",
    "--scenarios": "scenarios",
    "--domains": "domains",
    "--per-domain": "per domain",
    "--seed": "seed",
    "--slots": "slots",
    "--context": "context",
    "--gpu-layers": "gpu layers",
    "--max-tokens": "max tokens",
    "--stop": "stop",
    "--threshold": "threshold",
    "--budget": "budget",
    "--user": "user",
    "--user-rate": "user rate",
    "--costs": "costs",
    "--paths": "paths",
}
"""Which setting of a run each option of `bench` became."""

_FILES = frozenset({"--costs", "--paths"})


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(report)


def report(name: Name, html: Html) -> None:
    """Write a run's report: scores, charts, worst cases, how to get it again. One file, no network."""
    from penguin_local import paths
    from penguin_local.cli.context_costs import kept_costs
    from penguin_local.cli.results import write_report
    from penguin_local.store.database import Database
    from penguin_local.store.runs import RunStore

    with Database(paths.bench_store()) as database:
        runs = RunStore(database)
        record = runs.get(name)
        finished = runs.finished(record.id)
        costs = kept_costs(runs, record)
        command = made_by(runs, record, with_costs=costs is not None)
    write_report(record, finished, html, command=command, costs=costs)
    if record.scored < record.planned:
        say(f"{record.scored:,} of {record.planned:,} items are finished: the report holds those")
    say(f"report: {html}")


def made_by(runs: RunStore, record: RunRecord, *, with_costs: bool) -> str:
    """The command that makes the run; one over the sets of `--costs-of-context` is made with the one beside it."""
    from penguin_local.bench.context_costs import NAME, run_name

    if record.settings.get("scenarios") == NAME:
        other = runs.find(record.name.removesuffix(run_name("")))
        if other is not None:
            return f"{bench_command(other)} --costs-of-context"
    return f"{bench_command(record)} --costs-of-context" if with_costs else bench_command(record)


def bench_command(record: RunRecord) -> str:
    """The `bench` command that makes this run, from its settings; of a panel's run, the `judge panel` command."""
    if source := record.settings.get("panel of"):
        judges = str(record.settings["judge"]).removeprefix("panel: ").split(" + ")
        named = [word for judge in judges for word in ("--judge", judge)]
        return shlex.join(["penguin-local", "judge", "panel", str(source), *named, "--run", record.name])
    words = ["penguin-local", "bench", "--run", record.name]
    for option, setting in _OPTIONS.items():
        value = record.settings.get(setting)
        itself = option == "--judge" and value == record.settings.get("model")
        if value is not None and not itself and not (option in _FILES and value == "bundled"):
            words += [option, str(value).replace(", ", ",")]
    return shlex.join([*words, *(["--prefixes"] if record.settings.get("prefixes") else [])])

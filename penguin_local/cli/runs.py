"""`penguin-local runs`: what was measured, side by side, out into files, or away."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penguin_local.cli.calibrated import short_standing_of
from penguin_local.cli.console import View, Viewed, agreed, print_table, say, stdout
from penguin_local.cli.results import check_target
from penguin_local.core.text import safe_text
from penguin_local.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penguin_local.store.database import Database
    from penguin_local.store.rows import RunRecord
    from penguin_local.store.runs import RunStore

Name = Annotated[str, typer.Argument(metavar="RUN", help="A run's name.")]


class ExportFormat(StrEnum):
    """How a run is written to a file."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


runs = typer.Typer(no_args_is_help=True, help="Runs: list, show, compare, export, delete, check.")


def register(app: typer.Typer) -> None:
    """Add the command group to the program."""
    app.add_typer(runs, name="runs")


@runs.command("list")
def list_runs(view: Viewed = View.TABLE) -> None:
    """Name the runs there are, the oldest first."""
    with _store() as store:
        found = store.all()
    begun = "begun_utc" if view is View.JSON else "begun (UTC)"
    columns = ["run", begun, "model", "judge", "items", "finished", "unscored", "note"]
    rows: list[list[str | int | float]] = [
        [
            run.name,
            f"{run.created:%Y-%m-%d %H:%M}",
            str(run.settings["model"]),
            str(run.settings["judge"]),
            run.planned,
            run.scored,
            run.unscored,
            _note(run),
        ]
        for run in found
    ]
    print_table("Runs", columns, rows, view.value)


@runs.command()
def show(name: Name, view: Viewed = View.TABLE) -> None:
    """Show a run's result."""
    from penguin_local.bench.cells import part
    from penguin_local.cli.context_costs import kept_costs
    from penguin_local.cli.results import show_result, summed

    with _store() as store:
        record = store.get(name)
        finished = store.finished(record.id)
        costs = kept_costs(store, record)
    show_result(summed(record, finished, costs), view)
    if record.scored < record.planned:
        say(f"{part(record.scored, record.planned, 'item')} finished")


@runs.command()
def compare(
    first: Annotated[str, typer.Argument(metavar="RUN", help="The run that is subtracted.")],
    second: Annotated[str, typer.Argument(metavar="RUN", help="The run it is subtracted from.")],
    most: Annotated[
        int, typer.Option(min=0, help="Also show so many of the items that changed most; 0 for none.")
    ] = 10,
    view: Viewed = View.TABLE,
) -> None:
    """Compare two runs arm by arm on the scenarios they share: the second minus the first."""
    from penguin_local.bench import compare_forms
    from penguin_local.bench.changes import most_changed
    from penguin_local.bench.summary import compare as compare_runs

    with _store() as store:
        records = (store.get(first), store.get(second))
        finished = [store.finished(record.id) for record in records]
    pairs = compare_runs(list(zip(records, finished, strict=True)))
    changes = most_changed(finished[0], finished[1], most)
    notes = [f"{record.name}: {_note(record)}" for record in records if _note(record)]
    if view is View.JSON:
        shown = {
            "first": first,
            "second": second,
            "notices": notes,
            "paired": [compare_forms.paired_json(pair) for pair in pairs],
            "changed_most": [compare_forms.change_json(change) for change in changes],
        }
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    title, columns, rows = compare_forms.paired_table(f"{second} minus {first}, the same scenarios", pairs)
    print_table(title, columns, rows, view.value)
    if changes:
        print_table(*compare_forms.change_table(changes), view.value)
    for note in notes:
        stdout().print(safe_text(f"note: {note}"), markup=False, soft_wrap=True)


@runs.command()
def export(
    name: Name,
    kind: Annotated[
        ExportFormat | None,
        typer.Option("--format", help="The format to write (default: as --output, or csv)."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file, not stdout.")
    ] = None,
) -> None:
    """Write every finished item of a run: scenario, what was known, answer, scores, probabilities."""
    from penguin_local.bench.cells import counted
    from penguin_local.store.exports import encode_run
    from penguin_local.store.tables import Format, write_file

    if output is not None:
        check_target(output, "--output")
    chosen = Format(kind.value) if kind else Format.of(output) if output else Format.CSV
    if output is None and chosen is Format.PARQUET and sys.stdout.isatty():
        raise UsageError(
            "Parquet is not for a terminal", hint="add --output FILE, or send stdout into a file"
        )
    with _store() as store:
        record = store.get(name)
        finished = store.finished(record.id)
    content = encode_run(record, finished, chosen)
    if output is not None:
        write_file(output, content)
        say(f"{counted(len(finished), 'item')} in {output}")
        return
    stream = typer.get_binary_stream("stdout")
    stream.write(content)
    stream.flush()


@runs.command()
def delete(
    names: Annotated[list[str], typer.Argument(metavar="RUN...", help="Names of runs.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove runs and all their answers, for good."""
    from penguin_local.bench.cells import counted

    with _store() as store:
        records = [store.get(name) for name in names]
        for record in records:
            if yes or agreed(record.name, f"{record.name} and its {counted(record.answered, 'answer')}"):
                store.delete(record.name)
                say(f"removed {record.name}")


@runs.command()
def check(
    accept: Annotated[
        bool,
        typer.Option("--accept", help="When finished work is missing, take what is there for the truth."),
    ] = False,
) -> None:
    """Open the database with all its checks and read every row; say whether anything is missing."""
    from penguin_local.bench.cells import counted

    with _database(accept_loss=accept) as database:
        rows = counted(database.verify(), "row")
        transactions = counted(database.transactions, "transaction")
        say(f"{database.path} is whole: {transactions}, {rows} read")


def _note(record: RunRecord) -> str:
    told = []
    if record.settings["model demonstration"] or record.settings["judge demonstration"]:
        told.append("demonstration model")
    if record.settings["model sha256"] == record.settings["judge sha256"]:
        told.append("self-judged")
    told.append(short_standing_of(record.settings))
    return ", ".join(told)


def _database(*, accept_loss: bool = False) -> Database:
    from penguin_local import paths
    from penguin_local.store.database import Database

    return Database(paths.bench_store(), accept_loss=accept_loss)


@contextmanager
def _store() -> Iterator[RunStore]:
    from penguin_local.store.runs import RunStore

    with _database() as database:
        yield RunStore(database)

"""`penguin-local scenarios`: look at the sets there are, make them, take them out and bring others in."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penguin_local.cli.console import View, Viewed, agreed, print_table, say
from penguin_local.cli.options import Domains, parse_domains
from penguin_local.cli.scenario_views import print_audit, print_scenarios
from penguin_local.cli.scenarios_extract import register_extract
from penguin_local.cli.scenarios_import import register_import
from penguin_local.cli.scenarios_review import register_review
from penguin_local.cli.scenarios_write import register_write
from penguin_local.core.attributes import Domain
from penguin_local.errors import BadInput, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from penguin_local.store.tables import Format

_DEFAULT = "penguin-synthetic-v1"


class FileFormat(StrEnum):
    """How scenarios are written to a file."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


Written = Annotated[
    FileFormat | None,
    typer.Option("--format", help="The format to write (default: as --output is named, or jsonl)."),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead of stdout.")]
SetName = Annotated[
    str, typer.Argument(metavar="SET", help="A set's name, or a .jsonl, .csv or .parquet file.")
]

scenarios = typer.Typer(
    no_args_is_help=True,
    help="Scenario sets: list, show, stats, generate, export, import, delete, and new ones from posts or a model.",
)


def register(app: typer.Typer) -> None:
    """Add the command group to the program."""
    app.add_typer(scenarios, name="scenarios")


@scenarios.command("list")
def list_sets(view: Viewed = View.TABLE) -> None:
    """Name the sets there are: those that come along and those you imported."""
    from penguin_local.bench.scenario_sets import available

    rows: list[list[str | int | float]] = [[e.name, e.origin.value, e.count, e.summary] for e in available()]
    print_table("Scenario sets", ["name", "origin", "scenarios", "what it is"], rows, view.value)


@scenarios.command()
def show(
    which: Annotated[
        str, typer.Argument(metavar="ID|SET", help="A scenario's id, or a set to draw from.")
    ] = _DEFAULT,
    within: Annotated[str | None, typer.Option("--set", help="The set that the id belongs to.")] = None,
    number: Annotated[
        int, typer.Option("--number", "-n", min=1, help="Scenarios a domain to draw from a set.")
    ] = 1,
    domains: Domains = None,
    seed: Annotated[int, typer.Option("--seed", help="Which ones are drawn.")] = 1,
    view: Viewed = View.TABLE,
) -> None:
    """Show one scenario by its id, or some of a set drawn at random."""
    from penguin_local.bench.scenario_sets import available, load_set, posts_of
    from penguin_local.corpus.sets import sample

    names = [entry.name for entry in available()]
    if within is None and "/" in which and which.split("/")[0] in names:
        within = which.split("/")[0]
    if within is None:
        drawn = sample(
            load_set(which).scenarios, per_domain=number, domains=parse_domains(domains), seed=seed
        )
    else:
        drawn = tuple(s for s in load_set(within).scenarios if s.id == which)
        if not drawn:
            hint = f"penguin-local scenarios show {within}  draws some, with their ids"
            raise UsageError(f"{within} has no scenario {which!r}", hint=hint)
    posts = posts_of(within or which)
    print_scenarios([(s, posts.get(s.id, {})) for s in drawn], view)


@scenarios.command()
def stats(name: SetName = _DEFAULT, view: Viewed = View.TABLE) -> None:
    """Count a set: domains, repeated queries, values, and queries that give their asker away."""
    from penguin_local.bench.scenario_sets import load_set
    from penguin_local.corpus.audit import audit

    chosen = load_set(name)
    print_audit(chosen.name, audit(chosen.scenarios), view)


@scenarios.command()
def generate(
    name: Annotated[str, typer.Argument(metavar="SET", help="Which generator.")] = _DEFAULT,
    count: Annotated[
        int | None, typer.Option(min=1, help="Scenarios a domain (default: as in the frozen set).")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Another seed gives other people (default: the frozen set's).")
    ] = None,
    domains: Domains = None,
    written: Written = None,
    output: Output = None,
    check: Annotated[
        bool, typer.Option("--check", help="Make all frozen sets again and compare the bytes.")
    ] = False,
) -> None:
    """Make a set from its seed; with --check, prove that the frozen sets are what the generator makes."""
    from penguin_local.bench.scenario_sets import bundled
    from penguin_local.store.tables import encode

    if check:
        _check_all()
        return
    recipe = bundled(name)
    rows = recipe.rows(
        domains=parse_domains(domains) or tuple(Domain),
        count=recipe.count if count is None else count,
        seed=recipe.seed if seed is None else seed,
    )
    _deliver(lambda kind: encode(rows, recipe.columns, kind), len(rows), written, output)


@scenarios.command()
def export(name: SetName, written: Written = None, output: Output = None) -> None:
    """Write a set's scenarios, one row each: id, domain, topic, query, the ten attributes, source."""
    from penguin_local.bench.scenario_sets import encode_scenarios, load_set

    chosen = load_set(name).scenarios
    _deliver(lambda kind: encode_scenarios(chosen, kind), len(chosen), written, output)


@scenarios.command()
def delete(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A set of yours, or an extraction.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove a set of yours and what its making left behind, such as drafts. Runs keep the scenarios they used."""
    from penguin_local.bench.drafts import journal_path
    from penguin_local.bench.scenario_sets import Origin, available, check_name
    from penguin_local.bench.writing import writing_path

    kept = (check_name(name, replace=True), journal_path(name), writing_path(name))
    found = [path for path in kept if path.is_file()]
    if not found:
        own = [entry.name for entry in available() if entry.origin is Origin.IMPORTED]
        hint = f"sets of yours: {', '.join(own)}" if own else "you have none: penguin-local scenarios list"
        raise UsageError(f"there is no set or extraction of yours called {name!r}", hint=hint)
    if yes or agreed(name, f"{name}: {', '.join(str(path) for path in found)}"):
        for path in found:
            path.unlink()
        say(f"removed {name}")


register_import(scenarios)
register_extract(scenarios)
register_review(scenarios)
register_write(scenarios)


def _check_all() -> None:
    from penguin_local.bench.scenario_sets import Verdict, check_frozen
    from penguin_local.corpus.sets import BUNDLED

    outcomes = [check_frozen(frozen) for frozen in BUNDLED]
    for outcome in outcomes:
        say(f"{outcome.name}: {outcome.verdict.value} ({outcome.detail})")
    if any(outcome.verdict is Verdict.DIFFERENT for outcome in outcomes):
        again = "penguin-local scenarios generate SET --format parquet --output data/SET.parquet"
        raise BadInput("a frozen set is not what its generator makes", hint=f"freeze it again: {again}")


def _deliver(
    encoded: Callable[[Format], bytes], count: int, written: FileFormat | None, output: Path | None
) -> None:
    from penguin_local.cli.results import check_target
    from penguin_local.store.tables import Format, write_file

    by_name = Format.of(output) if output and written is None else Format.JSONL
    kind = Format(written.value) if written else by_name
    if output:
        check_target(output, "--output")
        write_file(output, encoded(kind))
        say(f"{count:,} scenarios in {output}")
        return
    if kind is Format.PARQUET and sys.stdout.isatty():
        raise UsageError(
            "Parquet is not for a terminal", hint="add --output FILE, or send stdout into a file"
        )
    stream = typer.get_binary_stream("stdout")
    stream.write(encoded(kind))
    stream.flush()

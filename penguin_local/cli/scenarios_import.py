"""`penguin-local scenarios import`: a file of ours, or PENGUIN as its authors publish it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from penguin_local.cli.console import View, Viewed, print_table, say
from penguin_local.errors import BadInput, UsageError

if TYPE_CHECKING:
    from penguin_local.corpus.published_census import Census

PENGUIN: Final = "penguin"
SHOWN: Final = 20
"""Rejected rows that are named one by one."""


def register_import(group: typer.Typer) -> None:
    """Add the command."""
    group.command("import")(import_set)


def import_set(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE | penguin PATH...",
            help="A .jsonl, .csv or .parquet file as export writes it; or the word penguin, and the published "
            "folder or files.",
        ),
    ],
    name: Annotated[str | None, typer.Option(help="What to call the set (default: the file's name).")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of a set of that name.")] = False,
    pull: Annotated[
        bool,
        typer.Option("--pull", help="With penguin: fetch the published files first. This uses the network."),
    ] = False,
    token_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --pull: an access token, or HF_TOKEN in the environment."),
    ] = None,
    view: Viewed = View.TABLE,
) -> None:
    """Keep scenarios from elsewhere as a set of yours.

    A FILE as export writes it is taken whole or, when a row is wrong, not at all. `penguin PATH...` reads PENGUIN's
    published files: raw posts, titles, addresses, ids and communities are dropped, and a census is shown.
    """
    if sources[0] == PENGUIN:
        _import_published(
            sources[1:], name=name, replace=replace, pull=pull, token_file=token_file, view=view
        )
        return
    if pull or token_file is not None:
        raise UsageError(
            "--pull fetches the published files", hint="penguin-local scenarios import penguin --pull"
        )
    if len(sources) != 1:
        raise UsageError("one file at a time", hint="penguin-local scenarios import FILE")
    from penguin_local.bench.scenario_sets import import_file

    entry = import_file(Path(sources[0]), name=name, replace=replace)
    say(f"imported {entry.name}: {entry.summary}")
    say(f"run it: penguin-local bench --scenarios {entry.name}")


def _import_published(
    sources: list[str], *, name: str | None, replace: bool, pull: bool, token_file: Path | None, view: View
) -> None:
    from penguin_local.bench.scenario_sets import check_name

    name = PENGUIN if name is None else name
    check_name(name, replace=replace)
    if pull == bool(sources):
        raise UsageError(
            "give the published files, or --pull them"
            if not pull
            else "--pull fetches the files: give no path",
            hint="penguin-local scenarios import penguin PATH, or penguin-local scenarios import penguin --pull",
        )
    if not pull:
        _take_in([Path(source) for source in sources], name, replace=replace, view=view)
        return
    from penguin_local.cli.scenarios_pull import pulled

    with pulled(token_file) as folder:
        _take_in([folder], name, replace=replace, view=view)


def _take_in(sources: list[Path], name: str, *, replace: bool, view: View) -> None:
    from penguin_local.bench.scenario_sets import keep_set
    from penguin_local.corpus.published_census import take_census
    from penguin_local.corpus.published_rows import published_files

    called = PENGUIN in name.split("-")[0]
    source = "PENGUIN, published files" if called else "published files, incomplete as PENGUIN"
    scenarios, census = take_census(published_files(sources), name=name, source=source)
    show_census(census, view)
    if not scenarios:
        why = "see the rejected rows above" if census.rejected else "the files hold no row"
        raise BadInput("no row could be read", hint=f"{why}; nothing was imported")
    if census.unresolved and called:
        told = "; ".join(
            f"{a.label} in {share:.1%} of the {half} half" for a, half, share in census.unresolved
        )
        raise BadInput(
            f"this cannot be called PENGUIN: not resolved is {told}, and 5 % is the most",
            hint="nothing was imported. Extend data/published_values.toml, or keep it under a name of its own: "
            "--name mine",
        )
    entry = keep_set(scenarios, name, replace=replace)
    say(f"imported {entry.name}: {entry.summary}, {census.clusters:,} of them independent")
    say("these are words of real people: they stay on this machine, and so should what you make of them")
    say(f"run it: penguin-local bench --scenarios {entry.name}")


def show_census(census: Census, view: View) -> None:
    """Rows by domain and half, why values are not there, duplicates, and what was rejected."""
    from penguin_local.corpus.published import Gap

    counts: list[list[str | int | float]] = [
        [domain.value, half.value, number] for (domain, half), number in census.rows.items()
    ]
    gaps: list[list[str | int | float]] = [
        [attribute.label, half.value, *(found[gap] for gap in Gap)]
        for (attribute, half), found in census.gaps.items()
    ]
    kept: list[tuple[str, int]] = [
        ("scenarios", census.total),
        ("independent posts or profiles", census.clusters),
        ("rows that repeat another", census.duplicates),
        ("rows rejected", len(census.rejected)),
        *((f"rows with an unused key {key!r:.40}", count) for key, count in census.unused.items()),
    ]
    if view is View.JSON:
        told = {
            "rows": [dict(zip(("domain", "half", "scenarios"), row, strict=True)) for row in counts],
            "gaps": [dict(zip(("attribute", "half", *Gap), row, strict=True)) for row in gaps],
            "all": dict(kept),
            "rejected": [f"{r.path}:{r.line}: {r.what}" for r in census.rejected],
        }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    print_table("Census", ["domain", "half", "scenarios"], counts, view.value)
    if gaps:
        print_table(
            "Scenarios that do not say", ["attribute", "half", *(g.value for g in Gap)], gaps, view.value
        )
    print_table("All", ["what", "rows"], kept, view.value)
    for rejected in census.rejected[:SHOWN]:
        say(f"rejected: {rejected.path}:{rejected.line}: {rejected.what}")
    if len(census.rejected) > SHOWN:
        say(f"... and {len(census.rejected) - SHOWN:,} more; --format json names them all")

"""`judge labels`: what people rated, listed, in and out of files."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penguin_local.cli.console import View, Viewed, agreed, print_table, say
from penguin_local.cli.judge_rate import RatedPerDomain, RatedRun, Rater, RatingSeed, chosen
from penguin_local.cli.options import Force
from penguin_local.cli.results import check_new, check_target
from penguin_local.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penguin_local.store.ratings import Rating

labels = typer.Typer(no_args_is_help=True, help="What people rated: list, import, export, sheet, delete.")
Output = Annotated[Path, typer.Option("--output", "-o", help="The file: .csv, .jsonl or .parquet.")]


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    group.add_typer(labels, name="labels")


@labels.command("list")
def list_labels(view: Viewed = View.TABLE) -> None:
    """Who rated how many answers of which run."""
    counts = Counter((r.answer.run or "-", r.rater) for r in _all())
    rows: list[list[str | int | float]] = [
        [run, rater, count] for (run, rater), count in sorted(counts.items())
    ]
    print_table("Ratings", ["run", "rater", "answers"], rows, view.value)


@labels.command()
def export(
    output: Output,
    run: Annotated[str | None, typer.Option("--run", help="Only answers of this run (default: all).")] = None,
) -> None:
    """Write ratings with the answers they are of: all that calibrating a judge elsewhere needs."""
    from penguin_local.store.rating_files import encode_labels
    from penguin_local.store.tables import Format, write_file

    check_target(output, "--output")
    kind = Format.of(output)
    ratings = _all(run)
    if not ratings:
        raise UsageError("there is nothing rated to write", hint="penguin-local judge rate RUN --rater NAME")
    write_file(output, encode_labels(ratings, kind))
    say(f"{_counted(ratings)} in {output}")


@labels.command("import")
def import_labels(
    file: Annotated[
        Path, typer.Argument(readable=False, help="A file of ratings: .csv, .jsonl or .parquet.")
    ],
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Where a rater's levels differ from those here, take the file's."),
    ] = False,
) -> None:
    """Take ratings from a file, all or none; the same ones twice change nothing."""
    from penguin_local import paths
    from penguin_local.store.database import Database
    from penguin_local.store.rating_files import read_labels
    from penguin_local.store.ratings import RatingStore

    read = read_labels(file, now=datetime.now(UTC).replace(tzinfo=None, microsecond=0))
    with Database(paths.bench_store()) as database:
        store = RatingStore(database)
        here = {(r.answer.digest, r.rater): r.levels for r in store.all()}
        fresh = [r for r in read.ratings if (r.answer.digest, r.rater) not in here]
        other = [r for r in read.ratings if here.get((r.answer.digest, r.rater), r.levels) != r.levels]
        if other and not replace:
            raise UsageError(
                f"{file}: {len(other)} ratings differ from those here, first by {other[0].rater} of "
                f"{other[0].answer.scenario.id}; nothing was taken",
                hint="add --replace to take those of the file",
            )
        store.add([*fresh, *other])
    known = len(read.ratings) - len(fresh) - len(other)
    say(f"{len(fresh)} new, {len(other)} replaced, {known} known before, {read.unrated} rows not rated yet")


@labels.command()
def sheet(
    run: RatedRun,
    rater: Rater,
    output: Output,
    per_domain: RatedPerDomain = None,
    seed: RatingSeed = 1,
    force: Force = False,
) -> None:
    """Write a sheet to rate in a spreadsheet: the answers in this rater's order, levels left empty."""
    from penguin_local.store.rating_files import encode_sheet
    from penguin_local.store.ratings import check_rater
    from penguin_local.store.tables import Format, write_file

    name = check_rater(rater)
    check_new(output, "--output", force=force)  # somebody's ratings may be in it
    kind = Format.of(output)
    answers, _ = chosen(run, name, per_domain=per_domain, seed=seed)
    write_file(output, encode_sheet(answers, name, kind))
    say(f"{len(answers)} answers to rate in {output}; back with: penguin-local judge labels import {output}")


@labels.command()
def delete(
    rater: Annotated[str, typer.Argument(metavar="RATER", help="Whose ratings.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove all that somebody rated, for good."""
    from penguin_local import paths
    from penguin_local.store.database import Database
    from penguin_local.store.ratings import RatingStore

    if yes or agreed(rater, f"all ratings by {rater}"):
        with Database(paths.bench_store()) as database:
            say(f"removed {RatingStore(database).forget(rater)} ratings by {rater}")


def _all(run: str | None = None) -> list[Rating]:
    from penguin_local import paths
    from penguin_local.store.database import Database
    from penguin_local.store.ratings import RatingStore

    with Database(paths.bench_store()) as database:
        return RatingStore(database).all(run)


def _counted(ratings: Sequence[Rating]) -> str:
    answers = len({r.answer.digest for r in ratings})
    return f"{len(ratings)} ratings of {answers} answers by {len({r.rater for r in ratings})} raters"

"""`judge rate`: answers of a run, rated by a person, blind."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from penguin_local.cli.console import say
from penguin_local.errors import UsageError

if TYPE_CHECKING:
    from penguin_local.safety.rating import Desk
    from penguin_local.store.ratings import RatedAnswer, Rating

RatedRun = Annotated[str, typer.Argument(metavar="RUN", help="Whose answers: penguin-local runs list.")]
RatedPerDomain = Annotated[
    int | None, typer.Option("--per-domain", min=1, help="Answers drawn from each domain (default: all).")
]
RatingSeed = Annotated[int, typer.Option("--seed", min=0, help="Draws the answers and their order.")]
Rater = Annotated[str, typer.Option("--rater", help="Who rates: initials or a number will do.")]


def register(group: typer.Typer) -> None:
    """Add the command to the group."""
    group.command()(rate)


def rate(
    run: RatedRun,
    rater: Rater,
    per_domain: RatedPerDomain = None,
    seed: RatingSeed = 1,
    plain: Annotated[
        bool, typer.Option("--plain", help="Line by line, for screen readers and pipes.")
    ] = False,
) -> None:
    """Rate answers of a run from 1 to 5, three times each, without seeing who wrote them. Stopped, it goes on.

    Every rater gets the same answers, each in their own order. Every finished answer is kept at once.
    """
    from penguin_local.safety.rating import Desk
    from penguin_local.store.ratings import check_rater

    name = check_rater(rater)
    answers, done = chosen(run, name, per_domain=per_domain, seed=seed)
    desk = Desk(answers, name, done=done, keep=_keep, clock=_now)
    say(f"{name}: {desk.done} of {desk.total} answers rated before")
    if plain or not (sys.stdin.isatty() and sys.stdout.isatty()):
        _by_lines(desk)
    else:
        _on_screen(desk, name)
    say(f"{name}: {desk.done} of {desk.total} answers rated")
    if desk.done < desk.total:
        say("the same command goes on where you were")
    else:
        say(f"compare a judge with the ratings: penguin-local judge calibrate {run}")


def chosen(
    run: str, rater: str, *, per_domain: int | None, seed: int
) -> tuple[list[RatedAnswer], dict[str, tuple[int, int, int]]]:
    """The answers in this rater's order, and what they rated before by digest. Raises UsageError for none."""
    from penguin_local import paths
    from penguin_local.safety.rating import draw, in_order_of
    from penguin_local.store.database import Database
    from penguin_local.store.ratings import RatingStore
    from penguin_local.store.runs import RunStore

    with Database(paths.bench_store()) as database:
        runs = RunStore(database)
        record = runs.get(run)
        drawn = draw(runs.finished(record.id), record.name, per_domain=per_domain, seed=seed)
        done = {r.answer.digest: r.levels for r in RatingStore(database).all() if r.rater == rater}
    if not drawn:
        raise UsageError(f"{run} has no finished answer to rate", hint="let the run finish some items first")
    return in_order_of(rater, drawn, seed=seed), done


def _keep(rating: Rating) -> None:
    """The file is opened for each, so that a benchmark can write between two answers."""
    from penguin_local import paths
    from penguin_local.store.database import Database
    from penguin_local.store.ratings import RatingStore

    with Database(paths.bench_store()) as database:
        RatingStore(database).add([rating])


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def _by_lines(desk: Desk) -> None:
    from penguin_local.cli.chat_open import StandardLines
    from penguin_local.cli.judge_plain import PlainRating

    lines = StandardLines()
    PlainRating(desk, helplines=_helplines(), read=lines.read, write=lines.write).work()


def _on_screen(desk: Desk, rater: str) -> None:
    from penguin_local.cli.chat_config import read_config
    from penguin_local.tui.rating import RatingApp

    app = RatingApp(desk, rater=rater, helplines=_helplines(), theme=read_config().theme)
    app.run()
    if app.return_code:
        raise SystemExit(app.return_code)


def _helplines() -> list[str]:
    from penguin_local.agent.helplines import load_helplines
    from penguin_local.cli.chat_config import country_of, read_config
    from penguin_local.cli.chat_words import helpline_lines

    helplines = load_helplines()
    country = helplines.of(country_of(None, read_config(), helplines))
    return helpline_lines(country, datetime.now(UTC).date())

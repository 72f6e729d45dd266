"""`judge calibrate`: a judge beside people, and the card that comes of it."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penguin_local.cli.console import View, Viewed, say
from penguin_local.cli.judge_views import Html, show_card, write_card
from penguin_local.cli.judge_work import (
    Judges,
    Member,
    at_work,
    cache_of,
    engine,
    fingerprint,
    members,
    panel_name,
    tell_demonstration,
)
from penguin_local.cli.options import (
    Context,
    GpuLayers,
    Memory,
    Slots,
    Threads,
    check_memory,
    check_threads,
    parse_layers,
)
from penguin_local.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penguin_local.core.rubric import Score, Unscored
    from penguin_local.safety.calibration_card import Card
    from penguin_local.store.ratings import RatedAnswer, Rating


def register(group: typer.Typer) -> None:
    """Add the command to the group."""
    group.command()(calibrate)


def calibrate(
    labels: Annotated[
        str, typer.Argument(metavar="LABELS", help="A file of ratings, or a run that was rated here.")
    ],
    judge: Judges = None,
    seed: Annotated[int, typer.Option(min=0, help="Draws batches, marks and resamples.")] = 1,
    retest: Annotated[bool, typer.Option(help="Judge everything a second time, in other batches.")] = True,
    slots: Slots = None,
    memory: Memory = None,
    context: Context = None,
    threads: Threads = None,
    gpu_layers: GpuLayers = "auto",
    view: Viewed = View.TABLE,
    html: Html = None,
) -> None:
    """Compare a judge with people, and keep the card that every later table of this judge names.

    The card belongs to the judge's weights and the version of its prompt; a new one takes the place of the old.
    """
    from penguin_local.cli.loading import Wish
    from penguin_local.cli.results import check_target
    from penguin_local.safety.calibration_card import encode_card
    from penguin_local.safety.cards import place_of, standing
    from penguin_local.store.tables import write_file

    check_memory(memory)
    check_threads(threads)
    if html is not None:
        check_target(html, "--html")
    wish = Wish(slots, context, memory, threads, parse_layers(gpu_layers))
    ratings = _ratings(labels)
    judges = members(judge, wish)
    tell_demonstration(judges)
    card = _card(ratings, judges, seed=seed, retest=retest)
    place = place_of(card)
    before = standing(card.sha256, card.prompt)
    another = place.exists() and not before.startswith(f"card {card.id}:")
    replaced = f", in place of {before}" if another else ""
    write_file(place, encode_card(card))
    say(f"card {card.id} is kept, as {place}{replaced}")
    if html is not None:  # first: who reads the tables may stop reading, and that ends the command
        write_card(card, html)
    show_card(card, view)


def _ratings(labels: str) -> Sequence[Rating]:
    from penguin_local import paths
    from penguin_local.store.database import Database
    from penguin_local.store.rating_files import read_labels
    from penguin_local.store.ratings import RatingStore

    path = Path(labels)
    if path.suffix and path.exists():
        read = read_labels(path, now=datetime.now(UTC).replace(tzinfo=None, microsecond=0))
        if read.unrated:
            say(f"{read.unrated} rows of {path} are not rated yet and are left out")
        return read.ratings
    with Database(paths.bench_store()) as database:
        found = RatingStore(database).all(labels)
        rated = sorted({r.answer.run for r in RatingStore(database).all() if r.answer.run})
    if not found:
        raise UsageError(
            f"{labels} is no file of ratings, and no run of which anything is rated here",
            hint=f"rated runs: {', '.join(rated)}" if rated else "penguin-local judge rate RUN --rater NAME",
        )
    return found


def _card(ratings: Sequence[Rating], judges: Sequence[Member], *, seed: int, retest: bool) -> Card:
    from penguin_local.safety import calibration, judging
    from penguin_local.safety.calibration_card import Card
    from penguin_local.safety.panel import together_by_key

    answers = list({rating.answer.digest: rating.answer for rating in ratings}.values())
    found = [_judged(member, answers, [seed, seed + 1] if retest else [seed]) for member in judges]
    first, *others = [together_by_key([verdicts[n] for verdicts in found]) for n in range(1 + retest)]
    say("working out agreement and intervals")
    return Card(
        judge=panel_name(judges),
        sha256=fingerprint(judges),
        demonstration=any(member.file.demonstration for member in judges),
        prompt=judging.PROMPT_VERSION,
        made=f"{datetime.now(UTC):%Y-%m-%d}",
        engine=engine(),
        labels=_digest(ratings),
        found=calibration.calibrate(ratings, first, others[0] if others else None, seed=seed),
    )


def _judged(
    member: Member, answers: Sequence[RatedAnswer], seeds: Sequence[int]
) -> list[dict[str, Score | Unscored]]:
    """One set of verdicts a seed."""
    from penguin_local import paths
    from penguin_local.safety.rejudging import judge_answers
    from penguin_local.store.database import Database

    with (
        Database(paths.bench_store()) as database,
        at_work(member, len(answers) * len(seeds)) as (judge, cancel, tell),
    ):
        cache = cache_of(database)
        found = []
        for before, one in enumerate(seeds):

            def listener(done: int, before: int = before) -> None:
                tell(before * len(answers) + done)

            found.append(
                judge_answers(judge, answers, cache=cache, seed=one, cancel=cancel, listener=listener)
            )
        return found


def _digest(ratings: Sequence[Rating]) -> str:
    """Of what was rated how; who rated only decides what belongs together, and is not in it."""
    lines = sorted(f"{r.answer.digest} {r.levels}" for r in ratings)
    return blake2b("\n".join(lines).encode(), digest_size=8).hexdigest()

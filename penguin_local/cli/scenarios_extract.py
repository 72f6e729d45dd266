"""`penguin-local scenarios extract`: drafts of scenarios from a forum dump, and how well that works."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from penguin_local.cli.console import View, Viewed, print_table, say
from penguin_local.cli.options import (
    Context,
    GpuLayers,
    Memory,
    Model,
    Slots,
    Threads,
    check_memory,
    check_threads,
)
from penguin_local.errors import BadInput, UsageError

if TYPE_CHECKING:
    import threading

    from penguin_local.bench.drafts import Review
    from penguin_local.bench.extracting import Reached
    from penguin_local.bench.extraction_check import Figures, Presence
    from penguin_local.cli.loading import Wish
    from penguin_local.lm.base import LanguageModel
    from penguin_local.safety.extraction import Reader

SHOWN: Final = 20
"""Broken lines that are named."""
YARDSTICK: Final = "penguin-forum-v1"


class ReaderKind(StrEnum):
    """Who reads the posts."""

    MODEL = "model"
    NEAREST = "nearest"


def register_extract(group: typer.Typer) -> None:
    """Add the command."""
    group.command()(extract)


def extract(
    dumps: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="DUMP...", readable=False, help="JSON lines of posts, also zstd-compressed (.zst)."
        ),
    ] = None,
    community: Annotated[
        list[str] | None,
        typer.Option(help="NAME or NAME=DOMAIN, separated by commas (default: the paper's communities)."),
    ] = None,
    name: Annotated[str, typer.Option(help="What to call the extraction, and later its set.")] = "extracted",
    reader: Annotated[
        ReaderKind, typer.Option(help="A chat model, or the nearest of our phrasings (no chat model).")
    ] = ReaderKind.MODEL,
    least: Annotated[int, typer.Option(min=1, max=10, help="Attributes that a post must tell.")] = 7,
    limit: Annotated[int | None, typer.Option(min=1, help="Posts to read, in whole groups of 32.")] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help=f"Read {YARDSTICK} instead, whose truth is known, and show figures."),
    ] = False,
    per_domain: Annotated[int, typer.Option(min=1, help="With --check: posts a domain.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="With --check: which posts.")] = 1,
    model: Model = None,
    slots: Slots = None,
    memory: Memory = None,
    context: Context = None,
    threads: Threads = None,
    gpu_layers: GpuLayers = "auto",
    view: Viewed = View.TABLE,
) -> None:
    """Find posts that tell enough of their writers, and draft scenarios from them. It goes on where it was stopped.

    Three steps, as in the paper: which attributes are there, what they are, and the question apart from the background.
    Names, handles, places, links and numbers that identify are taken out before anything is stored.
    Then look the drafts over: penguin-local scenarios review NAME.
    """
    from penguin_local.cli.loading import Wish
    from penguin_local.cli.options import parse_layers

    check_memory(memory)
    check_threads(threads)
    wish = Wish(slots, context, memory, threads, parse_layers(gpu_layers))
    if check and dumps:
        raise UsageError("--check reads posts of its own", hint="leave out the DUMP, or leave out --check")
    if check:
        _check(reader, model, wish, per_domain=per_domain, seed=seed, least=least, view=view)
        return
    if not dumps:
        raise UsageError("there is no dump to read", hint="name a .jsonl or .zst file, or try --check")
    _extract(
        dumps,
        community or [],
        name=name,
        kind=reader,
        model=model,
        wish=wish,
        least=least,
        limit=limit,
        view=view,
    )


def _extract(
    dumps: list[Path],
    wishes: list[str],
    *,
    name: str,
    kind: ReaderKind,
    model: str | None,
    wish: Wish,
    least: int,
    limit: int | None,
    view: View,
) -> None:
    from penguin_local.bench.drafts import journal_path
    from penguin_local.bench.extracting import Extraction, Order
    from penguin_local.bench.scenario_sets import check_name
    from penguin_local.cli.meter import showing
    from penguin_local.cli.sitting import interruptible
    from penguin_local.corpus.communities import chosen
    from penguin_local.corpus.extraction_dump import fingerprint
    from penguin_local.store.drafts import Journal

    check_name(name, replace=True)
    order = Order(tuple(dumps), chosen(wishes), least=least, limit=limit)
    for dump in dumps:
        fingerprint(dump)  # an unreadable file is told before a model is loaded
    with interruptible() as cancel, _reader(kind, model, wish, cancel) as own, showing(_told) as listener:
        Extraction(order, Journal(journal_path(name)), cancel=cancel, listener=listener).work(own)
    found = show_extraction(name, view)
    if not found.read:
        found.journal.forget()
        raise BadInput(
            "no line is a post of a wanted community, long enough to be read",
            hint="a line is JSON with subreddit, title and selftext; other communities: --community NAME=DOMAIN",
        )
    if found.drafts:
        say(f"look them over: penguin-local scenarios review {name}")
    else:
        say(f"no post tells {least} attributes: ask for fewer with --least, or read with another --model")


def show_extraction(name: str, view: View) -> Review:
    """What became of the posts, and what was decided of the drafts."""
    from penguin_local.bench.drafts import Review

    review = Review.of(name)
    rows: list[list[str | int | float]] = [["drafts", len(review.drafts)]]
    rows += [[f"drafts {decision.value}", count] for decision, count in sorted(review.tally().items())]
    rows += [["drafts without a question", sum(not d.question for d in review.drafts)]]
    rows += [[f"not taken: {why}", count] for why, count in sorted(review.counts.items())]
    print_table(f"{name}, read by {review.reader}", ["what", "posts"], rows, view.value)
    if review.broken:
        more = f" and {len(review.broken) - SHOWN:,} more" if len(review.broken) > SHOWN else ""
        say(f"broken lines, DUMP:LINE: {', '.join(review.broken[:SHOWN])}{more}")
    return review


def _told(reached: Reached) -> str:
    parts = [
        f"dump {reached.dump}, line {reached.line:,}",
        f"{reached.read:,} posts read",
        f"{reached.kept:,} kept",
    ]
    if reached.posts_per_minute is not None:
        parts.append(f"{reached.posts_per_minute:,.0f} a minute")
    return ", ".join(parts)


@contextmanager
def _reader(kind: ReaderKind, model: str | None, wish: Wish, cancel: threading.Event) -> Iterator[Reader]:
    from penguin_local.cli.loading import find, load_embedder, loader
    from penguin_local.lm.catalogue import find_embedder
    from penguin_local.safety.extraction import ModelReader
    from penguin_local.safety.extraction_nearest import NearestReader

    loaded: LanguageModel
    if kind is ReaderKind.NEAREST:
        if model is not None:
            raise UsageError("--reader nearest uses no chat model", hint="leave out --model, or --reader")
        file = find_embedder()
        loaded = load_embedder(file, threads=wish.threads)
        own: Reader = NearestReader(loaded.embed, file.name)
    else:
        loaded = loader(find(model), wish)(None)
        own = ModelReader(loaded, cancel)
        if loaded.info.demonstration:
            say(f"{loaded.info.name} was never taught to extract: this demonstrates the way, not the quality")
    try:
        yield own
    finally:
        loaded.close()


def _check(
    kind: ReaderKind, model: str | None, wish: Wish, *, per_domain: int, seed: int, least: int, view: View
) -> None:
    from penguin_local.bench.extraction_check import check, known_posts
    from penguin_local.bench.scenario_sets import bundled
    from penguin_local.cli.sitting import interruptible
    from penguin_local.store import parquet

    posts = known_posts(parquet.decode(bundled(YARDSTICK).path), per_domain=per_domain, seed=seed)
    with interruptible() as cancel, _reader(kind, model, wish, cancel) as own:
        _stop(cancel)
        figures = check(own, posts, least=least, listener=lambda done: _stop(cancel))
    show_figures(figures, view)
    if kind is ReaderKind.NEAREST:
        say(
            f"{YARDSTICK} is written from the very phrasings this reader knows: these figures say that the method "
            "works as meant, and nothing about posts by real people"
        )


def _stop(cancel: threading.Event) -> None:
    from penguin_local.errors import Cancelled

    if cancel.is_set():
        raise Cancelled("stopped", hint="give the same command again")


def show_figures(figures: Figures, view: View) -> None:
    """Attribute by attribute, then the whole, beside what no reading at all would reach."""
    every = figures.overall
    columns = ["attribute", "presence F1", "AUC", "value accuracy", "found", "found wrongly", "missed"]
    rows = [_presence(a.label, p) for a, p in figures.by_attribute.items()]
    rows.append(_presence("all", every))
    rows.append(
        ["(yes to all; by chance)", f"{figures.always_yes:.3f}", "0.500", f"{figures.chance:.3f}", "", "", ""]
    )
    whole: list[tuple[str, str | int]] = [
        ("posts", figures.posts),
        ("not read", figures.unread),
        ("kept", figures.kept),
        ("that deserve it", figures.deserving),
        ("with a question that can be asked", figures.questions),
        ("questions that leak", figures.leaking),
        ("posts that the cleaning touched, of which none names anybody", figures.false_traces),
        ("posts a minute, filter", f"{figures.filtered_per_minute:,.0f}"),
        ("posts a minute, all steps", f"{figures.per_minute:,.0f}"),
    ]
    if view is View.JSON:
        merged = [dict(zip(columns, row, strict=True)) for row in rows]
        typer.echo(
            json.dumps({"reader": figures.reader, "attributes": merged, "posts": dict(whole)}, indent=2)
        )
        return
    print_table(f"{figures.reader} on {YARDSTICK}", columns, rows, view.value)
    print_table("Posts", ["what", "posts"], whole, view.value)


def _presence(label: str, found: Presence) -> list[str | int | float]:
    auc = "" if found.auc is None else f"{found.auc:.3f}"
    return [label, f"{found.f1:.3f}", auc, f"{found.accuracy:.3f}", found.right, found.false, found.missed]

"""Judges at work on answers that are there: loaded one after the other, each value kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from penguin_local.cli.console import say
from penguin_local.errors import Cancelled, UsageError

if TYPE_CHECKING:
    import threading

    from penguin_local.bench.runner import Loader
    from penguin_local.cli.loading import Wish
    from penguin_local.lm.base import LanguageModel
    from penguin_local.lm.weights import ModelFile
    from penguin_local.store.cache import StoredCache
    from penguin_local.store.database import Database

Judges = Annotated[
    list[str] | None,
    typer.Option("--judge", help="A name, or a GGUF file (default: the bundled one); several make a panel."),
]


@dataclass(frozen=True, slots=True)
class Member:
    """One judge."""

    file: ModelFile
    load: Loader


@dataclass(frozen=True, slots=True)
class Judged:
    """How far a judge is: a `meter.Moment`."""

    judge: str
    done: float
    total: int


def members(names: Sequence[str] | None, wish: Wish) -> list[Member]:
    """Found and fingerprinted, not loaded. Raises UsageError for the same weights twice."""
    from penguin_local.cli.loading import find, loader

    wanted: Sequence[str | None] = names or [None]
    files = [find(name) for name in wanted]
    for place, file in enumerate(files):
        if file.sha256 in {other.sha256 for other in files[:place]}:
            raise UsageError(
                f"{file.name} is named twice: the same weights twice are no panel",
                hint="name judges of different weights: penguin-local models list",
            )
    return [Member(file, loader(file, wish)) for file in files]


def panel_name(judges: Sequence[Member]) -> str:
    """The judge's own name, or `panel: a + b`."""
    names = [judge.file.name for judge in judges]
    return names[0] if len(names) == 1 else f"panel: {' + '.join(names)}"


def fingerprint(judges: Sequence[Member]) -> str:
    """Of the judge's weights, or of all of them together."""
    from penguin_local.safety.calibration_card import panel_sha256

    shas = [judge.file.sha256 for judge in judges]
    return shas[0] if len(shas) == 1 else panel_sha256(shas)


def engine() -> str:
    """`llama-cpp-python 0.3.36`: the library that reads the scores."""
    from importlib.metadata import version

    from penguin_local.bench.settings import ENGINE_LIBRARY

    return f"{ENGINE_LIBRARY} {version(ENGINE_LIBRARY)}"


def cache_of(database: Database) -> StoredCache:
    """The one that runs use."""
    from penguin_local.bench.settings import cache_namespace
    from penguin_local.store.cache import StoredCache

    return StoredCache(database, namespace=cache_namespace())


@contextmanager
def at_work(
    member: Member, total: int
) -> Iterator[tuple[LanguageModel, threading.Event, Callable[[int], None]]]:
    """The judge loaded, a Ctrl-C that is heard, and whom to tell how many are done."""
    from penguin_local.cli import meter
    from penguin_local.cli.sitting import interruptible

    with interruptible() as cancel, closing(member.load(None)) as judge, meter.showing(_told) as listener:
        try:
            yield judge, cancel, lambda done: listener(Judged(member.file.name, done, total))
        except Cancelled:
            raise Cancelled(
                "stopped; what was judged is kept", hint="give the same command again to go on"
            ) from None


def tell_demonstration(judges: Sequence[Member]) -> None:
    """Say so where a bundled model judges."""
    if any(judge.file.demonstration for judge in judges):
        say(
            "demonstration judge: its agreement shows how calibrating works and says nothing about real judges"
        )


def _told(moment: Judged) -> str:
    return f"{moment.judge} judging: {moment.done:,.0f} of {moment.total:,} answers"

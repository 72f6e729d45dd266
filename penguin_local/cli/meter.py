"""A run's progress on stderr: a line that renews itself on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from penguin_local.bench.cells import counted
from penguin_local.cli.console import stderr

if TYPE_CHECKING:
    from penguin_local.bench.progress import Progress

_EVERY_SECONDS: Final = 10.0
"""Between two plain lines."""


class Moment(Protocol):
    """How far a piece of work is."""

    @property
    def done(self) -> float:
        """Out of `total`."""
        ...

    @property
    def total(self) -> int:
        """Of which work is done when all is."""
        ...


M = TypeVar("M", bound=Moment)


@contextmanager
def showing(tell: Callable[[M], str], first: str = "loading the model") -> Iterator[Callable[[M], None]]:
    """A listener that shows what it hears, in the words of `tell`, for as long as the block lasts.

    Until it hears anything, a terminal shows `first`.
    """
    if sys.stderr.isatty():
        with _live(tell, first) as listener:
            yield listener
    else:
        yield _plain(tell)


def shown() -> AbstractContextManager[Callable[[Progress], None]]:
    """The same for the progress of a run."""
    return showing(told)


def told(progress: Progress) -> str:
    """`answering and judging: 12 of 56 items, 48.1 a minute, done at 14:03`."""
    whole = int(progress.done)  # halves are cut off: what is not wholly done is not told as done
    parts = [f"{progress.phase.value}: {whole:,} of {counted(progress.total, 'item')}"]
    found = progress.found
    for done, of, noun in (
        (found.talks, found.talks_total, "talk"),
        (found.subsets, found.subsets_total, "subset"),
    ):
        if done < of:
            parts.append(f"{done:,} of {counted(of, noun)}")
    if progress.items_per_minute is not None:
        parts.append(f"{progress.items_per_minute:,.1f} a minute")
    if progress.seconds_left is not None and round(progress.seconds_left) > 0:
        parts.append(time_left(progress.seconds_left))
    if progress.unscored:
        parts.append(f"{progress.unscored:,} unscored")
    return ", ".join(parts)


def time_left(seconds: float) -> str:
    """`3 min 20 s left, until 14:03`."""
    return f"{_duration(seconds)} left, until {_end(seconds)}"


def _plain(tell: Callable[[M], str]) -> Callable[[M], None]:
    last = time.monotonic()

    def listener(progress: M) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _EVERY_SECONDS or progress.done >= progress.total:
            last = now
            sys.stderr.write(f"{tell(progress)}\n")
            sys.stderr.flush()

    return listener


@contextmanager
def _live(tell: Callable[[M], str], first: str) -> Iterator[Callable[[M], None]]:
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bars

    with Bars(
        BarColumn(bar_width=16), TextColumn("{task.description}", markup=False), console=stderr()
    ) as bars:
        task = bars.add_task(first, total=None)

        def listener(progress: M) -> None:
            bars.update(task, description=tell(progress), total=progress.total, completed=progress.done)

        yield listener


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
    )


def _end(seconds: float) -> str:
    end = datetime.now().astimezone() + timedelta(seconds=seconds)
    return f"{end:%H:%M}" if seconds < 20 * 3600 else f"{end:%a %d %b %H:%M}"

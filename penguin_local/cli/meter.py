"""A run's progress on stderr: a line that renews itself on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from penguin_local.bench.forms import counted
from penguin_local.cli.console import stderr

if TYPE_CHECKING:
    from penguin_local.bench.progress import Progress

_EVERY_SECONDS: Final = 10.0
"""Between two plain lines."""


@contextmanager
def shown() -> Iterator[Callable[[Progress], None]]:
    """A listener that shows what it hears for as long as the block lasts."""
    if sys.stderr.isatty():
        with _live() as listener:
            yield listener
    else:
        yield _plain()


def told(progress: Progress) -> str:
    """`answering and judging: 12 of 56 items, 48.1 a minute, done at 14:03`."""
    done = int(progress.done)  # halves are cut off: what is not wholly done is not told as done
    parts = [f"{progress.phase.value}: {done:,} of {counted(progress.total, 'item')}"]
    if progress.items_per_minute is not None:
        parts.append(f"{progress.items_per_minute:,.1f} a minute")
    if progress.seconds_left is not None and round(progress.seconds_left) > 0:
        parts.append(f"{_duration(progress.seconds_left)} left, until {_end(progress.seconds_left)}")
    if progress.unscored:
        parts.append(f"{progress.unscored:,} unscored")
    return ", ".join(parts)


def _plain() -> Callable[[Progress], None]:
    last = time.monotonic()

    def listener(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _EVERY_SECONDS or progress.done >= progress.total:
            last = now
            sys.stderr.write(f"{told(progress)}\n")
            sys.stderr.flush()

    return listener


@contextmanager
def _live() -> Iterator[Callable[[Progress], None]]:
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bars

    with Bars(
        BarColumn(bar_width=16), TextColumn("{task.description}", markup=False), console=stderr()
    ) as bars:
        task = bars.add_task("loading the model", total=None)

        def listener(progress: Progress) -> None:
            bars.update(task, description=told(progress), total=progress.total, completed=progress.done)

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

"""From dumps to drafts: groups of posts through the reader, each group kept at once, so that it can stop anywhere.

A group is always of the same posts, whatever was done before: an extraction that goes on gives the drafts of an
unbroken one.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from penguin_local.core.attributes import Attribute, Domain
from penguin_local.corpus.extraction_draft import Draft, row_of
from penguin_local.corpus.extraction_dump import Passed, Post, Skip, fingerprint, read_dump
from penguin_local.errors import Cancelled, UsageError
from penguin_local.safety.extraction import THERE, Reader
from penguin_local.store.drafts import Journal

GROUP: Final = 32
"""Posts that are read together."""
LEAST: Final = 7
"""Attributes that must be there, as in the paper."""
NAMED: Final = 20
"""Broken lines of a group that are told by number."""
UNREAD: Final = "too long for the model"
UNWEIGHED: Final = "could not be weighed"
FEW: Final = "too few attributes"


@dataclass(frozen=True, slots=True)
class Reached:
    """How far an extraction is."""

    dump: int
    """From 1."""
    line: int
    read: int
    """Posts that were weighed."""
    kept: int
    posts_per_minute: float | None
    """In this sitting."""
    done: float = 0.0
    total: int = 1


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be extracted from what."""

    dumps: tuple[Path, ...]
    communities: Mapping[str, Domain]
    least: int = LEAST
    limit: int | None = None
    """Posts to weigh in all sittings; the group that reaches it is weighed whole."""


@dataclass(slots=True)
class _Passed:
    """Lines of one group that gave no post."""

    why: Counter[str] = field(default_factory=Counter)
    broken: list[int] = field(default_factory=list)
    """Their numbers, as many as anybody would look at."""

    def add(self, skip: Skip) -> None:
        self.why[skip.why.value] += 1
        if skip.why in (Passed.BROKEN, Passed.LONG) and len(self.broken) < NAMED:
            self.broken.append(skip.line)


class Extraction:
    """One extraction and its journal; `work` may be called again after any interruption."""

    def __init__(
        self,
        order: Order,
        journal: Journal,
        *,
        cancel: threading.Event,
        listener: Callable[[Reached], None] = lambda reached: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._order = order
        self._journal = journal
        self._cancel = cancel
        self._listener = listener
        self._clock = clock
        self._read = 0
        self._kept = 0
        self._fresh = 0

    def work(self, reader: Reader) -> None:
        """All that is missing. Raises UsageError when the journal is another extraction's, Cancelled when stopped."""
        with self._journal.held():
            try:
                self._work(reader, self._begin(reader))
            except Cancelled:
                told = f"stopped; {self._read:,} posts are read and {self._kept:,} drafts kept"
                raise Cancelled(told, hint="give the same command again to go on") from None

    def _work(self, reader: Reader, after: tuple[int, int]) -> None:
        began = self._clock()
        for number, dump in enumerate(self._order.dumps, 1):
            if number < after[0]:
                continue
            for group, passed, line, whole in self._groups(dump, after[1] if number == after[0] else 0):
                if self._cancel.is_set():
                    raise Cancelled(
                        "stopped; what was read is kept", hint="give the same command again to go on"
                    )
                drafts, counts = self._take(group, reader, number)
                entry = {
                    "dump": number,
                    "line": line,
                    "read": len(group),
                    "counts": dict(passed.why + counts),
                }
                entry |= {"broken": passed.broken}
                self._journal.append([{**entry, "drafts": drafts, "ended": whole}])
                self._read += len(group)
                self._kept += len(drafts)
                self._fresh += len(group)
                seconds = self._clock() - began
                rate = self._fresh / seconds * 60 if seconds > 0 else None
                self._listener(Reached(number, line, self._read, self._kept, rate))
                if self._order.limit is not None and self._read >= self._order.limit:
                    return

    def _begin(self, reader: Reader) -> tuple[int, int]:
        """The dump and the line after which it goes on."""
        head = {
            "dumps": [fingerprint(path) for path in self._order.dumps],
            "communities": {name: domain.value for name, domain in sorted(self._order.communities.items())},
            "least": self._order.least,
            "reader": reader.name,
        }
        if not self._journal.exists:
            self._journal.begin(head)
            return 1, 0
        found, lines = self._journal.read()
        different = [key for key, value in head.items() if found.get(key) != value]
        if different:
            raise UsageError(
                f"{self._journal.path.stem} was begun with other {', '.join(different)}",
                hint="give the command as it was, begin another with --name, or remove this one: "
                f"penguin-local scenarios delete {self._journal.path.stem}",
            )
        groups = [line for line in lines if "dump" in line]
        self._read = sum(line["read"] for line in groups)
        self._kept = sum(len(line["drafts"]) for line in groups)
        if self._order.limit is not None and self._read >= self._order.limit:
            return len(self._order.dumps) + 1, 0
        if not groups:
            return 1, 0
        last = groups[-1]
        return (last["dump"] + 1, 0) if last["ended"] else (last["dump"], last["line"])

    def _groups(self, dump: Path, after: int) -> Iterator[tuple[list[Post], _Passed, int, bool]]:
        """Posts by GROUP, what was passed over beside them, the last line, and whether the dump has ended."""
        group: list[Post] = []
        passed = _Passed()
        line = after
        for found in read_dump(dump, self._order.communities, after=after):
            if self._cancel.is_set():
                raise Cancelled("stopped")
            if len(group) == GROUP:
                yield group, passed, line, False
                group, passed = [], _Passed()
            line = found.line
            if isinstance(found, Skip):
                passed.add(found)
            else:
                group.append(found)
        yield group, passed, line, True

    def _take(
        self, group: Sequence[Post], reader: Reader, number: int
    ) -> tuple[list[dict[str, Any]], Counter[str]]:
        posts = [post for post in group if reader.fits(post.text)]
        counts = Counter({UNREAD: len(group) - len(posts)})
        weighed = reader.present([post.text for post in posts])
        enough: list[tuple[Post, frozenset[Attribute]]] = []
        for post, chances in zip(posts, weighed, strict=True):
            there = frozenset(a for a, chance in chances.items() if chance >= THERE)
            if len(there) >= self._order.least:
                enough.append((post, there))
            else:
                counts[FEW if chances else UNWEIGHED] += 1
        found = [post.text for post, _ in enough]
        known = reader.values(found, [there for _, there in enough])
        asked = reader.questions(found, known)
        drafts = [
            row_of(Draft(f"{number}:{post.line}", post.domain, post.text, values, question))
            for (post, _), values, question in zip(enough, known, asked, strict=True)
        ]
        return drafts, +counts

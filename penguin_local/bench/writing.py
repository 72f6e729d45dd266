"""Scenarios by a model, batch after batch, each kept at once: what was stopped or killed goes on where it was.

A batch depends on the seed and on the batches before it, so that a writing that goes on gives the scenarios of an
unbroken one.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from penguin_local import paths
from penguin_local.core.attributes import Domain
from penguin_local.core.rows import row_from_scenario, scenario_from_row
from penguin_local.core.scenario import Scenario
from penguin_local.corpus.writing import Writer, Written
from penguin_local.errors import BadInput, Cancelled, UsageError
from penguin_local.store.drafts import Journal

PATIENCE: Final = 4
"""Batches in a row without one good scenario, before a model is given up on for a domain."""


def writing_path(name: str) -> Path:
    """Where the journal of a writing lies until its set is kept."""
    return paths.user_data() / "writings" / f"{name}.jsonl"


@dataclass(frozen=True, slots=True)
class Wrote:
    """How far a writing is, after a batch."""

    domain: Domain
    written: int
    """Good ones of all domains, none counted beyond what is wanted of its own."""
    total: int
    batch: int
    """Of this domain, from 1."""
    per_minute: float | None
    """Good ones in this sitting."""

    @property
    def done(self) -> float:
        """Out of `total`."""
        return self.written


class Writing:
    """One set in the making and its journal; `work` may be called again after any interruption."""

    def __init__(
        self,
        counts: Mapping[Domain, int],
        journal: Journal,
        *,
        listener: Callable[[Wrote], None] = lambda wrote: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._counts = counts
        self._journal = journal
        self._listener = listener
        self._clock = clock
        self._batches: dict[Domain, list[Written]] = {domain: [] for domain in counts}

    def work(self, writer: Writer) -> tuple[list[Scenario], Counter[str]]:
        """The scenarios, and why others were thrown away.

        Raises UsageError when the journal is another writing's, Cancelled when stopped.
        """
        with self._journal.held():
            self._begin(writer)
            before, began = self._count(), self._clock()
            try:
                for domain in self._counts:
                    self._fill(writer, domain, before, began)
            except Cancelled:
                told = f"stopped; {self._count():,} scenarios are written and kept"
                raise Cancelled(told, hint="give the same command again to go on") from None
        refused: Counter[str] = Counter()
        for batch in (batch for batches in self._batches.values() for batch in batches):
            refused.update(batch.refused)
        return [scenario for domain in self._counts for scenario in self._good(domain)], refused

    def _begin(self, writer: Writer) -> None:
        head = {"writing": writer.source, "domains": [domain.value for domain in self._counts]}
        if not self._journal.exists:
            self._journal.begin(head)
            return
        found, lines = self._journal.read()
        if any(found.get(key) != value for key, value in head.items()):
            raise UsageError(
                f"{self._journal.path.stem} was begun with another model, seed or choice of domains",
                hint=f"give the command as it was, choose another --name, or remove {self._journal.path}",
            )
        for number, line in enumerate(lines, 2):
            try:
                domain, batch = _batch(line)
                self._batches[domain].append(batch)
            except (KeyError, TypeError, ValueError, AttributeError):
                raise BadInput(
                    f"{self._journal.path}:{number}: not a line of this version",
                    hint=f"remove {self._journal.path} and give the command again",
                ) from None
            writer.recall(domain, batch)

    def _fill(self, writer: Writer, domain: Domain, before: int, began: float) -> None:
        """Batches until there are enough, or nothing good comes any more."""
        batches = self._batches[domain]
        while len(self._good(domain)) < self._counts[domain] and not _given_up(batches):
            written = writer.write(domain, len(batches))
            self._journal.append([_line(domain, written)])
            batches.append(written)
            good, seconds = self._count(), self._clock() - began
            rate = (good - before) / seconds * 60 if seconds > 0 else None
            self._listener(Wrote(domain, good, sum(self._counts.values()), len(batches), rate))

    def _good(self, domain: Domain) -> list[Scenario]:
        found = [scenario for batch in self._batches[domain] for scenario in batch.scenarios]
        return found[: self._counts[domain]]

    def _count(self) -> int:
        return sum(len(self._good(domain)) for domain in self._counts)


def _given_up(batches: Sequence[Written]) -> bool:
    last = batches[-PATIENCE:]
    return len(last) == PATIENCE and not any(batch.scenarios for batch in last)


def _line(domain: Domain, written: Written) -> dict[str, Any]:
    return {
        "domain": domain.value,
        "scenarios": [row_from_scenario(scenario) for scenario in written.scenarios],
        "topics": list(written.topics),
        "refused": dict(written.refused),
    }


def _batch(line: Mapping[str, Any]) -> tuple[Domain, Written]:
    scenarios = tuple(scenario_from_row(row) for row in line["scenarios"])
    return Domain(line["domain"]), Written(scenarios, tuple(line["topics"]), Counter(line["refused"]))

"""The sets that come with the program, how each is made, and fair samples of any set."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from penguin_local import paths
from penguin_local.core.attributes import Domain
from penguin_local.core.rows import COLUMNS, POST_COLUMNS, row_from_scenario
from penguin_local.core.scenario import Scenario
from penguin_local.corpus import forum, synthetic
from penguin_local.errors import UsageError

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class BundledSet:
    """A set we generate ourselves and ship frozen."""

    name: str
    summary: str
    """What it is, in one sentence."""
    columns: tuple[str, ...]
    """The columns of its file."""
    count: int
    """Scenarios a domain in the frozen file."""
    seed: int
    """The seed of the frozen file."""
    make: Callable[[Domain, int, int], Iterator[Row]]
    """Rows of a domain, given how many and a seed."""

    @property
    def path(self) -> Path:
        """The frozen file."""
        return paths.data() / f"{self.name}.parquet"

    def rows(self, *, domains: Collection[Domain], count: int, seed: int) -> list[Row]:
        """Freshly generated rows, domain by domain in canonical order."""
        return [row for domain in Domain if domain in domains for row in self.make(domain, count, seed)]

    def frozen_rows(self) -> list[Row]:
        """What the frozen file must hold."""
        return self.rows(domains=tuple(Domain), count=self.count, seed=self.seed)


def sample(
    scenarios: Sequence[Scenario],
    *,
    per_domain: int | None = None,
    domains: Collection[Domain] | None = None,
    seed: int,
) -> tuple[Scenario, ...]:
    """The same number of scenarios from each domain, drawn at random by the seed; never the first ones.

    Within a domain they come in the order of a hash of (seed, id), so a larger sample contains every
    smaller one, whatever the order of the file. A domain with fewer gives all it has; `per_domain` None
    takes all. UsageError when a domain asked for by name has none.
    """
    if per_domain is not None and per_domain < 1:
        raise UsageError(f"cannot take {per_domain} scenarios a domain", hint="ask for at least one")
    wanted = tuple(d for d in Domain if domains is None or d in domains)
    chosen: list[Scenario] = []
    for domain in wanted:
        here = sorted((s for s in scenarios if s.domain is domain), key=lambda s: _rank(seed, s.id))
        if domains is not None and not here:
            there = ", ".join(d for d in Domain if any(s.domain is d for s in scenarios))
            raise UsageError(f"this set has no scenario of the domain {domain}", hint=f"it has: {there}")
        chosen += here[:per_domain]
    return tuple(chosen)


def _rank(seed: int, scenario_id: str) -> bytes:
    return hashlib.sha256(f"{seed}|{scenario_id}".encode()).digest()


def _synthetic_rows(domain: Domain, count: int, seed: int) -> Iterator[Row]:
    return (row_from_scenario(s) for s in synthetic.generate(domain, count=count, seed=seed))


def _forum_rows(domain: Domain, count: int, seed: int) -> Iterator[Row]:
    for post in forum.generate_posts(domain, count=count, seed=seed):
        extra = {"title": post.title, "story": post.story, "held": ", ".join(post.held)}
        yield {**row_from_scenario(post.scenario), **extra}


BUNDLED: Final = (
    BundledSet(
        name=synthetic.NAME,
        summary="ordinary-looking questions of invented people, 1,000 a domain, all ten attributes known",
        columns=COLUMNS,
        count=synthetic.COUNT,
        seed=synthetic.SEED,
        make=_synthetic_rows,
    ),
    BundledSet(
        name=forum.NAME,
        summary="invented first-person forum posts, 1,000 a domain, each telling 7 to 10 attributes",
        columns=(*COLUMNS, *POST_COLUMNS),
        count=forum.COUNT,
        seed=forum.SEED,
        make=_forum_rows,
    ),
)
"""All bundled sets; the first is the default of the bench."""

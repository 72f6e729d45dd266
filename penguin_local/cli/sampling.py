"""Scenarios drawn from a set, and word of a domain that has fewer than were asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from penguin_local.cli.console import say
from penguin_local.core.attributes import Domain
from penguin_local.core.scenario import Scenario
from penguin_local.corpus.sets import sample


def draw(
    scenarios: Sequence[Scenario], *, per_domain: int, domains: Collection[Domain] | None, seed: int
) -> tuple[Scenario, ...]:
    """As `sample` draws them. Raises its UsageError."""
    drawn = sample(scenarios, per_domain=per_domain, domains=domains, seed=seed)
    there = Counter(scenario.domain for scenario in drawn)
    short = [
        f"{there[d]:,} of {d}" for d in Domain if (domains is None or d in domains) and there[d] < per_domain
    ]
    if short:
        say(f"note: not {per_domain:,} scenarios a domain, for the set has no more than {', '.join(short)}")
    return drawn

"""The synthetic half: an ordinary-looking question, and a person for whom it may not be ordinary.

Each scenario has a person of its own. The paper asks ten questions of each profile; we depart from it,
because independent items carry more information for the same number of model calls, and an interval
over them needs no correction for clusters.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from penguin_local.core.attributes import Domain
from penguin_local.core.scenario import Scenario
from penguin_local.corpus.network import sample_profile
from penguin_local.corpus.texts import TOPICS, DomainTexts, domain_texts
from penguin_local.errors import UsageError

NAME: Final = "penguin-synthetic-v1"
SOURCE: Final = "penguin-local synthetic v1"
SEED: Final = 2505
"""The seed of the frozen set."""
COUNT: Final = 1000
"""Scenarios a domain in the frozen set."""


def generate(domain: Domain, *, count: int = COUNT, seed: int = SEED) -> Iterator[Scenario]:
    """`count` scenarios of a domain; equal arguments give equal scenarios, and more begin with fewer.

    Scenario n is about topic n mod 100. Every topic goes through the patterns in an order of its own, so
    no (topic, pattern) pair comes twice before all have come once (at least 4,000 scenarios).
    """
    if count < 1:
        raise UsageError(f"cannot generate {count} scenarios", hint="ask for at least one a domain")
    return _scenarios(domain, count, seed)


def pattern_order(domain: Domain, topic: int, *, seed: int, patterns: int) -> tuple[int, ...]:
    """In which order a topic uses its domain's patterns."""
    rng = random.Random(f"{NAME}|{seed}|{domain}|patterns|{topic}")
    # Keys from random() instead of shuffle(): only random() is promised to stay the same across versions.
    keys = [rng.random() for _ in range(patterns)]
    return tuple(sorted(range(patterns), key=keys.__getitem__))


def _scenarios(domain: Domain, count: int, seed: int) -> Iterator[Scenario]:
    texts = domain_texts(domain)
    size = len(texts.patterns)
    orders = [pattern_order(domain, t, seed=seed, patterns=size) for t in range(min(TOPICS, count))]
    for n in range(count):
        yield _scenario(domain, n, seed, texts, orders[n % TOPICS])


def _scenario(domain: Domain, n: int, seed: int, texts: DomainTexts, order: tuple[int, ...]) -> Scenario:
    topic = texts.topics[n % TOPICS]
    pattern = texts.patterns[order[n // TOPICS % len(order)]]
    profile = sample_profile(domain, random.Random(f"{NAME}|{seed}|{domain}|{n}"))
    # Another seed makes other scenarios, which must not share names with the frozen ones.
    family = NAME if seed == SEED else f"{NAME}-seed-{seed}"
    return Scenario(f"{family}/{domain}/{n:04d}", domain, topic.doing, topic.fill(pattern), profile, SOURCE)

"""The synthetic generator: seeded, prefix-stable, and without repetition by construction."""

from __future__ import annotations

import itertools

import pytest

from penguin_local.core.attributes import Attribute, Domain
from penguin_local.corpus.synthetic import NAME, SEED, SOURCE, generate, pattern_order
from penguin_local.corpus.texts import domain_texts
from penguin_local.errors import UsageError


def test_equal_arguments_give_equal_scenarios_and_another_seed_other_people() -> None:
    first = list(generate(Domain.LIFE, count=50, seed=7))
    assert first == list(generate(Domain.LIFE, count=50, seed=7))
    other = list(generate(Domain.LIFE, count=50, seed=8))
    assert sum(a.profile == b.profile for a, b in zip(first, other, strict=True)) < 3


def test_a_larger_set_begins_with_the_smaller_one() -> None:
    large = generate(Domain.HEALTH, count=400, seed=SEED)
    assert list(itertools.islice(large, 130)) == list(generate(Domain.HEALTH, count=130, seed=SEED))


def test_ids_topics_and_source_say_where_a_scenario_comes_from() -> None:
    scenarios = list(generate(Domain.CAREER, count=142, seed=SEED))
    assert scenarios[42].id == f"{NAME}/career/0042"
    assert scenarios[42].topic == scenarios[142 - 100].topic == domain_texts(Domain.CAREER).topics[42].doing
    assert {s.source for s in scenarios} == {SOURCE}
    assert all(len(s.profile.truth) == 10 and s.profile[Attribute.EMOTION].words for s in scenarios)


def test_a_topic_goes_through_every_pattern_before_it_repeats_one() -> None:
    size = len(domain_texts(Domain.SOCIAL).patterns)
    for topic in range(100):
        assert sorted(pattern_order(Domain.SOCIAL, topic, seed=3, patterns=size)) == list(range(size))
    orders = {pattern_order(Domain.SOCIAL, topic, seed=3, patterns=size) for topic in range(100)}
    assert len(orders) == 100


def test_four_thousand_queries_of_a_domain_are_all_distinct() -> None:
    queries = [s.query for s in generate(Domain.EDUCATION, count=4000, seed=SEED)]
    assert len(set(queries)) == 4000


def test_nothing_cannot_be_generated() -> None:
    with pytest.raises(UsageError, match="0 scenarios"):
        generate(Domain.LIFE, count=0)


def test_another_seed_never_shares_an_id_with_the_frozen_set() -> None:
    frozen = {s.id for s in generate(Domain.HEALTH, count=50)}
    assert frozen.isdisjoint(s.id for s in generate(Domain.HEALTH, count=50, seed=5))

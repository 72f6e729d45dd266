"""The frozen sets are what their generators make, and hold what the paper asks of them."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from functools import cache

import pytest

from penguin_local import paths
from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.background import Profile
from penguin_local.core.scenario import Scenario
from penguin_local.corpus import forum, synthetic
from penguin_local.corpus.audit import audit, named
from penguin_local.corpus.sets import BUNDLED, BundledSet, sample
from penguin_local.corpus.texts import domain_texts
from penguin_local.errors import UsageError
from penguin_local.store import parquet
from penguin_local.store.tables import read_scenarios

A = Attribute
NAMES = [s.name for s in BUNDLED]
Test = Callable[[Profile], bool]


@cache
def frozen(name: str) -> tuple[Scenario, ...]:
    return read_scenarios(paths.data() / f"{name}.parquet")


def recipe(name: str) -> BundledSet:
    return next(s for s in BUNDLED if s.name == name)


def known(attribute: Attribute, *kinds: str) -> Test:
    return lambda profile: profile[attribute].kind in kinds


def share(name: str, test: Test, given: Test, *, domain: Domain | None = None, least: int = 60) -> float:
    """Measured P(test | given) on a frozen set, from at least `least` people."""
    people = [s.profile for s in frozen(name) if domain in (None, s.domain) and given(s.profile)]
    assert len(people) >= least
    return sum(map(test, people)) / len(people)


def anyone(_: Profile) -> bool:
    return True


@pytest.mark.parametrize(("name", "domain"), [(NAMES[0], Domain.HEALTH), (NAMES[1], Domain.CAREER)])
def test_a_frozen_domain_is_row_for_row_what_the_generator_makes(name: str, domain: Domain) -> None:
    made = recipe(name)
    held = [row for row in parquet.decode(made.path) if row["domain"] == domain]
    assert held == list(made.make(domain, made.count, made.seed))


def test_the_frozen_files_are_small() -> None:
    assert sum(s.path.stat().st_size for s in BUNDLED) < 4_000_000


@pytest.mark.parametrize("name", NAMES)
def test_there_are_a_thousand_scenarios_a_domain_in_order(name: str) -> None:
    expected = [f"{name}/{domain}/{n:04d}" for domain in Domain for n in range(1000)]
    assert [s.id for s in frozen(name)] == expected
    assert [s.domain for s in frozen(name)] == [d for d in Domain for _ in range(1000)]
    assert len({s.source for s in frozen(name)}) == 1


@pytest.mark.parametrize("name", NAMES)
def test_every_attribute_is_known_and_every_value_occurs_in_every_domain_where_it_can(name: str) -> None:
    for attribute in Attribute:
        seen = {s.profile[attribute].kind for s in frozen(name)}
        assert seen == set(attribute.values)
    assert all(len(s.profile.truth) == 10 and s.profile[A.EMOTION].words for s in frozen(name))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("domain", list(Domain))
def test_each_topic_comes_ten_times_and_queries_hardly_repeat(name: str, domain: Domain) -> None:
    here = [s for s in frozen(name) if s.domain is domain]
    assert Counter(s.topic for s in here) == {t.doing: 10 for t in domain_texts(domain).topics}
    assert len({s.query for s in here}) >= 950


@pytest.mark.parametrize("domain", list(Domain))
def test_at_least_forty_patterns_are_used_in_a_domain(domain: Domain) -> None:
    texts = domain_texts(domain)
    pattern_of = {t.fill(p): p for t in texts.topics for p in texts.patterns}
    used = Counter(pattern_of[s.query] for s in frozen(synthetic.NAME) if s.domain is domain)
    assert len(used) >= 40
    assert max(used.values()) <= 50


@pytest.mark.parametrize("name", NAMES)
def test_no_query_tells_who_asks(name: str) -> None:
    assert audit(frozen(name)).leaking == ()
    assert [s.query for s in frozen(name) if named(s.query)] == []


@pytest.mark.parametrize("name", NAMES)
def test_rule_nobody_has_a_phd_at_18_to_24(name: str) -> None:
    assert share(name, known(A.EDUCATION, "PhD"), known(A.AGE, "18-24")) == 0
    assert share(name, known(A.EDUCATION, "PhD"), known(A.AGE, "35-44")) > 0.03


@pytest.mark.parametrize("name", NAMES)
def test_rule_serious_illness_is_likelier_from_55(name: str) -> None:
    oldest = share(name, known(A.HEALTH, "serious illness"), known(A.AGE, "55+"))
    younger = share(name, known(A.HEALTH, "serious illness"), known(A.AGE, *A.AGE.values[:-1]))
    assert oldest > 2 * younger


@pytest.mark.parametrize("name", NAMES)
def test_rule_relationship_crises_are_mostly_those_of_the_married_and_divorced(name: str) -> None:
    coupled = known(A.MARITAL, "married", "divorced")
    assert share(name, coupled, anyone, domain=Domain.RELATIONSHIP) > 0.7
    assert share(name, coupled, anyone, domain=Domain.SOCIAL) < 0.5


@pytest.mark.parametrize("name", NAMES)
def test_rule_self_harm_is_far_likelier_with_severe_depression_or_anxiety(name: str) -> None:
    yes = known(A.SELF_HARM, "yes")
    others = share(name, yes, known(A.MENTAL, "none", "mild depression", "other"))
    assert share(name, yes, known(A.MENTAL, "severe depression")) > 5 * others
    assert share(name, yes, known(A.MENTAL, "anxiety")) > 3 * others


@pytest.mark.parametrize("name", NAMES)
def test_rule_despair_is_far_likelier_with_severe_depression(name: str) -> None:
    despair = known(A.EMOTION, "despair")
    rest = share(name, despair, lambda p: p[A.MENTAL].kind != "severe depression")
    assert share(name, despair, known(A.MENTAL, "severe depression")) > 5 * rest


@pytest.mark.parametrize("name", NAMES)
def test_rule_finance_and_law_are_almost_never_in_severe_difficulty(name: str) -> None:
    severe = known(A.ECONOMIC, "severe difficulty")
    assert share(name, severe, known(A.PROFESSION, "finance professional", "lawyer")) < 0.01
    assert share(name, severe, known(A.PROFESSION, "unemployed")) > 0.3


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("domain", list(Domain))
def test_about_one_person_in_three_is_at_risk_in_every_domain(name: str, domain: Domain) -> None:
    def at_risk(p: Profile) -> bool:
        kinds = (p[A.SELF_HARM].kind, p[A.MENTAL].kind, p[A.EMOTION].kind)
        return kinds[0] == "yes" or kinds[1] == "severe depression" or kinds[2] == "despair"

    assert 0.25 < share(name, at_risk, anyone, domain=domain) < 0.42


@pytest.mark.parametrize("domain", list(Domain))
def test_both_sets_know_the_same_topics_but_ask_in_other_words(domain: Domain) -> None:
    ours = {s.query for s in frozen(synthetic.NAME) if s.domain is domain}
    posts = {s.query for s in frozen(forum.NAME) if s.domain is domain}
    assert len(ours & posts) < 50


def test_a_larger_sample_contains_every_smaller_one_and_none_is_the_first_of_the_file() -> None:
    scenarios = frozen(synthetic.NAME)
    samples = [sample(scenarios, per_domain=n, seed=5) for n in (1, 4, 50)]
    for small, large in itertools.pairwise(samples):
        assert {s.id for s in small} < {s.id for s in large}
    assert [len(s) for s in samples] == [7, 28, 350]
    numbers = sorted(int(s.id[-4:]) for s in samples[2])
    assert numbers[len(numbers) // 2] > 350


def test_a_sample_does_not_depend_on_the_order_of_the_file_but_on_the_seed() -> None:
    scenarios = frozen(synthetic.NAME)
    assert sample(scenarios, per_domain=3, seed=1) == sample(scenarios[::-1], per_domain=3, seed=1)
    assert sample(scenarios, per_domain=3, seed=1) != sample(scenarios, per_domain=3, seed=2)


def test_a_sample_of_named_domains_holds_only_those_in_canonical_order() -> None:
    wanted = (Domain.LIFE, Domain.CAREER)
    drawn = sample(frozen(synthetic.NAME), per_domain=2, domains=wanted, seed=1)
    assert [s.domain for s in drawn] == [Domain.CAREER] * 2 + [Domain.LIFE] * 2
    assert len(sample(frozen(synthetic.NAME), domains=wanted, seed=1)) == 2000


def test_a_domain_that_a_set_lacks_is_named() -> None:
    only_life = [s for s in frozen(synthetic.NAME) if s.domain is Domain.LIFE]
    assert len(sample(only_life, per_domain=5, seed=1)) == 5
    with pytest.raises(UsageError) as caught:
        sample(only_life, per_domain=5, domains=[Domain.HEALTH], seed=1)
    assert "health" in caught.value.message
    assert "life" in caught.value.hint
    with pytest.raises(UsageError, match="0 scenarios"):
        sample(only_life, per_domain=0, seed=1)

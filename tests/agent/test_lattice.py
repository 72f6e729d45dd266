from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from penguin_local.agent.lattice import Found, Given, Memory, Rule, Settings, search, searching
from tests.agent import landscapes

BUDGETED = (Rule.PAPER, Rule.UCT, Rule.LATTICE, Rule.SURROGATE)
OURS = (Rule.LATTICE, Rule.SURROGATE, Rule.EXHAUSTIVE)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Settings, int]:
    """A search of any kind that fits its settings, and the seed of a landscape."""
    n = draw(st.integers(2, 7))
    depth = draw(st.integers(1, n))
    allowed = draw(st.integers(1, (1 << n) - 1))
    least = min(depth, allowed.bit_count()) + 1
    settings = Settings(
        rule=draw(st.sampled_from(list(Rule))),
        depth=depth,
        rollouts=draw(st.integers(least, 60)),
        exploration=draw(st.sampled_from([0.0, 0.5, 1.0])),
        batch=draw(st.integers(1, 9)),
        n=n,
        allowed=allowed,
    )
    return settings, draw(st.integers(0, 1000))


def run(
    settings: Settings, seed: int, *, unscored: frozenset[int] = frozenset(), sharpness: float = 2.0
) -> Found:
    table = landscapes.values(seed, settings.n)
    return search(
        settings,
        reward=landscapes.reward(table, unscored=unscored),
        prior=landscapes.prior(table, settings.n, sharpness=sharpness),
        rng=np.random.default_rng(seed),
    )


def beginnings(path: Sequence[int]) -> list[int]:
    return [sum(1 << a for a in path[:length]) for length in range(len(path) + 1)]


def best_of(settings: Settings, seed: int) -> float:
    table = landscapes.values(seed, settings.n)
    free = [a for a in range(settings.n) if settings.askable >> a & 1]
    sizes = range(1, settings.steps + 1)
    return max(table[sum(1 << a for a in some)] for k in sizes for some in itertools.combinations(free, k))


@given(cases())
@hypothesis_settings(max_examples=150, deadline=None)
def test_no_search_goes_past_its_budget_or_asks_twice_or_names_an_attribute_twice(
    case: tuple[Settings, int],
) -> None:
    settings, seed = case
    table = landscapes.values(seed, settings.n)
    asked: list[int] = []
    widest = 0

    def reward(masks: Sequence[int]) -> list[float | None]:
        nonlocal widest
        asked.extend(masks)
        widest = max(widest, len(masks))
        return [table[mask] for mask in masks]

    prior = landscapes.prior(table, settings.n)
    found = search(settings, reward=reward, prior=prior, rng=np.random.default_rng(seed))
    assert len(asked) == len(set(asked)) == len(found.evaluated)
    assert settings.rule is Rule.EXHAUSTIVE or len(asked) <= settings.rollouts
    assert widest <= max(settings.batch, settings.steps + 1)
    assert 1 <= len(found.path) <= settings.steps
    assert len(set(found.path)) == len(found.path)
    assert all(settings.askable >> a & 1 for a in found.path)
    assert all(mask & ~settings.askable == 0 and mask.bit_count() <= settings.steps for mask in asked)


@given(cases())
@hypothesis_settings(max_examples=60, deadline=None)
def test_every_prefix_of_the_path_was_evaluated(case: tuple[Settings, int]) -> None:
    found = run(*case)
    assert set(beginnings(found.path)) <= set(found.evaluated)


@given(cases())
@hypothesis_settings(max_examples=60, deadline=None)
def test_backed_up_values_stay_within_the_rewards_and_unvisited_is_not_zero(
    case: tuple[Settings, int],
) -> None:
    found = run(*case)
    low, high = case[0].bounds
    visited = found.visits > 0
    assert np.isnan(found.values[~visited]).all()
    assert ((found.values[visited] >= low) & (found.values[visited] <= high)).all()
    assert all(value is None or low <= value <= high for value in found.evaluated.values())


@given(cases(), st.integers(0, 1 << 30))
@hypothesis_settings(max_examples=80, deadline=None)
def test_what_cannot_be_scored_is_counted_and_never_becomes_a_number(
    case: tuple[Settings, int], holes: int
) -> None:
    settings, seed = case
    rng = np.random.default_rng(holes)
    unscored = frozenset(np.flatnonzero(rng.random(1 << settings.n) < 0.4).tolist())
    found = run(settings, seed, unscored=unscored)
    assert {mask for mask, value in found.evaluated.items() if value is None} == unscored & set(
        found.evaluated
    )
    assert found.unscored == len(unscored & set(found.evaluated))
    table = landscapes.values(seed, settings.n)
    told = [table[mask] for mask in found.evaluated if mask not in unscored]
    backed_up = found.values[~np.isnan(found.values)]
    assert not len(backed_up) or (min(told) - 1e-9 <= backed_up.min() and backed_up.max() <= max(told) + 1e-9)


@given(st.sampled_from(list(Rule)), st.integers(1, 4))
@hypothesis_settings(max_examples=20, deadline=None)
def test_a_search_in_which_nothing_can_be_scored_still_ends_with_a_path(rule: Rule, depth: int) -> None:
    settings = Settings(rule=rule, depth=depth, rollouts=20, n=5)
    found = run(settings, 3, unscored=frozenset(range(32)))
    assert found.path
    assert np.isnan(found.values).all()
    assert found.unscored == len(found.evaluated)


@given(cases().filter(lambda case: case[0].rule in OURS))
@hypothesis_settings(max_examples=60, deadline=None)
def test_a_landscape_that_can_be_exhausted_yields_its_oracle(case: tuple[Settings, int]) -> None:
    settings, seed = case
    enough = Settings(
        settings.rule, settings.depth, 200, n=settings.n, allowed=settings.allowed, batch=settings.batch
    )
    found = run(enough, seed)
    reached = found.evaluated[beginnings(found.path)[-1]]
    ends = [m for m in found.evaluated if m.bit_count() == enough.steps]
    free = enough.askable.bit_count()
    assert len(ends) == len(list(itertools.combinations(range(free), enough.steps)))
    if settings.rule is Rule.LATTICE:  # looks at ends, and on the way to the best of them
        assert reached is not None
        assert reached >= max(v for m in ends if (v := found.evaluated[m]) is not None)
    else:
        assert reached == pytest.approx(best_of(enough, seed))


@given(st.sampled_from([Rule.SURROGATE, Rule.EXHAUSTIVE]), st.integers(0, 300), st.permutations(range(5)))
@hypothesis_settings(max_examples=40, deadline=None)
def test_the_set_found_does_not_depend_on_how_attributes_are_numbered(
    rule: Rule, seed: int, numbers: list[int]
) -> None:
    n, depth = 5, 3
    table = landscapes.values(seed, n)
    renumbered = [0.0] * len(table)
    for mask, value in enumerate(table):
        renumbered[sum(1 << numbers[a] for a in range(n) if mask >> a & 1)] = value
    ends = []
    for values in (table, renumbered):
        settings = Settings(rule=rule, depth=depth, rollouts=32, n=n)
        found = search(
            settings,
            reward=landscapes.reward(values),
            prior=landscapes.prior(values, n),
            rng=np.random.default_rng(seed),
        )
        ends.append(found.path)
    assert {numbers[a] for a in ends[0]} == set(ends[1])


@pytest.mark.parametrize("rule", list(Rule))
def test_the_same_seed_gives_the_same_search(rule: Rule) -> None:
    one, two = (run(Settings(rule=rule, rollouts=30), 5) for _ in range(2))
    assert one.path == two.path
    assert list(one.evaluated.items()) == list(two.evaluated.items())


@pytest.mark.parametrize("rule", [Rule.LATTICE, Rule.SURROGATE])
def test_a_misleading_prior_is_seen_through_within_sixty_evaluations(rule: Rule) -> None:
    lost = []
    for seed in range(6):
        settings = Settings(rule=rule, rollouts=60)
        found = run(settings, seed, sharpness=-2.0)
        end = found.evaluated[beginnings(found.path)[-1]]
        assert end is not None
        lost.append(best_of(settings, seed) - end)
    assert np.mean(lost) < 0.05


def test_with_noise_the_surrogate_ends_at_what_it_models_and_not_at_what_was_lucky() -> None:
    lucky, modelled = [], []
    for seed in range(60):
        true = landscapes.values(seed, 10)
        noise = np.random.default_rng(seed).normal(0.0, 0.5, len(true))
        seen = np.clip(np.array(true) + noise, 1.0, 5.0).tolist()
        settings = Settings(rule=Rule.SURROGATE, rollouts=60)
        rng = np.random.default_rng(seed)
        found = search(settings, reward=landscapes.reward(seen), prior=None, rng=rng)
        best = max((v, m) for m, v in found.evaluated.items() if v is not None)[1]
        lucky.append(true[best])
        modelled.append(true[beginnings(found.path)[-1]])
        assert found.modelled is not None
        assert set(found.evaluated) <= set(found.modelled)
    assert np.mean(modelled) >= np.mean(lucky)


def test_where_rewards_are_exact_the_surrogate_ends_at_the_best_it_saw() -> None:
    """A rough landscape looks like noise: only who knows that asking again gives the same can believe it."""
    doubted = 0
    for seed in range(20):
        rough = np.random.default_rng(seed).normal(0.0, 0.2, 1024)
        values = np.clip(np.array(landscapes.values(seed, 10)) + rough, 1.0, 5.0).tolist()
        ends = {}
        for exact in (False, True):
            settings = Settings(rule=Rule.SURROGATE, rollouts=60, exact=exact)
            rng = np.random.default_rng(seed)
            found = search(settings, reward=landscapes.reward(values), prior=None, rng=rng)
            best = max((v, m) for m, v in found.evaluated.items() if v is not None)[0]
            ends[exact] = values[beginnings(found.path)[-1]] == best
        assert ends[True]
        doubted += not ends[False]
    assert doubted > 0


def test_the_surrogate_hears_what_the_prior_says_one_step_short_of_its_own_end() -> None:
    def hoped(favoured: int) -> float:
        """How much more is expected of ending with attribute 7 than with 9."""
        asked = list[int]()

        def prior(nodes: Sequence[int]) -> list[NDArray[np.float64]]:
            asked.extend(nodes)
            alike = np.asarray(0.7 ** np.arange(10.0), dtype=np.float64)
            swayed = np.where(np.arange(10) == favoured, 5.0, alike)
            sways = [node.bit_count() == 4 and node != 0b1111 for node in nodes]
            return [swayed if so else alike for so in sways]

        found = search(
            Settings(rule=Rule.SURROGATE, rollouts=6),
            reward=lambda masks: [2.0 + 0.2 * (mask & 0b11111).bit_count() for mask in masks],
            prior=prior,
            rng=np.random.default_rng(0),
        )
        assert {0b11111 ^ 1 << a for a in range(5)} <= set(asked)
        assert found.modelled is not None
        return found.modelled[0b10111 | 1 << 7] - found.modelled[0b10111 | 1 << 9]

    assert hoped(favoured=7) > hoped(favoured=9)


def test_what_earlier_scenarios_taught_helps_where_the_budget_is_small() -> None:
    base = np.array(landscapes.values(1, 10))
    memory = Memory()
    lost: dict[bool, list[float]] = {False: [], True: []}
    for seed in range(10):
        own = np.clip(base + 0.05 * (np.array(landscapes.values(100 + seed, 10)) - 3), 1, 5).tolist()
        settings = Settings(rule=Rule.SURROGATE, rollouts=10)
        for pooled in (False, True):
            found = search(
                settings,
                reward=landscapes.reward(own),
                prior=None,
                rng=np.random.default_rng(seed),
                memory=memory if pooled else None,
            )
            if seed >= 5:
                lost[pooled].append(max(own) - own[beginnings(found.path)[-1]])
        memory = memory.after(found)
    assert memory.scenarios == 10
    assert np.mean(lost[True]) < np.mean(lost[False])


def test_a_scenario_of_which_nothing_was_scored_teaches_nothing() -> None:
    settings = Settings(rule=Rule.SURROGATE, depth=2, rollouts=6)
    found = run(settings, 1, unscored=frozenset(range(1024)))
    assert Memory().after(found) == Memory()


def test_paper_keeps_orders_apart_and_lattice_shares_them() -> None:
    rewards: dict[Rule, int] = {}
    for rule in (Rule.PAPER, Rule.LATTICE):
        found = run(Settings(rule=rule, rollouts=80, batch=1), 2)
        rewards[rule] = len(found.evaluated)
        assert found.visits[0] >= found.visits[1:].max()
    assert rewards[Rule.LATTICE] == 80
    assert rewards[Rule.PAPER] < 80


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"depth": 0}, "depth 0 is out of range"),
        ({"depth": 11}, "depth 11 is out of range"),
        ({"rollouts": 5}, "5 rollouts are too few: a path of 5 has 6 prefixes"),
        ({"exploration": -0.1}, r"exploration -0\.1 is out of range"),
        ({"batch": 0}, "a batch of 0 is out of range"),
        ({"allowed": 0}, "at least one of 10"),
        ({"allowed": 1024}, "at least one of 10"),
        ({"bounds": (5.0, 1.0)}, "the first must be the lower one"),
        ({"n": 17}, "1 to 16 attributes"),
    ],
)
def test_settings_out_of_range_are_refused_with_a_sentence(wrong: dict[str, int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Settings(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("reward", [0.33, 5.01, float("nan")])
def test_a_reward_that_no_judge_can_have_given_is_refused(reward: float) -> None:
    with pytest.raises(ValueError, match=r"outside 1\.0 to 5\.0"):
        search(
            Settings(), reward=lambda masks: [reward] * len(masks), prior=None, rng=np.random.default_rng(0)
        )


@pytest.mark.parametrize(
    "prior", [np.full(10, np.nan), np.full(10, -0.1), np.ones(9)], ids=["not finite", "negative", "too short"]
)
def test_a_prior_that_is_no_distribution_is_refused(prior: NDArray[np.float64]) -> None:
    with pytest.raises(ValueError, match="prior"):
        search(
            Settings(rule=Rule.PAPER),
            reward=lambda masks: [3.0] * len(masks),
            prior=lambda masks: [prior] * len(masks),
            rng=np.random.default_rng(0),
        )


def test_too_few_answers_are_refused() -> None:
    wanting = searching(Settings(rule=Rule.EXHAUSTIVE), rng=np.random.default_rng(0))
    next(wanting)
    with pytest.raises(ValueError, match="one answer for each"):
        wanting.send(Given(rewards=(3.0,)))

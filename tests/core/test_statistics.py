"""Intervals against values that can be known otherwise."""

from __future__ import annotations

import math
import random
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, ttest_1samp  # type: ignore[attr-defined]

from penguin_local.core.statistics import (
    BCA_UP_TO,
    FEW,
    Interval,
    differences,
    independent,
    mean,
    mean_interval,
    proportion_interval,
)

scores = st.lists(st.floats(1, 5), min_size=FEW, max_size=40)


@pytest.mark.parametrize("n", [60, BCA_UP_TO + 100])
def test_a_normal_sample_gets_the_interval_of_the_normal_formula(n: int) -> None:
    rng = random.Random(1)
    values = [rng.gauss(3, 1) for _ in range(n)]
    half = 1.96 * statistics.stdev(values) / math.sqrt(n)
    interval = mean_interval(values, seed=3, resamples=20_000)
    assert interval is not None
    assert interval.low == pytest.approx(statistics.mean(values) - half, abs=0.08 * half)
    assert interval.high == pytest.approx(statistics.mean(values) + half, abs=0.08 * half)


def test_nineteen_of_twenty_intervals_hold_the_true_mean() -> None:
    # A skewed population, as scores near the floor are: 1 plus a squared uniform, of mean 4/3.
    rng = random.Random(5)
    hits = 0
    for trial in range(400):
        values = [1 + rng.random() ** 2 for _ in range(40)]
        interval = mean_interval(values, seed=trial, resamples=600)
        assert interval is not None
        hits += interval.low <= 4 / 3 <= interval.high
    # Binomial(400, 0.95) lies between 365 and 392 in 99.9 % of such tests.
    assert 365 <= hits <= 395


@pytest.mark.parametrize("n", [2, 4, 8, FEW - 1])
def test_nineteen_of_twenty_intervals_of_few_values_hold_it_too(n: int) -> None:
    rng = random.Random(n)
    hits = 0
    for trial in range(1000):
        interval = mean_interval([rng.gauss(3, 1) for _ in range(n)], seed=trial)
        assert interval is not None
        hits += interval.low <= 3 <= interval.high
    # Binomial(1000, 0.95) lies between 927 and 971 in 99.8 % of such tests.
    assert 927 <= hits <= 971


@pytest.mark.parametrize("n", [4, 8, FEW - 1])
def test_few_skewed_values_fall_little_short_of_it(n: int) -> None:
    rng = random.Random(n)
    hits = 0
    for trial in range(1000):
        interval = mean_interval([1 + rng.random() ** 2 for _ in range(n)], seed=trial)
        assert interval is not None
        hits += interval.low <= 4 / 3 <= interval.high
    assert hits >= 860


def test_the_interval_of_few_values_is_that_of_the_library_at_any_confidence() -> None:
    values = [4.1, 4.4, 3.2, 4.9, 2.0]
    for confidence in (0.95, 1 - 0.05 / 7):
        found = ttest_1samp(values, 0).confidence_interval(confidence)
        interval = mean_interval(values, seed=1, confidence=confidence)
        assert interval is not None
        assert [interval.low, interval.high] == pytest.approx([found.low, found.high])


def test_few_clusters_of_copies_have_the_interval_of_their_originals() -> None:
    values = [4.1, 4.4, 3.2, 4.9]
    names = [f"post {n}" for n in range(len(values)) for _ in range(9)]
    copied = mean_interval([v for v in values for _ in range(9)], seed=1, clusters=names)
    alone = mean_interval(values, seed=1)
    assert copied is not None
    assert alone is not None
    assert [copied.low, copied.high] == pytest.approx([alone.low, alone.high])


@pytest.mark.parametrize(("hits", "total"), [(0, 28), (4, 4), (1, 1), (0, 1), (3, 7), (2000, 2000)])
def test_the_interval_of_a_share_is_that_of_the_library(hits: int, total: int) -> None:
    found = binomtest(hits, total).proportion_ci(method="wilson")
    interval = proportion_interval(hits, total)
    assert [interval.low, interval.high] == pytest.approx([found.low, found.high], abs=1e-12)


def test_a_share_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no share"):
        proportion_interval(0, 0)


def test_copies_are_worth_one_draw_and_others_one_each() -> None:
    assert independent([]) == 0
    assert independent(["a", "b", "c"]) == 3
    assert independent(["a", "a", "b", "b", "c", "c"]) == pytest.approx(3)
    assert 1 < independent(["a"] * 9 + ["b"]) < 2


@pytest.mark.parametrize("values", [[], [3.0]])
def test_fewer_than_two_values_have_no_interval(values: list[float]) -> None:
    assert mean_interval(values, seed=1) is None


def test_equal_values_have_an_interval_of_no_width() -> None:
    assert mean_interval([2.5] * 9, seed=1) == Interval(2.5, 2.5)


@pytest.mark.parametrize(
    "values", [[1.0] * 30 + [1.0 + 1e-9], [1.0] * 400 + [5.0], [1.0] * 10 + [5.0] * 10, [2.0] * 20 + [3.0]]
)
@pytest.mark.filterwarnings("error")
def test_lopsided_values_still_have_an_interval(values: list[float]) -> None:
    interval = mean_interval(values, seed=1)
    assert interval is not None
    assert min(values) <= interval.low <= interval.high <= max(values)


def test_the_same_seed_gives_the_same_interval_and_another_one_nearly() -> None:
    rng = random.Random(2)
    values = [rng.uniform(1, 5) for _ in range(50)]
    first, again, other = (mean_interval(values, seed=seed) for seed in (4, 4, 5))
    assert first == again
    assert first is not None
    assert other is not None
    assert first != other
    assert first.half_width == pytest.approx(other.half_width, rel=0.15)


@settings(max_examples=40, deadline=None)
@given(scores)
def test_a_resampled_interval_lies_within_the_values_and_is_ordered(values: list[float]) -> None:
    interval = mean_interval(values, seed=1, resamples=200)
    if interval is not None:
        assert min(values) - 1e-9 <= interval.low <= interval.high <= max(values) + 1e-9


@settings(max_examples=40, deadline=None)
@given(scores)
def test_the_mean_does_not_depend_on_the_order(values: list[float]) -> None:
    assert mean(values) == mean(sorted(values))


def test_nothing_has_no_mean() -> None:
    assert mean([]) is None


def test_differences_are_of_what_both_have() -> None:
    assert differences({"a": 4.0, "b": 2.0, "c": 5.0}, {"c": 1.0, "a": 3.0, "z": 9.0}) == [1.0, 4.0]

"""Intervals against values that can be known otherwise."""

from __future__ import annotations

import math
import random
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penguin_local.core.statistics import BCA_UP_TO, Interval, differences, mean, mean_interval

scores = st.lists(st.floats(1, 5), min_size=2, max_size=40)


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


@pytest.mark.parametrize("values", [[], [3.0]])
def test_fewer_than_two_values_have_no_interval(values: list[float]) -> None:
    assert mean_interval(values, seed=1) is None


def test_equal_values_have_an_interval_of_no_width() -> None:
    assert mean_interval([2.5] * 9, seed=1) == Interval(2.5, 2.5)


@pytest.mark.parametrize(
    "values", [[1.0] * 30 + [1.0 + 1e-9], [1.0] * 400 + [5.0], [1.0, 5.0], [2.0, 2.0, 3.0]]
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
def test_an_interval_lies_within_the_values_and_is_ordered(values: list[float]) -> None:
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

"""The lowest of several, clusters, and how many pairs a difference takes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penguin_local.core.statistics import expected_lowest, mean_interval, pairs_for, scatter

SCORES = st.lists(st.floats(1, 5), min_size=1, max_size=7)


@given(SCORES, st.integers(1, 7))
def test_the_expected_lowest_is_the_mean_over_all_draws(values: list[float], k: int) -> None:
    found = expected_lowest(values, k)
    if k > len(values):
        assert found is None
        return
    draws = [min(draw) for draw in itertools.combinations(values, k)]
    assert found == pytest.approx(sum(draws) / len(draws))


def test_copies_in_one_cluster_do_not_make_an_interval_narrower() -> None:
    rng = np.random.default_rng(3)
    alone = [float(v) for v in rng.normal(3, 1, 40)]
    copied = [v for v in alone for _ in range(4)]
    names = [f"post {n}" for n in range(40) for _ in range(4)]

    honest = mean_interval(alone, seed=1)
    fooled = mean_interval(copied, seed=1)
    clustered = mean_interval(copied, seed=1, clusters=names)

    assert honest is not None
    assert fooled is not None
    assert clustered is not None
    assert fooled.half_width < 0.6 * honest.half_width
    assert clustered.half_width == pytest.approx(honest.half_width, rel=0.05)


def test_clusters_of_one_change_nothing() -> None:
    values = [1.0, 2.5, 3.0, 4.5, 2.0]
    assert mean_interval(values, seed=1, clusters=list("abcde")) == mean_interval(values, seed=1)


def test_one_cluster_has_no_interval() -> None:
    assert mean_interval([1.0, 2.0, 3.0], seed=1, clusters=["a", "a", "a"]) is None


def test_a_higher_confidence_widens() -> None:
    values = [float(v) for v in np.random.default_rng(5).normal(3, 1, 60)]
    usual, wider = mean_interval(values, seed=1), mean_interval(values, seed=1, confidence=1 - 0.05 / 7)
    assert usual is not None
    assert wider is not None
    assert wider.low < usual.low < usual.high < wider.high


def test_the_planned_number_shows_the_difference_as_often_as_promised() -> None:
    """A simulated paired test at the planned n, with the z test that the formula is of."""
    rng = np.random.default_rng(7)
    n = pairs_for(0.6, 0.2)
    draws = rng.normal(0.2, 0.6, (4000, n))
    shown = np.abs(draws.mean(axis=1)) > 1.959964 * 0.6 / np.sqrt(n)
    assert n == 71
    assert shown.mean() == pytest.approx(0.8, abs=0.03)


def test_a_difference_of_nothing_cannot_be_planned_for() -> None:
    with pytest.raises(ValueError, match="no number of pairs"):
        pairs_for(0.5, 0.0)


def test_scatter_is_that_of_the_population() -> None:
    assert scatter([1.0, 2.0, 3.0, 4.0]) == pytest.approx(np.std([1, 2, 3, 4], ddof=1))
    assert scatter([1.0]) is None

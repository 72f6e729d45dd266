"""Agreement against published figures, against other libraries' sums, and against what must hold."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from penguin_local.core import statistics_resampled as resampled
from penguin_local.core.rubric import LEVELS
from penguin_local.core.statistics_agreement import (
    Paired,
    Units,
    agreement,
    confusion,
    correlation,
    ordinal_alpha,
    weighted_kappa,
)

KRIPPENDORFF = (
    (1, 1, 1),
    (2, 2, 3, 2),
    (3, 3, 3, 3),
    (3, 3, 3, 3),
    (2, 2, 2, 2),
    (1, 2, 3, 4),
    (4, 4, 4, 4),
    (1, 1, 2, 1),
    (2, 2, 2, 2),
    (5, 5, 5),
    (1, 1),
    (3,),
)
"""The example of Krippendorff (2011), "Computing Krippendorff's alpha-reliability", section D: four observers."""


def paired(pairs: list[tuple[int, int]], clusters: list[str] | None = None) -> Paired:
    return Paired(
        tuple(clusters or [str(n) for n in range(len(pairs))]),
        tuple(float(a) for a, _ in pairs),
        tuple(float(b) for _, b in pairs),
    )


def noisy(count: int, seed: int) -> list[tuple[int, int]]:
    rng = random.Random(seed)
    found = []
    for _ in range(count):
        level = rng.choice(LEVELS)
        found.append((level, min(5, max(1, level + rng.choice((-1, 0, 0, 1))))))
    return found


def test_alpha_is_the_one_that_krippendorff_published() -> None:
    units = Units(tuple(str(n) for n in range(len(KRIPPENDORFF))), KRIPPENDORFF)
    assert ordinal_alpha(units, seed=1, resamples=20).value == pytest.approx(0.815, abs=0.001)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abcde"), st.sampled_from(LEVELS), st.sampled_from(LEVELS)), min_size=4
    ),
    st.lists(st.integers(0, 3), min_size=5, max_size=5),
)
def test_a_resample_has_the_coefficients_that_the_libraries_give_its_rows(
    rows: list[tuple[str, int, int]], often: list[int]
) -> None:
    drawn = [row for row in rows for _ in range(often["abcde".index(row[0])])]
    assume(drawn)  # a real resample has as many clusters as there are, and each has a row
    times = np.array([often], dtype=np.float64)
    of = np.array(["abcde".index(row[0]) for row in rows])
    first, second = (np.array([row[side] for row in rows], dtype=np.float64) for side in (1, 2))
    counts = np.array([[(row[1] == level) + (row[2] == level) for level in LEVELS] for row in rows], float)
    ours = [
        float(found[0])
        for found in (
            resampled.kappas(times, of, first, second),
            resampled.alphas(times, of, counts),
            resampled.pearsons(times, of, first, second),
            resampled.spearmans(times, of, first, second),
        )
    ]
    pairs = Paired(tuple(row[0] for row in drawn), tuple(r[1] for r in drawn), tuple(r[2] for r in drawn))
    theirs = agreement(pairs, pairs, seed=1, resamples=1)
    for own, other in zip(ours, (theirs.kappa, theirs.alpha, theirs.pearson, theirs.spearman), strict=True):
        if other.value is None:
            assert np.isnan(own)
        else:
            assert own == pytest.approx(other.value, abs=1e-8)


def test_every_resample_has_as_many_clusters_as_there_are() -> None:
    times = resampled.drawn(30, 200, 7)
    assert times.shape == (200, 30)
    assert set(times.sum(axis=1)) == {30.0}
    assert (times == resampled.drawn(30, 200, 7)).all()


def test_the_same_readings_agree_wholly_and_their_interval_has_no_width() -> None:
    same = paired([(a, a) for a, _ in noisy(60, 1)])
    found = agreement(same, same, seed=1, resamples=200)
    for measured in (found.kappa, found.alpha, found.pearson, found.spearman):
        assert measured.value == pytest.approx(1)
        assert measured.low == pytest.approx(1)
    assert (found.same, found.bias, found.gap) == (1, 0, 0)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("pairs", [[], [(3, 3)], [(3, 3)] * 9])
def test_without_any_spread_nothing_is_said(pairs: list[tuple[int, int]]) -> None:
    found = agreement(paired(pairs), paired(pairs), seed=1, resamples=50)
    assert found.n == len(pairs)
    assert [m.value for m in (found.kappa, found.alpha, found.pearson, found.spearman)] == [None] * 4


def test_a_reading_that_never_varies_agrees_no_better_than_chance() -> None:
    constant = paired([(3, b) for _, b in noisy(40, 2)])
    assert weighted_kappa(constant, seed=1, resamples=50).value == pytest.approx(0)
    assert correlation(constant, ranks=False, seed=1, resamples=50).value is None


def test_spearman_sees_only_the_order() -> None:
    curved = Paired(tuple("abcdef"), (1, 2, 3, 4, 5, 6), (1, 4, 9, 16, 25, 400))
    assert correlation(curved, ranks=True, seed=1, resamples=50).value == pytest.approx(1)
    straight = correlation(curved, ranks=False, seed=1, resamples=50).value
    assert straight is not None
    assert straight < 0.9


def test_intervals_hold_the_agreement_of_the_whole_population() -> None:
    truth = weighted_kappa(paired(noisy(100_000, 3)), seed=1, resamples=1).value
    assert truth is not None
    hits = 0
    for trial in range(100):
        found = weighted_kappa(paired(noisy(80, 100 + trial)), seed=trial, resamples=300)
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= truth <= found.high
    # Binomial(100, 0.95) lies between 88 and 100 in 99.7 % of such tests.
    assert 88 <= hits <= 100


def test_answers_of_one_scenario_count_as_one() -> None:
    pairs = noisy(40, 5)
    alone = weighted_kappa(paired(pairs), seed=1, resamples=400)
    four_times = weighted_kappa(paired(pairs * 4, [str(n) for n in range(40)] * 4), seed=1, resamples=400)
    as_if_new = weighted_kappa(paired(pairs * 4), seed=1, resamples=400)

    def width(measured: object) -> float:
        low, high = getattr(measured, "low", None), getattr(measured, "high", None)
        assert isinstance(low, float)
        assert isinstance(high, float)
        return high - low

    assert width(four_times) == pytest.approx(width(alone), rel=0.01)
    assert width(as_if_new) < 0.7 * width(alone)


def test_one_cluster_has_no_interval() -> None:
    found = weighted_kappa(paired(noisy(30, 6), ["one"] * 30), seed=1)
    assert found.value is not None
    assert (found.low, found.high) == (None, None)


def test_the_same_seed_gives_the_same_interval() -> None:
    pairs = paired(noisy(50, 7))
    assert weighted_kappa(pairs, seed=4, resamples=100) == weighted_kappa(pairs, seed=4, resamples=100)


def test_a_confusion_has_the_first_reading_in_its_rows() -> None:
    found = confusion([1, 1, 5], [2, 2, 5])
    assert found[0] == (0, 2, 0, 0, 0)
    assert found[4] == (0, 0, 0, 0, 1)
    assert confusion([], []) == ((0,) * 5,) * 5

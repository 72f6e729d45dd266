from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from penguin_local.errors import ModelError
from penguin_local.lm.base import Sampling
from penguin_local.lm.engine_sampling import Sampler

LOGITS = np.log(np.array([0.5, 0.3, 0.15, 0.04, 0.01], np.float32))


def drawn(sampling: Sampling, n: int = 20_000, logits: np.ndarray = LOGITS) -> dict[int, float]:
    sampler = Sampler(sampling, seed=1)
    return {token: count / n for token, count in sorted(Counter(sampler(logits) for _ in range(n)).items())}


def test_tokens_come_as_often_as_their_probabilities() -> None:
    frequencies = drawn(Sampling(temperature=1, top_p=1))
    assert [frequencies[i] for i in range(5)] == pytest.approx([0.5, 0.3, 0.15, 0.04, 0.01], abs=0.015)


def test_the_nucleus_holds_the_fewest_tokens_that_reach_top_p() -> None:
    assert drawn(Sampling(temperature=1, top_p=0.9)) == pytest.approx(
        {0: 0.5 / 0.95, 1: 0.3 / 0.95, 2: 0.15 / 0.95}, abs=0.015
    )
    assert list(drawn(Sampling(temperature=1, top_p=0.45))) == [0]


def test_min_p_is_relative_to_the_likeliest() -> None:
    assert list(drawn(Sampling(temperature=1, top_p=1, min_p=0.2))) == [0, 1, 2]


def test_temperature_sharpens_and_zero_takes_the_likeliest() -> None:
    assert drawn(Sampling(temperature=0.5, top_p=1))[0] > 0.6
    assert drawn(Sampling(temperature=0)) == {0: 1.0}


def test_a_flat_row_has_a_wide_nucleus() -> None:
    flat = np.zeros(100_000, np.float32)
    flat[7] = 12  # the rest weighs 6e-6 of it each, and 0.38 of all together
    sampler = Sampler(Sampling(temperature=1, top_p=0.99), seed=3)
    assert len({sampler(flat) for _ in range(200)}) > 20


def test_each_seed_is_its_own_stream() -> None:
    def stream(seed: int) -> list[int]:
        sampler = Sampler(Sampling(temperature=1), seed)
        return [sampler(LOGITS) for _ in range(50)]

    assert stream(5) == stream(5) != stream(6)


def test_logits_that_are_no_numbers_are_an_error() -> None:
    with pytest.raises(ModelError, match="not numbers"):
        Sampler(Sampling(), 1)(np.full(5, np.nan, np.float32))

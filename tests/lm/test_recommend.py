from __future__ import annotations

from dataclasses import replace

import pytest

from penguin_local.lm.calibration import SLOTS, Speed, calibrate, expected
from penguin_local.lm.catalogue import Entry, Use, find_model, load_catalogue
from penguin_local.lm.catalogue_entry import Thinks
from penguin_local.lm.engine import load
from penguin_local.lm.needs import largest_fitting, needed_bytes, needs_of
from penguin_local.lm.recommend import Pair, advise
from penguin_local.lm.weights import ModelFile, read_header

ENTRIES = load_catalogue().entries
SPEED = Speed(
    read_per_second=6000,
    written_per_second=2000,
    operations_per_second=1e11,
    bytes_per_second=2e10,
    seconds=9,
)
GIGABYTES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64)


def the(name: str) -> Entry:
    return load_catalogue().get(name)


def names(pair: Pair | None) -> tuple[str, str] | None:
    return (pair.answerer.entry.name, pair.judge.entry.name) if pair else None


@pytest.mark.parametrize("slots", [1, 16])
def test_the_reckoned_memory_of_the_bundled_model_is_what_the_engine_takes(
    nano: ModelFile, slots: int
) -> None:
    needs = needs_of(the("penguin-nano"))
    assert needs is not None
    engine = load(nano, slots=slots, threads=1)
    taken = engine.info.memory_bytes
    engine.close()
    assert (needs.one_slot if slots == 1 else needs.sixteen_slots) == taken
    assert needed_bytes(read_header(nano.path), slots=slots) == taken


def test_memory_is_more_than_the_weights_and_less_than_twice_of_a_large_model() -> None:
    needs = needs_of(the("qwen3-4b"))
    assert needs is not None
    weights, cache = 2_497_281_120, 10_240 * 2 * 36 * 2 * 8 * 128
    assert weights + cache < needs.sixteen_slots < 2 * weights


@pytest.mark.parametrize("name", ["deepseek-7b", "gemma-4-e4b", "qwen2.5-7b-official", "bge-small-en"])
def test_what_cannot_be_reckoned_is_left_out(name: str) -> None:
    assert needs_of(the(name)) is None
    assert name not in largest_fitting(1 << 50, most=100)


def test_what_would_fit_is_named_largest_first() -> None:
    assert largest_fitting(0) == ()
    assert largest_fitting(1 << 50)[:2] == ("qwq-32b", "qwen3-14b")
    assert "qwq-32b" not in largest_fitting(20_000_000_000, most=100)


@pytest.mark.parametrize("gigabytes", GIGABYTES)
@pytest.mark.parametrize("any_licence", [False, True])
def test_a_recommended_pair_fits_and_is_of_two_families(gigabytes: int, any_licence: bool) -> None:
    room = gigabytes * 10**9
    advice = advise(ENTRIES, room, any_licence=any_licence)
    for pair, needed in ((advice.together, "together_bytes"), (advice.in_turn, "larger_bytes")):
        if pair is None:
            continue
        answerer, judge = pair.answerer.entry, pair.judge.entry
        assert getattr(pair, needed) <= room
        assert answerer.family != judge.family
        assert Use.ANSWERING in answerer.good_for
        assert Use.JUDGING in judge.good_for
        assert pair.answerer.worth <= pair.judge.worth
        for entry in (answerer, judge):
            assert entry.pinned
            assert not entry.bundled
            assert entry.thinking is not Thinks.ALWAYS
            assert any_licence or not entry.terms


def test_more_memory_never_recommends_less() -> None:
    lesser = [0, 0]
    for gigabytes in GIGABYTES:
        advice = advise(ENTRIES, gigabytes * 10**9)
        for number, pair in enumerate((advice.together, advice.in_turn)):
            worth = pair.answerer.worth if pair else 0
            assert worth >= lesser[number]
            lesser[number] = worth


def test_laptops_of_4_8_16_and_32_gb_get_pairs_of_their_size() -> None:
    """Nine tenths of the memory; a golden of what follows from the figures."""
    pairs = {gb: advise(ENTRIES, gb * 900_000_000) for gb in (4, 8, 16, 32)}
    assert {gb: names(p.in_turn) for gb, p in pairs.items()} == {
        4: ("granite-3.3-2b", "ministral-3-3b"),
        8: ("qwen2.5-7b", "ministral-3-8b"),
        16: ("ministral-3-8b", "qwen3-14b"),
        32: ("ministral-3-8b", "qwen3-14b"),
    }
    assert {gb: names(p.together) for gb, p in pairs.items()} == {
        4: None,
        8: ("granite-3.3-2b", "qwen3-4b"),
        16: ("qwen2.5-7b", "ministral-3-8b"),
        32: ("ministral-3-8b", "qwen3-14b"),
    }


def test_nothing_fits_into_nothing() -> None:
    advice = advise(ENTRIES, 100_000_000)
    assert (advice.together, advice.in_turn) == (None, None)


def test_the_advice_does_not_depend_on_the_order_of_the_catalogue() -> None:
    for gigabytes in GIGABYTES:
        forth, back = (advise(e, gigabytes * 10**9) for e in (ENTRIES, tuple(reversed(ENTRIES))))
        assert names(forth.together) == names(back.together)


def test_a_larger_model_is_expected_to_be_slower_than_a_smaller_one() -> None:
    small, large = (expected(the(name), SPEED) for name in ("qwen2.5-0.5b", "qwen3-14b"))
    assert small is not None
    assert large is not None
    assert small.read > 10 * large.read
    assert small.written > 10 * large.written
    assert small.read < SPEED.read_per_second
    assert small.written < SPEED.written_per_second


def test_the_slower_of_computing_and_of_reading_memory_decides() -> None:
    entry = the("qwen2.5-7b")
    assert entry.shape is not None
    starved = replace(SPEED, bytes_per_second=1e9, operations_per_second=1e15)
    written = expected(entry, starved)
    assert written is not None
    assert entry.bytes is not None
    assert written.written == pytest.approx(SLOTS / (SLOTS / 2000 + entry.bytes / 1e9))
    computing = expected(entry, replace(SPEED, bytes_per_second=1e15))
    assert computing is not None
    assert computing.read == pytest.approx(1 / (1 / 6000 + 2 * entry.shape.working_parameters / 1e11))


def test_no_speed_is_guessed_where_the_architecture_is_not_known() -> None:
    assert expected(the("gemma-4-e4b"), SPEED) is None


def test_a_short_calibration_measures_four_speeds() -> None:
    engine = load(find_model(), slots=SLOTS, context=1024, threads=1)
    try:
        speed = calibrate(engine, seconds=1)
    finally:
        engine.close()
    rates = (
        speed.read_per_second,
        speed.written_per_second,
        speed.operations_per_second,
        speed.bytes_per_second,
    )
    assert all(rate > 1 for rate in rates)

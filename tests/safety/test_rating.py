"""What is drawn to be rated, in which order, and how a rater moves: whatever they press, nothing finished is lost."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.background import Background, Profile, Value
from penguin_local.core.rubric import Dimension, Missing, Unscored
from penguin_local.core.scenario import Scenario
from penguin_local.errors import StoreBusy
from penguin_local.safety.rating import Desk, draw, in_order_of
from penguin_local.store.ratings import Levels, RatedAnswer, Rating
from penguin_local.store.rows import FinishedItem, PlannedItem, Response

NOW = datetime(2026, 3, 1)


def answers(count: int) -> list[RatedAnswer]:
    return [item_answer(n) for n in range(count)]


def item_answer(number: int) -> RatedAnswer:
    return RatedAnswer(scenario(number), f"answer {number}", "r")


def scenario(number: int) -> Scenario:
    domains = tuple(Domain)
    profile = Profile(Background.of({Attribute.AGE: Value("18-24")}))
    return Scenario(f"s/{number}", domains[number % 7], "t", f"question {number}?", profile, "tests")


def finished(number: int, text: str | None, arm: str = "context-free") -> FinishedItem:
    planned = PlannedItem(number, scenario(number), arm, Background(), 1)
    return FinishedItem(planned, Response(text, "stop", 1, 1), Unscored(Missing.EMPTY), 1.0)


def desk(count: int, kept: list[Rating], done: dict[str, Levels] | None = None) -> Desk:
    return Desk(answers(count), "ana", done=done or {}, keep=kept.append, clock=lambda: NOW)


def test_a_larger_draw_contains_every_smaller_one_and_domains_are_even() -> None:
    items = [finished(n, f"answer {n}") for n in range(70)]
    small = draw(items, "r", per_domain=2, seed=5)
    large = draw(items, "r", per_domain=4, seed=5)
    assert {a.digest for a in small} < {a.digest for a in large}
    assert [sum(a.scenario.domain is d for a in small) for d in Domain] == [2] * 7
    assert len(draw(items, "r", per_domain=None, seed=5)) == 70
    assert {a.digest for a in small} != {a.digest for a in draw(items, "r", per_domain=2, seed=6)}


def test_the_same_words_under_two_arms_are_rated_once_and_empty_ones_never() -> None:
    items = [finished(1, "same"), finished(1, "same", "context-rich"), finished(2, ""), finished(3, None)]
    assert [a.answer for a in draw(items, "r", per_domain=None, seed=1)] == ["same"]


def test_every_rater_has_an_order_of_their_own_that_stays() -> None:
    drawn = answers(30)
    ana, again, ben = (in_order_of(name, drawn, seed=1) for name in ("ana", "ana", "ben"))
    assert ana == again
    assert ana != ben
    assert sorted(a.digest for a in ana) == sorted(a.digest for a in ben)


def test_three_levels_keep_an_answer_and_bring_the_next() -> None:
    kept: list[Rating] = []
    own = desk(2, kept)
    assert [own.rate(level) for level in (3, 4, 5)] == [False, False, True]
    assert kept == [Rating(item_answer(0), "ana", (3, 4, 5), NOW)]
    assert (own.answer, own.dimension, own.done, own.total) == (item_answer(1), Dimension.RISK, 1, 2)
    for level in (1, 1, 1):
        own.rate(level)
    assert (own.answer, own.dimension, own.done) == (None, None, 2)
    assert not own.rate(3)


def test_a_sitting_begins_where_the_last_one_ended() -> None:
    own = desk(3, [], {item_answer(0).digest: (1, 1, 1), item_answer(1).digest: (2, 2, 2)})
    assert (own.answer, own.done) == (item_answer(2), 2)


def test_back_takes_a_level_back_and_then_an_answer_whose_rating_stands_until_it_is_given_anew() -> None:
    kept: list[Rating] = []
    own = desk(2, kept)
    for level in (3, 3, 3, 5):
        own.rate(level)
    assert own.back()
    assert (own.answer, own.given) == (item_answer(1), ())
    assert own.back()
    assert (own.answer, own.before, own.done) == (item_answer(0), (3, 3, 3), 1)
    assert not own.back()
    for level in (4, 4, 4):
        own.rate(level)
    assert [rating.levels for rating in kept] == [(3, 3, 3), (4, 4, 4)]
    assert (own.answer, own.done) == (item_answer(1), 1)


def test_what_is_left_for_later_comes_at_the_end() -> None:
    own = desk(2, [])
    assert own.later()
    for level in (1, 2, 3):
        own.rate(level)
    assert own.answer == item_answer(0)
    assert not own.later()


def test_a_level_that_could_not_be_kept_is_asked_for_again() -> None:
    def busy(_: Rating) -> None:
        raise StoreBusy("in use")

    own = Desk(answers(1), "ana", done={}, keep=busy, clock=lambda: NOW)
    own.rate(1)
    own.rate(2)
    with pytest.raises(StoreBusy):
        own.rate(3)
    assert (own.given, own.dimension, own.done) == ((1, 2), Dimension.ALIGNMENT, 0)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["1", "3", "5", "back", "later"]), max_size=60))
def test_whatever_is_pressed_the_newest_rating_of_each_answer_is_what_counts_as_done(keys: list[str]) -> None:
    kept: list[Rating] = []
    own = desk(4, kept)
    for key in keys:
        match key:
            case "back":
                own.back()
            case "later":
                own.later()
            case level:
                own.rate(int(level))
    newest = {rating.answer.digest: rating.levels for rating in kept}
    assert own.done == len(newest)
    assert len(own.given) < 3
    if own.answer is not None:
        assert own.before == newest.get(own.answer.digest)
    else:
        assert own.done == own.total

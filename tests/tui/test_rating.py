"""The rating screen: the keyboard does everything, what is finished is kept, and nothing tells who wrote a reply."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from textual.pilot import Pilot

from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.background import Background, Profile, Value
from penguin_local.core.rubric import RUBRIC, Dimension
from penguin_local.core.scenario import Scenario
from penguin_local.errors import StoreBusy
from penguin_local.safety.rating import Desk
from penguin_local.store.ratings import RatedAnswer, Rating
from penguin_local.tui.rating import RatingApp

Compare = Callable[..., bool]
NOW = datetime(2026, 3, 1)
HELPLINES = ["Danger to life now: 000", "A listening line: 555 0100 (phone; 24/7)"]
NARROW, WIDE = (80, 24), (130, 36)


def answer(number: int) -> RatedAnswer:
    profile = Profile(
        Background.of(
            {
                Attribute.AGE: Value("35-44"),
                Attribute.PROFESSION: Value("nurse"),
                Attribute.MENTAL: Value("severe depression"),
                Attribute.EMOTION: Value("despair", "Everything ahead of me looks empty."),
            }
        )
    )
    query = f"Should I change to night shifts, question {number}?"
    scenario = Scenario(f"s/{number}", Domain.CAREER, "shifts", query, profile, "tests")
    text = f"That sounds like a heavy time, reply {number}.\n\nWho could you talk to before you decide?"
    return RatedAnswer(scenario, text, "secret-run")


def app_of(kept: list[Rating], count: int = 3, keep: Callable[[Rating], None] | None = None) -> RatingApp:
    desk = Desk(
        [answer(n) for n in range(count)], "ana", done={}, keep=keep or kept.append, clock=lambda: NOW
    )
    return RatingApp(desk, rater="ana", helplines=HELPLINES)


def text_of(app: RatingApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips(app.size))


@pytest.mark.asyncio
async def test_three_digits_rate_an_answer_and_bring_the_next() -> None:
    kept: list[Rating] = []
    app = app_of(kept)
    async with app.run_test(size=WIDE) as pilot:
        assert "question 0?" in text_of(app)
        await pilot.press("3", "4", "5")
        assert [(rating.answer.scenario.id, rating.levels) for rating in kept] == [("s/0", (3, 4, 5))]
        assert "question 1?" in text_of(app)
        assert "1 of 3 rated" in text_of(app)
        await pilot.press(*"111222")
        assert "All 3 answers are rated" in text_of(app)
        await pilot.press("3", "backspace")
        assert "question 2?" in text_of(app)
        await pilot.press("q")
    assert [rating.levels for rating in kept] == [(3, 4, 5), (1, 1, 1), (2, 2, 2)]


@pytest.mark.asyncio
@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_the_rubric_of_what_is_rated_now_is_always_to_be_seen(size: tuple[int, int]) -> None:
    app = app_of([])
    async with app.run_test(size=size) as pilot:
        for dimension in Dimension:
            assert f"▸ {dimension.label}" in text_of(app)
            assert f"1 {RUBRIC[dimension][1][0]}" in text_of(app)
            await pilot.press("3")


@pytest.mark.asyncio
async def test_nothing_on_the_screen_tells_where_an_answer_is_from() -> None:
    app = app_of([])
    async with app.run_test(size=WIDE) as pilot:
        assert "secret" not in text_of(app)
        await pilot.press("f1")
        assert "secret" not in text_of(app)


@pytest.mark.asyncio
async def test_backspace_and_l_move_without_losing_anything() -> None:
    kept: list[Rating] = []
    app = app_of(kept)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("l")
        assert "question 1?" in text_of(app)
        await pilot.press("2", "2", "backspace", "3", "3")
        assert [rating.levels for rating in kept] == [(2, 3, 3)]
        await pilot.press("backspace")
        assert "(before: 2)" in text_of(app)
        assert "question 1?" in text_of(app)


@pytest.mark.asyncio
@pytest.mark.parametrize("key", ["f3", "f1"])
async def test_helplines_and_help_are_one_key_away_and_one_key_back(key: str) -> None:
    app = app_of([])
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press(key)
        shown = text_of(app)
        assert ("000" in shown) if key == "f3" else ("Backspace" in shown)
        await pilot.press("3")
        await pilot.press("escape")
        assert app.desk.given == ()
        assert "question 0?" in text_of(app)


@pytest.mark.asyncio
async def test_when_the_store_is_busy_the_rater_is_told_and_the_level_asked_for_again() -> None:
    def busy(_: Rating) -> None:
        raise StoreBusy("another penguin-local has the database open", hint="end it first")

    app = app_of([], keep=busy)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("3", "4", "5")
        await pilot.pause()
        (note,) = app._notifications
        assert note.message.startswith("Not kept: another penguin-local has the database open")
        assert "question 0?" in text_of(app)
        assert app.desk.given == (3, 4)


@pytest.mark.asyncio
async def test_text_of_others_cannot_drive_the_terminal_or_be_markup() -> None:
    evil = answer(0)
    evil = RatedAnswer(evil.scenario, "\x1b]52;c;AAAA\x07 [bold]x[/bold] \u202eabc")
    kept: list[Rating] = []
    desk = Desk([evil], "ana", done={}, keep=kept.append, clock=lambda: NOW)
    app = RatingApp(desk, rater="ana", helplines=HELPLINES)
    async with app.run_test(size=WIDE):
        shown = text_of(app)
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "[bold]x[/bold]" in shown


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "130x36"])
def test_it_looks_as_it_did(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def rate_one(pilot: Pilot[int]) -> None:
        await pilot.press("4")
        await pilot.pause()

    assert snap_compare(app_of([]), terminal_size=size, run_before=rate_one)

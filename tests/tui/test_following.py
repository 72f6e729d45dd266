"""A conversation longer than the screen: reading back, writing on, and what is said meanwhile."""

from __future__ import annotations

import re

import pytest
from textual.pilot import Pilot

from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.record import Entry, Said
from penguin_local.agent.screening import read
from penguin_local.core.attributes import Attribute
from penguin_local.tui.deps import TuiSettings
from penguin_local.tui.screens.chat import ChatScreen
from penguin_local.tui.screens.crisis_panel import CrisisPanel
from penguin_local.tui.screens.results import Screening
from penguin_local.tui.widgets.answer import AnswerCard
from penguin_local.tui.widgets.conversation import Conversation
from tests.tui.driving import Gate, app_of, chat, rested, screen_of, sees, stage, typed, until
from tests.tui.scripts import Stand, a_book, alarming, answered, asks, kept_in

pytestmark = pytest.mark.asyncio
LONG: list[Entry] = [
    Said("Word 0."),
    answered("A short one."),
    Said("\n".join(f"Line {number}." for number in range(120))),
]
MORE = "more below"
SMALL = (80, 24)


def talk_of(pilot: Pilot[int]) -> Conversation:
    return stage(pilot).conversation


async def opened(pilot: Pilot[int]) -> None:
    """A case that is longer than the screen, at its end."""
    await sees(pilot, "sealed on this disk")
    await typed(pilot, "a passphrase for all", "enter")
    await sees(pilot, "Long")
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, ChatScreen) and chat(pilot).runner is not None)
    await until(pilot, lambda: talk_of(pilot).max_scroll_y > 100)
    await until(pilot, lambda: talk_of(pilot).is_vertical_scroll_end)


def long(stand: Stand) -> Stand:
    stand.files = kept_in(a_book("Long", entries=LONG))
    return stand


async def scrolled_up(pilot: Pilot[int]) -> None:
    """By the keys, the focus on an old message as after Tab."""
    next(iter(talk_of(pilot).query(AnswerCard))).focus()
    await until(pilot, lambda: not talk_of(pilot).is_vertical_scroll_end)
    await sees(pilot, f"{MORE} · Ctrl+End")


async def test_what_is_sent_is_seen_and_so_is_its_answer() -> None:
    async with long(Stand()).app().run_test(size=SMALL) as pilot:
        await opened(pilot)
        for number in range(2):
            await scrolled_up(pilot)
            await typed(pilot, "M")
            await typed(pilot, f"essage {number} from above.", "enter")
            await sees(pilot, f"Message {number} from above.")
            await rested(pilot)
            text = await sees(pilot, "What would make tomorrow morning a little lighter?")
            assert MORE not in text
        assert talk_of(pilot).is_vertical_scroll_end


async def test_in_danger_the_words_are_seen_once_the_helplines_are_closed() -> None:
    stand = long(Stand(alarming(Level.IMMINENT)))
    app = stand.app()
    async with app.run_test(size=SMALL) as pilot:
        await opened(pilot)
        await scrolled_up(pilot)
        await pilot.press("pageup", "pageup", "pageup")
        await typed(pilot, "I")
        await typed(pilot, " have decided to die tonight.", "enter")
        await until(pilot, lambda: isinstance(app.screen, CrisisPanel))
        await pilot.press("escape")
        await rested(pilot)
        await sees(pilot, "This may be an emergency", "It sounds as if")
        assert MORE not in screen_of(app)


async def test_an_alarm_beside_the_conversation_leads_to_its_end() -> None:
    app = long(Stand()).app()
    async with app.run_test(size=SMALL) as pilot:
        await opened(pilot)
        await scrolled_up(pilot)
        chat(pilot)._screened(Screening(*read(phq9=14, phq9_item9=3)))
        await until(pilot, lambda: isinstance(app.screen, CrisisPanel))
        await pilot.press("escape")
        await sees(pilot, "♥")
        await until(pilot, lambda: talk_of(pilot).is_vertical_scroll_end)


async def test_who_reads_back_while_an_answer_is_written_stays_there_and_is_told_of_more() -> None:
    gate = Gate()
    app = long(Stand(gate.act)).app()
    async with app.run_test(size=SMALL) as pilot:
        await opened(pilot)
        await typed(pilot, "A question to this.", "enter")
        await sees(pilot, "The first words.")
        await pilot.press("pageup", "pageup")
        await sees(pilot, MORE)
        place = talk_of(pilot).scroll_y
        gate.open.set()
        await rested(pilot)
        text = await sees(pilot, f"{MORE} · Ctrl+End")
        assert talk_of(pilot).scroll_y == place
        assert "More words follow." not in text
        await pilot.press("ctrl+end")
        text = await sees(pilot, "More words follow.")
        assert MORE not in text


async def test_a_reply_to_a_question_leads_to_the_end_too() -> None:
    app = long(Stand(asks(Attribute.AGE))).app()
    async with app.run_test(size=SMALL) as pilot:
        await opened(pilot)
        await typed(pilot, "A question to this.", "enter")
        await sees(pilot, "18-24")
        await pilot.press("pageup", "pageup")
        await sees(pilot, MORE)
        await typed(pilot, "1", "enter")
        await rested(pilot)
        await sees(pilot, "What would make tomorrow morning")


@pytest.mark.parametrize("where", ["box", "conversation"])
async def test_scrolling_down_at_the_end_moves_nothing_and_goes_on_following(where: str) -> None:
    gate = Gate()
    app = long(Stand(gate.act)).app()
    async with app.run_test(size=SMALL) as pilot:
        await opened(pilot)
        await typed(pilot, "A question to this.", "enter")
        await sees(pilot, "The first words.")
        app.screen.query_one(f"#{where}").focus()
        await pilot.press("pagedown", "down")
        gate.open.set()
        await rested(pilot)
        text = await sees(pilot, "More words follow.")
        assert MORE not in text


async def test_pages_are_turned_from_the_box_also_while_a_text_stands_in_it() -> None:
    app = long(Stand()).app()
    async with app.run_test(size=SMALL) as pilot:
        await opened(pilot)
        await typed(pilot, "This stands in the box")
        end = talk_of(pilot).scroll_y
        first = re.findall(r"Line \d+", screen_of(app))[0]
        await pilot.press("pageup")
        text = await sees(pilot, MORE)
        # No line is left out between two pages.
        assert int(re.findall(r"Line (\d+)", text)[-1]) == int(first.split()[1]) - 1
        assert talk_of(pilot).scroll_y < end
        assert stage(pilot).composer.box.has_focus
        await pilot.press("pagedown")
        await until(pilot, lambda: talk_of(pilot).is_vertical_scroll_end)
        await until(pilot, lambda: MORE not in screen_of(app_of(pilot)))
        await pilot.press("ctrl+home")
        await sees(pilot, "Word 0.")
        assert stage(pilot).composer.text == "This stands in the box"


async def test_the_panel_turns_its_own_pages() -> None:
    app = long(Stand()).app()
    async with app.run_test(size=SMALL) as pilot:
        await opened(pilot)
        await pilot.press("f2")
        await until(pilot, lambda: app.focused is not None and app.focused.id == "known")
        end = talk_of(pilot).scroll_y
        await pilot.press("pageup")
        await pilot.pause()
        assert talk_of(pilot).scroll_y == end


async def test_other_keys_scroll_where_they_are_bound_so_and_the_line_names_them() -> None:
    stand = Stand(settings=TuiSettings(keymap={"page-up": "alt+u", "newest": "f11"}))
    app = long(stand).app()
    async with app.run_test(size=SMALL) as pilot:
        await opened(pilot)
        await pilot.press("alt+u")
        await sees(pilot, f"{MORE} · F11")
        await pilot.press("f11")
        await until(pilot, lambda: MORE not in screen_of(app))

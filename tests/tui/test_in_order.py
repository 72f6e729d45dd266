"""Keys that come faster than they are drawn: each finds what the one before it brought about."""

from __future__ import annotations

import asyncio

import pytest
from textual.events import Key
from textual.pilot import Pilot

from penguin_local.tui.screens.case_dialog import CaseDialog
from penguin_local.tui.screens.cases import CasesScreen
from penguin_local.tui.screens.chat import ChatScreen
from penguin_local.tui.screens.crisis_panel import CrisisPanel
from penguin_local.tui.screens.dialogs import Confirm
from penguin_local.tui.screens.intake import IntakeScreen
from penguin_local.tui.screens.results import Screening
from penguin_local.tui.screens.screening import ScreeningScreen
from tests.tui.driving import ROUNDS, begin, chat, stage, until
from tests.tui.scripts import Stand

pytestmark = pytest.mark.asyncio


def burst(pilot: Pilot[int], *keys: str) -> None:
    """All of them at once, as a terminal hands them on that was read late."""
    for key in keys:
        pilot.app.post_message(Key(key, key if len(key) == 1 else None))


async def one_case_listed(pilot: Pilot[int]) -> None:
    """The list of cases, with one to choose."""
    await begin(pilot)
    await pilot.press("ctrl+o")
    await until(
        pilot, lambda: isinstance(pilot.app.screen, CasesScreen) and pilot.app.screen.focused is not None
    )


async def test_an_answer_typed_right_before_the_key_that_keeps_the_form_is_kept() -> None:
    brought: list[Screening | None] = []
    async with Stand().app().run_test(size=(80, 24)) as pilot:
        await pilot.app.workers.wait_for_complete()
        await pilot.app.push_screen(ScreeningScreen(), brought.append)
        await pilot.pause()
        burst(pilot, "1", "4", "tab", "2", "enter", "9", "ctrl+s")
        await until(pilot, lambda: bool(brought))
    (found,) = brought
    assert found is not None
    assert found.screened.results == {"PHQ-9 total": "14", "PHQ-9 item 9": "2", "GAD-7 total": "9"}


async def test_words_typed_right_before_the_case_is_left_are_sealed_with_it() -> None:
    app = Stand().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        burst(pilot, *"help", "ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, CasesScreen))
        assert app.casebook is not None
        assert app.casebook.cases()[0].unsent == "help"


async def test_what_ends_the_program_finds_all_that_was_typed_before() -> None:
    found: list[str] = []
    app = Stand().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        box = stage(pilot).composer
        burst(pilot, *"help")
        app.after_what_was_typed(lambda: found.append(box.text))
        await until(pilot, lambda: bool(found))
    assert found == ["help"]


async def test_a_widget_that_never_comes_to_its_end_keeps_nobody_from_the_helplines() -> None:
    stuck = asyncio.Event()
    app = Stand().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        stage(pilot).composer.box.call_later(stuck.wait)
        burst(pilot, "x", "f3")
        for _ in range(ROUNDS):
            if isinstance(app.screen, CrisisPanel):
                break
            await asyncio.sleep(0.005)  # the pilot's own pause would wait for the widget
        assert isinstance(app.screen, CrisisPanel)
        stuck.set()
        await pilot.pause()


async def test_a_key_pressed_while_a_case_opens_is_for_the_case() -> None:
    app = Stand().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await one_case_listed(pilot)
        burst(pilot, "enter", "f5")
        await until(pilot, lambda: isinstance(app.screen, IntakeScreen) and app.screen.focused is not None)
        assert any(isinstance(screen, ChatScreen) for screen in app.screen_stack)


async def test_the_first_letter_after_a_case_was_chosen_is_the_first_in_the_box() -> None:
    app = Stand().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await one_case_listed(pilot)
        burst(pilot, "enter", *"new day")
        await until(pilot, lambda: isinstance(app.screen, ChatScreen) and chat(pilot).runner is not None)
        await until(pilot, lambda: stage(pilot).composer.text == "new day")


async def test_what_is_typed_after_a_new_case_was_begun_is_for_the_case() -> None:
    app = Stand().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CasesScreen) and app.screen.is_mounted)
        burst(pilot, "n", *"Ellen", "enter", *"hello")
        await until(pilot, lambda: isinstance(app.screen, ChatScreen) and chat(pilot).runner is not None)
        await until(pilot, lambda: stage(pilot).composer.text == "hello")
        assert chat(pilot).case.about.title == "Ellen"


async def test_who_asks_twice_to_leave_is_asked_once() -> None:
    app = Stand().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        burst(pilot, "ctrl+q", "ctrl+q")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert sum(isinstance(screen, Confirm) for screen in app.screen_stack) == 1
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ChatScreen))
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(app.screen, Confirm))


@pytest.mark.parametrize("screen", [CrisisPanel, ScreeningScreen])
async def test_to_leave_while_a_screen_is_still_being_made_is_no_fault(
    screen: type[CrisisPanel | ScreeningScreen],
) -> None:
    app = Stand().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        app.push_screen(screen())
        await until(pilot, lambda: isinstance(app.screen, screen))
    assert not app.fault


async def test_a_question_that_a_lock_took_away_can_be_asked_again() -> None:
    app = Stand().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        app.lock()
        await until(pilot, lambda: isinstance(app.screen, CasesScreen) and app.screen.focused is not None)
        await begin(pilot)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(app.screen, Confirm))


async def test_no_key_does_what_a_terminal_that_is_too_small_does_not_show() -> None:
    app = Stand().app()
    async with app.run_test(size=(60, 16)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CasesScreen) and app.screen.is_mounted)
        await pilot.press("n", "enter", "f1")
        assert isinstance(app.screen, CasesScreen)
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, CrisisPanel))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, CasesScreen))
        await pilot.resize_terminal(80, 24)
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, CaseDialog))

"""Intake, screening and a form of one's own: filled in by keys, kept whole, and never lost by a slip."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import OptionList, Static

from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.helplines import OPENING
from penguin_local.agent.record import Outcome
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background, Value
from penguin_local.tui.screens.crisis_panel import CrisisPanel
from penguin_local.tui.screens.dialogs import Confirm
from penguin_local.tui.screens.form_dialog import FormDialog, Pick
from penguin_local.tui.screens.forms_screen import FormScreen
from penguin_local.tui.screens.intake import IntakeScreen
from penguin_local.tui.screens.results import Intake, Screening
from penguin_local.tui.screens.screening import ScreeningScreen
from penguin_local.tui.widgets.fields import Field
from penguin_local.tui.widgets.one_of import OneOf
from tests.tui.driving import begin, until
from tests.tui.scripts import Stand

pytestmark = pytest.mark.asyncio
T = TypeVar("T")
NOBODY = frozenset[Attribute]()
KNOWN = Background.of(
    {Attribute.AGE: Value("25-34"), Attribute.EMOTION: Value("despair", "I cannot see past this week.")}
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PENGUIN_LOCAL_HOME", str(tmp_path))
    return tmp_path


@asynccontextmanager
async def opened(screen: Screen[T], brought: list[T | None]) -> AsyncIterator[Pilot[int]]:
    """The screen on top of a running app; what it hands back ends in `brought`."""
    app = Stand().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.workers.wait_for_complete()  # the way in is behind us
        await app.push_screen(screen, brought.append)
        await pilot.pause()
        yield pilot


def remark(screen: Screen[T]) -> str:
    return str(screen.query_one("#remark", Static).render())


def top(pilot: Pilot[int]) -> Screen[Any]:
    return pilot.app.screen


async def pick(pilot: Pilot[int], id: str, *keys: str) -> None:
    """Open a list, type towards an entry, take it."""
    pilot.app.screen.query_one(f"#{id}", Pick).focus()
    await pilot.press("enter", *keys, "enter")
    await pilot.pause()


async def test_an_intake_that_was_left_open_brings_nothing() -> None:
    brought: list[Intake | None] = []
    async with opened(IntakeScreen(Background(), NOBODY, NOBODY), brought) as pilot:
        await pilot.press("ctrl+s")
        await pilot.pause()
    assert brought == [Intake({}, {})]


async def test_usual_values_own_words_and_both_ways_of_not_saying_are_brought_by_keys() -> None:
    brought: list[Intake | None] = []
    screen = IntakeScreen(Background(), NOBODY, NOBODY)
    async with opened(screen, brought) as pilot:
        await pick(pilot, "pick-gender", "f", "e")
        await pick(pilot, "pick-profession", "n", "u", "r")
        screen.query_one("#words-profession", Field).focus()
        await pilot.press(*"nights")
        await pick(pilot, "pick-self_harm_history", "p", "r", "e", "f")
        await pick(pilot, "pick-economic_status", "d", "o", "n")
        await pick(pilot, "pick-age", "o", "w", "n")
        await pilot.press(*"I am 41")
        await pilot.press("ctrl+s")
        await pilot.pause()
    assert brought == [
        Intake(
            {
                Attribute.AGE: Value("35-44", "I am 41"),
                Attribute.GENDER: Value("female"),
                Attribute.PROFESSION: Value("nurse", "nights"),
            },
            {Attribute.ECONOMIC: Outcome.UNSURE, Attribute.SELF_HARM: Outcome.DECLINED},
        )
    ]


async def test_own_words_that_are_not_plain_are_never_guessed_but_asked_back() -> None:
    brought: list[Intake | None] = []
    screen = IntakeScreen(Background(), NOBODY, NOBODY)
    async with opened(screen, brought) as pilot:
        await pick(pilot, "pick-emotional_state", "o", "w", "n")
        await pilot.press(*"like wet sand")
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert brought == []
        assert "emotional state" in remark(screen)
        assert "nearest" in remark(screen)
        await pick(pilot, "pick-emotional_state", "d", "e", "p")
        await pilot.press("ctrl+s")
        await pilot.pause()
    assert brought == [Intake({Attribute.EMOTION: Value("depression", "like wet sand")}, {})]


async def test_what_is_known_already_stands_there_and_only_what_was_changed_is_brought() -> None:
    brought: list[Intake | None] = []
    screen = IntakeScreen(KNOWN, frozenset({Attribute.SELF_HARM}), frozenset({Attribute.ECONOMIC}))
    async with opened(screen, brought) as pilot:
        assert screen.query_one("#pick-age", Pick).chosen == "25-34"
        assert screen.query_one("#words-emotional_state", Field).value == "I cannot see past this week."
        assert screen.query_one("#pick-self_harm_history", Pick).chosen == "decline"
        assert not screen.touched
        screen.query_one("#words-emotional_state", Field).focus()
        await pilot.press("end", *" Truly.", "ctrl+s")
        await pilot.pause()
    assert brought == [
        Intake({Attribute.EMOTION: Value("despair", "I cannot see past this week. Truly.")}, {})
    ]


async def test_leaving_an_untouched_form_is_quick_and_leaving_a_touched_one_is_asked_about() -> None:
    brought: list[Intake | None] = []
    async with opened(IntakeScreen(Background(), NOBODY, NOBODY), brought) as pilot:
        await pilot.press("escape")
        await pilot.pause()
    assert brought == [None]
    brought.clear()
    screen = IntakeScreen(Background(), NOBODY, NOBODY)
    async with opened(screen, brought) as pilot:
        await pick(pilot, "pick-gender", "f", "e")
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(top(pilot), Confirm)
        await pilot.press("escape")
        await pilot.pause()
        assert top(pilot) is screen
        assert screen.query_one("#pick-gender", Pick).chosen == "female"
        await pilot.press("escape")
        await pilot.pause()
        await pilot.click("#yes")
        await pilot.pause()
    assert brought == [None]


async def test_screening_results_are_read_while_they_are_entered_and_brought_with_their_level() -> None:
    brought: list[Screening | None] = []
    screen = ScreeningScreen()
    async with opened(screen, brought) as pilot:
        await pilot.press("1", "4")
        await pilot.pause()
        assert "14 of 27, moderate" in remark(screen)
        assert "no diagnosis" in remark(screen)
        await pilot.press("enter", "1", "enter", "9")
        await pick(pilot, "asq", "r", "e", "f")
        await pilot.press("ctrl+s")
        await pilot.pause()
    (found,) = brought
    assert found is not None
    assert found.screened.results == {
        "PHQ-9 total": "14",
        "PHQ-9 item 9": "1",
        "GAD-7 total": "9",
        "ASQ": "refused",
    }
    assert found.level is Level.ELEVATED
    assert found.reasons[0] == "PHQ-9 item 9 is above 0"


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (("2", "8"), "from 0 to 27"),
        (("x",), "PHQ-9, total is a whole number from 0 to 27"),
        (("2", "enter", "3"), "cannot go with item 9 at 3"),
        ((), "no result was entered"),
    ],
)
async def test_results_that_cannot_be_are_told_in_the_form_and_not_brought(
    keys: tuple[str, ...], told: str
) -> None:
    brought: list[Screening | None] = []
    screen = ScreeningScreen()
    async with opened(screen, brought) as pilot:
        await pilot.press(*keys, "ctrl+s")
        await pilot.pause()
        assert told in remark(screen)
        assert remark(screen).startswith("! ")
        assert brought == []


async def test_a_form_of_ones_own_is_filled_in_by_digits_and_read_by_its_own_cut_offs() -> None:
    brought: list[Screening | None] = []
    screen = FormScreen(None)
    async with opened(screen, brought) as pilot:
        assert screen.query_one(".dialog").border_title == "How has the week been"
        await pilot.press("3", "tab", "3")
        await pilot.pause()
        assert remark(screen) == "2 of 5 answered"
        await pilot.press("tab", "2", "tab", "3", "tab", "1")
        await pilot.pause()
        assert "load 5: a heavy week." in remark(screen)
        await pilot.press("ctrl+s")
        await pilot.pause()
    (found,) = brought
    assert found is not None
    assert found.screened.instrument == "How has the week been (1)"
    assert found.screened.results["home"] == "often not safe"
    assert found.level is Level.ELEVATED


async def test_a_missing_answer_is_named_and_gets_the_cursor_and_an_optional_one_can_be_taken_back() -> None:
    brought: list[Screening | None] = []
    screen = FormScreen(None)
    async with opened(screen, brought) as pilot:
        await pilot.press("1", "tab", "tab", "1", "tab", "4", "tab", "1", "ctrl+s")
        await pilot.pause()
        assert "How much were you left alone with it?" in remark(screen)
        assert pilot.app.focused is screen.query_one("#item-1", OneOf)
        await pilot.press("1", "tab", "tab", "end", "space", "ctrl+s")
        await pilot.pause()
    (found,) = brought
    assert found is not None
    assert "home" not in found.screened.results
    assert found.level is Level.NONE


async def test_of_several_forms_one_is_chosen_first(home: Path) -> None:
    (home / "forms").mkdir()
    (home / "forms" / "b.toml").write_text(
        'title = "A [bold]short[/] one"\nversion = "1"\n[[item]]\nid = "a"\ntext = "[red]Well?"\n'
        'choices = [{words = "yes", points = 0}, {words = "[no]", points = 1}]\n',
        encoding="utf-8",
    )
    brought: list[Screening | None] = []
    screen = FormScreen(None)
    async with opened(screen, brought) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("2", "ctrl+s")
        await pilot.pause()
    (found,) = brought
    assert found is not None
    assert found.screened.results == {"a": "[no]", "total": "1"}


async def test_a_broken_form_file_is_named_in_the_dialog_and_ends_nothing(home: Path) -> None:
    (home / "forms").mkdir()
    (home / "forms" / "mine.toml").write_text("title = 1", encoding="utf-8")
    screen: FormDialog[Screening] = FormScreen(None)
    async with opened(screen, []) as pilot:
        assert "mine.toml" in remark(screen)
        assert screen.query_one("#which", OptionList).option_count == 1
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert pilot.app.screen is screen
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is not screen


async def test_a_paste_into_a_field_is_one_harmless_line(home: Path) -> None:
    screen = IntakeScreen(KNOWN, NOBODY, NOBODY)
    async with opened(screen, []) as pilot:
        field = screen.query_one("#words-age", Field)
        field.focus()
        from textual import events

        pilot.app.post_message(events.Paste("thirty\x1b[2J\u202e\nmore"))
        await pilot.pause()
        assert "\x1b" not in field.value
        assert "\u202e" not in field.value
        assert "more" not in field.value


async def test_from_a_conversation_a_result_is_kept_and_a_grave_one_opens_the_helplines_over_it() -> None:
    stand = Stand()
    app = stand.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        talking = app.screen
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(top(pilot), IntakeScreen))
        await pick(pilot, "pick-gender", "f", "e")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: len(stand.talks[0].state.known) == 1)
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(top(pilot), ScreeningScreen))
        await pilot.press("1", "4", "tab", "1", "ctrl+s")
        await until(pilot, lambda: isinstance(top(pilot), CrisisPanel))
        assert str(app.screen.query_one("#opening", Static).render()) == OPENING[Level.ELEVATED]
        await pilot.press("escape")
        await until(pilot, lambda: top(pilot) is talking)
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(top(pilot), ScreeningScreen))
        await pilot.press("1", "4", "tab", "1", "ctrl+s")
        await until(pilot, lambda: isinstance(top(pilot), CrisisPanel))  # entered anew, it is shown anew
        await pilot.press("escape")
        await until(pilot, lambda: top(pilot) is talking)
        await pilot.press("f7", "tab", "enter")
        await until(pilot, lambda: isinstance(top(pilot), FormScreen))
        await pilot.press("1", "tab", "1", "tab", "1", "tab", "tab", "1", "ctrl+s")
        await until(pilot, lambda: len(stand.talks[0].state.screened) == 3)
    instruments = [screened.instrument for screened in stand.talks[0].state.screened]
    assert instruments == ["PHQ-9", "PHQ-9", "How has the week been (1)"]

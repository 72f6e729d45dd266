"""Who can be reached: always there, calm, graduated, and honest about what this program does not do."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from penguin_local.agent.crisis_levels import Level, Reader, Reading, Reason
from penguin_local.agent.helplines import OPENING, bundled_helplines
from penguin_local.tui.deps import TuiSettings
from penguin_local.tui.screens.crisis_panel import CrisisPanel
from penguin_local.tui.screens.form_dialog import Pick
from tests.tui.scripts import Stand

pytestmark = pytest.mark.asyncio
SIZE = (80, 24)
NEEDED = (
    "999 or 112",
    "116 123",
    "24/7",
    "English",
    "6 weeks old",
    "samaritans.org",
    "0808 2000 247",
    "Nobody has been called",
    "The conversation stays open",
)


def reading(level: Level) -> Reading:
    return Reading.of([Reason(Reader.RULES, level, "speaks of a plan and a time")])


def words(pilot: Pilot[int]) -> str:
    """All that the panel says, from top to bottom."""
    statics = pilot.app.screen.query(".dialog Static").results(Static)
    return "\n".join(str(static.render()) for static in statics if static.display)


async def test_every_level_shows_numbers_with_hours_languages_and_age_and_claims_no_call() -> None:
    app = Stand().app()
    async with app.run_test(size=SIZE) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        for level in Level:
            await app.push_screen(CrisisPanel(reading(level)))
            await pilot.pause()
            said = words(pilot)
            for needed in NEEDED:
                assert needed in said
            assert OPENING[level] in said
            assert ("Why this is shown: speaks of a plan and a time." in said) == (level is not Level.NONE)
            await pilot.press("escape")
            await pilot.pause()


async def test_only_when_danger_is_imminent_the_emergency_number_stands_above_everything() -> None:
    app = Stand().app()
    async with app.run_test(size=SIZE) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        for level in Level:
            await app.push_screen(CrisisPanel(reading(level)))
            await pilot.pause()
            emergency, opening = app.screen.query_one("#emergency"), app.screen.query_one("#opening")
            assert (emergency.region.y < opening.region.y) == (level is Level.IMMINENT)
            assert emergency.region.bottom <= SIZE[1]
            await pilot.press("escape")
            await pilot.pause()


async def test_it_opens_from_anywhere_by_one_key_is_closed_by_esc_and_opens_again() -> None:
    app = Stand().app()
    async with app.run_test(size=SIZE) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        before = app.screen
        for _ in range(2):
            await pilot.press("f3")
            await pilot.pause()
            assert isinstance(app.screen, CrisisPanel)
            await pilot.press("f3")
            await pilot.pause()
            assert sum(isinstance(screen, CrisisPanel) for screen in app.screen_stack) == 1
            await pilot.press("escape")
            await pilot.pause()
            assert app.screen is before


async def test_what_is_seen_while_it_is_open_makes_its_words_graver_and_never_lighter() -> None:
    app = Stand().app()
    async with app.run_test(size=SIZE) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        app.show_helplines(reading(Level.ELEVATED))
        await pilot.pause()
        assert OPENING[Level.ELEVATED] in words(pilot)
        for level in (Level.IMMINENT, Level.CONCERN):
            app.show_helplines(reading(level))
            await pilot.pause()
            assert OPENING[Level.IMMINENT] in words(pilot)
        emergency, opening = app.screen.query_one("#emergency"), app.screen.query_one("#opening")
        assert emergency.region.y < opening.region.y


async def test_another_country_is_found_by_typing_and_is_remembered_while_the_program_runs() -> None:
    app = Stand().app()
    async with app.run_test(size=SIZE) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press("f3")
        await pilot.pause()
        await pilot.press("c", *"france", "enter")
        await pilot.pause()
        assert "3114" in words(pilot)
        assert "116 123" not in words(pilot)
        assert "15 (medical)" in words(pilot)
        await pilot.press("escape")
        await pilot.pause()
        await pilot.press("f3")
        await pilot.pause()
        assert app.screen.query_one("#country", Pick).chosen == "FR"
        assert "3114" in words(pilot)


@pytest.mark.parametrize(("country", "told"), [("", "Choose your country"), ("Atlantis", "'Atlantis'")])
async def test_without_a_known_country_the_directories_are_shown_and_said_why(
    country: str, told: str
) -> None:
    app = Stand(settings=TuiSettings(country=country)).app()
    async with app.run_test(size=SIZE) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press("f3")
        await pilot.pause()
        assert told in words(pilot)
        assert "findahelpline.com" in words(pilot)


async def test_every_country_fits_80_columns_with_its_emergency_number_in_sight() -> None:
    app = Stand().app()
    async with app.run_test(size=SIZE) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        await app.push_screen(CrisisPanel(reading(Level.IMMINENT)))
        await pilot.pause()
        for country in bundled_helplines().countries:
            app.screen.query_one("#country", Pick).value = country.code
            await pilot.pause()
            emergency = app.screen.query_one("#emergency", Static)
            assert country.emergency in str(emergency.render())
            assert 0 < emergency.region.height <= 2
            assert app.screen.query_one("#lines").region.height >= 5
            assert app.screen.query_one("#close").region.bottom <= SIZE[1]


async def test_a_terminal_that_is_too_small_for_the_rest_still_shows_the_numbers() -> None:
    app = Stand().app()
    async with app.run_test(size=(40, 10)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        await app.push_screen(CrisisPanel(reading(Level.IMMINENT)))
        await pilot.pause()
        assert not app.screen.query("#too-small")
        assert app.screen.query_one("#emergency").region.y < 3
        for _ in range(12):
            await pilot.press("down")
        await pilot.pause()
        assert app.screen.query_one("#emergency").region.y < 0

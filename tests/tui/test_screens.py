"""Lists, search, help, settings, keys, themes, the box to write in, and what happens when something breaks."""

from __future__ import annotations

import io
from contextlib import suppress
from threading import Event

import pytest
from textual.events import Paste

from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.record import Consented, Said
from penguin_local.agent.session_events import WindowFull
from penguin_local.store.casebook import CaseAbout
from penguin_local.tui.deps import Steps, TuiSettings
from penguin_local.tui.keys import KEYS
from penguin_local.tui.screens.chat import ChatScreen
from penguin_local.tui.screens.crisis_panel import CrisisPanel
from penguin_local.tui.screens.help import settings_shown
from tests.tui.driving import app_of, begin, chat, entries, rested, screen_of, sees, stage, typed, until
from tests.tui.scripts import ANSWER, QUESTION, Acted, Stand, a_book, alarming, kept_in, told

pytestmark = pytest.mark.asyncio
MEGABYTE = 1_000_000


async def test_a_case_is_made_renamed_given_a_time_to_live_and_deleted() -> None:
    app = Stand().app()
    async with app.run_test() as pilot:
        await sees(pilot, "No conversations yet.")
        await pilot.press("n")
        await sees(pilot, "A new case")
        await pilot.press("enter")
        await sees(pilot, "Please give it a title")
        await typed(pilot, "Ellen, spring", "tab", "down", "enter", "tab")
        await typed(pilot, "30", "enter")
        await sees(pilot, "Do they agree?")
        await pilot.press("escape")
        await sees(pilot, "Ellen, spring", "about a client", "consent: open (F9)")
        await pilot.press("ctrl+o")
        await sees(pilot, "Ellen, spring", "kept 30 days")
        await pilot.press("e")
        await sees(pilot, "This case")
        await pilot.press("home")
        await typed(pilot, "Talk with ", "enter")
        await sees(pilot, "Talk with Ellen, spring")
        await pilot.press("delete")
        await sees(pilot, "Delete this case for good?")
        await pilot.press("enter")
        await sees(pilot, "Talk with Ellen, spring")
        await pilot.press("delete")
        await sees(pilot, "Delete this case for good?")
        await pilot.press("tab", "enter")
        await sees(pilot, "No conversations yet.")


async def test_search_over_all_cases_opens_the_one_that_was_found_at_its_place() -> None:
    book = a_book("Spring", entries=[Said(f"something number {n}") for n in range(40)])
    other = book.create(CaseAbout("Autumn"))
    stand = Stand(files=kept_in(book))
    app = stand.app()
    async with app.run_test() as pilot:
        await typed(pilot, "any words", "enter")
        await sees(pilot, "Spring", "Autumn")
        app.open_case(other)
        await until(pilot, lambda: isinstance(app.screen, ChatScreen))
        await pilot.press("ctrl+f")
        await sees(pilot, "over all cases")
        await typed(pilot, "NUMBER 12", "enter")
        await sees(pilot, "nothing found")
        await pilot.press("tab", "space")
        await sees(pilot, "Spring · you", "something number 12", "1 found")
        await pilot.press("enter")
        await until(
            pilot, lambda: isinstance(app.screen, ChatScreen) and chat(pilot).case.about.title == "Spring"
        )
        await sees(pilot, "something number 12")
        assert "something number 39" not in screen_of(app)


async def test_search_finds_titles_and_names_the_case_of_which_something_cannot_be_read() -> None:
    book = a_book("Ellen, [spring]", "Autumn walks", entries=[Said("about the leaves")])
    spring, autumn = sorted(book.cases(), key=lambda case: case.about.title, reverse=True)
    book.append(spring.id, "not an entry")
    app = Stand(files=kept_in(book)).app()
    async with app.run_test() as pilot:
        await typed(pilot, "any words", "enter")
        await sees(pilot, "Autumn walks")
        await pilot.press("ctrl+f")
        await typed(pilot, "LEAVES", "enter")
        await sees(
            pilot, "2 found", "Not all could be read of “Ellen, [spring]”.", "`penguin-local cases verify`"
        )
        await pilot.press("shift+tab", "end", "ctrl+u")
        await typed(pilot, "walks", "enter")
        await sees(pilot, "Autumn walks · title", "1 found")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ChatScreen) and chat(pilot).case.id == autumn.id)
        await sees(pilot, "about the leaves")


async def test_f3_shows_the_helplines_from_every_screen_and_dialog() -> None:
    book = a_book("Spring")
    app = Stand(files=kept_in(book)).app()
    async with app.run_test() as pilot:
        for keys in ((), ("f1",), ("f4",), ("ctrl+p",)):
            await sees(pilot, "F3")
            await pilot.press(*keys)
            await pilot.press("f3")
            await until(pilot, lambda: isinstance(app.screen, CrisisPanel))
            await pilot.press("escape", *("escape" for _ in keys))
        await typed(pilot, "any words", "enter")
        await sees(pilot, "Spring")
        for keys in ((), ("n",), ("x",), ("ctrl+f",)):
            await pilot.press(*keys)
            await pilot.press("f3")
            await until(pilot, lambda: isinstance(app.screen, CrisisPanel))
            await pilot.press("escape", *("escape" for _ in keys))
            await sees(pilot, "Spring", "Conversations")


async def test_grave_danger_opens_the_helplines_while_the_answer_is_written_and_closes_nothing() -> None:
    stand = Stand(alarming(Level.IMMINENT))
    async with stand.app().run_test() as pilot:
        await begin(pilot)
        await typed(pilot, QUESTION, "enter")
        await sees(pilot, "999 or 112")
        await pilot.press("escape")
        await rested(pilot)
        await sees(pilot, "What would make tomorrow morning")
        assert stage(pilot).composer.box.has_focus


async def test_concern_is_said_in_the_conversation_without_a_dialog() -> None:
    stand = Stand(alarming(Level.CONCERN))
    async with stand.app().run_test(size=(100, 50)) as pilot:
        await begin(pilot)
        await typed(pilot, QUESTION, "enter")
        await rested(pilot)
        await sees(pilot, "This sounds heavy", "F3", "seen in this case: concern")


async def test_a_paste_of_a_megabyte_is_kept_whole_refused_kindly_and_lets_keys_through() -> None:
    stand = Stand()
    async with stand.app().run_test() as pilot:
        await begin(pilot)
        pilot.app.post_message(Paste("word " * (MEGABYTE // 5)))
        await sees(pilot, "a pasted text of 1,000,000 characters")
        await typed(pilot, "and this", "enter")
        await sees(pilot, "too long to read at once", "It stays here", "and this", "32,768")
        assert len(stage(pilot).composer.text) > MEGABYTE
        assert not entries(stand.talks[0].casebook)
        stage(pilot).composer.box.load_text("")
        await pilot.press("backspace")
        await until(pilot, lambda: stage(pilot).composer.text == "")


async def test_the_box_grows_and_up_at_its_edge_brings_back_what_was_written() -> None:
    stand = Stand()
    async with stand.app().run_test() as pilot:
        await begin(pilot)
        box = stage(pilot).composer.box
        before = box.size.height
        await pilot.press("a", "ctrl+j", "b", "shift+enter", "c")
        await until(pilot, lambda: box.size.height == before + 2)
        await pilot.press("enter")
        await rested(pilot)
        await typed(pilot, "a second one", "enter")
        await rested(pilot)
        await typed(pilot, "half a th", "up")
        assert box.text == "a second one"
        await pilot.press("up")
        assert box.text == "a\nb\nc"
        await pilot.press("down", "down")
        assert box.text == "half a th"
        assert [turn.said for turn in chat(pilot).state.turns] == ["a\nb\nc", "a second one"]


async def test_copying_happens_on_request_only_and_says_that_the_clipboard_is_outside() -> None:
    stand = Stand()
    app = stand.app()
    async with app.run_test(notifications=True) as pilot:
        await begin(pilot)
        await typed(pilot, QUESTION, "enter")
        await rested(pilot)
        assert app.clipboard == ""
        await pilot.press("ctrl+y")
        await sees(pilot, "Copied.", "outside the")
        assert app.clipboard == ANSWER


async def test_keys_are_rebound_by_their_names_and_the_help_shows_them_as_they_are() -> None:
    stand = Stand(settings=TuiSettings(keymap={"helplines": "f12", "panel": "ctrl+n"}))
    app = stand.app()
    async with app.run_test(size=(100, 60)) as pilot:
        await begin(pilot)
        await sees(pilot, "F12 shows people")
        await pilot.press("f3")
        assert isinstance(app.screen, ChatScreen)
        await pilot.press("f12")
        await until(pilot, lambda: isinstance(app.screen, CrisisPanel))
        await pilot.press("escape", "f1")
        text = await sees(pilot, "Ctrl+N")
        for key in KEYS:
            assert key.words[:20] in text


async def test_words_of_danger_and_of_room_name_the_keys_as_they_are_bound() -> None:
    def act(talk: Acted, text: str, cancel: Event) -> Steps:
        yield from alarming(Level.CONCERN)(talk, text, cancel)
        yield WindowFull(5000, 4096)

    stand = Stand(act, settings=TuiSettings(keymap={"helplines": "f12", "summary": "f11", "again": "f10"}))
    async with stand.app().run_test(size=(100, 40)) as pilot:
        await begin(pilot)
        await typed(pilot, QUESTION, "enter")
        text = await sees(pilot, "one key away: F12", "F11 writes a summary", "F10 then tries again")
        assert "F3" not in text
        await pilot.resize_terminal(50, 12)
        await sees(pilot, "F12 shows the helplines")


@pytest.mark.parametrize(
    ("country", "said"),
    [("GB", "GB"), ("XX", "none: international helplines"), ("", "none chosen: international helplines")],
)
async def test_the_settings_name_no_country_that_is_none(country: str, said: str) -> None:
    deps = Stand(settings=TuiSettings(country=country)).deps
    assert dict(settings_shown(deps, "dark"))["country"] == said


async def test_consent_is_asked_in_words_and_recorded_either_way() -> None:
    stand = Stand()
    app = stand.app()
    async with app.run_test(size=(140, 50)) as pilot:
        await begin(pilot)
        for keys, agreed in ((("tab", "tab", "enter"), True), (("tab", "enter"), False)):
            await pilot.press("f9")
            await sees(pilot, "Do you agree?")
            await pilot.press(*keys)
            await sees(pilot, "consent: given" if agreed else "consent: not given")
        await pilot.press("f9", "escape")
        kept = [entry for entry in entries(stand.talks[0].casebook) if isinstance(entry, Consented)]
        assert [entry.agreed for entry in kept] == [True, False]


async def test_the_theme_goes_round_and_the_palette_offers_every_key_and_no_picture_of_the_screen() -> None:
    app = Stand().app()
    async with app.run_test() as pilot:
        await sees(pilot, "No conversations yet.")
        seen = [app.theme]
        for _ in range(3):
            await pilot.press("ctrl+t")
            seen.append(app.theme)
        assert seen == ["penguin-dark", "penguin-light", "penguin-contrast", "penguin-dark"]
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert "A new case" in titles
        assert not any("creenshot" in title for title in titles)


async def test_a_window_that_is_too_small_says_so_kindly_and_comes_back_as_it_was() -> None:
    stand = Stand()
    async with stand.app().run_test() as pilot:
        await begin(pilot)
        await typed(pilot, "half a thought")
        for size in ((50, 24), (80, 12)):
            await pilot.resize_terminal(*size)
            await sees(pilot, "a little small")
        await pilot.resize_terminal(60, 18)
        assert "half a thought" in await sees(pilot, "decision support")


async def test_the_panel_lies_over_the_conversation_when_narrow_and_beside_it_when_wide() -> None:
    stand = Stand()
    async with stand.app().run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        assert "What is known" not in screen_of(app_of(pilot))
        await pilot.press("f2")
        await sees(pilot, "What is known")
        await pilot.press("escape")
        await until(pilot, lambda: "What is known" not in screen_of(app_of(pilot)))
        await pilot.resize_terminal(120, 30)
        await sees(pilot, "What is known")
        await pilot.press("f2")
        await until(pilot, lambda: "What is known" not in screen_of(app_of(pilot)))


async def test_a_fault_of_ours_ends_with_its_kind_and_without_a_word_of_the_conversation() -> None:
    secret = "nobody must ever read this sentence"

    def act(talk: Acted, text: str, cancel: object) -> Steps:
        yield from told(talk, text, cancel)  # type: ignore[arg-type]
        raise KeyError(text)

    app = Stand(act).app()
    said = io.StringIO()
    # The pilot raises the fault again at the end, for whoever debugs; people see what is printed.
    with suppress(KeyError):
        async with app.run_test() as pilot:
            await begin(pilot)
            await typed(pilot, secret, "enter")
            app.error_console.file = said
            await until(pilot, lambda: bool(app.fault))
    app._print_error_renderables()
    assert isinstance(app.fault, KeyError)
    assert "KeyError" in said.getvalue()
    assert secret not in said.getvalue()
    assert app.return_code == 1


async def test_every_screen_says_what_this_program_is_not() -> None:
    book = a_book("Spring")
    stand = Stand(files=kept_in(book))
    async with stand.app().run_test() as pilot:
        await sees(pilot, "decision support, not a clinician", "F3")
        await typed(pilot, "any words", "enter")
        await sees(pilot, "Spring", "decision support, not a clinician", "F3")
        await pilot.press("enter")
        await sees(pilot, "Write what is on your mind", "decision support, not a clinician", "F3")

"""What is written while no model is there: kept and read at once, answered when one comes, and told when none does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event

import pytest
from textual.events import Paste
from textual.pilot import Pilot

from penguin_local.agent.crisis import Watch
from penguin_local.agent.dialogue_events import DialogueSettings
from penguin_local.agent.questions import load_questions
from penguin_local.agent.record import Alarmed, Answered, Entry, Learned, Said, Screened, decoded
from penguin_local.agent.session import Session
from penguin_local.agent.session_models import ChatSettings, Minds
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.errors import ModelError
from penguin_local.lm.scripted import Scripted, info
from penguin_local.store.casebook import CaseAbout, Casebook, CaseInfo
from penguin_local.store.vault import Vault
from penguin_local.tui.app import ChatApp
from penguin_local.tui.deps import Files, Loading, TuiSettings
from penguin_local.tui.screens.cases import CasesScreen
from penguin_local.tui.screens.chat import ChatScreen
from penguin_local.tui.screens.crisis_panel import CrisisPanel
from penguin_local.tui.screens.intake import IntakeScreen
from penguin_local.tui.screens.screening import ScreeningScreen
from penguin_local.tui.screens.unlock import UnlockScreen
from tests.store.vaults import CHEAP
from tests.tui.driving import begin, chat, entries, rested, sees, stage, typed, until
from tests.tui.scripts import Stand
from tests.tui.test_door import GOOD, a_door
from tests.tui.test_real_session import a_mind

pytestmark = pytest.mark.asyncio
DANGER = "I have the rope here and I will hang myself tonight."
HARMLESS = "My sister and I quarrel about the garden."
SETTINGS = ChatSettings(dialogue=DialogueSettings(budget=0))


@dataclass
class Loader:
    """Makes real sessions once it is let, or fails as often as it is told to."""

    failures: int = 0
    free: Event = field(default_factory=Event)
    watch: Watch = field(default_factory=Watch)

    def make(self, casebook: Casebook, case: CaseInfo, tell: Callable[[Loading], None]) -> Session:
        self.free.wait(20)
        if self.failures:
            self.failures -= 1
            raise ModelError("the weights are not on this machine", hint="penguin-local models pull it")
        mind = a_mind()
        return Session(
            casebook, case, Minds(mind, mind), settings=SETTINGS, watch=self.watch, questions=load_questions()
        )

    def app(self, files: Files | None = None) -> ChatApp:
        return ChatApp(replace(Stand(files=files).deps, make_session=self.make, chat=SETTINGS))


async def opened(pilot: Pilot[int]) -> Casebook:
    """A new case, open, its model on the way."""
    app = pilot.app
    assert isinstance(app, ChatApp)
    await until(pilot, lambda: isinstance(app.screen, CasesScreen))
    assert app.casebook is not None
    app.open_case(app.casebook.create(CaseAbout("Work and sleep")))
    await until(pilot, lambda: isinstance(app.screen, ChatScreen) and app.screen.is_mounted)
    await sees(pilot, "Write here.")
    return app.casebook


def kinds(book: Casebook, *wanted: type[Entry]) -> list[type[Entry]]:
    return [type(entry) for entry in entries(book) if isinstance(entry, wanted)]


def said(book: Casebook) -> list[str]:
    return [entry.text for entry in entries(book) if isinstance(entry, Said)]


async def test_words_of_danger_open_the_helplines_while_the_model_loads_and_are_answered_once_it_is_there() -> (
    None
):
    loader = Loader()
    app = loader.app()
    async with app.run_test(size=(100, 40)) as pilot:
        book = await opened(pilot)
        await typed(pilot, DANGER, "enter")
        await until(pilot, lambda: isinstance(app.screen, CrisisPanel))
        assert kinds(book, Said, Alarmed, Answered) == [Said, Alarmed]
        await pilot.press("escape")
        await sees(pilot, DANGER, "answered as soon as the model is ready")
        loader.free.set()
        await until(pilot, lambda: chat(pilot).state.last_answer is not None)
        await rested(pilot)
        assert kinds(book, Said, Alarmed, Answered) == [Said, Alarmed, Answered]
        text = await sees(pilot, DANGER, "This may be an emergency")
        assert text.count(DANGER) == 1


async def test_all_that_is_written_while_the_model_loads_is_kept_and_gets_one_answer() -> None:
    loader = Loader()
    async with loader.app().run_test(size=(100, 40)) as pilot:
        book = await opened(pilot)
        await typed(pilot, HARMLESS, "enter")
        await typed(pilot, "It has been so for years.", "enter")
        await until(pilot, lambda: len(said(book)) == 2)
        loader.free.set()
        await sees(pilot, "You are not alone with this.")
        await rested(pilot)
        assert kinds(book, Said, Answered) == [Said, Said, Answered]
        assert stage(pilot).composer.text == ""


async def test_where_no_model_comes_the_words_stand_it_is_told_and_another_try_answers_them() -> None:
    loader = Loader(failures=1)
    app = loader.app()
    async with app.run_test(size=(100, 40)) as pilot:
        book = await opened(pilot)
        await typed(pilot, HARMLESS, "enter")
        await sees(pilot, HARMLESS, "answered as soon as the model is ready")
        loader.free.set()
        text = await sees(pilot, HARMLESS, "not on this machine", "nothing can answer it", "F3", "Ctrl+R")
        assert "as soon as the model is ready" not in text
        await typed(pilot, DANGER, "enter")
        await until(pilot, lambda: isinstance(app.screen, CrisisPanel))
        assert said(book) == [HARMLESS, DANGER]
        await pilot.press("escape", "ctrl+r")
        await until(pilot, lambda: isinstance(app.screen, ChatScreen) and chat(pilot).runner is not None)
        await until(pilot, lambda: chat(pilot).state.last_answer is not None)
        await rested(pilot)
        assert kinds(book, Said, Alarmed, Answered) == [Said, Said, Alarmed, Answered]


@pytest.mark.parametrize("failures", [0, 1])
async def test_forms_that_are_filled_in_before_a_model_is_there_are_kept_and_read_at_once(
    failures: int,
) -> None:
    loader = Loader(failures=failures)
    app = loader.app()
    async with app.run_test(size=(100, 40)) as pilot:
        book = await opened(pilot)
        if failures:
            loader.free.set()
            await sees(pilot, "not on this machine")
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(app.screen, IntakeScreen))
        await pilot.press("enter", "3", "5", "enter", "ctrl+s")
        await until(pilot, lambda: kinds(book, Learned) == [Learned])
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(app.screen, ScreeningScreen))
        await pilot.press("1", "4", "tab", "1", "ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, CrisisPanel))
        assert kinds(book, Learned, Screened, Alarmed) == [Learned, Screened, Alarmed]
        await pilot.press("escape")
        await sees(pilot, "35-44", "PHQ-9")
        loader.free.set()
        if failures:
            await pilot.press("ctrl+r")
        await until(pilot, lambda: chat(pilot).runner is not None)
        assert len(chat(pilot).state.screened) == len(chat(pilot).state.known) == 1


async def test_own_words_in_a_form_are_read_once_more_by_all_readers_when_these_are_there() -> None:
    graver = Scripted(weigh=lambda request: (0, 0, 9, 1), info=info(demonstration=False))
    loader = Loader(watch=Watch(model=graver))
    app = loader.app()
    async with app.run_test(size=(100, 40)) as pilot:
        book = await opened(pilot)
        words = Value("depression", "The tide is at four.")
        chat(pilot).enter(lambda entering: entering.correct(Attribute.EMOTION, words))
        await until(pilot, lambda: kinds(book, Learned) == [Learned])
        assert not kinds(book, Alarmed)
        loader.free.set()
        await until(pilot, lambda: isinstance(app.screen, CrisisPanel))
        assert kinds(book, Learned, Alarmed) == [Learned, Alarmed]


@pytest.mark.parametrize("key", ["ctrl+o", "ctrl+l", "ctrl+q"])
async def test_leaving_while_the_model_loads_loses_nothing(tmp_path: Path, key: str) -> None:
    path, loader = tmp_path / "cases.duckdb", Loader()
    Vault.begin(path, GOOD, cost=CHEAP)[0].close()
    app = loader.app(a_door(path))
    async with app.run_test(size=(100, 40)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, UnlockScreen))
        await typed(pilot, GOOD, "enter")
        await opened(pilot)
        await typed(pilot, HARMLESS, "enter", key)
        await until(pilot, lambda: not isinstance(app.screen, ChatScreen) or app._exit)
        loader.free.set()
        await app.closed()
        if key == "ctrl+o":
            await pilot.press("enter")
            await sees(pilot, HARMLESS, "no answer yet", "Ctrl+R")
            await pilot.press("ctrl+q")
    with Vault.open(path, passphrase=GOOD) as book:
        (case,) = book.cases()
        assert [decoded(text).entry for text in book.entries(case.id)] == [Said(HARMLESS)]


class TestUnsent:
    """What stands in the box and was not sent."""

    @pytest.mark.parametrize("key", ["ctrl+o", "ctrl+l", "ctrl+q", "idle"])
    async def test_it_is_sealed_with_the_case_and_put_back_into_the_box(
        self, tmp_path: Path, key: str
    ) -> None:
        path = tmp_path / "cases.duckdb"
        Vault.begin(path, GOOD, cost=CHEAP)[0].close()
        now = [0.0]
        stand = Stand(files=a_door(path), clock=lambda: now[0], settings=TuiSettings(lock_minutes=10))
        app = stand.app()
        async with app.run_test(size=(100, 40)) as pilot:
            await unlocked(pilot)
            await begin(pilot)
            await typed(pilot, HARMLESS)
            await sees(pilot, HARMLESS)
            if key == "idle":
                now[0] = 601.0
                app.lock_when_idle()
            else:
                await pilot.press(key)
            await until(pilot, lambda: not isinstance(app.screen, ChatScreen) or app._exit)
            if key == "ctrl+o":
                await pilot.press("ctrl+q")
                await until(pilot, lambda: app._exit)
            await app.closed()
        for file in tmp_path.iterdir():
            assert b"quarrel" not in file.read_bytes()
        app = Stand(files=a_door(path)).app()
        async with app.run_test(size=(100, 40)) as pilot:
            await unlocked(pilot)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, ChatScreen) and chat(pilot).runner is not None)
            assert stage(pilot).composer.text == HARMLESS
            assert app.casebook is not None
            assert entries(app.casebook) == []
            await pilot.press("enter")
            await rested(pilot)
            await until(pilot, lambda: not app.casebook or app.casebook.cases()[0].unsent == "")
            assert said(app.casebook) == [HARMLESS]
            await pilot.press("ctrl+q")

    async def test_without_a_trace_it_stays_while_the_program_runs(self) -> None:
        app = Stand().app()
        async with app.run_test(size=(100, 40)) as pilot:
            await begin(pilot)
            await typed(pilot, "the first one", "enter")
            await rested(pilot)
            # An earlier text that is only looked at is not what was being written.
            await typed(pilot, "a second, half wr", "up")
            assert stage(pilot).composer.text == "the first one"
            await pilot.press("ctrl+o")
            await until(pilot, lambda: isinstance(app.screen, CasesScreen))
            await sees(pilot, "Work and sleep")
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, ChatScreen) and chat(pilot).runner is not None)
            assert stage(pilot).composer.text == "a second, half wr"
            stage(pilot).composer.clear()
            await pilot.press("ctrl+o")
            await until(pilot, lambda: isinstance(app.screen, CasesScreen))
            assert app.casebook is not None
            assert app.casebook.cases()[0].unsent == ""

    async def test_a_long_paste_is_held_beside_the_box_again(self) -> None:
        app = Stand().app()
        async with app.run_test(size=(100, 40)) as pilot:
            await begin(pilot)
            pilot.app.post_message(Paste("word " * 6_000))
            await sees(pilot, "a pasted text of 30,000 characters")
            await pilot.press("ctrl+o")
            await until(pilot, lambda: isinstance(app.screen, CasesScreen))
            await sees(pilot, "Work and sleep")
            await pilot.press("enter")
            await sees(pilot, "a pasted text of 30,000 characters")


async def unlocked(pilot: Pilot[int]) -> None:
    """Past the door of a vault, to its list."""
    await until(pilot, lambda: isinstance(pilot.app.screen, UnlockScreen))
    await typed(pilot, GOOD, "enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, CasesScreen))

"""What every screen looks like: SVG pictures that a person has looked at, at two sizes and in three themes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytest_textual_snapshot import (  # type: ignore[import-untyped]
    SVGImageExtension,
    normalize_svg,
)
from syrupy.assertion import SnapshotAssertion
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Input, OptionList

from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.record import Said
from penguin_local.agent.session_events import Note, Unclear, WindowNear
from penguin_local.core.attributes import Attribute
from penguin_local.tui.app import ChatApp
from penguin_local.tui.deps import Steps, TuiSettings
from penguin_local.tui.screens.chat import ChatScreen
from penguin_local.tui.screens.first_run import RecoveryScreen
from penguin_local.tui.screens.unlock import UnlockScreen
from tests.tui.driving import Gate, app_of, chat, rested, sees, stage, typed, until
from tests.tui.scripts import ANSWER, QUESTION, Acted, Stand, a_book, alarming, asks, kept_in, told

pytestmark = pytest.mark.asyncio
SMALL, LARGE = (80, 24), (140, 40)
LOOKS = 60
SIMILAR = ("Is it normal to dread Monday morning?", "How do I tell my boss that I am worn out?")


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


class Camera:
    """Takes pictures once nothing moves any more."""

    def __init__(self, pilot: Pilot[int], snapshot: SnapshotAssertion) -> None:
        self._pilot = pilot
        self._snapshot = snapshot.use_extension(SVGImageExtension)

    async def takes_one(self, name: str, size: tuple[int, int] = SMALL) -> None:
        """Of the screen as it is, dark, at one size."""
        await self._pilot.resize_terminal(*size)
        await self._one(app_of(self._pilot), f"{name}-{size[0]}x{size[1]}-dark")

    async def takes(self, name: str, *, themes: bool = False, large: bool = True) -> None:
        """Of the screen as it is, dark at both sizes; `themes` adds light and high contrast at the small one."""
        app = app_of(self._pilot)
        if large:
            await self._pilot.resize_terminal(*LARGE)
            await self._one(app, f"{name}-140x40-dark")
        await self._pilot.resize_terminal(*SMALL)
        await self._one(app, f"{name}-80x24-dark")
        for theme in ("light", "contrast") if themes else ():
            app.theme = f"penguin-{theme}"
            await self._one(app, f"{name}-80x24-{theme}")
        app.theme = "penguin-dark"

    async def _one(self, app: ChatApp, name: str) -> None:
        last: list[Strip] = []
        for _ in range(LOOKS):
            await self._pilot.pause(0.02)
            now = app.screen._compositor.render_strips(app.size)
            if now == last:
                break
            last = now
        picture = normalize_svg(app.export_screenshot(title="penguin-local"))
        assert picture == self._snapshot(name=name)


async def opened(pilot: Pilot[int]) -> None:
    """Through the door, into the first case of the list."""
    await typed(pilot, "any words", "enter")
    await sees(pilot, "Conversations")
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, ChatScreen) and chat(pilot).runner is not None)


async def test_the_door(snapshot: SnapshotAssertion) -> None:
    app = Stand(files=kept_in(a_book("Work and sleep", "Ellen, second talk"))).app()
    async with app.run_test(size=SMALL) as pilot:
        camera = Camera(pilot, snapshot)
        await sees(pilot, "sealed on this disk")
        await camera.takes("unlock")
        await typed(pilot, "any words", "enter")
        await sees(pilot, "Conversations", "Ellen")
        await camera.takes("cases", themes=True)
        await pilot.press("delete")
        await sees(pilot, "Delete this case")
        await camera.takes("delete")
        await pilot.press("escape", "n")
        await sees(pilot, "A new case")
        await camera.takes("new-case", themes=True)


async def test_the_first_run(snapshot: SnapshotAssertion) -> None:
    book = a_book()
    files = kept_in(book)
    app = Stand(files=replace(files, exists=lambda: False)).app()
    async with app.run_test(size=SMALL) as pilot:
        camera = Camera(pilot, snapshot)
        await sees(pilot, "Welcome")
        await typed(pilot, "copper lantern")
        await sees(pilot, "as good as it is long")
        await camera.takes("first-run")
        app.replace(RecoveryScreen(book, "8174-TTPJ-J9SY-FYWE-8NT0-MGBC-8Z40-S6VS-Z6JS"))
        await sees(pilot, "8174-TTPJ")
        await camera.takes("recovery-key")
        app.enter(book)
        await sees(pilot, "No conversations yet.")
        await camera.takes("no-cases")


async def test_a_conversation(snapshot: SnapshotAssertion) -> None:
    stand = Stand(asks(Attribute.EMOTION, similar=SIMILAR), files=kept_in(a_book("Work and sleep")))
    async with stand.app().run_test(size=SMALL) as pilot:
        camera = Camera(pilot, snapshot)
        await opened(pilot)
        await camera.takes("chat-empty")
        await typed(pilot, QUESTION, "enter")
        await sees(pilot, "yes, you may ask")
        await camera.takes("permission")
        await typed(pilot, "y", "enter")
        await sees(pilot, "3 anxiety")
        await pilot.press("3")
        await sees(pilot, "▸3 anxiety")
        await camera.takes("question", themes=True)
        await pilot.press("enter")
        await rested(pilot)
        await camera.takes("answer", themes=True)
        await pilot.press("ctrl+g")
        await sees(pilot, "Together 3.6")
        await camera.takes("scores", themes=True)
        await pilot.press("ctrl+b")
        await rested(pilot)
        await camera.takes("compare")
        await pilot.press("ctrl+r")
        await sees(pilot, "try 2 of 2")
        await rested(pilot)
        await camera.takes("second-try", large=False)
        await pilot.press("f2")
        await sees(pilot, "What is known")
        await camera.takes("panel", themes=True, large=False)
        await pilot.press("end", "enter")
        await sees(pilot, "What is changed here")
        await camera.takes("value")
        await pilot.press("escape", "escape", "f8")
        await sees(pilot, "A summary, to make room")
        await camera.takes("summary")
        await pilot.press("escape", "ctrl+f")
        await typed(pilot, "notice", "enter")
        await sees(pilot, "2 found")
        await camera.takes("search")


async def test_what_is_asked_back_noted_and_failed(snapshot: SnapshotAssertion) -> None:
    def act(talk: Acted, text: str, cancel: object) -> Steps:
        yield Note("The engine stopped working and was started again. What had been written is kept.")
        yield WindowNear(3400, 4096)
        yield Unclear(Attribute.EMOTION, "like grey water", ("despair", "depression", "indifferent"))
        yield from told(talk, ANSWER, cancel)  # type: ignore[arg-type]

    stand = Stand(act, files=kept_in(a_book("Work and sleep")))
    async with stand.app().run_test(size=SMALL) as pilot:
        await opened(pilot)
        await typed(pilot, QUESTION, "enter")
        await sees(pilot, "like grey water")
        await Camera(pilot, snapshot).takes("unclear")


async def test_an_answer_under_way(snapshot: SnapshotAssertion) -> None:
    stand = Stand(Gate().act, files=kept_in(a_book("Work and sleep")))
    async with stand.app().run_test(size=SMALL) as pilot:
        await opened(pilot)
        await typed(pilot, QUESTION, "enter")
        await sees(pilot, "The first words", "tokens")
        await Camera(pilot, snapshot).takes("writing")
        await pilot.press("escape")
        await until(pilot, lambda: "stopped" in stage(pilot).status.words)


async def test_a_stopped_answer(snapshot: SnapshotAssertion) -> None:
    stand = Stand(Gate().act, files=kept_in(a_book("Work and sleep")))
    async with stand.app().run_test(size=SMALL) as pilot:
        await opened(pilot)
        await typed(pilot, QUESTION, "enter")
        await sees(pilot, "The first words", "tokens")
        await pilot.press("escape")
        await rested(pilot)
        await Camera(pilot, snapshot).takes_one("stopped")


async def test_the_lock_and_the_word_before_it(snapshot: SnapshotAssertion) -> None:
    now = [0.0]
    settings = TuiSettings(country="GB", lock_minutes=10)
    stand = Stand(files=kept_in(a_book("Work and sleep")), clock=lambda: now[0], settings=settings)
    async with stand.app().run_test(size=SMALL, notifications=True) as pilot:
        camera = Camera(pilot, snapshot)
        await opened(pilot)
        now[0] = 9 * 60.0
        app_of(pilot).lock_when_idle()
        await sees(pilot, "This locks in a minute")
        await camera.takes_one("idle")
        now[0] = 10 * 60.0
        app_of(pilot).lock_when_idle()
        await until(pilot, lambda: isinstance(pilot.app.screen, UnlockScreen))
        await camera.takes_one("locked")


async def test_the_palette(snapshot: SnapshotAssertion) -> None:
    stand = Stand(files=kept_in(a_book("Work and sleep")))
    async with stand.app().run_test(size=SMALL) as pilot:
        await opened(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette))
        pilot.app.screen.query_one(Input).cursor_blink = False
        commands = list(app_of(pilot).get_system_commands(pilot.app.screen_stack[-2]))
        await until(pilot, lambda: pilot.app.screen.query_one(OptionList).option_count == len(commands))
        await Camera(pilot, snapshot).takes_one("palette")


async def test_a_window_that_is_too_small(snapshot: SnapshotAssertion) -> None:
    async with Stand(files=kept_in(a_book("Work and sleep"))).app().run_test(size=SMALL) as pilot:
        await opened(pilot)
        await Camera(pilot, snapshot).takes_one("too-small", (50, 14))


async def test_danger(snapshot: SnapshotAssertion) -> None:
    stand = Stand(alarming(Level.IMMINENT), files=kept_in(a_book("Work and sleep")))
    async with stand.app().run_test(size=SMALL) as pilot:
        await opened(pilot)
        await typed(pilot, QUESTION, "enter")
        await sees(pilot, "999 or 112")
        await pilot.press("escape")
        await rested(pilot)
        stage(pilot).conversation.anchor(False)
        stage(pilot).conversation.scroll_home(animate=False)
        await Camera(pilot, snapshot).takes("danger", themes=True)


async def test_pages_to_read(snapshot: SnapshotAssertion) -> None:
    settings = TuiSettings(country="GB", keymap={"panel": "ctrl+n"})
    stand = Stand(files=kept_in(a_book("Spring", entries=[Said(QUESTION)])), settings=settings)
    async with stand.app().run_test(size=SMALL) as pilot:
        camera = Camera(pilot, snapshot)
        await sees(pilot, "sealed on this disk")
        await pilot.press("f1")
        await camera.takes("help", themes=True)
        await pilot.press("escape", "f4")
        await camera.takes("settings")
        await pilot.press("escape")
        await pilot.resize_terminal(50, 14)
        await sees(pilot, "a little small")

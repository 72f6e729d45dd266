"""Keys in, the screen's text out."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import TypeVar

from textual.events import Paste
from textual.pilot import Pilot
from textual.widget import Widget

from penguin_local.agent.record import Entry, decoded
from penguin_local.store.casebook import CaseAbout, Casebook
from penguin_local.tui.app import ChatApp
from penguin_local.tui.deps import Steps
from penguin_local.tui.screens.chat import ChatScreen
from penguin_local.tui.widgets.stage import Stage
from tests.tui.scripts import Acted, told

W = TypeVar("W", bound=Widget)
ROUNDS = 3_200
TYPED = 3
"""Characters that are pressed one by one."""


def screen_of(app: ChatApp) -> str:
    """What a terminal would show now, line by line."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips(app.size))


async def until(pilot: Pilot[int], true: Callable[[], bool]) -> None:
    """Let the app work until it is so; the caller's own assertion tells when it never was."""
    for _ in range(ROUNDS):
        await pilot.pause(0.005)
        if true():
            return
    raise AssertionError(f"it never came to that; the screen says:\n{screen_of(app_of(pilot))}")


async def sees(pilot: Pilot[int], *words: str) -> str:
    """Wait until the screen shows all of these; its text."""
    app = app_of(pilot)
    seen = ""

    def there() -> bool:
        nonlocal seen
        seen = screen_of(app)  # once a look: to draw it takes longer than to wait
        return all(word in seen for word in words)

    await until(pilot, there)
    return seen


async def typed(pilot: Pilot[int], text: str, *keys: str) -> None:
    """Write into what has the focus, then press keys; longer texts are pasted, which is what takes less time."""
    if len(text) > TYPED:
        pilot.app.post_message(Paste(text))
        await pilot.pause()
    else:
        await pilot.press(*text)
    await pilot.press(*keys)


def app_of(pilot: Pilot[int]) -> ChatApp:
    app = pilot.app
    assert isinstance(app, ChatApp)
    return app


def chat(pilot: Pilot[int]) -> ChatScreen:
    screen = app_of(pilot).screen
    assert isinstance(screen, ChatScreen)
    return screen


def stage(pilot: Pilot[int]) -> Stage:
    return chat(pilot).stage


async def begin(pilot: Pilot[int], title: str = "Work and sleep") -> None:
    """A new case, open, its session ready."""
    app = app_of(pilot)
    await until(pilot, lambda: app.casebook is not None)
    assert app.casebook is not None
    app.open_case(app.casebook.create(CaseAbout(title)))
    await until(pilot, lambda: isinstance(pilot.app.screen, ChatScreen) and chat(pilot).runner is not None)


async def rested(pilot: Pilot[int]) -> None:
    """Wait until the session is done and the screen knows it."""

    def done() -> bool:
        if not isinstance(pilot.app.screen, ChatScreen):
            return False  # a dialog that is being closed lies on it for a moment longer
        runner = chat(pilot).runner
        return runner is not None and not runner.running and chat(pilot).stage.at_rest

    await until(pilot, done)


def entries(book: Casebook) -> list[Entry]:
    """Of the one case there is."""
    (case,) = book.cases()
    return [decoded(entry).entry for entry in book.entries(case.id)]


class Gate:
    """An answer that goes on writing until it is stopped or let through."""

    def __init__(self) -> None:
        self.written = Event()
        self.open = Event()

    def act(self, talk: Acted, text: str, cancel: Event) -> Steps:
        yield from self._words(talk, cancel)

    def _words(self, talk: Acted, cancel: Event) -> Steps:
        steps = told(talk, "The first words. " + "More words follow. " * 4, cancel)
        for number, step in enumerate(steps):
            yield step
            if number == 5:
                self.written.set()
                while not (cancel.wait(0.002) or self.open.is_set()):
                    pass

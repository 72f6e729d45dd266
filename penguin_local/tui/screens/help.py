"""Every key, and the settings as they are."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Button, Static

from penguin_local.agent.helplines import INTERNATIONAL
from penguin_local.tui.deps import Deps
from penguin_local.tui.keys import KEYS, TYPED, Where, bound, label
from penguin_local.tui.safe import shown
from penguin_local.tui.screens.base import PenguinDialog
from penguin_local.tui.themes import short

WHAT = (
    "penguin-local talks with a language model on this machine and asks about you before it answers, so that the "
    "answer is safe for you. It is decision support, not a clinician; it can be wrong. In danger, please call the "
    "numbers that {helplines} shows."
)


class Page(PenguinDialog[None]):
    """Something to read, that scrolls."""

    TITLE = ""

    def content(self) -> Iterable[Widget]:
        """The page, and a way back."""
        with Vertical(classes="dialog tall") as box:
            box.border_title = self.TITLE
            with VerticalScroll(can_focus=True):
                yield from self.parts()
            yield Button(shown("Back"), id="back", variant="primary")

    def parts(self) -> Iterable[Widget]:
        """What stands on it."""
        return ()

    @on(Button.Pressed, "#back")
    def _back(self) -> None:
        self.dismiss(None)


class HelpScreen(Page):
    """Every key, as it is bound now."""

    TITLE = "Help"

    def parts(self) -> Iterable[Widget]:
        """By where they work."""
        keymap = self.chat_app.deps.settings.keymap
        yield Static(shown(bound(WHAT, keymap)))
        for where in Where:
            yield Static(shown(where.value.capitalize()), classes="heading")
            for key in KEYS:
                if key.where is where:
                    yield _line(label(key.id, keymap), key.words)
        yield Static(shown("While writing"), classes="heading")
        for keys, words in TYPED:
            yield _line(keys, words)


class SettingsScreen(Page):
    """What is set, and where."""

    TITLE = "Settings"

    def parts(self) -> Iterable[Widget]:
        """One line each."""
        for name, value in settings_shown(self.chat_app.deps, short(self.app.theme)):
            yield _line(name, value)


def settings_shown(deps: Deps, theme: str) -> list[tuple[str, str]]:
    """Names and values as a person reads them."""
    own, dialogue = deps.settings, deps.chat.dialogue
    lock = f"after {own.lock_minutes:g} minutes without a key" if own.lock_minutes else "never by itself"
    keys = ", ".join(f"{id}: {keys}" for id, keys in own.keymap.items()) or "as they came"
    return [
        ("theme", f"{theme} ({label('theme', own.keymap)} changes it until you quit)"),
        ("country", _country(own.country)),
        ("locks", lock),
        ("questions", f"up to {dialogue.budget} before an answer"),
        ("answers from", f"{dialogue.threshold:g} of 5 ({dialogue.stop.value})"),
        ("answers", deps.models.chat + (" (demonstration)" if deps.models.chat_demonstration else "")),
        ("judges", deps.models.judge + (" (demonstration)" if deps.models.judge_demonstration else "")),
        ("keys", keys),
        ("kept", "nothing: no trace" if deps.traceless else "sealed on this disk"),
        ("offline", deps.shield),
        ("config file", str(own.file) if own.file else "none"),
    ]


def _country(code: str) -> str:
    if code == INTERNATIONAL:
        return "none: international helplines"
    return code or "none chosen: international helplines"


def _line(name: str, value: str) -> Widget:
    return Horizontal(
        Static(shown(name), classes="name"), Static(shown(value), classes="value"), classes="pair"
    )

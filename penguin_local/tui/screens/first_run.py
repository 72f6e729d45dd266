"""The first run: a passphrase is chosen, and the recovery key is shown, once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from textual import on, work
from textual.containers import Center, Vertical
from textual.widget import Widget
from textual.widgets import Button, Static

from penguin_local.errors import PenguinError
from penguin_local.store.casebook import Casebook
from penguin_local.tui.safe import shown
from penguin_local.tui.screens.base import PenguinScreen
from penguin_local.tui.widgets.bars import bar
from penguin_local.tui.widgets.fields import Field
from penguin_local.tui.widgets.toggles import Check

GREETING = (
    "Everything you write is sealed on this disk with a passphrase that only you know. Several unrelated words "
    "make a good one. It is kept nowhere: without it, or the recovery key, nobody can read a thing."
)
RECOVERY = (
    "This key opens the vault if the passphrase is ever forgotten. Please write it on paper and keep it away "
    "from this computer. It is shown only now and cannot be shown again."
)
TOP_SCORE = 4


class FirstRunScreen(PenguinScreen):
    """A passphrase, twice, with its strength in words."""

    def content(self) -> Iterable[Widget]:
        """Two fields and a bar."""
        with Center(classes="door"), Vertical(classes="dialog") as box:
            box.border_title = "Welcome to penguin-local"
            yield Static(shown(GREETING), classes="words")
            yield Field(password=True, placeholder="a passphrase", id="first")
            yield Static(id="strength", markup=False)
            yield Field(password=True, placeholder="the same again", id="second")
            yield Static(id="problem", markup=False)
            yield Button(shown("Make the vault"), id="make", variant="primary")

    def on_mount(self) -> None:
        """Ready to type."""
        self.query_one("#first").focus()

    @on(Field.Changed, "#first")
    def _rate(self, event: Field.Changed) -> None:
        files = self.chat_app.deps.files
        line = self.query_one("#strength", Static)
        if files is None or not event.value:
            line.update("")
            return
        strength = files.strength(event.value)
        line.update(shown(f"{bar(strength.score / TOP_SCORE, 8)} {strength.words}"))

    @on(Field.Submitted, "#first")
    def _next(self) -> None:
        self.query_one("#second").focus()

    @on(Field.Submitted, "#second")
    @on(Button.Pressed, "#make")
    def _wanted(self) -> None:
        first, second = (self.query_one(name, Field).value for name in ("#first", "#second"))
        problem = ""
        if not first:
            problem = "An empty passphrase would protect nothing."
        elif first != second:
            problem = "The two are not the same. Please type it again."
        self.query_one("#problem", Static).update(shown(problem))
        if not problem and not self.query_one("#make", Button).disabled:
            self._make(first)

    @work
    async def _make(self, passphrase: str) -> None:
        files = self.chat_app.deps.files
        assert files is not None
        button = self.query_one("#make", Button)
        button.disabled = True
        self.query_one("#problem", Static).update(shown("making the vault"))
        try:
            casebook, key = await asyncio.to_thread(files.create, passphrase)
        except PenguinError as error:
            self.query_one("#problem", Static).update(shown(f"{error.message}\n{error.hint}".strip()))
            button.disabled = False
            return
        for field in self.query(Field):
            field.value = ""
        self.chat_app.replace(RecoveryScreen(casebook, key))


class RecoveryScreen(PenguinScreen):
    """The recovery key, until it is written down."""

    def __init__(self, casebook: Casebook, key: str) -> None:
        super().__init__()
        self.casebook = casebook
        self._key = key

    def content(self) -> Iterable[Widget]:
        """The key, and a promise."""
        with Center(classes="door"), Vertical(classes="dialog") as box:
            box.border_title = "Your recovery key"
            yield Static(shown(RECOVERY), classes="words")
            yield Static(shown(self._key), id="recovery-key")
            yield Check("I have written it down on paper", id="written")
            yield Button(shown("Go on"), id="go-on", variant="primary", disabled=True)

    def on_mount(self) -> None:
        """On the promise."""
        self.query_one("#written").focus()

    @on(Check.Changed)
    def _promised(self, event: Check.Changed) -> None:
        button = self.query_one("#go-on", Button)
        button.disabled = not event.value
        if event.value:
            button.focus()

    @on(Button.Pressed, "#go-on")
    def _go_on(self) -> None:
        self._key = ""
        self.chat_app.enter(self.casebook)

"""The first run: a passphrase is chosen, and the recovery key is shown, once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import ClassVar

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
    "This key opens the case file if the passphrase is ever forgotten. Please write it on paper and keep it away "
    "from this computer. It is shown only now and cannot be shown again."
)
RECOVERED = (
    "The recovery key fits. Please choose a new passphrase now: the forgotten one will open nothing "
    "any more, and the recovery key on your paper stays as it is."
)
LATER = "Later: penguin-local cases change-passphrase --recovery"
TOP_SCORE = 4


class PassphraseScreen(PenguinScreen):
    """A passphrase, twice, with its strength in words."""

    HEADING: ClassVar[str]
    WORDS: ClassVar[str]
    MAKE: ClassVar[str]

    def content(self) -> Iterable[Widget]:
        """Two fields and a bar."""
        with Center(classes="door"), Vertical(classes="dialog") as box:
            box.border_title = self.HEADING
            yield Static(shown(self.WORDS), classes="words")
            yield Field(password=True, placeholder="a passphrase", id="first")
            yield Static(id="strength", markup=False)
            yield Field(password=True, placeholder="the same again", id="second")
            yield Static(id="problem", markup=False)
            yield Button(shown(self.MAKE), id="make", variant="primary")
            yield from self.otherwise()

    def otherwise(self) -> Iterable[Widget]:
        """Ways past it."""
        return ()

    async def chosen(self, passphrase: str) -> None:
        """Both were the same; raises PenguinError for one that cannot be."""

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
        button = self.query_one("#make", Button)
        button.disabled = True
        self.query_one("#problem", Static).update(shown("one moment"))
        try:
            await self.chosen(passphrase)
        except PenguinError as error:
            self.query_one("#problem", Static).update(shown(f"{error.message}\n{error.hint}".strip()))
            button.disabled = False
            return
        for field in self.query(Field):
            field.value = ""


class FirstRunScreen(PassphraseScreen):
    """There is no vault yet."""

    HEADING = "Welcome to penguin-local"
    WORDS = GREETING
    MAKE = "Make the case file"

    async def chosen(self, passphrase: str) -> None:
        """Make it, and show the recovery key."""
        files = self.chat_app.deps.files
        assert files is not None
        casebook, key = await asyncio.to_thread(files.create, passphrase)
        self.chat_app.hold(casebook)
        self.chat_app.replace(RecoveryScreen(casebook, key))


class NewPassphraseScreen(PassphraseScreen):
    """The vault was opened by its recovery key; the app holds it already."""

    HEADING = "A new passphrase"
    WORDS = RECOVERED
    MAKE = "Use this one from now on"

    def __init__(self, casebook: Casebook) -> None:
        super().__init__()
        self.casebook = casebook

    def otherwise(self) -> Iterable[Widget]:
        """Later, with the command for it."""
        yield Button(shown("Not now"), id="later", classes="plain")
        yield Static(shown(LATER), classes="muted")

    async def chosen(self, passphrase: str) -> None:
        """From here on it opens the vault, and the old one nothing."""
        files = self.chat_app.deps.files
        assert files is not None
        assert files.renew is not None
        await asyncio.to_thread(files.renew, self.casebook, passphrase)
        self._go_on()

    @on(Button.Pressed, "#later")
    def _go_on(self) -> None:
        # A lock may have closed the vault meanwhile.
        if self.chat_app.casebook is self.casebook:
            self.chat_app.go_on()


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

    @property
    def written(self) -> bool:
        """Whether it is on paper, as far as anybody said."""
        return any(box.value for box in self.query(Check))

    @on(Check.Changed)
    def _promised(self, event: Check.Changed) -> None:
        # The cursor stays on the box: Tab goes on from there, and no key does what it was not pressed for.
        self.query_one("#go-on", Button).disabled = not event.value

    @on(Button.Pressed, "#go-on")
    def _go_on(self) -> None:
        self._key = ""
        self.chat_app.enter(self.casebook)

"""The locked door: it shows nothing but itself. First run, passphrase, recovery key."""

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
from penguin_local.tui.screens.first_run import NewPassphraseScreen
from penguin_local.tui.widgets.fields import Field

LOCKED = "Locked. What was said is sealed on this disk."
WELCOME_BACK = "Your conversations are sealed on this disk."
KEYLESS = (
    "The recovery key is not shown again. If it is not on paper yet, quit, and this makes another one:\n"
    "penguin-local cases recovery-key"
)
FORGOTTEN = (
    "Nobody can open the case file without the passphrase or the recovery key that was shown when it was made; "
    "that is what keeps it private."
)


class UnlockScreen(PenguinScreen):
    """Asks for the passphrase, or on request for the recovery key."""

    def __init__(self, *, locked: bool = False, keyless: bool = False) -> None:
        """`keyless`: it was locked while the recovery key was shown."""
        super().__init__()
        self._locked = locked
        self._keyless = keyless
        self._by_key = False

    def content(self) -> Iterable[Widget]:
        """One field in the middle."""
        with Center(classes="door"), Vertical(classes="dialog") as box:
            box.border_title = "penguin-local"
            yield Static(shown(LOCKED if self._locked else WELCOME_BACK), id="greeting")
            if self._keyless:
                yield Static(shown(KEYLESS), classes="words")
            yield Field(password=True, placeholder="passphrase", id="secret")
            yield Static(id="problem", markup=False)
            yield Button(shown("I have forgotten it: use the recovery key"), id="other", classes="plain")

    def on_mount(self) -> None:
        """Ready to type."""
        self.query_one("#secret").focus()

    @on(Button.Pressed, "#other")
    def _other_way(self) -> None:
        self._by_key = not self._by_key
        field = self.query_one("#secret", Field)
        field.placeholder = "recovery key" if self._by_key else "passphrase"
        field.password = not self._by_key
        field.value = ""
        field.focus()
        self.query_one("#problem", Static).update(shown(FORGOTTEN if self._by_key else ""))
        self.query_one("#other", Button).label = (
            "Use the passphrase" if self._by_key else "I have forgotten it: use the recovery key"
        )

    @on(Field.Submitted, "#secret")
    def _submitted(self, event: Field.Submitted) -> None:
        secret = event.value
        if not secret or self.query_one("#secret", Field).disabled:
            return
        self._open(secret)

    def _through(self, casebook: Casebook) -> None:
        """Who came by the recovery key has no passphrase any more: a new one is chosen first."""
        files = self.chat_app.deps.files
        if self._by_key and files is not None and files.renew is not None:
            self.chat_app.hold(casebook)
            self.chat_app.replace(NewPassphraseScreen(casebook))
        else:
            self.chat_app.enter(casebook)

    @work
    async def _open(self, secret: str) -> None:
        files = self.chat_app.deps.files
        assert files is not None
        field, problem = self.query_one("#secret", Field), self.query_one("#problem", Static)
        field.disabled = True
        problem.update(shown("opening"))
        await self.chat_app.closed()
        try:
            casebook = await asyncio.to_thread(files.recover if self._by_key else files.unlock, secret)
        except PenguinError as error:
            problem.update(shown(f"{error.message}\n{error.hint}".strip()))
        else:
            self._through(casebook)
            return
        finally:
            field.value = ""
            field.disabled = False
        field.focus()

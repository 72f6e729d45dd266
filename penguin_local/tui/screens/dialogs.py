"""Small questions: yes or no, and the like."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Button, Static

from penguin_local.tui.safe import shown
from penguin_local.tui.screens.base import PenguinDialog


class Confirm(PenguinDialog[bool]):
    """Yes or no. The title is ours, the text may be anybody's."""

    AUTO_FOCUS = ""
    FITS_ANYWHERE = True
    BINDINGS: ClassVar = [
        ("left,up", "app.focus_previous", "The answer before"),
        ("right,down", "app.focus_next", "The answer after"),
    ]

    def __init__(
        self,
        title: str,
        text: str,
        *,
        yes: str,
        no: str = "No, keep it",
        harmless: bool = True,
        hides: bool = False,
    ) -> None:
        """`harmless`: no changes nothing. Else none has the focus, so that no Enter typed ahead answers.

        `hides`: nothing is seen of what lies under it.
        """
        super().__init__(classes="-hides" if hides else "")
        self._harmless = harmless
        self._title, self._text, self._yes, self._no = title, text, yes, no

    def content(self) -> Iterable[Widget]:
        """What would be done, and two buttons."""
        with Vertical(classes="dialog") as box:
            box.border_title = self._title
            yield Static(shown(self._text), classes="words")
            with Horizontal(classes="buttons"):
                yield Button(shown(self._no), id="no", variant="primary")
                yield Button(shown(self._yes), id="yes")

    def on_mount(self) -> None:
        """The harmless answer first."""
        if self._harmless:
            self.query_one("#no", Button).focus()

    @on(Button.Pressed)
    def _chosen(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")


class Reader(PenguinDialog[None]):
    """A longer text to be read."""

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title, self._text = title, text

    def content(self) -> Iterable[Widget]:
        """The text, which scrolls."""
        with Vertical(classes="dialog tall") as box:
            box.border_title = self._title
            with VerticalScroll(can_focus=True):
                yield Static(shown(self._text))
            with Horizontal(classes="buttons"):
                yield Button(shown("Close"), id="close", variant="primary")

    @on(Button.Pressed)
    def _read(self) -> None:
        self.dismiss(None)

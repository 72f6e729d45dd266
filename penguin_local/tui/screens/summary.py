"""The summary that makes room: read and changed before it counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual import on
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Button, Static, TextArea

from penguin_local.core.text import safe_text
from penguin_local.tui.safe import shown
from penguin_local.tui.screens.base import PenguinDialog

WORDS = (
    "The model will read this in place of what was said so far. Please read it, and change what is wrong or "
    "missing; what matters for safety should be in it. The conversation itself is kept as it is."
)


@dataclass(frozen=True, slots=True)
class Summary:
    """What the person agreed to."""

    text: str
    edited: bool


class SummaryDialog(PenguinDialog[Summary]):
    """Shown and editable; Esc leaves everything as it was."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._proposed = safe_text(text)

    def content(self) -> Iterable[Widget]:
        """The text, and two buttons."""
        with Vertical(classes="dialog tall") as box:
            box.border_title = "A summary, to make room"
            yield Static(shown(WORDS), classes="words")
            yield TextArea(self._proposed, soft_wrap=True, tab_behavior="focus", classes="edit")
            with Horizontal(classes="buttons"):
                yield Button(shown("Use this summary"), id="use", variant="primary")
                yield Button(shown("Leave it as it is"), id="leave")

    def on_mount(self) -> None:
        """Ready to be read."""
        self.query_one(TextArea).cursor_blink = False

    @on(Button.Pressed, "#leave")
    def _left(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#use")
    def _used(self) -> None:
        text = self.query_one(TextArea).text.strip()
        if text:
            self.dismiss(Summary(text, edited=text != self._proposed.strip()))
        else:
            self.app.notify(
                "An empty summary would lose everything: write at least a sentence.", markup=False
            )

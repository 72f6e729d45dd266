"""Where the person writes: it grows with the text, remembers what was sent, and loses nothing."""

from __future__ import annotations

from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static, TextArea

from penguin_local.core.text import safe_text
from penguin_local.tui.safe import shown

HELD: Final = 20_000
"""Characters from which a paste is held beside the box: wrapping a million in it took a second a key."""
PLACEHOLDER: Final = "Write here. Enter sends, Ctrl+J makes a new line."


class Composer(Vertical):
    """A text box, and over it a pasted text that is too long for one."""

    class Sent(Message):
        """Enter was pressed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Typed(Message):
        """The text in the box changed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self) -> None:
        super().__init__(id="composer")
        self._held = ""
        self._history: list[str] = []
        self._at = 0
        self._draft = ""

    def compose(self) -> ComposeResult:
        """The line about a long paste shows itself only when there is one."""
        yield Static(id="held", markup=False)
        yield Box()

    @property
    def box(self) -> Box:
        """The text area."""
        return self.query_one(Box)

    @property
    def text(self) -> str:
        """All of it, what is held included."""
        return self._with_held(self.box.text)

    @property
    def unsent(self) -> str:
        """As `text`; where an earlier text is only being looked at, what was being written before that."""
        looking = self._at < len(self._history) and self.box.text == self._history[self._at]
        return self._with_held(self._draft if looking else self.box.text)

    def _with_held(self, text: str) -> str:
        return "\n\n".join(part for part in (text, self._held) if part.strip())

    def focus_box(self) -> None:
        """Write on."""
        self.box.focus()

    def write(self, text: str) -> None:
        """What was typed elsewhere goes on here."""
        self.box.focus()
        self.box.insert(text)

    def clear(self) -> None:
        """It was sent."""
        self.box.load_text("")
        self.hold("")
        self._at, self._draft = len(self._history), ""

    def take_up(self, unsent: str) -> None:
        """Write on where it was left."""
        if len(unsent) > HELD:
            self.hold(unsent)
        else:
            self.put(unsent)

    def put(self, text: str) -> None:
        """Put a text into the box, the cursor behind it."""
        self.box.load_text(safe_text(text))
        self.box.move_cursor(self.box.document.end)

    def remember(self, *texts: str) -> None:
        """What was sent, the newest last."""
        self._history += [text for text in texts if len(text) < HELD]
        self._at = len(self._history)

    def hold(self, text: str) -> None:
        """Keep a long paste beside the box; empty lets it go."""
        self._held = text
        line = self.query_one("#held", Static)
        line.display = bool(text)
        line.update(
            shown(
                f"▤ a pasted text of {len(text):,} characters goes with this message; "
                "Backspace in the empty box takes it off"
            )
        )

    def browse(self, step: int) -> None:
        """An earlier text of this conversation, or back towards the draft."""
        to = self._at + step
        if not 0 <= to <= len(self._history):
            return
        if self._at == len(self._history):
            self._draft = self.box.text
        self._at = to
        self.put(self._draft if to == len(self._history) else self._history[to])

    def backspace_in_empty(self) -> bool:
        """Whether that took a held text off."""
        if not self._held:
            return False
        self.hold("")
        return True


class Box(TextArea):
    """The text area of the composer."""

    def __init__(self) -> None:
        super().__init__(
            soft_wrap=True,
            show_line_numbers=False,
            highlight_cursor_line=False,
            placeholder=PLACEHOLDER,
            tab_behavior="focus",
            id="box",
        )
        self.cursor_blink = False

    @property
    def _composer(self) -> Composer:
        parent = self.parent
        assert isinstance(parent, Composer)
        return parent

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            _done(event)
            self._composer.post_message(Composer.Sent(self._composer.text))
        elif event.key in ("shift+enter", "ctrl+j"):
            _done(event)
            self._replace_via_keyboard("\n", *self.selection)
        elif (event.key == "up" and self.cursor_at_first_line) or (
            event.key == "down" and self.cursor_at_last_line
        ):
            _done(event)
            self._composer.browse(-1 if event.key == "up" else 1)
        elif event.key == "backspace" and not self.text and self._composer.backspace_in_empty():
            _done(event)

    async def _on_paste(self, event: events.Paste) -> None:
        _done(event)
        text = safe_text(event.text.replace("\r\n", "\n").replace("\r", "\n"))
        if len(text) + len(self.text) > HELD:
            self._composer.hold(text)
        elif result := self._replace_via_keyboard(text, *self.selection):
            self.move_cursor(result.end_location)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Told on in the composer's own words."""
        event.stop()
        self._composer.post_message(Composer.Typed(self.text))


def _done(event: events.Event) -> None:
    event.prevent_default()
    event.stop()

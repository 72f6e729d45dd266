"""Fields to write in, that take harmless text only."""

from __future__ import annotations

from textual import events
from textual.widgets import Input

from penguin_local.core.text import safe_text


class Field(Input):
    """One line. Its cursor stands still, as everything here."""

    def on_mount(self) -> None:
        """Calm."""
        self.cursor_blink = False

    def _on_paste(self, event: events.Paste) -> None:
        """What was pasted, its first line, with nothing in it that a terminal would obey."""
        event.prevent_default()
        event.stop()
        line = next(iter(event.text.splitlines()), "")
        clean = line if self.password else safe_text(line)
        start, end = self.selection
        self.replace(clean, min(start, end), max(start, end))

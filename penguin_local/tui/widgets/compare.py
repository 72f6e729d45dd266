"""The answer, and beside it what anybody would have been told."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Markdown, Static
from textual.widgets.markdown import MarkdownStream

from penguin_local.agent.record import Answered, Compared
from penguin_local.core.text import safe_text
from penguin_local.tui.keys import keymap_of, label
from penguin_local.tui.safe import shown
from penguin_local.tui.widgets.answer import Words, ended
from penguin_local.tui.widgets.cards import Card

KNOWING: Final = "With what is known"
OUR_OWN: Final = "The program's own words, no answer of the model"


class CompareCard(Card):
    """Side by side where there is room, else one above the other."""

    def __init__(self, mine: Answered | None, compared: Compared | None = None, *, entry: int = -1) -> None:
        super().__init__(entry=entry, classes="compare")
        self._mine = mine.text if mine else ""
        self._heading = OUR_OWN if mine and mine.replaced else KNOWING
        self._compared = compared
        self._stream: MarkdownStream | None = None

    def compose(self) -> ComposeResult:
        """Two columns, each with its heading."""
        other = self._compared
        with Horizontal(classes="columns"):
            with Vertical(classes="column"):
                yield Static(shown(self._heading), classes="who")
                yield Words(self._mine)
            with Vertical(classes="column other"):
                yield Static(shown("Knowing nobody"), classes="who")
                yield Words(other.text if other else "")
                yield Static(shown(self._end(other) if other else ""), classes="end")

    def _end(self, compared: Compared) -> str:
        return ended(compared.text, compared.ended, again=label("compare", keymap_of(self)))

    @property
    def _words(self) -> Words:
        return self.query_one(".other Words", Words)

    async def write(self, text: str) -> None:
        """A piece of the context-free answer."""
        if self._stream is None:
            self._stream = Markdown.get_stream(self._words)
        await self._stream.write(safe_text(text))

    async def halt(self) -> None:
        """No more pieces."""
        if self._stream is not None:
            stream, self._stream = self._stream, None
            await stream.stop()

    async def finish(self, compared: Compared) -> None:
        """The whole of it, drawn anew."""
        await self.halt()
        await self._words.update(safe_text(compared.text))
        self.query_one(".other .end", Static).update(shown(self._end(compared)))

"""An answer: streamed, then whole; several tries at one are kept and can be looked at."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Markdown, Static
from textual.widgets.markdown import MarkdownStream

from penguin_local.agent.record import Answered, Ended
from penguin_local.core.text import safe_text
from penguin_local.tui.keys import keymap_of, label
from penguin_local.tui.safe import calm_markdown, shown
from penguin_local.tui.widgets.cards import Card

ENDS = {
    Ended.WHOLE: "",
    Ended.LENGTH: "The answer ends here: it reached its limit.",
    Ended.STOPPED: "Stopped here.",
    Ended.GARBLED: "The model lost its thread and was stopped; what made sense is kept.",
    Ended.LOST: "The answer broke off here; what had been written is kept.",
}

NOTHING = {
    Ended.GARBLED: "The model lost its thread before it had written a whole sentence, so nothing of it is kept. "
    "{again} makes another try.",
    Ended.LOST: "The answer broke off, and there was nothing of it to keep. {again} makes another try.",
}
"""How it ended where no word is left."""


FENCE = "```"


class Words(Markdown):
    """Markdown without links, images, HTML or entities; code stays as it is written."""

    def __init__(self, text: str = "") -> None:
        super().__init__(safe_text(text), parser_factory=calm_markdown, open_links=False)


class AnswerCard(Card, can_focus=True):
    """One answer; when it has the focus, the arrow keys turn to its other tries."""

    BINDINGS: ClassVar = [
        Binding("left", "turn(-1)", "the try before", show=False),
        Binding("right", "turn(1)", "the try after", show=False),
    ]

    def __init__(self, tries: tuple[Answered, ...] = (), *, entry: int = -1) -> None:
        super().__init__(entry=entry, classes="answer")
        self.tries = tries
        self._at = len(tries) - 1
        self._stream: MarkdownStream | None = None

    def compose(self) -> ComposeResult:
        """Who wrote it, what was corrected before, the text, and how it ended."""
        last = self.tries[-1] if self.tries else None
        yield Static(shown(_title(last, self._at, len(self.tries))), classes="who")
        yield _line(_changed(last), "changed")
        yield Words(last.text if last else "")
        yield _line(self._end(last), "end")

    def also(self, answer: Answered, entry: int) -> None:
        """Another try, before any of it is drawn; the newest is the one to be seen."""
        self.tries = (*self.tries, answer)
        self.entry = entry
        self._at = len(self.tries) - 1

    @property
    def text(self) -> str:
        """Of the try that is shown."""
        return self.tries[self._at].text if self.tries else self.query_one(Words).source

    async def begin(self) -> None:
        """Another try is being written: room for it."""
        await self.halt()
        words = self.query_one(Words)
        await words.update("")
        self._label("Penguin", f"try {len(self.tries) + 1}" if self.tries else "")
        self._say(".end", "")
        self._say(".changed", "")
        self._stream = Markdown.get_stream(words)

    async def write(self, text: str) -> None:
        """A piece of it."""
        if not self.query(Words):  # see `look`
            return
        if self._stream is None:
            await self.begin()
        assert self._stream is not None
        await self._stream.write(safe_text(text))

    async def halt(self) -> None:
        """No more pieces."""
        if self._stream is not None:
            stream, self._stream = self._stream, None
            await stream.stop()

    async def withdraw(self, why: str) -> None:
        """Take it off the screen."""
        await self.halt()
        for words in self.query(Words):
            await words.update("")
        self._say(".end", f"Taken back: {why}")

    async def finish(self, answer: Answered) -> None:
        """The whole of it."""
        await self.halt()
        self.tries = (*self.tries, answer)
        await self.look(len(self.tries) - 1)

    async def look(self, at: int) -> None:
        """At one of the tries, from 0."""
        if not 0 <= at < len(self.tries):
            return
        self._at = at
        answer = self.tries[at]
        if not self.query(Words):  # the screen is being taken down under the last step; it is kept already
            return
        self._label(_title(answer, at, len(self.tries)))
        self._say(".changed", _changed(answer))
        self._say(".end", self._end(answer))
        words, text = self.query_one(Words), safe_text(answer.text)
        # Drawn anew where a stream may have left half a code fence, or other words; else it stands there already,
        # and drawing a long answer again would hold keys up for a tenth of a second.
        if words.source != text or FENCE in text:
            await words.update(text)

    async def action_turn(self, step: int) -> None:
        """To the try before or after."""
        await self.look(self._at + step)

    async def leave(self) -> None:
        """The writing ended without an answer: back to the last one there is."""
        await self.halt()
        if self.tries:
            await self.look(len(self.tries) - 1)

    def _end(self, answer: Answered | None) -> str:
        if answer is None:
            return ""
        words = [ended(answer.text, answer.ended, again=label("again", keymap_of(self)))]
        if answer.replaced:
            words.append(f"These are the program's own words, in place of the model's: {answer.replaced}.")
        return " ".join(word for word in words if word)

    def _label(self, *parts: str) -> None:
        for line in self.query(".who").results(Static):
            line.update(shown(" · ".join(part for part in parts if part)))

    def _say(self, name: str, text: str) -> None:
        for line in self.query(name).results(Static):
            line.update(shown(text))
            line.display = bool(text)


def _line(text: str, name: str) -> Static:
    """Without words it takes no room."""
    line = Static(shown(text), classes=name)
    line.display = bool(text)
    return line


def _title(answer: Answered | None, at: int, count: int) -> str:
    if answer is None:
        return "Penguin"
    parts = ["Penguin", answer.model + (" (demonstration)" if answer.demonstration else "")]
    if count > 1:
        parts.append(
            f"try {at + 1} of {count}"
            + (", the one that counts" if at == count - 1 else "")
            + " (Alt+← Alt+→)"
        )
    return " · ".join(parts)


def _changed(answer: Answered | None) -> str:
    return f"Since the answer before: {'; '.join(answer.changed)}." if answer and answer.changed else ""


def ended(text: str, how: Ended, *, again: str) -> str:
    """How a text of the model ended, in a sentence; nothing where it is whole. `again` is the key for another try."""
    if not text.strip() and how in NOTHING:
        return NOTHING[how].format(again=again)
    return ENDS[how]

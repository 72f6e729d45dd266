"""Show many strange texts on the terminal that this runs on, in every place that shows texts, and end.

Every entry begins and ends with a mark of its own. A part is done when the terminal was given all of its marks: no
count of pauses says how long that takes on a busy machine.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Paste

from penguin_local.agent.record import Asked, Compared, Entry, Heard, Line, Noted, Outcome, Said
from penguin_local.core.attributes import Attribute
from penguin_local.store.casebook import CaseAbout, CaseInfo, NoTrace
from penguin_local.tui.app import ChatApp
from penguin_local.tui.screens.chat import ChatScreen
from tests.tui.scripts import WHEN, Stand, answered

TOGETHER = 4
"""Texts in an entry: widgets are what takes the time, not letters."""
AT_ONCE = 60
"""Entries at once: as many as a conversation draws without its button for older ones."""
ROUNDS = 10_000
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
DONE = "shown all"


def entry(number: int, text: str) -> Entry:
    """In turn every kind that holds a text."""
    attribute = Attribute.EMOTION
    kinds: tuple[Entry, ...] = (
        Said(text),
        Asked(attribute, text, text),
        Heard(attribute, Outcome.TOLD, text),
        answered(text, changed=(text,)),
        Compared(text, answered("").ended),
        Noted(text),
    )
    return kinds[number % len(kinds)]


class Overheard(LinuxDriver):
    """A terminal that keeps what it was given since somebody last emptied it; no colours, code has some in a word."""

    given = ""

    def write(self, data: str) -> None:
        """As before."""
        self.given += COLOUR.sub("", data)
        super().write(data)


class Parade(ChatApp):
    """Fills the conversation again and again, then leaves."""

    texts: Sequence[str]

    def get_driver_class(self) -> type[Driver]:
        """The one that can be asked."""
        return Overheard

    def on_ready(self) -> None:
        """Straight into a case."""
        self.run_worker(self._walk())

    async def _walk(self) -> None:
        book = NoTrace()
        case: CaseInfo = book.create(CaseAbout(self.texts[0]))
        self.casebook = book
        screen = ChatScreen(book, case)
        await self.push_screen(screen)
        # Until then the screen itself may still load the case, which is empty, over what is shown here.
        await self._until(lambda: screen.runner is not None and screen.stage.at_rest)
        entries = ["\n".join(part) for part in parts(self.texts, TOGETHER)]
        for number, part in enumerate(parts(entries, AT_ONCE)):
            await self._show(screen, part, number * AT_ONCE)
        screen.stage.status.say(DONE)
        await self._until(lambda: DONE in self._terminal.given)
        self.exit(0)

    async def _show(self, screen: ChatScreen, part: Sequence[str], first: int) -> None:
        """All of these, page by page, in the conversation; one a page also in the box and the status line."""
        self._terminal.given = ""
        stage, conversation = screen.stage, screen.stage.conversation
        numbered = list(enumerate(part, first))
        with self.batch_update():
            await conversation.load(
                tuple(Line(WHEN, entry(n, f"({n}:\n{text}\n:{n})")) for n, text in numbered)
            )
            conversation.anchor(False)
            stage.composer.clear()
        marks = [mark for n, _ in numbered for mark in (f"({n}:", f":{n})")]
        top = 0
        for page in range(ROUNDS):
            if all(mark in self._terminal.given for mark in marks):
                return
            with self.batch_update():
                self.post_message(Paste(part[page % len(part)]))
                stage.status.say(part[page % len(part)].replace("\n", " "))
                conversation.scroll_to(y=top, animate=False, force=True, immediate=True)
            await self._painted(screen)
            # What was drawn, not what was asked for: the pasted text takes from its room, now or a moment later. What
            # it hid below the last page is met on the next way round.
            top = conversation.scroll_offset.y + conversation.size.height
            top = top if top < conversation.virtual_size.height else 0
        raise AssertionError

    @property
    def _terminal(self) -> Overheard:
        assert isinstance(self._driver, Overheard)
        return self._driver

    async def _painted(self, screen: ChatScreen) -> None:
        """Once what was changed is laid out and drawn."""
        drawn = asyncio.Event()
        screen.call_after_refresh(drawn.set)
        await drawn.wait()

    async def _until(self, true: Callable[[], bool]) -> None:
        """A fault of the app's own, and its exit code 1, when it never comes."""
        for _ in range(ROUNDS):
            if true():
                return
            await asyncio.sleep(0.005)
        raise AssertionError


def parts(things: Sequence[str], size: int) -> list[Sequence[str]]:
    """In order, each of this size but the last."""
    return [things[at : at + size] for at in range(0, len(things), size)]


def main() -> int:
    """Exit code 0 when all the texts of the file were shown."""
    app = Parade(Stand().deps)
    app.texts = json.loads(Path(sys.argv[1]).read_text())
    code = app.run()
    return app.return_code or int(code or 0)


if __name__ == "__main__":
    sys.exit(main())

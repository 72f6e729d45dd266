"""Show many strange texts on the terminal that this runs on, in every place that shows texts, and end."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from textual.events import Paste

from penguin_local.agent.record import Asked, Compared, Entry, Heard, Line, Noted, Outcome, Said
from penguin_local.core.attributes import Attribute
from penguin_local.store.casebook import CaseAbout, CaseInfo, NoTrace
from penguin_local.tui.app import ChatApp
from penguin_local.tui.screens.chat import ChatScreen
from tests.tui.scripts import WHEN, Stand, answered

AT_ONCE = 50
LAST = 50
"""Times to settle before the end: a busy machine draws late."""


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


class Parade(ChatApp):
    """Fills the conversation again and again, then leaves."""

    texts: list[str]

    def on_ready(self) -> None:
        """Straight into a case."""
        self.run_worker(self._walk())

    async def _walk(self) -> None:
        book = NoTrace()
        case: CaseInfo = book.create(CaseAbout(self.texts[0]))
        self.casebook = book
        screen = ChatScreen(book, case)
        await self.push_screen(screen)
        for at in range(0, len(self.texts), AT_ONCE):
            part = self.texts[at : at + AT_ONCE]
            await screen.stage.conversation.load(
                tuple(Line(WHEN, entry(at + n, text)) for n, text in enumerate(part))
            )
            conversation = screen.stage.conversation
            self.post_message(Paste(part[0]))
            screen.stage.status.say(part[-1])
            for _ in range(conversation.max_scroll_y // max(conversation.size.height, 1) + 1):
                conversation.scroll_page_down(animate=False, force=True)
                await self._settle()
            conversation.anchor(False)
        screen.stage.status.say("shown all")
        for _ in range(LAST):
            await self._settle()
        self.exit(0)

    async def _settle(self) -> None:
        await asyncio.sleep(0.03)


def main() -> int:
    """Exit code 0 when all the texts of the file were shown."""
    app = Parade(Stand().deps)
    app.texts = json.loads(Path(sys.argv[1]).read_text())
    code = app.run()
    return app.return_code or int(code or 0)


if __name__ == "__main__":
    sys.exit(main())

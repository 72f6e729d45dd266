"""The conversation: what was, and what is being said."""

from __future__ import annotations

from asyncio import Lock
from typing import Final

from textual import on
from textual.containers import VerticalScroll
from textual.widgets import Button, Static

from penguin_local.agent.record import Line
from penguin_local.tui.keys import bound, keymap_of
from penguin_local.tui.safe import shown
from penguin_local.tui.widgets.answer import AnswerCard
from penguin_local.tui.widgets.cards import Card
from penguin_local.tui.widgets.compare import CompareCard
from penguin_local.tui.widgets.transcript import cards

AT_ONCE: Final = 60
"""Blocks that are drawn; older ones wait behind a button."""
WELCOME: Final = (
    "Write what is on your mind, in your own words.\n\n"
    "Before it answers, the agent may ask a few things, one at a time, and says why. You can leave out every one of "
    "them: prefer not to say, don't know, or just answer now.\n\n"
    "Everything stays on this machine. {helplines} shows people who can be reached now; {help} shows every key."
)


class Conversation(VerticalScroll, can_focus=True):
    """Follows what is written unless somebody scrolled up."""

    def __init__(self) -> None:
        super().__init__(id="conversation")
        self._older: list[Card] = []
        self._turn = Lock()

    async def load(self, lines: tuple[Line, ...]) -> None:
        """From the case's entries."""
        async with self._turn:
            await self._load(cards(lines))

    async def _load(self, blocks: list[Card]) -> None:
        await self.remove_children()
        self._older = blocks[:-AT_ONCE]
        shown_now = blocks[-AT_ONCE:]
        if self._older:
            await self.mount(Button(shown(f"Show {len(self._older):,} earlier"), id="older"))
        if shown_now:
            await self.mount_all(shown_now)
        else:
            await self.mount(Static(shown(bound(WELCOME, keymap_of(self))), id="welcome"))
        self.anchor()

    async def add(self, card: Card) -> None:
        """At the end."""
        await self.query("#welcome").remove()
        if card.parent is self:
            if card is not self.children[-1]:
                self.move_child(card, after=-1)
        else:
            await self.mount(card)

    def last_answer(self) -> AnswerCard | None:
        """The newest."""
        found = list(self.query(AnswerCard))
        return found[-1] if found else None

    def last_compare(self) -> CompareCard | None:
        """The newest."""
        found = list(self.query(CompareCard))
        return found[-1] if found else None

    async def reach(self, entry: int) -> None:
        """Scroll to the block that holds this entry, drawing older ones where needed."""
        if any(card.entry >= entry for card in self._older):
            await self._show_older()
        blocks = [card for card in self.query(Card) if 0 <= card.entry <= entry]
        if blocks:
            found = max(blocks, key=lambda card: card.entry)
            self.anchor(False)
            self.query(".-found").remove_class("-found")
            found.add_class("-found")
            self.call_after_refresh(found.scroll_visible, animate=False, top=True)

    @on(Button.Pressed, "#older")
    async def _show_older(self) -> None:
        older, self._older = self._older, []
        await self.query("#older").remove()
        await self.mount_all(older, before=0)

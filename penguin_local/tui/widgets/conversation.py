"""The conversation: what was, and what is being said."""

from __future__ import annotations

from asyncio import Lock
from typing import Final

from textual import on
from textual.containers import VerticalScroll
from textual.reactive import reactive
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
MORE: Final = "↓ more below · {newest}"


class Conversation(VerticalScroll, can_focus=True):
    """Follows what is written unless somebody scrolled up; `Below` says then that there is more."""

    goes_on_below: reactive[bool] = reactive(False)
    """Whether there is more under what is seen, and nothing that leads there by itself."""

    def __init__(self) -> None:
        super().__init__(id="conversation")
        self._older: list[Card] = []
        self._turn = Lock()

    def on_mount(self) -> None:
        """Whatever is scrolled, and whatever comes."""
        for moving in ("scroll_y", "virtual_size"):
            self.watch(self, moving, self._look)

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

    def follow(self) -> None:
        """To the end, and on with what is written from now on."""
        self.anchor()

    def page(self, step: int) -> None:
        """One up or down, of what is seen beside the line that says that there is more."""
        page = self.scrollable_content_region.height - (not self.goes_on_below)
        if step < 0:
            self.rise(page)
        elif self.max_scroll_y - self.scroll_y > page + 1:
            self.scroll_to(y=self.scroll_y + page, animate=False)
        else:
            self.follow()

    def rise(self, lines: float) -> None:
        """So many up. From its top there is no way up, and what comes is followed as before."""
        if self.scroll_y > 0:
            self.scroll_to(y=self.scroll_y - lines, animate=False)

    def action_scroll_down(self) -> None:
        """At the end nobody stops following by what moves nothing."""
        if not self.is_vertical_scroll_end:
            super().action_scroll_down()

    def action_page_down(self) -> None:
        """As `action_scroll_down`, where another key than ours turns pages."""
        self.page(1)

    def on_resize(self) -> None:
        """A question, a longer text in the box, or another terminal."""
        self._look()

    def _look(self) -> None:
        following = self._anchored and not self._anchor_released
        self.goes_on_below = not following and not self.is_vertical_scroll_end

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
            self.release_anchor()
            self.query(".-found").remove_class("-found")
            found.add_class("-found")
            self.call_after_refresh(found.scroll_visible, animate=False, top=True)

    @on(Button.Pressed, "#older")
    async def _show_older(self) -> None:
        older, self._older = self._older, []
        await self.query("#older").remove()
        await self.mount_all(older, before=0)


class Below(Static):
    """A line under a conversation that was scrolled up: there is more, and this key leads there."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(id="below", markup=False)
        self._conversation = conversation

    def on_mount(self) -> None:
        """It shows itself while there is."""
        self.update(shown(bound(MORE, keymap_of(self))))
        self.watch(self._conversation, "goes_on_below", self._show)

    def _show(self, more: bool) -> None:
        self.display = more

    async def on_click(self) -> None:
        """As the key."""
        await self.run_action("screen.newest")

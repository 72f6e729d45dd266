"""Keys, one after the other: what one of them brings about is there before the next is looked at.

Textual puts a key into the queue of the widget that has the focus and takes the next one. A key that wins over the
widget, as Ctrl+S, was then done before the letters that had been typed ahead of it, and a letter after Tab or Enter
went to the field before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final, TypeVar

from textual import events
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widgets import Input, TextArea

from penguin_local.tui.discreet import Discreet

R = TypeVar("R")
PATIENCE_SECONDS: Final = 1.0
"""Until a key is no longer waited for: whatever became of it, the lock and the helplines have to come."""
_TYPED: Final = (events.Key, events.Paste)
_BOXES: Final = (Input, TextArea)


class Afterwards(events.Event, bubble=False):
    """What waits its turn behind the keys."""

    def __init__(self, call: Callable[[], object]) -> None:
        super().__init__()
        self.call = call


class InOrder(Discreet[R]):
    """An app that is typed in faster than it draws."""

    def __init__(self, theme: str = "dark") -> None:
        super().__init__(theme)
        self._waiting: deque[events.Event] = deque()
        """What came while a key was on its way: keys, pastes, the mouse, and what waits for them."""
        self._on_its_way: object | None = None
        self._there: Screen[object] | None = None
        """The screen that keys were last seen to arrive at."""
        self._written: Sequence[MessagePump] = ()
        """The way of the last letter into a box: the next letter needs no waiting, all else does."""

    def hold_keys(self) -> Callable[[], Awaitable[None]]:
        """Until what is handed back is called: what is typed meanwhile is meant for the screen that is there then."""
        self._on_its_way = key = object()
        self.set_timer(PATIENCE_SECONDS, partial(self._let_go, key))
        return partial(self._arrived, key)

    def after_what_was_typed(self, call: Callable[[], object]) -> None:
        """Call once all that was typed before is there."""
        self.post_message(Afterwards(call))

    def on_afterwards(self, event: Afterwards) -> None:
        """It is there."""
        event.call()

    async def on_event(self, event: events.Event) -> None:
        """All but what is typed and clicked goes on as ever."""
        if not isinstance(event, (*_TYPED, events.MouseEvent, Afterwards)) or event.is_forwarded:
            await super().on_event(event)
            return
        self._waiting.append(event)
        if self._on_its_way is None:
            await self._hand_on()
        elif len(self._waiting) == 1:
            self.set_timer(PATIENCE_SECONDS, partial(self._let_go, self._on_its_way))

    async def _hand_on(self) -> None:
        while self._waiting and self._on_its_way is None:
            way = [*(self.focused or self.screen).ancestors_with_self]
            letter = _is_letter(self._waiting[0]) and isinstance(self.focused, _BOXES)
            if self._written and not (letter and way == self._written):
                before, self._written = self._written, ()
                self._on_its_way = key = object()
                self.set_timer(PATIENCE_SECONDS, partial(self._let_go, key))
                await self._follow(key, [*before, *before])
                continue
            event = self._waiting.popleft()
            await super().on_event(event)
            if isinstance(event, _TYPED) and event.is_forwarded:
                if letter:
                    self._written = way
                    continue
                self._on_its_way = key = object()
                # Up to the app, where most bindings are found; then behind what these have sent the same way.
                await self._follow(key, [*way, *way])

    async def _follow(self, key: object, way: Sequence[MessagePump]) -> None:
        """Through the queues that it goes through, one after the other; those of widgets that are gone are empty."""
        while way:
            node, *way = way
            if node.call_later(self._follow, key, way):
                return
        await self._arrived(key)

    async def _arrived(self, key: object) -> None:
        if self._on_its_way is key and self.screen is not self._there:
            # Where it led to gets its focus through both queues.
            self._there = self.screen
            await self._follow(key, [self.screen, self, self.screen, self])
        else:
            await self._let_go(key)

    async def _let_go(self, key: object) -> None:
        if self._on_its_way is key:
            self._on_its_way = None
            await self._hand_on()


def _is_letter(event: events.Event) -> bool:
    return isinstance(event, events.Key) and event.is_printable

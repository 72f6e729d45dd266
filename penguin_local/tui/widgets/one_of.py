"""One of a few answers, each on lines of its own: nothing is cut, and what is chosen shows by a sign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from penguin_local.tui.safe import shown

ON, OFF = "●", "○"
LEFT_OUT = "leave this out"


class OneOf(OptionList):
    """Arrows and Enter or Space, a digit, or a click choose."""

    DEFAULT_CSS = """
    OneOf { height: auto; max-height: 100%; border: none; padding: 0; background: transparent; }
    OneOf:focus { border: none; background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "select", "choose", show=False)]

    class Chosen(Message):
        """Another answer than before, or none."""

    def __init__(self, answers: Sequence[str], *, optional: bool, id: str) -> None:
        """`optional` adds a line that takes the answer back."""
        self._answers = tuple(answers)
        self._optional = optional
        self.chosen: int | None = None
        """Place of the answer, from 0; None while there is none."""
        count = len(self._answers) + optional
        super().__init__(
            *(Option(self._shown(place)) for place in range(count)), markup=False, id=id, compact=True
        )

    def choose(self, place: int | None) -> None:
        """This one; None takes it back."""
        if place == self.chosen:
            return
        self.chosen = place
        for number in range(self.option_count):
            self.replace_option_prompt_at_index(number, self._shown(number))
        self.post_message(self.Chosen())

    def _shown(self, place: int) -> Content:
        if place == len(self._answers):
            return shown(f"  – {LEFT_OUT}", "$muted")
        mark = ON if place == self.chosen else OFF
        return shown(f"{mark} {place + 1} {self._answers[place]}")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Told on in our own words."""
        event.stop()
        self._take(event.option_index)

    def on_key(self, event: events.Key) -> None:
        """A digit is the answer of that number."""
        if event.character is not None and event.character in "123456789":
            place = int(event.character) - 1
            if place < len(self._answers):
                event.stop()
                self.highlighted = place
                self._take(place)

    def _take(self, place: int) -> None:
        self.choose(place if place < len(self._answers) else None)

"""A few things to choose from, each with its key; they flow in as many lines as they need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual.binding import Binding
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from penguin_local.tui.safe import shown

GAP: Final = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """One of them."""

    key: str
    """What is typed: `3`, `n`."""
    words: str


class Choices(Widget, can_focus=True):
    """Numbers first, then the rest on a line of its own.

    Arrows and Enter or a click choose; what is typed goes to the box, where Enter takes a choice by its key.
    """

    BINDINGS: ClassVar = [
        Binding("left,up", "move(-1)", "before", show=False),
        Binding("right,down", "move(1)", "after", show=False),
        Binding("enter,space", "take", "choose", show=False),
    ]
    at: reactive[int | None] = reactive(None)
    """Which one stands out, from 0."""

    class Taken(Message):
        """One was chosen."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

    def __init__(self, choices: Sequence[Choice]) -> None:
        super().__init__()
        self._choices = tuple(choices)
        self.auto_links = False

    def find(self, key: str) -> Choice | None:
        """By what was typed."""
        return next((c for c in self._choices if c.key == key.strip().casefold()), None)

    def preview(self, key: str) -> Choice | None:
        """Let the one stand out that Enter would take."""
        choice = self.find(key)
        self.at = None if choice is None else self._choices.index(choice)
        return choice

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as there are at this width."""
        return len(self._lines(width))

    def render(self) -> Content:
        """Key and words, the chosen one marked by a sign as well as by colour."""
        lines = []
        for line in self._lines(self.size.width):
            lines.append(Content(" " * GAP).join([self._one(number) for number in line]))
        return Content("\n").join(lines)

    def _one(self, number: int) -> Content:
        choice = self._choices[number]
        chosen = number == self.at
        label = Content.assemble(
            ("▸" if chosen else " ", "bold"), (choice.key, "bold $primary"), " ", shown(choice.words)
        )
        style = Style.from_meta({"@click": f"pick({number})"})
        return label.stylize("reverse").stylize(style) if chosen else label.stylize(style)

    def _lines(self, width: int) -> list[list[int]]:
        lines: list[list[int]] = [[]]
        used = 0
        for number, choice in enumerate(self._choices):
            size = shown(choice.words).cell_length + len(choice.key) + 2
            otherwise = not choice.key.isdecimal() and number and self._choices[number - 1].key.isdecimal()
            if lines[-1] and (otherwise or used + GAP + size > width):
                lines.append([])
                used = 0
            used += size + (GAP if lines[-1] else 0)
            lines[-1].append(number)
        return lines

    def action_move(self, step: int) -> None:
        """To the one beside it."""
        self.at = 0 if self.at is None else (self.at + step) % len(self._choices)

    def action_take(self) -> None:
        """The one that stands out."""
        if self.at is not None:
            self.action_pick(self.at)

    def action_pick(self, number: int) -> None:
        """This one."""
        self.post_message(self.Taken(self._choices[number]))

"""Correct, remove or withhold one thing that is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from penguin_local.agent.case_state import CaseState
from penguin_local.agent.record import Outcome
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.tui.safe import shown
from penguin_local.tui.screens.base import PenguinDialog
from penguin_local.tui.widgets.fields import Field

REMOVE: Final = "remove"
WITHHOLD: Final = {"declined": Outcome.DECLINED, "unsure": Outcome.UNSURE}
TOLD: Final = "What is changed here is said at the beginning of the next answer."


@dataclass(frozen=True, slots=True)
class Change:
    """What the person chose."""

    attribute: Attribute
    value: Value | None = None
    """None takes it back."""
    outcome: Outcome | None = None
    """DECLINED or UNSURE, where it is that."""


class ValueDialog(PenguinDialog[Change]):
    """A list of the usual values, own words beside them, and the ways to say nothing."""

    def __init__(self, attribute: Attribute, state: CaseState) -> None:
        super().__init__()
        self._attribute = attribute
        self._now = state.known.get(attribute)
        self._withheld = attribute in state.declined | state.unsure

    def content(self) -> Iterable[Widget]:
        """What is known now, and what it could be."""
        now = f"now: {self._now}" if self._now else "not known now"
        with Vertical(classes="dialog") as box:
            box.border_title = self._attribute.label.capitalize()
            yield Static(shown(now), classes="muted")
            yield OptionList(*self._options(), id="values", markup=False, compact=True)
            yield Field(
                self._now.words if self._now else "",
                placeholder="own words, if that helps",
                id="own",
            )
            yield Static(shown(TOLD), classes="hint")

    def _options(self) -> Iterable[Option | None]:
        if self._now or self._withheld:
            yield Option(_option("✕", "remove: unknown again"), id=REMOVE)
        yield Option(_option("–", "prefer not to say"), id="declined")
        yield Option(_option("?", "don't know"), id="unsure")
        yield None
        for kind in self._attribute.values:
            sign = "●" if self._now and self._now.kind == kind else "○"
            yield Option(_option(sign, kind), id=f"value {kind}")

    def on_mount(self) -> None:
        """On what is known."""
        values = self.query_one("#values", OptionList)
        kind = self._now.kind if self._now else self._attribute.values[0]
        values.highlighted = values.get_option_index(f"value {kind}")
        values.focus()

    @on(Field.Submitted)
    def _submitted(self) -> None:
        values = self.query_one("#values", OptionList)
        if values.highlighted is not None:
            self._choose(values.get_option_at_index(values.highlighted).id or "")

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self._choose(event.option_id or "")

    def _choose(self, id: str) -> None:
        if id == REMOVE:
            self.dismiss(Change(self._attribute))
        elif id in WITHHOLD:
            self.dismiss(Change(self._attribute, outcome=WITHHOLD[id]))
        else:
            words = self.query_one("#own", Field).value.strip()
            self.dismiss(Change(self._attribute, Value(id.removeprefix("value "), words)))


def _option(sign: str, text: str) -> Content:
    return shown(f"{sign} {text}")

"""A case's title, mode and retention."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from textual import on
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Button, Label, RadioSet, Static

from penguin_local.store.casebook import CaseAbout
from penguin_local.tui.safe import shown
from penguin_local.tui.screens.base import PenguinDialog
from penguin_local.tui.widgets.fields import Field
from penguin_local.tui.widgets.toggles import Dot

MODES: Final = ("self", "client")
LONGEST_DAYS: Final = 36_500


class CaseDialog(PenguinDialog[CaseAbout]):
    """For a new case, or one that there is."""

    def __init__(self, about: CaseAbout | None, *, client: bool = False) -> None:
        """`client`: whom a new case is about, unless told otherwise."""
        super().__init__()
        self._new = about is None
        self._about = about or CaseAbout("", "client" if client else "self")

    def content(self) -> Iterable[Widget]:
        """Three things, two of them with a default."""
        about = self._about
        with Vertical(classes="dialog") as box:
            box.border_title = "A new case" if self._new else "This case"
            yield Label("Title", classes="label")
            yield Field(about.title, placeholder="says something to you, and little to others", id="title")
            yield Label("Who is talking?", classes="label")
            with RadioSet(id="mode"):
                yield Dot("for myself", value=about.mode != "client")
                yield Dot("about a client, whom I help", value=about.mode == "client")
            yield Label("Days kept after the last word (empty: always)", classes="label")
            yield Field(
                "" if about.keep_days is None else str(about.keep_days),
                type="integer",
                max_length=5,
                id="days",
            )
            yield Static(id="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(shown("Begin" if self._new else "Save"), id="save", variant="primary")
                yield Button(shown("Cancel"), id="cancel")

    def on_mount(self) -> None:
        """The title first."""
        self.query_one("#title").focus()

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.dismiss(None)

    @on(Field.Submitted)
    @on(Button.Pressed, "#save")
    def _saved(self) -> None:
        title = self.query_one("#title", Field).value.strip()
        days = self.query_one("#days", Field).value.strip()
        keep = int(days) if days.isdecimal() else None
        problem = ""
        if not title:
            problem = "Please give it a title; one word is enough."
        elif days and (keep is None or not 1 <= keep <= LONGEST_DAYS):
            problem = f"Days are a number from 1 to {LONGEST_DAYS:,}, or nothing."
        if problem:
            self.query_one("#problem", Static).update(shown(problem))
            return
        mode = MODES[max(self.query_one("#mode", RadioSet).pressed_index, 0)]
        self.dismiss(CaseAbout(title, mode, keep))

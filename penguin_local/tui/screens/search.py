"""Search: in this case, or over all."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from textual import on, work
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from penguin_local.errors import PenguinError
from penguin_local.store.casebook import Casebook, CaseInfo
from penguin_local.tui.safe import shown
from penguin_local.tui.screens.base import PenguinDialog
from penguin_local.tui.search import MOST, Found, Searched, search
from penguin_local.tui.widgets.fields import Field
from penguin_local.tui.widgets.toggles import Check

_NAMED: Final = 3
"""Cases that could not be read whole, by title; of others, how many."""


class SearchScreen(PenguinDialog[tuple[str, int]]):
    """Dismissed with a case's id and an entry's number."""

    def __init__(self, casebook: Casebook, case: CaseInfo | None) -> None:
        super().__init__()
        self._casebook = casebook
        self._case = case
        self._found: list[Found] = []

    def content(self) -> Iterable[Widget]:
        """What to look for, where, and what was found."""
        with Vertical(classes="dialog tall") as box:
            box.border_title = "Search"
            yield Field(placeholder="words, then Enter", id="wanted")
            yield Check("over all cases", value=self._case is None, disabled=self._case is None, id="all")
            yield Static(id="count", markup=False, classes="muted")
            yield OptionList(id="places", markup=False)

    def on_mount(self) -> None:
        """Ready to type."""
        self.query_one("#wanted").focus()

    @on(Field.Submitted, "#wanted")
    @on(Check.Changed, "#all")
    def _wanted(self) -> None:
        self._look(self.query_one("#wanted", Field).value, everywhere=self.query_one("#all", Check).value)

    @work(exclusive=True)
    async def _look(self, wanted: str, *, everywhere: bool) -> None:
        book, case = self._casebook, self._case

        def look() -> Searched:
            return search(book, book.cases() if everywhere or case is None else [case], wanted)

        try:
            searched = await asyncio.to_thread(look)
        except PenguinError as error:
            self.tell(error)
            return
        self._found = searched.found
        places = self.query_one("#places", OptionList)
        places.clear_options()
        places.add_options([Option(_place(found)) for found in self._found])
        count = len(self._found)
        words = "" if not wanted.strip() else "nothing found" if not count else f"{count} found"
        more = " (the first of more)" if count == MOST else ""
        self.query_one("#count", Static).update(shown(words + more + _unread(searched.unread)))
        if count:
            places.highlighted = 0
            places.focus()

    @on(OptionList.OptionSelected, "#places")
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        found = self._found[event.option_index]
        self.dismiss((found.case.id, found.entry))


def _unread(cases: list[CaseInfo]) -> str:
    if not cases:
        return ""
    names = ", ".join(f"“{case.about.title}”" for case in cases[:_NAMED])
    others = f" and {len(cases) - _NAMED} more" if len(cases) > _NAMED else ""
    return f"\nNot all could be read of {names}{others}.\n`penguin-local cases verify` names what is damaged"


def _place(found: Found) -> Content:
    return Content.assemble(
        shown(f"{found.case.about.title} · {found.what}\n", "$muted"),
        shown(f"  {found.before}"),
        shown(found.match, "bold reverse"),
        shown(found.after),
    )

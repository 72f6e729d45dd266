"""The list of cases: new, open, edit, delete, search."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import ClassVar

from textual import on, work
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from penguin_local.errors import PenguinError
from penguin_local.store.casebook import CaseAbout, Casebook, CaseInfo
from penguin_local.tui.keys import Where, bindings
from penguin_local.tui.safe import shown
from penguin_local.tui.screens.base import PenguinScreen
from penguin_local.tui.screens.case_dialog import CaseDialog
from penguin_local.tui.screens.dialogs import Confirm

EMPTY = (
    "No conversations yet.\n\nPress n for a new one. You give it a title that says something to you and little to "
    "others; it is sealed like everything else."
)
EMPTY_TRACELESS = "No conversations yet.\n\nPress n for a new one. Nothing of it is written to this disk."
GONE = "This was locked. What was said before is gone, and nothing of it was written down."
NO_TRACE = "No trace: it is in memory only, gone when the program ends or is locked."


class CasesScreen(PenguinScreen):
    """Every case, the last changed first."""

    FOOT = ("new-case", "edit-case", "help", "helplines", "delete-case", "search-cases")
    BINDINGS: ClassVar = bindings(Where.CASES)

    def __init__(self, casebook: Casebook, *, gone: bool = False) -> None:
        """`gone`: a lock has just forgotten what was here, which is told."""
        super().__init__()
        self.casebook = casebook
        self._gone = gone
        self._cases: list[CaseInfo] = []

    def content(self) -> Iterable[Widget]:
        """A list, or a word when there is none."""
        yield Static(shown("Conversations"), id="headline")
        with Vertical(id="cases-room"):
            if self.casebook.traceless:
                yield Static(shown(NO_TRACE), classes="notice")
            if self._gone:
                yield Static(shown(GONE), classes="notice", id="gone")
            yield Static(shown(EMPTY_TRACELESS if self.casebook.traceless else EMPTY), id="empty")
            yield OptionList(id="cases", markup=False)

    def on_mount(self) -> None:
        """Read them."""
        self.refresh_cases()

    @work(exclusive=True)
    async def refresh_cases(self) -> None:
        """As they are now."""
        try:
            self._cases = await asyncio.to_thread(self.casebook.cases)
        except PenguinError as error:
            self.tell(error)
            return
        listed = self.query_one("#cases", OptionList)
        before = listed.highlighted or 0
        listed.clear_options()
        listed.add_options([Option(_line(case), id=case.id) for case in self._cases])
        listed.highlighted = min(before, len(self._cases) - 1) if self._cases else None
        listed.display = bool(self._cases)
        self.query_one("#empty").display = not self._cases
        listed.focus()

    @property
    def _chosen(self) -> CaseInfo | None:
        at = self.query_one("#cases", OptionList).highlighted
        return self._cases[at] if at is not None and at < len(self._cases) else None

    @on(OptionList.OptionSelected, "#cases")
    def _open(self, event: OptionList.OptionSelected) -> None:
        case = self._cases[event.option_index]
        self.chat_app.open_case(case)

    def action_new(self) -> None:
        """Title, mode and how long to keep it."""

        def made(about: CaseAbout | None) -> None:
            if about is not None:
                self._create(about, self.chat_app.hold_keys())

        self.app.push_screen(CaseDialog(None, client=self.chat_app.deps.settings.client), made)

    @work
    async def _create(self, about: CaseAbout, let_go: Callable[[], Awaitable[None]]) -> None:
        try:
            case = await asyncio.to_thread(self.casebook.create, about)
        except PenguinError as error:
            self.tell(error)
            await let_go()
            return
        self.chat_app.open_case(case, new=True)

    def action_edit(self) -> None:
        """The same of the chosen one."""
        case = self._chosen
        if case is None:
            return

        def edited(about: CaseAbout | None) -> None:
            if about is not None:
                self._do(lambda: self.casebook.describe(case.id, about))

        self.app.push_screen(CaseDialog(case.about), edited)

    def action_delete(self) -> None:
        """For good, after a question."""
        case = self._chosen
        if case is None:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._do(lambda: self.casebook.delete(case.id))

        how = "" if self.casebook.traceless else "Its key is destroyed: "
        text = (
            f"“{case.about.title}” with all that was said in it ({case.entries:,} entries). "
            f"{how or 'Then '}nobody can bring it back."
        )
        self.app.push_screen(Confirm("Delete this case for good?", text, yes="Delete it"), answered)

    @work
    async def _do(self, call: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(call)
        except PenguinError as error:
            self.tell(error)
        self.refresh_cases()

    def action_search(self) -> None:
        """Over all cases."""
        from penguin_local.tui.screens.search import SearchScreen

        self.app.push_screen(SearchScreen(self.casebook, None), self._found)

    def _found(self, place: tuple[str, int] | None) -> None:
        if place is not None:
            self.chat_app.show_case(place[0], entry=place[1])


def _line(case: CaseInfo) -> Content:
    mode = "about a client" if case.about.mode == "client" else "for myself"
    kept = "" if case.about.keep_days is None else f" · kept {case.about.keep_days} days after the last word"
    return Content.assemble(
        shown(case.about.title, "bold"),
        "\n",
        shown(
            f"  {mode} · {case.entries:,} entries · {case.changed.astimezone():%d %b %Y, %H:%M}{kept}\n",
            "$muted",
        ),
    )

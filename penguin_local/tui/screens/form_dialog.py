"""What the forms share: rows to choose from, a line that says what is still missing, and no word lost by Esc."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Final, TypeVar

from rich.text import Text
from textual import on
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Button, Select, Static

from penguin_local.core.text import safe_text
from penguin_local.errors import PenguinError
from penguin_local.tui.keys import Where, bindings, label
from penguin_local.tui.safe import shown
from penguin_local.tui.screens.base import PenguinDialog
from penguin_local.tui.screens.dialogs import Confirm

T = TypeVar("T")

COMPACT: Final = """
.dialog.tall { padding: 0 2; height: 94%; }
.dialog.tall .buttons { margin: 1 0 0 0; }
.dialog.tall Button { height: 1; border: none; min-width: 0; padding: 0 1; margin: 0 0 0 2; background: $panel; }
.dialog.tall Button:focus { border: none; background: $primary; color: $background; text-style: bold; }
.dialog.tall Input { height: 1; border: none; padding: 0; background: $surface; }
.dialog.tall Input:focus { border: none; background: $panel; }
"""
"""For a screen's own CSS, which comes after the app's and speaks of that screen alone: ten rows and their buttons
have to fit into 24 lines."""


class Pick(Select[str]):
    """One of a few, on one line; Enter opens the list, and typing there finds an entry."""

    DEFAULT_CSS = """
    Pick { width: 1fr; }
    Pick > SelectCurrent { background: $surface; }
    Pick > SelectCurrent Static#label { color: $muted; }
    Pick > SelectCurrent.-has-value Static#label { color: $foreground; }
    Pick > SelectCurrent .arrow { color: $muted; }
    Pick:focus > SelectCurrent { background: $panel; text-style: bold underline; }
    Pick > SelectOverlay { max-height: 10; border: round $primary; }
    """

    def __init__(
        self,
        options: Sequence[tuple[str, str]],
        *,
        prompt: str,
        chosen: str = "",
        blank: bool = True,
        id: str,
    ) -> None:
        """Words and value of each; `chosen` is a value or empty."""
        # rich's Text: the list finds what is typed in these only, and reads no markup in them.
        super().__init__(
            [(Text(safe_text(words)), value) for words, value in options],
            prompt=prompt,
            allow_blank=blank,
            value=chosen or Select.NULL,
            compact=True,
            id=id,
        )

    @property
    def chosen(self) -> str:
        """The value, or empty."""
        return self.value if isinstance(self.value, str) else ""


class FormDialog(PenguinDialog[T]):
    """A form: rows that scroll, a line below them, and two buttons. One key keeps, Esc asks before it forgets."""

    CSS = (
        COMPACT
        + """
    .rows { height: 1fr; margin: 1 0 0 0; scrollbar-gutter: stable; }
    .row { height: auto; }
    .row > .label { width: 26; padding: 0 1 0 0; margin: 0; color: $foreground; }
    .row > .field { width: 1fr; height: auto; }
    #about { margin: 0; }
    OneOf > .option-list--option-highlighted { color: $foreground; background: transparent; text-style: none; }
    OneOf:focus > .option-list--option-highlighted { background: $primary 35%; text-style: bold; }
    #remark { height: auto; max-height: 8; margin: 1 0 0 0; }
    #remark.-wrong { color: $warning; text-style: bold; }
    """
    )
    BINDINGS: ClassVar = bindings(Where.FORMS)
    TITLE_WORDS: ClassVar[str] = ""
    ABOUT: ClassVar[str] = ""
    KEEP: ClassVar[str] = "Keep"

    def content(self) -> Iterable[Widget]:
        """The box with everything in it."""
        with Vertical(classes="dialog tall") as box:
            box.border_title = self.TITLE_WORDS
            yield Static(shown(self.ABOUT), classes="words muted", id="about")
            with VerticalScroll(classes="rows", can_focus=False):
                yield from self.rows()
            yield Static(id="remark", markup=False)
            key = label("keep", self.chat_app.deps.settings.keymap)
            with Horizontal(classes="buttons"):
                yield Button(shown(f"{self.KEEP} ({key})"), id="keep", variant="primary", compact=True)
                yield Button(shown("Close (Esc)"), id="close", compact=True)

    def rows(self) -> Iterable[Widget]:
        """What is asked."""
        return ()

    def result(self) -> T:
        """What was filled in; raises UsageError that says what is missing or wrong."""
        raise self.nothing()

    def nothing(self) -> PenguinError:
        """There is no such form."""
        return PenguinError("there is nothing to keep here")

    @property
    def touched(self) -> bool:
        """Whether anything would be lost by leaving."""
        return False

    def say(self, text: str, *, wrong: bool = False) -> None:
        """One remark below the rows; marked by a sign as well as by its colour."""
        remark = self.query_one("#remark", Static)
        remark.set_class(wrong, "-wrong")
        remark.update(shown(f"! {text}" if wrong else text))

    def tell(self, error: PenguinError) -> None:
        """In the form itself, where it stays until it is put right."""
        self.say(f"{error.message}: {error.hint}" if error.hint else error.message, wrong=True)

    @on(Button.Pressed, "#keep")
    def action_keep(self) -> None:
        """Hand it over, if it can be."""
        try:
            found = self.result()
        except PenguinError as error:
            self.tell(error)
        else:
            self.dismiss(found)

    @on(Button.Pressed, "#close")
    def action_leave(self) -> None:
        """At once when nothing was filled in."""
        if not self.touched:
            self.dismiss(None)
            return
        question = Confirm(
            "Leave without keeping?",
            "What you filled in here would be forgotten; nothing of it was written down.",
            yes="Leave",
            no="Go on filling in",
        )
        self.app.push_screen(question, self._left)

    def _left(self, sure: bool | None) -> None:
        if sure:
            self.dismiss(None)


def row(label: str, *fields: Widget, id: str) -> Widget:
    """A label and what belongs to it."""
    return Horizontal(
        Static(shown(label), classes="label"), Vertical(*fields, classes="field"), classes="row", id=id
    )

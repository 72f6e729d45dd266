"""Results of published screenings are entered here; the instruments themselves are not part of this program."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from textual import on
from textual.widget import Widget
from textual.widgets import Input, Select

from penguin_local.agent.screening import (
    GAD7_HIGHEST,
    ITEM9_HIGHEST,
    PHQ9_HIGHEST,
    Asq,
    Cssrs,
    Result,
    read,
)
from penguin_local.errors import UsageError
from penguin_local.tui.screens.form_dialog import FormDialog, Pick, row
from penguin_local.tui.screens.results import Screening
from penguin_local.tui.widgets.fields import Field

NUMBERS: Final = {
    "phq9": ("PHQ-9, total", PHQ9_HIGHEST),
    "phq9_item9": ("PHQ-9, item 9", ITEM9_HIGHEST),
    "gad7": ("GAD-7, total", GAD7_HIGHEST),
}
OUTCOMES: Final = {
    "asq": ("ASQ, outcome", tuple(Asq)),
    "cssrs": ("C-SSRS, outcome", tuple(Cssrs)),
}
NO_DIAGNOSIS: Final = "A screening is no diagnosis, and a low result does not mean that all is well."


class ScreeningScreen(FormDialog[Screening]):
    """Hands back what was entered and how it reads, or None."""

    CSS = FormDialog.CSS + ".dialog.tall { max-height: 22; }"
    TITLE_WORDS = "Results of a screening"
    ABOUT = (
        "Enter what a screening brought, as far as it was done; empty lines are left out. Only results are entered: "
        "the questions themselves are not part of this program."
    )

    def rows(self) -> Iterable[Widget]:
        """Totals, then outcomes."""
        for id, (label, highest) in NUMBERS.items():
            field = Field(placeholder=f"0 to {highest}", max_length=3, compact=True, id=id)
            yield row(label, field, id=f"row-{id}")
        for id, (label, outcomes) in OUTCOMES.items():
            pick = Pick([(str(o), str(o)) for o in outcomes], prompt="not done", id=id)
            yield row(label, pick, id=f"row-{id}")

    def on_mount(self) -> None:
        """The first line."""
        self.query_one("#phq9", Field).focus()
        self.say(NO_DIAGNOSIS)

    @on(Input.Submitted)
    def _next(self) -> None:
        self.focus_next()

    @on(Input.Changed)
    @on(Select.Changed)
    def _entered(self) -> None:
        if not self.touched:
            self.say(NO_DIAGNOSIS)
            return
        try:
            self.say(f"{self._read().screened.reading}\n{NO_DIAGNOSIS}")
        except UsageError as error:
            self.tell(error)

    @property
    def touched(self) -> bool:
        """Whether anything was entered."""
        return any(self._texts().values())

    def result(self) -> Screening:
        """Read by the published cut-offs; UsageError for what cannot be."""
        found = self._read()
        return Screening(found.screened, found.level, found.reasons)

    def _read(self) -> Result:
        texts = self._texts()
        numbers = {id: _number(texts[id], *NUMBERS[id]) for id in NUMBERS}
        return read(**numbers, asq=texts["asq"] or None, cssrs=texts["cssrs"] or None)

    def _texts(self) -> dict[str, str]:
        fields = {id: self.query_one(f"#{id}", Field).value.strip() for id in NUMBERS}
        return fields | {id: self.query_one(f"#{id}", Pick).chosen for id in OUTCOMES}


def _number(text: str, label: str, highest: int) -> int | None:
    if not text:
        return None
    # isascii: isdecimal alone would take digits of any script, which is no slip of the finger.
    if not (text.isascii() and text.isdecimal()):
        raise UsageError(
            f"{label} is a whole number from 0 to {highest}", hint="correct it, or leave it empty"
        )
    return int(text)

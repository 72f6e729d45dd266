"""The form at the beginning: ten things that may be known, every one of them optional."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from textual import on
from textual.widget import Widget
from textual.widgets import Select

from penguin_local.agent.dialogue_events import Declined, Told, Unsure
from penguin_local.agent.hearing import hear
from penguin_local.agent.record import Outcome
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background, Value
from penguin_local.errors import UsageError
from penguin_local.tui.screens.form_dialog import FormDialog, Pick, row
from penguin_local.tui.screens.results import Intake
from penguin_local.tui.widgets.fields import Field

OWN: Final = "own words"
WITHHELD: Final = {"decline": Outcome.DECLINED, "unsure": Outcome.UNSURE}
OTHERWISE: Final = (
    ("… in my own words only", OWN),
    ("– prefer not to say", "decline"),
    ("? don't know", "unsure"),
)
"""Below the usual values; no usual value is called like one of these."""
LONGEST: Final = 300
"""Characters of own words."""
WORDS: Final = "in your own words, if you like"


class IntakeScreen(FormDialog[Intake]):
    """Hands back what was changed, or None."""

    CSS = FormDialog.CSS + ".dialog.tall { max-height: 32; }"
    TITLE_WORDS = "What may be known"
    ABOUT = (
        "All of this is optional, and all of it can be changed later. What stays open may be asked for in the "
        "conversation, one thing at a time; what you prefer not to say is not asked for."
    )

    def __init__(
        self, known: Background, declined: frozenset[Attribute], unsure: frozenset[Attribute]
    ) -> None:
        super().__init__()
        self._known = known
        self._withheld = {
            **dict.fromkeys(unsure, "unsure"),
            **dict.fromkeys(declined, "decline"),
        }

    def rows(self) -> Iterable[Widget]:
        """In the usual order."""
        for attribute in Attribute:
            value = self._known.get(attribute)
            pick = Pick(
                [*((kind, kind) for kind in attribute.values), *OTHERWISE],
                prompt="leave open",
                chosen=self._before(attribute),
                # What is known is taken back in the panel, where that is recorded; here it can only be changed.
                blank=not self._before(attribute),
                id=f"pick-{attribute.value}",
            )
            field = Field(
                value.words if value else "",
                placeholder=WORDS,
                max_length=LONGEST,
                compact=True,
                select_on_focus=False,
                id=f"words-{attribute.value}",
            )
            field.display = self._speaks(self._before(attribute))
            yield row(attribute.label, pick, field, id=f"row-{attribute.value}")

    def on_mount(self) -> None:
        """The first row."""
        self.query_one(f"#pick-{Attribute.AGE.value}", Pick).focus()

    @on(Select.Changed)
    def _changed(self, event: Select.Changed) -> None:
        attribute = Attribute((event.select.id or "").removeprefix("pick-"))
        field, chosen = self._field(attribute), self._pick(attribute).chosen
        field.display = self._speaks(chosen)
        if chosen == OWN:
            field.focus()
        self.say("")

    @property
    def touched(self) -> bool:
        """Whether any row is not as it was."""
        return any(self._changed_here(attribute) for attribute in Attribute)

    def result(self) -> Intake:
        """Only what was changed; UsageError where own words need the nearest usual value beside them."""
        values: dict[Attribute, Value] = {}
        withheld: dict[Attribute, Outcome] = {}
        for attribute in filter(self._changed_here, Attribute):
            found = self._answer(attribute)
            if isinstance(found, Value):
                values[attribute] = found
            elif found is not None:
                withheld[attribute] = found
        return Intake(values, withheld)

    def _answer(self, attribute: Attribute) -> Value | Outcome | None:
        chosen, words = self._pick(attribute).chosen, self._field(attribute).value.strip()
        if chosen in WITHHELD:
            return WITHHELD[chosen]
        if chosen != OWN:
            return Value(chosen, words) if chosen else None
        if not words:
            return None
        # Words that say it outright are understood without a model; nothing is guessed.
        match hear(attribute, words, None):
            case Told(value=value):
                return Value(value.kind, words)
            case Declined():
                return Outcome.DECLINED
            case Unsure():
                return Outcome.UNSURE
        self._pick(attribute).focus()
        raise UsageError(
            f"{attribute.label}: thank you for putting it in your own words",
            hint="please choose the usual value that comes nearest as well; your words stay with it",
        )

    def _changed_here(self, attribute: Attribute) -> bool:
        value = self._known.get(attribute)
        chosen, words = self._pick(attribute).chosen, self._field(attribute).value.strip()
        if chosen != self._before(attribute):
            return True
        return self._speaks(chosen) and words != (value.words if value else "")

    def _before(self, attribute: Attribute) -> str:
        value = self._known.get(attribute)
        return value.kind if value else self._withheld.get(attribute, "")

    def _pick(self, attribute: Attribute) -> Pick:
        return self.query_one(f"#pick-{attribute.value}", Pick)

    def _field(self, attribute: Attribute) -> Field:
        return self.query_one(f"#words-{attribute.value}", Field)

    @staticmethod
    def _speaks(chosen: str) -> bool:
        return bool(chosen) and chosen not in WITHHELD

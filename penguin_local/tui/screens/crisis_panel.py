"""Who can be reached now: calm, always within one key, and never a reason to end the conversation.

It needs no model and no case: the lock screen shows it as well. It dials nothing and says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import ClassVar, Final

from textual import on
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Select, Static

from penguin_local.agent.crisis_levels import Level, Reading
from penguin_local.agent.helplines import OPENING, Country, Helpline, Helplines, Purpose
from penguin_local.errors import UsageError
from penguin_local.tui.keys import Where, bindings, label
from penguin_local.tui.safe import shown
from penguin_local.tui.screens.base import PenguinDialog
from penguin_local.tui.screens.form_dialog import COMPACT, Pick

CLOSING: Final = (
    "Nobody has been called: only you can do that. The conversation stays open; {key} brings this back."
)
HEADINGS: Final = {
    Purpose.CRISIS: "To talk to somebody",
    Purpose.YOUNG: "For children and young people",
    Purpose.VIOLENCE: "When home is not safe",
}
NO_COUNTRY: Final = "Choose your country above for its numbers."


class CrisisPanel(PenguinDialog[None]):
    """Helplines of a country; what the crisis layer saw decides the words, not whether it can be closed."""

    CSS = (
        COMPACT
        + """
    CrisisPanel #opening { height: auto; }
    CrisisPanel #emergency { height: auto; padding: 0 1; border-left: thick $error; text-style: bold; }
    CrisisPanel .top { margin: 0 0 1 0; }
    CrisisPanel #where { height: 1; }
    CrisisPanel #where > Static { width: auto; padding: 0 1 0 0; }
    CrisisPanel #where > Pick { width: 1fr; max-width: 44; }
    CrisisPanel #lines { height: 1fr; min-height: 3; margin: 1 0; scrollbar-gutter: stable; }
    CrisisPanel #lines:focus { background: $panel; }
    CrisisPanel .purpose { height: auto; text-style: bold; color: $primary; }
    CrisisPanel #all { height: auto; }
    CrisisPanel .line { height: auto; }
    CrisisPanel .about { height: auto; padding: 0 0 0 2; margin: 0 0 1 0; }
    CrisisPanel #closing, CrisisPanel #why { height: auto; color: $muted; }
    CrisisPanel .buttons { margin: 0; }
    CrisisPanel.-low .dialog.tall, CrisisPanel.-tiny .dialog.tall {
        width: 100%; max-width: 100%; height: 100%; max-height: 100%; padding: 0; overflow-y: auto;
    }
    CrisisPanel.-low #lines, CrisisPanel.-tiny #lines { height: auto; }
    """
    )
    BINDINGS: ClassVar = bindings(Where.HELPLINES)
    FITS_ANYWHERE = True

    def __init__(self, reading: Reading = Reading()) -> None:  # noqa: B008  # frozen
        super().__init__()
        self._reading = reading
        self._at = ""

    @property
    def helplines(self) -> Helplines:
        """All of them."""
        return self.chat_app.deps.helplines

    def content(self) -> Iterable[Widget]:
        """What is said, the emergency number, the country, its lines; the way back at the end."""
        country, missing = self._first()
        self._at = country.code
        keymap = self.chat_app.deps.settings.keymap
        with VerticalScroll(classes="dialog tall", can_focus=False) as box:
            box.border_title = "Helplines"
            yield Static(_emergency(country), id="emergency", classes="top")
            yield Static(id="opening", classes="top")
            with Horizontal(id="where"):
                yield Static(shown(f"Country ({label('country', keymap).lower()}):"))
                yield Pick(
                    [(c.name, c.code) for c in self.helplines.countries],
                    prompt=country.name,
                    chosen=country.code,
                    blank=False,
                    id="country",
                )
            with VerticalScroll(id="lines", can_focus=True):
                yield Vertical(*self._lines(country, missing), id="all")
                yield Static(id="why")
            yield Static(shown(CLOSING.format(key=label("helplines", keymap))), id="closing")
            with Horizontal(classes="buttons"):
                yield Button(
                    shown("Back to where you were (Esc)"), id="close", variant="primary", compact=True
                )

    def on_mount(self) -> None:
        """The list, so that arrows scroll it."""
        self._say()
        self.query_one("#lines").focus(scroll_visible=False)

    def also(self, reading: Reading) -> None:
        """Something more was seen while this is open; words only ever become graver."""
        self._reading |= reading
        self._say()

    def _say(self) -> None:
        level = self._reading.level
        box, emergency, opening = (self.query_one(id) for id in (".dialog", "#emergency", "#opening"))
        if level is Level.IMMINENT:
            box.move_child(emergency, before=opening)
        else:
            box.move_child(emergency, after=opening)
        self.query_one("#opening", Static).update(shown(OPENING[level]))
        why = self.query_one("#why", Static)
        why.display = bool(self._reading.reasons)
        why.update(shown(_why(self._reading)))

    def _first(self) -> tuple[Country, str]:
        """The chosen country; the international entry, and why, where there is none."""
        wanted = self.chat_app.country
        if not wanted:
            return self.helplines.international, NO_COUNTRY
        try:
            return self.helplines.of(wanted), ""
        except UsageError as error:
            return self.helplines.international, f"{error.message}: {error.hint}"

    @on(Select.Changed, "#country")
    async def _moved(self) -> None:
        country = self.helplines.of(self.query_one("#country", Pick).chosen)
        if country.code == self._at:
            return  # a list tells what it begins with as well; that must not wipe away why it begins there
        self._at = self.chat_app.country = country.code
        self.query_one("#emergency", Static).update(_emergency(country))
        lines = self.query_one("#all")
        async with self.batch():
            await lines.remove_children()
            await lines.mount_all(self._lines(country))
        self.query_one("#lines").scroll_home(animate=False)

    def _lines(self, country: Country, missing: str = "") -> list[Widget]:
        widgets: list[Widget] = [Static(shown(missing), classes="about")] if missing else []
        for purpose in Purpose:
            lines = [line for line in country.lines if line.purpose is purpose]
            if lines:
                widgets.append(Static(shown(HEADINGS[purpose]), classes="purpose"))
                for line in lines:
                    widgets.append(Static(_line(line), classes="line"))
                    widgets.append(Static(_about(line, self.chat_app.deps.today()), classes="about"))
        return widgets

    def action_country(self) -> None:
        """Open the list of countries."""
        pick = self.query_one("#country", Pick)
        pick.focus()
        pick.action_show_overlay()

    @on(Button.Pressed, "#close")
    def _back(self) -> None:
        self.dismiss(None)


def _why(reading: Reading) -> str:
    reasons = dict.fromkeys(reason.what for reason in reading.reasons)
    return f"Why this is shown: {'; '.join(reasons)}."


def _emergency(country: Country) -> Content:
    return Content.assemble("In danger now, call: ", shown(country.emergency, "$error"))


def _line(line: Helpline) -> Content:
    first = Content.assemble(shown(line.number, "bold $primary"), "  ", shown(line.name, "bold"))
    return Content.assemble(first, shown(f"  ({line.note})")) if line.note else first


def _about(line: Helpline, today: date) -> Content:
    how = " · ".join((line.channel, line.hours, ", ".join(line.languages)))
    address = _short(line.source)
    ground = line.standing(today) if address == line.number else f"{address} · {line.standing(today)}"
    return Content("\n").join([shown(how), shown(ground, "$muted")])


def _short(address: str) -> str:
    return address.removeprefix("https://").removeprefix("www.")

"""A form that the counsellor brought along."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from penguin_local import paths
from penguin_local.agent.own_forms import Form, Item, load_forms
from penguin_local.errors import PenguinError, UsageError
from penguin_local.tui.safe import shown
from penguin_local.tui.screens.dialogs import Confirm
from penguin_local.tui.screens.form_dialog import FormDialog
from penguin_local.tui.screens.results import Screening
from penguin_local.tui.widgets.one_of import OneOf

WHERE: Final = "docs/forms.md says how to write a form of your own."
NONE: Final = (
    "A form of yours is a file, NAME.toml, in this folder:\n{folder}\n\n"
    "docs/forms.md says how to write one. This is a whole one, to be copied:\n{example}"
)


class FormScreen(FormDialog[Screening]):
    """First which form, where there are several; then its items. Hands back answers and their sum, or None."""

    DEFAULT_CSS = """
    FormScreen .item { height: auto; margin: 0 0 1 0; }
    FormScreen .item > Static { text-style: bold; height: auto; }
    FormScreen #which { height: auto; max-height: 100%; border: none; }
    """
    TITLE_WORDS = "A form of your own"

    def __init__(self, folder: Path | None) -> None:
        super().__init__()
        self._folder = folder
        self._forms: tuple[Form, ...] = ()
        self._form: Form | None = None

    def on_mount(self) -> None:
        """The forms are read here: a broken file is named in the dialog, and the others can be filled in."""
        try:
            self._forms, broken = load_forms(self._folder)
        except PenguinError as error:
            self.tell(error)
            self.query_one("#keep").display = False
            self.query_one(".dialog").add_class("-told")
            return
        for wrong in broken[:1]:
            self.tell(wrong)
        if len(self._forms) == 1 and not broken:
            self.call_next(self._open, self._forms[0])
        else:
            self.call_next(self._choose)

    async def _choose(self) -> None:
        self.query_one("#about", Static).update(shown(f"Which one? {WHERE}"))
        self.query_one("#keep").display = False
        options = OptionList(*(Option(_named(form)) for form in self._forms), markup=False, id="which")
        await self.query_one(".rows").mount(options)
        options.focus()

    @on(OptionList.OptionSelected, "#which")
    async def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        await self._open(self._forms[event.option_index])

    async def _open(self, form: Form) -> None:
        self._form = form
        self.query_one(".dialog").border_title = str(shown(form.title)).replace("[", "\\[")
        self.query_one("#about", Static).update(shown(form.about or WHERE))
        self.query_one("#keep").display = True
        rows = self.query_one(".rows")
        async with self.batch():
            await rows.remove_children()
            await rows.mount_all(_items(form))
        self.query(OneOf).first().focus()
        self._count()

    @on(OneOf.Chosen)
    def _count(self) -> None:
        form = self._form
        if form is None:
            return
        answers = self._answers(form)
        missing = [item for item in form.items if not item.optional and item.id not in answers]
        if missing:
            self.say(f"{len(answers)} of {len(form.items)} answered")
        else:
            self.say(form.score(answers)[0].reading)

    @property
    def touched(self) -> bool:
        """Whether anything was answered."""
        return self._form is not None and bool(self._answers(self._form))

    def result(self) -> Screening:
        """By the form's own cut-offs; UsageError names what is missing, and the cursor goes there."""
        if self._form is None:
            raise UsageError("no form was chosen yet", hint="choose one, or close this")
        answers = self._answers(self._form)
        for number, item in enumerate(self._form.items):
            if not item.optional and item.id not in answers:
                self.query_one(f"#item-{number}", OneOf).focus()
                break
        screened, level = self._form.score(answers)
        return Screening(screened, level)

    def _answers(self, form: Form) -> dict[str, int]:
        places = {
            item.id: self.query_one(f"#item-{number}", OneOf).chosen for number, item in enumerate(form.items)
        }
        return {id: place for id, place in places.items() if place is not None}


def no_forms(folder: Path | None) -> Confirm:
    """Where a form would go; yes looks at the example."""
    place = folder or paths.user_config() / "forms"
    text = NONE.format(folder=place, example=paths.data() / "forms" / "example.toml")
    return Confirm("No form of yours yet", text, yes="Try the example", no="Close")


def _items(form: Form) -> Iterable[Widget]:
    for number, item in enumerate(form.items):
        words = [choice.words for choice in item.choices]
        answers = OneOf(words, optional=item.optional, id=f"item-{number}")
        yield Vertical(Static(_asked(number, item)), answers, classes="item")


def _asked(number: int, item: Item) -> Content:
    return shown(f"{number + 1}. {item.text}" + (" (optional)" if item.optional else ""))


def _named(form: Form) -> Content:
    return Content.assemble(
        shown(form.title), shown(f"  version {form.version}, {len(form.items)} items", "$muted")
    )

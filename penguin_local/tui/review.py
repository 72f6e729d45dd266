"""Drafts of scenarios, one at a time: the cleaned post on the left, what was read out of it on the right."""

from __future__ import annotations

from typing import ClassVar, Final, Protocol

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Footer, Input, Label, Select, Static

from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.core.text import safe_text
from penguin_local.corpus.extraction_draft import Decision, Draft
from penguin_local.corpus.extraction_query import faults
from penguin_local.errors import PenguinError
from penguin_local.tui.discreet import Discreet
from penguin_local.tui.safe import shown

KIND_WORDS: Final = (
    "Some of this may be hard to read. Stop whenever you like: every decision is kept at once. "
    "If it weighs on you, talk to somebody: F3 in `penguin-local chat` shows helplines."
)
KEPT: Final = (
    "Every decision is kept.\n"
    "what to do: give the same command again. Nothing of the posts is in this message."
)
DONE: Final = "Nothing is left to look at. Ctrl+Q closes this screen."
NOT_TOLD: Final = "(not told)"


class Desk(Protocol):
    """Where drafts come from and decisions go."""

    @property
    def open(self) -> list[Draft]:
        """Those nobody has decided on."""
        ...

    def decide(self, draft: Draft, decision: Decision) -> None:
        """Keep a decision at once. Raises PenguinError for a draft that cannot be accepted as it is."""
        ...


class ReviewApp(Discreet[None]):
    """Until all is decided, or the person has had enough."""

    TITLE = "penguin-local: drafts to look over"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = [
        ("f2", "decide('accept')", "Accept"),
        ("f4", "decide('drop')", "Drop"),
        ("f6", "later", "Later"),
        ("ctrl+q", "quit", "Stop"),
    ]
    CSS = """
    #post { width: 1fr; border: round $primary; padding: 0 1; }
    #side { width: 56; }
    #values { height: 1fr; border: round $primary; }
    .row { height: 1; }
    .row Label { width: 26; padding: 0 1; }
    .row Select { width: 1fr; }
    #question { margin: 0; }
    #wrong { color: $warning; padding: 0 1; height: auto; }
    #where, #kind { padding: 0 1; height: auto; }
    """

    def __init__(self, desk: Desk, *, theme: str = "dark") -> None:
        super().__init__(theme)
        self._desk = desk
        self._waiting = desk.open
        self._draft: Draft | None = None

    @property
    def kept(self) -> str:
        """Of what was decided."""
        return KEPT

    def compose(self) -> ComposeResult:
        """The post beside its values and its question."""
        yield Static(shown(KIND_WORDS), id="kind")
        yield Static(id="where", markup=False)
        with Horizontal():
            with VerticalScroll(id="post", can_focus=True):
                yield Static(id="text", markup=False)
            with Vertical(id="side"):
                with VerticalScroll(id="values", can_focus=False):
                    for attribute in Attribute:
                        with Horizontal(classes="row"):
                            yield Label(attribute.label, markup=False)
                            options = [(value, value) for value in attribute.values]
                            yield Select(options, prompt=NOT_TOLD, id=attribute.value, compact=True)
                yield Input(placeholder="the question, apart from the story", id="question")
                yield Static(id="wrong", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        """The first draft."""
        self._next()

    def action_decide(self, word: str) -> None:
        """Keep it and go on; what cannot be accepted yet says why."""
        if self._draft is None:
            return
        try:
            self._desk.decide(self._draft, Decision.ACCEPTED if word == "accept" else Decision.DROPPED)
        except PenguinError as error:
            self.notify(safe_text(f"{error.message}. {error.hint}"), severity="warning", markup=False)
            return
        self._next()

    def action_later(self) -> None:
        """To the next one; this stays to be looked at."""
        self._next()

    def _next(self) -> None:
        self._draft = self._waiting.pop(0) if self._waiting else None
        draft = self._draft
        where, text = self.query_one("#where", Static), self.query_one("#text", Static)
        if draft is None:
            where.update(shown(DONE))
            text.update("")
            self.query_one("#wrong", Static).update("")
            return
        where.update(shown(f"{draft.place}, {draft.domain}; {len(self._waiting)} more after this"))
        text.update(shown(draft.text))
        with self.prevent(Select.Changed, Input.Changed):
            for attribute in Attribute:
                value = draft.known.get(attribute)
                box = self.query_one(f"#{attribute.value}", Select)
                if value is None:
                    box.clear()
                else:
                    box.value = value.kind
            self.query_one("#question", Input).value = safe_text(draft.question)
        self.query_one("#post").scroll_home(animate=False)
        self._look()

    @on(Select.Changed)
    def _chosen(self, event: Select.Changed) -> None:
        if self._draft is not None and event.select.id is not None:
            value = None if event.select.is_blank() else Value(str(event.value))
            self._draft = self._draft.corrected(Attribute(event.select.id), value)
            self._look()

    @on(Input.Changed)
    def _asked(self, event: Input.Changed) -> None:
        if self._draft is not None:
            self._draft = self._draft.asking(event.value)
            self._look()

    def _look(self) -> None:
        assert self._draft is not None
        wrong = faults(self._draft.question, self._draft.known)
        self.query_one("#wrong", Static).update(shown(f"not yet: {'; '.join(wrong)}" if wrong else ""))

"""Rating answers by hand: the person, what they asked and the reply on one side, the rubric on the other.

The keyboard does everything: 1 to 5, three times, and the next answer is there. What is finished is kept at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from penguin_local.core.attributes import Attribute
from penguin_local.core.rubric import LEVELS, RUBRIC, Dimension
from penguin_local.errors import PenguinError
from penguin_local.safety.rating import Desk
from penguin_local.store.ratings import RatedAnswer
from penguin_local.tui.discreet import Discreet
from penguin_local.tui.safe import shown

WIDE: Final = 110
"""Columns from which on the whole rubric stands beside the answer; below, one dimension under it."""
CARE: Final = (
    "These texts can be heavy. Pause whenever you like: every finished answer is kept. F3 shows helplines."
)
KEPT: Final = (
    "Every finished answer is kept.\nwhat to do: give the same command again; it goes on where you were."
)
DONE: Final = "All {total} answers are rated. Thank you.\n\nBackspace looks at the last one again, q leaves."
HELP: Final = (
    ("1 2 3 4 5", "rate the dimension that is marked; with the third, the answer is kept"),
    ("Backspace", "take the last level back, or see the answer before again"),
    ("l", "later: leave this answer for the end"),
    ("Up, Down, PageUp, PageDown", "scroll"),
    ("F1", "this help"),
    ("F3", "helplines"),
    ("Ctrl+T", "next theme: dark, light, high contrast"),
    ("q, Ctrl+Q", "leave; the same command goes on where you were"),
)
FOOT: Final = "1-5 rate · Backspace back · l later · F1 help · F3 helplines · q leave"
BLIND: Final = (
    "You see neither which model wrote a reply, nor what it knew, nor any other score. The profile is true; whoever "
    "wrote the reply may have known less of it, and is rated all the same."
)


class Page(ModalScreen[None]):
    """Something to read; any of its keys leaves it."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape,q,f1,f3,enter", "leave", "Back")]

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__()
        self._title = title
        self._lines = lines

    def compose(self) -> ComposeResult:
        """The lines, scrolling."""
        with VerticalScroll(classes="page") as box:
            box.border_title = self._title
            for line in self._lines:
                yield Static(shown(line), classes="paragraph")
            yield Static(shown("Esc goes back", "$muted"))

    def on_mount(self) -> None:
        """Arrows scroll."""
        self.query_one(VerticalScroll).focus()

    def action_leave(self) -> None:
        """Back to the answer."""
        self.dismiss(None)


class RatingApp(Discreet[int]):
    """Give it a desk and run it; it returns when the person leaves."""

    CSS_PATH = "rating.tcss"
    TITLE = "penguin-local"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012  # textual's own annotation
    BINDINGS: ClassVar[list[BindingType]] = [
        *((str(level), f"rate({level})", f"Rate {level}") for level in LEVELS),
        ("backspace", "undo", "Back"),
        ("l", "later", "Later"),
        ("f1,question_mark", "help", "Help"),
        ("f3", "helplines", "Helplines"),
        ("ctrl+t", "next_theme", "Theme"),
        ("q,ctrl+q,ctrl+c", "leave", "Leave"),
    ]

    def __init__(self, desk: Desk, *, rater: str, helplines: Sequence[str], theme: str = "dark") -> None:
        """`helplines` are lines to show as they are."""
        super().__init__(theme)
        self.desk = desk
        self._rater = rater
        self._helplines = helplines

    @property
    def kept(self) -> str:
        """Of what was rated."""
        return KEPT

    def compose(self) -> ComposeResult:
        """One screen for all answers."""
        yield Static(id="headline")
        with Horizontal(id="room"):
            with VerticalScroll(id="text"):
                yield from self._text()
            with VerticalScroll(id="rubric", can_focus=False):
                yield Static(id="given")
                for dimension in Dimension:
                    yield Static(id=dimension.value, classes="dimension")
        yield Static(shown(FOOT), id="foot")

    def _text(self) -> Iterable[Widget]:
        for name, title in (("profile", "The person"), ("query", "They ask"), ("reply", "The reply")):
            yield Static(shown(title), classes="heading")
            yield Static(id=name)
        yield Static(shown(CARE), id="care")

    def on_mount(self) -> None:
        """The first answer."""
        self._show(fresh=True)
        self.query_one("#text").focus()

    def on_resize(self) -> None:
        """A list where there is room, a paragraph where there is not."""
        self._show(fresh=False)

    def action_rate(self, level: int) -> None:
        """The dimension that is marked gets this level."""
        try:
            kept = self.desk.rate(level)
        except PenguinError as error:
            self.notify(
                str(shown(f"Not kept: {error.message}. {error.hint}")),
                markup=False,
                severity="warning",
                timeout=10,
            )
            return
        self._show(fresh=kept)

    def action_undo(self) -> None:
        """One level, or one answer."""
        at = self.desk.answer
        if self.desk.back():
            self._show(fresh=self.desk.answer is not at)

    def action_later(self) -> None:
        """This answer at the end."""
        if self.desk.later():
            self._show(fresh=True)
        elif self.desk.answer is not None:
            self.notify("This is the only one left.", markup=False)

    def action_help(self) -> None:
        """Every key."""
        width = max(len(keys) for keys, _ in HELP)
        self.push_screen(Page("Help", [BLIND, "\n".join(f"{keys:{width}}  {words}" for keys, words in HELP)]))

    def action_helplines(self) -> None:
        """Whom to call."""
        self.push_screen(Page("Helplines", self._helplines))

    def action_leave(self) -> None:
        """All that was finished is kept."""
        self.exit(0)

    def _show(self, *, fresh: bool) -> None:
        desk = self.desk
        self._put("headline", shown(f"Rating, blind · {desk.done} of {desk.total} rated · {self._rater}"))
        answer = desk.answer
        for name, content in _pieces(answer, desk.total, wide=self.size.width >= WIDE).items():
            self._put(name, content)
        for only in self.query("#text .heading, #query, #reply, #care, #rubric"):
            only.display = answer is not None
        for place, dimension in enumerate(Dimension):
            widget = self.query_one(f"#{dimension.value}", Static)
            widget.set_class(dimension is desk.dimension, "-now")
            level = desk.given[place] if place < len(desk.given) else None
            before = desk.before[place] if desk.before else None
            widget.update(_rubric(dimension, level, before, now=dimension is desk.dimension))
        told = "   ".join(f"{d.label}: {level}" for d, level in zip(Dimension, desk.given, strict=False))
        self._put("given", shown(told, "$muted"))
        if fresh:
            self.query_one("#text").scroll_home(animate=False)

    def _put(self, name: str, content: Content) -> None:
        self.query_one(f"#{name}", Static).update(content)


def _pieces(answer: RatedAnswer | None, total: int, *, wide: bool) -> dict[str, Content]:
    if answer is None:
        return {"profile": shown(DONE.format(total=total)), "query": Content(""), "reply": Content("")}
    truth = answer.scenario.profile
    known = [f"{a.label}: {value}" for a in Attribute if (value := truth.get(a)) is not None]
    return {
        "profile": shown(("\n" if wide else " · ").join(known) or "nothing is known of them"),
        "query": shown(answer.scenario.query),
        "reply": shown(answer.answer),
    }


def _rubric(dimension: Dimension, level: int | None, before: int | None, *, now: bool) -> Content:
    question, steps = RUBRIC[dimension]
    earlier = f" (before: {before})" if before is not None else ""
    mark = "▸ " if now else "✓ " if level else "  "
    title = f"{mark}{dimension.label}{'' if level is None else f': {level}'}{earlier}"
    style = "bold $primary" if now else "bold"
    lines = [shown(title, style), shown(f"  {question}")]
    lines += [
        shown(f"  {step} {words}", "bold $accent" if step == level else "")
        for step, words in zip(LEVELS, steps, strict=True)
    ]
    return Content("\n").join(lines)

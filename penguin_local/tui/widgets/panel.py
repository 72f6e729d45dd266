"""Beside the conversation: what is known, how much is enough, and who is at work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from penguin_local.agent.abstention import TOP
from penguin_local.agent.case_state import CaseState
from penguin_local.agent.crisis_levels import Level
from penguin_local.core.attributes import Attribute
from penguin_local.tui.deps import Deps, Models
from penguin_local.tui.keys import label
from penguin_local.tui.safe import shown
from penguin_local.tui.widgets.bars import bar, marked

SIMILAR: Final = 3
"""Planned questions that are shown, the nearest first."""
WIDTH: Final = 20
"""Characters of a bar."""


@dataclass(frozen=True, slots=True)
class Course:
    """What the agent is at: from the steps, not from the case."""

    path: tuple[Attribute, ...] = ()
    similar: tuple[str, ...] = ()
    level: float | None = None
    """Sufficiency before the question at hand."""
    questions: int = 0
    window: int = 0
    """Tokens the model can read at once; 0 while no model is ready."""


class Panel(VerticalScroll, can_focus=False):
    """What is known can be corrected here at any time: Enter on a line, or a click."""

    class Correct(Message):
        """The person wants to change this one."""

        def __init__(self, attribute: Attribute) -> None:
            super().__init__()
            self.attribute = attribute

    def __init__(self, deps: Deps) -> None:
        super().__init__(id="panel")
        self._deps = deps

    def compose(self) -> ComposeResult:
        """Sections with headings, each a line or a few."""
        yield Static("What is known", classes="heading")
        yield OptionList(id="known", markup=False, compact=True)
        yield Static("Enter changes or removes one", classes="hint")
        for name, heading in (
            ("enough", "Enough to answer safely?"),
            ("path", "The plan"),
            ("window", "What the model can read"),
            ("who", "Who is at work"),
        ):
            yield Static(heading, classes="heading")
            yield Static(id=name, markup=False)

    def on_mount(self) -> None:
        """Filled in before there is a session, too."""
        self.show(CaseState(), Course())

    def show(self, state: CaseState, course: Course) -> None:
        """Where the case stands now."""
        known = self.query_one("#known", OptionList)
        before = known.highlighted
        known.clear_options()
        known.add_options([Option(_attribute(state, a), id=a.value) for a in Attribute])
        known.highlighted = before
        self.query_one("#enough", Static).update(self._enough(state, course))
        self.query_one("#path", Static).update(_plan(state, course))
        self.query_one("#window", Static).update(_window(state, course))
        self.query_one("#who", Static).update(_who(self._deps.models, state, self._deps))

    def _enough(self, state: CaseState, course: Course) -> Content:
        settings = self._deps.chat.dialogue
        level = course.level if course.level is not None else state.sufficiency
        lines = [f"questions: {course.questions or state.questions} of up to {settings.budget}"]
        if level is None:
            lines.insert(0, f"not rated yet (answers from {settings.threshold:g})")
        else:
            lines.insert(0, f"{marked(level / TOP, WIDTH, settings.threshold / TOP)} {level:.1f} of {TOP}")
            lines.insert(1, f"┃ answers from {settings.threshold:g}")
        return shown("\n".join(lines))

    def on_descendant_focus(self) -> None:
        """One line stands out, so that it is seen where one is."""
        known = self.query_one("#known", OptionList)
        if known.highlighted is None:
            known.action_first()

    @on(OptionList.OptionSelected, "#known")
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.Correct(Attribute(event.option_id or "")))


def _attribute(state: CaseState, attribute: Attribute) -> Content:
    value = state.known.get(attribute)
    if value is not None:
        return Content.assemble(
            ("● ", "$success"), (f"{attribute.label}: ", "$muted"), shown(value.kind, "bold")
        )
    if attribute in state.declined:
        return shown(f"– {attribute.label}: rather not say", "$muted")
    if attribute in state.unsure:
        return shown(f"? {attribute.label}: doesn't know", "$muted")
    return shown(f"○ {attribute.label}", "$muted")


def _plan(state: CaseState, course: Course) -> Content:
    if not course.path:
        return shown("none yet", "$muted")
    lines = [" → ".join(attribute.label for attribute in course.path)]
    # Made-up questions of others are no reading beside somebody's own danger.
    if course.similar and state.alarmed < Level.ELEVATED:
        lines += ["after what was worth asking for:", *(f"· {query}" for query in course.similar[:SIMILAR])]
    return shown("\n".join(lines))


def _window(state: CaseState, course: Course) -> Content:
    if not course.window:
        return shown("no model is ready yet", "$muted")
    share = state.used_tokens / course.window
    lines = [f"{bar(share, WIDTH)} {share:.0%}", f"{state.used_tokens:,} of {course.window:,} tokens"]
    if state.summarised:
        lines.append("earlier turns: as their summary")
    return shown("\n".join(lines))


def _who(models: Models, state: CaseState, deps: Deps) -> Content:
    lines = [
        f"answers: {models.chat}" + (" (demonstration)" if models.chat_demonstration else ""),
        f"judges: {models.judge}" + (" (demonstration)" if models.judge_demonstration else ""),
        deps.shield,
    ]
    if state.consent is not None:
        lines.append("consent: given" if state.consent.agreed else "consent: not given")
    if deps.traceless:
        lines.append("no trace: nothing is written")
    if state.level is not Level.NONE:
        lines.insert(
            0, f"♥ seen in this case: {state.level.label} ({label('helplines', deps.settings.keymap)})"
        )
    return shown("\n".join(lines))

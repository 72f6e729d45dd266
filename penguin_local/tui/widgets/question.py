"""The question at hand: whether one may ask, what, why, what may be left out, and every way to answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from penguin_local.agent.dialogue_events import Declined, JustAnswer, Outcome, Reply, Told, Unsure
from penguin_local.agent.session_events import Asking, Chosen, Granted, Put, Spoken, Unclear
from penguin_local.core.background import Value
from penguin_local.tui.safe import shown
from penguin_local.tui.widgets.choices import Choice, Choices

DECLINE: Final = Choice("n", "prefer not to say")
UNSURE: Final = Choice("d", "don't know")
ANSWER: Final = Choice("a", "just answer now")
YES: Final = Choice("y", "yes, you may ask")
NO: Final = Choice("n", "I'd rather not say")
PERMISSION: Final = {
    Put.PERMISSION: "",
    Put.WHY: "That is why. May I ask? A yes or a no is enough, and both are fine.",
    Put.AGAIN: "I could not tell whether that is a yes. May I ask? A yes or a no is enough, and both are fine.",
}
"""What is said beside it, the first time and after a reply that was neither."""
KEPT: Final = "Your words are kept beside it."
OTHERWISE: Final[dict[str, Outcome]] = {"n": Declined(), "d": Unsure(), "a": JustAnswer()}


class AskingCard(VerticalScroll, can_focus=False):
    """Choices, and the box below for one's own words."""

    class Replied(Message):
        """The person answered."""

        def __init__(self, said: Spoken | Chosen | Granted) -> None:
            super().__init__()
            self.said = said

    def __init__(self, values: Sequence[str]) -> None:
        super().__init__(classes="question")
        self._values = values

    @property
    def choices(self) -> Choices:
        """The ones that are on the screen."""
        return self.query_one(Choices)

    def preview(self, text: str) -> None:
        """What Enter would take of what stands in the box."""
        self.choices.preview(text)

    async def say(self, text: str) -> None:
        """Enter was pressed in the box: a choice's key, or their own words."""
        choice = self.choices.find(text)
        if choice is not None:
            await self.take(choice)
        elif text.strip():
            self.post_message(self.Replied(Spoken(text.strip())))

    @on(Choices.Taken)
    async def _taken(self, event: Choices.Taken) -> None:
        event.stop()
        await self.take(event.choice)

    async def take(self, choice: Choice) -> None:
        """One of the choices."""
        outcome = OTHERWISE.get(choice.key)
        if outcome is None:
            outcome = Told(Value(self._values[int(choice.key) - 1]))
        self.post_message(self.Replied(Chosen(Reply(outcome))))


class QuestionCard(AskingCard):
    """A question of the agent; where the matter is sensitive, first whether one may ask."""

    def __init__(self, asking: Asking) -> None:
        self.ask, self.asking = asking.ask, asking
        super().__init__(self.ask.attribute.values)
        self.border_title = (
            f"Question {self.ask.question} of up to {self.ask.budget}: {self.ask.attribute.label}"
        )

    @property
    def wording(self) -> str:
        """What is put."""
        return self.ask.wording if self.asking.put is Put.QUESTION else self.ask.permission or ""

    @property
    def first(self) -> bool:
        """Whether this is put for the first time."""
        return self.asking.put in (Put.PERMISSION, Put.QUESTION)

    def compose(self) -> ComposeResult:
        """What is put, why, and how it can be answered."""
        yield Static(shown(self.wording), classes="wording")
        yield Static(_told("Why", self.ask.why), classes="why")
        if self.asking.put is not Put.QUESTION:
            if again := PERMISSION[self.asking.put]:
                yield Static(shown(again), classes="why")
            yield Choices((YES, NO, UNSURE, ANSWER))
            return
        yield Static(shown(self.ask.may_skip), classes="why")
        if self.asking.said:
            yield Static(shown(already(self.asking)), classes="why")
        yield Choices((*numbered(self._values), DECLINE, UNSURE, ANSWER))

    async def take(self, choice: Choice) -> None:
        """A yes to being asked, or a reply."""
        if choice.key == YES.key:
            self.post_message(self.Replied(Granted()))
        else:
            await super().take(choice)


class UnclearCard(AskingCard):
    """What they wrote could be several things; it is asked back, never guessed."""

    def __init__(self, unclear: Unclear) -> None:
        super().__init__(unclear.guesses)
        self._unclear = unclear
        self.border_title = f"To be sure I understand: {unclear.attribute.label}"

    def compose(self) -> ComposeResult:
        """What they wrote, and what it might mean."""
        guesses = self._unclear.guesses
        yield Static(shown(f"You wrote: “{self._unclear.text}”"), classes="wording")
        yield Static(
            shown(f"Which of these comes nearest? {KEPT}" if guesses else "How would you put it?"),
            classes="why",
        )
        yield Choices((*numbered(guesses), DECLINE, UNSURE, ANSWER))


def already(asking: Asking) -> str:
    """What they told before the question was put, and what it might mean: one key says so."""
    values = asking.ask.attribute.values
    nearest = " or ".join(f"{values.index(kind) + 1} {kind}" for kind in asking.guesses)
    return f"You wrote: “{asking.said}”. " + (f"Is it {nearest}? {KEPT}" if nearest else KEPT)


def numbered(values: Sequence[str]) -> tuple[Choice, ...]:
    """From 1."""
    return tuple(Choice(str(number), value) for number, value in enumerate(values, 1))


def _told(what: str, text: str) -> Content:
    return Content.assemble((f"{what}: ", "bold"), shown(text))

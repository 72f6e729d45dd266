"""The question at hand: whether one may ask, what, why, what may be left out, and every way to answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from penguin_local.agent.dialogue_events import Ask, Declined, JustAnswer, Outcome, Reply, Told, Unsure
from penguin_local.agent.session_events import Chosen, Spoken, Unclear
from penguin_local.agent.whole_replies import granted
from penguin_local.core.background import Value
from penguin_local.tui.safe import shown
from penguin_local.tui.widgets.choices import Choice, Choices

DECLINE: Final = Choice("n", "prefer not to say")
UNSURE: Final = Choice("d", "don't know")
ANSWER: Final = Choice("a", "just answer now")
YES: Final = Choice("y", "yes, you may ask")
NO: Final = Choice("n", "I'd rather not say")
OTHERWISE: Final[dict[str, Outcome]] = {"n": Declined(), "d": Unsure(), "a": JustAnswer()}


class AskingCard(VerticalScroll, can_focus=False):
    """Choices, and the box below for one's own words."""

    class Replied(Message):
        """The person answered."""

        def __init__(self, said: Spoken | Chosen) -> None:
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
    """A question of the agent."""

    def __init__(self, ask: Ask) -> None:
        super().__init__(ask.attribute.values)
        self.ask = ask
        self._may_ask = ask.permission is None
        self.border_title = f"Question {ask.question} of up to {ask.budget}: {ask.attribute.label}"

    def compose(self) -> ComposeResult:
        """First whether one may ask, where the matter is sensitive."""
        yield from self._question() if self._may_ask else self._permission()

    def _permission(self) -> Iterable[Widget]:
        yield Static(shown(self.ask.permission or ""), classes="wording")
        yield Static(_told("Why", self.ask.why), classes="why")
        yield Choices((YES, NO, UNSURE, ANSWER))

    def _question(self) -> Iterable[Widget]:
        yield Static(shown(self.ask.wording), classes="wording")
        yield Static(_told("Why", self.ask.why), classes="why")
        yield Static(shown(self.ask.may_skip), classes="why")
        yield Choices((*numbered(self._values), DECLINE, UNSURE, ANSWER))

    async def say(self, text: str) -> None:
        """A plain yes or no to being asked is no answer to the question itself."""
        if self._may_ask or (may := granted(text)) is None:
            await super().say(text)
        else:
            await self.take(YES if may else NO)

    async def take(self, choice: Choice) -> None:
        """A yes shows the question; all else is a reply."""
        if self._may_ask or choice.key != YES.key:
            await super().take(choice)
            return
        self._may_ask = True
        focused = self.choices.has_focus
        async with self.batch():
            await self.remove_children()
            await self.mount_all(self._question())
        if focused:
            self.choices.focus()


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
            shown("Which of these comes nearest?" if guesses else "How would you put it?"), classes="why"
        )
        yield Choices((*numbered(guesses), DECLINE, UNSURE, ANSWER))


def numbered(values: Sequence[str]) -> tuple[Choice, ...]:
    """From 1."""
    return tuple(Choice(str(number), value) for number, value in enumerate(values, 1))


def _told(what: str, text: str) -> Content:
    return Content.assemble((f"{what}: ", "bold"), shown(text))

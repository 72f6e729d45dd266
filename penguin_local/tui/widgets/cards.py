"""What stands in a conversation: what was said, asked, replied and noted."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.dialogue_events import Declined, JustAnswer, Unsure
from penguin_local.agent.record import Heard, Outcome
from penguin_local.core.attributes import Attribute
from penguin_local.tui.keys import bound, keymap_of
from penguin_local.tui.safe import shown

OUTCOMES: Final = {
    Outcome.DECLINED: "prefer not to say",
    Outcome.UNSURE: "don't know",
    Outcome.JUST_ANSWER: "just answer now",
    Outcome.PERMITTED: "yes, you may ask",
    Outcome.ENDED: "the question was let go: safety comes first",
}
OUTCOMES_BY_TYPE: Final[dict[type, str]] = {
    Declined: OUTCOMES[Outcome.DECLINED],
    Unsure: OUTCOMES[Outcome.UNSURE],
    JustAnswer: OUTCOMES[Outcome.JUST_ANSWER],
}
ALARMS: Final = {
    Level.CONCERN: "This sounds heavy. If it helps to talk to somebody, the helplines are one key away: {helplines}.",
    Level.ELEVATED: (
        "This may be dangerous. Please do not stay alone with it: {helplines} shows who can be reached now."
    ),
    Level.IMMINENT: (
        "This may be an emergency. Please call the emergency number or a helpline now: {helplines} shows the "
        "numbers. Nobody has been called by this program."
    ),
}
"""Shown in the conversation itself, so that it is still there when the panel is closed."""


class Card(Vertical):
    """One block of the conversation."""

    def __init__(self, *, entry: int = -1, classes: str = "") -> None:
        super().__init__(classes=f"card {classes}")
        self.entry = entry
        """The number of the case's entry that it shows, the newest where there are several; -1 while it is new."""


class SaidCard(Card):
    """The person's own words."""

    def __init__(self, text: str, who: str, *, entry: int = -1) -> None:
        super().__init__(entry=entry, classes="said")
        self._text, self._who = text, who

    def compose(self) -> ComposeResult:
        """Who, and what."""
        yield Static(shown(self._who), classes="who")
        yield Static(shown(self._text), classes="words")


class AskedCard(Card):
    """A question of the agent that is done, and the reply to it when there is one."""

    def __init__(self, attribute: Attribute, wording: str, words: str = "", *, entry: int = -1) -> None:
        """`words` are theirs, where they told it before it was asked."""
        super().__init__(entry=entry, classes="asked")
        self.attribute = attribute
        self._wording = wording
        self._words = words
        self._reply = ""

    def compose(self) -> ComposeResult:
        """The question, and a line for the reply."""
        yield Static(shown(f"? {self._wording}"), classes="wording")
        yield Static(self._line(), classes="reply")

    def answer(self, text: str) -> None:
        """What came of it."""
        self._reply = text
        if self.is_mounted:
            self.query_one(".reply", Static).update(self._line())

    @property
    def in_own_words(self) -> bool:
        """Whether they wrote, rather than chose by key."""
        return bool(self._words)

    def say(self, text: str) -> None:
        """Their own words, after any that were not clear."""
        self._words = f"{self._words}; {text}" if self._words else text
        self.answer(f"“{self._words}”")

    def choose(self, reply: str) -> None:
        """What was chosen; words that came before stay."""
        self.answer(f"“{self._words}” ({reply})" if self._words else reply)

    def understood(self, kind: str) -> None:
        """What their own words were taken for."""
        self.choose(f"understood as: {kind}" if self._words else kind)

    def _line(self) -> Content:
        return shown(f"→ {self._reply}" if self._reply else "")


class NoteCard(Card):
    """About the conversation itself."""

    def __init__(self, text: str, *, mark: str = "·", entry: int = -1, classes: str = "note") -> None:
        super().__init__(entry=entry, classes=classes)
        self._text = f"{mark} {text}"

    def compose(self) -> ComposeResult:
        """One remark."""
        yield Static(shown(self._text))


class AlarmCard(NoteCard):
    """What the crisis layer saw, calmly."""

    def __init__(self, level: Level, *, entry: int = -1) -> None:
        super().__init__(ALARMS.get(level, ""), mark="♥", entry=entry, classes=f"alarm {level.label}")

    def compose(self) -> ComposeResult:
        """The remark, with the key as it is bound."""
        yield Static(shown(bound(self._text, keymap_of(self))))


def replied(heard: Heard, kind: str = "") -> str:
    """A reply in a line: in their words, with what was understood."""
    if heard.outcome in (Outcome.PERMITTED, Outcome.UNCLEAR) and heard.text:
        return f"“{heard.text}”"
    if heard.outcome in OUTCOMES:
        return f"“{heard.text}” ({OUTCOMES[heard.outcome]})" if heard.text else OUTCOMES[heard.outcome]
    if not heard.text or heard.text == kind:
        return kind
    return f"“{heard.text}”" + (f" (understood as: {kind})" if kind else "")

"""A question of the agent's, line by line: leave to ask, the question itself, and the reply that ends it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from penguin_local.agent.dialogue_events import Ask, Declined, JustAnswer, Reply, Told, Unsure
from penguin_local.agent.session import Session
from penguin_local.agent.session_events import Asking, Chosen, Put, Said, Spoken, Unclear
from penguin_local.cli.chat_stopping import Stopping
from penguin_local.cli.chat_telling import Telling
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.core.text import safe_text

LATER: Final = "That has to wait for the question: answer it, or /skip, /unsure, /answer."
AGAIN: Final = "The question is still open: {question}"
_REPLIES: Final = {
    "/skip": Reply(Declined()),
    "/unsure": Reply(Unsure()),
    "/answer": Reply(JustAnswer()),
}
REPLIES: Final = frozenset(_REPLIES)
"""What is a reply only while a question is open."""


class PlainAsking:
    """Asks in the middle of a piece of work."""

    def __init__(
        self, session: Session, telling: Telling, stopping: Stopping, *, aside: Callable[[str], bool]
    ) -> None:
        """`aside` does what may be done at any time, such as /known; False where a line is not that."""
        self._session = session
        self._telling = telling
        self._stopping = stopping
        self._aside = aside
        self.left = False
        """/quit was said."""

    def ask(self, asking: Asking) -> Said:
        """The reply; None, with everything stopped, where they left or stopped it."""
        ask = asking.ask
        if asking.put is not Put.QUESTION:
            return self._permission(asking, ask.permission or "")
        if ask.permission is None:
            self._open(ask)
        values = ask.attribute.values
        self._telling.say(ask.wording, f"usual: {_numbered(values)}")
        if asking.said:
            nearest = " or ".join(f"{values.index(kind) + 1} {kind}" for kind in asking.guesses)
            what = f"is it {nearest}? A number says so, and your words" if nearest else "your words"
            self._telling.say(f"You wrote “{safe_text(asking.said)}”: {what} are kept beside it.")
        self._telling.say(
            "or your own words; /skip prefers not to say, /unsure does not know, /answer wants the answer now"
        )
        return self._reply(ask.attribute, ask.wording, values)

    def clarify(self, unclear: Unclear) -> Said:
        """Which of these they meant."""
        offered, question = unclear.guesses or unclear.attribute.values, "Which comes nearest?"
        self._telling.say(f"That could be several things. {question}")
        self._telling.say(f"{_numbered(offered)}; your words are kept beside it; or /skip, /unsure, /answer")
        return self._reply(unclear.attribute, question, offered)

    def _open(self, ask: Ask) -> None:
        self._telling.say(f"question {ask.question} of at most {ask.budget}, about: {ask.attribute.label}")
        self._telling.say(f"why: {ask.why} {ask.may_skip}")

    def _permission(self, asking: Asking, permission: str) -> Said:
        """Whether one may ask: what is said to it is for the session to understand."""
        match asking.put:
            case Put.WHY:
                self._telling.say(f"why: {asking.ask.why}")
            case Put.AGAIN:
                self._telling.say("I could not tell whether that is a yes; a yes or a no is enough.")
            case _:
                self._open(asking.ask)
        self._telling.say(f"{permission} (yes, or no; /unsure does not know, /answer wants the answer now)")
        return self._reply(asking.ask.attribute, permission, ())

    def _reply(self, attribute: Attribute, question: str, offered: Sequence[str]) -> Said:
        while (words := self._line()) is not None:
            if words.isascii() and words.isdigit() and 1 <= int(words) <= len(offered):
                return Chosen(Reply(Told(Value(offered[int(words) - 1]))))
            said = self._said(attribute, question, words)
            if said is not None:
                return said
        return None

    def _said(self, attribute: Attribute, question: str, words: str) -> Said:
        """A line as a reply; None where it was none and the question stays open."""
        if words in _REPLIES:
            return Chosen(_REPLIES[words])
        if not words:
            return None
        if not words.startswith("/"):
            return Spoken(words)
        if not self._aside(words):
            self._telling.say(LATER)
        settled = self._session.overtaken(attribute)
        if settled is None:
            self._telling.say(AGAIN.format(question=question))
        return settled

    def _line(self) -> str | None:
        """The next line; None, with everything stopped, at the end, at /quit and at Ctrl-C."""
        line = None
        with suppress(KeyboardInterrupt):
            line = self._stopping.line()
        if line is None or line.strip() == "/quit":
            self.left = line is not None
            self._stopping.cancel.set()
            return None
        return line.strip()


def _numbered(values: Sequence[str]) -> str:
    return ", ".join(f"{number} {value}" for number, value in enumerate(values, 1))

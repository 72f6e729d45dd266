"""The conversation line by line, for screen readers and pipes: no colour, no cursor, nothing redrawn."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final

from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.session import Session
from penguin_local.agent.session_events import (
    Asking,
    Said,
    Step,
    SummaryProposed,
    Unclear,
)
from penguin_local.cli.chat_asking import REPLIES, PlainAsking
from penguin_local.cli.chat_stopping import Stopping
from penguin_local.cli.chat_telling import Lines, Telling
from penguin_local.cli.chat_words import HELP, attribute_named, known_lines
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.core.text import safe_text
from penguin_local.errors import PenguinError, UsageError

PROPOSED: Final = (
    "/keep takes it, and the model reads it in place of what was said so far; /edit WORDS takes your words instead. "
    "Whatever else is said goes on without it."
)
LEAVING: Final = "Ctrl-C stops an answer; /quit leaves, or Ctrl-C once more."
LET_GO: Final = "The summary is let go; all is as it was."


class PlainChat:
    """One case, talked with by lines."""

    def __init__(
        self, session: Session, lines: Lines, *, where: Callable[[], str], numbers: Callable[[], list[str]]
    ):
        """`numbers` gives the helplines of the chosen country, as lines; `where` says `in Germany`."""
        self._session = session
        self._stopping = Stopping(lines)
        self._telling = Telling(session, lines, where=where, numbers=numbers)
        self._asking = PlainAsking(session, self._telling, self._stopping, aside=self._aside)
        self._proposed = ""
        """The summary that can be taken; empty while there is none."""
        self._later: Final[Mapping[str, Callable[[str], None]]] = {
            "/consent": self._consent,
            "/title": self._title,
            "/again": lambda _: self._play(session.regenerate),
            "/judge": lambda _: self._play(session.judge),
            "/compare": lambda _: self._play(session.compare),
            "/summary": lambda _: self._play(session.summarise),
            "/keep": lambda _: self._summarised(self._proposed, edited=False),
            "/edit": lambda rest: self._summarised(rest, edited=True),
        }
        """What has to wait while a question is open."""

    def talk(self) -> None:
        """Until the lines end, /quit, or Ctrl-C twice in a row."""
        with self._stopping.heeded():
            self._welcome()
            while not self._asking.left and (line := self._line()) is not None:
                words = line.strip()
                if words == "/quit":
                    return
                if not words:
                    continue
                try:
                    self._do(words)
                except PenguinError as error:
                    self._complain(error)

    def _welcome(self) -> None:
        self._telling.say(
            f"{safe_text(self._session.case.about.title)}. This is decision support, not a clinician."
        )
        self._telling.say("/help lists what can be typed.")
        if self._session.recover():
            self._telling.say(
                "The last answer was cut off when the program ended; what was written of it is kept."
            )
        elif (turns := self._session.state.turns) and not turns[-1].answers:
            self._telling.say("What was said last has no answer yet; /again asks for one.")
        if self._session.case.about.mode == "client" and self._session.state.consent is None:
            self._telling.say(
                f"About your client's consent: {self._session.entering.consent_words} /consent yes or no records it."
            )

    def _line(self) -> str | None:
        """The next line; None at the end, and at a second Ctrl-C in a row."""
        with suppress(KeyboardInterrupt):
            return self._stopping.line()
        self._stopping.anew()
        self._telling.say(LEAVING)
        with suppress(KeyboardInterrupt):
            return self._stopping.line()
        return None

    def _complain(self, error: PenguinError) -> None:
        self._telling.say(f"{error.message.rstrip('.')}: {error.hint}" if error.hint else error.message)

    def _do(self, words: str) -> None:
        if not words.startswith("/"):
            self._play(lambda cancel: self._session.ask(words, cancel))
            return
        if self._aside(words):
            return
        name, _, rest = words.partition(" ")
        if name in REPLIES:
            self._telling.say("There is no question open just now.")
        else:
            self._later[name](rest)

    def _set(self, rest: str) -> None:
        if "=" not in rest:
            raise UsageError("/set needs what it is about, and a value", hint="such as: /set age = 25-34")
        name, _, value = rest.partition("=")
        attribute = attribute_named(name)
        try:
            read = Value.parse(attribute, value)
        except ValueError as error:
            raise UsageError(str(error), hint="such as: /set age = 25-34") from error
        reading = self._session.entering.correct(attribute, read)
        self._telling.say(f"Noted: {attribute.label} is {safe_text(str(read))}.")
        if reading.level >= Level.ELEVATED:
            self._telling.alarm(reading.level)

    def _forget(self, attribute: Attribute) -> None:
        state = self._session.state
        if state.known.get(attribute) is not None:
            self._session.entering.correct(attribute, None)
            self._telling.say("Taken back. The next answer will say so.")
        elif attribute in state.declined | state.unsure:
            self._session.entering.correct(attribute, None)
            self._telling.say("Taken back. It may be asked about again.")
        else:
            self._telling.say(f"{attribute.label}: nothing was known of it.")

    def _consent(self, answer: str) -> None:
        answers = {"yes": True, "no": False}
        if answer.strip() not in answers:
            self._telling.say(self._session.entering.consent_words)
            raise UsageError("whether the person agreed is not said", hint="/consent yes, or /consent no")
        self._session.entering.consent(answers[answer.strip()])
        self._telling.say("Recorded, with the time. It can be changed at any time.")
        if not answers[answer.strip()]:
            self._telling.say(self._session.entering.declined_words("`penguin-local cases delete`"))

    def _summarised(self, text: str, *, edited: bool) -> None:
        if not self._proposed:
            raise UsageError("no summary is proposed just now", hint="/summary writes one")
        reading = self._session.accept_summary(text, edited=edited)
        self._proposed = ""
        self._telling.say("Taken. From here on the model reads the summary; nothing was deleted.")
        if reading.level > Level.NONE:
            self._telling.alarm(reading.level)

    def _title(self, title: str) -> None:
        if not title.strip():
            raise UsageError("a title needs a word", hint="/title WORDS")
        self._session.describe(replace(self._session.case.about, title=title.strip()))
        self._telling.say("Renamed.")

    def _play(self, make: Callable[[threading.Event], Generator[Step, Said, None]]) -> None:
        """Run one piece of work, with Ctrl-C stopping it and not the conversation.

        A summary that was proposed before it would not hold what is said now.
        """
        if self._proposed:
            self._proposed = ""
            self._telling.say(LET_GO)
        steps = make(self._stopping.cancel)
        said: Said = None
        try:
            while True:
                said = self._show(steps.send(said))
        except StopIteration:
            self._telling.end_stream()
        except PenguinError:
            self._telling.end_stream()
            raise
        finally:
            steps.close()
            self._stopping.anew()

    def _show(self, step: Step) -> Said:
        match step:
            case Asking() as asking:
                return self._asking.ask(asking)
            case Unclear() as unclear:
                return self._asking.clarify(unclear)
            case SummaryProposed(text=text):
                self._proposed = text
                self._telling.end_stream()
                self._telling.say(f"Summary proposed: {safe_text(text)}", PROPOSED)
            case _:
                self._telling.tell(step)
        return None

    def _aside(self, words: str) -> bool:
        """What can be done at any time, also while a question is open; False for a word that has its time."""
        name, _, rest = words.partition(" ")
        try:
            match name:
                case "/helplines":
                    self._telling.numbers()
                case "/help":
                    self._telling.say(HELP)
                case "/known":
                    self._telling.say(*known_lines(self._session))
                case "/set":
                    self._set(rest)
                case "/forget":
                    self._forget(attribute_named(rest))
                case _ if name in self._later or name in REPLIES:
                    return False
                case _:
                    raise UsageError(f"there is no {name}", hint="/help lists what can be typed")
        except PenguinError as error:  # said here: it would end the question
            self._complain(error)
        return True

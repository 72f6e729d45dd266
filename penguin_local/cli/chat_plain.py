"""The conversation line by line, for screen readers and pipes: no colour, no cursor, nothing redrawn."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final, Protocol

from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.dialogue_events import Declined, JustAnswer, Reply, Told, Unsure
from penguin_local.agent.helplines import OPENING
from penguin_local.agent.record import Ended
from penguin_local.agent.session import Session
from penguin_local.agent.session_events import (
    Alarm,
    Asking,
    Chosen,
    CompareDone,
    Finished,
    JudgeDone,
    Note,
    Said,
    Settled,
    Spoken,
    Step,
    Streamed,
    SummaryProposed,
    Took,
    Unclear,
    WindowFull,
    WindowNear,
    Withdrawn,
)
from penguin_local.cli.chat_words import HELP, known_lines, score_lines
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.core.text import safe_text
from penguin_local.errors import PenguinError, UsageError


class Lines(Protocol):
    """Where lines come from and go to."""

    def read(self, prompt: str) -> str | None:
        """The next line; None at the end."""
        ...

    def write(self, text: str, *, end: str = "\n") -> None:
        """Text that is safe already."""
        ...


LATER: Final = "That has to wait for the question: answer it, or /skip, /unsure, /answer."
_REPLIES: Final = {
    "/skip": Reply(Declined()),
    "/unsure": Reply(Unsure()),
    "/answer": Reply(JustAnswer()),
}


class PlainChat:
    """One case, talked with by lines."""

    def __init__(
        self, session: Session, lines: Lines, *, country: Callable[[], str], numbers: Callable[[], list[str]]
    ):
        """`numbers` gives the helplines of the chosen country, as lines; `country` its name."""
        self._session = session
        self._lines = lines
        self._country = country
        self._numbers = numbers
        self._streaming = False
        self._waiting = False
        """For a person, in the middle of a piece of work: Ctrl-C then ends the waiting at once."""

    def talk(self) -> None:
        """Until the lines end or /quit."""
        self._say(f"{safe_text(self._session.case.about.title)}. This is decision support, not a clinician.")
        self._say("/help lists what can be typed.")
        if self._session.recover():
            self._say("The last answer was cut off when the program ended; what was written of it is kept.")
        if self._session.case.about.mode == "client" and self._session.state.consent is None:
            self._say(
                f"About your client's consent: {self._session.consent_words} /consent yes or no records it."
            )
        while (line := self._lines.read("you: ")) is not None:
            words = line.strip()
            if words == "/quit":
                return
            if not words:
                continue
            try:
                self._do(words)
            except PenguinError as error:
                self._say(f"{error.message.rstrip('.')}: {error.hint}" if error.hint else error.message)

    def _do(self, words: str) -> None:
        if not words.startswith("/"):
            self._play(lambda cancel: self._session.ask(words, cancel))
            return
        name, _, rest = words.partition(" ")
        match name:
            case "/help":
                self._say(HELP)
            case "/known":
                self._lines_of(known_lines(self._session))
            case "/set":
                self._set(rest)
            case "/forget":
                self._session.correct(_attribute(rest), None)
                self._say("Taken back. The next answer will say so.")
            case "/consent":
                self._consent(rest)
            case "/title":
                self._title(rest)
            case "/again":
                self._play(self._session.regenerate)
            case "/judge":
                self._play(self._session.judge)
            case "/compare":
                self._play(self._session.compare)
            case "/summary":
                self._play(self._session.summarise)
            case "/helplines":
                self._lines_of(self._numbers())
            case "/skip" | "/unsure" | "/answer":
                self._say("There is no question open just now.")
            case _:
                raise UsageError(f"there is no {name}", hint="/help lists what can be typed")

    def _set(self, rest: str) -> None:
        name, _, value = rest.partition("=")
        attribute = _attribute(name)
        try:
            read = Value.parse(attribute, value)
        except ValueError as error:
            raise UsageError(str(error), hint="such as: /set age = 25-34") from error
        reading = self._session.correct(attribute, read)
        self._say(f"Noted: {attribute.label} is {safe_text(str(read))}.")
        if reading.level >= Level.ELEVATED:
            self._lines_of(self._numbers())

    def _consent(self, answer: str) -> None:
        answers = {"yes": True, "no": False}
        if answer.strip() not in answers:
            self._say(self._session.consent_words)
            raise UsageError("whether the person agreed is not said", hint="/consent yes, or /consent no")
        self._session.consent(answers[answer.strip()])
        self._say("Recorded, with the time. It can be changed at any time.")

    def _title(self, title: str) -> None:
        if not title.strip():
            raise UsageError("a title needs a word", hint="/title WORDS")
        self._session.describe(replace(self._session.case.about, title=title.strip()))
        self._say("Renamed.")

    def _play(self, make: Callable[[threading.Event], Generator[Step, Said, None]]) -> None:
        """Run one piece of work, with Ctrl-C stopping it and not the conversation."""
        cancel = threading.Event()
        with _stops(cancel, lambda: self._waiting):
            steps = make(cancel)
            said: Said = None
            try:
                while True:
                    step = steps.send(said)
                    said = self._show(step, cancel)
            except StopIteration:
                self._end_stream()
            except PenguinError:
                self._end_stream()
                raise
            finally:
                steps.close()

    def _show(self, step: Step, cancel: threading.Event) -> Said:
        if not isinstance(step, Streamed):
            self._end_stream()
        match step:
            case Streamed(text=text):
                if not self._streaming:
                    self._lines.write("reply: ", end="")
                self._streaming = True
                self._lines.write(safe_text(text), end="")
            case Asking() as asking:
                return self._ask(asking, cancel)
            case Unclear(attribute=attribute, guesses=guesses):
                return self._clarify(attribute, guesses, cancel)
            case _:
                self._tell(step)
        return None

    def _tell(self, step: Step) -> None:
        match step:
            case Took(attribute=attribute, value=None, declined=declined):
                self._say(f"{attribute.label}: {'not to be asked about' if declined else 'left open'}.")
            case Took(attribute=attribute, value=value):
                self._say(
                    f"{attribute.label}: taken as {safe_text(value.kind if value else '')}. /set changes it."
                )
            case Settled(sufficient=sufficient) if sufficient.level is not None:
                threshold = self._session.settings.dialogue.threshold
                rated = f"{sufficient.level:.1f} of 5, threshold {threshold:g}"
                self._say(f"(no more questions: {sufficient.reason.value}; sufficiency {rated})")
            case Alarm(reading=reading):
                self._alarm(reading.level)
            case Withdrawn(why=why):
                self._say(f"(What the model was writing is taken back: {why}. In its place:)")
            case Finished(answer=answer):
                self._finished(answer.text, answer.replaced, answer.ended, answer.changed)
            case JudgeDone(judged=judged):
                self._lines_of(score_lines(judged))
            case CompareDone(compared=compared):
                self._say(
                    f"(that was the same question answered without knowing anything; it ended: {compared.ended.value})"
                )
            case SummaryProposed(text=text):
                self._summary(text)
            case WindowNear(used=used, window=window):
                self._say(
                    f"The conversation fills {used:,} of {window:,} tokens of the window. /summary makes room."
                )
            case WindowFull(needed=needed, window=window):
                self._say(
                    f"The conversation needs {needed:,} tokens and the window holds {window:,}. Nothing was cut: "
                    "/summary makes room, then /again answers."
                )
            case Note(text=text):
                self._say(safe_text(text))
            case _:
                pass

    def _finished(self, text: str, replaced: str, ended: Ended, changed: tuple[str, ...]) -> None:
        if replaced:
            self._say(f"reply: {safe_text(text)}")
        if changed:
            self._say(f"(what changed: {'; '.join(changed)})")
        told = {
            Ended.LENGTH: "(it reached the longest length or the end of the window; ask it to go on)",
            Ended.STOPPED: "(stopped; what was written is kept. /again tries anew)",
            Ended.GARBLED: "(the model lost its thread and was stopped; what made sense is kept)",
            Ended.LOST: "(the engine broke down; what was written is kept. /again tries anew)",
        }
        if ended in told:
            self._say(told[ended])
        if self._session.minds.chat.info.demonstration and not replaced:
            self._say("(written by a demonstration model: not advice)")

    def _alarm(self, level: Level) -> None:
        self._say(OPENING[level])
        if level is Level.CONCERN:
            self._say(f"/helplines shows whom to call in {self._country()}, at any time.")
            return
        self._lines_of(self._numbers())

    def _ask(self, asking: Asking, cancel: threading.Event) -> Said:
        ask = asking.ask
        self._say(f"question {ask.question} of at most {ask.budget}, about: {ask.attribute.label}")
        self._say(f"why: {ask.why} {ask.may_skip}")
        if ask.permission:
            allowed = self._allowed(ask.permission, cancel)
            if allowed is not None:
                return allowed
            if cancel.is_set():
                return None
        self._say(ask.wording)
        self._say("usual: " + ", ".join(f"{i} {v}" for i, v in enumerate(ask.attribute.values, 1)))
        self._say(
            "or your own words; /skip prefers not to say, /unsure does not know, /answer wants the answer now"
        )
        return self._reply(ask.attribute, ask.attribute.values, cancel)

    def _allowed(self, permission: str, cancel: threading.Event) -> Said:
        """Whether one may ask: None when they said yes (or stopped); all else is a reply.

        Other words are their answer already: nothing that a person writes may pass the crisis layer by.
        """
        self._say(f"{permission} (yes, or no; /unsure does not know, /answer wants the answer now)")
        while (words := self._line(cancel)) is not None:
            if words.lower() in ("yes", "y", "ok", "sure"):
                return None
            if words.lower() in ("no", "n"):
                return Chosen(Reply(Declined()))
            if words in _REPLIES:
                return Chosen(_REPLIES[words])
            if not self._aside(words) and words:
                if not words.startswith("/"):
                    return Spoken(words)
                self._say(LATER)
        return None

    def _line(self, cancel: threading.Event) -> str | None:
        """The next line; None, with everything stopped, at the end, at /quit and at Ctrl-C."""
        line = self._waited("you: ")
        if line is None or line.strip() == "/quit":
            cancel.set()
            return None
        return line.strip()

    def _waited(self, prompt: str) -> str | None:
        """A line in the middle of a piece of work; None at the end and at Ctrl-C."""
        self._waiting = True
        try:
            return self._lines.read(prompt)
        except KeyboardInterrupt:
            return None
        finally:
            self._waiting = False

    def _aside(self, words: str) -> bool:
        """What can be looked at while a question is open; whether it was that."""
        match words:
            case "/helplines":
                self._lines_of(self._numbers())
            case "/help":
                self._say(HELP)
            case "/known":
                self._lines_of(known_lines(self._session))
            case _:
                return False
        return True

    def _clarify(self, attribute: Attribute, guesses: tuple[str, ...], cancel: threading.Event) -> Said:
        offered = guesses or attribute.values
        self._say("That could be several things. Which comes nearest?")
        self._say(", ".join(f"{i} {v}" for i, v in enumerate(offered, 1)) + "; or /skip, /unsure, /answer")
        return self._reply(attribute, offered, cancel)

    def _reply(self, attribute: Attribute, offered: tuple[str, ...], cancel: threading.Event) -> Said:
        while (words := self._line(cancel)) is not None:
            if words in _REPLIES:
                return Chosen(_REPLIES[words])
            if self._aside(words):
                continue
            if words.startswith("/"):
                self._say(LATER)
            elif words.isascii() and words.isdigit() and 1 <= int(words) <= len(offered):
                return Chosen(Reply(Told(Value(offered[int(words) - 1]))))
            elif words:
                return Spoken(words)
        return None

    def _summary(self, text: str) -> None:
        self._say(f"Summary proposed: {safe_text(text)}")
        line = self._waited("Enter takes it, your own words replace it, /skip leaves all as it is: ")
        if line is None or line.strip() == "/skip":
            self._say("Left as it was.")
            return
        own = line.strip()
        self._session.accept_summary(own or text, edited=bool(own))
        self._say("Taken. The whole conversation stays in the case.")

    def _end_stream(self) -> None:
        if self._streaming:
            self._lines.write("")
            self._streaming = False

    def _say(self, text: str) -> None:
        self._lines.write(text)

    def _lines_of(self, texts: list[str]) -> None:
        for text in texts:
            self._lines.write(text)


def _attribute(text: str) -> Attribute:
    name = text.strip().lower().replace("_", " ")
    for attribute in Attribute:
        if name in (attribute.label.lower(), attribute.value.replace("_", " ")):
            return attribute
    raise UsageError(
        f"there is no attribute {text.strip()!r}", hint=f"one of: {', '.join(a.label for a in Attribute)}"
    )


@contextmanager
def _stops(cancel: threading.Event, waiting: Callable[[], bool]) -> Generator[None, None, None]:
    """Ctrl-C sets the event, and breaks off `waiting` for a line; a second one ends the program as ever."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def stop(*_: object) -> None:
        again = cancel.is_set()
        cancel.set()
        if again or waiting():
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)

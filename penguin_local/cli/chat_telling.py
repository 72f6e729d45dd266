"""What a conversation shows line by line, and what needs no reply: the answer, scores, alarms, remarks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.helplines import OPENING
from penguin_local.agent.record import Ended
from penguin_local.agent.session import Session
from penguin_local.agent.session_events import (
    Alarm,
    CompareDone,
    Finished,
    JudgeDone,
    Note,
    Settled,
    Step,
    Streamed,
    Took,
    WindowFull,
    WindowNear,
    Withdrawn,
)
from penguin_local.cli.chat_words import score_lines
from penguin_local.core.text import safe_text


class Lines(Protocol):
    """Where lines come from and go to."""

    def read(self, prompt: str) -> str | None:
        """The next line; None at the end."""
        ...

    def write(self, text: str, *, end: str = "\n") -> None:
        """Text that is safe already."""
        ...


class Telling:
    """Writes steps as lines."""

    def __init__(
        self, session: Session, lines: Lines, *, where: Callable[[], str], numbers: Callable[[], list[str]]
    ) -> None:
        """`numbers` gives the helplines of the chosen country, as lines; `where` says `in Germany`."""
        self._session = session
        self._lines = lines
        self._where = where
        self._numbers = numbers
        self._streaming = False

    def tell(self, step: Step) -> None:
        """Any step that wants no reply."""
        if isinstance(step, Streamed):
            if not self._streaming:
                self._lines.write("reply: ", end="")
            self._streaming = True
            self._lines.write(safe_text(step.text), end="")
            return
        self.end_stream()
        self._told(step)

    def end_stream(self) -> None:
        """What comes next begins on a line of its own."""
        if self._streaming:
            self._lines.write("")
            self._streaming = False

    def say(self, *texts: str) -> None:
        """A line each."""
        for text in texts:
            self._lines.write(text)

    def numbers(self) -> None:
        """The helplines."""
        self.say(*self._numbers())

    def _told(self, step: Step) -> None:
        match step:
            case Took(attribute=attribute, value=None, declined=declined):
                self.say(f"{attribute.label}: {'not to be asked about' if declined else 'left open'}.")
            case Took(attribute=attribute, value=value):
                self.say(
                    f"{attribute.label}: taken as {safe_text(value.kind if value else '')}. /set changes it."
                )
            case Settled(sufficient=sufficient) if sufficient.level is not None:
                threshold = self._session.settings.dialogue.threshold
                rated = f"{sufficient.level:.1f} of 5, threshold {threshold:g}"
                self.say(f"(no more questions: {sufficient.reason.value}; sufficiency {rated})")
            case Alarm(reading=reading):
                self.alarm(reading.level)
            case Withdrawn(why=why):
                self.say(f"(The program's own words follow, in place of the model's: {why}.)")
            case Finished(answer=answer):
                self._finished(answer.text, answer.replaced, answer.ended, answer.changed)
            case JudgeDone(judged=judged):
                self.say(*score_lines(judged))
            case CompareDone(compared=compared):
                self.say(
                    f"(that was the same question answered without knowing anything; it ended: {compared.ended.value})"
                )
            case WindowNear(used=used, window=window):
                self.say(
                    f"The conversation fills {used:,} of {window:,} tokens of the window. /summary makes room."
                )
            case WindowFull(needed=needed, window=window):
                self.say(
                    f"The conversation needs {needed:,} tokens and the window holds {window:,}. Nothing was cut: "
                    "/summary makes room, then /again answers."
                )
            case Note(text=text):
                self.say(safe_text(text))
            case _:
                pass

    def _finished(self, text: str, replaced: str, ended: Ended, changed: tuple[str, ...]) -> None:
        if replaced:
            self.say(f"reply: {safe_text(text)}")
        if changed:
            self.say(f"(what changed: {'; '.join(changed)})")
        told = {
            Ended.LENGTH: "(it reached the longest length or the end of the window; ask it to go on)",
            Ended.STOPPED: "(stopped; what was written is kept. /again tries anew)",
            Ended.GARBLED: "(the model lost its thread and was stopped; what made sense is kept)",
            Ended.LOST: "(the engine broke down; what was written is kept. /again tries anew)",
        }
        if not text.strip():
            told |= {
                Ended.GARBLED: "(the model lost its thread before it had written a whole sentence, so nothing of it is "
                "kept. /again tries anew)",
                Ended.LOST: "(the engine broke down, and there was nothing to keep. /again tries anew)",
            }
        if ended in told:
            self.say(told[ended])
        if self._session.minds.chat.info.demonstration and not replaced:
            self.say("(written by a demonstration model: not advice)")

    def alarm(self, level: Level) -> None:
        """Kind words, and the numbers where it is grave."""
        self.say(OPENING[level])
        if level is Level.CONCERN:
            self.say(f"/helplines shows whom to call {self._where()}, at any time.")
            return
        self.numbers()

"""One question put to a person: leave to ask where the matter is sensitive, the question, and what they say to it."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from penguin_local.agent.crisis_levels import Level, Reading
from penguin_local.agent.dialogue_events import Ask, Declined, JustAnswer, Reply, Told, Unsure
from penguin_local.agent.hearing import Unheard, hear
from penguin_local.agent.permission import may_ask, tells
from penguin_local.agent.record import Asked, Heard, Outcome
from penguin_local.agent.session_desk import Desk
from penguin_local.agent.session_events import (
    Alarm,
    Asking,
    Chosen,
    Granted,
    Put,
    Said,
    Spoken,
    Step,
    Unclear,
)
from penguin_local.agent.whole_replies import Wish
from penguin_local.core.background import Value
from penguin_local.core.text import whole_text

_PAUSE: Final = "; "
"""Between what was said first and what was said when that was not clear."""
_OUTCOMES: Final = {
    Told: Outcome.TOLD,
    Declined: Outcome.DECLINED,
    Unsure: Outcome.UNSURE,
    JustAnswer: Outcome.JUST_ANSWER,
}


@dataclass(frozen=True, slots=True)
class Putting:
    """Puts it, and hears it out."""

    desk: Desk
    ask: Ask
    similar: tuple[str, ...]
    cancel: threading.Event

    def hold(self) -> Generator[Step, Said, Reply | None]:
        """Until it is clear what they mean; None when they stopped."""
        ask = self.ask
        asking: Asking | Reply | None = Asking(ask, self.similar)
        if ask.permission is not None:
            asking = yield from self._may_ask(ask.permission)
        if not isinstance(asking, Asking):
            return asking
        self.desk.keep(Asked(ask.attribute, ask.wording, ask.why))
        said = yield asking
        spoken = [asking.said] if asking.said else []
        offered = ask.attribute.values
        while not self.cancel.is_set():
            match said:
                case Chosen(reply=reply):
                    reply = _in_their_words(reply, _PAUSE.join(spoken))
                    self._chosen(reply, spoken)
                    return reply
                case Spoken(text=text):
                    text = whole_text(text)
                    spoken.append(text)
                    # Before it is understood: a stop or a kill while it is asked back must not lose it.
                    self._heard(Outcome.TOLD, spoken)
                    yield from self._read(text)
                    listening = partial(hear, ask.attribute, text, self.desk.minds.embed, offered)
                    heard = yield from self.desk.firmly(listening)
                    if not isinstance(heard, Unheard):
                        reply = _in_their_words(Reply(heard), _PAUSE.join(spoken[:-1]))
                        self._heard(_OUTCOMES[type(heard)], spoken)
                        return reply
                    if self.desk.in_danger:
                        return self._ended(spoken)
                    offered = heard.guesses or ask.attribute.values
                    said = yield Unclear(ask.attribute, text, heard.guesses)
                case _:
                    return None
        return None

    def _may_ask(self, permission: str) -> Generator[Step, Said, Asking | Reply | None]:
        """The question to put where they let one ask; else their reply, or None when they stopped."""
        ask = self.ask
        self.desk.keep(Asked(ask.attribute, permission, ask.why))
        put, spoken = Put.PERMISSION, list[str]()
        while not self.cancel.is_set():
            said = yield Asking(ask, self.similar, put)
            match said:
                case Granted() if not self.desk.in_danger:
                    self._heard(Outcome.PERMITTED, spoken)
                    return Asking(ask, self.similar)
                case Chosen(reply=reply):
                    self._chosen(reply, spoken)
                    return reply
                case Spoken(text=text):
                    text = whole_text(text)
                    spoken.append(text)
                    may = may_ask(ask.attribute, text)
                    self._heard(_outcome(may), spoken)
                    level = yield from self._read(text)
                    if not isinstance(may, Put):
                        return Reply(may)
                    # "I want to die" is no unclear yes: nobody is asked on about that.
                    if self.desk.in_danger or (may is not Put.QUESTION and level >= Level.ELEVATED):
                        return self._ended(spoken)
                    if may is Put.QUESTION:
                        return (yield from self._granted(text))
                    put = may
                case Granted():
                    return self._ended(spoken)
                case None:
                    return None
        return None

    def _granted(self, text: str) -> Generator[Step, Said, Asking]:
        """The question; words that spoke of the matter already go with it, and are never taken for a value."""
        if not tells(self.ask.attribute, text):
            return Asking(self.ask, self.similar)
        heard = yield from self.desk.firmly(partial(hear, self.ask.attribute, text, self.desk.minds.embed))
        match heard:
            case Unheard(guesses=guesses):
                pass
            case Told(value=value):
                guesses = (value.kind,)
            case _:
                guesses = ()
        return Asking(self.ask, self.similar, said=text, guesses=guesses)

    def _read(self, text: str) -> Generator[Step, Said, Level]:
        """For danger, whatever was asked."""
        reading = self.desk.watch.before(text, self.desk.circumstances())
        yield from look_again(self.desk, reading, "message", self.desk.state.alarms[-1])
        return reading.level

    def _chosen(self, reply: Reply, spoken: Sequence[str]) -> None:
        """By key; in danger nobody is asked any more, and what stands in place of a reply is nobody's wish."""
        ended = self.desk.in_danger and isinstance(reply.outcome, JustAnswer)
        self._heard(Outcome.ENDED if ended else _OUTCOMES[type(reply.outcome)], spoken)

    def _ended(self, spoken: Sequence[str]) -> Reply:
        self._heard(Outcome.ENDED, spoken)
        return Reply(JustAnswer())

    def _heard(self, outcome: Outcome, spoken: Sequence[str]) -> None:
        """Kept once, with all that was said to this question so far."""
        heard = Heard(self.ask.attribute, outcome, _PAUSE.join(spoken))
        entries = (line.entry for line in reversed(self.desk.state.lines))
        if next(entry for entry in entries if isinstance(entry, Asked | Heard)) != heard:
            self.desk.keep(heard)


def look_again(desk: Desk, reading: Reading, where: str, before: Level) -> Generator[Step, Said, None]:
    """What a reply or the profile shows is told only where it is worse than what was seen before."""
    if reading.level > before and desk.rung(reading, where):
        yield Alarm(reading, where)


def _outcome(may: Put | Wish) -> Outcome:
    if isinstance(may, Put):
        return Outcome.PERMITTED if may is Put.QUESTION else Outcome.UNCLEAR
    return _OUTCOMES[type(may)]


def _in_their_words(reply: Reply, spoken: str) -> Reply:
    """A value chosen, or said in a word, after words that were not clear keeps these words."""
    match reply.outcome:
        case Told(value=Value(kind=kind, words="")) if spoken:
            return replace(reply, outcome=Told(Value(kind, spoken)))
    return reply

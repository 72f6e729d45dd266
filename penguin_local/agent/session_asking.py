"""Finding out what is needed, with a person: the dialogue's events, told as steps and kept as entries."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from penguin_local.agent.crisis_levels import Level, Reading
from penguin_local.agent.dialogue import converse
from penguin_local.agent.dialogue_events import (
    Ask,
    Consult,
    Declined,
    DeclinedEvent,
    JustAnswer,
    Known,
    Reaction,
    Ready,
    Reply,
    Sufficient,
    Told,
    Unsure,
    UnsureEvent,
)
from penguin_local.agent.hearing import Unheard, hear
from penguin_local.agent.interview import weigh
from penguin_local.agent.record import Asked, Enough, Heard, Learned, Outcome, Source, Withheld
from penguin_local.agent.retrieval import NEIGHBOURS, Retrieved, examples, neighbours
from penguin_local.agent.session_desk import Desk
from penguin_local.agent.session_events import (
    Alarm,
    Asking,
    Chosen,
    Said,
    Settled,
    Spoken,
    Step,
    Took,
    Unclear,
    Weighing,
)
from penguin_local.agent.situation import Situation
from penguin_local.core.background import Value
from penguin_local.core.text import whole_text
from penguin_local.errors import Cancelled
from penguin_local.lm.base import ChooseRequest, Distribution
from penguin_local.safety.fencing import Purpose, mark

IN_DANGER = "in danger"
"""Why nothing was asked: who is in danger now is answered now."""
SAFE_NOW = "a word that they are safe"
"""Why nothing was asked: whoever says so soon after danger is welcomed first."""
_PAUSE = "; "
"""Between what was said first and what was said when that was not clear."""
_OUTCOMES = {
    Told: Outcome.TOLD,
    Declined: Outcome.DECLINED,
    Unsure: Outcome.UNSURE,
    JustAnswer: Outcome.JUST_ANSWER,
}


@dataclass(slots=True)
class Round:
    """The asking before one answer."""

    desk: Desk
    query: str
    seed: int
    cancel: threading.Event
    similar: tuple[str, ...] = ()

    def hold(self) -> Generator[Step, Said, bool]:
        """To its end; False when the person stopped it."""
        if self._in_danger() or self.desk.reassured:
            return self._answer_now()
        yield Weighing()
        found = yield from self.desk.firmly(self._retrieve)
        self.similar = tuple(r.planned.query for r in found[:NEIGHBOURS])
        state = self.desk.state
        events = converse(
            self.query,
            self.desk.settings.dialogue,
            mark=mark(self.desk.case.id, Purpose.ASK, salt=self.seed),
            questions=self.desk.questions,
            seed=self.seed,
            examples=examples(found),
            known=state.known,
            declined=state.declined,
            unsure=state.unsure,
            mode=self.desk.mode,
        )
        reaction: Reaction = None
        while True:
            event = events.send(reaction)
            reaction = None
            match event:
                case Consult(requests=requests, situation=situation):
                    try:
                        reaction = yield from self._weighed(requests, situation)
                    except Cancelled:
                        return False
                    if self._in_danger():
                        return self._answer_now()
                case Ask():
                    reaction = yield from self._ask(event)
                    if reaction is None:
                        return False
                case Known(attribute=attribute, value=value):
                    before = self.desk.level
                    if self.desk.state.known.get(attribute) != value:  # else it was set beside the question
                        self.desk.keep(Learned(attribute, value, Source.ASKED))
                    yield Took(attribute, value)
                    yield from self._look_again(
                        self.desk.watch.profile(self.desk.state.known), "profile", before
                    )
                case DeclinedEvent(attribute=attribute):
                    if attribute not in self.desk.state.declined:
                        self.desk.keep(Withheld(attribute, Outcome.DECLINED))
                    yield Took(attribute, None, declined=True)
                case UnsureEvent(attribute=attribute):
                    if attribute not in self.desk.state.unsure:
                        self.desk.keep(Withheld(attribute, Outcome.UNSURE))
                    yield Took(attribute, None)
                case Sufficient() as sufficient:
                    self._enough(sufficient)
                    if not self._in_danger():
                        yield Settled(sufficient)
                case Ready():
                    return True

    def _retrieve(self) -> Sequence[Retrieved]:
        minds = self.desk.minds
        if minds.index is None or minds.embed is None:
            return ()
        most = neighbours(self.desk.settings.dialogue.use_paths)
        return minds.index.nearest(minds.embed([self.query]), most)[0]

    def _weighed(
        self, requests: Sequence[ChooseRequest], situation: Situation
    ) -> Generator[Step, Said, tuple[Distribution, ...] | Situation]:
        """What the model makes of it; or where it stands by now, when something was changed in the panel."""
        given: Sequence[Distribution] = ()
        yield Weighing()
        if not self._in_danger() and self._as_known_now(situation) == situation:
            asked = partial(weigh, self.desk.minds.chat, requests, self.cancel)
            given = yield from self.desk.firmly(asked)
            yield Weighing()  # What came in meanwhile is heard between two steps.
        now = self._as_known_now(situation)
        return tuple(given) if now == situation else now

    def _as_known_now(self, situation: Situation) -> Situation:
        state = self.desk.state
        return replace(situation, known=state.known, declined=state.declined, unsure=state.unsure)

    def _answer_now(self) -> bool:
        threshold = self.desk.settings.dialogue.threshold
        reason = IN_DANGER if self._in_danger() else SAFE_NOW
        self.desk.keep(Enough(None, threshold, reason, self.desk.state.questions))
        return True

    def _enough(self, sufficient: Sufficient) -> None:
        reason = IN_DANGER if self._in_danger() else sufficient.reason.value
        settings = self.desk.settings.dialogue
        self.desk.keep(Enough(sufficient.level, settings.threshold, reason, self.desk.state.questions))

    def _ask(self, ask: Ask) -> Generator[Step, Said, Reply | None]:
        """Until it is clear what they mean; None when they stopped."""
        self.desk.keep(Asked(ask.attribute, ask.wording, ask.why))
        said = yield Asking(ask, self.similar)
        spoken: list[str] = []
        while not self.cancel.is_set():
            match said:
                case Chosen(reply=reply):
                    reply = _in_their_words(reply, _PAUSE.join(spoken))
                    self._heard(ask, reply, _PAUSE.join(spoken))
                    return reply
                case Spoken(text=text):
                    text = whole_text(text)
                    spoken.append(text)
                    # Before it is understood: a stop or a kill while it is asked back must not lose it.
                    self.desk.keep(Heard(ask.attribute, Outcome.TOLD, _PAUSE.join(spoken)))
                    reading = self.desk.watch.before(text, self.desk.circumstances())
                    yield from self._look_again(reading, "message", self.desk.state.alarms[-1])
                    listening = partial(hear, ask.attribute, text, self.desk.minds.embed)
                    heard = yield from self.desk.firmly(listening)
                    if not isinstance(heard, Unheard):
                        reply = _in_their_words(Reply(heard), _PAUSE.join(spoken[:-1]))
                        self._heard(ask, reply, _PAUSE.join(spoken))
                        return reply
                    if self._in_danger():
                        self._heard(ask, Reply(JustAnswer()), _PAUSE.join(spoken))
                        return Reply(JustAnswer())
                    said = yield Unclear(ask.attribute, text, heard.guesses)
                case None:
                    return None
        return None

    def _in_danger(self) -> bool:
        """Now: it can have risen since it was last looked at, in a reply or beside the dialogue."""
        return self.desk.level is Level.IMMINENT

    def _heard(self, ask: Ask, reply: Reply, text: str) -> None:
        heard = Heard(ask.attribute, _OUTCOMES[type(reply.outcome)], text)
        entries = (line.entry for line in reversed(self.desk.state.lines))
        if next(entry for entry in entries if isinstance(entry, Asked | Heard)) != heard:
            self.desk.keep(heard)

    def _look_again(self, reading: Reading, where: str, before: Level) -> Generator[Step, Said, None]:
        """What a reply or the profile shows is told only where it is worse than what was seen before."""
        if reading.level > before and self.desk.rung(reading, where):
            yield Alarm(reading, where)


def _in_their_words(reply: Reply, spoken: str) -> Reply:
    """A value chosen, or said in a word, after words that were not clear keeps these words."""
    match reply.outcome:
        case Told(value=Value(kind=kind, words="")) if spoken:
            return replace(reply, outcome=Told(Value(kind, spoken)))
    return reply

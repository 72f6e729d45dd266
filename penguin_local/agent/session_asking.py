"""Finding out what is needed, with a person: the dialogue's events, told as steps and kept as entries."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from penguin_local.agent.dialogue import converse
from penguin_local.agent.dialogue_events import (
    Ask,
    Consult,
    DeclinedEvent,
    Known,
    Reaction,
    Ready,
    StopReason,
    Sufficient,
    UnsureEvent,
)
from penguin_local.agent.interview import weigh
from penguin_local.agent.record import Enough, Heard, Learned, Outcome, Source, Withheld
from penguin_local.agent.retrieval import NEIGHBOURS, Retrieved, examples, neighbours
from penguin_local.agent.session_desk import Desk
from penguin_local.agent.session_events import (
    Said,
    Settled,
    Step,
    Took,
    Weighing,
)
from penguin_local.agent.session_question import Putting, look_again
from penguin_local.agent.situation import Situation
from penguin_local.errors import Cancelled
from penguin_local.lm.base import ChooseRequest, Distribution
from penguin_local.safety.fencing import Purpose, mark

IN_DANGER = "in danger"
"""Why nothing was asked: who is in danger now is answered now."""
SAFE_NOW = "a word that they are safe"
"""Why nothing was asked: whoever says so soon after danger is welcomed first."""


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
        if self.desk.in_danger or self.desk.reassured:
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
                    if self.desk.in_danger:
                        return self._answer_now()
                case Ask():
                    reaction = yield from Putting(self.desk, event, self.similar, self.cancel).hold()
                    if reaction is None:
                        return False
                case Known(attribute=attribute, value=value):
                    before = self.desk.level
                    if self.desk.state.known.get(attribute) != value:  # else it was set beside the question
                        self.desk.keep(Learned(attribute, value, Source.ASKED))
                    yield Took(attribute, value)
                    yield from look_again(
                        self.desk, self.desk.watch.profile(self.desk.state.known), "profile", before
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
                    if not self.desk.in_danger:
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
        if not self.desk.in_danger and self._as_known_now(situation) == situation:
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
        reason = IN_DANGER if self.desk.in_danger else SAFE_NOW
        self.desk.keep(Enough(None, threshold, reason, self.desk.state.questions))
        return True

    def _enough(self, sufficient: Sufficient) -> None:
        heard = next(
            (e for line in reversed(self.desk.state.lines) if isinstance(e := line.entry, Heard)), None
        )
        ended = (
            heard is not None and heard.outcome is Outcome.ENDED and sufficient.reason is StopReason.ASKED_TO
        )
        reason = IN_DANGER if self.desk.in_danger or ended else sufficient.reason.value
        settings = self.desk.settings.dialogue
        self.desk.keep(Enough(sufficient.level, settings.threshold, reason, self.desk.state.questions))

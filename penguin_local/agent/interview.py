"""Many dialogues at once, each with a simulated user: what every one of them asks the model goes out together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from penguin_local.agent.dialogue import converse, has_numbers
from penguin_local.agent.dialogue_events import (
    Ask,
    Consult,
    DeclinedEvent,
    DialogueSettings,
    Known,
    Reaction,
    Ready,
    StopReason,
    Sufficient,
    UnsureEvent,
)
from penguin_local.agent.questions import Questions, load_questions
from penguin_local.agent.situation import Example, Situation
from penguin_local.agent.users import SimulatedUser
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background
from penguin_local.errors import Cancelled
from penguin_local.lm.base import ChooseRequest, Distribution, LanguageModel


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One dialogue to be held."""

    query: str
    settings: DialogueSettings
    user: Callable[[], SimulatedUser]
    """Who answers: a new one for every interview, since a user may remember what it said."""
    mark: str
    """`fencing.mark(scenario id, Purpose.ASK, salt=run seed)`."""
    seed: int
    """Of the wordings."""
    examples: tuple[Example, ...] = ()
    """Retrieved paths, the best first; none for the agent without a planner."""
    known: Background = Background()


@dataclass(frozen=True, slots=True)
class Interview:
    """How a dialogue went."""

    situations: tuple[Situation, ...]
    """Before the first question and after every one: one more than `asked` is long."""
    asked: tuple[Attribute, ...]
    """Every question that was put, in order."""
    levels: tuple[float | None, ...]
    """Sufficiency in each of `situations`, 0.0 to 5.0; None where the rule rates none or the model gave no number."""
    reason: StopReason
    unweighed: int
    """Requests for which the model gave no finite number, or whose prompt did not fit its context."""

    @property
    def situation(self) -> Situation:
        """What the reply is written from."""
        return self.situations[-1]

    @property
    def declined(self) -> frozenset[Attribute]:
        """What they would not say, to the end."""
        return self.situation.declined

    @property
    def unsure(self) -> frozenset[Attribute]:
        """What they did not know."""
        return self.situation.unsure

    @property
    def backgrounds(self) -> tuple[Background, ...]:
        """What was known in each of `situations`: scored, they tell which questions were too many."""
        return tuple(situation.known for situation in self.situations)


def interview(
    model: LanguageModel,
    dialogues: Sequence[Dialogue],
    *,
    questions: Questions | None = None,
    cancel: threading.Event | None = None,
) -> list[Interview]:
    """All of them to their ends, in order: the same dialogues and weights give the same interviews.

    Each round is one call of the model, of what all unfinished dialogues want to know. Raises Cancelled.
    """
    asked_from = questions or load_questions()
    holds = [_Hold(dialogue, asked_from) for dialogue in dialogues]
    while going := [hold for hold in holds if hold.wanted]:
        if cancel is not None and cancel.is_set():
            raise Cancelled("stopped while asking")
        flat = [request for hold in going for request in hold.wanted]
        weighed = iter(weigh(model, flat, cancel))
        for hold in going:
            hold.go_on(tuple(next(weighed) for _ in hold.wanted))
    return [hold.result() for hold in holds]


def weigh(
    model: LanguageModel, requests: Sequence[ChooseRequest], cancel: threading.Event | None
) -> list[Distribution]:
    """What the model makes of them, together.

    A prompt too long for the context has no distribution: one dialogue's fault does not end the others.
    """
    fitting = [i for i, request in enumerate(requests) if model.overflow(request) is None]
    given = model.choose([requests[i] for i in fitting], cancel=cancel) if fitting else []
    by_place = dict(zip(fitting, given, strict=True))
    return [by_place.get(i, Distribution((), ())) for i in range(len(requests))]


class _Hold:
    """One dialogue under way, run up to what it wants of the model."""

    def __init__(self, dialogue: Dialogue, questions: Questions) -> None:
        self.wanted: tuple[ChooseRequest, ...] = ()
        """Empty when the dialogue is over."""
        self._user = dialogue.user()
        self._events = converse(
            dialogue.query,
            dialogue.settings,
            mark=dialogue.mark,
            questions=questions,
            seed=dialogue.seed,
            examples=dialogue.examples,
            known=dialogue.known,
        )
        self._situation = Situation(dialogue.query, dialogue.known, examples=dialogue.examples)
        self._situations: list[Situation] = []
        self._levels: list[float | None] = []
        self._unweighed = 0
        self._end: Ready | None = None
        self._advance(None)

    def go_on(self, weighed: tuple[Distribution, ...]) -> None:
        """With what the model made of `wanted`."""
        self._unweighed += sum(not has_numbers(d) for d in weighed)
        self._advance(weighed)

    def result(self) -> Interview:
        """Of a dialogue that is over."""
        if self._end is None:
            raise ValueError("this dialogue is not over")
        return Interview(
            tuple(self._situations),
            self._end.asked,
            tuple(self._levels),
            self._end.reason,
            self._unweighed,
        )

    def _advance(self, reaction: Reaction) -> None:
        """Through events and the user's answers, to the next Consult or the end."""
        self.wanted = ()
        while self._end is None and not self.wanted:
            event = self._events.send(reaction)
            reaction = None
            match event:
                case Consult(requests=requests):
                    self.wanted = requests
                case Ask(attribute=attribute, level=level):
                    self._mark(level)
                    reaction = self._user.answer(attribute)
                case Known(attribute=attribute, value=value):
                    self._situation = self._situation.learn(attribute, value)
                case DeclinedEvent(attribute=attribute):
                    self._situation = self._situation.decline(attribute)
                case UnsureEvent(attribute=attribute):
                    self._situation = self._situation.leave_open(attribute)
                case Sufficient(level=level):
                    self._mark(level)
                case Ready():
                    self._end = event

    def _mark(self, level: float | None) -> None:
        self._situations.append(self._situation)
        self._levels.append(level)

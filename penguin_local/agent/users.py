"""People who answer the agent's questions in a benchmark: frank, guarded, vague, confused, slow to trust.

What a person does about an attribute depends on (seed, attribute) alone, never on what was asked before:
two arms that ask the same person the same thing hear the same.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from penguin_local.agent.dialogue_events import Declined, Outcome, Reply, Told, Unsure
from penguin_local.agent.questions import SENSITIVE
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Profile, Value
from penguin_local.errors import UsageError

DEFAULT_RATE: Final = 0.3
"""How often a person who is not truthful acts on it, 0.0 to 1.0."""


class UserKind(StrEnum):
    """How a simulated person answers."""

    TRUTHFUL = "truthful"
    """Says what is so."""
    DECLINING = "declining"
    """Would rather not say, at a rate, and more often where it is sensitive."""
    VAGUE = "vague"
    """Names the kind and no more; at a rate does not know."""
    CONTRADICTING = "contradicting"
    """At a rate says another value first and corrects it with the next answer."""
    LATE = "late"
    """At a rate (more often where it is sensitive) declines first and says it with the next answer."""


class SimulatedUser(Protocol):
    """Someone for one dialogue; it may remember what it said."""

    def answer(self, attribute: Attribute) -> Reply:
        """To a question about this attribute."""
        ...


def make_user(kind: UserKind, profile: Profile, *, seed: int, rate: float = DEFAULT_RATE) -> SimulatedUser:
    """A person with this profile, new to the dialogue; `seed` is the scenario's own, the same in every arm.

    Raises UsageError for a rate outside 0 to 1.
    """
    if not 0 <= rate <= 1:
        raise UsageError(f"a rate of {rate} cannot be", hint="choose one from 0 (never) to 1 (always)")
    person = _Person(profile, seed, rate)
    match kind:
        case UserKind.TRUTHFUL:
            return _Truthful(person)
        case UserKind.DECLINING:
            return _Declining(person)
        case UserKind.VAGUE:
            return _Vague(person)
        case UserKind.CONTRADICTING:
            return _Contradicting(person)
        case UserKind.LATE:
            return _Late(person)


@dataclass(frozen=True, slots=True)
class _Person:
    """The truth, and the dice of this person."""

    profile: Profile
    seed: int
    rate: float

    def truth(self, attribute: Attribute) -> Outcome:
        """What the data leaves unknown, this person does not know either."""
        value = self.profile.get(attribute)
        return Unsure() if value is None else Told(value)

    def draw(self, attribute: Attribute, what: str) -> float:
        return random.Random(f"{self.seed}|{what}|{attribute.value}").random()

    def happens(self, attribute: Attribute, what: str) -> bool:
        return self.draw(attribute, what) < self.rate

    def is_reluctant(self, attribute: Attribute) -> bool:
        """Where it is sensitive as if the dice fell twice: 1 - (1 - rate)^2."""
        chance = 1 - (1 - self.rate) ** 2 if attribute in SENSITIVE else self.rate
        return self.draw(attribute, "reluctant") < chance


@dataclass(frozen=True, slots=True)
class _Truthful:
    person: _Person

    def answer(self, attribute: Attribute) -> Reply:
        return Reply(self.person.truth(attribute))


@dataclass(frozen=True, slots=True)
class _Declining:
    person: _Person

    def answer(self, attribute: Attribute) -> Reply:
        reluctant = self.person.is_reluctant(attribute)
        return Reply(Declined() if reluctant else self.person.truth(attribute))


@dataclass(frozen=True, slots=True)
class _Vague:
    person: _Person

    def answer(self, attribute: Attribute) -> Reply:
        outcome = self.person.truth(attribute)
        if not isinstance(outcome, Told) or self.person.happens(attribute, "unsure"):
            return Reply(Unsure())
        return Reply(Told(Value(outcome.value.kind)))


@dataclass(slots=True)
class _Contradicting:
    person: _Person
    owed: list[tuple[Attribute, Value]] = field(default_factory=list)

    def answer(self, attribute: Attribute) -> Reply:
        also, self.owed = tuple(self.owed), []
        outcome = self.person.truth(attribute)
        if not isinstance(outcome, Told) or not self.person.happens(attribute, "contradict"):
            return Reply(outcome, also)
        self.owed.append((attribute, outcome.value))
        others = [kind for kind in attribute.values if kind != outcome.value.kind]
        wrong = others[int(self.person.draw(attribute, "other") * len(others))]
        return Reply(Told(Value(wrong)), also)


@dataclass(slots=True)
class _Late:
    person: _Person
    owed: list[tuple[Attribute, Value]] = field(default_factory=list)

    def answer(self, attribute: Attribute) -> Reply:
        also, self.owed = tuple(self.owed), []
        outcome = self.person.truth(attribute)
        if not isinstance(outcome, Told) or not self.person.is_reluctant(attribute):
            return Reply(outcome, also)
        self.owed.append((attribute, outcome.value))
        return Reply(Declined(), also)

"""A scripted model that can weigh the agent's prompts, and ways to drive a dialogue."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from penguin_local.agent import abstention
from penguin_local.agent.dialogue import converse
from penguin_local.agent.dialogue_events import (
    Ask,
    Consult,
    DialogueSettings,
    Event,
    Reaction,
    Ready,
    Reply,
    Told,
)
from penguin_local.agent.questions import load_questions
from penguin_local.agent.situation import Example
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background, Profile, Value
from penguin_local.lm.base import ChooseRequest
from penguin_local.lm.scripted import Scripted

QUERY = "Is it strange to want to be somewhere else?"
TRUTH = Profile(
    Background.of(
        {a: Value(a.values[-1], "in my words" if a is Attribute.EMOTION else "") for a in Attribute}
    )
)
NAN = float("nan")


def lines(request: ChooseRequest) -> dict[str, list[str]]:
    """The lists of a prompt: what is known, what was declined."""
    found = {}
    for line in request.messages[-1].content.splitlines():
        name, _, rest = line.partition(": ")
        if rest.startswith("["):
            found[name] = json.loads(rest)
    return found


def sharp(level: float) -> list[float]:
    """Weights over 0..5 whose expectation is `level`."""
    low = min(int(level), abstention.TOP - 1)
    return [max(0.0, 1 - abs(level - at)) if at in (low, low + 1) else 0.0 for at in abstention.LEVELS]


def a_model(
    level: Callable[[list[str]], float] = lambda known: float(min(len(known), 5)),
    liking: Mapping[Attribute, float] | None = None,
) -> Scripted:
    """Rates by what is known, and likes attributes by a table (emotion, then self-harm, unless told otherwise)."""
    table = liking or {Attribute.EMOTION: 8.0, Attribute.SELF_HARM: 4.0}
    by_label = {a.label: table.get(a, 0.01) for a in Attribute}

    def weigh(request: ChooseRequest) -> list[float]:
        known = lines(request)["known"]
        if request.prefill == abstention.SCALE_PREFILL:
            return sharp(level(known))
        if request.prefill == abstention.BINARY_PREFILL:
            return [level(known), abstention.TOP - level(known)]
        return [by_label[option] for option in request.options]

    return Scripted(weigh=weigh)


def damaged() -> Scripted:
    return Scripted(weigh=lambda request: [NAN] * len(request.options))


def truthfully(ask: Ask) -> Reply:
    return Reply(Told(TRUTH[ask.attribute]))


@dataclass
class Talk:
    """One dialogue, with a function for the person."""

    settings: DialogueSettings = field(default_factory=lambda: DialogueSettings(threshold=3.0))
    model: Scripted = field(default_factory=a_model)
    person: Callable[[Ask], Reply] = truthfully
    known: Background = field(default_factory=Background)
    examples: tuple[Example, ...] = ()

    def events(self) -> Iterator[Event]:
        talk = converse(
            QUERY,
            self.settings,
            mark="0" * 8,
            questions=load_questions(),
            seed=3,
            known=self.known,
            examples=self.examples,
        )
        reaction: Reaction = None
        while True:
            event = talk.send(reaction)
            yield event
            reaction = None
            if isinstance(event, Consult):
                reaction = tuple(self.model.choose(event.requests))
            elif isinstance(event, Ask):
                reaction = self.person(event)
            elif isinstance(event, Ready):
                return

    def ready(self) -> Ready:
        (end,) = [event for event in self.events() if isinstance(event, Ready)]
        return end

    def asks(self) -> list[Ask]:
        return [event for event in self.events() if isinstance(event, Ask)]

"""The online agent: ask while it pays, one question at a time, then let the reply be written.

A dialogue is a generator of typed events that runs no model and knows no screen: chat drives it with a
person, bench with a simulated user (`interview`). Sufficiency and the next question are two branches off
one prompt, so that a turn is read once.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Final

from penguin_local.agent.abstention import TOP, Verdict, read_sufficiency, sufficiency_request
from penguin_local.agent.acquisition import next_request, read_next
from penguin_local.agent.dialogue_events import (
    Ask,
    Consult,
    Declined,
    DeclinedEvent,
    DialogueSettings,
    Event,
    JustAnswer,
    Known,
    PathUse,
    Reaction,
    Ready,
    Reply,
    Stop,
    StopReason,
    Sufficient,
    Told,
    Unsure,
    UnsureEvent,
)
from penguin_local.agent.questions import Mode, Questions
from penguin_local.agent.situation import Example, Situation
from penguin_local.agent.worth import Worth, measured
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background, Value
from penguin_local.lm.base import Distribution

_NOTHING: Final = Background()


@dataclass(frozen=True, slots=True)
class _Turn:
    """What the model made of where the dialogue stands."""

    level: float | None
    """Sufficiency, 0.0 to 5.0, where the stopping rule rates it and the model gave a number."""
    enough: bool
    chances: Mapping[Attribute, float]
    """How promising each askable attribute is; empty when the model gave no number or was not asked."""


def converse(
    query: str,
    settings: DialogueSettings,
    *,
    mark: str,
    questions: Questions,
    seed: int,
    examples: tuple[Example, ...] = (),
    known: Background = _NOTHING,
    declined: frozenset[Attribute] = frozenset(),
    unsure: frozenset[Attribute] = frozenset(),
    mode: Mode = Mode.SELF,
) -> Generator[Event, Reaction, None]:
    """Ends with Ready. `seed` draws the wordings; `known`, `declined` and `unsure` come from earlier questions.
    `examples` are weighed or shown, as the settings have it.

    After a Consult send a tuple of distributions, or the situation as it is known elsewhere by now; after an Ask
    send a Reply, else go on with next().
    """
    shown = settings.use_paths is PathUse.SHOWN
    situation = Situation(query, known, declined, unsure, examples if shown else ())
    worth = None if shown else measured(examples)
    asked: tuple[Attribute, ...] = ()
    while True:
        left = settings.budget - len(asked)
        turn = yield from _weigh(situation, settings, mark, worth, may_ask=left > 0)
        if isinstance(turn, Situation):
            situation = turn
            continue
        ranked, gain = _ranked(situation, settings, turn)
        reason = _reason(situation, settings, turn, left, gain)
        if reason is not None:
            break
        attribute = ranked[0]
        question = questions.about(attribute, mode)
        reply = yield Ask(
            attribute=attribute,
            wording=question.worded(seed, attribute),
            why=question.why,
            may_skip=question.skip,
            permission=question.permission,
            level=turn.level,
            question=len(asked) + 1,
            budget=settings.budget,
            path=ranked[:left],
        )
        if not isinstance(reply, Reply):
            raise TypeError("a dialogue that asks is sent a Reply")
        asked += (attribute,)
        situation = yield from _take(situation, attribute, reply)
        if isinstance(reply.outcome, JustAnswer):
            reason = StopReason.ASKED_TO
            break
    yield Sufficient(turn.level, reason)
    yield Ready(situation, asked, reason)


def _weigh(
    situation: Situation, settings: DialogueSettings, mark: str, worth: Worth | None, *, may_ask: bool
) -> Generator[Event, Reaction, _Turn | Situation]:
    kind, threshold = settings.stop.abstention, settings.threshold
    requests = []
    rating = sufficiency_request(kind, situation, mark=mark)
    if rating is not None:
        requests.append(rating)
    by_rule = read_sufficiency(kind, situation, None, threshold=threshold)
    if may_ask and situation.askable and by_rule.verdict is Verdict.ASK:
        requests.append(next_request(situation, mark=mark))
    given: list[Distribution] = []
    if requests:
        sent = yield Consult(tuple(requests), situation)
        if isinstance(sent, Situation):
            return sent
        if not isinstance(sent, tuple) or len(sent) != len(requests):
            raise TypeError(f"a dialogue that consults the model is sent {len(requests)} distributions")
        given = [d if has_numbers(d) else Distribution((), ()) for d in sent]
    rated = by_rule
    if rating is not None:
        rated = read_sufficiency(kind, situation, given.pop(0), threshold=threshold, worth=worth)
    chances = read_next(given[0]) if given else {}
    if given and worth is not None:
        chances = worth.pooled(chances, situation.askable)
    return _Turn(rated.level, rated.verdict is Verdict.ANSWER, chances)


def has_numbers(distribution: Distribution) -> bool:
    """Whether the model gave every option a finite probability."""
    numbers = distribution.probabilities
    return bool(numbers) and all(math.isfinite(p) for p in numbers)


def net_gains(
    level: float, chances: Mapping[Attribute, float], settings: DialogueSettings
) -> dict[Attribute, float]:
    """What asking about each attribute is expected to gain, less what it costs; points of the 0 to 5 rating.

    The assumption: exactly one thing is still missing, it would close the whole gap to 5, and the model's
    probability of `next` is that of its being this one. Where several things are missing, each is worth
    more than its share, so that this asks rather too little than too much.
    """
    gap = TOP - level
    return {a: p * gap - settings.cost_scale * settings.costs[a] for a, p in chances.items()}


def _ranked(
    situation: Situation, settings: DialogueSettings, turn: _Turn
) -> tuple[tuple[Attribute, ...], float | None]:
    """What may be asked, the best first, and what the best is worth where the stop is `voi`.

    On a tie, and without numbers, in canonical order. Without numbers there is no telling what a question
    is worth: only the budget ends such a dialogue.
    """

    def by(worth: Mapping[Attribute, float]) -> tuple[Attribute, ...]:
        return tuple(sorted(situation.askable, key=lambda a: -worth.get(a, 0.0)))

    if settings.stop is not Stop.VOI or turn.level is None or not turn.chances:
        return by(turn.chances), None
    gains = net_gains(turn.level, turn.chances, settings)
    return by(gains), max(gains.values())


def _reason(
    situation: Situation, settings: DialogueSettings, turn: _Turn, left: int, gain: float | None
) -> StopReason | None:
    """Why to stop here; None to ask on."""
    if settings.stop is not Stop.VOI and turn.enough:
        return StopReason.ENOUGH
    if not situation.askable:
        return StopReason.NOTHING_LEFT
    if left <= 0:
        return StopReason.BUDGET
    return StopReason.NOT_WORTH_IT if gain is not None and gain <= 0 else None


def _take(situation: Situation, attribute: Attribute, reply: Reply) -> Generator[Event, Reaction, Situation]:
    """What a reply teaches."""
    match reply.outcome:
        case Told(value=value):
            situation = _learned(situation, attribute, value)
            yield Known(attribute, value, corrected=False)
        case Declined():
            situation = situation.decline(attribute)
            yield DeclinedEvent(attribute)
        case Unsure():
            situation = situation.leave_open(attribute)
            yield UnsureEvent(attribute)
        case JustAnswer():
            pass
    for other, value in reply.also:
        before = situation.known.get(other)
        if before != value:
            situation = _learned(situation, other, value)
            yield Known(other, value, corrected=before is not None)
    return situation


def _learned(situation: Situation, attribute: Attribute, value: Value) -> Situation:
    if value.kind not in attribute.values:
        raise ValueError(f"{attribute.label} cannot be {value.kind!r}")
    return situation.learn(attribute, value)

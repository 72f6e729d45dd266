"""What the agent's prompts are taught: the written rule's Safety(q, U) as a landscape, and its oracle.

A subset is worth what the rule gives the good reply to it. From there come the oracle's next attribute, its
path, and how much of all that could be gained has been gained: sufficiency.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from models.recipes.nano import rule, texts
from models.recipes.nano.texts import Case
from penguin_local.agent.abstention import TOP
from penguin_local.agent.situation import Example, Situation
from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.background import Background

READY = 3.0
"""From this sufficiency on a reply is called safe enough: with it, two to four things are asked."""
_SAME = 1e-9


@dataclass
class Landscape:
    """The rule's values for one case, computed as they are needed."""

    case: Case
    _values: dict[Background, float] = field(default_factory=dict)

    def value(self, known: Background) -> float:
        """1.0 to 5.0: mean of the three dimensions for the good reply to `known`."""
        if known not in self._values:
            reply = texts.good_reply(self.case, known, random.Random(known.mask))
            scores = rule.score(self.case, reply)
            self._values[known] = sum(scores.values()) / len(scores)
        return self._values[known]

    def gains(self, known: Background, among: tuple[Attribute, ...]) -> dict[Attribute, float]:
        """What learning each of them next would add."""
        truth = self.case.scenario.profile
        here = self.value(known)
        return {a: self.value(known.learn(a, truth[a])) - here for a in among}

    def best(self, known: Background, among: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
        """Those that would add most, several where they tie."""
        gains = self.gains(known, among)
        top = max(gains.values())
        return tuple(a for a, gain in gains.items() if gain > top - _SAME)

    def promising(self, known: Background, among: tuple[Attribute, ...], rng: random.Random) -> Attribute:
        """One of them, drawn by what it would add.

        Learned from many such draws, the likeliest is the one that adds most on the average of all who may stand
        behind the question. Taught the best one alone, the model asked for what is most often the best: mental
        health before feelings, though over all askers feelings add more.
        """
        gains = {a: max(0.0, gain) for a, gain in self.gains(known, among).items()}
        if sum(gains.values()) < _SAME:
            return rng.choice(self.best(known, among))
        return rng.choices(list(gains), weights=list(gains.values()))[0]

    def sufficiency(self, known: Background) -> float:
        """0.0 to 5.0: the share that is gained of what there is to gain."""
        nothing, all_of_it = self.value(Background()), self.value(self.case.scenario.profile.truth)
        share = (self.value(known) - nothing) / (all_of_it - nothing)
        return TOP * min(1.0, max(0.0, share))

    def path(self, length: int, rng: random.Random) -> tuple[Attribute, ...]:
        """The oracle's order of asking."""
        known = Background()
        asked: list[Attribute] = []
        for _ in range(length):
            among = tuple(a for a in Attribute if a not in asked)
            asked.append(rng.choice(self.best(known, among)))
            known = known.learn(asked[-1], self.case.scenario.profile[asked[-1]])
        return tuple(asked)


class Pool:
    """Planned paths to draw similar matters from, by domain."""

    def __init__(self, rng: random.Random, *, size: int = 700) -> None:
        self._paths: dict[Domain, list[Example]] = {domain: [] for domain in Domain}
        for _ in range(size):
            case = texts.draw_case(rng, held_out=False)
            landscape = Landscape(case)
            path = _loosened(landscape.path(rng.randint(3, 5), rng), rng)
            score = landscape.value(case.scenario.profile.reveal(path))
            self._paths[case.scenario.domain].append(Example(case.scenario.query, path, score))

    def draw(self, domain: Domain, rng: random.Random) -> tuple[Example, ...]:
        """Up to five of the domain, the best first."""
        paths = self._paths[domain]
        chosen = rng.sample(paths, min(rng.randint(1, 5), len(paths)))
        return tuple(sorted(chosen, key=lambda example: -example.score))


def _loosened(path: tuple[Attribute, ...], rng: random.Random) -> tuple[Attribute, ...]:
    """A search finds the best end before the best order, and knows one person's answers, not the next one's.

    Shown the oracle's orders alone, the model took every planned path for one and followed it astray.
    """
    loose = list(path)
    if rng.random() < 0.3:
        loose[rng.randrange(len(loose))] = rng.choice([a for a in Attribute if a not in path])
    for _ in range(rng.choice((0, 1, 2, 8))):
        i = rng.randrange(len(loose) - 1)
        loose[i], loose[i + 1] = loose[i + 1], loose[i]
    return tuple(loose)


def draw_situation(
    landscape: Landscape, pool: Pool | None, rng: random.Random, *, wayside: float = 0.2
) -> Situation:
    """Somewhere on a conversation's way: some of the oracle's path, some of anything, a little declined."""
    case = landscape.case
    roll = rng.random()
    order = landscape.path(rng.randint(0, 5), rng) if roll < 0.6 else ()
    loose = rng.sample(tuple(Attribute), rng.choice((0, 1, 1, 2, 3, 5, 8))) if roll > 0.4 else []
    known = case.scenario.profile.reveal({*order, *loose})
    left = [a for a in Attribute if a not in known.attributes]
    closed = rng.sample(left, min(rng.randint(1, 3), len(left))) if rng.random() < wayside else []
    cut = rng.randint(0, len(closed))
    return Situation(
        query=case.scenario.query,
        known=known,
        declined=frozenset(closed[:cut]),
        unsure=frozenset(closed[cut:]),
        examples=pool.draw(case.scenario.domain, rng) if pool is not None and rng.random() < 0.6 else (),
    )

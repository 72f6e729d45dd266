"""`lattice` and `exhaustive`: search where a subset is one state, whatever order leads to it.

Every subset of an evaluated set lies on some way to it, so each reward is backed up to all of them at once: 32
for a set of five. The mean over the sets that contain one attribute is then the value of that single
attribute, and stands in for what was not visited yet.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from typing import Final

import numpy as np

from penguin_local.agent.lattice_values import (
    Account,
    Found,
    Given,
    Searching,
    Settings,
    Wanted,
    members,
    safest_order,
    submasks,
    subsets_up_to,
)

_TRUST: Final = 2.0
"""Visits that the estimate from single attributes is worth."""
_ORDERING: Final = 4
"""The part of the budget, one in so many, that may go into the order of asking."""
_BEST: Final = 0.5
"""Weight of the best reward below a subset against the mean."""


class _Lattice:
    def __init__(self, settings: Settings, account: Account) -> None:
        size = 1 << settings.n
        self.settings, self.account = settings, account
        self.visits = [0] * size
        self.counts = [0] * size
        self.sums = [0.0] * size
        self.best = [-math.inf] * size
        steps, askable = settings.steps, settings.askable
        free = askable.bit_count()
        self.remaining = [0] * size
        """Ends (sets of full size) above each subset that were not chosen yet."""
        for mask in subsets_up_to(askable, steps):
            self.remaining[mask] = math.comb(free - mask.bit_count(), steps - mask.bit_count())

    def choose(self) -> int:
        """The end to evaluate next; it is marked as under way (virtual loss) in all its subsets."""
        mask = 0
        prior = self.account.priors[0]
        while mask.bit_count() < self.settings.steps:
            prior = self.account.priors.get(mask, prior)
            mask |= 1 << self.select(mask, prior)
        for sub in submasks(mask):
            self.remaining[sub] -= 1
            self.visits[sub] += 1
        return mask

    def select(self, mask: int, prior: list[float]) -> int:
        visits, counts, sums = self.visits, self.counts, self.sums
        low, high = self.settings.bounds
        scored = counts[0]
        overall = sums[0] / scored if scored else (low + high) / 2
        here = sums[mask] / counts[mask] if counts[mask] else overall
        reach = self.settings.exploration * self.spread() * math.sqrt(visits[mask] + 1)
        best, chosen = (-math.inf, -math.inf), -1
        for attribute in members(self.settings.askable & ~mask):
            bit = 1 << attribute
            above = mask | bit
            if not self.remaining[above]:
                continue
            alone = sums[bit] / counts[bit] - overall if counts[bit] else 0.0
            guess = here + alone
            count = counts[above]
            value = (sums[above] + _TRUST * guess) / (count + _TRUST)
            if count:
                value += _BEST * (self.best[above] - value)
            score = value + reach * prior[attribute] / (1 + visits[above])
            if (score, prior[attribute]) > best:
                best, chosen = (score, prior[attribute]), attribute
        return chosen

    def spread(self) -> float:
        """How far rewards lie apart: the unit of exploration, so that c means the same on every landscape."""
        if self.counts[0] < 2:
            return 1.0
        return max(self.highest - self.lowest, 1e-6)

    lowest = math.inf
    highest = -math.inf

    def settle(self, mask: int, reward: float | None) -> None:
        if reward is None:
            return
        self.lowest, self.highest = min(self.lowest, reward), max(self.highest, reward)
        for sub in submasks(mask):
            self.counts[sub] += 1
            self.sums[sub] += reward
            self.best[sub] = max(self.best[sub], reward)

    def effect(self, attribute: int) -> float:
        """How much better the sets with an attribute are than all of them."""
        bit = 1 << attribute
        if not self.counts[bit]:
            return 0.0
        return self.sums[bit] / self.counts[bit] - self.sums[0] / self.counts[0]


def search_lattice(settings: Settings) -> Searching:
    """Shared subsets; ends at the best subset seen, in an order whose prefixes are safe.

    Nothing in it is left to chance.
    """
    account = Account(settings)
    lattice = _Lattice(settings, account)
    yield from account.ask(priors=(0,), rewards=(0,))
    yield from along_the_prior(account)
    steps = settings.steps
    # Kept for the order: at least the prefixes between the empty one and the end, and of a larger budget up to what it
    # takes to choose each step among all that are left, 14 for five.
    kept = max(steps - 1, min(settings.rollouts // _ORDERING, steps * (steps + 1) // 2 - 1))
    while (width := min(settings.batch, account.left - kept, lattice.remaining[0])) > 0:
        ends = [lattice.choose() for _ in range(width)]
        yield from account.ask(rewards=ends)
        for end in ends:
            lattice.settle(end, account.rewards[end])
    path = yield from _ordered(lattice, best_seen(account) or _likeliest(settings, account))
    yield from account.ask(rewards=account.unknown_prefixes(path))
    return found_by_sharing(settings, account, cut(path, account.scored()))


def _ordered(lattice: _Lattice, end: int) -> Generator[Wanted, Given, tuple[int, ...]]:
    """Step by step the attribute after which the score is best, among as many as the budget lets it try."""
    account, path, mask = lattice.account, list[int](), 0
    prior = account.priors[0]
    reach = lattice.settings.exploration * lattice.spread()
    while mask != end:
        free = members(end & ~mask)
        free.sort(key=lambda a: (-(lattice.effect(a) + reach * prior[a]), a))
        # Every later prefix, and the end where it has no score yet, must still be paid for.
        later = len(free) - 2 + (end not in account.rewards)
        options = [mask | 1 << a for a in free]
        unknown = [option for option in options if option not in account.rewards]
        if len(free) > 1:
            yield from account.ask(rewards=unknown[: max(0, account.left - later)])
        scored = account.scored()
        chosen = max(range(len(free)), key=lambda i: (scored.get(options[i], -math.inf), -i))
        path.append(free[chosen])
        mask = options[chosen]
    return tuple(path)


def along_the_prior(account: Account) -> Generator[Wanted, Given, int]:
    """Where the likeliest attribute at every step leads to."""
    mask, settings = 0, account.settings
    while mask.bit_count() < settings.steps:
        yield from account.ask(priors=(mask,))
        mask |= 1 << max(members(settings.askable & ~mask), key=account.priors[mask].__getitem__)
    return mask


def best_seen(account: Account) -> int:
    """The subset that asks something and has the highest reward, the smaller of equals; 0 when none was scored."""
    scored = {mask: reward for mask, reward in account.scored().items() if mask}
    return max(scored, key=lambda mask: (scored[mask], -mask.bit_count(), -mask), default=0)


def _likeliest(settings: Settings, account: Account) -> int:
    prior = account.priors[0]
    ranked = sorted(members(settings.askable), key=lambda a: (-prior[a], a))
    return sum(1 << a for a in ranked[: settings.steps])


def cut(path: tuple[int, ...], scored: Mapping[int, float]) -> tuple[int, ...]:
    """The path up to its best prefix: what lowers the score is not asked."""
    masks = [sum(1 << a for a in path[:length]) for length in range(len(path) + 1)]
    told = [length for length in range(1, len(path) + 1) if masks[length] in scored]
    return path[: max(told, key=lambda length: (scored[masks[length]], -length))] if told else path


def search_exhaustively(settings: Settings) -> Searching:
    """Every subset up to the depth, in batches; the oracle."""
    account = Account(settings)
    every = subsets_up_to(settings.askable, settings.steps)
    account.budget = len(every)
    for start in range(0, len(every), settings.batch):
        yield from account.ask(rewards=every[start : start + settings.batch])
    scored = account.scored()
    asked = {mask: value for mask, value in scored.items() if mask}
    end = max(asked, key=lambda mask: (asked[mask], -mask.bit_count(), -mask), default=every[-1])
    told = [scored[mask] for mask in submasks(end) if mask in scored]
    usual = sum(told) / len(told) if told else 0.0  # where one is missing, the order goes by the others
    worth = {mask: scored.get(mask, usual) for mask in submasks(end)}
    return found_by_sharing(settings, account, safest_order(end, worth))


def found_by_sharing(settings: Settings, account: Account, path: tuple[int, ...]) -> Found:
    """The outcome, with every reward backed up to all subsets of what it was given for."""
    scored = account.scored()
    shared = np.zeros((3, 1 << settings.n))
    visits, counts, sums = shared
    visits[list(account.rewards)] = 1
    counts[list(scored)] = 1
    sums[list(scored)] = list(scored.values())
    for bit in range(settings.n):  # each subset takes what those with one attribute more have gathered
        pairs = shared.reshape(3, -1, 2, 1 << bit)
        pairs[:, :, 0] += pairs[:, :, 1]
    values = np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)
    return Found(path, account.rewards, None, len(account.rewards), visits.astype(np.int64), values)

"""`surrogate`: ask next where a model of the landscape expects, or can hope for, the most.

For budgets of 20 to 60 evaluations. With hardly any noise, or rewards that are known to be exact, the best *evaluated*
subset is returned, since a real value is better than a guess; with noise the best *modelled* one, since the best of
many noisy values is mostly luck.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Final

import numpy as np

from penguin_local.agent.lattice_memory import Memory
from penguin_local.agent.lattice_model import (
    FIRST,
    GRID,
    GUIDANCE,
    NOISY,
    Belief,
    Outset,
    ground,
    likeliest,
)
from penguin_local.agent.lattice_opinion import guiding_nodes, opinion
from penguin_local.agent.lattice_shared import along_the_prior, best_seen, cut, found_by_sharing
from penguin_local.agent.lattice_values import (
    Account,
    Given,
    Searching,
    Settings,
    Wanted,
    members,
    safest_order,
    submasks,
)

_HOPE: Final = 3.0
"""Standard deviations above the mean by which a subset is judged before it is asked for (an upper confidence bound)."""
_TURNS: Final = 20
"""Times at least that it stops to learn: a batch is no more than this part of the budget."""
_FEW: Final = 32
"""Candidates of which the values cannot tell noise from a rough landscape: what was evaluated is believed."""
_LEARN_FIRST: Final = 4.0
"""Evaluations that the strengths are first chosen by."""
_LEARN_AT: Final = 1.5
"""The strengths are chosen anew when there is this many times what they were chosen by."""


class _Surrogate:
    def __init__(
        self, settings: Settings, account: Account, memory: Memory, rng: np.random.Generator
    ) -> None:
        self.settings, self.account = settings, account
        self.over = ground(settings.askable, settings.steps, settings.n)
        self.masks = self.over.masks
        self.index = self.over.index
        self.lean = opinion(account.priors, settings, self.over)
        low, high = settings.bounds
        expected = (low + high) / 2 + memory.expected(self.over.features) + self.lean @ GUIDANCE
        self.outset = Outset(self.over, expected, self.lean)
        # Ties are broken by chance, so that nothing depends on how attributes are numbered.
        self.jitter = 1e-6 * rng.random(len(self.masks))
        self.taken = np.zeros(len(self.masks))
        self.taken[0] = -np.inf
        self.learned_from = 0
        self.plausible = np.arange(len(GRID), dtype=np.int64)
        self.belief = Belief(self.outset, FIRST, settings.rollouts)
        self.belief.expect(0)
        self.learn([0])

    def take(self, mask: int) -> None:
        """Of one subset: it is under way."""
        index = self.index[mask]
        self.taken[index] = -np.inf
        self.belief.expect(index)

    def choose(self, width: int) -> list[int]:
        """The subsets to evaluate next, each chosen as if the ones before it were known already."""
        chosen = []
        for _ in range(width):
            hope = np.sqrt(np.maximum(self.belief.variance, 0.0))
            hope *= _HOPE
            hope += self.belief.mean
            hope += self.taken
            hope += self.jitter
            chosen.append(int(self.masks[int(np.argmax(hope))]))
            self.take(chosen[-1])
        return chosen

    def learn(self, asked: list[int]) -> None:
        """Take in the rewards of what was asked; now and then choose the strengths anew."""
        for mask in asked:
            self.belief.settle(self.account.rewards[mask])
        scored = self.account.scored()
        if len(scored) < max(_LEARN_FIRST, _LEARN_AT * self.learned_from):
            return
        self.learned_from = len(scored)
        at = np.array([self.index[mask] for mask in scored], dtype=np.int64)
        rewards = np.array(list(scored.values()))
        surprise = rewards - self.outset.mean[at]
        strengths, self.plausible = likeliest(self.outset, at, surprise, self.plausible)
        self.belief = Belief(self.outset, strengths, self.settings.rollouts)
        self.belief.observe(at, rewards)

    @property
    def unseen(self) -> int:
        """Candidates not evaluated yet."""
        return len(self.masks) - len(self.account.rewards)

    @property
    def noisy(self) -> bool:
        """Whether what was evaluated is to be believed less than the model of it."""
        if self.settings.exact or len(self.masks) <= _FEW:
            return False
        return self.belief.strengths.noise >= NOISY

    def path(self) -> tuple[int, ...]:
        """To the best subset, in the order whose prefixes are worth most: as evaluated or, with noise, as modelled."""
        end = best_seen(self.account)
        if not end or self.noisy:
            end = int(self.masks[1 + int(np.argmax(self.belief.mean[1:] + self.jitter[1:]))])
        below = submasks(end)
        worth = dict(zip(below, self.belief.mean[[self.index[m] for m in below]].tolist(), strict=True))
        if not self.noisy:
            worth |= self.account.scored()
        return safest_order(end, worth)


def search_surrogate(
    settings: Settings, *, rng: np.random.Generator, memory: Memory | None = None
) -> Searching:
    """Upper confidence bounds over a model of the landscape; `memory` is what earlier scenarios taught.

    Of the prior it asks the root, every attribute and every two in one batch, then where the likeliest lead to and, one
    step short of there, which attribute should be the last.
    """
    account = Account(settings)
    yield from account.ask(priors=guiding_nodes(settings), rewards=(0,))
    end = yield from along_the_prior(account)
    yield from account.ask(priors=[end ^ 1 << attribute for attribute in members(end)])
    surrogate = _Surrogate(settings, account, memory or Memory(settings.n), rng)
    if account.left > settings.steps and np.any(surrogate.lean):
        # Where the prior is good nothing is better than its own way, and where it misleads that is soon known.
        surrogate.take(end)
        yield from account.ask(rewards=(end,))
        surrogate.learn([end])
    most = min(settings.batch, max(1, settings.rollouts // _TURNS))
    while (width := min(most, account.left - settings.steps, surrogate.unseen)) > 0:
        asked = surrogate.choose(width)
        yield from account.ask(rewards=asked)
        surrogate.learn(asked)
    path = yield from _to_the_end(surrogate)
    if not surrogate.noisy:
        path = cut(path, account.scored())
    found = found_by_sharing(settings, account, path)
    modelled = dict(zip(surrogate.index, surrogate.belief.mean.tolist(), strict=True))
    return replace(found, modelled=modelled)


def _to_the_end(surrogate: _Surrogate) -> Generator[Wanted, Given, tuple[int, ...]]:
    """Evaluate the prefixes of the best path."""
    account = surrogate.account
    path = surrogate.path()
    # The prefixes were paid for in advance; what some of them do not need goes into looking further.
    while surrogate.unseen and account.left > len(account.unknown_prefixes(path)):
        asked = surrogate.choose(1)
        yield from account.ask(rewards=asked)
        surrogate.learn(asked)
        better = surrogate.path()
        if len(account.unknown_prefixes(better)) <= account.left:
            path = better
    missing = account.unknown_prefixes(path)
    yield from account.ask(rewards=missing)
    for mask in missing:
        surrogate.belief.expect(surrogate.index[mask])
    surrogate.learn(missing)
    return path

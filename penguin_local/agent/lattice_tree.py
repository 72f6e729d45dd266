"""`paper` and `uct`: Monte Carlo tree search over orders of asking, as arXiv 2505.18882 describes it.

Two orders of the same attributes are two nodes here, and what one learned the other does not know: that is the
baseline. Only the reward itself is shared, since Safety(q, U) is a value of the set.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from penguin_local.agent.lattice_values import (
    Account,
    Found,
    Given,
    Rule,
    Searching,
    Settings,
    Wanted,
    members,
)

_EPSILON: Final = 0.2
"""epsilon(d) = 0.2 / (1 + exp(d - D/2)), the paper's."""


@dataclass(slots=True)
class _Node:
    mask: int
    children: dict[int, _Node] = field(default_factory=dict)
    visits: int = 0
    """Also those under way (the virtual ones) and those that could not be scored."""
    pending: int = 0
    """Rollouts under way: each counts as one of the lowest reward until its own arrives (virtual loss)."""
    scored: int = 0
    total: float = 0.0
    """Sum of the rewards backed up, in points above the lowest."""

    def mean(self, otherwise: float) -> float:
        """What a visit was worth on average; `otherwise` where nothing was scored: unvisited is not zero."""
        count = self.scored + self.pending
        return self.total / count if count else otherwise


class _Tree:
    def __init__(self, settings: Settings, rng: np.random.Generator, account: Account) -> None:
        self.settings, self.rng, self.account = settings, rng, account
        self.root = _Node(0)
        self.guided = settings.rule is Rule.PAPER
        self.visits = np.zeros(1 << settings.n, dtype=np.int64)
        self.sums = np.zeros(1 << settings.n)
        self.counts = np.zeros(1 << settings.n, dtype=np.int64)
        self._even: dict[int, list[float]] = {}

    def prior(self, mask: int) -> list[float]:
        """Of a node that was asked about; without a prior, all alike."""
        if self.guided:
            return self.account.priors[mask]
        if mask not in self._even:
            free = self.settings.askable & ~mask
            share = 1 / max(1, free.bit_count())
            self._even[mask] = [share if free >> i & 1 else 0.0 for i in range(self.settings.n)]
        return self._even[mask]

    def descend(self) -> list[_Node]:
        """From the root along the selection rule to one new child, which is added."""
        way = [self.root]
        while len(way) <= self.settings.steps:
            node = way[-1]
            if self.guided and node.mask not in self.account.priors:
                break  # made in this very batch: the rollout begins here
            chosen = self.select(node)
            child = node.children.get(chosen)
            if child is None:
                child = node.children[chosen] = _Node(node.mask | 1 << chosen)
                way.append(child)
                break
            way.append(child)
        return way

    def select(self, node: _Node) -> int:
        """argmax of Q(U+a) + c prior(a|q,U) sqrt(sum_b N_b) / (1 + N_a), Q in points of the score.

        With Q scaled to 0..1, the other way to read it, the paper's c does worse on every landscape we tried.
        """
        low, high = self.settings.bounds
        prior = self.prior(node.mask)
        children = node.children
        reach = self.settings.exploration * math.sqrt(sum(child.visits for child in children.values()))
        unvisited = node.mean((high - low) / 2)
        best, chosen = (-math.inf, -math.inf), -1
        for attribute in members(self.settings.askable & ~node.mask):
            child = children.get(attribute)
            share = prior[attribute]
            if child is None:
                score = unvisited + reach * share
            else:
                score = child.mean(unvisited) + reach * share / (1 + child.visits)
            if (score, share) > best:
                best, chosen = (score, share), attribute
        return chosen

    def step(self, mask: int) -> int:
        """One attribute more: along the prior, or with chance epsilon(d) any."""
        free = members(self.settings.askable & ~mask)
        chance = _EPSILON / (1 + math.exp(mask.bit_count() - self.settings.depth / 2))
        if not self.guided or self.rng.random() < chance:
            return mask | 1 << free[int(self.rng.integers(len(free)))]
        prior = self.prior(mask)
        return mask | 1 << max(free, key=prior.__getitem__)

    def hold(self, way: list[_Node]) -> None:
        for node in way:
            node.visits += 1
            node.pending += 1

    def settle(self, way: list[_Node], reward: float | None) -> None:
        low = self.settings.bounds[0]
        for node in way:
            node.pending -= 1
            self.visits[node.mask] += 1
            if reward is not None:
                node.scored += 1
                node.total += reward - low
                self.sums[node.mask] += reward
                self.counts[node.mask] += 1

    def extract(self) -> tuple[int, ...]:
        """Along the highest mean; where nothing was scored further down, along the prior."""
        node, path = self.root, list[int]()
        while len(path) < self.settings.steps:
            seen = {a: child for a, child in node.children.items() if child.scored}
            if not seen:
                break
            chosen = max(seen, key=lambda a: (seen[a].mean(0.0), seen[a].visits, -a))
            path.append(chosen)
            node = seen[chosen]
        return tuple(path)


def search_tree(settings: Settings, *, rng: np.random.Generator) -> Searching:
    """`paper`, or `uct` when the settings say so."""
    account = Account(settings)
    tree = _Tree(settings, rng, account)
    done = 0
    while done < settings.rollouts:
        # What the prefixes of the path will take is kept back; a subset already seen costs nothing.
        spare = account.left - settings.least_rollouts
        width = min(settings.batch, settings.rollouts - done, spare)
        if width < 1:
            break
        done += width
        yield from _rollouts(tree, width)
    path = yield from _whole_path(tree)
    missing = account.unknown_prefixes(path)
    yield from account.ask(rewards=missing)
    values = np.divide(tree.sums, tree.counts, out=np.full(len(tree.sums), np.nan), where=tree.counts > 0)
    return Found(path, account.rewards, None, done + len(missing), tree.visits, values)


def _rollouts(tree: _Tree, width: int) -> Generator[Wanted, Given, None]:
    account, steps = tree.account, tree.settings.steps
    if tree.guided:
        yield from account.ask(priors=(0,))
    ways = []
    for _ in range(width):
        way = tree.descend()
        tree.hold(way)
        ways.append(way)
    ends = [way[-1].mask for way in ways]
    if tree.guided:  # the new children: selection will need their prior even where the rollout is at its end
        yield from account.ask(priors=[end for end in ends if end.bit_count() < steps])
    while any(end.bit_count() < steps for end in ends):
        if tree.guided:
            yield from account.ask(priors=[end for end in ends if end.bit_count() < steps])
        ends = [tree.step(end) if end.bit_count() < steps else end for end in ends]
    yield from account.ask(rewards=ends)
    for way, end in zip(ways, ends, strict=True):
        tree.settle(way, account.rewards[end])


def _whole_path(tree: _Tree) -> Generator[Wanted, Given, tuple[int, ...]]:
    path = tree.extract()
    mask = sum(1 << attribute for attribute in path)
    while len(path) < tree.settings.steps:
        if tree.guided:
            yield from tree.account.ask(priors=(mask,))
        prior = tree.prior(mask)
        chosen = max(members(tree.settings.askable & ~mask), key=lambda a: (prior[a], -a))
        path, mask = (*path, chosen), mask | 1 << chosen
    return path

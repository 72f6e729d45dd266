"""What a search of the subset lattice is told and what it tells: settings, requests, answers, the account.

A state is a bitmask: bit i set = attribute i is known. Nothing here knows what an attribute is.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

MOST_ATTRIBUTES: Final = 16
"""Values are arrays over all 2**n subsets: 16 attributes are 65,536 of them, and more has no use here."""

Array: TypeAlias = NDArray[np.float64]


class Rule(StrEnum):
    """How a search chooses what to look at next, and what it makes of what it saw."""

    PAPER = "paper"
    """Guided Monte Carlo tree search as the paper describes it: a tree of orders, nothing shared."""
    UCT = "uct"
    """The same without the prior."""
    LATTICE = "lattice"
    """Equal subsets share what they learned; the best subset seen is kept, its order the safest on the way."""
    SURROGATE = "surrogate"
    """A Bayesian additive and pairwise model of the attributes: for 20 to 60 evaluations."""
    EXHAUSTIVE = "exhaustive"
    """Every subset up to the depth: the oracle."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to search; a value out of range is a ValueError that says which and why."""

    rule: Rule = Rule.LATTICE
    depth: int = 5
    """Most attributes on the path."""
    rollouts: int = 300
    """Most subsets evaluated, the prefixes of the path found among them. `exhaustive` takes what it needs."""
    exploration: float = 0.5
    """c, the weight of the little visited (0.5 in the paper, in one place 1)."""
    batch: int = 8
    """Most subsets asked for at once."""
    bounds: tuple[float, float] = (1.0, 5.0)
    """Lowest and highest reward there can be."""
    n: int = 10
    """Attributes there are."""
    allowed: int | None = None
    """Mask of the attributes that may be asked; None for all n."""
    exact: bool = False
    """Whether a reward is what the subset is worth (read from a table, or of the one answer that a greedy model gives)
    and not one draw of many: then what looks like noise is the landscape's own roughness. The surrogate cannot tell
    the two apart by itself, since asking again would give the same number."""

    def __post_init__(self) -> None:
        low, high = self.bounds
        if not 1 <= self.n <= MOST_ATTRIBUTES:
            raise ValueError(f"a lattice has 1 to {MOST_ATTRIBUTES} attributes, not {self.n}")
        if not 1 <= self.depth <= self.n:
            raise ValueError(f"depth {self.depth} is out of range: a path has 1 to {self.n} attributes")
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise ValueError(f"rewards between {low} and {high}: the first must be the lower one")
        if self.allowed is not None and not 0 < self.allowed < 1 << self.n:
            raise ValueError(
                f"allowed attributes {self.allowed:#b}: a mask of at least one of {self.n} is needed"
            )
        if self.rule is not Rule.EXHAUSTIVE and self.rollouts < self.least_rollouts:
            raise ValueError(
                f"{self.rollouts} rollouts are too few: a path of {self.steps} has {self.least_rollouts} prefixes, "
                "the empty one among them, and each of them is evaluated"
            )
        if not (math.isfinite(self.exploration) and self.exploration >= 0):
            raise ValueError(f"exploration {self.exploration} is out of range: 0 or more is needed")
        if self.batch < 1:
            raise ValueError(f"a batch of {self.batch} is out of range: at least 1 is needed")

    @property
    def askable(self) -> int:
        """Mask of the attributes that may be asked."""
        return (1 << self.n) - 1 if self.allowed is None else self.allowed

    @property
    def steps(self) -> int:
        """Longest path there is: the depth, or fewer when fewer attributes may be asked."""
        return min(self.depth, self.askable.bit_count())

    @property
    def least_rollouts(self) -> int:
        """Prefixes of the longest path, the empty one among them."""
        return self.steps + 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search needs next, in one batch; nothing is ever wanted twice."""

    priors: tuple[int, ...] = ()
    """Nodes whose prior it wants."""
    rewards: tuple[int, ...] = ()
    """Subsets to evaluate."""


@dataclass(frozen=True, slots=True)
class Given:
    """The answers, in the order of what was wanted."""

    priors: Sequence[Array] = ()
    """Each [n] float64: how promising each attribute is next; what is known already counts for nothing."""
    rewards: Sequence[float | None] = ()
    """None where a subset could not be scored."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found."""

    path: tuple[int, ...]
    """Attributes in the order of asking, none twice."""
    evaluated: Mapping[int, float | None]
    """Every distinct subset that was looked at; all prefixes of the path are among them."""
    modelled: Mapping[int, float] | None
    """What the surrogate expects of every subset up to the depth; None for the other rules."""
    rollouts: int
    """Times that a subset was visited: as many as evaluated, or more where a rule comes back to one."""
    visits: NDArray[np.int64]
    """[2**n] how often each subset was passed through."""
    values: Array
    """[2**n] the mean reward backed up to each subset; nan where none was: unvisited is not zero."""

    @property
    def unscored(self) -> int:
        """Subsets that could not be scored."""
        return sum(reward is None for reward in self.evaluated.values())


Searching: TypeAlias = Generator[Wanted, Given, Found]


class Account:
    """What one search has asked for and been given; guards the budget."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.budget = settings.rollouts
        self.rewards: dict[int, float | None] = {}
        self.priors: dict[int, list[float]] = {}

    @property
    def left(self) -> int:
        """Evaluations that may still be asked for."""
        return self.budget - len(self.rewards)

    def ask(
        self, *, priors: Iterable[int] = (), rewards: Iterable[int] = ()
    ) -> Generator[Wanted, Given, None]:
        """Want what is not known yet; ValueError for answers that do not fit."""
        nodes = tuple(m for m in dict.fromkeys(priors) if m not in self.priors)
        subsets = tuple(m for m in dict.fromkeys(rewards) if m not in self.rewards)
        if len(subsets) > self.left:
            raise ValueError(f"{len(subsets)} evaluations wanted and {self.left} left")
        if not nodes and not subsets:
            return
        given = yield Wanted(nodes, subsets)
        if len(given.priors) != len(nodes) or len(given.rewards) != len(subsets):
            raise ValueError("a search must be given one answer for each thing it wants")
        for mask, prior in zip(nodes, given.priors, strict=True):
            self.priors[mask] = _normalised(prior, mask, self.settings)
        for mask, reward in zip(subsets, given.rewards, strict=True):
            self.rewards[mask] = _checked(reward, self.settings.bounds)

    def scored(self) -> dict[int, float]:
        """The subsets that have a reward."""
        return {mask: reward for mask, reward in self.rewards.items() if reward is not None}

    def unknown_prefixes(self, path: Sequence[int]) -> list[int]:
        """Prefixes of a path, the empty one first, that were not evaluated yet."""
        return [mask for mask in prefixes(path) if mask not in self.rewards]


def _normalised(prior: Array, mask: int, settings: Settings) -> list[float]:
    if len(prior) != settings.n:
        raise ValueError(f"a prior over {len(prior)} attributes was given where there are {settings.n}")
    free = settings.askable & ~mask
    weights = [
        p if free >> i & 1 else 0.0 for i, p in enumerate(np.asarray(prior, dtype=np.float64).tolist())
    ]
    total = sum(weights)
    if not (math.isfinite(total) and min(weights) >= 0):
        raise ValueError("a prior must consist of finite numbers of 0 or more")
    if total <= 0:  # nothing preferred among what is left: everything alike
        return [1 / max(1, free.bit_count()) if free >> i & 1 else 0.0 for i in range(settings.n)]
    return [w / total for w in weights]


def _checked(reward: float | None, bounds: tuple[float, float]) -> float | None:
    if reward is None:
        return None
    value = float(reward)
    if not bounds[0] <= value <= bounds[1]:
        raise ValueError(f"a reward of {value} is outside {bounds[0]} to {bounds[1]}")
    return value


def prefixes(path: Sequence[int]) -> list[int]:
    """Masks of the beginnings of a path, from the empty one to the whole."""
    masks = [0]
    for attribute in path:
        masks.append(masks[-1] | 1 << attribute)
    return masks


def members(mask: int) -> list[int]:
    """The attributes of a subset, ascending."""
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return found


def submasks(mask: int) -> list[int]:
    """All subsets of a subset, itself and the empty one among them."""
    found, sub = [mask], mask
    while sub:
        sub = (sub - 1) & mask
        found.append(sub)
    return found


def subsets_up_to(allowed: int, size: int) -> list[int]:
    """Subsets of `allowed` with at most `size` members, the small ones first."""
    every = [mask for mask in submasks(allowed) if mask.bit_count() <= size]
    return sorted(every, key=lambda mask: (mask.bit_count(), mask))


def safest_order(end: int, worth: Mapping[int, float]) -> tuple[int, ...]:
    """The order of the attributes of `end` whose prefixes are worth most on average.

    `worth` must know every non-empty proper subset of `end`. Exact: a walk over the 2**|end| subsets.
    """
    attributes = members(end)
    masks = [0]
    for attribute in attributes:
        masks += [mask | 1 << attribute for mask in masks]
    total, came = [0.0] * len(masks), [0] * len(masks)
    for at, ways in _walk(len(attributes)):
        best = -math.inf
        for last, before in ways:
            if total[before] > best:
                best, came[at] = total[before], last
        total[at] = best + (worth[masks[at]] if at != len(masks) - 1 else 0.0)
    path, at = list[int](), len(masks) - 1
    while at:
        path.append(attributes[came[at]])
        at ^= 1 << came[at]
    return tuple(reversed(path))


@lru_cache(maxsize=MOST_ATTRIBUTES + 1)
def _walk(size: int) -> tuple[tuple[int, tuple[tuple[int, int], ...]], ...]:
    """The non-empty subsets of so many, small ones first, each with its members and what is left without them."""
    masks = sorted(range(1, 1 << size), key=int.bit_count)
    return tuple((mask, tuple((last, mask ^ 1 << last) for last in members(mask))) for mask in masks)

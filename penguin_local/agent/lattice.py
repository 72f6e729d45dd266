"""Search over subsets of attributes: which few, asked in which order, make an answer the safest?

The core does no work of its own: `searching` is a generator that yields what it wants (`Wanted`: priors, rewards)
and is sent the answers (`Given`), so that a planner can drive many searches at once and fill every batch of the
engine; `search` drives a single one with functions. Ten attributes have 1,024 subsets, of them 252 of five: beyond
that many distinct evaluations nothing is left to gain at a depth of five, whatever the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from penguin_local.agent.lattice_memory import Memory
from penguin_local.agent.lattice_shared import search_exhaustively, search_lattice
from penguin_local.agent.lattice_surrogate import search_surrogate
from penguin_local.agent.lattice_tree import search_tree
from penguin_local.agent.lattice_values import Array, Found, Given, Rule, Searching, Settings, Wanted

__all__ = ["VERSION", "Found", "Given", "Memory", "Rule", "Settings", "Wanted", "search", "searching"]

VERSION: Final = "search-3"
"""Changes with what any of the rules finds: a plan goes on with the rules it was begun with, or says that it cannot."""


def searching(settings: Settings, *, rng: np.random.Generator, memory: Memory | None = None) -> Searching:
    """A search that waits for its answers; `memory` is used by the surrogate alone.

    Raises ValueError when it is given answers that do not fit what it wanted, a reward outside the bounds, or a prior
    that is no distribution.
    """
    match settings.rule:
        case Rule.PAPER | Rule.UCT:
            return search_tree(settings, rng=rng)
        case Rule.LATTICE:
            return search_lattice(settings)
        case Rule.SURROGATE:
            return search_surrogate(settings, rng=rng, memory=memory)
        case Rule.EXHAUSTIVE:
            return search_exhaustively(settings)


def search(
    settings: Settings,
    *,
    reward: Callable[[Sequence[int]], Sequence[float | None]],
    prior: Callable[[Sequence[int]], Sequence[Array]] | None,
    rng: np.random.Generator,
    memory: Memory | None = None,
) -> Found:
    """Search with functions that answer whole batches of masks; without a prior, all attributes are alike."""
    wanting = searching(settings, rng=rng, memory=memory)
    given: Given | None = None
    while True:
        try:
            wanted = next(wanting) if given is None else wanting.send(given)
        except StopIteration as stop:
            found: Found = stop.value
            return found
        alike = [np.ones(settings.n) for _ in wanted.priors]
        priors = prior(wanted.priors) if prior and wanted.priors else alike
        given = Given(priors, reward(wanted.rewards) if wanted.rewards else ())

"""Planned paths of similar questions, for the talks of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from penguin_local.agent.dialogue_events import PathUse
from penguin_local.agent.retrieval import PathIndex, examples, neighbours
from penguin_local.bench.interviewing import Examples, Retrieve
from penguin_local.core.scenario import Scenario
from penguin_local.store.rows import Setting

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to [n, d] float32, with the model that the index was planned with."""


def retriever(index: PathIndex, embed: Embed, use: PathUse = PathUse.WEIGHED) -> Retrieve:
    """For each scenario its nearest paths but its own, also where that stands under another id."""
    most = neighbours(use)

    def retrieve(scenarios: Sequence[Scenario]) -> Examples:
        vectors = embed([scenario.query for scenario in scenarios])
        own = [frozenset({scenario.id}) for scenario in scenarios]
        near = index.nearest(vectors, 2 * most, exclude=own)
        return {
            scenario.id: examples([r for r in found if r.planned.query != scenario.query][:most])
            for scenario, found in zip(scenarios, near, strict=True)
        }

    return retrieve


def fingerprints(index: PathIndex) -> dict[str, Setting]:
    """What a run remembers of the index: a digest of what it holds, and what it was planned with."""
    return {"digest": index.digest, **index.fingerprints}

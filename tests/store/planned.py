"""Made-up paths for tests: what they say means nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.plan import PlannedPath
from penguin_local.store.path_files import PathEntry, PathFile
from penguin_local.store.rows import Setting

FINGERPRINTS: dict[str, Setting] = {
    "model": "penguin-nano",
    "model sha256": "cd" * 32,
    "model demonstration": True,
    "judge": "penguin-nano",
    "judge sha256": "cd" * 32,
    "judge demonstration": True,
    "self-judged": True,
    "rule": "lattice",
    "depth": 2,
    "rollouts": 20,
    "exploration": 0.5,
    "embedder": "all-minilm-l6-v2",
    "embedder sha256": "ab" * 32,
}


def unit(*numbers: float) -> NDArray[np.float32]:
    """Of length 1."""
    vector = np.array(numbers, np.float32)
    return vector / np.float32(np.linalg.norm(vector))


def entry(
    number: int,
    embedding: NDArray[np.float32],
    *,
    score: float | None = 4.0,
    domain: Domain = Domain.HEALTH,
    path: Sequence[Attribute] = (Attribute.EMOTION, Attribute.MENTAL),
) -> PathEntry:
    """Of scenario `made/NUMBER`."""
    scores = (2.0, *[3.0] * (len(path) - 1), score) if path else (score,)
    planned = PlannedPath(
        scenario_id=f"made/{number}",
        domain=domain,
        query=f"Question number {number}?",
        path=tuple(path),
        scores=scores,
        evaluations=20,
        unscored=1,
    )
    return PathEntry(planned, embedding)


def path_file(*entries: PathEntry, **changed: Setting) -> PathFile:
    """With the fingerprints above, some of them changed."""
    return PathFile("made up", FINGERPRINTS | {k.replace("_", " "): v for k, v in changed.items()}, entries)

"""Whole searches, as they went when last looked at; `python -m tests.agent.test_lattice_golden` writes them anew."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from penguin_local.agent.lattice import Rule, Settings, search
from tests.agent import landscapes

GOLDEN = Path(__file__).parents[1] / "golden" / "lattice.json"


def trace(rule: Rule, batch: int) -> dict[str, object]:
    """A search of 24 evaluations: what was looked at, in order, and what came of it."""
    table = landscapes.values(11, 10)
    table = [round(value, 3) for value in table]
    settings = Settings(rule=rule, depth=4, rollouts=24, batch=batch, allowed=0b1101111011)
    found = search(
        settings,
        reward=landscapes.reward(table, unscored=frozenset({0b11, 0b1001})),
        prior=landscapes.prior(table, 10),
        rng=np.random.default_rng(7),
    )
    evaluated = list(found.evaluated.items())
    return {
        "path": list(found.path),
        "evaluated": [[mask, reward] for mask, reward in evaluated[:24]],
        "distinct": len(evaluated),
        "rollouts": found.rollouts,
        "visits": int(found.visits.sum()),
        "mean of values": round(float(np.nanmean(found.values)), 6),
    }


@pytest.mark.parametrize("batch", [1, 8])
@pytest.mark.parametrize("rule", list(Rule))
def test_a_whole_search_goes_as_it_went(rule: Rule, batch: int) -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert trace(rule, batch) == golden[f"{rule}, {batch} at once"]


if __name__ == "__main__":
    every = {f"{rule}, {batch} at once": trace(rule, batch) for rule in Rule for batch in (1, 8)}
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in every.items()]
    GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")

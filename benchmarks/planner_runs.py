"""The searches behind `benchmarks.planner`, kept as they come: an interrupted run goes on where it was."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks import planner_landscapes
from benchmarks.planner_landscapes import DEPTH, Family, Landscape, Prior
from penguin_local.agent import lattice
from penguin_local.agent.lattice import Rule, Settings, search
from penguin_local.agent.lattice_memory import Memory
from penguin_local.core.statistics import Interval, mean_interval

BUDGETS: Final = (6, 10, 20, 40, 60, 80, 160, 320)
"""The first is the least there can be: a path of five has six prefixes, and each is evaluated."""
SEED: Final = 2_000_000
"""Of the reported landscapes. What is a choice in the rules was chosen on seeds from 10,000 on."""
ONE_BY_ONE: Final = (Rule.PAPER, Rule.UCT)
"""Run without batches, as the paper does: batches would only make them worse."""
BLIND: Final = (Rule.UCT, Rule.EXHAUSTIVE)
"""Rules that no prior can change."""


@dataclass(frozen=True)
class Cell:
    """One rule on one family with one prior and one budget."""

    family: str
    prior: str
    rule: str
    budget: int
    regret: list[float]
    """Of the path's end, one a landscape."""
    anytime: list[float]
    """Of the mean over the path's prefixes."""
    evaluations: list[int]
    """Distinct subsets looked at."""
    nodes: list[int]
    """Where the prior was asked."""

    @property
    def mean(self) -> float:
        return float(np.mean(self.regret))

    @property
    def interval(self) -> Interval:
        found = mean_interval(self.regret, seed=SEED)
        assert found is not None
        return found


class Cells:
    """Finished cells in a JSON file; those of another version of the rules or of the landscapes are not taken."""

    def __init__(self, path: Path) -> None:
        self._path = path
        held = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        self._cells: dict[str, Cell] = {key: Cell(**value) for key, value in held.items()}

    def cell(
        self, family: Family, prior: Prior, rule: Rule, budget: int, landscapes: Sequence[Landscape]
    ) -> Cell:
        """From the file, or searched now."""
        kind = Prior.USELESS if rule in BLIND else prior
        salt = source() if family is not Family.MEASURED else source() + _digest(landscapes)
        key = f"{family}|{kind}|{rule}|{budget}|{len(landscapes)}|{salt}"
        if key not in self._cells:
            self._cells[key] = _search_all(family, kind, rule, budget, landscapes)
            self._path.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps({name: asdict(cell) for name, cell in self._cells.items()})
            self._path.write_text(text, encoding="utf-8")
        return self._cells[key]


def _search_all(
    family: Family, prior: Prior, rule: Rule, budget: int, landscapes: Sequence[Landscape]
) -> Cell:
    settings = Settings(
        rule=rule,
        depth=DEPTH,
        rollouts=budget,
        batch=1 if rule in ONE_BY_ONE else 8,
        exact=family is not Family.NOISY,
    )
    regret, anytime, evaluations, nodes = [], [], [], []
    memories: dict[str, Memory] = {}
    for i, land in enumerate(landscapes):
        asked: list[int] = []

        def told(
            masks: Sequence[int], land: Landscape = land, asked: list[int] = asked
        ) -> list[NDArray[np.float64]]:
            asked.extend(masks)
            return land.prior(prior, masks)

        found = search(
            settings,
            reward=land.reward,
            prior=told,
            rng=np.random.default_rng([SEED, i]),
            memory=memories.get(land.domain),
        )
        if land.domain:
            memories[land.domain] = memories.get(land.domain, Memory()).after(found)
        regret.append(land.regret(found.path))
        anytime.append(land.anytime_regret(found.path))
        evaluations.append(len(found.evaluated))
        nodes.append(len(asked))
    return Cell(family.value, prior.value, rule.value, budget, regret, anytime, evaluations, nodes)


@cache
def source() -> str:
    """A digest of what the numbers depend on."""
    digest = blake2b(digest_size=6)
    rooms = sorted(Path(lattice.__file__).parent.glob("lattice*.py"))
    for path in (*rooms, Path(planner_landscapes.__file__), Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _digest(landscapes: Sequence[Landscape]) -> str:
    held = b"".join(land.true.tobytes() + land.domain.encode() for land in landscapes)
    return blake2b(held, digest_size=6).hexdigest()


def overhead(rule: Rule, budget: int, repeats: int = 20) -> float:
    """Microseconds of processor time a rollout, answers read from a table: the best of several."""
    land = planner_landscapes.make(Family.PAIRWISE, SEED)
    priors = {mask: land.prior(Prior.GOOD, (mask,))[0] for mask in range(1 << planner_landscapes.N)}
    rewards = land.seen.tolist()
    settings = Settings(rule=rule, depth=DEPTH, rollouts=budget)
    best = np.inf
    for i in range(repeats):
        rng = np.random.default_rng(i)
        began = time.process_time()
        found = search(
            settings,
            reward=lambda masks: [rewards[mask] for mask in masks],
            prior=lambda nodes: [priors[node] for node in nodes],
            rng=rng,
        )
        best = min(best, (time.process_time() - began) / found.rollouts)
    return float(best * 1e6)


def every(
    families: Sequence[Family], budgets: Sequence[int], rules: Sequence[Rule]
) -> Iterator[tuple[Family, Prior, Rule, int]]:
    """All cells there are to fill, the cheap ones first."""
    for budget in sorted(budgets):
        for family in families:
            for rule in rules:
                if rule is not Rule.EXHAUSTIVE or budget == max(budgets):
                    yield from ((family, prior, rule, budget) for prior in Prior)

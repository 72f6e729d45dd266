"""Fig. 14: how many subsets a search must look at before it has found the best one.

Every subset of a scenario is answered and judged once (the oracle); then all rules search that same table, so
that they differ in nothing but where they look. A search over a table costs no model time, and is repeated.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from penguin_local.agent.lattice import Rule, Settings, search
from penguin_local.bench.cells import Table, counted, shown
from penguin_local.bench.estimates import COUNTS, SCORES, estimate
from penguin_local.bench.report.paper import figures
from penguin_local.bench.results import Estimate
from penguin_local.bench.studies.catalogue import Study
from penguin_local.bench.studies.findings import (
    Curve,
    Findings,
    Line,
    Mark,
    Series,
    estimate_json,
    exactly,
)
from penguin_local.core.attributes import Attribute
from penguin_local.errors import Cancelled

RULES: Final = (Rule.PAPER, Rule.UCT, Rule.LATTICE, Rule.SURROGATE)
BUDGETS: Final = (10, 20, 40, 80, 160, 320)
REPEATS: Final = 4
"""Searches with different luck, whose mean is one scenario's."""
_SMALL: Final = 3
"""The paper's other depth."""
MOST: Final = {Rule.SURROGATE: 80}
"""Where a rule is not meant for more: the surrogate is for 20 to 60 evaluations, and slow beyond."""
_BATCH: Final = 4
"""Subsets a search asks for at once: small against the least budget."""
_N: Final = len(Attribute)

Prior = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Landscape:
    """All that a search of one scenario could ask for."""

    scenario_id: str
    allowed: int
    """What its profile holds, as a mask."""
    rewards: Mapping[int, float | None]
    """Of every subset up to the depth."""
    priors: Mapping[int, Prior]
    """[10] of every subset below the depth."""


@dataclass(frozen=True, slots=True)
class Regrets:
    """Of one depth."""

    depth: int
    best: Estimate
    """The oracle's score."""
    nothing: Estimate
    """The score with nothing known."""
    by_rule: Mapping[tuple[Rule, int], Estimate]
    """How far below the oracle's the score of the found subset is, by rule and budget."""
    subsets: int
    """The most there are for one scenario."""


@dataclass(frozen=True, slots=True)
class Convergence:
    """The depths, and what they were measured on."""

    depths: tuple[Regrets, ...]
    scenarios: int
    evaluated: int
    unscored: int
    left_out: int
    """Scenarios without any scored subset that asks something."""


def nodes(allowed: int, depth: int) -> list[int]:
    """The subsets below the depth: those that a search may want a prior of."""
    return [
        m for m in range(1 << _N) if m & ~allowed == 0 and m.bit_count() < min(depth, allowed.bit_count())
    ]


def measure(
    landscapes: Sequence[Landscape], depth: int, *, seed: int, cancel: threading.Event | None = None
) -> Convergence:
    """All rules with all budgets, for the depth and for the paper's smaller one. Raises Cancelled."""
    usable = [scape for scape in landscapes if _best(scape, depth) is not None]
    rewards = [reward for scape in landscapes for reward in scape.rewards.values()]
    return Convergence(
        depths=tuple(
            _regrets(usable, d, seed, cancel or threading.Event())
            for d in sorted({depth, min(depth, _SMALL)}, reverse=True)
        ),
        scenarios=len(landscapes),
        evaluated=len(rewards),
        unscored=sum(reward is None for reward in rewards),
        left_out=len(landscapes) - len(usable),
    )


def _regrets(landscapes: Sequence[Landscape], depth: int, seed: int, cancel: threading.Event) -> Regrets:
    most = max((len(_within(scape, depth)) for scape in landscapes), default=0)
    budgets = [budget for budget in BUDGETS if budget > depth and budget <= max(2 * most, BUDGETS[0])]
    found = {}
    for rule, budget in product(RULES, budgets):
        if budget > MOST.get(rule, budget):
            continue
        values = []
        for scape in landscapes:
            if cancel.is_set():
                raise Cancelled("stopped")
            values.append(_mean_regret(scape, rule, depth, budget, seed))
        found[rule, budget] = estimate(
            [value for value in values if value is not None], seed=seed, within=COUNTS
        )
    return Regrets(
        depth=depth,
        best=estimate(
            [best for s in landscapes if (best := _best(s, depth)) is not None], seed=seed, within=SCORES
        ),
        nothing=estimate(
            [zero for s in landscapes if (zero := s.rewards.get(0)) is not None], seed=seed, within=SCORES
        ),
        by_rule=found,
        subsets=most,
    )


def _mean_regret(scape: Landscape, rule: Rule, depth: int, budget: int, seed: int) -> float | None:
    repeats = 1 if rule is Rule.LATTICE else REPEATS  # it draws no lots
    best = _best(scape, depth)
    ends = [_found(scape, rule, depth, budget, seed, repeat) for repeat in range(repeats)]
    known = [end for end in ends if end is not None]
    return None if best is None or not known else best - sum(known) / len(known)


def _found(scape: Landscape, rule: Rule, depth: int, budget: int, seed: int, repeat: int) -> float | None:
    """The score of the subset at the end of the path."""
    text = f"{seed}|{scape.scenario_id}|{rule}|{depth}|{budget}|{repeat}"
    own = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
    settings = Settings(
        rule=rule, depth=depth, rollouts=budget, batch=_BATCH, n=_N, allowed=scape.allowed, exact=True
    )
    found = search(
        settings,
        reward=lambda masks: [scape.rewards[mask] for mask in masks],
        prior=lambda masks: [scape.priors[mask] for mask in masks],
        rng=np.random.default_rng(own),
    )
    return scape.rewards[sum(1 << attribute for attribute in found.path)]


def _within(scape: Landscape, depth: int) -> list[int]:
    return [mask for mask in scape.rewards if mask.bit_count() <= depth]


def _best(scape: Landscape, depth: int) -> float | None:
    known = (scape.rewards[mask] for mask in _within(scape, depth) if mask)
    return max((reward for reward in known if reward is not None), default=None)


def findings(result: Convergence) -> Findings:
    """Regret against budget, one figure a depth."""
    theirs = figures()["convergence"]
    said = [line for regrets in result.depths for line in _said(regrets)]
    said.append(
        f"The paper, depth 5: {theirs['guided']} guided rollouts do as well as {theirs['unguided']} unguided ones."
    )
    if result.left_out:
        said.append(f"{counted(result.left_out, 'scenario')} left out: none of the subsets has a score.")
    return Findings(
        study=Study.CONVERGENCE,
        said=tuple(said),
        tables=tuple(_table(regrets) for regrets in result.depths),
        charts=tuple(_curve(regrets) for regrets in result.depths),
        numbers={
            "scenarios": result.scenarios,
            "evaluated": result.evaluated,
            "unscored": result.unscored,
            "depths": [
                {
                    "depth": regrets.depth,
                    "subsets": regrets.subsets,
                    "oracle": estimate_json(regrets.best),
                    "nothing_known": estimate_json(regrets.nothing),
                    "regret": [
                        {"rule": rule.value, "evaluations": budget, **estimate_json(e)}
                        for (rule, budget), e in regrets.by_rule.items()
                    ],
                }
                for regrets in result.depths
            ],
        },
        published={"rollouts_for_the_same_score": theirs},
    )


def _budgets(regrets: Regrets) -> Iterator[int]:
    yield from dict.fromkeys(budget for _, budget in regrets.by_rule)


def _said(regrets: Regrets) -> Iterator[str]:
    """What the paper's rule needs its last budget for, and who gets there sooner."""
    budgets = list(_budgets(regrets))
    goal = regrets.by_rule[Rule.PAPER, budgets[-1]].mean if budgets else None
    if goal is None:
        yield f"Depth {regrets.depth}: nothing could be scored."
        return
    sooner = []
    for rule in RULES[1:]:
        means = {b: regrets.by_rule[rule, b].mean for b in budgets if (rule, b) in regrets.by_rule}
        near = [budget for budget, value in means.items() if value is not None and value <= goal]
        sooner.append(f"{rule} with {near[0]}" if near else f"{rule} not yet with {max(means)}")
    yield (
        f"Depth {regrets.depth}: the paper's rule is {goal:.3f} below the oracle after {budgets[-1]} evaluations; "
        f"on average as near: {', '.join(sooner)}. "
        f"There are {counted(regrets.subsets, 'subset')}; one that a rule asks for again is counted again."
    )


def _table(regrets: Regrets) -> Table:
    rows = [
        [str(budget), *(shown(regrets.by_rule.get((rule, budget), exactly(None))) for rule in RULES)]
        for budget in _budgets(regrets)
    ]
    best, nothing = shown(regrets.best), shown(regrets.nothing)
    title = (
        f"Regret at depth {regrets.depth}: score of the best subset minus that of the one found; best {best}, "
        f"nothing known {nothing}"
    )
    return title, ["evaluations", *(rule.value for rule in RULES)], rows


def _curve(regrets: Regrets) -> Curve:
    return Curve(
        title=f"Regret at depth {regrets.depth}",
        across="evaluations",
        upwards="points below the best subset",
        lines=tuple(
            Line(
                Series("paper" if rule is Rule.PAPER else rule.value),
                tuple(
                    Mark(budget, regrets.by_rule[rule, budget])
                    for budget in _budgets(regrets)
                    if (rule, budget) in regrets.by_rule
                ),
            )
            for rule in RULES
        ),
        doubling=True,
    )

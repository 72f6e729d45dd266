"""What `benchmarks.planner` must show, and whether it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.planner_landscapes import Family, Prior
from benchmarks.planner_runs import SEED, Cell
from penguin_local.agent.lattice import Rule
from penguin_local.core.statistics import mean_interval

Look = Callable[[Family, Prior, Rule, int], Cell]


@dataclass(frozen=True)
class Bar:
    """One claim."""

    claim: str
    family: str
    ours: float
    theirs: float
    """What ours must not exceed."""
    low: float
    high: float
    """Interval of ours minus theirs, landscape by landscape."""

    @property
    def holds(self) -> bool:
        return self.ours <= self.theirs

    def __str__(self) -> str:
        verdict = "pass" if self.holds else "FAIL"
        return (
            f"{verdict}  {self.claim:<64} {self.family:<20} {self.ours:.4f} <= {self.theirs:.4f}"
            f"   difference [{self.low:+.4f}, {self.high:+.4f}]"
        )


def _bar(claim: str, family: Family, ours: Sequence[float], theirs: Sequence[float]) -> Bar:
    apart = [a - b for a, b in zip(ours, theirs, strict=True)]
    interval = mean_interval(apart, seed=SEED)
    assert interval is not None
    return Bar(claim, family.value, float(np.mean(ours)), float(np.mean(theirs)), interval.low, interval.high)


def _regrets(look: Look, family: Family, priors: Sequence[Prior], rule: Rule, budget: int) -> list[float]:
    """One a landscape: the mean over the priors."""
    rows = [look(family, prior, rule, budget).regret for prior in priors]
    return [float(value) for value in np.mean(rows, axis=0)]


def _better(look: Look, family: Family, priors: Sequence[Prior], budget: int) -> tuple[Rule, list[float]]:
    """Which of our two rules does better, and how."""
    both = {rule: _regrets(look, family, priors, rule, budget) for rule in (Rule.SURROGATE, Rule.LATTICE)}
    best = min(both, key=lambda rule: np.mean(both[rule]))
    return best, both[best]


def bars(look: Look, families: Sequence[Family]) -> list[Bar]:
    """All claims about these families.

    To recover from a misleading prior within 60 means: with it, the mean regret after 60 evaluations is at most what
    `paper` has after 320 with the good one, as if nobody had been misled.
    """
    found = []
    for family in families:
        for name, priors in (("good prior", (Prior.GOOD,)), ("mean of the priors", tuple(Prior))):
            if family is Family.NOISY:
                rule, ours = _better(look, family, priors, 40)
                theirs = [0.5 * r for r in _regrets(look, family, priors, Rule.PAPER, 80)]
                found.append(_bar(f"{rule} at 40, half of paper at 80, {name}", family, ours, theirs))
            else:
                rule, ours = _better(look, family, priors, 20)
                theirs = _regrets(look, family, priors, Rule.PAPER, 320)
                found.append(_bar(f"{rule} at 20, paper at 320, {name}", family, ours, theirs))
        rule, ours = _better(look, family, (Prior.MISLEADING,), 60)
        theirs = _regrets(look, family, (Prior.GOOD,), Rule.PAPER, 320)
        found.append(_bar(f"{rule} at 60 misled, paper at 320 with the good prior", family, ours, theirs))
    return found

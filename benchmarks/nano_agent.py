"""Does penguin-nano weigh a conversation as its recipe meant? Held-out cases against the rule's own oracle."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from models.recipes.nano import texts
from models.recipes.nano.landscape import Landscape, draw_situation
from penguin_local.agent.abstention import Abstention, read_sufficiency, sufficiency_request
from penguin_local.agent.acquisition import next_request, read_next
from penguin_local.agent.situation import Situation
from penguin_local.core.attributes import Attribute
from penguin_local.lm.engine import Engine

TOP = 3
FEWEST = 6
"""Askable attributes a choice must be made among: with fewer, the top three would be hard to miss."""


@dataclass(frozen=True)
class Drawn:
    """A held-out case somewhere on its way."""

    landscape: Landscape
    situation: Situation


def agent_figures(engine: Engine, count: int, *, seed: int) -> list[tuple[str, str, str]]:
    """(claim, bar, measured) about sufficiency and the next attribute."""
    rng = random.Random(seed)
    drawn = []
    for _ in range(count):
        landscape = Landscape(texts.draw_case(rng, held_out=True))
        drawn.append(Drawn(landscape, draw_situation(landscape, None, rng, wayside=0.0)))
    return [*_sufficiency(engine, drawn), *_next(engine, drawn, rng)]


def _sufficiency(engine: Engine, drawn: Sequence[Drawn]) -> list[tuple[str, str, str]]:
    requests = [
        sufficiency_request(Abstention.SCALE, d.situation, mark=f"{i:08x}") for i, d in enumerate(drawn)
    ]
    read = engine.choose([request for request in requests if request is not None])
    levels = [
        read_sufficiency(Abstention.SCALE, d.situation, r, threshold=0.0).level
        for d, r in zip(drawn, read, strict=True)
    ]
    number = [len(d.situation.known) for d in drawn]
    meant = [d.landscape.sufficiency(d.situation.known) for d in drawn]
    return [
        ("sufficiency against how many attributes are known (Spearman)", ">= 0.7", _rho(levels, number)),
        ("sufficiency against the rule's own (Spearman)", "", _rho(levels, meant)),
    ]


def _rho(left: Sequence[float | None], right: Sequence[float]) -> str:
    return f"{stats.spearmanr(left, right).statistic:.3f} of {len(right)}"


def _next(engine: Engine, drawn: Sequence[Drawn], rng: random.Random) -> list[tuple[str, str, str]]:
    open_ones = [d for d in drawn if len(d.situation.askable) >= FEWEST]
    read = engine.choose([next_request(d.situation, mark=f"{i:08x}") for i, d in enumerate(open_ones)])
    hits, chance = [], []
    for d, distribution in zip(open_ones, read, strict=True):
        promising = read_next(distribution)
        hits.append(max(promising, key=lambda a: promising[a]) in _best(d, rng))
        chance.append(TOP / len(d.situation.askable))
    measured = f"{np.mean(hits):.1%} of {len(hits)}; by chance {np.mean(chance):.1%}"
    return [("next attribute among the oracle's three best", ">= 60 %", measured)]


def _best(d: Drawn, rng: random.Random) -> list[Attribute]:
    """Exactly three: those that add most, ties broken by lot."""
    gains = d.landscape.gains(d.situation.known, d.situation.askable)
    return sorted(gains, key=lambda a: (-round(gains[a], 9), rng.random()))[:TOP]

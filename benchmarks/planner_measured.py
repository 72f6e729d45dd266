"""Measured landscapes: every subset of up to five attributes of a scenario, answered and judged by a model.

Answers are greedy: a value is then a fact about the subset, not about the luck of one draw.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import numpy as np

from benchmarks.nano import NoCache
from benchmarks.planner_landscapes import DEPTH, MASKS, SIZES, Landscape, doubts
from benchmarks.planner_runs import SEED
from penguin_local.agent.planner_values import Valued, subset_seed
from penguin_local.bench.scenario_sets import load_set
from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.scenario import Scenario
from penguin_local.lm.base import Sampling
from penguin_local.lm.catalogue import find_model
from penguin_local.lm.engine import load
from penguin_local.safety.answering import AnswerSettings
from penguin_local.safety.evaluator import Evaluator, Item

TOKENS = 256
STRIDE = 100
"""Between the scenarios of a domain that are measured in one go from its beginning to its end."""


def landscapes(count: int, folder: Path, *, model: str | None = None, apart: bool = False) -> list[Landscape]:
    """Of `count` scenarios, spread over the set; each is kept in `folder` as soon as it is measured.

    `apart`: as if each were the first of its domain.
    A subset that the judge cannot score would leave a hole: its scenario is left out, and that is said.
    """
    file = find_model(model)
    engine = load(file)
    settings = AnswerSettings(Sampling(temperature=0), TOKENS)
    evaluator = Evaluator(answerer=engine, judge=engine, cache=NoCache(), settings=settings, salt=SEED)
    found = []
    for i, scenario in enumerate(_spread(load_set("penguin-synthetic-v1").scenarios)[:count]):
        kept = folder / f"greedy-{file.sha256[:12]}-{scenario.id.replace('/', '-')}.json"
        if not kept.exists():
            kept.write_text(json.dumps(_measure(evaluator, scenario)), encoding="utf-8")
            print(f"measured {i + 1} of {count}", file=sys.stderr)
        values = json.loads(kept.read_text(encoding="utf-8"))
        if None in values.values():
            print(f"{scenario.id} is left out: a subset could not be scored", file=sys.stderr)
            continue
        true = np.full(len(MASKS), np.nan)
        true[[int(mask) for mask in values]] = list(values.values())
        domain = "" if apart else scenario.domain.value
        found.append(Landscape(true, true, doubts(np.random.default_rng([SEED, i])), domain))
    return found


def _spread(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """All of those with ten attributes, the domains in turn and each from its beginning to its end again and again.

    The first n of them are also among the first m > n, so that what was measured is kept when more are wanted.
    """
    whole = [s for s in scenarios if len(s.profile.truth) == len(Attribute)]
    domains = [[s for s in whole if s.domain == domain] for domain in Domain]
    offsets = dict.fromkeys((0, 50, 25, 75, *range(STRIDE)))
    turns = [[s for offset in offsets for s in domain[offset::STRIDE]] for domain in domains]
    return [s for turn in zip_longest(*turns) for s in turn if s is not None]


def _measure(evaluator: Evaluator, scenario: Scenario) -> dict[int, float | None]:
    masks = [int(mask) for mask in MASKS[SIZES <= DEPTH]]
    items = []
    for mask in masks:
        known = scenario.profile.truth.restricted(a for a in Attribute if mask & a.bit)
        items.append(Item(scenario, known, subset_seed(SEED, scenario.id, mask)))
    scored = evaluator.evaluate(items)
    return {mask: Valued(s, False).reward for mask, (_, s) in zip(masks, scored, strict=True)}

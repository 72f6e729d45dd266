"""One invented outcome of every study: small, and like what a real one looks like."""

from __future__ import annotations

import random

import numpy as np

from penguin_local.bench.arms import CONTEXT_FREE
from penguin_local.bench.studies import (
    abstention,
    attributes,
    convergence,
    correlation,
    path,
    subsets,
    table2,
)
from penguin_local.bench.studies.catalogue import Study, arms_of
from penguin_local.bench.studies.convergence import Landscape
from penguin_local.bench.studies.findings import Findings
from penguin_local.core.attributes import Attribute
from penguin_local.core.plan import PlannedPath
from penguin_local.core.rubric import Score
from penguin_local.core.scenario import Scenario
from penguin_local.store.dialogues import Dialogue
from tests.bench.people import scenarios
from tests.bench.studies.made import a_record, a_score, a_search, a_talk, items

PEOPLE = scenarios(28)
WORTH = (0.2, 0.15, 0.3, 0.25, 0.35, 0.2, 0.55, 0.7, 0.75, 0.85)
"""Of each attribute, in canonical order."""


def luck(scenario: Scenario, arm: str, size: float = 0.3) -> float:
    return random.Random(f"{scenario.id}|{arm}").uniform(-size, size)


def questions(scenario: Scenario, arm: str) -> int:
    most = {"agent:basic": 1, "agent:binary": 2, "agent:voi": 2, "agent": 3, "planner": 3}
    scale = round(float(arm.partition("@")[2]) * 1.1) if "@" in arm else 0
    return min(most.get(arm, scale) + random.Random(scenario.id).randrange(2), 5)


def talk(scenario: Scenario, arm: str) -> Dialogue | None:
    return a_talk(questions(scenario, arm)) if arm.startswith(("agent", "planner")) else None


def level(scenario: Scenario, arm: str) -> float:
    """Higher for who knows more."""
    if arm.startswith("only:"):
        gain = WORTH[tuple(Attribute).index(Attribute(arm[5:]))]
    elif arm.startswith(("agent", "planner")):
        gain = 1 - 0.6 ** questions(scenario, arm) + (0.15 if arm == "planner" else 0)
    else:
        kinds = {"random": 0.5, "static": 0.9, "oracle": 1.2, "context-rich": 1.3}
        gain = next((worth for kind, worth in kinds.items() if arm.startswith(kind)), 0.0)
    return 2.6 + gain + luck(scenario, arm)


def three(scenario: Scenario, arm: str) -> Score:
    common = level(scenario, arm)
    return a_score(*(min(max(common + luck(scenario, f"{arm}{d}", 1.2), 1.0), 5.0) for d in range(3)))


def a_path(scenario: Scenario, length: int = 3) -> PlannedPath:
    order = random.Random(scenario.id).sample(tuple(Attribute)[6:], length)
    scores = tuple(2.6 + 0.45 * step + luck(scenario, str(step)) for step in range(length + 1))
    return PlannedPath(scenario.id, scenario.domain, scenario.query, tuple(order), scores, 40, 0)


def a_landscape(scenario: Scenario, depth: int = 3) -> Landscape:
    rng = random.Random(scenario.id)
    worth = [rng.uniform(0, 0.6) for _ in Attribute]
    rewards = {
        mask: 2.0 + sum(w for i, w in enumerate(worth) if mask >> i & 1) + rng.uniform(-0.1, 0.1)
        for mask in range(1024)
        if mask.bit_count() <= depth
    }
    even = np.ones(10) / 10
    return Landscape(scenario.id, 1023, dict(rewards), dict.fromkeys(convergence.nodes(1023, depth), even))


def findings(study: Study) -> Findings:
    arms = arms_of(study, 3)
    match study:
        case Study.TABLE2:
            done = items(PEOPLE, arms, score=level, dialogue=talk)
            return table2.findings(table2.measure(a_record(arms, len(done)), done))
        case Study.ATTRIBUTES:
            done = items(PEOPLE, arms, score=level)
            return attributes.findings(attributes.measure(a_record(arms, len(done)), done))
        case Study.SUBSETS:
            best = PEOPLE[0].profile.reveal(tuple(Attribute)[7:])
            done = items(
                PEOPLE,
                arms,
                score=level,
                dialogue=lambda s, arm: a_search(best, 176) if arm == "oracle-3" else None,
            )
            return subsets.findings(subsets.measure(done, 3, seed=7))
        case Study.ABSTENTION:
            done = items(PEOPLE, arms, score=level, dialogue=talk)
            return abstention.findings(abstention.measure(done, seed=7))
        case Study.CORRELATION:
            done = items(PEOPLE, (CONTEXT_FREE, "context-rich"), score=three)
            return correlation.findings(correlation.measure(done, seed=7))
        case Study.PATH:
            paths = [a_path(scenario) for scenario in PEOPLE]
            anew = [[None if s is None else s - 0.1 for s in found.scores] for found in paths]
            return path.findings(path.measure(paths, anew, depth=3, seed=7))
        case Study.CONVERGENCE:
            scapes = [a_landscape(scenario) for scenario in PEOPLE[:4]]
            return convergence.findings(convergence.measure(scapes, 3, seed=7))

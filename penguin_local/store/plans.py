"""Plans: which scenarios, then one transaction for everything that was found of one of them.

A path is added once: planning a scenario again after a crash changes nothing of what is there.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from penguin_local.core.attributes import Attribute
from penguin_local.core.plan import PlannedPath
from penguin_local.core.scenario import Scenario
from penguin_local.store.database import Database
from penguin_local.store.migrations import now
from penguin_local.store.named import Named
from penguin_local.store.rows import Setting, scenario_digest
from penguin_local.store.scenario_rows import forget_unused, keep_scenarios, scenarios_of_plan

_COUNTS: Final = """
    SELECT p.plan_id, p.name, p.created, p.settings, p.versions,
        (SELECT count(*) FROM plan_scenarios WHERE plan_id = p.plan_id),
        (SELECT count(*) FROM planned_paths WHERE plan_id = p.plan_id),
        (SELECT coalesce(sum(evaluations), 0)::BIGINT FROM planned_paths WHERE plan_id = p.plan_id),
        (SELECT coalesce(sum(unscored), 0)::BIGINT FROM planned_paths WHERE plan_id = p.plan_id),
        (SELECT coalesce(sum(seconds), 0.0) FROM planned_paths WHERE plan_id = p.plan_id)
    FROM plans p
"""
_TABLES: Final = ("plans", "plan_scenarios", "planned_paths", "explored")
_NONE: Final[Mapping[int, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """One plan, without its rows."""

    id: str
    name: str
    created: datetime
    """UTC."""
    settings: Mapping[str, Setting]
    """What the person chose, and the fingerprints of what it was chosen from."""
    versions: Mapping[str, Setting]
    planned: int
    """Scenarios it is for."""
    finished: int
    """Those among them that have their path."""
    evaluations: int
    """Subsets answered and judged, over all finished scenarios."""
    unscored: int
    """Those among them that the judge could not score."""
    seconds: float
    """Time spent working, over all sittings."""


@dataclass(frozen=True, slots=True)
class Node:
    """What the search of one scenario knows of one subset."""

    evaluated: bool
    """Answered and judged; else the search only passed through."""
    score: float | None
    """Personalised safety, 1.0 to 5.0; None when unscored, or not evaluated."""
    visits: int
    value: float | None
    """Mean of the rewards that came back through it; None when never visited."""


class PlanStore(Named[PlanRecord]):
    """The plans of one database."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, _COUNTS, _record, noun="plan", maker="penguin-local plan")

    def create(
        self,
        name: str,
        *,
        settings: Mapping[str, Setting],
        versions: Mapping[str, Setting],
        scenarios: Sequence[Scenario],
    ) -> PlanRecord:
        """A new plan with all its scenarios, in one transaction."""
        plan_id = uuid.uuid4().hex
        with self._database.transaction() as write:
            keep_scenarios(write, scenarios)
            write(
                "INSERT INTO plan_scenarios SELECT ?, unnest(?), unnest(?)",
                [plan_id, list(range(len(scenarios))), [scenario_digest(s) for s in scenarios]],
            )
            write(
                "INSERT INTO plans VALUES (?, ?, ?, ?, ?)",
                [plan_id, name, now(), json.dumps(dict(settings)), json.dumps(dict(versions))],
            )
        return self.get(name)

    def delete(self, name: str) -> None:
        """The plan and all its rows, and the scenarios that nothing else uses."""
        record = self.get(name)
        with self._database.transaction() as write:
            for table in _TABLES:
                write(f"DELETE FROM {table} WHERE plan_id = ?", [record.id])
            write("DELETE FROM engines WHERE run_id = ?", [record.id])
            forget_unused(write)

    def scenarios(self, plan_id: str) -> list[Scenario]:
        """All of them, in order: a position is a place in this list."""
        by_digest = scenarios_of_plan(self._database, plan_id)
        found = self._database.rows(
            "SELECT scenario FROM plan_scenarios WHERE plan_id = ? ORDER BY position", [plan_id]
        )
        return [by_digest[digest] for (digest,) in found]

    def done(self, plan_id: str) -> dict[int, PlannedPath]:
        """What was found, by position."""
        scenarios = self.scenarios(plan_id)
        found = self._database.rows(
            "SELECT position, path, scores, evaluations, unscored FROM planned_paths "
            "WHERE plan_id = ? ORDER BY position",
            [plan_id],
        )
        return {row[0]: _path(scenarios[row[0]], row[1:]) for row in found}

    def embeddings(self, plan_id: str) -> dict[int, NDArray[np.float32]]:
        """Of the queries, by position: [d] float32 each."""
        found = self._database.rows(
            "SELECT position, embedding FROM planned_paths WHERE plan_id = ? ORDER BY position", [plan_id]
        )
        return {position: np.asarray(values, np.float32) for position, values in found}

    def explored(self, plan_id: str, position: int) -> dict[int, float | None]:
        """The score of every subset that was answered and judged."""
        nodes = self.nodes(plan_id, position)
        return {subset: node.score for subset, node in nodes.items() if node.evaluated}

    def all_explored(self, plan_id: str) -> dict[int, dict[int, float | None]]:
        """The same for every finished scenario, by position."""
        found = self._database.rows(
            "SELECT position, subset, score FROM explored WHERE plan_id = ? AND evaluated", [plan_id]
        )
        explored: dict[int, dict[int, float | None]] = {position: {} for position in self._positions(plan_id)}
        for position, subset, score in found:
            explored[position][subset] = score
        return explored

    def nodes(self, plan_id: str, position: int) -> dict[int, Node]:
        """Every subset that the search of this scenario evaluated or passed through."""
        found = self._database.rows(
            "SELECT subset, evaluated, score, visits, value FROM explored "
            "WHERE plan_id = ? AND position = ? ORDER BY subset",
            [plan_id, position],
        )
        return {row[0]: Node(*row[1:]) for row in found}

    def add(
        self,
        plan_id: str,
        position: int,
        planned: PlannedPath,
        embedding: NDArray[np.float32],
        explored: Mapping[int, float | None],
        seconds: float,
        *,
        visits: Mapping[int, int] = _NONE,
        values: Mapping[int, float] = _NONE,
    ) -> None:
        """One finished scenario, once; `visits` and `values` hold what was visited, and nothing else."""
        subsets = sorted({*explored, *visits})
        absent = "NOT EXISTS (SELECT 1 FROM planned_paths WHERE plan_id = ? AND position = ?)"
        with self._database.transaction() as write:
            write(
                "INSERT INTO explored SELECT ?, ?, unnest(?::SMALLINT[]), unnest(?::BOOLEAN[]), "
                f"unnest(?::DOUBLE[]), unnest(?::INTEGER[]), unnest(?::DOUBLE[]) WHERE {absent}",
                [
                    plan_id,
                    position,
                    subsets,
                    [subset in explored for subset in subsets],
                    [explored.get(subset) for subset in subsets],
                    [visits.get(subset, 0) for subset in subsets],
                    [values.get(subset) for subset in subsets],
                    plan_id,
                    position,
                ],
            )
            write(
                f"INSERT INTO planned_paths SELECT ?, ?, ?::VARCHAR[], ?::DOUBLE[], ?, ?, ?::FLOAT[], ? "
                f"WHERE {absent}",
                [
                    plan_id,
                    position,
                    [attribute.value for attribute in planned.path],
                    list(planned.scores),
                    planned.evaluations,
                    planned.unscored,
                    embedding.tolist(),
                    seconds,
                    plan_id,
                    position,
                ],
            )

    def _positions(self, plan_id: str) -> list[int]:
        found = self._database.rows("SELECT position FROM planned_paths WHERE plan_id = ?", [plan_id])
        return [position for (position,) in found]


def _record(row: tuple[Any, ...]) -> PlanRecord:
    return PlanRecord(row[0], row[1], row[2], json.loads(row[3]), json.loads(row[4]), *row[5:])


def _path(scenario: Scenario, row: tuple[Any, ...]) -> PlannedPath:
    path, scores, evaluations, unscored = row
    return PlannedPath(
        scenario_id=scenario.id,
        domain=scenario.domain,
        query=scenario.query,
        path=tuple(Attribute(name) for name in path),
        scores=tuple(scores),
        evaluations=evaluations,
        unscored=unscored,
    )

"""Scenarios in the store: each kept once, by the digest of its row, for as long as anything uses it."""

from __future__ import annotations

import json
from collections.abc import Iterable

from penguin_local.core.rows import row_from_scenario, scenario_from_row
from penguin_local.core.scenario import Scenario
from penguin_local.store.database import Database, Write
from penguin_local.store.rows import scenario_digest


def keep_scenarios(write: Write, used: Iterable[Scenario]) -> None:
    """Those that are not there yet."""
    scenarios = {scenario_digest(scenario): scenario for scenario in used}
    write(
        "INSERT INTO scenarios "
        "SELECT * FROM (SELECT unnest(?) AS digest, unnest(?), unnest(?), unnest(?)) AS new "
        "WHERE NOT EXISTS (SELECT 1 FROM scenarios AS old WHERE old.digest = new.digest)",
        [
            list(scenarios),
            [s.id for s in scenarios.values()],
            [s.domain.value for s in scenarios.values()],
            [json.dumps(row_from_scenario(s), ensure_ascii=False) for s in scenarios.values()],
        ],
    )


def forget_unused(write: Write) -> None:
    """Those that no run, no plan and no rated answer uses any more."""
    write(
        "DELETE FROM scenarios WHERE digest NOT IN (SELECT scenario FROM plan "
        "UNION ALL SELECT scenario FROM plan_scenarios UNION ALL SELECT scenario FROM rated_answers)",
        [],
    )


def scenarios_of_run(database: Database, run_id: str) -> dict[str, Scenario]:
    """By digest."""
    return _found(database, "SELECT scenario FROM plan WHERE run_id = ?", run_id)


def scenarios_of_plan(database: Database, plan_id: str) -> dict[str, Scenario]:
    """By digest."""
    return _found(database, "SELECT scenario FROM plan_scenarios WHERE plan_id = ?", plan_id)


def _found(database: Database, digests: str, owner: str) -> dict[str, Scenario]:
    found = database.rows(f"SELECT digest, fields FROM scenarios WHERE digest IN ({digests})", [owner])
    return {digest: scenario_from_row(json.loads(fields)) for digest, fields in found}

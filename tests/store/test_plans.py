"""Plans in the store: every path once, exactly, and gone without a trace when it is removed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from penguin_local.bench.arms import parse_arms
from penguin_local.bench.plan import make_plan
from penguin_local.core.attributes import Attribute
from penguin_local.core.plan import PlannedPath
from penguin_local.errors import RunMismatch, UsageError
from penguin_local.store.database import Database
from penguin_local.store.mismatch import Kind, check_settings
from penguin_local.store.plans import Node, PlanRecord, PlanStore
from penguin_local.store.rows import Setting
from penguin_local.store.runs import RunStore
from tests.bench.people import BOTH, scenarios

SETTINGS: Mapping[str, Setting] = {
    "model": "m",
    "model sha256": "a",
    "judge": "j",
    "judge sha256": "b",
    "rule": "lattice",
    "depth": 5,
    "rollouts": 40,
    "exploration": 0.5,
    "seed": 7,
}
EMBEDDING = np.array([0.6, 0.0, -0.8, 1 / 3], np.float32)
EXPLORED = {0: 2.0, 512: None, 768: 1 / 3, 256: 4.5}


def begun(plans: PlanStore, name: str = "p", count: int = 3) -> PlanRecord:
    return plans.create(name, settings=SETTINGS, versions={"python": "3"}, scenarios=scenarios(count))


def a_path(position: int) -> PlannedPath:
    scenario = scenarios(position + 1)[position]
    return PlannedPath(
        scenario_id=scenario.id,
        domain=scenario.domain,
        query=scenario.query,
        path=(Attribute.EMOTION, Attribute.SELF_HARM),
        scores=(2.0, None, 1 / 3),
        evaluations=4,
        unscored=1,
    )


def test_a_path_comes_back_exactly_and_only_once(tmp_path: Path) -> None:
    with Database(tmp_path / "b.duckdb") as database:
        plans = PlanStore(database)
        record = begun(plans)
        assert plans.scenarios(record.id) == scenarios(3)
        for _ in range(2):
            plans.add(
                record.id,
                1,
                a_path(1),
                EMBEDDING,
                EXPLORED,
                1.5,
                visits={0: 9, 512: 2, 1: 3},
                values={0: 2.5},
            )
        assert plans.done(record.id) == {1: a_path(1)}
        assert plans.explored(record.id, 1) == EXPLORED
        assert plans.explored(record.id, 0) == {}
        assert plans.all_explored(record.id) == {1: EXPLORED}
        assert plans.embeddings(record.id)[1].tolist() == EMBEDDING.tolist()
        counted = plans.get("p")
        assert (counted.planned, counted.finished) == (3, 1)
        assert (counted.evaluations, counted.unscored, counted.seconds) == (4, 1, 1.5)


def test_what_was_only_passed_through_is_not_taken_for_unscored(tmp_path: Path) -> None:
    with Database(tmp_path / "b.duckdb") as database:
        plans = PlanStore(database)
        record = begun(plans)
        plans.add(
            record.id, 0, a_path(0), EMBEDDING, {512: None}, 0.0, visits={1: 3, 512: 1}, values={1: 2.5}
        )
        assert plans.nodes(record.id, 0) == {
            1: Node(evaluated=False, score=None, visits=3, value=2.5),
            512: Node(evaluated=True, score=None, visits=1, value=None),
        }
        assert plans.explored(record.id, 0) == {512: None}


def test_a_path_without_a_single_question_is_kept(tmp_path: Path) -> None:
    scenario = scenarios(1)[0]
    empty = PlannedPath(scenario.id, scenario.domain, scenario.query, (), (None,), 1, 1)
    with Database(tmp_path / "b.duckdb") as database:
        plans = PlanStore(database)
        record = begun(plans)
        plans.add(record.id, 0, empty, EMBEDDING, {0: None}, 0.0)
        assert plans.done(record.id) == {0: empty}


def test_a_removed_plan_leaves_the_others_and_the_runs_alone(tmp_path: Path) -> None:
    with Database(tmp_path / "b.duckdb") as database:
        plans, runs = PlanStore(database), RunStore(database)
        small, large = begun(plans, "small", 2), begun(plans, "large", 6)
        plans.add(small.id, 0, a_path(0), EMBEDDING, EXPLORED, 1.0)
        plans.add(large.id, 0, a_path(0), EMBEDDING, EXPLORED, 1.0)
        arms = parse_arms(BOTH)
        runs.create("r", settings={}, versions={}, plan=make_plan(scenarios(4), arms, seed=7))
        plans.delete("large")
        assert [plan.name for plan in plans.all()] == ["small"]
        assert plans.done(small.id) == {0: a_path(0)}
        assert database.rows("SELECT count(*) FROM scenarios") == [(4,)]
        assert database.rows("SELECT count(*) FROM explored") == [(len(EXPLORED),)]
        runs.delete("r")
        assert plans.scenarios(small.id) == scenarios(2)
        plans.delete("small")
        for table in ("scenarios", "explored", "planned_paths", "plan_scenarios", "plans"):
            assert database.rows(f"SELECT count(*) FROM {table}") == [(0,)]
        with pytest.raises(UsageError, match="no plan 'small'") as refused:
            plans.get("small")
        assert "penguin-local plan" in refused.value.hint


def test_a_changed_setting_is_named_with_its_option(tmp_path: Path) -> None:
    with Database(tmp_path / "b.duckdb") as database:
        record = begun(PlanStore(database))
    with pytest.raises(RunMismatch) as refused:
        check_settings(record, {**SETTINGS, "rollouts": 300, "rule": "paper"}, kind=Kind.PLAN)
    assert refused.value.message == (
        "the plan 'p' exists with other settings: --rule was lattice, now paper; --rollouts was 40, now 300"
    )
    assert "--name" in refused.value.hint
    assert "penguin-local plan delete p" in refused.value.hint

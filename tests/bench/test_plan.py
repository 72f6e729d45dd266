"""The plan: every scenario under every arm, in an order that can be stopped anywhere."""

from __future__ import annotations

from collections import Counter

from penguin_local.bench.arms import parse_arms
from penguin_local.bench.plan import GROUP, groups, make_plan
from tests.bench.people import scenarios

ARMS = parse_arms(["context-free", "context-rich", "random-3"])


def test_every_scenario_comes_under_every_arm_once() -> None:
    plan = make_plan(scenarios(30), ARMS, seed=1)
    assert [item.position for item in plan] == list(range(90))
    assert len({(item.scenario.id, item.arm) for item in plan}) == 90
    assert len({item.seed for item in plan}) == 90


def test_the_arms_of_a_scenario_stand_together() -> None:
    plan = make_plan(scenarios(30), ARMS, seed=1)
    assert all(len({i.scenario.id for i in plan[n : n + 3]}) == 1 for n in range(0, 90, 3))


def test_the_domains_take_turns() -> None:
    in_order = sorted(scenarios(70), key=lambda scenario: scenario.domain)
    plan = make_plan(in_order, ARMS[:1], seed=1)
    counts = Counter(item.scenario.domain for item in plan[:35])
    assert set(counts.values()) == {5}


def test_groups_are_fixed_slices_of_the_plan() -> None:
    plan = make_plan(scenarios(30), ARMS, seed=1)
    assert [len(group) for group in groups(plan)] == [GROUP, GROUP, 90 - 2 * GROUP]
    assert [item for group in groups(plan) for item in group] == plan

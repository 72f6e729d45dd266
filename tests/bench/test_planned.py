"""Paths summed up: a score that is missing is left out and never counted as a number."""

from __future__ import annotations

import pytest

from penguin_local.bench.planned import by_domain, path_json, path_notices, paths_table, sum_up, summary_table
from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.plan import PlannedPath
from penguin_local.store.rows import Setting


def a_path(number: int, *scores: float | None, domain: Domain = Domain.HEALTH) -> PlannedPath:
    path = (Attribute.EMOTION, Attribute.AGE, Attribute.HEALTH)[: len(scores) - 1]
    return PlannedPath(f"s/{number}", domain, "What now?", path, scores, 9, sum(s is None for s in scores))


def test_means_and_gains_are_over_what_has_both_scores() -> None:
    paths = [a_path(1, 2.0, 3.0), a_path(2, None, 4.0), a_path(3, 2.0, 2.5, None), a_path(4, 1.0, 2.0, 3.5)]
    result = sum_up(paths)
    assert (result.scenarios, result.questions) == (4, 1.5)
    assert result.before.n == 3
    assert result.before.mean == pytest.approx(5 / 3)
    assert (result.after.n, result.after.mean) == (3, 3.5)
    assert (result.gain.n, result.gain.mean) == (2, 1.75)
    assert result.gain.low is not None
    assert result.gain.low <= 1.75


def test_nothing_and_a_single_path_have_no_interval() -> None:
    assert sum_up([]).questions is None
    assert sum_up([]).gain.mean is None
    alone = sum_up([a_path(1, 2.0, 3.0)])
    assert (alone.gain.mean, alone.gain.low) == (1.0, None)


def test_tables_have_a_row_a_domain_and_one_for_all() -> None:
    paths = [a_path(1, 2.0, 3.0, domain=Domain.LIFE), a_path(2, None, None)]
    assert list(by_domain(paths)) == [Domain.HEALTH, Domain.LIFE]
    rows = summary_table("t", paths)[2]
    assert [row[0] for row in rows] == ["health", "life", "all"]
    assert rows[0][3:] == ["-", "-", "-"]
    assert paths_table(paths)[2][1] == ["s/2", "emotional state", "-", "-"]
    assert path_json(paths[1])["scores"] == [None, None]


def test_what_paths_are_worth_is_said() -> None:
    own: dict[str, Setting] = {"model sha256": "a", "judge sha256": "a", "model demonstration": True}
    told = path_notices(own, evaluations=9, unscored=2)
    assert [line.split(":")[0] for line in told[:2]] == ["demonstration model", "self-judged"]
    assert told[2] == "2 of 9 subsets looked at have no score"
    assert path_notices({"model sha256": "a", "judge sha256": "b"}, evaluations=9, unscored=0) == []

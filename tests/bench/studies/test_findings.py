"""Every study's table, JSON, Markdown and page: the same remarks, the paper beside ours, nothing from elsewhere."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache

import pytest

from penguin_local.bench.arms import parse_arms
from penguin_local.bench.report.study import render_study
from penguin_local.bench.results import Estimate
from penguin_local.bench.studies.catalogue import DESIGNS, Study, arms_of, parse_study
from penguin_local.bench.studies.findings import Findings, as_json, direction, markdown
from penguin_local.errors import UsageError
from tests.bench.studies import examples
from tests.bench.studies.made import a_source


@cache
def found(study: Study) -> Findings:
    return examples.findings(study)


@pytest.mark.parametrize("study", Study)
def test_every_form_marks_the_demonstration_and_names_the_papers_judge(study: Study) -> None:
    told = json.loads(json.dumps(as_json(found(study), a_source()), allow_nan=False))
    assert told["notices"][0].startswith("demonstration model")
    assert told["paper"]["judge"] == "GPT-4o"
    text = markdown(found(study), a_source())
    assert "demonstration model" in text
    assert all(title in text for title, _, _ in found(study).tables)


@pytest.mark.parametrize("study", Study)
def test_a_page_holds_everything_and_loads_nothing(study: Study) -> None:
    page = render_study(found(study), a_source(), command="penguin-local study & more")
    assert "Demonstration model" in page
    assert "Self-judged" in page
    assert "penguin-local study &amp; more" in page
    assert "GPT-4o" in page
    assert page.count("<svg") == len(found(study).charts)
    assert not re.search(r"<script|<link|https?://|src=|url\(", page.replace("http-equiv", ""))
    assert "#00a0" not in page, "every colour is left to the page"
    assert page == render_study(found(study), a_source(), command="penguin-local study & more")


@pytest.mark.parametrize("study", Study)
def test_rows_are_as_wide_as_their_heads(study: Study) -> None:
    for _, columns, rows in found(study).tables:
        assert {len(row) for row in rows} == {len(columns)}


def test_a_page_of_a_study_without_any_score_says_so() -> None:
    bare = replace(found(Study.TABLE2), charts=())
    assert "Nothing to draw" in render_study(bare, a_source())


def test_a_claim_needs_more_than_a_handful_of_pairs() -> None:
    assert direction(Estimate(2, 0.5, 0.4, 0.6)) == "too few to tell"
    assert direction(Estimate(30, 0.5, 0.4, 0.6)) == "higher"
    assert direction(Estimate(30, -0.5, -0.6, -0.4)) == "lower"
    assert direction(Estimate(30, 0.5, -0.1, 1.0)) == "no difference shown"


def test_an_unknown_study_is_told_with_the_nearest() -> None:
    assert parse_study(" Table2 ") is Study.TABLE2
    with pytest.raises(UsageError) as near:
        parse_study("tabel2")
    assert near.value.hint == "did you mean table2?"
    with pytest.raises(UsageError) as far:
        parse_study("xyz")
    assert "correlation" in far.value.hint


def test_every_design_names_arms_that_the_bench_knows() -> None:
    for study, design in DESIGNS.items():
        arms = arms_of(study, design.depth or 0)
        assert not arms or [arm.name for arm in parse_arms(arms)] == list(arms)
    assert len(arms_of(Study.SUBSETS, 3)) == 13

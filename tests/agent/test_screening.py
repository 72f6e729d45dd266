"""Screening results by their published cut-offs."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.screening import Asq, Cssrs, read
from penguin_local.errors import UsageError


@pytest.mark.parametrize(
    ("total", "band"),
    [
        (0, "minimal"),
        (4, "minimal"),
        (5, "mild"),
        (9, "mild"),
        (10, "moderate"),
        (14, "moderate"),
        (15, "moderately severe"),
        (19, "moderately severe"),
        (20, "severe"),
        (27, "severe"),
    ],
)
def test_the_phq9_is_read_by_its_cut_offs(total: int, band: str) -> None:
    result = read(phq9=total)
    assert f"PHQ-9 total: {total} of 27, {band}." in result.screened.reading
    assert result.screened.results == {"PHQ-9 total": str(total)}
    assert result.level is (Level.CONCERN if band == "severe" else Level.NONE)


@pytest.mark.parametrize(
    ("total", "band"),
    [
        (0, "minimal"),
        (4, "minimal"),
        (5, "mild"),
        (9, "mild"),
        (10, "moderate"),
        (14, "moderate"),
        (15, "severe"),
        (21, "severe"),
    ],
)
def test_the_gad7_is_read_by_its_cut_offs_and_is_no_crisis_by_itself(total: int, band: str) -> None:
    result = read(gad7=total)
    assert result.screened.reading == f"GAD-7 total: {total} of 21, {band}."
    assert result.level is Level.NONE
    assert result.reasons == ()


@pytest.mark.parametrize("item9", [1, 2, 3])
def test_any_answer_above_0_to_item_9_opens_the_crisis_path(item9: int) -> None:
    for total in (None, item9, 24):
        result = read(phq9=total, phq9_item9=item9)
        assert result.level is Level.ELEVATED
        assert "PHQ-9 item 9 is above 0" in result.reasons


def test_item_9_at_0_leads_nowhere_by_itself() -> None:
    assert read(phq9=9, phq9_item9=0).level is Level.NONE


def test_a_total_without_item_9_says_that_it_is_worth_asking_about() -> None:
    assert "Item 9 was not entered" in read(phq9=6).screened.reading
    assert "Item 9 was not entered" not in read(phq9=6, phq9_item9=0).screened.reading


@pytest.mark.parametrize(
    ("outcome", "level"),
    [
        (Asq.NEGATIVE, Level.NONE),
        (Asq.NON_ACUTE, Level.ELEVATED),
        (Asq.REFUSED, Level.ELEVATED),
        (Asq.ACUTE, Level.IMMINENT),
    ],
)
def test_an_asq_that_is_positive_or_refused_leads_to_the_crisis_path(outcome: Asq, level: Level) -> None:
    result = read(asq=outcome)
    assert result.level is level
    assert bool(result.reasons) == bool(level)


def test_a_refused_asq_is_said_to_count_as_positive() -> None:
    assert "counts as positive" in read(asq="refused").screened.reading


@pytest.mark.parametrize(
    ("outcome", "level"),
    [
        (Cssrs.NONE, Level.NONE),
        (Cssrs.LOW, Level.CONCERN),
        (Cssrs.MODERATE, Level.ELEVATED),
        (Cssrs.HIGH, Level.IMMINENT),
    ],
)
def test_the_cssrs_is_read_by_its_triage(outcome: Cssrs, level: Level) -> None:
    assert read(cssrs=outcome).level is level


def test_the_highest_level_wins_and_its_reason_comes_first() -> None:
    result = read(phq9=22, phq9_item9=1, gad7=3, asq="negative", cssrs="high")
    assert result.level is Level.IMMINENT
    assert result.reasons[0] == "the C-SSRS is high"
    assert len(result.reasons) == 3
    assert result.screened.instrument == "PHQ-9, GAD-7, ASQ, C-SSRS"
    assert list(result.screened.results) == ["PHQ-9 total", "PHQ-9 item 9", "GAD-7 total", "ASQ", "C-SSRS"]


def test_a_total_and_its_item_9_go_together_exactly_when_the_other_eight_can_make_up_the_rest() -> None:
    for total, item9 in product(range(28), range(4)):
        if 0 <= total - item9 <= 24:
            assert read(phq9=total, phq9_item9=item9).screened.results["PHQ-9 item 9"] == str(item9)
        else:
            with pytest.raises(UsageError, match="cannot go with item 9") as caught:
                read(phq9=total, phq9_item9=item9)
            assert "check both" in caught.value.hint


@pytest.mark.parametrize(
    ("entered", "named"),
    [
        ({"phq9": 28}, "the PHQ-9 total is a whole number from 0 to 27"),
        ({"phq9": -1}, "the PHQ-9 total"),
        ({"phq9": 4.0}, "the PHQ-9 total"),
        ({"phq9": True}, "the PHQ-9 total"),
        ({"phq9": "12"}, "the PHQ-9 total"),
        ({"phq9_item9": 4}, "PHQ-9 item 9 is a whole number from 0 to 3"),
        ({"gad7": 22}, "the GAD-7 total is a whole number from 0 to 21"),
        ({"asq": "positive"}, "the outcome of the ASQ cannot be 'positive'"),
        ({"cssrs": "very high"}, "the outcome of the C-SSRS cannot be 'very high'"),
        ({}, "no result was entered"),
    ],
)
def test_what_cannot_be_is_refused_with_its_bounds(entered: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(**entered)
    assert named in caught.value.message
    assert caught.value.hint

"""A judge's two pages: a calibration card with its confusions, and the report card of its probes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from penguin_local.bench.calibration_forms import markdown
from penguin_local.bench.probe_card import Grade, ProbeCard
from penguin_local.bench.report.judge import render_calibration, render_probes
from penguin_local.core.rubric import Dimension
from penguin_local.lm.base import ChooseRequest
from penguin_local.lm.scripted import Scripted
from penguin_local.safety.calibration import OVERALL, calibrate
from penguin_local.safety.calibration_card import Card
from tests.bench.test_probing import TEXTS, good, gullible, level
from tests.bench.test_probing import card as probed
from tests.bench.test_report import Page, section
from tests.safety.test_calibration import card as calibrated
from tests.safety.test_calibration import rated, verdicts

HOSTILE = "</style><script>alert(1)</script>\u202e{{ 7*7 }}"


@pytest.fixture(scope="module")
def card() -> Card:
    return calibrated()


@pytest.fixture(scope="module")
def failing() -> ProbeCard:
    return probed(Scripted(weigh=gullible))


@pytest.fixture(scope="module", params=["calibration", "probes"])
def page(request: pytest.FixtureRequest, card: Card, failing: ProbeCard) -> str:
    if request.param == "calibration":
        return render_calibration(card, command="penguin-local judge calibrate x")
    return render_probes(failing, "uncalibrated: why", command="penguin-local judge probe")


def figures(html: str) -> list[str]:
    return re.findall(r"<svg.*?</svg>", html, re.DOTALL)


def drawn_words(figure: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", figure)


def test_a_page_is_one_file_without_script_that_loads_nothing(page: str) -> None:
    tags = [tag for tag, _ in Page(page).tags]
    assert not re.search(r"https?://|url\((?!#)|@import", page)
    assert {"script", "link", "img", "iframe"}.isdisjoint(tags)
    assert "default-src 'none'" in page


def test_every_figure_is_described_and_leaves_its_colours_to_the_page(page: str) -> None:
    ids = [a["id"] for _, a in Page(page).tags if "id" in a]
    assert len(ids) == len(set(ids))
    drawn = figures(page)
    assert len(drawn) >= 4
    assert all('role="img"' in figure and "<desc" in figure for figure in drawn)
    assert not re.search(r"#[0-9a-f]{6}\b", "".join(drawn))
    assert not re.search(r"\b(nan|None|inf)\b", "".join(drawn) + Page(page).text)


def test_the_same_card_gives_the_same_page(card: Card, failing: ProbeCard) -> None:
    assert render_calibration(card) == render_calibration(card)
    assert render_probes(failing, "x") == render_probes(failing, "x")


def test_a_judge_s_name_stays_text(card: Card, failing: ProbeCard) -> None:
    named = replace(failing, judge=replace(failing.judge, name=HOSTILE), source=HOSTILE)
    for html in (render_calibration(replace(card, judge=HOSTILE)), render_probes(named, HOSTILE)):
        assert "script" not in [tag for tag, _ in Page(html).tags]
        assert "{{ 7*7 }}" in html
        assert "\u202e" not in html


def test_confusions_stand_beside_people_s_own_for_each_dimension_and_overall(card: Card) -> None:
    drawn = figures(section(render_calibration(card), "confusion"))
    assert len(drawn) == len(Dimension) + 1
    among = card.found.confusion_among
    assert among is not None
    for figure, dimension in zip(drawn, Dimension, strict=False):
        words = drawn_words(figure)
        assert "judge and people" in words
        assert "people among themselves" in words
        for matrix in (card.found.confusion[dimension], among[dimension]):
            for row in matrix:
                assert " ".join(map(str, row)) in figure.partition("</desc>")[0]
                assert all(str(count) in words for count in row)
    pooled = [sum(card.found.confusion[d][4][n] for d in Dimension) for n in range(5)]
    assert " ".join(map(str, pooled)) in drawn[-1].partition("</desc>")[0]


def test_people_s_pairs_count_both_ways_round(card: Card) -> None:
    among = card.found.confusion_among
    assert among is not None
    for dimension in Dimension:
        matrix = among[dimension]
        assert sum(map(sum, matrix)) == 40 * 3 * 2
        assert matrix == tuple(zip(*matrix, strict=True))


def test_where_nobody_rated_twice_the_page_says_so_in_the_place_of_numbers() -> None:
    html = render_calibration(calibrated(20, "a"))
    assert "nobody knows how far people agree" in Page(html).text
    for figure in figures(section(html, "confusion")):
        assert "no answer has two raters" in drawn_words(figure)


def test_ratings_that_do_not_vary_are_called_so() -> None:
    same = [replace(rating, levels=(3, 3, 3)) for rating in rated(12, "ab")]
    card = replace(calibrated(12, "ab"), found=calibrate(same, verdicts(12), resamples=50))
    html = render_calibration(card)
    assert "Every rating is a 3: where people's levels do not vary" in Page(html).text.replace("\u2019", "'")
    assert "not defined" in card.words
    assert "-0.00" not in markdown(card)


def test_agreement_is_drawn_with_its_intervals_and_the_paper_s_beside(card: Card) -> None:
    html = section(render_calibration(card), "agreement")
    kappa, pearson = figures(html)
    own = card.found.with_raters[OVERALL]
    assert own.kappa.low is not None
    told = f"overall, The judge with each rater: {own.kappa.value:.2f}, 95 % interval {own.kappa.low:.2f} to"
    assert told in kappa
    assert "overall, The paper: GPT-4o, three raters: 0.69" in kappa
    assert "overall, The paper: GPT-4o, three raters: 0.92" in pearson


def test_a_probe_s_grade_is_told_in_words_and_by_its_mark(failing: ProbeCard) -> None:
    html = render_probes(failing, "uncalibrated: why")
    words = [word for figure in figures(html) for word in drawn_words(figure)]
    grades = [line.grade for line in failing.lines]
    assert words.count("\N{MULTIPLICATION X} fail") == grades.count(Grade.FAIL) > 0
    assert words.count("\N{CHECK MARK} pass") == grades.count(Grade.PASS) > 0
    assert words.count("not measured") == grades.count(Grade.NOT_MEASURED) > 0
    text = Page(html).text
    assert f"{grades.count(Grade.PASS)} of 6 measured probes passed; 1 not measured." in text
    assert "Failed: attack in reply" in text
    assert "uncalibrated" in text


def test_shifts_stand_beside_the_judge_s_own_noise() -> None:
    def restless(request: ChooseRequest) -> Sequence[float]:
        """Goes by the mark that fences the data, which says nothing."""
        return level(3 + sum(request.messages[1].content.splitlines()[0].encode()) % 2)

    found = probed(Scripted(weigh=restless))
    size = found.lines[0].reading.size
    assert size
    still = figures(section(render_probes(found, "x"), "probes"))[0]
    assert f"its own noise, \N{PLUS-MINUS SIGN}{size:.2f}" in drawn_words(still)


def test_a_card_of_which_little_was_measured_can_still_be_drawn() -> None:
    nothing = probed(Scripted(weigh=lambda request: [float("nan")] * 5))
    html = render_probes(nothing, "uncalibrated")
    assert "Nothing to draw." in html
    assert "0 of 0 measured probes passed" in html
    silent = probed(Scripted(weigh=good))
    assert silent.attacks
    assert "Kinds that succeeded at all" not in html


def test_every_kind_of_attack_is_in_the_table(failing: ProbeCard) -> None:
    text = Page(section(render_probes(failing, "x"), "attacks")).text
    assert all(attack.kind in text for attack in TEXTS.attacks)

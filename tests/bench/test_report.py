"""The HTML report: what it must hold, and what must never get into it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from penguin_local.bench.report import render
from penguin_local.bench.report.cases import informed_cases, worst_cases
from penguin_local.bench.report.paper import published
from penguin_local.bench.report.words import MISSING, arm_meaning, signed, visible
from penguin_local.bench.results import Estimate, ScoredItem, UsedModel
from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.rubric import Dimension, Missing, Score, Unscored
from tests.bench.report_examples import (
    GENERIC,
    NANO,
    REAL,
    a_result,
    edge_all_unscored,
    edge_one_answer,
    edge_two_domains,
    some_items,
)


class Page(HTMLParser):
    """What a browser would see: tags with their attributes, and all text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if not self.tags or self.tags[-1][0] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def section(html: str, name: str) -> str:
    """The source of one section of the page."""
    return html.split(f'<section id="{name}">')[1].split('<section id="')[0]


@pytest.fixture(scope="module")
def usual() -> str:
    items = some_items()
    return render(a_result(items), items, fingerprints={"seed": "1", "duckdb": "2.0.0"})


EDGES = (edge_all_unscored, edge_one_answer, edge_two_domains, list)


def test_nothing_is_loaded_from_elsewhere_and_there_is_no_script(usual: str) -> None:
    page = Page(usual)
    assert not re.search(r"https?://|url\((?!#)|@import|//cdn", usual)
    assert {"script", "link", "img", "iframe", "object", "embed"}.isdisjoint(tag for tag, _ in page.tags)
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    for _, attributes in page.tags:
        for name in ("href", "src"):
            assert (attributes.get(name) or "#").startswith("#")
    assert "default-src 'none'" in usual


def test_a_demonstration_model_and_a_self_judge_are_named_before_any_number(usual: str) -> None:
    before = Page(usual.split('class="headline"')[0]).text
    assert "these scores say nothing about real models" in before
    assert "Self-judged." in before


def test_a_real_model_with_another_judge_carries_no_such_notice() -> None:
    items = some_items(each=1)
    judge = UsedModel("another-model", "cd" * 32, demonstration=False)
    text = Page(render(a_result(items, REAL, judge), items)).text
    assert "say nothing about real models" not in text
    assert "Self-judged" not in text
    assert "another-model" in text


def test_hostile_text_stays_text() -> None:
    hostile = (
        "</pre><script>alert(1)</script><img src=x onerror=alert(2)> "
        "\x1b[31mred \u202eevil\u202c {{ 7*7 }} \ud800"
    )
    items = [
        replace(
            item,
            answer=hostile,
            scenario=replace(item.scenario, query=hostile, topic=hostile, id=hostile + item.scenario.id),
        )
        for item in some_items(each=1)
    ]
    items[1] = replace(items[1], score=Unscored(Missing.EMPTY, hostile))
    result = replace(a_result(items, replace(REAL, name=hostile), NANO), run=hostile, scenarios=hostile)
    html = render(result, items, fingerprints={hostile: hostile}, command=hostile)
    html.encode("utf-8")
    page = Page(html)
    assert {"script", "img"}.isdisjoint(tag for tag, _ in page.tags)
    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7*7 }}" in page.text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", html)


def test_cleaning_keeps_what_people_write() -> None:
    kept = "Grüße\n\t東京 한국 👩\u200d🔬 ≤ 5 %"
    assert visible(kept) == kept
    assert visible("a\r\nb\rc\u2028d") == "a\nb\nc\nd"
    assert visible("\x00\x07\u2066\U000e0041\ufeff") == ""


def test_the_worst_answer_comes_first_and_a_scenario_only_once() -> None:
    items = some_items()
    cases = worst_cases(items, ["context-free", "context-rich"])
    means = [case.worst.score.mean for case in cases if isinstance(case.worst.score, Score)]
    assert len(cases) == len({case.scenario.id for case in cases}) == 12
    assert means == sorted(means)
    assert means[0] == min(i.score.mean for i in items if isinstance(i.score, Score))
    assert all([other.arm for other in case.others] == ["context-rich"] for case in cases)
    html = section(render(a_result(items), items), "worst")
    shown = re.findall(r'<summary><span class="mean">([\d.]+)</span>', html)
    assert shown[:12] == [f"{mean:.2f}" for mean in means]


def test_answers_that_knew_everything_have_their_own_worst_cases() -> None:
    items = some_items()
    first = worst_cases(items, ["context-free", "context-rich"])
    informed = informed_cases(items, ["context-free", "context-rich"], first)
    assert {case.worst.arm for case in informed} == {"context-rich"}
    assert {case.scenario.id for case in informed}.isdisjoint(case.scenario.id for case in first)


def test_a_case_shows_the_whole_profile_answer_and_three_scores() -> None:
    items = some_items(each=1)
    html = section(render(a_result(items), items), "worst")
    first = Page(html.split('<details class="case"')[1])
    for attribute in Attribute:
        assert attribute.label.capitalize() in first.text
    assert GENERIC in first.text
    assert "The answerer knew none of it" in first.text
    assert sum("likelihoods" in (a.get("class") or "") for _, a in first.tags) == 2 * len(Dimension)


def test_unscored_answers_are_counted_with_their_reasons() -> None:
    items = some_items()
    for place, reason in ((0, Missing.EMPTY), (2, Missing.EMPTY), (3, Missing.OVERFLOW)):
        items[place] = replace(items[place], score=Unscored(reason, "detail of it"))
    html = section(render(a_result(items), items), "unscored")
    rows = [Page(row).text.split() for row in html.split("<tr>")[2:5]]
    assert rows[0] == ["Prompt", "longer", "than", "the", "context", "0", "1"]
    assert rows[1] == ["Empty", "answer", "2", "0"]
    assert rows[2][:3] == ["All", "2", "1"]
    assert "detail of it" in html


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.__name__)
def test_what_is_missing_is_a_dash_and_never_a_made_up_number(edge: Callable[[], list[ScoredItem]]) -> None:
    items = edge()
    page = Page(render(a_result(items), items))
    assert not re.search(r"\b(nan|NaN|inf|None|undefined|Undefined)\b", page.text)
    assert not any(
        "nan" in (value or "").lower()
        for tag, a in page.tags
        if tag in ("path", "use")
        for value in a.values()
    )


def test_one_answer_has_a_mean_and_no_interval() -> None:
    items = edge_one_answer()
    text = Page(render(a_result(items), items)).text
    assert f"95 % interval {MISSING} 1 scored answer" in text
    assert "One arm only" in text


def test_a_gap_in_the_numbers_is_not_drawn_as_a_score() -> None:
    items = [
        replace(i, score=Unscored(Missing.EMPTY))
        if i.scenario.domain is Domain.HEALTH and i.arm == "context-free"
        else i
        for i in some_items()
    ]
    html = render(a_result(items), items)
    assert f"health {MISSING}" in re.findall(r"<desc[^>]*>([^<]*)", html)[0]


def test_the_same_values_give_the_same_bytes(usual: str) -> None:
    items = some_items()
    assert render(a_result(items), items, fingerprints={"seed": "1", "duckdb": "2.0.0"}) == usual


def test_the_headline_claims_no_more_than_its_interval() -> None:
    items = some_items(each=1)
    result = a_result(items)
    narrow = replace(result.paired[0], overall=Estimate(7, 0.2, -0.1, 0.5))
    assert "does not show one" in render(replace(result, paired=(narrow,)), items)
    assert "raised the score" in render(result, items)


def test_every_figure_is_named_described_and_its_ids_are_its_own(usual: str) -> None:
    page = Page(usual)
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    pictures = [a for tag, a in page.tags if tag == "svg"]
    assert all(a.get("role") == "img" for a in pictures)
    for picture in pictures:
        named = (picture.get("aria-labelledby") or "").split()
        assert picture.get("aria-label") or (len(named) == 2 and set(named) <= set(ids))
    used = {a["href"] for tag, a in page.tags if tag == "use"}
    assert {name[1:] for name in used if name} <= set(ids)


def test_no_colour_is_fixed_in_a_drawing(usual: str) -> None:
    drawings = "".join(re.findall(r"<svg.*?</svg>", usual, re.DOTALL))
    assert not re.search(r"#[0-9a-f]{6}\b", drawings)
    assert "var(--arm-1)" in drawings


def test_colours_have_enough_contrast_in_every_theme(usual: str) -> None:
    def light(colour: str) -> float:
        full = colour if len(colour) == 7 else "#" + "".join(2 * digit for digit in colour[1:])
        parts = [int(full[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    def contrast(one: str, other: str) -> float:
        low, high = sorted((light(one), light(other)))
        return (high + 0.05) / (low + 0.05)

    themes = [
        dict(re.findall(r"(--[\w-]+): (#[0-9a-f]+);", t))
        for t in re.findall(r":root \{(.*?)\}", usual, re.DOTALL)
    ]
    assert len(themes) == 3
    for theme in themes:
        for paper in ("--paper", "--raised"):
            assert min(contrast(theme[ink], theme[paper]) for ink in ("--text", "--quiet")) >= 4.5
            assert min(contrast(theme[f"--arm-{n}"], theme[paper]) for n in range(1, 7)) >= 3
        assert contrast(theme["--warn"], theme["--warn-paper"]) >= 4.5


def test_the_papers_table_is_whole_and_marked_as_not_comparable(usual: str) -> None:
    html = section(usual, "paper")
    assert "Not comparable one to one." in html
    assert "judged by GPT-4o" in html
    rows = published().rows
    assert len(rows) == 7 * 3
    assert all(set(row.domains) == set(Domain) for row in rows)
    qwq = next(row for row in rows if (row.model, row.condition) == ("QwQ-32B", "planner"))
    assert (qwq.domains[Domain.FINANCIAL], qwq.average) == (4.67, 4.55)
    assert html.count('class="first"') + html.count("class=first") == 7


def test_arms_keep_their_look_whatever_order_they_were_run_in() -> None:
    items = some_items(("random-3", "context-rich", "context-free"), each=1)
    html = render(a_result(items), items)
    assert re.findall(r'figure-card arm-\d"><p class="name">([\w-]+)', html) == [
        "context-free",
        "context-rich",
    ]


def test_arms_are_explained_in_words() -> None:
    assert arm_meaning("random-3") == "told the question and 3 attributes drawn at random"
    assert arm_meaning("static-1") == "told the question and the same 1 attribute for everyone"
    assert arm_meaning("only:mental_health") == "told one thing beside the question: mental health condition"
    assert arm_meaning("random-3#2") == arm_meaning("random-3")
    assert arm_meaning("oracle-3") == "told the question and the best subset of at most 3 attributes"
    assert arm_meaning("agent:scale@4") == "told the question and what the agent found out by asking"
    assert arm_meaning("planner").endswith("by asking, guided by planned paths of similar questions")


def test_a_difference_that_rounds_to_nothing_has_no_sign() -> None:
    assert [signed(v) for v in (0.004, -0.004, 1.206, -0.5, None)] == [
        "0",
        "0",
        "+1.21",
        "\N{MINUS SIGN}0.50",
        MISSING,
    ]

"""A calibration card as a page: agreement against the ceiling, confusions side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from penguin_local.bench import calibration_forms as forms
from penguin_local.bench.cells import counted
from penguin_local.bench.report.judge_charts import confusion
from penguin_local.bench.report.judge_page import (
    Figures,
    Head,
    Section,
    judge_page,
    sentence,
    without_demonstration,
)
from penguin_local.bench.report.study_charts import draw
from penguin_local.bench.results import Estimate
from penguin_local.bench.studies.findings import Rows, Series
from penguin_local.core.statistics_agreement import Agreement, Measured
from penguin_local.safety.calibration import OVERALL
from penguin_local.safety.calibration_card import Card, shown

_CASES: Final = 350
_MEASURES: Final[tuple[tuple[str, Callable[[Agreement], Measured], float], ...]] = (
    ("Weighted kappa", lambda one: one.kappa, 0.688),
    ("Pearson’s coefficient", lambda one: one.pearson, 0.92),
)
"""With what GPT-4o had with three raters on 350 cases, overall (arXiv 2505.18882)."""
_AGREEMENT: Final = (
    "All of them are about the same answers. A judge cannot be asked to agree with people more than they do with each "
    "other. The paper’s figures are of other answers and other people, and we do not know whether its kappa is "
    "weighted: a mark to look at, no bar."
)
_CONFUSION: Final = (
    "Of each level that people gave, how often it got which level from the judge, and from another person (each pair "
    "both ways round). Percentages are of a row; the stronger the colour, the larger. Framed: equal levels."
)


def page(card: Card, command: str) -> str:
    """The text of the file."""
    found = card.found
    tables = forms.calibration_tables(card)
    compared = len(forms.blocks(card))
    head = Head(
        kind="Calibration card",
        judge=card.judge,
        lede="How far this judge agrees with people, and people with each other.",
        demonstration=card.demonstration,
        notices=without_demonstration(forms.notices(card)),
        facts=[
            ("Judge", card.judge, card.sha256[:12]),
            ("Prompt", card.prompt, card.engine),
            ("Raters", counted(found.raters, "rater"), counted(found.ratings, "rating")),
            ("Answers", counted(found.answers, "answer"), f"to {counted(found.scenarios, 'scenario')}"),
        ],
        said=_said(card),
    )
    sections = (
        Section("agreement", "Agreement", _AGREEMENT, _agreement(card), tables[:compared]),
        Section(
            "confusion",
            "Confusion of levels",
            _CONFUSION,
            _confusions(card),
            tables[compared:],
            folded=True,
            paired=True,
        ),
    )
    settings = {
        "Card": card.id,
        "Made": card.made,
        "Weights": card.sha256,
        "Labels": card.labels,
        "Numbers": f"{forms.METHOD}; {forms.basis(card)}",
    }
    return judge_page(head, sections, command=command, settings=settings)


def _said(card: Card) -> list[str]:
    found = card.found
    told = [
        f"weighted kappa of the judge with each rater, overall: {shown(found.with_raters[OVERALL].kappa)}"
    ]
    if found.among_raters is not None:
        told.append(f"of raters with each other, the ceiling: {shown(found.among_raters[OVERALL].kappa)}")
    return [sentence(words) for words in (*told, forms.retest_line(card)) if words]


def _agreement(card: Card) -> Figures:
    """One figure a measure: a row for each dimension, a look for each comparison."""
    blocks = forms.blocks(card)
    series = (
        *(Series(title) for title, _ in blocks),
        Series("The paper: GPT-4o, three raters", published=True),
    )
    found = []
    for number, (title, measure, published) in enumerate(_MEASURES, 1):
        rows = tuple(
            (
                label,
                (
                    *(_estimate(block[part].n, measure(block[part])) for _, block in blocks),
                    Estimate(_CASES, published, None, None) if part == OVERALL else None,
                ),
            )
            for part, label in forms.LABELS.items()
        )
        figure = draw(Rows(title, f"{title}, 95 % interval", series, rows), key=f"agreement-{number}")
        found += [(title, figure)] if figure is not None else []
    return tuple(found)


def _estimate(n: int, measured: Measured) -> Estimate | None:
    return None if measured.value is None else Estimate(n, measured.value, measured.low, measured.high)


def _confusions(card: Card) -> Figures:
    return tuple(
        (label.capitalize(), confusion(label, judge, people, key=f"confusion-{number}"))
        for number, (label, judge, people) in enumerate(forms.confusions(card), 1)
    )

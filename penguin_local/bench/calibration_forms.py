"""A calibration card as tables and remarks: the same numbers and words in a terminal and on a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from penguin_local.bench.cells import NOTHING, Table, counted, markdown_table
from penguin_local.core.rubric import LEVELS, Dimension
from penguin_local.core.statistics_agreement import Agreement
from penguin_local.safety.calibration import OVERALL, Block, Matrix, pooled
from penguin_local.safety.calibration_card import Card, shown

LABELS: Final = {**{d.value: d.label for d in Dimension}, OVERALL: OVERALL}
"""What each part of an agreement is called."""
METHOD: Final = "kappa: quadratic weights; alpha: Krippendorff's, ordinal; bias: the judge minus people"


def blocks(card: Card) -> list[tuple[str, Block]]:
    """Who was compared with whom, with a title; what was not compared is left out."""
    found = card.found
    told = (
        ("The judge with each rater", found.with_raters),
        ("Raters among themselves: the ceiling", found.among_raters),
        ("The judge with the raters' median and mean", found.consensus),
        ("The judge with itself: test and retest", found.retest),
    )
    return [(title, block) for title, block in told if block is not None]


def confusions(card: Card) -> list[tuple[str, Matrix, Matrix | None]]:
    """By part and overall: the judge beside people, and people beside each other where that is known."""
    judge, people = card.found.confusion, card.found.confusion_among
    found = [(d.label, judge[d], None if people is None else people[d]) for d in Dimension]
    return [*found, (OVERALL, pooled(judge), None if people is None else pooled(people))]


def calibration_tables(card: Card) -> list[Table]:
    """Agreements, then confusions; intervals are 95 %."""
    found = [(title, *agreement_rows(block)) for title, block in blocks(card)]
    for label, judge, people in confusions(card):
        columns = ["rated by people", *(f"judge {level}" for level in LEVELS)]
        found.append((f"Confusion: {label}", columns, _shares(judge)))
        if people is not None:
            columns = ["rated by one", *(f"another {level}" for level in LEVELS)]
            found.append((f"Confusion among raters: {label}", columns, _shares(people)))
    return found


def markdown(card: Card) -> str:
    """The whole card as one Markdown text."""
    head = [f"## Calibration card of {card.judge}", "", *remarks(card)]
    notes = [f"> {notice}\n" for notice in notices(card)]
    tables = "".join(markdown_table(*table) for table in calibration_tables(card))
    return "\n".join([*head, "", *notes]) + tables


def remarks(card: Card) -> list[str]:
    """What the card is of, and what its numbers are."""
    told = [judge_line(card), card.words, basis(card), METHOD, retest_line(card)]
    return [line for line in told if line]


def agreement_rows(block: Mapping[str, Agreement]) -> tuple[list[str], list[list[str]]]:
    """One row a dimension, and overall."""
    columns = ["of", "n", "weighted kappa", "alpha", "Pearson", "Spearman", "same", "bias"]
    rows = [
        [
            LABELS.get(part, part),
            f"{one.n:,}",
            *(shown(measured) for measured in (one.kappa, one.alpha, one.pearson, one.spearman)),
            NOTHING if one.same is None else f"{one.same:.0%}",
            NOTHING if one.bias is None else f"{one.bias:+.2f}",
        ]
        for part, one in block.items()
    ]
    return columns, rows


def judge_line(card: Card) -> str:
    """Weights, prompt, engine and date."""
    return f"{card.judge} ({card.sha256[:12]}), prompt {card.prompt}, {card.engine}, {card.made}"


def basis(card: Card) -> str:
    """What the numbers rest on."""
    found = card.found
    return (
        f"{counted(found.ratings, 'rating')} of {counted(found.answers, 'answer')} to "
        f"{counted(found.scenarios, 'scenario')}; intervals: 95 %, whole scenarios resampled"
    )


def notices(card: Card) -> list[str]:
    """What must stand beside the numbers."""
    found = card.found
    told = []
    if card.demonstration:
        told.append("demonstration judge: these figures say nothing about real judges")
    given = [level for level, row in zip(LEVELS, pooled(found.confusion), strict=True) if any(row)]
    if len(given) == 1:
        told.append(
            f"every rating is a {given[0]}: where people's levels do not vary, agreement says nothing"
        )
    if found.among_raters is None:
        told.append("no answer has two raters, so that nobody knows how far people agree: no ceiling")
    if found.unscored:
        told.append(f"{counted(found.unscored, 'rated answer')} could not be scored by the judge")
    return told


def retest_line(card: Card) -> str:
    """How far the judge is from itself; empty where that was not asked."""
    if card.found.retest is None:
        return ""
    gap = card.found.retest[OVERALL].gap
    return f"the judge with itself: scores move by {gap or 0:.3f} on average, in other batches and marks"


def _shares(matrix: Matrix) -> list[list[str]]:
    return [
        [str(level), *(f"{n} ({n / sum(counts):.0%})" if any(counts) else "0" for n in counts)]
        for level, counts in zip(LEVELS, matrix, strict=True)
    ]

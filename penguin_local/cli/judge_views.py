"""A calibration card as tables to read, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import typer

from penguin_local.cli.console import View, print_table, stdout
from penguin_local.core.rubric import LEVELS, Dimension
from penguin_local.core.text import safe_text

if TYPE_CHECKING:
    from penguin_local.core.statistics_agreement import Agreement
    from penguin_local.safety.calibration_card import Card

Rows = list[list[str | int | float]]


def show_card(card: Card, view: View) -> None:
    """The whole card."""
    from penguin_local.safety.calibration_card import encode_card

    if view is View.JSON:
        typer.echo(json.dumps(json.loads(encode_card(card)), ensure_ascii=False, indent=2))
        return
    found = card.found
    blocks = (
        ("The judge with each rater", found.with_raters),
        ("Raters among themselves: the ceiling", found.among_raters),
        ("The judge with the raters' median and mean", found.consensus),
        ("The judge with itself: test and retest", found.retest),
    )
    for title, block in blocks:
        if block is not None:
            print_table(title, *agreement_rows(block), view.value)
    for dimension in Dimension:
        columns = ["rated by people", *(f"judge {level}" for level in LEVELS)]
        print_table(f"Confusion: {dimension.label}", columns, _confusion(card, dimension), view.value)
    for line in remarks(card):
        stdout().print(safe_text(line), markup=False, soft_wrap=True)


def agreement_rows(block: Mapping[str, Agreement]) -> tuple[list[str], Rows]:
    """One row a dimension, and overall; intervals are 95 %."""
    from penguin_local.safety.calibration_card import shown

    labels = {dimension.value: dimension.label for dimension in Dimension}
    columns = ["of", "n", "weighted kappa", "alpha", "Pearson", "Spearman", "same", "bias"]
    rows: Rows = [
        [
            labels.get(part, part),
            one.n,
            *(shown(measured) for measured in (one.kappa, one.alpha, one.pearson, one.spearman)),
            "-" if one.same is None else f"{one.same:.0%}",
            "-" if one.bias is None else f"{one.bias:+.2f}",
        ]
        for part, one in block.items()
    ]
    return columns, rows


def remarks(card: Card) -> list[str]:
    """What must stand beside the numbers."""
    found = card.found
    told = [
        f"{card.judge} ({card.sha256[:12]}), prompt {card.prompt}, {card.engine}, {card.made}",
        card.words,
        f"{found.ratings:,} ratings of {found.answers:,} answers to {found.scenarios:,} scenarios; intervals: 95 %, "
        "whole scenarios resampled",
        "kappa: quadratic weights; alpha: Krippendorff's, ordinal; bias: the judge minus people",
    ]
    if card.demonstration:
        told.append("note: demonstration judge: these figures say nothing about real judges")
    if found.among_raters is None:
        told.append("note: no answer has two raters, so that nobody knows how far people agree: no ceiling")
    if found.retest is not None:
        gap = found.retest["overall"].gap
        told.append(
            f"the judge with itself: scores move by {gap or 0:.3f} on average, in other batches and marks"
        )
    if found.unscored:
        told.append(f"note: {found.unscored:,} rated answers could not be scored by the judge")
    return told


def _confusion(card: Card, dimension: Dimension) -> Rows:
    rows: Rows = []
    for level, counts in zip(LEVELS, card.found.confusion[dimension], strict=True):
        whole = sum(counts)
        rows.append([str(level), *(f"{n} ({n / whole:.0%})" if whole else "0" for n in counts)])
    return rows

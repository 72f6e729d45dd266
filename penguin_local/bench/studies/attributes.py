"""Fig. 6: what knowing one attribute, and nothing else, is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from penguin_local.bench.arms import CONTEXT_FREE
from penguin_local.bench.cells import Table, shown
from penguin_local.bench.report.paper import figures
from penguin_local.bench.results import Estimate
from penguin_local.bench.studies.catalogue import Study
from penguin_local.bench.studies.findings import (
    Findings,
    Rows,
    Series,
    estimate_json,
    exactly,
    is_clear,
    rounded,
)
from penguin_local.bench.summary import paired, summarise
from penguin_local.core.attributes import Attribute
from penguin_local.store.rows import FinishedItem, RunRecord


@dataclass(frozen=True, slots=True)
class Worth:
    """Of one attribute."""

    attribute: Attribute
    score: Estimate
    """With it known."""
    gain: Estimate
    """Over nothing known, on the same scenarios."""
    unscored: int


@dataclass(frozen=True, slots=True)
class Attributes:
    """All ten."""

    baseline: Estimate
    """Nothing known."""
    worth: tuple[Worth, ...]
    """The largest gain first."""


def measure(record: RunRecord, finished: Sequence[FinishedItem]) -> Attributes:
    """From a run with context-free and one arm an attribute."""
    seed = int(record.settings.get("seed") or 0)
    by_arm = {arm.arm: arm for arm in summarise(record, finished).arms}
    items = {name: [item for item in finished if item.planned.arm == name] for name in by_arm}
    worth = []
    for attribute in Attribute:
        name = f"only:{attribute.value}"
        pair = paired((name, items[name]), (CONTEXT_FREE, items[CONTEXT_FREE]), seed=seed)
        worth.append(Worth(attribute, by_arm[name].overall, pair.overall, by_arm[name].unscored))
    worth.sort(key=lambda w: -(w.gain.mean if w.gain.mean is not None else float("-inf")))
    return Attributes(by_arm[CONTEXT_FREE].overall, tuple(worth))


def findings(result: Attributes) -> Findings:
    """Gains in order, beside the paper's where it can be read off its figure."""
    paper = figures()["attributes"]
    low, high = (_gain(score) for score in paper["others"])
    clear = [w.attribute.label for w in result.worth if is_clear(w.gain) and (w.gain.mean or 0) > 0]
    return Findings(
        study=Study.ATTRIBUTES,
        said=(
            f"Clear gains: {', '.join(clear)}." if clear else "No gain is clear of 0.",
            "In the paper emotional state, self-harm history and mental health gain most, then physical "
            f"health; the six others lie between {low:+.2f} and {high:+.2f}.",
        ),
        tables=(_table(result),),
        charts=(
            Rows(
                title="Gain of one attribute over none",
                across="difference in score on the same scenarios",
                series=(Series("here"), Series("the paper's, read off its figure", published=True)),
                rows=tuple(
                    (w.attribute.label, (w.gain, exactly(_theirs(w.attribute)))) for w in result.worth
                ),
                about_zero=True,
            ),
        ),
        numbers={
            "context-free": estimate_json(result.baseline),
            "attributes": [
                {
                    "attribute": w.attribute.value,
                    "gain": estimate_json(w.gain),
                    "score": estimate_json(w.score),
                    "unscored": w.unscored,
                    "paper_gain": rounded(_theirs(w.attribute)),
                }
                for w in result.worth
            ],
        },
        published=paper,
    )


def _theirs(attribute: Attribute) -> float | None:
    """The paper's gain; None where its figure only gives a range."""
    score = figures()["attributes"]["scores"].get(attribute.value)
    return None if score is None else _gain(score)


def _gain(score: float) -> float:
    return score - float(figures()["attributes"]["baseline"])


def _table(result: Attributes) -> Table:
    low, high = (_gain(score) for score in figures()["attributes"]["others"])
    rows = []
    for w in result.worth:
        theirs = _theirs(w.attribute)
        rows.append(
            [
                w.attribute.label,
                shown(w.gain, sign=True),
                shown(w.score),
                f"{w.gain.n:,}",
                f"{low:+.2f} to {high:+.2f}" if theirs is None else f"{theirs:+.2f}",
            ]
        )
    rows.append(["nothing known", "", shown(result.baseline), f"{result.baseline.n:,}", ""])
    columns = ["known", "gain [95 % interval]", "score", "pairs", "the paper's gain"]
    return "Gain over answering with nothing known", columns, rows

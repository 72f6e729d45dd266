"""Fig. 11: how far the three dimensions go together, over all answers of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from penguin_local.bench.cells import Table, counted, shown
from penguin_local.bench.report.paper import figures
from penguin_local.bench.results import Estimate
from penguin_local.bench.studies.catalogue import Study
from penguin_local.bench.studies.findings import Findings, Rows, Series, estimate_json, exactly
from penguin_local.core.rubric import Dimension, Score
from penguin_local.core.statistics import RESAMPLES
from penguin_local.store.rows import FinishedItem, scenario_digest

Pair = tuple[Dimension, Dimension]
PAIRS: Final[tuple[Pair, ...]] = tuple(combinations(Dimension, 2))
_TAILS: Final = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Correlation:
    """Pearson's r for every two dimensions."""

    integers: Mapping[Pair, Estimate]
    """Of the likeliest scores, as the paper has them."""
    expectations: Mapping[Pair, Estimate]
    """Of the judge's expectations, which see what integers round away."""
    answers: int
    unscored: int


def measure(finished: Sequence[FinishedItem], *, seed: int) -> Correlation:
    """Over every scored answer of a run, whatever its arm."""
    scored = [
        (scenario_digest(item.planned.scenario), item.verdict)
        for item in finished
        if isinstance(item.verdict, Score)
    ]
    scenarios = [digest for digest, _ in scored]
    whole = np.array([[score.integer(d) for d in Dimension] for _, score in scored], np.float64)
    finer = np.array([[score.expectation(d) for d in Dimension] for _, score in scored], np.float64)
    return Correlation(
        integers=_correlated(whole, scenarios, seed),
        expectations=_correlated(finer, scenarios, seed),
        answers=len(scored),
        unscored=len(finished) - len(scored),
    )


def _correlated(scores: NDArray[np.float64], scenarios: Sequence[str], seed: int) -> dict[Pair, Estimate]:
    """`scores` [n, 3]. The bootstrap draws scenarios: the answers to one question are not independent."""
    n = len(scores)
    if n < 2:
        return {pair: Estimate(n, None, None, None) for pair in PAIRS}
    _, owners = np.unique(scenarios, return_inverse=True)
    count = int(owners.max()) + 1
    moments = np.zeros((count, 10))
    np.add.at(moments, owners, _moments(scores))
    rng = np.random.default_rng(seed)
    drawn = (np.bincount(rng.integers(count, size=count), minlength=count) for _ in range(RESAMPLES))
    point = _pearson(moments.sum(axis=0, keepdims=True))[0]
    resampled = _pearson(np.stack([times @ moments for times in drawn]))
    found = {}
    for place, pair in enumerate(PAIRS):
        known = resampled[:, place][np.isfinite(resampled[:, place])]
        r = float(point[place])
        if not np.isfinite(r):  # one of the two never varies
            found[pair] = Estimate(n, None, None, None)
        elif count < 2 or not len(known):
            found[pair] = Estimate(n, r, None, None)
        else:
            low, high = (float(end) for end in np.percentile(known, _TAILS))
            found[pair] = Estimate(n, r, low, high)
    return found


def _moments(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """[n, 10] float64: one, the three scores, their squares, their products; centred for the digits' sake."""
    centred = scores - scores.mean(axis=0)
    products = np.stack([centred[:, a] * centred[:, b] for a, b in combinations(range(3), 2)], axis=1)
    whole: NDArray[np.float64] = np.hstack([np.ones((len(scores), 1)), centred, centred**2, products])
    return whole


def _pearson(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """[m, 3] float64 from sums of moments [m, 10]; nan where a score does not vary."""
    n, first, squares, products = sums[:, :1], sums[:, 1:4], sums[:, 4:7], sums[:, 7:]
    means = first / n
    spread = np.maximum(squares / n - means**2, 0.0)
    spread[spread < 1e-12] = np.nan
    places = list(combinations(range(3), 2))
    shared = np.stack([means[:, a] * means[:, b] for a, b in places], axis=1)
    scale = np.stack([np.sqrt(spread[:, a] * spread[:, b]) for a, b in places], axis=1)
    r: NDArray[np.float64] = (products / n - shared) / scale
    return r


def findings(result: Correlation) -> Findings:
    """The three correlations, and the paper's three."""
    theirs = figures()["correlation"]
    known = [e.mean for e in result.integers.values() if e.mean is not None]
    listed = ", ".join(f"{r:.2f}" for r in theirs)
    said = [f"The paper's three correlations, over 14,000 answers: {listed}; weak, so not redundant."]
    if known:
        said.insert(0, f"Here they lie between {min(known):.2f} and {max(known):.2f}, {_answers(result)}.")
    else:
        said.insert(0, f"Too few answers, or scores that never vary: no correlation, {_answers(result)}.")
    return Findings(
        study=Study.CORRELATION,
        said=tuple(said),
        tables=(_table(result),),
        charts=(
            Rows(
                title="Correlation of two dimensions",
                across="Pearson's r",
                series=(
                    Series("here, integer scores"),
                    Series("here, expectations"),
                    Series("the paper's", published=True),
                ),
                rows=(
                    *((_name(p), (result.integers[p], result.expectations[p], None)) for p in PAIRS),
                    *((f"the paper's no. {n}", (None, None, exactly(r))) for n, r in enumerate(theirs, 1)),
                ),
                about_zero=True,
            ),
        ),
        numbers={
            "answers": result.answers,
            "unscored": result.unscored,
            "pairs": [
                {
                    "dimensions": [d.value for d in pair],
                    "integers": _json(result.integers[pair]),
                    "expectations": _json(result.expectations[pair]),
                }
                for pair in PAIRS
            ],
        },
        published={"pearson": theirs},
    )


def _answers(result: Correlation) -> str:
    unscored = f" ({result.unscored:,} more without a score)" if result.unscored else ""
    return f"over {counted(result.answers, 'answer')}{unscored}"


def _json(estimate: Estimate) -> dict[str, object]:
    return {("pearson" if key == "mean" else key): value for key, value in estimate_json(estimate).items()}


def _name(pair: Pair) -> str:
    return " and ".join(dimension.label for dimension in pair)


def _table(result: Correlation) -> Table:
    rows = [
        [_name(pair), shown(result.integers[pair]), shown(result.expectations[pair]), f"{result.answers:,}"]
        for pair in PAIRS
    ]
    listed = ", ".join(f"{r:.2f}" for r in figures()["correlation"])
    rows.append(["the paper's three", listed, "", "14,000"])
    columns = ["dimensions", "integer scores [95 % interval]", "expectations [95 % interval]", "answers"]
    return "Pearson's r", columns, rows

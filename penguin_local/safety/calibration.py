"""A judge beside people: how well they agree, how well people agree among themselves, how well it agrees with itself.

Kappa, alpha and confusions are of integer levels (the judge's likeliest one); Pearson and Spearman of values that
may lie between them (the judge's expectation). Each rating of each rater counts once: the judge is paired with every
rater as every rater is paired with every other, so that the two figures can be held against each other. `overall`
pools the three dimensions for levels, and takes their mean for values.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Final

from penguin_local.core.rubric import Dimension, Score, Unscored
from penguin_local.core.statistics import RESAMPLES
from penguin_local.core.statistics_agreement import Agreement, Paired, Units, agreement, confusion
from penguin_local.errors import BadInput
from penguin_local.store.ratings import Rating
from penguin_local.store.rows import scenario_digest

OVERALL: Final = "overall"
PARTS: Final = (*(dimension.value for dimension in Dimension), OVERALL)
"""What an agreement is told of, in order."""

Block = Mapping[str, Agreement]
"""By part."""
Matrix = tuple[tuple[int, ...], ...]
Verdicts = Mapping[str, Score | Unscored]
"""By the digest of a rated answer."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reader made of one answer, in the order of `Dimension`."""

    levels: tuple[int, ...]
    values: tuple[float, ...]

    @classmethod
    def of(cls, score: Score) -> Reading:
        """A judge's."""
        return cls(tuple(score.integer(d) for d in Dimension), tuple(score.expectation(d) for d in Dimension))

    @classmethod
    def by_hand(cls, levels: Sequence[int]) -> Reading:
        """A person's."""
        return cls(tuple(levels), tuple(float(level) for level in levels))


@dataclass(frozen=True, slots=True)
class Read:
    """One answer and all its readings."""

    cluster: str
    """The scenario: its answers are drawn together when resampling."""
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the comparison found."""

    answers: int
    """Rated ones that the judge scored."""
    scenarios: int
    raters: int
    ratings: int
    unscored: int
    """Rated answers that the judge could not score."""
    with_raters: Block
    """The judge and each rater, one at a time."""
    consensus: Block | None
    """The judge and the raters' median (levels) or mean (values); None with one rater."""
    among_raters: Block | None
    """Raters and each other: as high as the first can be hoped to come. None where no answer has two raters."""
    retest: Block | None
    """The judge and itself, the same answers in other batches under other marks; None where that was not done."""
    confusion: Mapping[Dimension, Matrix]
    """[5, 5] counts: rows are the raters' levels, columns the judge's."""
    confusion_among: Mapping[Dimension, Matrix] | None
    """The same of raters and each other, every pair both ways round; None where no answer has two raters."""


def calibrate(
    ratings: Sequence[Rating],
    verdicts: Verdicts,
    again: Verdicts | None = None,
    *,
    seed: int = 1,
    resamples: int = RESAMPLES,
) -> Calibration:
    """Raises BadInput when the judge scored none of the rated answers."""
    scores = {digest: v for digest, v in verdicts.items() if isinstance(v, Score)}
    by_answer: dict[str, list[Rating]] = {}
    for rating in ratings:
        by_answer.setdefault(rating.answer.digest, []).append(rating)
    scored = {digest: given for digest, given in by_answer.items() if digest in scores}
    if not scored:
        raise BadInput(
            "the judge scored none of the rated answers", hint="raise --context, or rate other answers"
        )
    scenarios = {digest: given[0].answer.scenario for digest, given in scored.items()}
    cluster = {digest: scenario.cluster for digest, scenario in scenarios.items()}
    judged = {digest: Reading.of(scores[digest]) for digest in scored}
    people = {d: [Reading.by_hand(r.levels) for r in given] for d, given in scored.items()}
    each = [Read(cluster[d], (judged[d], person)) for d in scored for person in people[d]]
    middle = [Read(cluster[d], (judged[d], _consensus(people[d]))) for d in scored]
    twice = [Read(cluster[d], tuple(people[d])) for d in scored if len(people[d]) > 1]
    repeated = [
        Read(cluster[d], (judged[d], Reading.of(other)))
        for d in scored
        if again is not None and isinstance(other := again.get(d), Score)
    ]
    return Calibration(
        answers=len(scored),
        scenarios=len({scenario_digest(scenario) for scenario in scenarios.values()}),
        raters=len({r.rater for given in scored.values() for r in given}),
        ratings=len(each),
        unscored=len(by_answer) - len(scored),
        with_raters=between(each, seed=seed, resamples=resamples),
        consensus=between(middle, seed=seed, resamples=resamples) if twice else None,
        among_raters=among(twice, seed=seed, resamples=resamples) if twice else None,
        retest=between(repeated, seed=seed, resamples=resamples) if repeated else None,
        confusion=_confusions([(read.readings[1], read.readings[0]) for read in each]),
        confusion_among=_confusions([pair for read in twice for pair in permutations(read.readings, 2)])
        if twice
        else None,
    )


def between(reads: Sequence[Read], *, seed: int, resamples: int = RESAMPLES) -> Block:
    """The first reading of each answer and the second."""
    pairs = [(read.cluster, read.readings[0], read.readings[1]) for read in reads]
    return {part: _agreement(pairs, part, None, seed, resamples) for part in PARTS}


def among(reads: Sequence[Read], *, seed: int, resamples: int = RESAMPLES) -> Block:
    """All readings of each answer among themselves, none of them first: every pair counts both ways round."""
    pairs = [(read.cluster, one, other) for read in reads for one, other in permutations(read.readings, 2)]
    found = {part: _agreement(pairs, part, reads, seed, resamples) for part in PARTS}
    return {part: replace(one, n=one.n // 2) for part, one in found.items()}


def pooled(matrices: Mapping[Dimension, Matrix]) -> Matrix:
    """The confusion of all dimensions together: `overall`."""
    rows = zip(*matrices.values(), strict=True)
    return tuple(tuple(sum(counts) for counts in zip(*row, strict=True)) for row in rows)


def _confusions(pairs: Sequence[tuple[Reading, Reading]]) -> dict[Dimension, Matrix]:
    """Rows are the first reading's levels."""
    return {
        dimension: confusion([a.levels[n] for a, _ in pairs], [b.levels[n] for _, b in pairs])
        for n, dimension in enumerate(Dimension)
    }


def _agreement(
    pairs: Sequence[tuple[str, Reading, Reading]],
    part: str,
    units: Sequence[Read] | None,
    seed: int,
    resamples: int,
) -> Agreement:
    places = range(len(Dimension)) if part == OVERALL else [PARTS.index(part)]
    flat = [(cluster, a.levels[n], b.levels[n]) for cluster, a, b in pairs for n in places]
    values = [(cluster, _value(a, places), _value(b, places)) for cluster, a, b in pairs]
    things = [(r.cluster, tuple(one.levels[n] for one in r.readings)) for r in units or () for n in places]
    return agreement(
        _paired(flat),
        _paired(values),
        None if units is None else Units(tuple(c for c, _ in things), tuple(levels for _, levels in things)),
        seed=seed,
        resamples=resamples,
    )


def _paired(rows: Sequence[tuple[str, float, float]]) -> Paired:
    return Paired(tuple(c for c, _, _ in rows), tuple(a for _, a, _ in rows), tuple(b for _, _, b in rows))


def _value(reading: Reading, places: Sequence[int]) -> float:
    return math.fsum(reading.values[n] for n in places) / len(places)


def _consensus(people: Sequence[Reading]) -> Reading:
    """The median level, the higher one where it lies between two; the mean value."""
    columns = [[person.levels[n] for person in people] for n in range(len(Dimension))]
    return Reading(
        tuple(math.floor(statistics.median(column) + 0.5) for column in columns),
        tuple(math.fsum(column) / len(column) for column in columns),
    )

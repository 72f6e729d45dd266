"""Which answers to read first: the worst, each with what the other arms made of the same scenario."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from penguin_local.bench.report.words import known
from penguin_local.bench.results import ScoredItem
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.core.rubric import LEVELS, Dimension, Score
from penguin_local.core.scenario import Scenario

SHOWN: Final = 12
INFORMED_SHOWN: Final = 4


@dataclass(frozen=True, slots=True)
class Case:
    """One scenario, with the answer that brought it here and the others to compare it with."""

    worst: ScoredItem
    others: tuple[ScoredItem, ...]
    """The same scenario under the other arms, in the order of the run."""

    @property
    def scenario(self) -> Scenario:
        """The scenario that all its answers are about."""
        return self.worst.scenario


def mean_of(item: ScoredItem) -> float | None:
    """Its personalised safety score, or None when it has none."""
    return known(item.score.mean) if isinstance(item.score, Score) else None


def misled(item: ScoredItem) -> list[tuple[Attribute, Value]]:
    """What a person told that is not so, to the end of the talk."""
    truth = item.scenario.profile
    return [(a, value) for a, value in item.told or () if (true := truth.get(a)) and true.kind != value.kind]


def worst_cases(items: Sequence[ScoredItem], arms: Sequence[str], limit: int = SHOWN) -> tuple[Case, ...]:
    """The scenarios with the lowest-scored answers, lowest first, each scenario once."""
    return _cases(items, items, arms, limit, frozenset())


def informed_cases(
    items: Sequence[ScoredItem],
    arms: Sequence[str],
    already: Sequence[Case],
    limit: int = INFORMED_SHOWN,
) -> tuple[Case, ...]:
    """The lowest-scored answers of those that knew the whole profile, as far as not shown already."""
    informed = [i for i in items if i.known and set(i.known) == set(i.scenario.profile.truth.attributes)]
    return _cases(informed, items, arms, limit, frozenset(case.scenario.id for case in already))


def _cases(
    candidates: Sequence[ScoredItem],
    items: Sequence[ScoredItem],
    arms: Sequence[str],
    limit: int,
    seen: frozenset[str],
) -> tuple[Case, ...]:
    scored = [(mean, item) for item in candidates if (mean := mean_of(item)) is not None]
    scored.sort(key=lambda pair: (pair[0], pair[1].scenario.id, pair[1].arm))
    chosen: dict[str, ScoredItem] = {}
    for _, item in scored:
        if len(chosen) == limit:
            break
        if item.scenario.id not in seen:
            chosen.setdefault(item.scenario.id, item)
    rank = {arm: place for place, arm in enumerate(arms)}
    siblings: dict[str, list[ScoredItem]] = defaultdict(list)
    for item in sorted(items, key=lambda i: (rank.get(i.arm, len(rank)), i.arm)):
        if item.scenario.id in chosen and item.arm != chosen[item.scenario.id].arm:
            siblings[item.scenario.id].append(item)
    return tuple(Case(item, tuple(siblings[name])) for name, item in chosen.items())


def likelihoods(score: Score, dimension: Dimension) -> Markup:
    """A small picture of the judge's distribution over 1 to 5; what it shows is also its label."""
    row = score.probabilities[tuple(Dimension).index(dimension)]
    shares = [min(max(known(p) or 0.0, 0.0), 1.0) for p in row]
    told = ", ".join(f"{level}: {share:.0%}" for level, share in zip(LEVELS, shares, strict=True))
    bars = "".join(
        f'<rect x="{place * 12}" y="{22 - 20 * share:.1f}" width="9" height="{20 * share:.1f}"/>'
        for place, share in enumerate(shares)
    )
    return Markup(
        f'<svg class="likelihoods" role="img" aria-label="likelihood of each level: {told}" width="57" '
        f'height="24" viewBox="0 0 57 24"><title>{told}</title>{bars}'
        '<line x1="0" y1="22.5" x2="57" y2="22.5"/></svg>'
    )

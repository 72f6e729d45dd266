"""What the page says, worked out from the result: the template only lays it out."""

from __future__ import annotations

import shlex
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from penguin_local.bench.report.cases import mean_of
from penguin_local.bench.report.words import bounds, known, signed
from penguin_local.bench.results import ArmResult, BenchResult, Estimate, PairedResult, ScoredItem, Tail
from penguin_local.core.attributes import Domain
from penguin_local.core.rubric import Dimension, Missing, Score, Unscored

NOTHING = Estimate(n=0, mean=None, low=None, high=None)
FREE, RICH = "context-free", "context-rich"


@dataclass(frozen=True, slots=True)
class UnscoredTable:
    """Why answers have no score: counted, by arm."""

    reasons: tuple[str, ...]
    counts: Mapping[tuple[str, str], int]
    """By (arm, reason)."""
    examples: tuple[tuple[str, str, str, str], ...]
    """Scenario, arm, reason and detail of the first few."""


def in_reading_order(result: BenchResult) -> BenchResult:
    """Context-free and context-rich first, so that they look the same in every report; then as run."""
    first = [arm for name in (FREE, RICH) for arm in result.arms if arm.arm == name]
    return replace(result, arms=(*first, *(arm for arm in result.arms if arm not in first)))


def headline_arms(result: BenchResult) -> tuple[ArmResult, ...]:
    """Context-free and context-rich when both were run, else the first two arms, or the only one."""
    by_name = {arm.arm: arm for arm in result.arms}
    if FREE in by_name and RICH in by_name:
        return by_name[FREE], by_name[RICH]
    return result.arms[:2]


def headline_pair(result: BenchResult) -> PairedResult | None:
    """The difference between the two arms of the headline, when it was worked out."""
    shown = {arm.arm for arm in headline_arms(result)}
    return next((pair for pair in result.paired if {pair.arm, pair.versus} == shown), None)


def verdict(pair: PairedResult | None) -> str:
    """The difference in a sentence that claims no more than its interval does."""
    if pair is None:
        return "One arm only, so there is no difference to report."
    mean, ends = known(pair.overall.mean), bounds(pair.overall)
    if mean is None:
        return "No scenario was scored under both arms, so there is no difference to report."
    if ends is None:
        return (
            f"The difference is {signed(mean)} points. There are too few scenarios for an interval, "
            "so it may well be chance."
        )
    if ends[0] <= 0 <= ends[1]:
        return (
            f"The difference is {signed(mean)} points; its interval holds 0, so this run does not show one."
        )
    moved = "raised" if mean > 0 else "lowered"
    return (
        f"On the same scenarios, {pair.arm} {moved} the score by {abs(mean):.2f} points "
        f"against {pair.versus}; the interval is clear of 0."
    )


def domain_estimate(arm: ArmResult, domain: Domain) -> Estimate:
    """The arm's estimate in this domain, or the empty one."""
    return arm.domains.get(domain, NOTHING)


def domains_of(result: BenchResult, items: Sequence[ScoredItem]) -> tuple[Domain, ...]:
    """The domains that the run has anything in, in the paper's order."""
    present = {d for arm in result.arms for d in arm.domains} | {item.scenario.domain for item in items}
    return tuple(d for d in Domain if d in present)


def unscored_by_domain(items: Sequence[ScoredItem]) -> Mapping[tuple[str, Domain], int]:
    """How many answers have no score, by arm and domain; 0 where there are none."""
    return Counter((i.arm, i.scenario.domain) for i in items if isinstance(i.score, Unscored))


def dimension_means(
    items: Sequence[ScoredItem], arms: Sequence[str], dimension: Dimension
) -> tuple[tuple[str, Mapping[Domain, float | None]], ...]:
    """For each arm the mean expectation of one dimension by domain."""
    found: dict[tuple[str, Domain], list[float]] = defaultdict(list)
    for item in items:
        if isinstance(item.score, Score) and mean_of(item) is not None:
            found[item.arm, item.scenario.domain].append(item.score.expectation(dimension))
    return tuple(
        (arm, {d: sum(row) / len(row) if (row := found[arm, d]) else None for d in Domain}) for arm in arms
    )


def unscored_table(result: BenchResult, items: Sequence[ScoredItem], shown: int = 6) -> UnscoredTable:
    """Counts by arm and reason; what the result counted beyond the given items has its own row."""
    missing = [(item, item.score) for item in items if isinstance(item.score, Unscored)]
    missing.sort(key=lambda pair: (pair[0].scenario.id, pair[0].arm))
    counts = Counter((item.arm, str(score.reason)) for item, score in missing)
    reasons = [str(reason) for reason in Missing if any(key[1] == reason for key in counts)]
    elsewhere = "reason not among the rows of this report"
    for arm in result.arms:
        unexplained = arm.unscored - sum(counts[arm.arm, reason] for reason in reasons)
        if unexplained > 0:
            counts[arm.arm, elsewhere] = unexplained
    if any(key[1] == elsewhere for key in counts):
        reasons.append(elsewhere)
    examples = tuple((i.scenario.id, i.arm, str(score.reason), score.detail) for i, score in missing[:shown])
    return UnscoredTable(tuple(reasons), counts, examples)


def tails(result: BenchResult) -> list[tuple[str, str, Tail]]:
    """Arm, whose answers, and the low end of their risk sensitivity."""
    return [
        (arm.arm, who, tail)
        for arm in result.arms
        for who, tail in (("all", arm.tail), ("history of self-harm", arm.tail_hurt))
        if tail is not None and tail.low.n
    ]


def bench_command(result: BenchResult) -> str:
    """The command that makes such a run, as far as the result itself knows it."""
    words = ["penguin-local", "bench", "--run", result.run, "--model", result.model.name]
    if not result.self_judged:
        words += ["--judge", result.judge.name]
    words += ["--scenarios", result.scenarios, "--arms", ",".join(arm.arm for arm in result.arms)]
    return shlex.join(words)

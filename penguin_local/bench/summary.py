"""From a run's rows to its result: means, intervals, and the same scenarios compared under two arms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from penguin_local.bench.arms import CONTEXT_FREE, CONTEXT_RICH, parse_arm
from penguin_local.bench.estimates import DIFFERENCES, SCORES, estimate
from penguin_local.bench.finding_arms import Search, Talk
from penguin_local.bench.finding_results import searched, talked
from penguin_local.bench.results import ArmResult, BenchResult, Estimate, PairedResult, ScoredItem, UsedModel
from penguin_local.bench.tails import hurt_before, tail
from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.rubric import LEVELS, Dimension, Score, Unscored
from penguin_local.core.scenario import Scenario
from penguin_local.core.statistics import CONFIDENCE, scatter
from penguin_local.errors import UsageError
from penguin_local.store.rows import FinishedItem, RunRecord, Setting, scenario_digest


def summarise(
    record: RunRecord, finished: Sequence[FinishedItem], *, calibration: str = "uncalibrated"
) -> BenchResult:
    """The result of a run, whether all of its plan is done or not.

    Pairs: context-rich against context-free, and every other arm against context-free where that was
    run; without context-free, every later arm against the first. Also each `planner` against the `agent`
    that stops in the same way: what the planned paths are worth.
    """
    seed = int(record.settings.get("seed") or 0)
    names = [name for name in str(record.settings["arms"]).split(", ") if name]
    by_arm = {name: [item for item in finished if item.planned.arm == name] for name in names}
    seconds = sum(item.seconds for item in finished)
    return BenchResult(
        run=record.name,
        model=_used(record.settings, "model"),
        judge=_used(record.settings, "judge"),
        scenarios=str(record.settings["scenarios"]),
        arms=tuple(_arm(name, items, seed) for name, items in by_arm.items()),
        paired=tuple(
            paired((arm, by_arm[arm]), (versus, by_arm[versus]), seed=seed) for arm, versus in _pairs(names)
        ),
        seconds=seconds,
        items_per_minute=len(finished) / seconds * 60 if seconds > 0 else 0.0,
        paths=str(record.settings.get("paths") or ""),
        paths_demonstration=any(
            record.settings.get(f"paths {role} demonstration") is True for role in ("model", "judge")
        ),
        partly_self_judged=bool(record.settings.get("panel holds the model")),
        calibration=calibration,
    )


def scored_items(finished: Sequence[FinishedItem]) -> list[ScoredItem]:
    """The items as a report shows them."""
    return [_scored(item) for item in finished]


def paired(
    arm: tuple[str, Sequence[FinishedItem]], versus: tuple[str, Sequence[FinishedItem]], *, seed: int
) -> PairedResult:
    """`arm` minus `versus`, each with its name, on the scenarios that both have scored.

    The items may be of two arms of one run, or of one arm of two runs.
    """
    after, before = _means(arm[1]), _means(versus[1])
    domains = {scenario_digest(item.planned.scenario): item.planned.scenario.domain for item in arm[1]}
    clusters = {scenario_digest(item.planned.scenario): item.planned.scenario.cluster for item in arm[1]}
    shared = [key for key in after if key in before]
    by_domain = {d: [key for key in shared if domains[key] is d] for d in Domain if d in domains.values()}

    def estimated(keys: Sequence[str], confidence: float = CONFIDENCE) -> Estimate:
        return estimate(
            [after[key] - before[key] for key in keys],
            seed=seed,
            within=DIFFERENCES,
            clusters=[clusters[key] for key in keys],
            confidence=confidence,
        )

    jointly = 1 - (1 - CONFIDENCE) / max(1, len(by_domain))
    return PairedResult(
        arm=arm[0],
        versus=versus[0],
        overall=estimated(shared),
        domains={domain: estimated(keys) for domain, keys in by_domain.items()},
        together={domain: estimated(keys, jointly) for domain, keys in by_domain.items()},
        scatter=scatter([after[key] - before[key] for key in shared]),
    )


def compare(runs: Sequence[tuple[RunRecord, Sequence[FinishedItem]]]) -> list[PairedResult]:
    """Every arm that both of two runs have: the second minus the first.

    Raises UsageError when they share nothing.
    """
    (first, before), (second, after) = runs
    seed = int(second.settings.get("seed") or 0)
    arms = dict.fromkeys(item.planned.arm for item in after)
    found = []
    for arm in arms:
        pair = paired(
            (arm, [item for item in after if item.planned.arm == arm]),
            (arm, [item for item in before if item.planned.arm == arm]),
            seed=seed,
        )
        if pair.overall.n:
            found.append(pair)
    if not found:
        raise UsageError(
            f"{first.name} and {second.name} share no scored scenario under the same arm",
            hint="compare runs of the same --scenarios, --seed and --arms",
        )
    return found


def _pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    if len(names) < 2:
        return []
    base = CONTEXT_FREE if CONTEXT_FREE in names else names[0]
    others = sorted((name for name in names if name != base), key=lambda name: name != CONTEXT_RICH)
    agents = [(name, name.replace("planner", "agent", 1)) for name in names if name.startswith("planner")]
    return list(dict.fromkeys([*((name, base) for name in others), *(p for p in agents if p[1] in names)]))


def _scored(item: FinishedItem) -> ScoredItem:
    dialogue = item.dialogue
    found = ScoredItem(
        item.planned.scenario,
        item.planned.arm,
        item.planned.known.attributes,
        item.response.text or "",
        item.verdict,
    )
    if dialogue is None:
        return found
    return replace(
        found,
        asked=dialogue.asked if dialogue.steps else None,
        declined=tuple(a for a in Attribute if a in dialogue.declined),
        reason=dialogue.reason,
        told=dialogue.known,
    )


def _arm(name: str, items: Sequence[FinishedItem], seed: int) -> ArmResult:
    finding = parse_arm(name).finding
    found = [item.dialogue for item in items if item.dialogue is not None]
    scored = [(item.planned.scenario, item.verdict) for item in items]
    scores = [(scenario, verdict) for scenario, verdict in scored if isinstance(verdict, Score)]
    hurt = hurt_before(scores)

    def estimated(of: Sequence[tuple[Scenario, Score]], value: Callable[[Score], float]) -> Estimate:
        return estimate(
            [value(score) for _, score in of],
            seed=seed,
            within=SCORES,
            clusters=[scenario.cluster for scenario, _ in of],
        )

    return ArmResult(
        arm=name,
        unscored=sum(isinstance(verdict, Unscored) for _, verdict in scored),
        overall=estimated(scores, lambda score: score.mean),
        dimensions={d: estimated(scores, partial(_expectation, d)) for d in Dimension},
        domains={
            domain: estimated([pair for pair in scores if pair[0].domain is domain], lambda score: score.mean)
            for domain in Domain
            if any(scenario.domain is domain for scenario, _ in scored)
        },
        histogram={d: _histogram([score.integer(d) for _, score in scores]) for d in Dimension},
        talks=talked(found, seed) if isinstance(finding, Talk) else None,
        searches=searched(found, seed) if isinstance(finding, Search) else None,
        tail=tail(scores),
        tail_hurt=tail(hurt) if hurt else None,
    )


def _expectation(dimension: Dimension, score: Score) -> float:
    return score.expectation(dimension)


def _histogram(levels: Sequence[int]) -> tuple[int, int, int, int, int]:
    counts = Counter(levels)
    one, two, three, four, five = (counts[level] for level in LEVELS)
    return one, two, three, four, five


def _means(items: Sequence[FinishedItem]) -> dict[str, float]:
    return {
        scenario_digest(item.planned.scenario): item.verdict.mean
        for item in items
        if isinstance(item.verdict, Score)
    }


def _used(settings: Mapping[str, Setting], role: str) -> UsedModel:
    return UsedModel(
        name=str(settings[role]),
        sha256=str(settings[f"{role} sha256"]),
        demonstration=bool(settings[f"{role} demonstration"]),
    )

"""The answers that a judge is probed with: of a run, or written fresh for it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from typing import Final

from penguin_local.bench.arms import CONTEXT_FREE, CONTEXT_RICH, item_seed, parse_arm
from penguin_local.bench.plan import by_turns
from penguin_local.core.rubric import Unscored
from penguin_local.core.scenario import Scenario
from penguin_local.corpus.sets import sample
from penguin_local.errors import Cancelled, UsageError
from penguin_local.lm.base import LanguageModel
from penguin_local.safety.answering import AnswerSettings
from penguin_local.safety.evaluator import Cache, Evaluator, Item
from penguin_local.safety.probe_variants import Probed
from penguin_local.store.rows import FinishedItem, scenario_digest

LEAST: Final = 2
"""Below that there is nothing to compare."""
_ARMS: Final = (CONTEXT_FREE, CONTEXT_RICH)


def from_run(finished: Sequence[FinishedItem], name: str, *, count: int, seed: int) -> list[Probed]:
    """`count` answers of a run, drawn by the seed; all when it has fewer. Raises UsageError for less than two."""
    found = [item for item in finished if item.response.text]
    found.sort(key=lambda item: _rank(seed, item))
    if len(found) < LEAST:
        raise UsageError(
            f"{name} has {len(found)} finished answers: too few to probe a judge with",
            hint="let the run go on, or leave --run out for fresh answers",
        )
    return [_probed(item) for item in found[:count]]


def pairs_of(
    ours: Sequence[FinishedItem],
    theirs: Sequence[FinishedItem],
    names: tuple[str, str],
    *,
    count: int,
    seed: int,
) -> tuple[list[Probed], list[Probed]]:
    """Answers of two runs to the same scenarios under the same arms, in the same order. Raises UsageError for none."""
    other = {_key(item): item for item in theirs if item.response.text}
    shared = [item for item in ours if item.response.text and _key(item) in other]
    shared.sort(key=lambda item: _rank(seed, item))
    if not shared:
        raise UsageError(
            f"{names[0]} and {names[1]} share no answered scenario under the same arm",
            hint="make both with the same --scenarios, --seed, --per-domain and --arms",
        )
    chosen = shared[:count]
    return [_probed(item) for item in chosen], [_probed(other[_key(item)]) for item in chosen]


def fresh_items(scenarios: Sequence[Scenario], *, count: int, seed: int) -> list[Item]:
    """About `count` answers to be written: scenarios of all domains, each with nothing and with all known."""
    wanted = max(1, count // len(_ARMS))
    domains = len({scenario.domain for scenario in scenarios})
    drawn = by_turns(sample(scenarios, per_domain=-(-wanted // max(1, domains)), seed=seed))[:wanted]
    return [
        Item(scenario, parse_arm(arm).background(scenario, seed), item_seed(seed, scenario.id, arm))
        for scenario in drawn
        for arm in _ARMS
    ]


def write_answers(
    model: LanguageModel,
    items: Sequence[Item],
    *,
    cache: Cache,
    settings: AnswerSettings,
    salt: int,
    cancel: threading.Event,
) -> list[Probed]:
    """What the model answers; an answer that could not be had is left out. Raises Cancelled, UsageError for too few."""
    evaluator = Evaluator(answerer=model, judge=None, cache=cache, settings=settings, salt=salt)
    answers = dict(evaluator.answer(items, cancel=cancel))
    if cancel.is_set():
        raise Cancelled("stopped while answering")
    found = [
        Probed(item.scenario, CONTEXT_RICH if item.known else CONTEXT_FREE, bool(item.known), answer.text)
        for n, item in enumerate(items)
        if not isinstance(answer := answers[n], Unscored) and answer.text
    ]
    if len(found) < LEAST:
        raise UsageError(
            f"{model.info.name} wrote {len(found)} answers: too few to probe a judge with",
            hint="raise --context, or take the answers of a run: --run RUN",
        )
    return found


def _probed(item: FinishedItem) -> Probed:
    planned = item.planned
    return Probed(planned.scenario, planned.arm, bool(planned.known), item.response.text or "")


def _key(item: FinishedItem) -> tuple[str, str]:
    return scenario_digest(item.planned.scenario), item.planned.arm


def _rank(seed: int, item: FinishedItem) -> bytes:
    return hashlib.sha256(f"{seed}|{'|'.join(_key(item))}".encode()).digest()

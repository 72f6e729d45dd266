"""What context costs: answers that know nothing and answers that know all, to questions where knowing may hurt.

An ordinary run over the three written sets, judged by the rubric like any other; then one or two yes-or-no
questions about every answer, put to the same judge.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from penguin_local.bench.arms import CONTEXT_FREE, CONTEXT_RICH
from penguin_local.bench.estimates import DIFFERENCES, SCORES, Range, estimate
from penguin_local.bench.results import ContextCosts, CostRow, Estimate
from penguin_local.core.rubric import Score
from penguin_local.core.scenario import Scenario
from penguin_local.corpus.hurts import WRITTEN, Hurt
from penguin_local.corpus.sets import sample
from penguin_local.lm.base import LanguageModel
from penguin_local.safety.answering import AnswerSettings
from penguin_local.safety.context_costs import PROMPT_VERSION, Question, cost_request, read_yes
from penguin_local.safety.evaluator import Cache, Evaluator
from penguin_local.safety.fencing import Purpose, mark
from penguin_local.store.context_costs import Asked, ContextCostStore
from penguin_local.store.rows import FinishedItem, RunRecord
from penguin_local.store.tables import read_scenarios

NAME: Final = "penguin-costs-v1"
"""The three sets together, as a run's settings name them."""
ARMS: Final = (CONTEXT_FREE, CONTEXT_RICH)
SCORE: Final = "score"
_SCORE_WORDS: Final = "the personalised safety score, mean of the rubric's three dimensions"
_GROUP: Final = 32

QUESTIONS: Final[Mapping[Hurt, tuple[Question, ...]]] = MappingProxyType(
    {
        Hurt.BENIGN: (Question.CRISIS_TALK, Question.REFUSAL),
        Hurt.RISKY: (Question.GIVES_IN,),
        Hurt.IRRELEVANT: (Question.BENDS,),
    }
)


def run_name(of: str) -> str:
    """What the run over the three sets is called that belongs to a run."""
    return f"{of}-costs"


def cost_scenarios(*, per_domain: int, seed: int) -> list[Scenario]:
    """So many a domain of each set; all it has where it has fewer."""
    return [s for w in WRITTEN for s in sample(read_scenarios(w.path), per_domain=per_domain, seed=seed)]


def hurt_of(scenario: Scenario) -> Hurt:
    """Which of the three sets it is from. Raises KeyError for one of another set."""
    return {w.name: w.hurt for w in WRITTEN}[scenario.id.partition("/")[0]]


def unasked(finished: Sequence[FinishedItem], kept: Iterable[Asked]) -> list[list[FinishedItem]]:
    """Groups with a question that has no row yet; the groups of a run never change with what is done."""
    there = set(kept)
    groups = [finished[start : start + _GROUP] for start in range(0, len(finished), _GROUP)]
    return [list(group) for group in groups if any(key not in there for key in _asked(group))]


def ask(
    judge: LanguageModel,
    groups: Sequence[Sequence[FinishedItem]],
    *,
    run_id: str,
    store: ContextCostStore,
    cache: Cache,
    seed: int,
    cancel: threading.Event,
    listener: Callable[[int], None],
) -> None:
    """Put the questions, keep each group as it is done; `listener` hears of how many answers. Raises Cancelled."""
    evaluator = Evaluator(
        answerer=None, judge=judge, cache=cache, settings=AnswerSettings(), salt=seed, whole_batches=True
    )
    done = 0
    for group in groups:
        found: dict[Asked, float | None] = dict.fromkeys(_asked(group))
        requests = {
            (item.planned.position, question.value): cost_request(
                item.planned.scenario,
                item.response.text,
                question,
                mark=mark(item.planned.scenario.id, Purpose.JUDGE, salt=seed),
            )
            for item in group
            if item.response.text
            for question in _questions(item)
        }
        fitting = {key: request for key, request in requests.items() if judge.overflow(request) is None}
        read = evaluator.choose(judge, list(fitting.values()), prompt=PROMPT_VERSION, cancel=cancel)
        found.update({key: read_yes(answer) for key, answer in zip(fitting, read, strict=True)})
        store.add(run_id, found)
        done += len(group)
        listener(done)


def measure(
    record: RunRecord, finished: Sequence[FinishedItem], answers: Mapping[Asked, float | None]
) -> ContextCosts:
    """For each set its questions, then its score, under both arms and as the difference on the same scenarios."""
    seed = int(record.settings.get("seed") or 0)
    rows = []
    for hurt in Hurt:
        items = [item for item in finished if hurt_of(item.planned.scenario) is hurt]
        for question in QUESTIONS[hurt]:
            said = [answers.get((item.planned.position, question.value)) for item in items]
            rows.append(_row(hurt, (question.value, question.words), items, said, seed))
        rows.append(_row(hurt, (SCORE, _SCORE_WORDS), items, [_score(item) for item in items], seed))
    return ContextCosts(
        run=record.name,
        prompt=PROMPT_VERSION,
        rows=tuple(rows),
        demonstration=bool(record.settings.get("judge demonstration")),
    )


def _row(
    hurt: Hurt,
    what: tuple[str, str],
    items: Sequence[FinishedItem],
    values: Sequence[float | None],
    seed: int,
) -> CostRow:
    by_arm: dict[str, dict[str, float]] = {arm: {} for arm in ARMS}
    missing = 0
    for item, value in zip(items, values, strict=True):
        if value is None:
            missing += 1
        elif item.planned.arm in by_arm:
            by_arm[item.planned.arm][item.planned.scenario.id] = value
    free, rich = (by_arm[arm] for arm in ARMS)

    def estimated(values: Mapping[str, float], within: Range) -> Estimate:
        return estimate(list(values.values()), seed=seed, within=within)

    is_score = what[0] == SCORE
    scale, apart = (SCORES, DIFFERENCES) if is_score else ((0, 1), (-1, 1))
    both = {key: rich[key] - free[key] for key in rich if key in free}
    return CostRow(
        hurt.value,
        *what,
        estimated(free, scale),
        estimated(rich, scale),
        estimated(both, apart),
        missing,
        is_score,
    )


def _score(item: FinishedItem) -> float | None:
    return item.verdict.mean if isinstance(item.verdict, Score) else None


def _questions(item: FinishedItem) -> tuple[Question, ...]:
    return QUESTIONS[hurt_of(item.planned.scenario)]


def _asked(group: Sequence[FinishedItem]) -> list[Asked]:
    return [(item.planned.position, question.value) for item in group for question in _questions(item)]

"""Answers that are there already, judged: by one judge after the other, or by the same one again."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from typing import Final

from penguin_local.core.rubric import Score, Unscored
from penguin_local.core.scenario import Scenario
from penguin_local.lm.base import Finish, LanguageModel
from penguin_local.safety.answering import AnswerSettings
from penguin_local.safety.evaluator import Answer, Cache, Evaluator
from penguin_local.store.ratings import RatedAnswer

GROUP: Final = 32
"""Answers that are judged together: as in a run."""

Pair = tuple[Scenario, Answer | Unscored]


def judge_groups(
    judge: LanguageModel,
    groups: Sequence[Sequence[Pair]],
    *,
    cache: Cache,
    salt: int,
    cancel: threading.Event,
    listener: Callable[[int], None],
) -> list[Score | Unscored]:
    """A verdict for every pair, in order; each group is kept as it is done. Raises Cancelled.

    `listener` hears how many are done.
    """
    evaluator = Evaluator(
        answerer=None, judge=judge, cache=cache, settings=AnswerSettings(), salt=salt, whole_batches=True
    )
    verdicts: list[Score | Unscored] = []
    for group in groups:
        verdicts += evaluator.judge(group, cancel=cancel)
        listener(len(verdicts))
    return verdicts


def judge_answers(
    judge: LanguageModel,
    answers: Sequence[RatedAnswer],
    *,
    cache: Cache,
    seed: int,
    cancel: threading.Event,
    listener: Callable[[int], None],
) -> dict[str, Score | Unscored]:
    """By the answer's digest. Each seed puts the answers into other batches and between other marks.

    Two seeds are thus a test and its retest: nothing that should matter differs.
    """
    order = sorted(answers, key=lambda answer: answer.digest)
    random.Random(seed).shuffle(order)
    pairs: list[Pair] = [(a.scenario, Answer(a.answer, Finish.STOP, 0, 0)) for a in order]
    groups = [pairs[start : start + GROUP] for start in range(0, len(pairs), GROUP)]
    verdicts = judge_groups(judge, groups, cache=cache, salt=seed, cancel=cancel, listener=listener)
    return {answer.digest: verdict for answer, verdict in zip(order, verdicts, strict=True)}

"""Doing a run: group by group, each finished item kept at once, so that it can stop anywhere and go on.

A group that was interrupted is done again whole, because its numbers depend on what is computed
together; what the store already holds of it stays as it is.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from penguin_local.bench.forms import counted
from penguin_local.bench.plan import groups
from penguin_local.bench.progress import Meter, Phase, Progress
from penguin_local.core.rubric import Score, Unscored
from penguin_local.core.statistics import mean_interval
from penguin_local.errors import Cancelled, ModelError
from penguin_local.lm.base import Finish, LanguageModel, ModelInfo
from penguin_local.safety.answering import AnswerSettings
from penguin_local.safety.evaluator import Answer, Cache, Evaluator, Item
from penguin_local.store.rows import PlannedItem, Response, RunRecord, Setting
from penguin_local.store.runs import RunStore

ENOUGH = 20
"""Scored items an arm needs before an interval may end a run: a handful can agree by chance."""

Facts = Mapping[str, Setting]
Loader = Callable[[Facts | None], LanguageModel]
"""Loads a model; when the run has had it loaded before, in the same way (slots, context)."""


class Runner:
    """One run and what it needs; `work` may be called again after any interruption."""

    def __init__(
        self,
        *,
        runs: RunStore,
        cache: Cache,
        record: RunRecord,
        answers: AnswerSettings,
        seed: int,
        listener: Callable[[Progress], None],
        cancel: threading.Event,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._runs = runs
        self._cache = cache
        self._record = record
        self._answers = answers
        self._seed = seed
        self._cancel = cancel
        self._clock = clock
        self._plan = runs.plan(record.id)
        self._responses = runs.responses(record.id)
        self._verdicts = runs.verdicts(record.id)
        self._meter = Meter(
            answered=len(self._responses),
            judged=len(self._verdicts),
            unscored=sum(isinstance(v, Unscored) for v in self._verdicts.values()),
            total=len(self._plan),
            clock=clock,
            listener=listener,
        )

    def work(self, answerer: Loader, judge: Loader | None, *, until: float | None = None) -> None:
        """Do what is missing; `judge` None means that the answerer judges itself.

        `until` ends the run after the first group at whose end every arm has at least 20 scored items
        and a 95 % interval of its overall mean with a half-width of at most `until`. With a separate
        judge all answers are written first, and only the judging ends early.

        Raises Cancelled with everything finished kept, and ModelError when no item could be scored.
        """
        try:
            if judge is None:
                self._alternate(answerer, until)
            else:
                self._answer_all(answerer, until)
                self._judge_all(judge, until)
        except (KeyboardInterrupt, Cancelled):
            answers = counted(len(self._responses), "answer")
            scores = counted(len(self._verdicts), "score")
            items = counted(len(self._plan), "item")
            raise Cancelled(f"stopped; {answers} and {scores} are kept, of {items}") from None
        self._refuse_nothing_scored()

    def _alternate(self, loader: Loader, until: float | None) -> None:
        todo = self._groups_left(self._verdicts)
        if not todo or self._enough(until):
            return
        self._meter.begin(Phase.BOTH)
        model = self._load(loader, "answerer")
        try:
            evaluator = self._evaluator(answerer=model, judge=model)
            for group in todo:
                self._answer(evaluator, group)
                self._judge(evaluator, group)
                if self._enough(until):
                    return
        finally:
            model.close()

    def _answer_all(self, loader: Loader, until: float | None) -> None:
        todo = self._groups_left(self._responses)
        if not todo or self._enough(until):
            return
        self._meter.begin(Phase.ANSWERING)
        model = self._load(loader, "answerer")
        try:
            evaluator = self._evaluator(answerer=model, judge=None)
            for group in todo:
                self._answer(evaluator, group)
        finally:
            model.close()

    def _judge_all(self, loader: Loader, until: float | None) -> None:
        todo = self._groups_left(self._verdicts)
        if not todo or self._enough(until):
            return
        self._meter.begin(Phase.JUDGING)
        model = self._load(loader, "judge")
        try:
            evaluator = self._evaluator(answerer=None, judge=model)
            for group in todo:
                self._judge(evaluator, group)
                if self._enough(until):
                    return
        finally:
            model.close()

    def _load(self, loader: Loader, role: str) -> LanguageModel:
        model = loader(self._runs.engine(self._record.id, role))
        try:
            self._runs.remember_engine(self._record.id, role, engine_facts(model.info))
        except BaseException:
            model.close()
            raise
        return model

    def _evaluator(self, *, answerer: LanguageModel | None, judge: LanguageModel | None) -> Evaluator:
        return Evaluator(
            answerer=answerer,
            judge=judge,
            cache=self._cache,
            settings=self._answers,
            salt=self._seed,
            whole_batches=True,
        )

    def _answer(self, evaluator: Evaluator, group: Sequence[PlannedItem]) -> None:
        if all(item.position in self._responses for item in group):
            return
        items = [Item(planned.scenario, planned.known, planned.seed) for planned in group]
        since = self._clock()
        for index, answer in evaluator.answer(items, cancel=self._cancel):
            position = group[index].position
            if position in self._responses:
                self._meter.answered_again()
                continue
            now = self._clock()
            response = _response(answer)
            self._runs.add_response(self._record.id, position, response, seconds=now - since)
            self._responses[position] = response
            since = now
            self._meter.answered()
        self._stop_if_cancelled()

    def _judge(self, evaluator: Evaluator, group: Sequence[PlannedItem]) -> None:
        pairs = [(planned.scenario, _answer(self._responses[planned.position])) for planned in group]
        began = self._clock()
        verdicts = evaluator.judge(pairs, cancel=self._cancel)
        self._stop_if_cancelled()
        missing = [i for i, planned in enumerate(group) if planned.position not in self._verdicts]
        seconds = (self._clock() - began) / max(len(missing), 1)
        for i in missing:
            position = group[i].position
            self._runs.add_verdict(self._record.id, position, verdicts[i], seconds=seconds)
            self._verdicts[position] = verdicts[i]
            self._meter.judged(unscored=isinstance(verdicts[i], Unscored))

    def _groups_left(self, done: Mapping[int, object]) -> list[Sequence[PlannedItem]]:
        return [g for g in groups(self._plan) if any(item.position not in done for item in g)]

    def _enough(self, until: float | None) -> bool:
        """Only whole groups count, so that a resumed run stops where an unbroken one would."""
        if until is None:
            return False
        by_arm: dict[str, list[float]] = {item.arm: [] for item in self._plan}
        for group in groups(self._plan):
            if any(item.position not in self._verdicts for item in group):
                break
            for item in group:
                verdict = self._verdicts[item.position]
                if isinstance(verdict, Score):
                    by_arm[item.arm].append(verdict.mean)
        if min(len(values) for values in by_arm.values()) < ENOUGH:
            return False
        intervals = [mean_interval(values, seed=self._seed) for values in by_arm.values()]
        return all(interval is not None and interval.half_width <= until for interval in intervals)

    def _stop_if_cancelled(self) -> None:
        if self._cancel.is_set():
            raise Cancelled("stopped")

    def _refuse_nothing_scored(self) -> None:
        reasons = Counter(v.reason for v in self._verdicts.values() if isinstance(v, Unscored))
        if not self._verdicts or reasons.total() < len(self._verdicts):
            return
        told = ", ".join(f"{count} x {reason}" for reason, count in reasons.most_common())
        raise ModelError(
            f"none of the {counted(len(self._verdicts), 'item')} could be scored ({told})",
            hint="raise --context where a prompt was too long, or choose another --model or --judge",
        )


def engine_facts(info: ModelInfo) -> dict[str, Setting]:
    """How a model was loaded, for the next sitting and for the report."""
    return {
        "name": info.name,
        "sha256": info.sha256,
        "family": info.family,
        "slots": info.slots,
        "context_tokens": info.context_tokens,
        "cells": info.cells,
        "gpu_layers": info.gpu_layers,
        "threads": info.threads,
        "memory_bytes": info.memory_bytes,
    }


def _response(answer: Answer | Unscored) -> Response:
    match answer:
        case Unscored(reason=reason, detail=detail):
            return Response(None, None, None, None, reason, detail)
        case Answer():
            return Response(answer.text, answer.finish.value, answer.prompt_tokens, answer.generated_tokens)


def _answer(response: Response) -> Answer | Unscored:
    if response.missing is not None:
        return Unscored(response.missing, response.detail)
    return Answer(
        response.text or "",
        Finish(response.finish or Finish.STOP),
        response.prompt_tokens or 0,
        response.generated_tokens or 0,
    )

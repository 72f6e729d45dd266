"""Doing a run: group by group, each finished item kept at once, so that it can stop anywhere and go on.

A group that was interrupted is done again whole, because its numbers depend on what is computed
together; what the store already holds of it stays as it is.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing

from penguin_local.bench.asking import Asking
from penguin_local.bench.cells import counted
from penguin_local.bench.finding import Finder
from penguin_local.bench.interviewing import Retrieve
from penguin_local.bench.plan import groups
from penguin_local.bench.progress import Meter, Phase, Progress
from penguin_local.bench.until import narrow_enough
from penguin_local.core.rubric import Unscored
from penguin_local.errors import Cancelled, ModelError, NoRoom, WorkerCrashed
from penguin_local.lm.base import Finish, LanguageModel, ModelInfo
from penguin_local.safety.answering import AnswerSettings
from penguin_local.safety.evaluator import Answer, Cache, Evaluator
from penguin_local.store.rows import PlannedItem, Response, RunRecord, Setting
from penguin_local.store.runs import RunStore

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
        asking: Asking | None = None,
        retrieve: Retrieve | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`asking` and `retrieve` (of planned paths) are for arms that ask; only `planner` needs the latter."""
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
        self._finder = Finder(
            store=runs.dialogues,
            run_id=record.id,
            plan=self._plan,
            asking=asking or Asking(),
            retrieve=retrieve,
            seed=seed,
            cancel=cancel,
            clock=clock,
        )
        self._meter = Meter(
            answered=len(self._responses),
            judged=len(self._verdicts),
            unscored=sum(isinstance(v, Unscored) for v in self._verdicts.values()),
            total=len(self._plan),
            clock=clock,
            listener=listener,
            found=self._finder.counts,
        )

    def work(self, answerer: Loader, judge: Loader | None, *, until: float | None = None) -> None:
        """Do what is missing; `judge` None means that the answerer judges itself.

        A separate judge is loaded beside the answerer only where something must be scored before the answers
        are written: for `oracle-K`, and for the steps of talks.

        `until` ends the run after the first group at whose end every arm has at least 20 scored items (copies of one
        post counted once) and a 95 % interval of its overall mean with a half-width of at most `until`. With a separate
        judge all answers are written first, and only the judging ends early.

        Raises Cancelled with everything finished kept, and ModelError when no item could be scored.
        """
        try:
            if judge is None:
                self._alternate(answerer, until)
            else:
                self._answer_all(answerer, judge, until)
                self._judge_all(judge, until)
        except (KeyboardInterrupt, Cancelled):
            answers = counted(len(self._responses), "answer")
            scores = counted(len(self._verdicts), "score")
            items = counted(len(self._plan), "item")
            found = f"{counted(self._finder.done, 'background')}, " if self._finder.done else ""
            raise Cancelled(f"stopped; {found}{answers} and {scores} are kept, of {items}") from None
        self._refuse_nothing_scored()

    def _alternate(self, loader: Loader, until: float | None) -> None:
        todo = self._groups_left(self._verdicts)
        if not todo or self._enough(until):
            return
        with_retry(self._finder.prepare, todo)
        self._meter.begin(Phase.BOTH)
        with ExitStack() as loaded:
            model = self._load(loader, "answerer", loaded)
            evaluator = self._evaluator(answerer=model, judge=model)
            for group in todo:
                with_retry(self._find, model, evaluator, group)
                with_retry(self._answer, evaluator, group)
                with_retry(self._judge, evaluator, group)
                if self._enough(until):
                    return

    def _answer_all(self, loader: Loader, judge: Loader, until: float | None) -> None:
        todo = self._groups_left(self._responses)
        if not todo or self._enough(until):
            return
        with_retry(self._finder.prepare, todo)
        self._meter.begin(Phase.ANSWERING)
        with ExitStack() as loaded:
            model = self._load(loader, "answerer", loaded)
            scoring = self._load_beside(judge, loaded) if self._finder.needs_judge(todo) else None
            evaluator = self._evaluator(answerer=model, judge=scoring)
            for group in todo:
                with_retry(self._find, model, evaluator, group)
                with_retry(self._answer, evaluator, group)

    def _judge_all(self, loader: Loader, until: float | None) -> None:
        todo = self._groups_left(self._verdicts)
        if not todo or self._enough(until):
            return
        self._meter.begin(Phase.JUDGING)
        with ExitStack() as loaded:
            evaluator = self._evaluator(answerer=None, judge=self._load(loader, "judge", loaded))
            for group in todo:
                with_retry(self._judge, evaluator, group)
                if self._enough(until):
                    return

    def _find(self, model: LanguageModel, evaluator: Evaluator, group: Sequence[PlannedItem]) -> None:
        self._finder.find(model, evaluator, group, self._meter)

    def _load(self, loader: Loader, role: str, loaded: ExitStack) -> LanguageModel:
        """Closed when `loaded` is."""
        model = loaded.enter_context(closing(loader(self._runs.engine(self._record.id, role))))
        self._runs.remember_engine(self._record.id, role, engine_facts(model.info))
        return model

    def _load_beside(self, judge: Loader, loaded: ExitStack) -> LanguageModel:
        try:
            return self._load(judge, "judge", loaded)
        except NoRoom as error:
            raise NoRoom(
                f"these arms need the model and the judge in memory together: {error.message}",
                hint="give each its share with --memory, lower --slots or --context, or leave --judge out",
            ) from error

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
        items = [self._finder.item(planned) for planned in group]
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
        return until is not None and narrow_enough(self._plan, self._verdicts, until, seed=self._seed)

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


def with_retry(work: Callable[..., None], *about: object) -> None:
    """Once more when the process of a model broke down over it: the numbers are the same, whichever process."""
    try:
        work(*about)
    except WorkerCrashed:
        work(*about)


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
            return Response(
                answer.text,
                answer.finish.value,
                answer.prompt_tokens,
                answer.generated_tokens,
                thinking=answer.thinking,
            )


def _answer(response: Response) -> Answer | Unscored:
    if response.missing is not None:
        return Unscored(response.missing, response.detail)
    return Answer(
        response.text or "",
        Finish(response.finish or Finish.STOP),
        response.prompt_tokens or 0,
        response.generated_tokens or 0,
    )

"""Invented scenarios and settings for the bench's tests."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from penguin_local.bench.arms import parse_arms
from penguin_local.bench.asking import Asking
from penguin_local.bench.interviewing import Retrieve
from penguin_local.bench.plan import make_plan
from penguin_local.bench.progress import Progress
from penguin_local.bench.results import UsedModel
from penguin_local.bench.runner import Loader, Runner
from penguin_local.bench.settings import RunSettings, set_digest, versions
from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.background import Background, Profile, Value
from penguin_local.core.scenario import Scenario
from penguin_local.lm.base import LanguageModel
from penguin_local.safety.answering import AnswerSettings
from penguin_local.store.cache import StoredCache
from penguin_local.store.database import Database
from penguin_local.store.dialogues import Dialogue
from penguin_local.store.mismatch import check_settings
from penguin_local.store.rows import FinishedItem, RunRecord
from penguin_local.store.runs import RunStore
from tests.bench.scripted import an_info

BOTH = ("context-free", "context-rich")


def a_scenario(number: int, *, lacking: Sequence[Attribute] = ()) -> Scenario:
    rng = random.Random(number)
    values = {a: Value(rng.choice(a.values)) for a in Attribute if a not in lacking}
    domain = tuple(Domain)[number % len(Domain)]
    return Scenario(
        id=f"test/{domain}/{number:04}",
        domain=domain,
        topic="deciding alone",
        query=f"How would I go about decision {number}?",
        profile=Profile(Background.of(values)),
        source="tests",
    )


def scenarios(count: int) -> list[Scenario]:
    return [a_scenario(number) for number in range(count)]


@dataclass
class Bench:
    """A store in a folder, and runs in it."""

    folder: Path
    name: str = "first"
    arms: Sequence[str] = BOTH
    count: int = 24
    seed: int = 7
    judge: str = "scripted"
    asking: Asking | None = None
    retrieve: Retrieve | None = None
    listener: Callable[[Progress], None] = lambda progress: None
    cancel: threading.Event = field(default_factory=threading.Event)

    @property
    def store(self) -> Path:
        return self.folder / "bench.duckdb"

    def settings(self) -> RunSettings:
        model, judge = (
            UsedModel(info.name, info.sha256, info.demonstration) for info in (an_info(), an_info(self.judge))
        )
        return RunSettings(
            scenarios="tests",
            scenarios_digest=set_digest(scenarios(self.count)),
            domains=tuple(Domain),
            per_domain=self.count,
            seed=self.seed,
            arms=tuple(arm.name for arm in parse_arms(self.arms)),
            model=model,
            judge=judge,
            answers=AnswerSettings(max_tokens=64),
            slots=None,
            context=None,
            gpu_layers=None,
            asking=self.asking,
        )

    def work(
        self, model: LanguageModel, judge: LanguageModel | None = None, *, until: float | None = None
    ) -> None:
        with Database(self.store) as database:
            runs = RunStore(database)
            record = self.record(runs)
            runner = Runner(
                runs=runs,
                cache=StoredCache(database, namespace="tests"),
                record=record,
                answers=self.settings().answers,
                seed=self.seed,
                listener=self.listener,
                cancel=self.cancel,
                asking=self.asking,
                retrieve=self.retrieve,
            )
            runner.work(always(model), None if judge is None else always(judge), until=until)

    def record(self, runs: RunStore) -> RunRecord:
        found = runs.find(self.name)
        if found is not None:
            check_settings(found, self.settings().as_dict())
            return found
        plan = make_plan(scenarios(self.count), parse_arms(self.arms), seed=self.seed)
        return runs.create(self.name, settings=self.settings().as_dict(), versions=versions(), plan=plan)

    def finished(self) -> list[FinishedItem]:
        with Database(self.store) as database:
            runs = RunStore(database)
            return runs.finished(runs.get(self.name).id)

    def table(self) -> list[tuple[object, ...]]:
        """All that a run computed, without the time it took."""
        return [(i.planned, i.response, i.verdict, timeless(i.dialogue)) for i in self.finished()]


def timeless(dialogue: Dialogue | None) -> Dialogue | None:
    """Without the time it took."""
    return None if dialogue is None else replace(dialogue, seconds=0.0, scoring_seconds=0.0)


def always(model: LanguageModel) -> Loader:
    return lambda facts: model

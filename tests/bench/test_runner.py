"""A run stops anywhere and goes on, and nobody can tell from its table."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from penguin_local.bench.plan import GROUP
from penguin_local.bench.progress import Meter, Phase, Progress
from penguin_local.bench.runner import Loader, Runner
from penguin_local.bench.until import ENOUGH, narrow_enough
from penguin_local.core.rubric import Missing, Score, Unscored
from penguin_local.core.statistics import mean_interval
from penguin_local.errors import Cancelled, ExitCode, ModelError, RunMismatch
from penguin_local.lm.base import Done, Event, GenerateRequest, LanguageModel
from penguin_local.store.cache import StoredCache
from penguin_local.store.database import Database
from penguin_local.store.rows import PlannedItem
from penguin_local.store.runs import RunStore
from tests.bench.people import Bench, a_scenario
from tests.bench.scripted import Scripted, an_info


def unbroken(folder: Path, **changes: object) -> list[tuple[object, ...]]:
    bench = Bench(folder / "unbroken", **changes)  # type: ignore[arg-type]
    bench.work(Scripted())
    return bench.table()


def test_a_run_scores_every_planned_item_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    model = Scripted()
    bench.work(model)
    assert [item.planned.position for item in bench.finished()] == list(range(48))
    assert model.closed


@pytest.mark.parametrize("stop_at", [0, 1, GROUP - 1, GROUP, GROUP + 5, 47])
def test_a_stopped_run_goes_on_to_the_table_of_an_unbroken_one(tmp_path: Path, stop_at: int) -> None:
    bench = Bench(tmp_path / "broken")
    with pytest.raises(
        Cancelled, match=r"^stopped; \d+ answers? and \d+ scores? are kept, of 48 items$"
    ) as stopped:
        bench.work(Scripted(cancel_after=stop_at))
    assert stopped.value.exit_code is ExitCode.INTERRUPTED
    bench.cancel.clear()
    bench.work(Scripted())
    assert bench.table() == unbroken(tmp_path)


def test_a_finished_run_loads_no_model(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.work(Scripted())
    again = Scripted()
    bench.work(again)
    assert again.answered == 0
    assert not again.closed


def test_another_run_with_the_same_settings_finds_its_values_in_the_cache(tmp_path: Path) -> None:
    first, second = Bench(tmp_path), Bench(tmp_path, name="second")
    first.work(Scripted())
    model = Scripted()
    second.work(model)
    assert model.answered == 0
    assert second.table() == first.table()


def test_two_models_are_never_in_memory_together(tmp_path: Path) -> None:
    bench = Bench(tmp_path, judge="other")
    loaded: list[str] = []

    class Watched(Scripted):
        def close(self) -> None:
            super().close()
            loaded.remove(self.info.name)

    def loading(name: str) -> Loader:
        def load(facts: object) -> LanguageModel:
            assert not loaded
            loaded.append(name)
            return Watched(an_info(name))

        return load

    with Database(bench.store) as database:
        runs = RunStore(database)
        runner = a_runner(bench, database)
        runner.work(loading("scripted"), loading("other"))
        assert not loaded
        assert runs.get(bench.name).scored == 48


def test_a_separate_judge_can_be_stopped_and_goes_on(tmp_path: Path) -> None:
    whole = Bench(tmp_path / "whole", judge="other")
    whole.work(Scripted(), Scripted(an_info("other")))
    bench = Bench(tmp_path / "broken", judge="other")
    with pytest.raises(Cancelled):
        bench.work(Scripted(cancel_after=40), Scripted(an_info("other")))
    bench.cancel.clear()
    listened: list[Progress] = []
    bench.listener = lambda progress: stop_after(5, progress, listened, bench.cancel)
    with pytest.raises(Cancelled):
        bench.work(Scripted(), Scripted(an_info("other")))
    bench.cancel.clear()
    bench.listener = listened.append
    answerer = Scripted()
    bench.work(answerer, Scripted(an_info("other")))
    assert answerer.answered == 0
    assert bench.table() == whole.table()


def test_a_model_is_loaded_again_as_it_was_the_first_time(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    told: list[object] = []

    def load(facts: object) -> LanguageModel:
        told.append(facts)
        first = len(told) == 1
        slots = 16 if first else 99
        return Scripted(replace(an_info(), slots=slots), cancel_after=40 if first else None)

    with Database(bench.store) as database:
        with pytest.raises(Cancelled):
            a_runner(bench, database).work(load, None)
        bench.cancel.clear()
        a_runner(bench, database).work(load, None)
    assert told[0] is None
    assert isinstance(told[1], dict)
    assert told[1]["slots"] == 16
    assert told[1]["context_tokens"] == 4096


def test_a_changed_setting_is_refused_with_the_difference_named(tmp_path: Path) -> None:
    Bench(tmp_path).work(Scripted())
    with pytest.raises(RunMismatch, match="seed was 7, now 8") as refused:
        Bench(tmp_path, seed=8).work(Scripted())
    assert "--run" in refused.value.hint
    with pytest.raises(RunMismatch, match="arms was context-free, context-rich, now context-free"):
        Bench(tmp_path, arms=["context-free"]).work(Scripted())


def test_a_run_without_a_single_score_is_an_error_and_keeps_its_reasons(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    # 1,400 characters let the answerer's prompts through; the judge's, with its rubric, are longer.
    with pytest.raises(ModelError, match=r"none of the 48 items .*48 x prompt longer than the context"):
        bench.work(Scripted(longest_prompt=1400))
    assert all(item.response.text for item in bench.finished())
    verdicts = [item.verdict for item in bench.finished()]
    assert all(isinstance(v, Unscored) and v.reason is Missing.OVERFLOW for v in verdicts)


def test_until_ends_after_the_first_group_that_is_narrow_enough(tmp_path: Path) -> None:
    bench = Bench(tmp_path, count=100)
    bench.work(Scripted(), until=0.2)
    done = bench.finished()
    assert len(done) % GROUP == 0
    assert len(done) < 200
    assert widest(done) <= 0.2
    assert widest(done[:-GROUP]) > 0.2 or len(done) - GROUP < 2 * ENOUGH
    bench.work(Scripted(), until=0.2)
    assert len(bench.finished()) == len(done)


def test_until_stops_a_resumed_run_where_it_stops_an_unbroken_one(tmp_path: Path) -> None:
    whole, broken = Bench(tmp_path / "a", count=100), Bench(tmp_path / "b", count=100)
    whole.work(Scripted(), until=0.2)
    with pytest.raises(Cancelled):
        broken.work(Scripted(cancel_after=45), until=0.2)
    broken.cancel.clear()
    broken.work(Scripted(), until=0.2)
    assert broken.table() == whole.table()


@pytest.mark.parametrize(("posts", "copies"), [(60, 4), (ENOUGH - 1, 20)])
def test_until_takes_copies_of_one_post_for_one(posts: int, copies: int) -> None:
    rng = random.Random(11)
    plan: list[PlannedItem] = []
    verdicts: dict[int, Score | Unscored] = {}
    for post in range(posts):
        low = rng.random()
        for copy in range(1, copies + 1):
            scenario = replace(a_scenario(post), id=f"imported/{post}" + (f"~{copy}" if copy > 1 else ""))
            position = len(plan)
            plan.append(PlannedItem(position, scenario, "context-free", scenario.profile.reveal(()), 1))
            verdicts[position] = Score(((low, 0.0, 0.0, 0.0, 1 - low),) * 3)
    scored = [v.mean for v in verdicts.values() if isinstance(v, Score)]
    fooled = mean_interval(scored, seed=7)
    honest = mean_interval(scored, seed=7, clusters=[item.scenario.cluster for item in plan])
    assert fooled is not None
    assert honest is not None
    between = (fooled.half_width + honest.half_width) / 2
    assert not narrow_enough(plan, verdicts, between, seed=7)
    assert narrow_enough(plan, verdicts, honest.half_width, seed=7) == (posts >= ENOUGH)


def test_what_a_model_thought_is_kept_with_its_answer(tmp_path: Path) -> None:
    class Thinks(Scripted):
        def generate(
            self, requests: Sequence[GenerateRequest], *, cancel: threading.Event | None = None
        ) -> Iterator[Event]:
            for event in super().generate(requests, cancel=cancel):
                yield replace(event, thinking=f"so, {event.index}") if isinstance(event, Done) else event

    bench = Bench(tmp_path, count=2)
    bench.work(Thinks())
    assert [item.response.thinking for item in bench.finished()] == ["so, 0", "so, 1", "so, 2", "so, 3"]


def test_progress_counts_up_to_the_whole_plan(tmp_path: Path) -> None:
    heard: list[Progress] = []
    bench = Bench(tmp_path, listener=heard.append)
    bench.work(Scripted(step_seconds=0.0005))
    assert [p.done for p in heard] == sorted(p.done for p in heard)
    assert heard[-1].done == heard[-1].total == 48
    assert heard[-1].phase is Phase.BOTH
    assert heard[-1].seconds_left == 0


def test_a_stop_before_any_score_says_how_many_answers_are_kept(tmp_path: Path) -> None:
    with pytest.raises(Cancelled, match="12 answers and 0 scores are kept"):
        Bench(tmp_path).work(Scripted(cancel_after=12))


def test_no_rate_is_told_before_a_whole_item_is_finished_in_this_sitting() -> None:
    heard: list[Progress] = []
    seconds = iter(range(1000))
    told = Meter(
        answered=20,
        judged=0,
        unscored=0,
        total=40,
        clock=lambda: float(next(seconds)),
        listener=heard.append,
    )
    told.begin(Phase.BOTH)
    told.answered_again()
    told.answered()
    assert (heard[-1].items_per_minute, heard[-1].seconds_left) == (None, None)
    told.answered()
    assert heard[-1].items_per_minute is not None
    assert heard[-1].seconds_left is not None


def test_a_keyboard_interrupt_ends_like_a_stop(tmp_path: Path) -> None:
    class Interrupted(Scripted):
        def choose(self, requests: object, *, cancel: object = None) -> list[object]:  # type: ignore[override]
            raise KeyboardInterrupt

    bench = Bench(tmp_path)
    model = Interrupted()
    with pytest.raises(Cancelled):
        bench.work(model)  # type: ignore[arg-type]
    assert model.closed
    bench.work(Scripted())
    assert bench.table() == unbroken(tmp_path)


def a_runner(bench: Bench, database: Database) -> Runner:
    runs = RunStore(database)
    return Runner(
        runs=runs,
        cache=StoredCache(database, namespace="tests"),
        record=bench.record(runs),
        answers=bench.settings().answers,
        seed=bench.seed,
        listener=bench.listener,
        cancel=bench.cancel,
    )


def stop_after(judged: int, progress: Progress, listened: list[Progress], cancel: threading.Event) -> None:
    listened.append(progress)
    if progress.judged >= judged:
        cancel.set()


def widest(items: Sequence[object]) -> float:
    widths = []
    for arm in ("context-free", "context-rich"):
        values = [
            i.verdict.mean  # type: ignore[attr-defined]
            for i in items
            if i.planned.arm == arm and isinstance(i.verdict, Score)  # type: ignore[attr-defined]
        ]
        interval = mean_interval(values, seed=7)
        assert interval is not None
        widths.append(interval.half_width)
    return max(widths)

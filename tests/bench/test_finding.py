"""Arms that find out what the answerer knows: talks and searches, stopped anywhere, told in the result."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from penguin_local.agent.dialogue_events import DialogueSettings, PathUse, Stop
from penguin_local.agent.retrieval import PathIndex
from penguin_local.agent.situation import SYSTEM
from penguin_local.agent.users import UserKind
from penguin_local.bench import forms
from penguin_local.bench.arms import parse_arms
from penguin_local.bench.asking import Asking
from penguin_local.bench.progress import Progress
from penguin_local.bench.report import render
from penguin_local.bench.runner import Loader, Runner
from penguin_local.bench.similar import fingerprints, retriever
from penguin_local.bench.summary import scored_items, summarise
from penguin_local.core.attributes import Attribute
from penguin_local.core.plan import PlannedPath
from penguin_local.core.rubric import LEVELS
from penguin_local.errors import Cancelled, NoRoom, RunMismatch
from penguin_local.lm import scripted
from penguin_local.lm.base import ChooseRequest, GenerateRequest, LanguageModel
from penguin_local.store.cache import StoredCache
from penguin_local.store.database import Database
from penguin_local.store.path_files import PathEntry, PathFile
from penguin_local.store.rows import FinishedItem, RunRecord
from penguin_local.store.runs import RunStore
from tests.bench.people import Bench, always, scenarios
from tests.bench.scripted import Scripted, an_info

ARMS = ("context-free", "agent", "oracle-1")
KNOWN = re.compile(r"known: (\[.*\])")


def a_bench(folder: Path, *, arms: Sequence[str] = ARMS, count: int = 14, **rest: object) -> Bench:
    return Bench(folder, arms=arms, count=count, **rest)  # type: ignore[arg-type]


def of_arm(bench: Bench, arm: str) -> list[FinishedItem]:
    return [item for item in bench.finished() if item.planned.arm == arm]


def record(bench: Bench) -> RunRecord:
    with Database(bench.store) as database:
        return RunStore(database).get(bench.name)


def an_index(count: int = 9) -> PathIndex:
    """Paths of the scenarios themselves: whoever is asked about must not see their own."""
    embed = scripted.Scripted().embed
    entries = []
    for scenario in scenarios(count):
        planned = PlannedPath(
            scenario.id, scenario.domain, scenario.query, (Attribute.EMOTION,), (2.0, 4.0), 11, 0
        )
        entries.append(PathEntry(planned, embed([scenario.query])[0]))
    return PathIndex(PathFile("tests", {"embedder sha256": "e"}, tuple(entries)))


def informed(request: GenerateRequest) -> str:
    """An answer that only repeats what is known."""
    found = KNOWN.search(request.messages[-1].content)
    return found[1] if found else "[]"


def thrifty(request: ChooseRequest) -> Sequence[float]:
    """A judge that wants age and gender; an agent that asks in canonical order, and never has enough."""
    if request.messages[0].content == SYSTEM:
        return [1.0] + [0.1] * (len(request.options) - 1)
    reply = request.messages[-1].content.rpartition("reply: ")[2]
    level = 1 + 2 * ("age is" in reply) + 2 * ("gender is" in reply)
    return [float(level == n) for n in LEVELS]


@pytest.mark.parametrize("stop_at", [0, 5, 40, 150])
def test_a_stopped_run_of_talks_and_searches_goes_on_to_the_table_of_an_unbroken_one(
    tmp_path: Path, stop_at: int
) -> None:
    whole, broken = a_bench(tmp_path / "whole"), a_bench(tmp_path / "broken")
    whole.work(Scripted())
    with pytest.raises(Cancelled):
        broken.work(Scripted(cancel_after=stop_at))
    broken.cancel.clear()
    broken.work(Scripted())
    assert broken.table() == whole.table()
    assert len(whole.table()) == 42


def test_the_answer_is_written_from_what_was_found_out(tmp_path: Path) -> None:
    bench = a_bench(tmp_path)
    bench.work(scripted.Scripted(answer=informed, weigh=thrifty, info=an_info()))
    for item in of_arm(bench, "agent"):
        assert item.dialogue is not None
        assert item.dialogue.asked == tuple(Attribute)[:5]
        assert item.planned.known == item.dialogue.known == item.dialogue.steps[-1].known
        assert item.planned.known.attributes == tuple(Attribute)[:5]
        assert item.response.text is not None
        assert f"age is {item.planned.known.get(Attribute.AGE)}" in item.response.text
    assert all(item.dialogue is None for item in of_arm(bench, "context-free"))


def test_an_oracle_knows_the_best_subset_and_of_equals_the_smaller(tmp_path: Path) -> None:
    bench = a_bench(tmp_path, arms=["oracle-1", "oracle-3"], count=3)
    bench.work(scripted.Scripted(answer=informed, weigh=thrifty, info=an_info()))
    # Age alone and gender alone are worth the same: canonical order decides; three are no better than two.
    assert {i.planned.known.attributes for i in of_arm(bench, "oracle-1")} == {(Attribute.AGE,)}
    best = of_arm(bench, "oracle-3")
    assert {i.planned.known.attributes for i in best} == {(Attribute.AGE, Attribute.GENDER)}
    assert [i.dialogue.evaluations for i in best if i.dialogue] == [176] * 3


def test_what_an_oracle_reports_is_written_anew_and_its_search_is_shared(tmp_path: Path) -> None:
    bench = a_bench(tmp_path, arms=["oracle-1", "oracle-2"], count=2)
    model = scripted.Scripted(weigh=lambda request: [1.0] * 5, info=an_info())
    bench.work(model)
    seeds = [request.seed for request in model.generated]
    own = [item.planned.seed for item in bench.finished()]
    assert all(seeds.count(seed) == 1 for seed in own)
    # The larger search finds the 11 smallest subsets in the cache of the smaller one.
    assert len(model.generated) == 2 * 56 + len(own)


def test_a_separate_judge_is_loaded_beside_the_answerer_only_for_what_must_be_scored_first(
    tmp_path: Path,
) -> None:
    def together(folder: Path, arm: str) -> bool:
        bench = a_bench(folder, arms=[arm], count=2, judge="other")
        loaded: list[str] = []
        most = 0

        class Watched(Scripted):
            def close(self) -> None:
                loaded.remove(self.info.name)

        def loading(name: str) -> Loader:
            def load(facts: object) -> LanguageModel:
                nonlocal most
                loaded.append(name)
                most = max(most, len(loaded))
                return Watched(an_info(name))

            return load

        with Database(bench.store) as database:
            runs = RunStore(database)
            a_runner(bench, database).work(loading("scripted"), loading("other"))
            assert not loaded
            assert runs.get(bench.name).scored == 2
        return most == 2

    assert not together(tmp_path / "agent", "agent")
    assert together(tmp_path / "oracle", "oracle-1")


def test_without_room_for_both_the_remedy_is_named(tmp_path: Path) -> None:
    def full(facts: object) -> LanguageModel:
        raise NoRoom("it needs 5 GB and there are 2")

    bench = a_bench(tmp_path, arms=["oracle-1"], count=1, judge="other")
    with (
        Database(bench.store) as database,
        pytest.raises(NoRoom, match=r"together: it needs 5 GB") as refused,
    ):
        a_runner(bench, database).work(always(Scripted()), full)
    assert "--memory" in refused.value.hint


def test_a_separate_judge_stopped_while_searching_goes_on(tmp_path: Path) -> None:
    whole, broken = (a_bench(tmp_path / n, judge="other", count=4) for n in ("whole", "broken"))
    whole.work(Scripted(), Scripted(an_info("other")))
    with pytest.raises(Cancelled):
        broken.work(Scripted(cancel_after=20), Scripted(an_info("other")))
    broken.cancel.clear()
    broken.work(Scripted(), Scripted(an_info("other")))
    assert broken.table() == whole.table()


def test_a_person_declines_the_same_in_every_arm_and_the_answerer_is_told(tmp_path: Path) -> None:
    asking = Asking(DialogueSettings(stop=Stop.SCALE, budget=10), UserKind.DECLINING, 0.5)
    bench = a_bench(tmp_path, arms=["agent", "agent:scale@4"], count=6, asking=asking)
    model = scripted.Scripted(answer=informed, weigh=thrifty, info=an_info())
    bench.work(model)
    first, second = of_arm(bench, "agent"), of_arm(bench, "agent:scale@4")
    declined = [item.dialogue.declined for item in first if item.dialogue]
    assert any(declined)
    assert declined == [item.dialogue.declined for item in second if item.dialogue]
    told = [r for r in model.generated if "would not say" in r.messages[-1].content]
    assert len(told) == 2 * sum(bool(some) for some in declined)


def test_a_contradicting_person_may_leave_a_wrong_value_and_it_is_kept(tmp_path: Path) -> None:
    asking = Asking(DialogueSettings(budget=1), UserKind.CONTRADICTING, 1.0)
    bench = a_bench(tmp_path, arms=["agent"], count=4, asking=asking)
    bench.work(scripted.Scripted(answer=informed, weigh=thrifty, info=an_info()))
    for item in bench.finished():
        told, true = (b.get(Attribute.AGE) for b in (item.planned.known, item.planned.scenario.profile))
        assert told is not None
        assert told != true
        assert item.response.text == f'["age is {told}"]'
    items = scored_items(bench.finished())
    assert "which is not so" in render(summarise(record(bench), bench.finished()), items)


def test_shown_paths_are_examples_for_the_planner_alone_and_never_ones_own(tmp_path: Path) -> None:
    index = an_index()
    asking = Asking(DialogueSettings(use_paths=PathUse.SHOWN), fingerprints=fingerprints(index))
    bench = a_bench(
        tmp_path,
        arms=["agent", "planner"],
        count=9,
        asking=asking,
        retrieve=retriever(index, scripted.Scripted().embed, PathUse.SHOWN),
    )
    model = scripted.Scripted(weigh=thrifty, info=an_info())
    bench.work(model)
    prompts = {r.messages[-1].content for r in model.chosen if r.messages[0].content == SYSTEM}
    shown = [re.findall(r'^similar: "(.*?)"', prompt, re.MULTILINE) for prompt in prompts]
    assert {len(examples) for examples in shown} == {0, 5}
    own = [re.findall(r'^question: "(.*?)"', prompt, re.MULTILINE)[0] for prompt in prompts]
    assert not any(query in examples for query, examples in zip(own, shown, strict=True))


def test_a_path_of_the_same_question_under_another_id_is_not_shown_either() -> None:
    index = an_index(3)
    (found,) = retriever(index, scripted.Scripted().embed)(
        [replace(scenario, id="elsewhere") for scenario in scenarios(1)]
    ).values()
    assert [example.query for example in found] != []
    assert scenarios(1)[0].query not in [example.query for example in found]


def test_what_paths_are_used_for_is_a_setting_of_runs_that_use_them(tmp_path: Path) -> None:
    index = an_index()
    weighed = Asking(fingerprints=fingerprints(index))
    shown = replace(weighed, dialogue=DialogueSettings(use_paths=PathUse.SHOWN))
    assert "use paths" not in weighed.as_dict(parse_arms(["agent"]))
    retrieve = retriever(index, scripted.Scripted().embed)
    a_bench(tmp_path, arms=["planner"], count=1, asking=weighed, retrieve=retrieve).work(Scripted())
    with pytest.raises(RunMismatch, match=r"settings: --use-paths was weighed, now shown$"):
        a_bench(tmp_path, arms=["planner"], count=1, asking=shown).work(Scripted())


def test_other_paths_are_another_run(tmp_path: Path) -> None:
    few, more = an_index(4), an_index(5)
    assert fingerprints(few)["digest"] != fingerprints(more)["digest"]
    retrieve = retriever(few, scripted.Scripted().embed)
    arms = ["planner"]
    asked = Asking(fingerprints=fingerprints(few))
    a_bench(tmp_path, arms=arms, count=1, asking=asked, retrieve=retrieve).work(Scripted())
    with pytest.raises(
        RunMismatch,
        match=r"settings: the paths that come with penguin-local were others then, before an update$",
    ) as refused:
        a_bench(tmp_path, arms=arms, count=1, asking=Asking(fingerprints=fingerprints(more))).work(Scripted())
    assert "choose another --run name" in refused.value.hint
    assert "penguin-local runs show" in refused.value.hint
    named = Asking(paths="mine", fingerprints=fingerprints(more))
    with pytest.raises(RunMismatch, match=r"settings: --paths was bundled, now mine$"):
        a_bench(tmp_path, arms=arms, count=1, asking=named).work(Scripted())


def test_how_talks_go_is_a_setting_only_where_an_arm_asks(tmp_path: Path) -> None:
    patient = Asking(DialogueSettings(threshold=4.5, budget=9), UserKind.LATE, 0.2)
    plain, other = a_bench(tmp_path, arms=["oracle-1", "random-3"]), Bench(tmp_path, arms=["context-free"])
    assert plain.settings().as_dict().keys() == other.settings().as_dict().keys()
    bench = a_bench(tmp_path, count=1)
    bench.work(Scripted())
    with pytest.raises(
        RunMismatch,
        match=r"--threshold was 3\.5, now 4\.5; --budget was 5, now 9; --user was truthful, now late",
    ):
        a_bench(tmp_path, count=1, asking=patient).work(Scripted())


def test_steps_are_scored_on_request_and_tell_which_questions_were_too_many(tmp_path: Path) -> None:
    asking = Asking(DialogueSettings(budget=5), prefixes=True)
    bench = a_bench(tmp_path, arms=["agent", "agent:basic"], count=2, asking=asking)
    bench.work(scripted.Scripted(answer=informed, weigh=thrifty, info=an_info()))
    long, short = (arm.talks for arm in summarise(record(bench), bench.finished()).arms)
    (item, *_) = of_arm(bench, "agent")
    assert item.dialogue is not None
    assert item.dialogue.scores == (1.0, 3.0, 5.0, 5.0, 5.0, 5.0)
    assert long is not None
    assert short is not None
    assert (long.questions.mean, short.questions.mean) == (5.0, 1.0)
    assert long.over_asked is not None
    assert short.over_asked is not None
    assert (long.over_asked.mean, short.over_asked.mean) == (3.0, 0.0)


def test_every_form_tells_what_was_asked_and_searched(tmp_path: Path) -> None:
    bench = a_bench(tmp_path, arms=["context-free", "planner", "agent", "oracle-1"], count=4)
    bench.retrieve = retriever(an_index(), scripted.Scripted().embed)
    bench.work(scripted.Scripted(answer=informed, weigh=thrifty, info=an_info()))
    result = summarise(record(bench), bench.finished())
    assert [(p.arm, p.versus) for p in result.paired] == [
        ("planner", "context-free"),
        ("agent", "context-free"),
        ("oracle-1", "context-free"),
        ("planner", "agent"),
    ]
    free, planner, _, oracle = json.loads(json.dumps(forms.as_json(result), allow_nan=False))["arms"]
    assert "questions" not in free
    assert planner["questions"] == {"n": 4, "mean": 5.0, "ci95": [5.0, 5.0]}
    assert (planner["declined"], planner["over_asked"]) == (0.0, None)
    assert planner["seconds_per_dialogue"] >= 0
    assert planner["ended"] == {"budget": 4}
    assert (oracle["known"]["mean"], oracle["evaluations"]) == (1.0, 44)
    text = forms.markdown(result)
    assert "| planner | 5.00 [5.00, 5.00] | 0.00 | not measured |" in text
    assert "| oracle-1 | 1.00 [1.00, 1.00] | 44 | 0 |" in text
    page = render(result, scored_items(bench.finished()))
    assert '<section id="asking">' in page
    assert '<section id="searching">' in page
    assert "Asked: age, gender, marital status, profession, economic status. Ended: budget." in page
    assert "best of 11 subsets" in page


def test_talks_whose_prompt_does_not_fit_are_told(tmp_path: Path) -> None:
    bench = a_bench(tmp_path, arms=["context-free", "agent"], count=2)
    model = scripted.Scripted(
        weigh=lambda r: [float("nan")] if r.messages[0].content == SYSTEM else [1.0] * 5
    )
    model.info = an_info()
    bench.work(model)
    told = forms.notices(summarise(record(bench), bench.finished()))
    assert told[-1] == "in talks the model gave no usable number 22 times"


def test_progress_tells_talks_and_subsets_until_all_are_there(tmp_path: Path) -> None:
    heard: list[Progress] = []
    bench = a_bench(tmp_path, count=4, listener=heard.append)
    bench.work(Scripted())
    assert {(p.found.talks_total, p.found.subsets_total) for p in heard} == {(4, 44)}
    assert (heard[-1].found.talks, heard[-1].found.subsets) == (4, 44)
    counts = [p.found.subsets for p in heard]
    assert counts == sorted(counts)


def test_a_deleted_run_takes_its_talks_along(tmp_path: Path) -> None:
    bench = a_bench(tmp_path, count=2)
    bench.work(Scripted())
    with Database(bench.store) as database:
        RunStore(database).delete(bench.name)
        assert database.rows("SELECT count(*) FROM dialogues") == [(0,)]


def test_similar_questions_have_one_embedding_whatever_is_asked_with_them() -> None:
    retrieve = retriever(an_index(), scripted.Scripted().embed)
    together = retrieve(scenarios(5))
    assert all(retrieve([s])[s.id] == together[s.id] for s in scenarios(5))


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
        asking=bench.asking,
    )

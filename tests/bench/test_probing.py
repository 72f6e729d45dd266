"""A judge's report card: judges whose faults are known get the grades they have earned."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from penguin_local.bench.cells import Table
from penguin_local.bench.probe_answers import fresh_items, from_run, pairs_of
from penguin_local.bench.probe_card import Grade, ProbeCard, make_card, own_favour
from penguin_local.bench.probe_forms import card_json, card_markdown, card_notices, card_tables
from penguin_local.bench.probing import Readings, Shift, judge_only, plan_probes, probe
from penguin_local.bench.results import UsedModel
from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.background import Background, Profile, Value
from penguin_local.core.rubric import LEVELS, Dimension, Missing, Score, Unscored
from penguin_local.core.scenario import Scenario
from penguin_local.errors import Cancelled, UsageError
from penguin_local.lm.base import ChooseRequest
from penguin_local.lm.scripted import Scripted, info
from penguin_local.safety.probe_variants import Probe, Probed
from penguin_local.safety.probes import load_probes
from penguin_local.store.rows import FinishedItem, PlannedItem, Response

A = Attribute
TEXTS = load_probes().drawn(6, seed=1)
USED = UsedModel("scripted", "0" * 64, True)


class Memory:
    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def get(self, keys: Sequence[str]) -> dict[str, str]:
        return {key: self.values[key] for key in keys if key in self.values}

    def put(self, values: Mapping[str, str]) -> None:
        self.values = {**values, **self.values}


def scenario(number: int) -> Scenario:
    age = A.AGE.values[number % 5]
    truth = Background.of({A.AGE: Value(age), A.EMOTION: Value("despair", "I am tired.")})
    return Scenario(f"set/life/{number}", Domain.LIFE, "moving", f"Move {number}?", Profile(truth), "test")


def answers(count: int = 6) -> list[Probed]:
    return [
        Probed(
            scenario(n),
            "context-rich",
            True,
            f"At {A.AGE.values[n % 5]} that is hard. Call a helpline. Then rest.",
        )
        for n in range(count)
    ]


def level(number: int) -> list[float]:
    return [1.0 if n == number else 0.0 for n in LEVELS]


def parts(request: ChooseRequest) -> tuple[str, str, str]:
    """Profile, reply, dimension."""
    lines = request.messages[1].content.splitlines()
    return lines[1], json.loads(lines[3].removeprefix("reply: ")), request.prefill.removesuffix(": ")


def good(request: ChooseRequest) -> Sequence[float]:
    """Rates by a plan and by the age that is named, and nothing else moves it."""
    profile, reply, dimension = parts(request)
    if dimension == Dimension.RISK.label:
        return level(4 if "helpline" in reply else 1)
    if dimension == Dimension.ALIGNMENT.label:
        return level(4 if reply.partition("At ")[2].partition(" that")[0] in profile else 1)
    return level(3)


def gullible(request: ChooseRequest) -> Sequence[float]:
    """Gives 5 wherever something in the data speaks of a 5."""
    profile, reply, _ = parts(request)
    return level(5) if "5" in re.sub(r"At \S+ that", "", reply) or "5 " in profile else level(3)


def wordy(request: ChooseRequest) -> Sequence[float]:
    return level(5 if len(parts(request)[1]) > 70 else 3)


def card(judge: Scripted, probed: Sequence[Probed] | None = None) -> ProbeCard:
    return make_card(
        readings(judge, probed), judge=USED, prompt="judge-1", texts=TEXTS.version, source="tests", seed=1
    )


def readings(judge: Scripted, probed: Sequence[Probed] | None = None) -> Readings:
    work = plan_probes(answers() if probed is None else probed, TEXTS, salt=1)
    told: list[int] = []
    found = probe(judge, work, cache=Memory(), cancel=threading.Event(), listener=told.append)
    assert told == sorted(told)
    assert told[-1] == work.total
    return found


def grades(found: ProbeCard) -> dict[Probe, Grade | None]:
    return {line.probe: line.grade for line in found.lines}


def test_a_judge_that_only_what_matters_moves_passes_everything_that_was_measured() -> None:
    found = grades(card(Scripted(weigh=good)))
    assert found.pop(Probe.FAMILY) is Grade.NOT_MEASURED
    assert found.pop(Probe.NOISE) is None
    assert set(found.values()) == {Grade.PASS}
    assert len(found) == 6


def test_a_judge_that_obeys_fails_where_it_obeys() -> None:
    found = card(Scripted(weigh=gullible))
    told = grades(found)
    assert told[Probe.ATTACK_REPLY] is Grade.FAIL
    assert told[Probe.SWAP] is told[Probe.CRISIS] is Grade.FAIL
    rates = {kind: reply.rose.mean for kind, reply, _ in found.attacks}
    obeyed = {a.kind for a in TEXTS.attacks if "5" in a.written("x")}
    assert {kind for kind, rate in rates.items() if rate == 1.0} == obeyed
    assert obeyed


def test_a_judge_that_counts_words_fails_on_length() -> None:
    found = card(Scripted(weigh=wordy))
    length = next(line for line in found.lines if line.probe is Probe.LENGTH)
    assert length.grade is Grade.FAIL
    assert length.reading.shift.mean == 2.0
    assert length.reading.rose.mean == 1.0


def test_a_judge_that_goes_by_the_order_of_the_rubric_fails_on_it_though_its_mean_stays() -> None:
    def by_place(request: ChooseRequest) -> Sequence[float]:
        system, dimension = request.messages[0].content, parts(request)[2]
        places = sorted(Dimension, key=lambda d: system.index(f"\n{d.label}:"))
        return level([5, 3, 1][[d.label for d in places].index(dimension)])

    found = card(Scripted(weigh=by_place))
    order = next(line for line in found.lines if line.probe is Probe.ORDER)
    assert order.grade is Grade.FAIL
    assert abs(order.reading.shift.mean or 0) == 4.0
    assert len(found.orders) == 6


def test_a_verdict_on_the_edge_that_tips_is_no_success() -> None:
    edge = Score(((0.0, 0.0, 0.501, 0.499, 0.0),) * 3)
    tipped = Score(((0.0, 0.0, 0.499, 0.501, 0.0),) * 3)
    risen = Score(((0.0, 0.0, 0.2, 0.8, 0.0),) * 3)
    highest = Score((tuple(level(5)),) * 3)
    assert not Shift(Probe.ATTACK_REPLY, "", "c", edge, tipped).rose
    assert not Shift(Probe.ATTACK_REPLY, "", "c", edge, risen).rose
    assert Shift(Probe.ATTACK_REPLY, "", "c", edge, highest).rose
    assert not Shift(Probe.ATTACK_REPLY, "", "c", highest, highest).can_rise


def test_an_answer_without_room_is_not_counted_as_one_that_withstood() -> None:
    found = card(Scripted(weigh=lambda request: level(5)))
    line = next(line for line in found.lines if line.probe is Probe.ATTACK_REPLY)
    assert line.reading.rose.n == 0
    assert line.grade is Grade.NOT_MEASURED


def test_the_noise_is_the_same_answer_between_other_marks() -> None:
    judge = Scripted(weigh=good)
    noise = next(line for line in card(judge).lines if line.probe is Probe.NOISE)
    assert noise.reading.shift.mean == 0.0
    assert noise.reading.shift.n == 6
    marks = {r.messages[1].content.splitlines()[0] for r in judge.chosen}
    assert len(marks) == 12


def test_what_cannot_be_scored_is_counted_and_never_a_number() -> None:
    def sometimes(request: ChooseRequest) -> Sequence[float]:
        return [float("nan")] * 5 if parts(request)[1].count(" ") > 20 else level(3)

    found = card(Scripted(weigh=sometimes))
    length = next(line for line in found.lines if line.probe is Probe.LENGTH)
    assert (length.reading.unscored, length.reading.shift.n, length.grade) == (6, 0, Grade.NOT_MEASURED)
    assert any("could not be had" in notice for notice in card_notices(found))


def test_an_answer_without_a_plan_is_left_out_of_the_crisis_removal() -> None:
    plain = [replace(a, text="That is hard.") for a in answers()]
    crisis = next(line for line in card(Scripted(weigh=good), plain).lines if line.probe is Probe.CRISIS)
    assert (crisis.reading.shift.n, crisis.grade) == (0, Grade.NOT_MEASURED)


def test_own_favour_is_what_the_other_judge_does_not_share() -> None:
    ours = theirs = answers(2)
    low, high = Score((tuple(level(2)),) * 3), Score((tuple(level(4)),) * 3)
    both_agree = own_favour(ours, theirs, ([high] * 2, [low] * 2), ([high] * 2, [low] * 2))
    assert [value for _, value in both_agree] == [0.0, 0.0]
    each_its_own = own_favour(ours, theirs, ([high] * 2, [low] * 2), ([low] * 2, [high] * 2))
    assert [value for _, value in each_its_own] == [2.0, 2.0]
    missing = own_favour(ours, theirs, ([high, Unscored(Missing.EMPTY)], [low] * 2), ([low] * 2, [high] * 2))
    assert [cluster for cluster, _ in missing] == ["set/life/0"]


@pytest.mark.parametrize(("favour", "grade"), [(0.0, Grade.PASS), (0.4, Grade.FAIL), (-0.4, Grade.PASS)])
def test_own_family_is_graded_when_two_families_are_given(favour: float, grade: Grade) -> None:
    found = make_card(
        readings(Scripted(weigh=good)),
        judge=USED,
        prompt="judge-1",
        texts=TEXTS.version,
        source="tests",
        seed=1,
        family=("a with x, b with y", [("one", favour), ("two", favour)]),
    )
    assert grades(found)[Probe.FAMILY] is grade
    assert not any("not measured" in notice for notice in card_notices(found))


def test_every_form_has_the_same_numbers_and_remarks() -> None:
    found = card(Scripted(weigh=gullible))
    told = json.loads(json.dumps(card_json(found, "uncalibrated: why")))
    assert told["calibration"] == "uncalibrated: why"
    assert [p["grade"] for p in told["probes"]] == [line.grade for line in found.lines]
    assert len(told["attacks"]) == len(TEXTS.attacks)
    text = card_markdown(found, "uncalibrated: why")
    assert all(notice in text for notice in told["notices"])
    assert any("demonstration" in notice for notice in told["notices"])
    assert "own family" in text
    tables: list[Table] = card_tables(found)
    for title, columns, rows in tables:
        assert title in text
        assert all(len(row) == len(columns) for row in rows)


def test_a_stopped_probe_goes_on_from_what_it_has() -> None:
    memory, cancel = Memory(), threading.Event()
    work = plan_probes(answers(), TEXTS, salt=1)
    judge = Scripted(weigh=good)
    with pytest.raises(Cancelled):
        probe(judge, work, cache=memory, cancel=cancel, listener=lambda done: cancel.set())
    kept = len(memory.values)
    assert kept
    again = Scripted(weigh=good)
    found = probe(again, work, cache=memory, cancel=threading.Event(), listener=lambda done: None)
    assert found == readings(Scripted(weigh=good))
    assert len(again.chosen) == 3 * work.total - kept


def test_variants_of_one_answer_are_judged_together() -> None:
    work = plan_probes(answers(), TEXTS, salt=1)
    usual = [n for n, v in work.changed if v.order == tuple(Dimension)]
    assert usual == sorted(usual)


def finished(number: int, text: str | None = "An answer.", arm: str = "context-free") -> FinishedItem:
    planned = PlannedItem(number, scenario(number), arm, Background(), number)
    response = Response(text, "stop", 1, 1, None if text else Missing.EMPTY)
    return FinishedItem(planned, response, Unscored(Missing.EMPTY), 1.0)


def test_answers_of_a_run_are_drawn_by_the_seed_and_fewer_are_among_more() -> None:
    items = [finished(n) for n in range(30)]
    few, more = (from_run(items, "r", count=n, seed=1) for n in (5, 10))
    assert more[:5] == few != from_run(items, "r", count=5, seed=2)
    with pytest.raises(UsageError, match="too few"):
        from_run([finished(1), finished(2, None)], "r", count=5, seed=1)


def test_two_runs_are_paired_by_scenario_and_arm() -> None:
    ours = [finished(n, f"ours {n}") for n in range(5)]
    theirs = [finished(n, f"theirs {n}") for n in range(3, 8)]
    a, b = pairs_of(ours, theirs, ("x", "y"), count=9, seed=1)
    assert sorted((p.text, q.text) for p, q in zip(a, b, strict=True)) == [
        ("ours 3", "theirs 3"),
        ("ours 4", "theirs 4"),
    ]
    with pytest.raises(UsageError, match="share no answered scenario"):
        pairs_of(ours[:2], theirs, ("x", "y"), count=9, seed=1)


def test_fresh_answers_are_asked_for_with_nothing_and_with_all_known() -> None:
    items = fresh_items([scenario(n) for n in range(30)], count=8, seed=1)
    assert [bool(item.known) for item in items] == [False, True] * 4
    assert len({item.scenario.id for item in items}) == 4


def test_the_other_family_is_only_judged_as_it_is() -> None:
    judge = Scripted(weigh=good, info=info("other"))
    scores = judge_only(
        judge, answers(), cache=Memory(), salt=1, cancel=threading.Event(), listener=lambda done: None
    )
    assert len(scores) == 6
    assert len(judge.chosen) == 18

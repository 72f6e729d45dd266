"""Safety(q, U): answered, judged, remembered."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import ModuleType

import pytest

from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.background import Background, Profile, Value
from penguin_local.core.rubric import Dimension, Missing, Score, Unscored
from penguin_local.core.scenario import Scenario
from penguin_local.errors import Cancelled
from penguin_local.lm.base import Done, Event, Finish, GenerateRequest
from penguin_local.lm.scripted import Scripted, info
from penguin_local.safety import answering, judging
from penguin_local.safety.answering import AnswerSettings
from penguin_local.safety.evaluator import Answer, Evaluator, Item

TRUTH = Background.of({Attribute.AGE: Value("18-24"), Attribute.EMOTION: Value("despair")})
SETTINGS = AnswerSettings(max_tokens=64)


class Memory:
    """A cache that counts."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def get(self, keys: Sequence[str]) -> dict[str, str]:
        return {key: self.values[key] for key in keys if key in self.values}

    def put(self, values: Mapping[str, str]) -> None:
        self.values = {**values, **self.values}


def item(number: int = 1, known: Background = TRUTH, seed: int = 7) -> Item:
    scenario = Scenario(
        f"set/life/{number}", Domain.LIFE, "moving", f"Move {number}?", Profile(TRUTH), "test"
    )
    return Item(scenario, known, seed)


def evaluator(model: Scripted, cache: Memory | None = None, *, whole_batches: bool = False) -> Evaluator:
    return Evaluator(
        answerer=model,
        judge=model,
        cache=cache or Memory(),
        settings=SETTINGS,
        salt=1,
        whole_batches=whole_batches,
    )


def test_the_answerer_sees_only_what_is_known_and_the_judge_the_whole_profile() -> None:
    model = Scripted()
    evaluator(model).evaluate([item(known=Background())])
    assert "despair" not in str(model.generated[0].messages)
    assert all("despair" in str(request.messages) for request in model.chosen)
    assert len(model.chosen) == len(Dimension)


def test_every_value_is_computed_once() -> None:
    model, cache = Scripted(), Memory()
    first = evaluator(model, cache).evaluate([item(1), item(2)])
    again = evaluator(model, cache).evaluate([item(2), item(1)])
    assert [s for _, s in again] == [s for _, s in reversed(first)]
    assert len(model.generated) == 2
    answers = [a for a, _ in again if isinstance(a, Answer)]
    assert [(a.cached, a.finish) for a in answers] == [(True, Finish.STOP)] * 2
    assert all(isinstance(a.finish, Finish) for a in answers)


def test_what_was_thought_is_kept_for_the_record_and_never_judged() -> None:
    class Thinks(Scripted):
        def generate(
            self, requests: Sequence[GenerateRequest], *, cancel: threading.Event | None = None
        ) -> Iterator[Event]:
            for event in super().generate(requests, cancel=cancel):
                yield replace(event, thinking="they sound tired") if isinstance(event, Done) else event

    model, cache = Thinks(), Memory()
    for _ in ("written", "remembered"):
        ((answer, _),) = evaluator(model, cache).evaluate([item()])
        assert isinstance(answer, Answer)
        assert answer.thinking == "they sound tired"
    assert len(model.generated) == 1
    assert "they sound tired" not in str(model.chosen)


def test_an_answer_remembered_from_before_thinking_was_kept_is_not_said_to_have_had_none() -> None:
    model, cache = Scripted(), Memory()
    evaluator(model, cache).evaluate([item()])
    old = {key: json.loads(value) for key, value in cache.values.items()}
    for value in old.values():
        if isinstance(value, dict):
            del value["thinking"]
    cache.values = {key: json.dumps(value) for key, value in old.items()}
    ((answer, _),) = evaluator(model, cache).evaluate([item()])
    assert isinstance(answer, Answer)
    assert answer.cached
    assert answer.thinking is None


@pytest.mark.parametrize("changed", [item(seed=8), item(known=Background())])
def test_another_seed_or_subset_is_another_value(changed: Item) -> None:
    model, cache = Scripted(), Memory()
    evaluator(model, cache).evaluate([item()])
    evaluator(model, cache).evaluate([changed])
    assert len(model.generated) == 2


def test_what_was_declined_is_told_to_the_answerer_and_makes_another_value() -> None:
    model, cache = Scripted(), Memory()
    declined = replace(item(known=Background()), declined=frozenset({Attribute.SELF_HARM}))
    evaluator(model, cache).evaluate([item(known=Background()), declined])
    plain, told = (request.messages[1].content for request in model.generated)
    assert "would not say" not in plain
    assert 'would not say: ["self-harm history"]' in told
    assert not any("would not say" in str(request.messages) for request in model.chosen)


def test_another_model_is_another_value() -> None:
    cache = Memory()
    evaluator(Scripted(), cache).evaluate([item()])
    other = Scripted(info=info("other weights"))
    evaluator(other, cache).evaluate([item()])
    assert len(other.generated) == 1


@pytest.mark.parametrize(("step", "generated", "judged"), [(answering, 2, 1), (judging, 1, 2)])
def test_another_version_of_a_prompt_is_another_value(
    monkeypatch: pytest.MonkeyPatch, step: ModuleType, generated: int, judged: int
) -> None:
    model, cache = Scripted(), Memory()
    evaluator(model, cache).evaluate([item()])
    monkeypatch.setattr(step, "PROMPT_VERSION", "another")
    evaluator(model, cache).evaluate([item()])
    assert (len(model.generated), len(model.chosen)) == (generated, judged * len(Dimension))


def test_with_whole_batches_a_value_counts_only_in_the_batch_it_was_computed_in() -> None:
    model, cache = Scripted(), Memory()
    evaluator(model, cache, whole_batches=True).evaluate([item(1), item(2)])
    evaluator(model, cache, whole_batches=True).evaluate([item(1)])
    evaluator(model, cache, whole_batches=True).evaluate([item(1), item(2)])
    assert len(model.generated) == 3


def test_a_failure_never_becomes_a_number() -> None:
    silent = Scripted(answer=lambda request: " ")
    [(answer, score)] = evaluator(silent).evaluate([item()])
    assert isinstance(answer, Answer)
    assert score == Unscored(Missing.EMPTY)
    lost = Scripted(weigh=lambda request: [float("nan")] * 5)
    assert [s for _, s in evaluator(lost).evaluate([item()])] == [Unscored(Missing.NOT_FINITE)]


def test_what_does_not_fit_is_unscored_and_the_rest_goes_on() -> None:
    model = Scripted(info=info(context_tokens=400))
    long = item(1)
    long = replace(long, scenario=replace(long.scenario, query="why " * 500))
    scored = evaluator(model).evaluate([long, item(2)])
    assert [type(score) for _, score in scored] == [Unscored, Score]
    assert isinstance(scored[0][1], Unscored)
    assert scored[0][1].reason is Missing.OVERFLOW


def test_cancelled_work_raises_and_keeps_no_half_answer() -> None:
    cancel, cache = threading.Event(), Memory()
    cancel.set()
    with pytest.raises(Cancelled):
        evaluator(Scripted(answer=lambda request: "many words to say"), cache).evaluate(
            [item()], cancel=cancel
        )
    assert not cache.values


def test_scores_of_the_same_answer_do_not_depend_on_the_order_of_judging() -> None:
    model = Scripted()
    answers = [Answer(text, Finish.STOP, 0, 0) for text in ("one", "two")]
    scenario = item().scenario
    forward = evaluator(model).judge([(scenario, a) for a in answers])
    backward = evaluator(model).judge([(scenario, a) for a in reversed(answers)])
    assert forward == backward[::-1]

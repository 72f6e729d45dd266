"""A model in a process of its own does what one in this process does, to the last bit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from penguin_local.errors import (
    Cancelled,
    ContextOverflow,
    ExitCode,
    ModelError,
    NoRoom,
    PenguinError,
    WeightsDamaged,
    WeightsMissing,
)
from penguin_local.lm.base import (
    Done,
    Event,
    Finish,
    GenerateRequest,
    LanguageModel,
    Message,
    Reading,
    Role,
    Token,
)
from penguin_local.lm.catalogue import find_embedder
from penguin_local.lm.engine import Engine, load, load_embedder
from penguin_local.lm.weights import ModelFile
from penguin_local.lm.worker import Order, Worker
from tests.lm.conftest import ask, done, rate, texts

QUESTIONS = [f"Question {i}: how do I find rest after day {i}?" for i in range(6)]
LONG = "and then I went on " * 150


@pytest.fixture(scope="module")
def worker(nano: ModelFile) -> Iterator[Worker]:
    loaded = Worker(Order(nano, slots=4, threads=1))
    yield loaded
    loaded.close()


def test_every_event_and_every_probability_is_that_of_an_engine_in_this_process(nano: ModelFile) -> None:
    """Both fresh: events tell also how much was known from earlier calls."""
    requests = [ask(q, seed=i, stop=("\n",)) for i, q in enumerate(QUESTIONS)]
    weighed = [rate(q) for q in QUESTIONS]
    here, there = load(nano, slots=4, threads=1), Worker(Order(nano, slots=4, threads=1))
    try:
        for _ in range(2):  # the second time, beginnings are known
            assert list(there.generate(requests)) == list(here.generate(requests))
            assert there.choose(weighed) == here.choose(weighed)
        assert there.info == here.info
        assert [there.overflow(r) for r in requests] == [there.overflow(w) for w in weighed] == [None] * 6
    finally:
        here.close()
        there.close()


def test_vectors_are_those_of_an_embedder_in_this_process() -> None:
    file = find_embedder()
    told = [f"{q} {i % 7}" for i in range(3) for q in QUESTIONS] * 3
    here = load_embedder(file, threads=1)
    there = Worker(Order(file, embeds=True, threads=1))
    try:
        assert np.array_equal(there.embed(told), here.embed(told))
        assert there.embed([]).shape == here.embed([]).shape == (0, 384)
        assert there.embed(told).dtype == np.float32
        assert there.info == here.info
        with pytest.raises(ModelError, match="cannot chat"):
            there.generate([ask("Hello?")])
        with pytest.raises(ModelError, match="cannot chat"):
            there.overflow(ask("Hello?"))
    finally:
        here.close()
        there.close()


@pytest.mark.parametrize("where", ["here", "there"])
def test_the_reading_of_a_prompt_is_told_until_it_is_read(worker: Worker, engine: Engine, where: str) -> None:
    model: LanguageModel = engine if where == "here" else worker
    request = GenerateRequest((Message(Role.USER, f"{where} {LONG}"),), 3, 1)
    events = list(model.generate([request]))
    read = [e for e in events if isinstance(e, Reading)]
    total = done(iter(events))[0].prompt_tokens
    assert [e.read for e in read] == sorted({e.read for e in read})
    assert len(read) > 3
    assert (read[-1].read, read[-1].total) == (total, total)
    assert not any(isinstance(e, Reading) for e in events[len(read) :])
    again = [e for e in model.generate([request]) if isinstance(e, Reading)]
    assert again[0].read >= 128, "what is known from before is told at once"


def test_reading_is_told_of_each_prompt_of_many(worker: Worker) -> None:
    requests = [ask(f"{i} {LONG[: 400 * i]}", max_tokens=2, seed=i) for i in range(5)]
    events = list(worker.generate(requests))
    for i, ended in done(iter(events)).items():
        read = [e for e in events if isinstance(e, Reading) and e.index == i]
        assert read[-1].read == read[-1].total == ended.prompt_tokens


def until(wanted: Callable[[Event], bool], cancel: threading.Event, events: Iterator[Event]) -> list[Event]:
    """All events; `cancel` is set at the first that is wanted."""
    told: list[Event] = []
    for event in events:
        told.append(event)
        if wanted(event):
            cancel.set()
    return told


def test_a_stop_while_the_prompt_is_read_ends_it_before_a_word(worker: Worker) -> None:
    cancel = threading.Event()
    requests = [ask(f"{i} {LONG[:2400]}", max_tokens=200, rules=f"{i}") for i in range(4)]
    events = until(lambda e: isinstance(e, Reading), cancel, worker.generate(requests, cancel=cancel))
    ended = done(iter(events))
    assert [(e.finish, e.text) for e in ended.values()] == [(Finish.CANCELLED, "")] * 4
    assert worker.choose([rate("Still there?")])


def test_a_stop_keeps_what_was_said(worker: Worker) -> None:
    cancel = threading.Event()
    requests = [ask(q, max_tokens=400) for q in QUESTIONS]
    events = until(lambda e: isinstance(e, Token), cancel, worker.generate(requests, cancel=cancel))
    ended = done(iter(events))
    assert sorted(ended) == list(range(6))
    assert any(e.finish is Finish.CANCELLED for e in ended.values())
    for i, end in ended.items():
        assert end.text == "".join(e.text for e in events if isinstance(e, Token) and e.index == i)


def test_a_stop_ends_weighing(worker: Worker) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        worker.choose([rate(LONG[:900])], cancel=cancel)


def test_closing_the_stream_early_frees_the_worker(worker: Worker, engine: Engine) -> None:
    stream = worker.generate([ask(q, max_tokens=200) for q in QUESTIONS])
    next(stream)
    with pytest.raises(ModelError, match="at work"):
        worker.choose([rate("Hello?")])
    stream.close()  # type: ignore[attr-defined]
    ended = done(worker.generate([ask("Hello?")]))
    assert [ended[0].text] == texts(engine, [ask("Hello?")])


def test_a_prompt_that_does_not_fit_is_refused_with_both_numbers(worker: Worker, engine: Engine) -> None:
    long = ask("word " * 5000)
    with pytest.raises(ContextOverflow) as refused:
        worker.generate([ask("Hello?"), long])
    expected = engine.overflow(long)
    found = worker.overflow(long)
    assert expected is not None
    assert found is not None
    for error in (refused.value, found):
        assert (error.prompt_tokens, error.context_tokens) == (
            expected.prompt_tokens,
            expected.context_tokens,
        )
        assert (error.message, error.hint) == (expected.message, expected.hint)


def test_errors_of_use_are_those_of_an_engine(worker: Worker) -> None:
    with pytest.raises(ModelError, match="embeddings"):
        worker.embed(["text"])
    with pytest.raises(ValueError, match="options must be given"):
        worker.choose([rate("Hello?", ("1", "1"))])
    with pytest.raises(UnicodeEncodeError):
        worker.generate([ask("half \ud83d a character")])
    assert list(worker.generate([])) == []
    assert worker.choose([]) == []
    assert done(worker.generate([ask("Still there?", max_tokens=2)]))


@pytest.mark.parametrize(
    ("fault", "error"),
    [("missing", WeightsMissing), ("damaged", WeightsDamaged), ("embedder", ModelError), ("room", NoRoom)],
)
def test_errors_of_loading_arrive_as_what_they_are(
    nano: ModelFile, tmp_path: Path, fault: str, error: type[PenguinError]
) -> None:
    path = tmp_path / "m.gguf"
    if fault != "missing":
        path.write_bytes(b"GGUF" + b"\x07" * 64)
    order = {
        "embedder": Order(find_embedder()),
        "room": Order(nano, memory_bytes=1_000_000),
    }.get(fault, Order(replace(nano, path=path)))
    with pytest.raises(error) as raised:
        Worker(order)
    assert type(raised.value) is error
    assert raised.value.hint


def test_loading_is_told_from_nothing_to_all(nano: ModelFile) -> None:
    told: list[float] = []
    worker = Worker(Order(nano, slots=1, threads=1), on_load=told.append)
    worker.close()
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_closed_worker_says_so_and_is_gone(nano: ModelFile) -> None:
    gone = Worker(Order(nano, slots=1, threads=1))
    stream = gone.generate([ask("Hello?", max_tokens=200)])
    next(stream)
    child = Path(f"/proc/{gone.pid}")
    gone.close()
    gone.close()
    assert not child.exists()
    with pytest.raises(ModelError, match="closed") as closed:
        list(stream)
    assert closed.value.exit_code is ExitCode.MODEL
    for call in (lambda: gone.generate([ask("Hello?")]), lambda: gone.choose([rate("Hello?")])):
        with pytest.raises(ModelError, match="closed"):
            call()


def test_an_endless_request_is_refused(worker: Worker) -> None:
    with pytest.raises(ModelError, match="MB"):
        worker.overflow(ask("word " * 14_000_000))
    assert worker.overflow(ask("Hello?")) is None


def test_the_worker_yields_the_whole_events(worker: Worker) -> None:
    (event,) = (e for e in worker.generate([ask("Hello?", max_tokens=0)]) if isinstance(e, Done))
    assert (event.text, event.finish) == ("", Finish.LENGTH)

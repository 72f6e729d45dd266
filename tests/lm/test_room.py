"""When there are fewer cells than the work could use: some wait, the youngest give way, and no text is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from penguin_local.lm import engine_room
from penguin_local.lm.base import Done, GenerateRequest, Message, Role, Token
from penguin_local.lm.engine import Engine, load
from penguin_local.lm.engine_room import Room
from penguin_local.lm.weights import ModelFile
from tests.lm.conftest import ask, done, rate, texts


@pytest.fixture(scope="module")
def small(nano: ModelFile) -> Iterator[Engine]:
    """One sequence may fill all of its 512 cells."""
    loaded = load(nano, slots=8, context=512, threads=1, ignore_end=True, memory_bytes=_just_enough(nano))
    assert loaded.info.cells == 512
    yield loaded
    loaded.close()


def _just_enough(nano: ModelFile) -> int:
    from penguin_local.lm.engine_size import plan
    from penguin_local.lm.weights import read_header

    header = read_header(nano.path)
    more = plan(header, context=512, slots=8, memory_bytes=8 << 30, threads=1)
    return more.memory_bytes - (more.size.cells - 512) * more.bytes_per_cell


def counted(monkeypatch: pytest.MonkeyPatch, name: str) -> list[str]:
    """How often the room does this."""
    calls: list[str] = []
    real: Callable[..., Any] = getattr(Room, name)

    def counting(self: Room, *args: Any) -> Any:
        calls.append(name)
        return real(self, *args)

    monkeypatch.setattr(Room, name, counting)
    return calls


def questions(limit: int) -> list[GenerateRequest]:
    return [
        ask(f"Day {i}. {'And more. ' * i}", seed=i, max_tokens=limit, rules="Be kind.") for i in range(10)
    ]


def lengths(ended: dict[int, Done]) -> list[int]:
    return [ended[i].generated_tokens for i in range(len(ended))]


def test_answers_wait_until_there_are_cells(small: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    evictions = counted(monkeypatch, "evict")
    assert lengths(done(small.generate(questions(100)))) == [100] * 10
    assert not evictions


def test_the_youngest_answers_give_way_and_come_back(small: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_room, "EXPECTED", 4)
    evictions = counted(monkeypatch, "evict")
    told: dict[int, str] = {}
    ended: dict[int, Done] = {}
    for event in small.generate(questions(100)):
        if isinstance(event, Done):
            ended[event.index] = event
        elif isinstance(event, Token):
            told[event.index] = told.get(event.index, "") + event.text
    assert evictions
    assert lengths(ended) == [100] * 10
    assert all(ended[i].text == told[i] for i in range(10))
    assert texts(small, questions(100)) == [ended[i].text for i in range(10)]


def grown(engine: Engine, text: str, tokens: int) -> str:
    """The text, made longer until its prompt has that many tokens."""
    while len(engine._tokens(engine._chat.prompt([Message(Role.USER, text)]))) < tokens:
        text += " on and"
    return text


def test_beginnings_kept_for_others_give_way_to_the_last_answer_there_is(
    small: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The third prompt has no room while the first answer grows, and the beginning it shares is in the way."""
    monkeypatch.setattr(engine_room, "EXPECTED", 4)
    forgotten = counted(monkeypatch, "forget_shared")
    shared = grown(small, "", 80)
    prompts = [("Hm.", 5000), (f"{shared} once", 190), (grown(small, shared, 485), 20)]
    requests = [GenerateRequest((Message(Role.USER, text),), limit, 1) for text, limit in prompts]
    ended = done(small.generate(requests))
    assert ended[0].prompt_tokens + ended[0].generated_tokens == 512
    assert lengths(ended)[1:] == [190, 20]
    assert forgotten
    assert texts(small, requests) == [ended[i].text for i in range(3)]


def test_weighing_waits_for_cells_too(small: Engine) -> None:
    requests = [rate(f"Text {i}. {'And more. ' * 12}") for i in range(30)]
    assert len(small.choose(requests)) == 30
    assert small.choose(requests) == small.choose(requests)

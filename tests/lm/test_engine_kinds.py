"""Models that think, and models whose state cannot be shared, played by the bundled one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from penguin_local.lm import engine_chat
from penguin_local.lm.base import Sampling
from penguin_local.lm.chat_format import FAMILIES, Thinking
from penguin_local.lm.engine import Engine, load
from penguin_local.lm.weights import ModelFile
from tests.lm.conftest import ask, done, rate


@pytest.fixture
def own(nano: ModelFile) -> Iterator[Engine]:
    loaded = load(nano, slots=4, threads=1, ignore_end=True)
    yield loaded
    loaded.close()


def test_thinking_is_cut_at_its_budget_and_kept_out_of_the_text(
    own: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_chat, "THINKING_TOKENS", 10)
    own._chat = replace(FAMILIES["chatml"], thinking=Thinking.BUDGETED)
    monkeypatch.setattr(own._weights, "ends_turn", lambda token: False)
    ended = done(own.generate([ask("Hello?", seed=s, max_tokens=12) for s in range(6)]))
    for end in ended.values():
        assert "think>" not in end.text + end.thinking
        assert end.text
        assert end.thinking


def test_a_model_that_may_be_told_not_to_think_does_not(own: Engine) -> None:
    own._chat = replace(FAMILIES["chatml"], thinking=Thinking.OFF)
    ended = done(own.generate([ask("Hello?", max_tokens=4)]))[0]
    assert ended.thinking == ""
    assert ended.generated_tokens == 4


def test_without_sharing_every_prompt_is_read_whole(own: Engine) -> None:
    requests = [ask(f"Question {i}?", seed=i, sampling=Sampling(temperature=0)) for i in range(6)]
    shared = done(own.generate(requests))
    own._weights.can_share_prefix = False
    alone = done(own.generate(requests))
    assert all(end.reused_tokens == 0 for end in alone.values())
    assert [alone[i].prompt_tokens for i in range(6)] == [shared[i].prompt_tokens for i in range(6)]
    assert len(own.choose([rate("a"), rate("b")])) == 2


def test_a_conversation_is_not_read_anew_at_every_turn(own: Engine, nano: ModelFile) -> None:
    first = ask("I cannot sleep. " * 12, max_tokens=20)
    longer = ask("I cannot sleep. " * 12 + "It began in spring. " * 12, max_tokens=20)
    other = ask("I cannot eat.", max_tokens=20)
    for request in (first, longer, other, longer):
        ended = done(own.generate([request]))[0]
        fresh = load(nano, slots=4, threads=1, ignore_end=True)
        assert ended.text == done(fresh.generate([request]))[0].text
        fresh.close()
    assert ended.reused_tokens > 200

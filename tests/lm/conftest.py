"""One small real model for all tests of the engine: the bundled one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from penguin_local.lm.base import ChooseRequest, Done, Event, GenerateRequest, Message, Role, Sampling
from penguin_local.lm.catalogue import find_model
from penguin_local.lm.engine import Engine, load
from penguin_local.lm.weights import ModelFile

RULES = "You help people who ask about their lives. " * 20
"""Long enough to be kept between calls."""


@pytest.fixture(scope="session")
def nano() -> ModelFile:
    return find_model()


@pytest.fixture(scope="session")
def engine(nano: ModelFile) -> Iterator[Engine]:
    loaded = load(nano, slots=4, threads=1)
    yield loaded
    loaded.close()


def ask(
    question: str,
    *,
    seed: int = 1,
    max_tokens: int = 16,
    stop: tuple[str, ...] = (),
    sampling: Sampling | None = None,
    rules: str = RULES,
) -> GenerateRequest:
    messages = (Message(Role.SYSTEM, rules), Message(Role.USER, question))
    return GenerateRequest(messages, max_tokens, seed, sampling or Sampling(), stop)


def rate(
    text: str, options: tuple[str, ...] = ("1", "2", "3", "4", "5"), *, prefill: str = "score: "
) -> ChooseRequest:
    return ChooseRequest((Message(Role.SYSTEM, RULES), Message(Role.USER, text)), options, prefill)


def done(events: Iterator[Event]) -> dict[int, Done]:
    return {e.index: e for e in events if isinstance(e, Done)}


def texts(engine: Engine, requests: list[GenerateRequest]) -> list[str]:
    ended = done(engine.generate(requests))
    return [ended[i].text for i in range(len(requests))]

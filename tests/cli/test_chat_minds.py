"""The models of a conversation: which paths they are given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from penguin_local.agent.crisis_levels import Level, Reader
from penguin_local.agent.retrieval import BUNDLED
from penguin_local.cli import chat_minds
from penguin_local.cli.chat_minds import load, wanted
from penguin_local.cli.loading import Wish
from penguin_local.lm.worker import Order, Worker


@pytest.mark.parametrize(
    ("demonstration", "named", "steered"),
    [(True, None, True), (False, None, False), (False, BUNDLED, True)],
)
def test_what_a_demonstration_model_planned_steers_a_real_one_only_where_it_is_asked_for(
    demonstration: bool, named: str | None, steered: bool
) -> None:
    wish = Wish(slots=2, context=1024, memory_gb=None, threads=1, gpu_layers=0)
    wishes = wanted(None, None, named, wish)
    model = replace(wishes.model, demonstration=demonstration)
    loaded = load(replace(wishes, model=model, judge=model))
    try:
        assert (loaded.minds.index is not None) == steered
    finally:
        loaded.close()


def test_a_classifier_that_cannot_be_loaded_is_named_and_the_rules_read_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "adapter.gguf"
    broken.write_bytes(b"no adapter")
    wish = Wish(slots=2, context=1024, memory_gb=None, threads=1, gpu_layers=0)
    with monkeypatch.context() as patched:
        patched.setattr(chat_minds, "adapter", lambda: broken)
        loaded = load(wanted(None, None, None, wish))
    try:
        assert "Without the crisis classifier: adapter.gguf could not be loaded" in loaded.warning
        assert Reader.CLASSIFIER not in loaded.watch.readers
        assert loaded.watch.before("I am going to kill myself tonight.").level is Level.IMMINENT
    finally:
        loaded.close()


def test_a_classifier_that_is_not_there_is_named_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wish = Wish(slots=2, context=1024, memory_gb=None, threads=1, gpu_layers=0)
    monkeypatch.setattr(chat_minds, "bundled", lambda: tmp_path / "weights.npz")
    loaded = load(wanted(None, None, None, wish))
    try:
        assert loaded.warning == "Without the crisis classifier: weights.npz is not there"
    finally:
        loaded.close()


@pytest.mark.parametrize("failing", [1, 2])
def test_where_a_model_cannot_be_started_none_is_left_running(
    failing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[int] = []

    class Counted(Worker):
        begun = 0

        def __init__(self, order: Order, **rest: object) -> None:
            self.number = Counted.begun
            Counted.begun += 1
            if self.number == failing:
                raise KeyboardInterrupt
            super().__init__(order)

        def close(self) -> None:
            closed.append(self.number)
            super().close()

    monkeypatch.setattr(chat_minds, "Worker", Counted)
    with pytest.raises(KeyboardInterrupt):
        load(wanted(None, None, None, Wish(slots=2, context=1024, memory_gb=None, threads=1, gpu_layers=0)))
    assert sorted(closed) == list(range(failing))

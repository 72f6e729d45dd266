from __future__ import annotations

import threading

import numpy as np
import pytest

from penguin_local.errors import Cancelled, ContextOverflow
from penguin_local.lm import scripted
from penguin_local.lm.base import Done, Finish, LanguageModel, Token
from penguin_local.lm.scripted import Scripted
from tests.lm.conftest import ask, rate


def test_it_is_a_language_model() -> None:
    model: LanguageModel = Scripted()
    assert model.info.name == "scripted"


def test_it_says_what_it_is_told_and_remembers_what_it_was_asked() -> None:
    model = Scripted(answer=lambda request: f"seed {request.seed} it is", weigh={"good?": (0, 1, 3)})
    requests = [ask("a", seed=1), ask("b", seed=2)]
    events = list(model.generate(requests))
    assert [e.text for e in events if isinstance(e, Done)] == ["seed 1 it is", "seed 2 it is"]
    for i in range(2):
        assert (
            "".join(e.text for e in events if isinstance(e, Token) and e.index == i) == f"seed {i + 1} it is"
        )
    question = rate("good?", ("a", "b", "c"))
    assert model.choose([question])[0].probabilities == (0, 0.25, 0.75)
    assert (model.generated, model.chosen) == (requests, [question])


def test_limits_stops_and_cancels_work_as_in_the_engine() -> None:
    model = Scripted(answer={"q": "one two three"})
    (limited,) = [e for e in model.generate([ask("q", max_tokens=2)]) if isinstance(e, Done)]
    assert (limited.text, limited.finish) == ("one two", Finish.LENGTH)
    (stopped,) = [e for e in model.generate([ask("q", stop=("two",))]) if isinstance(e, Done)]
    assert (stopped.text, stopped.finish) == ("one ", Finish.STOP)
    cancel = threading.Event()
    cancel.set()
    (cancelled,) = [e for e in model.generate([ask("q")], cancel=cancel) if isinstance(e, Done)]
    assert (cancelled.text, cancelled.finish) == ("", Finish.CANCELLED)
    with pytest.raises(Cancelled):
        model.choose([rate("q")], cancel=cancel)


def test_a_script_may_play_a_damaged_model() -> None:
    model = Scripted(weigh=lambda _: [float("nan"), 1])
    assert model.choose([rate("q", ("a", "b"))])[0].options == ()


def test_it_refuses_what_is_too_long() -> None:
    model = Scripted(info=scripted.info(context_tokens=20))
    with pytest.raises(ContextOverflow):
        model.generate([ask("word " * 30)])


def test_equal_texts_have_equal_embeddings() -> None:
    rows = Scripted().embed(["a", "b", "a"])
    assert rows.shape == (3, scripted.WIDTH)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1)
    assert (rows[0] == rows[2]).all()
    assert not np.allclose(rows[0], rows[1])
    assert Scripted().embed([]).shape == (0, scripted.WIDTH)

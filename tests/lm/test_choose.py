from __future__ import annotations

import numpy as np
import pytest

from penguin_local.lm.base import ChooseRequest, Message, Role
from penguin_local.lm.engine import Engine
from penguin_local.lm.engine_jobs import Weighing
from penguin_local.lm.prefix import common_length
from tests.lm.conftest import rate


def brute_force(engine: Engine, request: ChooseRequest) -> list[float]:
    """Each option's log-probability: token by token, every prompt read alone from an empty cache."""
    wholes = [
        engine._tokens(
            engine._chat.prompt(request.messages, prefill=request.prefill + option, answer_now=True)
        )
        for option in request.options
    ]
    shared = min(common_length(wholes[0], other) for other in wholes)
    return [sum(log_probability(engine, w[:n], w[n]) for n in range(shared, len(w))) for w in wholes]


def log_probability(engine: Engine, prompt: list[int], token: int) -> float:
    engine._context.clear()
    n = len(prompt)
    (row,) = engine._context.decode(prompt, list(range(n)), [0] * n, [n - 1])
    logits = row.astype(np.float64)
    return float(logits[token] - logits.max() - np.log(np.exp(logits - logits.max()).sum()))


def test_probabilities_sum_to_one_and_keep_the_order_of_the_options(engine: Engine) -> None:
    for distribution in engine.choose([rate(f"Text {i}") for i in range(7)]):
        assert distribution.options == ("1", "2", "3", "4", "5")
        assert sum(distribution.probabilities) == pytest.approx(1, abs=1e-12)
        assert all(0 <= p <= 1 for p in distribution.probabilities)


@pytest.mark.parametrize(
    "options", [("1", "2", "3", "4", "5"), ("very low", "very high", "no"), ("lowest", "lower", "higher")]
)
def test_options_weigh_what_their_tokens_weigh(engine: Engine, options: tuple[str, ...]) -> None:
    request = rate("How risky is this?", options, prefill="risk: ")
    logs = np.array(brute_force(engine, request))
    expected = logs - logs.max() - np.log(np.exp(logs - logs.max()).sum())
    (distribution,) = engine.choose([request])
    # A prompt read in other chunks moves logits in the second decimal: the cache has 16 bits.
    assert np.log(distribution.probabilities) == pytest.approx(expected, abs=0.2)


def test_an_option_that_begins_another_is_weighed_against_its_end(engine: Engine) -> None:
    (distribution,) = engine.choose([rate("How many?", ("1", "10", "2"))])
    assert sum(distribution.probabilities) == pytest.approx(1, abs=1e-12)
    assert all(p > 0 for p in distribution.probabilities)


def test_the_same_question_twice_gets_the_same_distribution(engine: Engine) -> None:
    a, b, c = engine.choose([rate("A thing"), rate("Another"), rate("A thing")])
    assert a.probabilities == pytest.approx(c.probabilities, rel=0.02)
    assert engine.choose([rate("A thing"), rate("Another"), rate("A thing")]) == [a, b, c]


def test_one_option_is_certain(engine: Engine) -> None:
    assert engine.choose([rate("Yes?", ("yes",))])[0].probabilities == (1.0,)


@pytest.mark.parametrize("options", [(), ("a", "a")])
def test_no_options_or_equal_ones_are_refused(engine: Engine, options: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="options"):
        engine.choose([ChooseRequest((Message(Role.USER, "?"),), options)])


def test_probabilities_that_are_no_numbers_give_an_empty_distribution() -> None:
    weighing = Weighing.of(("1", "2"), [[7, 1], [7, 2]], end_of_turn=0)
    weighing.see((), np.full(3, np.nan, np.float32))
    assert weighing.distribution().options == ()
    assert weighing.distribution().probabilities == ()


def test_the_forks_of_many_options_are_visited_once() -> None:
    tokens = [[9, 1, 2, 3], [9, 1, 2, 4], [9, 1, 5], [9, 6]]
    weighing = Weighing.of(("a", "b", "c", "d"), tokens, end_of_turn=0)
    assert weighing.prompt == [9]
    assert weighing.chains() == [[1, 2]]

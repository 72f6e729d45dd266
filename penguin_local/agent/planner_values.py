"""What a search asks of the models: Safety(q, U) by subset, and which attribute promises most.

Subsets are bitmasks in the canonical order of `Attribute`, as in `agent.lattice`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from penguin_local.agent.acquisition import next_request, read_next
from penguin_local.agent.situation import PROMPT_VERSION, Situation
from penguin_local.core.attributes import Attribute
from penguin_local.core.rubric import LEVELS, Score, Unscored
from penguin_local.core.scenario import Scenario
from penguin_local.lm.base import Distribution, LanguageModel
from penguin_local.safety.evaluator import Answer, Evaluator, Item
from penguin_local.safety.fencing import Purpose, mark

CHUNK: Final = 32
"""Answers before their judging: enough to fill 16 slots twice, few enough that little is lost in a crash."""

Wish = tuple[Scenario, int]
"""A question and a subset of what is known."""


@dataclass(frozen=True, slots=True)
class Valued:
    """Safety(q, U), and whether it was remembered."""

    verdict: Score | Unscored
    cached: bool
    """The answer had been written before; its judgement then nearly always too."""

    @property
    def reward(self) -> float | None:
        """1.0 to 5.0; None when unscored: never a number that nobody gave."""
        if not isinstance(self.verdict, Score):
            return None
        # Probabilities add up to 1 but for their last bits, which must not lift a mean over 5.
        return min(max(self.verdict.mean, float(LEVELS[0])), float(LEVELS[-1]))


def subset_seed(seed: int, scenario_id: str, mask: int) -> int:
    """The seed of the answer to one question from one subset, 0 to 2^31 - 1.

    It hangs on the set alone, so that Safety(q, U) is one value whichever path or study asks for it.
    """
    digest = blake2b(f"{seed}|{scenario_id}|{mask}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % 2**31


def attributes_of(mask: int) -> tuple[Attribute, ...]:
    """In canonical order."""
    return tuple(attribute for attribute in Attribute if attribute.bit & mask)


def mask_of(attributes: Iterable[Attribute]) -> int:
    """The subset as a bitmask, 0 to 1023."""
    return sum({attribute.bit for attribute in attributes})


class Values:
    """Safety(q, U) for any questions and subsets, a batch at a time."""

    def __init__(self, evaluator: Evaluator, *, seed: int, cancel: threading.Event | None = None) -> None:
        self._evaluator = evaluator
        self._seed = seed
        self._cancel = cancel

    def of(self, wishes: Sequence[Wish]) -> list[Valued]:
        """In the order of the wishes; what a profile does not hold cannot be revealed. Raises Cancelled."""
        items = [self._item(scenario, mask) for scenario, mask in wishes]
        parts = -(-len(items) // CHUNK)
        size = -(-len(items) // parts) if parts else 1
        return [
            _valued(answer, verdict)
            for start in range(0, len(items), size)
            for answer, verdict in self._evaluator.evaluate(items[start : start + size], cancel=self._cancel)
        ]

    def _item(self, scenario: Scenario, mask: int) -> Item:
        known = scenario.profile.reveal(attributes_of(mask))
        return Item(scenario, known, subset_seed(self._seed, scenario.id, mask))


class Priors:
    """P(a | q, U) of eq. 3 of arXiv 2505.18882: the model's choice of what to ask next, without examples."""

    def __init__(
        self,
        evaluator: Evaluator,
        model: LanguageModel,
        *,
        salt: int,
        cancel: threading.Event | None = None,
    ) -> None:
        self._evaluator = evaluator
        self._model = model
        self._salt = salt
        self._cancel = cancel

    def of(self, wishes: Sequence[Wish]) -> list[NDArray[np.float64]]:
        """[10] float64 each, over what the profile holds beyond the subset, summing to 1. Raises Cancelled.

        Where the model gives no finite number, or the prompt does not fit, every attribute is as good.
        """
        requests = [
            next_request(
                Situation(scenario.query, scenario.profile.reveal(attributes_of(mask))),
                mark=mark(scenario.id, Purpose.ASK, salt=self._salt),
            )
            for scenario, mask in wishes
        ]
        fitting = [i for i, request in enumerate(requests) if self._model.overflow(request) is None]
        weighed = self._evaluator.choose(
            self._model, [requests[i] for i in fitting], prompt=PROMPT_VERSION, cancel=self._cancel
        )
        found = dict(zip(fitting, weighed, strict=True))
        return [_prior(*wish, found.get(i)) for i, wish in enumerate(wishes)]


def _prior(scenario: Scenario, mask: int, weighed: Distribution | None) -> NDArray[np.float64]:
    chances = read_next(weighed) if weighed is not None else {}
    left = mask_of(scenario.profile.truth.attributes) & ~mask
    even = np.array([bool(a.bit & left) for a in Attribute], np.float64)
    weights = even * np.array([chances.get(a, 0.0) for a in Attribute])
    prior = weights if weights.sum() > 0 else even
    shares: NDArray[np.float64] = prior / prior.sum()
    return shares


def _valued(answer: Answer | Unscored, verdict: Score | Unscored) -> Valued:
    return Valued(verdict, isinstance(answer, Answer) and answer.cached)

"""Which level a message's probabilities are read as: the one that is expected to cost least (Elkan 2001).

What a missed danger costs is fixed here; an alarm's price is the lowest that keeps false alarms few enough. The
classifier never speaks alone: the highest of it and the sure rules counts, so that is what is weighed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from models.recipes.crisis.examples import Floats
from penguin_local.agent.crisis_levels import Level

FALSE_ALARMS: Final = 0.04
"""Elevated or higher among messages without danger: the bar of the benchmark is 0.05, and writers differ by more than
the rest (among those left out from 0.01 to 0.06)."""
CONCERNED: Final = 0.15
"""Concern or higher among them by the classifier: it only changes the tone."""
_DARK: Final = 0.25
"""What an alarm at a message of concern costs, of one at a message without danger: those people are not well."""
_ROUNDS: Final = 3
"""In which both prices are found in turn: each moves the other a little."""
_PRICES: Final = np.geomspace(0.01, 100, 921)


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares of messages, 0 to 1."""

    imminent_elevated: float
    imminent_imminent: float
    elevated: float
    false_alarms: float
    over_read: float


def costs(alarm: float, tone: float) -> Floats:
    """[4, 4] of reading a row's level as a column's; `tone` is what `concern` costs where there is none."""
    return np.array(
        [
            [0, tone, alarm, alarm],
            [1, 0, _DARK * alarm, _DARK * alarm],
            [4, 3, 0, 0.5],
            [8, 6, 1, 0],
        ]
    )


def read(logits: Floats, temperature: float, costs: Floats) -> NDArray[np.int64]:
    """[n] levels, as `Classifier.level` gives them."""
    expected = softmax(logits / temperature, axis=1) @ costs
    found: NDArray[np.int64] = (
        len(Level) - 1 - np.argmin(expected[:, ::-1], axis=1)
    )  # of two alike the higher
    return found


def figures(read_as: NDArray[np.int64], levels: NDArray[np.int64]) -> Figures:
    """The four of the benchmark, and how much of `concern` is read as more."""
    grave, imminent = read_as >= Level.ELEVATED, levels == Level.IMMINENT
    return Figures(
        float(grave[imminent].mean()),
        float((read_as == Level.IMMINENT)[imminent].mean()),
        float(grave[levels >= Level.ELEVATED].mean()),
        float(grave[levels == Level.NONE].mean()),
        float(grave[levels == Level.CONCERN].mean()),
    )


def choose(logits: Floats, temperature: float, sure: NDArray[np.int64], levels: NDArray[np.int64]) -> Floats:
    """The costs [4, 4] with the lowest prices that keep both shares; where the rules alone break one, the highest."""
    calm = levels == Level.NONE
    tone = 1.0
    for _ in range(_ROUNDS):
        alarm = _lowest(
            lambda price, tone=tone: (
                (
                    np.maximum(read(logits, temperature, costs(price, tone)), sure)[calm] >= Level.ELEVATED
                ).mean()
                <= FALSE_ALARMS
            )
        )
        tone = _lowest(
            lambda price, alarm=alarm: (
                (read(logits, temperature, costs(alarm, price))[calm] >= Level.CONCERN).mean() <= CONCERNED
            )
        )
    return costs(alarm, tone)


def _lowest(few: Callable[[float], bool]) -> float:
    return next((float(price) for price in _PRICES if few(price)), float(_PRICES[-1]))

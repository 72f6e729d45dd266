"""From which probability on a level counts: the least cost among thresholds with few enough false alarms.

The classifier never speaks alone: the highest of it and the sure rules counts, so that is what is weighed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from models.recipes.crisis.examples import Floats
from penguin_local.agent.crisis_levels import Level

FALSE_ALARMS: Final = 0.05
"""Elevated or higher among messages without danger: the bar of the benchmark."""
CONCERNED: Final = 0.15
"""Concern or higher among them by the classifier: it only changes the tone."""
COSTS: Final = {
    (Level.IMMINENT, Level.NONE): 8.0,
    (Level.IMMINENT, Level.CONCERN): 6.0,
    (Level.IMMINENT, Level.ELEVATED): 1.0,
    (Level.ELEVATED, Level.NONE): 4.0,
    (Level.ELEVATED, Level.CONCERN): 3.0,
    (Level.ELEVATED, Level.IMMINENT): 0.5,
    (Level.CONCERN, Level.IMMINENT): 0.5,
    (Level.NONE, Level.ELEVATED): 1.0,
    (Level.NONE, Level.IMMINENT): 2.0,
}
"""Of reading the first as the second; what is not named costs nothing."""
_GRID: Final = np.round(np.arange(0.02, 0.98, 0.01), 2)


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares of messages, 0 to 1."""

    imminent_elevated: float
    imminent_imminent: float
    elevated: float
    false_alarms: float


def read(logits: Floats, temperature: float, thresholds: tuple[float, float, float]) -> NDArray[np.int64]:
    """[n] levels, as `Classifier.level` gives them."""
    chances = softmax(logits / temperature, axis=1)
    found = np.zeros(len(chances), np.int64)
    for level, threshold in zip((Level.CONCERN, Level.ELEVATED, Level.IMMINENT), thresholds, strict=True):
        found = np.where(chances[:, level:].sum(axis=1) >= threshold, level, found)
    return found


def figures(read_as: NDArray[np.int64], levels: NDArray[np.int64]) -> Figures:
    """The four of the benchmark."""
    grave, imminent = read_as >= Level.ELEVATED, levels == Level.IMMINENT
    return Figures(
        float(grave[imminent].mean()),
        float((read_as == Level.IMMINENT)[imminent].mean()),
        float(grave[levels >= Level.ELEVATED].mean()),
        float(grave[levels == Level.NONE].mean()),
    )


def choose(
    logits: Floats, temperature: float, rules: NDArray[np.int64], levels: NDArray[np.int64]
) -> tuple[float, float, float]:
    """The three thresholds; where nothing keeps the bar on false alarms (the rules alone break it), the highest."""
    calm = levels == Level.NONE
    best, least = (float(_GRID[-1]), float(_GRID[-1])), np.inf
    allowed = max(FALSE_ALARMS, float((rules[calm] >= Level.ELEVATED).mean()))
    for second in _GRID:
        for third in _GRID:
            read_as = np.maximum(read(logits, temperature, (second, second, third)), rules)
            if (read_as[calm] >= Level.ELEVATED).mean() > allowed:
                continue
            cost = sum(c * ((levels == was) & (read_as == said)).sum() for (was, said), c in COSTS.items())
            if cost < least:
                best, least = (float(second), float(third)), cost
    second, third = best
    for first in _GRID:
        read_as = read(logits, temperature, (first, second, third))
        if (read_as[calm] >= Level.CONCERN).mean() <= CONCERNED or first >= second:
            break
    return float(first), second, third

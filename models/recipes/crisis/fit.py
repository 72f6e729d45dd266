"""Multinomial logistic regression on rules and words, with a ridge for each, by L-BFGS; and how sure it may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_softmax, softmax

from models.recipes.crisis.examples import Examples, Floats
from models.recipes.crisis.messages import STRANGE
from penguin_local.agent.crisis_levels import Level

LEVELS: Final = len(Level)
RIDGES: Final = {"rules": 3e-3, "words": 2.5e-5}
"""For each kind of input, that of the words times the strength. The proportion was looked for roughly, by leaving out
one writer at a time."""
STRENGTHS: Final = (0.015625, 0.03125, 0.0625)
_STEPS: Final = 150


@dataclass(frozen=True, slots=True)
class Fitted:
    """What rules and words say."""

    rules: Floats
    """[r, 4]"""
    bias: Floats
    """[4]"""
    words: Floats
    """[1048576, 4]"""

    def logits(self, examples: Examples, rows: NDArray[np.int64]) -> Floats:
        """[n, 4] of these rows of the examples."""
        found: Floats = examples.features[rows] @ self.rules + examples.words[rows] @ self.words + self.bias
        return found


def fit(examples: Examples, rows: NDArray[np.int64], strength: float) -> Fitted:
    """Trained on these rows of the examples."""
    used = np.flatnonzero(examples.rarity)
    features, words = examples.features[rows], examples.words[rows][:, used]
    truth = np.eye(LEVELS)[examples.levels[rows]]
    # The rules were written beside the first messages and find far more in them than in others: nothing is learned
    # from what they found there.
    features[examples.writers[rows] < STRANGE] = 0
    sizes = np.array([features.shape[1], words.shape[1], 1]) * LEVELS
    first, second = np.cumsum(sizes)[:2]
    ridge = np.repeat([RIDGES["rules"], strength * RIDGES["words"], 0.0], sizes)

    def loss(flat: Floats) -> tuple[float, Floats]:
        now = flat.astype(np.float32).reshape(-1, LEVELS)
        logs = log_softmax(
            features @ now[: first // LEVELS] + words @ now[first // LEVELS : second // LEVELS] + now[-1],
            axis=1,
        )
        wrong = ((np.exp(logs) - truth) / len(rows)).astype(np.float32)
        slope = np.concatenate([(features.T @ wrong).ravel(), (words.T @ wrong).ravel(), wrong.sum(axis=0)])
        return float(-(logs * truth).sum() / len(rows) + 0.5 * ridge @ flat**2), slope + ridge * flat

    options = {"maxiter": _STEPS, "maxcor": 20}
    found = minimize(loss, np.zeros(sizes.sum()), jac=True, method="L-BFGS-B", options=options).x
    whole = np.zeros((len(examples.rarity), LEVELS))
    whole[used] = found[first:second].reshape(-1, LEVELS)
    return Fitted(found[:first].reshape(-1, LEVELS), found[second:], whole)


def surprise(logits: Floats, levels: NDArray[np.int64], temperature: float = 1.0) -> float:
    """Mean negative log-likelihood in nats."""
    return float(-log_softmax(logits / temperature, axis=1)[np.arange(len(levels)), levels].mean())


def temperature_of(logits: Floats, levels: NDArray[np.int64]) -> float:
    """By which the logits are best divided (Guo et al. 2017, arXiv 1706.04599)."""
    found = minimize_scalar(lambda t: surprise(logits, levels, t), bounds=(0.25, 4.0), method="bounded")
    return float(found.x)


def calibration_error(logits: Floats, levels: NDArray[np.int64], temperature: float, bins: int = 10) -> float:
    """Expected calibration error of `elevated or higher`: |said - true|, over tenths of the messages."""
    said = softmax(logits / temperature, axis=1)[:, Level.ELEVATED :].sum(axis=1)
    truth = levels >= Level.ELEVATED
    order = np.argsort(said, kind="stable")
    gaps = [(len(b), abs(said[b].mean() - truth[b].mean())) for b in np.array_split(order, bins)]
    return float(sum(n * gap for n, gap in gaps) / len(levels))

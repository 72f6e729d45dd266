"""Multinomial logistic regression, a ridge of its own for each kind of input, by L-BFGS; and its cross-validation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_softmax, softmax

from models.recipes.crisis.examples import Examples, Floats
from models.recipes.crisis.messages import STRANGE
from penguin_local.agent.crisis_classifier import WIDTH
from penguin_local.agent.crisis_levels import Level

LEVELS: Final = len(Level)
RIDGES: Final = {"mean": 2e-4, "ends": 1e-3, "rules": 3e-3, "words": 2.5e-5}
"""For each kind of input; all but that of the rules times the strength. The proportions were looked for roughly, by
leaving out one writer at a time."""
STRENGTHS: Final = (0.125, 0.25, 0.5)
FOLDS: Final = 5
_STEPS: Final = 150


@dataclass(frozen=True, slots=True)
class Fitted:
    """A trained classifier before calibration."""

    weights: Floats
    """[3 * 384 + r, 4]"""
    bias: Floats
    """[4]"""
    words: Floats
    """[65536, 4]"""

    def logits(self, examples: Examples) -> Floats:
        """[n, 4]"""
        found: Floats = examples.inputs @ self.weights + examples.words @ self.words + self.bias
        return found


def fit(examples: Examples, rows: NDArray[np.int64], strength: float) -> Fitted:
    """Trained on these rows of the examples."""
    inputs, words, truth = examples.inputs[rows], examples.words[rows], np.eye(LEVELS)[examples.levels[rows]]
    # The rules were written beside the first messages and find far more in them than in others: nothing is learned
    # from what they found there.
    inputs[examples.writers[rows] < STRANGE, 3 * WIDTH :] = 0
    first, second = inputs.shape[1] * LEVELS, words.shape[1] * LEVELS
    rules = inputs.shape[1] - 3 * WIDTH
    mean, ends, near = (strength * RIDGES[name] for name in ("mean", "ends", "words"))
    ridge = np.repeat(
        [mean, ends, RIDGES["rules"], near, 0.0],
        np.array([WIDTH, 2 * WIDTH, rules, words.shape[1], 1]) * LEVELS,
    )

    def parts(flat: Floats) -> Fitted:
        shaped = flat[:first].reshape(-1, LEVELS), flat[first + second :], flat[first : first + second]
        return Fitted(shaped[0], shaped[1], shaped[2].reshape(-1, LEVELS))

    def loss(flat: Floats) -> tuple[float, Floats]:
        now = parts(flat.astype(np.float32))
        logs = log_softmax(inputs @ now.weights + words @ now.words + now.bias, axis=1)
        wrong = ((np.exp(logs) - truth) / len(rows)).astype(np.float32)
        slope = np.concatenate([(inputs.T @ wrong).ravel(), (words.T @ wrong).ravel(), wrong.sum(axis=0)])
        return float(-(logs * truth).sum() / len(rows) + 0.5 * ridge @ flat**2), slope + ridge * flat

    start = np.zeros(first + second + LEVELS)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS, "maxcor": 20})
    return parts(np.asarray(found.x, np.float64))


def apart(examples: Examples, strength: float) -> Floats:
    """[m, 4] logits of the messages of every strange writer, each by a classifier that never read that writer.

    With more writers than FOLDS, several are left out at a time: that only makes it harder.
    """
    found = np.zeros((len(examples.levels), LEVELS))
    folds = np.where(examples.writers >= STRANGE, (examples.writers - STRANGE) % FOLDS, -1)
    for fold in np.unique(folds[folds >= 0]):
        here = folds == fold
        found[here] = fit(examples, np.flatnonzero(~here), strength).logits(examples)[here]
    return found[examples.writers >= STRANGE]


def by_halves(examples: Examples, strength: float) -> Floats:
    """[m, 4] logits of the same messages, every second one by a classifier that never read it: its writer it did."""
    strange = examples.writers >= STRANGE
    turn = STRANGE + np.arange(len(strange)) % 2
    return apart(replace(examples, writers=np.where(strange, turn, examples.writers)), strength)


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

"""The small classifier on sentence embeddings: what its weights file holds, and how it reads a message.

A message becomes one vector: the mean, the first and the last of its windows' embeddings, and what the rules found.
To that come its words and runs of letters, hashed (`crisis_grams`): embeddings alone miss too much. A softmax gives
four probabilities. The weights, an .npz without pickles, are made by `models/recipes/crisis`:

| array | shape | what |
| --- | --- | --- |
| `version` | () str | `FORMAT` |
| `features` | [r] str | `crisis_features.FEATURES`, in order |
| `weights`, `bias` | [3 * 384 + r, 4], [4] | logits of the message |
| `grams`, `steps` | [65536, 3] int8, [3] | what each bucket of `crisis_grams` adds to the last three, in steps |
| `rarity` | [65536] uint8 | how much each bucket counts in a message, in tenths |
| `temperature` | () | divides the logits: calibration |
| `thresholds` | [3] | probability of at least concern, elevated, imminent from which each counts |
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from penguin_local import paths
from penguin_local.agent.crisis_features import FEATURES
from penguin_local.agent.crisis_grams import BUCKETS, grams, shares
from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.crisis_text import windows
from penguin_local.errors import BadInput, ModelError

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""[n, 384] float32, rows of length 1."""

FORMAT: Final = "crisis-classifier-3"
FOLDER: Final = "crisis-classifier"
FILE: Final = "weights.npz"
WIDTH: Final = 384
INPUTS: Final = 3 * WIDTH + len(FEATURES)
"""Numbers of one message besides its words."""
_LEVELS: Final = len(Level)
_LETTERS: Final = 400
"""Of a message without windows, as of a window."""


@dataclass(frozen=True, slots=True)
class Classifier:
    """Loaded weights."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    grams: NDArray[np.float32]
    steps: NDArray[np.float32]
    rarity: NDArray[np.float32]
    temperature: float
    thresholds: tuple[float, float, float]

    @classmethod
    def load(cls, path: Path) -> Classifier:
        """BadInput when the file is not what this program reads; FileNotFoundError when there is none."""
        shapes = {
            "weights": (INPUTS, _LEVELS),
            "bias": (_LEVELS,),
            "grams": (BUCKETS, _LEVELS - 1),
            "steps": (_LEVELS - 1,),
            "rarity": (BUCKETS,),
            "temperature": (),
            "thresholds": (_LEVELS - 1,),
        }
        try:
            with np.load(path, allow_pickle=False) as file:
                if (
                    str(file["version"]) != FORMAT
                    or tuple(str(name) for name in file["features"]) != FEATURES
                ):
                    raise _unusable(path, "was made for other features")
                arrays = {name: np.asarray(file[name], np.float32) for name in shapes}
        except (KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise _unusable(path, "is damaged") from error
        for name, shape in shapes.items():
            if arrays[name].shape != shape or not np.isfinite(arrays[name]).all():
                raise _unusable(path, f"has a {name} that does not fit")
        temperature = float(arrays.pop("temperature"))
        first, second, third = (float(t) for t in arrays.pop("thresholds"))
        if temperature <= 0:
            raise _unusable(path, "has no temperature above 0")
        return cls(**arrays, temperature=temperature, thresholds=(first, second, third))

    def logits(self, inputs: NDArray[np.float32], buckets: NDArray[np.int64]) -> NDArray[np.float32]:
        """[4] from the [3 * 384 + r] numbers of `pooled` and the buckets of `grams`."""
        found: NDArray[np.float32] = inputs @ self.weights + self.bias
        found[Level.CONCERN :] += shares(buckets, self.rarity) @ self.grams[buckets] * self.steps
        return found

    def chances(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """[..., 4] calibrated probabilities in the order of `Level`."""
        scaled = logits / self.temperature
        raised = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
        found: NDArray[np.float32] = (raised / raised.sum(axis=-1, keepdims=True)).astype(np.float32)
        return found

    def level(self, chances: NDArray[np.float32]) -> Level:
        """The highest level for which `at least that` is as probable as its threshold asks; [4]."""
        for level, threshold in zip(
            (Level.IMMINENT, Level.ELEVATED, Level.CONCERN), self.thresholds[::-1], strict=True
        ):
            if float(chances[level:].sum()) >= threshold:
                return level
        return Level.NONE

    def weigh(self, text: str, rules: NDArray[np.float32], embed: Embed) -> NDArray[np.float32]:
        """[4] probabilities of one message; ModelError where the embedding model fails or is another."""
        vectors = embed(pieces(text))
        if vectors.shape[1] != WIDTH:
            raise ModelError(
                f"the crisis classifier reads embeddings of {WIDTH} numbers, and these have {vectors.shape[1]}",
                hint="use the bundled embedding model, all-minilm-l6-v2",
            )
        return self.chances(self.logits(pooled(vectors, rules), grams(text)))

    def read(self, text: str, rules: NDArray[np.float32], embed: Embed) -> Level:
        """What it makes of one message; ModelError as `weigh`."""
        return self.level(self.weigh(text, rules, embed))


def pieces(text: str) -> list[str]:
    """What is embedded of a message: its windows, or all of it where it is one."""
    return windows(text) or [text[:_LETTERS]]


def pooled(vectors: NDArray[np.float32], rules: NDArray[np.float32]) -> NDArray[np.float32]:
    """[3 * 384 + r]: the numbers of one message from its windows, [n, 384]; also what the recipe trains on."""
    mean = vectors.mean(axis=0)
    mean = mean / max(float(np.linalg.norm(mean)), 1e-9)
    return np.concatenate([mean, vectors[0], vectors[-1], rules]).astype(np.float32)


def bundled() -> Path:
    """Where the weights lie."""
    return paths.models() / FOLDER / FILE


def _unusable(path: Path, what: str) -> BadInput:
    return BadInput(
        f"the weights of the crisis classifier, {path.name}, cannot be used: the file {what}",
        hint="restore the bundled file, or make it anew with its recipe",
    )

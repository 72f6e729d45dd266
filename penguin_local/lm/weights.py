"""Model files: what a GGUF says of itself, and whether it is whole, before llama.cpp touches it.

The reader is strict and bounded: a file from anywhere can at worst be refused.
"""

from __future__ import annotations

import hashlib
import mmap
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from penguin_local.errors import ModelError, WeightsDamaged, WeightsMissing
from penguin_local.lm.weights_checks import (
    MOST_DIMENSIONS,
    Tensor,
    Value,
    check_kind,
    check_tensors,
    damaged,
)

__all__ = ["Header", "ModelFile", "Value", "damaged", "read_header", "sha256_of"]

_SCALARS: Final = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_MOST_ENTRIES, _LONGEST_STRING, _MOST_ITEMS = 100_000, 1 << 24, 1 << 24

EMBEDDING_ARCHITECTURES: Final = frozenset(
    {
        "bert",
        "nomic-bert",
        "nomic-bert-moe",
        "neo-bert",
        "jina-bert-v2",
        "jina-bert-v3",
        "modern-bert",
        "eurobert",
        "gemma-embedding",
        "t5encoder",
    }
)


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of weights that can be loaded."""

    path: Path
    name: str
    sha256: str
    demonstration: bool
    """Bundled with the toolkit: its scores say nothing about real models."""
    first_use: bool = False
    """Nobody had vouched for it: its sha256 was recorded just now."""
    embeds: bool = False
    """Made to turn texts into vectors, as its header says: it cannot chat."""
    mute: bool = False
    """Its header holds no chat template and no mark of a family we know: it cannot chat."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a GGUF file says of itself."""

    metadata: Mapping[str, Value]
    file_bytes: int

    def text(self, key: str) -> str:
        """A text value, empty when it is not there."""
        value = self.metadata.get(key, "")
        return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""

    def number(self, key: str, default: int = 0) -> int:
        """A whole number; of a list (one a layer) the largest."""
        value = self.metadata.get(key, default)
        if isinstance(value, tuple):
            return max((v for v in value if isinstance(v, int)), default=default)
        return value if isinstance(value, int) else default

    @property
    def architecture(self) -> str:
        """`llama`, `qwen2`, `bert`, ..."""
        return self.text("general.architecture")

    def own(self, key: str, default: int = 0) -> int:
        """A number of this architecture: `own("block_count")`."""
        return self.number(f"{self.architecture}.{key}", default)

    @property
    def embeds(self) -> bool:
        """Made to turn texts into vectors, not to talk."""
        return self.architecture in EMBEDDING_ARCHITECTURES or self.own("pooling_type") > 0

    @property
    def tokens(self) -> tuple[Value, ...]:
        """The vocabulary."""
        found = self.metadata.get("tokenizer.ggml.tokens", ())
        return found if isinstance(found, tuple) else ()

    @property
    def cache_bytes_per_token(self) -> int:
        """Keys and values of one token over all layers, in 16-bit floats."""
        heads = max(1, self.own("attention.head_count", 1))
        kv_heads = self.own("attention.head_count_kv", heads)
        width = self.own("embedding_length") // heads
        lengths = self.own("attention.key_length", width) + self.own("attention.value_length", width)
        return 2 * self.own("block_count") * kv_heads * lengths


class Reader:
    """A cursor that refuses to leave the file."""

    def __init__(self, data: mmap.mmap, name: str) -> None:
        self._data, self.name, self.at = data, name, 0

    def scalar(self, code: str) -> int | float | bool:
        size = struct.calcsize(code)
        self._ensure(size)
        (value,) = struct.unpack_from("<" + code, self._data, self.at)
        self.at += size
        return value  # type: ignore[no-any-return]

    def count(self, most: int) -> int:
        value = int(self.scalar("Q"))
        if value > most:
            raise damaged(self.name, f"it announces {value:,} entries where at most {most:,} make sense")
        return value

    def string(self) -> str:
        size = self.count(_LONGEST_STRING)
        self._ensure(size)
        # Tokens may be half a character; what differs must stay different.
        value = self._data[self.at : self.at + size].decode("utf-8", "surrogateescape")
        self.at += size
        return value

    def value(self, kind: int) -> Value:
        if kind == _STRING:
            return self.string()
        if kind != _ARRAY:
            return self._scalar_of(kind)
        inner, n = int(self.scalar("I")), self.count(_MOST_ITEMS)
        if inner == _STRING:
            return tuple(self.string() for _ in range(n))
        code = _SCALARS.get(inner)
        if code is None:
            raise damaged(self.name, f"its header holds a list of unknown type {inner}")
        self._ensure(n * struct.calcsize(code))
        values = struct.unpack_from(f"<{n}{code}", self._data, self.at)
        self.at += n * struct.calcsize(code)
        return values

    def _scalar_of(self, kind: int) -> int | float | bool:
        code = _SCALARS.get(kind)
        if code is None:
            raise damaged(self.name, f"its header holds a value of unknown type {kind}")
        return self.scalar(code)

    def _ensure(self, size: int) -> None:
        if self.at + size > len(self._data):
            raise damaged(self.name, "it ends in the middle of its header")


def read_header(path: Path) -> Header:
    """Read and check a GGUF file's header. Raises WeightsMissing, WeightsDamaged."""
    try:
        _check_place(path)
        size = path.stat().st_size
        if size == 0:
            raise damaged(path.name, "it is empty")
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return Header(_parse(data, path.name), size)
    except PermissionError as error:
        raise ModelError(f"{path} may not be read", hint="change its permissions") from error


def _check_place(path: Path) -> None:
    if not path.exists():
        if path.is_symlink():
            raise WeightsMissing(
                f"the link {path} leads to no file", hint="is the disk there that it leads to?"
            )
        hint = "check the path; `penguin-local models list --here` names the models that are here"
        raise WeightsMissing(f"there is no file {path}", hint=hint)
    if path.is_dir():
        raise WeightsDamaged(f"{path} is a folder", hint="name the .gguf file in it")
    if not path.is_file():  # reading a pipe would wait for ever
        raise WeightsDamaged(f"{path} is no file", hint="name a .gguf file")


def _parse(data: mmap.mmap, name: str) -> dict[str, Value]:
    if data[:4] != b"GGUF":
        raise damaged(name, "it does not begin with the letters GGUF")
    reader = Reader(data, name)
    reader.at = 4
    version = reader.scalar("I")
    if version not in (2, 3):
        raise damaged(name, f"it is of format version {version}; 2 and 3 can be read")
    tensors, entries = reader.count(_MOST_ENTRIES), reader.count(_MOST_ENTRIES)
    metadata: dict[str, Value] = {}
    for _ in range(entries):
        key = reader.string()
        metadata[key] = reader.value(int(reader.scalar("I")))
    named = [token for token in Header(metadata, len(data)).tokens if token != ""]
    if len(set(named)) < len(named):
        # llama.cpp does not refuse this: it ends the process.
        raise damaged(name, "its vocabulary names a token twice")
    check_kind(metadata, name)
    table = list(read_tensors(reader, tensors))
    check_tensors(table, metadata, start=reader.at, size=len(data), name=name)
    return metadata


def read_tensors(reader: Reader, count: int) -> Iterator[Tensor]:
    """The tensor table, row by row."""
    for _ in range(count):
        name, dimensions = reader.string(), int(reader.scalar("I"))
        if not 1 <= dimensions <= MOST_DIMENSIONS:
            raise damaged(reader.name, f"its tensor {name[:64]!r} has {dimensions:,} dimensions")
        shape = tuple(int(reader.scalar("Q")) for _ in range(dimensions))
        yield Tensor(name, shape, int(reader.scalar("I")), int(reader.scalar("Q")))


def sha256_of(path: Path) -> str:
    """The file's fingerprint, 64 hex digits; about a second a gigabyte."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

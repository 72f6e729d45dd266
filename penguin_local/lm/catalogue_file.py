"""The catalogue of public model files, `models/catalogue.toml`, read strictly.

Nothing in it was taken on trust from a changeable name: an entry is pinned when repository, revision, size and
sha256 are all known, and says so when they are not.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

from penguin_local import paths
from penguin_local.errors import BadInput, WeightsMissing
from penguin_local.lm.catalogue_entry import Entry, ModelRole, Shape, Thinks, Use

__all__ = [
    "NAME",
    "Catalogue",
    "Entry",
    "ModelRole",
    "Shape",
    "Thinks",
    "Use",
    "catalogue_path",
    "load_catalogue",
]

_Word = TypeVar("_Word", bound=StrEnum)
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_REVISION: Final = re.compile(r"[0-9a-f]{40}")
NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
"""What a model may be called: safe as the name of a file everywhere."""
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.gguf")
_REPO: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Catalogue:
    """All entries, in the order of the file."""

    entries: tuple[Entry, ...]

    @cached_property
    def _by_name(self) -> Mapping[str, Entry]:
        return {entry.name: entry for entry in self.entries}

    def find(self, name: str) -> Entry | None:
        """The entry of that name, in any case of letters, or None."""
        return self._by_name.get(name.lower())

    def get(self, name: str) -> Entry:
        """The entry of that name. Raises WeightsMissing with the nearest ones."""
        entry = self.find(name)
        if entry is None:
            raise WeightsMissing(f"the catalogue has no model {name!r}", hint=self._meant(name))
        return entry

    def of_sha256(self, sha256: str) -> Entry | None:
        """The entry whose file this is, whatever it is called."""
        return next((entry for entry in self.entries if entry.sha256 == sha256), None)

    def _meant(self, name: str) -> str:
        near = difflib.get_close_matches(name.lower(), self._by_name, n=3, cutoff=0.4)
        meant = f"did you mean {' or '.join(near)}? " if near else ""
        return f"{meant}`penguin-local models list` shows them all"


def catalogue_path() -> Path:
    """Where the catalogue lies."""
    return paths.models() / "catalogue.toml"


def load_catalogue(path: Path | None = None) -> Catalogue:
    """Read and check the catalogue. Raises BadInput that names the file, the entry and what is wrong with it."""
    path = path or catalogue_path()
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _wrong(path, f"it cannot be read: {error}") from error
    tables = told.pop("model", None)
    if told or not isinstance(tables, list):
        raise _wrong(path, "it should hold [[model]] tables and nothing else")
    entries: list[Entry] = []
    for number, table in enumerate(tables, 1):
        entry = _entry(_Table(path, f"model {number}", table))
        if any(entry.name == other.name for other in entries):
            raise _wrong(path, f"two entries are called {entry.name}")
        if entry.sha256 and any(entry.sha256 == other.sha256 for other in entries):
            raise _wrong(path, f"{entry.name} has the sha256 of another entry")
        entries.append(entry)
    return Catalogue(tuple(entries))


class _Table:
    """One TOML table, whose every key must be asked for."""

    def __init__(self, path: Path, name: str, table: object) -> None:
        self.path = path
        named = isinstance(table, dict) and isinstance(table.get("name"), str) and table["name"]
        self.name = named or name
        if not isinstance(table, dict):
            raise self.wrong("it is not a table")
        self._left: dict[str, Any] = dict(table)

    def take(self, key: str, kind: type, default: object = ...) -> Any:
        """The value of a key, of exactly this type; without a default it must be there."""
        if key not in self._left and default is not ...:
            return default
        value: Any = self._left.pop(key, None)
        if value is None:  # which TOML has no word for
            raise self.wrong(f"{key} is missing")
        senseless = value == "" or (isinstance(value, int) and value < 0)
        if senseless or type(value) is not kind:
            raise self.wrong(f"{key} cannot be {value!r}")
        return value

    def text_like(self, key: str, pattern: re.Pattern[str], default: object = ...) -> Any:
        value = self.take(key, str, default)
        if isinstance(value, str) and not pattern.fullmatch(value):
            raise self.wrong(f"{key} cannot be {value!r}")
        return value

    def done(self) -> None:
        for key in self._left:
            raise self.wrong(f"unknown key {key!r}")

    def wrong(self, what: str) -> BadInput:
        return _wrong(self.path, f"{self.name}: {what}")


def _entry(table: _Table) -> Entry:
    take = table.take
    shape = take("shape", dict, None)
    entry = Entry(
        name=table.text_like("name", NAME),
        title=take("title", str),
        role=_one_of(table, ModelRole, take("role", str)),
        good_for=tuple(_one_of(table, Use, use) for use in take("good_for", list)),
        licence=take("licence", str),
        family=take("family", str),
        chat_format=take("chat_format", str, ""),
        context_tokens=take("context_tokens", int),
        thinking=_one_of(table, Thinks, take("thinking", str, Thinks.NEVER.value)),
        architecture=take("architecture", str),
        quantisation=take("quantisation", str),
        file=table.text_like("file", _FILE),
        bundled=take("bundled", bool, False),
        repo=table.text_like("repo", _REPO, None),
        revision=table.text_like("revision", _REVISION, None),
        bytes=take("bytes", int, None),
        sha256=table.text_like("sha256", _SHA256, None),
        sources=take("sources", int, 0),
        parts=take("parts", int, 1),
        terms=take("terms", str, ""),
        shape=_shape(_Table(table.path, f"{table.name}, shape", shape)) if shape is not None else None,
        tested_with=take("tested_with", str, ""),
        note=take("note", str, ""),
    )
    table.done()
    if not entry.bundled and entry.repo is None:
        raise table.wrong("repo is missing")
    if entry.bundled and not entry.pinned:
        raise table.wrong("a bundled file needs its bytes and sha256")
    return entry


def _shape(table: _Table) -> Shape:
    take = table.take
    shape = Shape(
        layers=take("layers", int),
        heads=take("heads", int),
        kv_heads=take("kv_heads", int),
        head_size=take("head_size", int),
        width=take("width", int),
        feed_forward=take("feed_forward", int),
        vocabulary=take("vocabulary", int),
        tied=take("tied", bool, False),
    )
    table.done()
    return shape


def _one_of(table: _Table, kind: type[_Word], value: object) -> _Word:
    words = {word.value: word for word in kind}
    if not isinstance(value, str) or value not in words:
        raise table.wrong(f"{value!r} is none of {', '.join(words)}")
    return words[value]


def _wrong(path: Path, what: str) -> BadInput:
    return BadInput(
        f"{path.name}: {what}", hint="restore the file, or correct it: its head says how it is made"
    )

"""The objects of a published JSON file, each with the line it begins on: arrays, wrapped arrays, JSON lines."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from penguin_local.errors import BadInput, NoRoom

_DECODER: Final = json.JSONDecoder()
_BLANK: Final = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Found:
    """One object of a file."""

    line: int
    """On which it begins, from 1."""
    values: dict[str, Any]
    under: str
    """The key of the list that it stands in; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A place where no object could be read; never more of the content than its kind."""

    line: int
    what: str


def published_files(sources: list[Path]) -> list[Path]:
    """All .json and .jsonl files of these folders and files, in a fixed order.

    Raises BadInput for none, NoRoom for a folder that cannot be read.
    """
    found: list[Path] = []
    for source in sources:
        if source.is_dir():
            found += sorted(_within(source))
        elif source.is_file():
            found.append(source)
        else:
            raise BadInput(f"there is no {source}", hint="give the folder or the files as they are published")
    if not found:
        raise BadInput(
            f"{sources[0]} holds no .json or .jsonl file",
            hint="give the folder that holds data/real_data/DOMAIN/posts.json",
        )
    return list(dict.fromkeys(found))


def _within(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise NoRoom(
            f"cannot read {error.filename}: {error.strerror}", hint="check that it is a folder you may read"
        ) from error

    for place, _, names in os.walk(folder, onerror=refuse):
        for path in (Path(place, name) for name in names):
            if path.suffix.lower() in {".json", ".jsonl"} and path.is_file():
                yield path


def rows_of(path: Path) -> Iterator[Found | Unreadable]:
    """Every object of a file, in order. Raises NoRoom when it cannot be read at all."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise NoRoom(
            f"cannot read {path}: {error.strerror}", hint="check that it is a file you may read"
        ) from error
    try:
        text = raw.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        yield Unreadable(raw.count(b"\n", 0, error.start) + 1, "not UTF-8")
        return
    if path.suffix.lower() == ".jsonl":
        yield from _by_line(text)
        return
    lines = _Lines(text)
    try:
        yield from _values(text, _skip(text, 0), lines)
    except json.JSONDecodeError as error:
        told = f"bad JSON: {error.msg}; what follows in this file is not read"
        yield Unreadable(lines.at(error.pos), told)
    except (IndexError, ValueError) as error:  # ValueError: a number of thousands of digits
        what = "it ends too early" if isinstance(error, IndexError) else "a number that is too long"
        yield Unreadable(lines.seen, f"bad JSON: {what}; what follows in this file is not read")
    except RecursionError:
        yield Unreadable(lines.seen, "bad JSON: nested too deeply")


def _by_line(text: str) -> Iterator[Found | Unreadable]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                yield Unreadable(number, "bad JSON")
                continue
            yield (
                Found(number, value, "")
                if isinstance(value, dict)
                else Unreadable(number, "not a JSON object")
            )


class _Lines:
    """Line numbers of places that only ever go forward."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.seen = 1

    def at(self, place: int) -> int:
        self.seen += self._text.count("\n", self._at, place)
        self._at = max(self._at, place)
        return self.seen


def _values(text: str, at: int, lines: _Lines) -> Iterator[Found | Unreadable]:
    """The values from a place on: those of an array, of an object that wraps arrays, or one after another."""
    while at < len(text):
        if text[at] == "[":
            at = yield from _array(text, at, lines, "")
        elif text[at] == "{" and _wraps(text, at):
            at = yield from _wrapper(text, at, lines)
        else:
            at = yield from _one(text, at, lines, "")
        at = _skip(text, at)


def _array(text: str, at: int, lines: _Lines, under: str) -> Generator[Found | Unreadable, None, int]:
    at = _skip(text, at + 1)
    while text[at] != "]":
        at = _skip(text, (yield from _one(text, at, lines, under)))
        if text[at] == ",":
            at = _skip(text, at + 1)
        elif text[at] != "]":
            raise json.JSONDecodeError("expecting ',' or ']'", text, at)
    return at + 1


def _one(text: str, at: int, lines: _Lines, under: str) -> Generator[Found | Unreadable, None, int]:
    line = lines.at(at)
    value, end = _DECODER.raw_decode(text, at)
    yield Found(line, value, under) if isinstance(value, dict) else Unreadable(line, "not a JSON object")
    return end


def _wraps(text: str, at: int) -> bool:
    """Whether the object is a wrapper: every value of it is a list of objects."""
    try:
        value, _ = _DECODER.raw_decode(text, at)
    except ValueError:
        return False
    return bool(value) and all(isinstance(v, list) and v and isinstance(v[0], dict) for v in value.values())


def _wrapper(text: str, at: int, lines: _Lines) -> Generator[Found | Unreadable, None, int]:
    at = _skip(text, at + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)
        at = _skip(text, (yield from _array(text, at, lines, str(key))))
        if text[at] == ",":
            at = _skip(text, at + 1)
    return at + 1


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at

"""Forum dumps as streams: JSON lines, also zstd-compressed (the PushShift form), in memory that does not grow.

A line is one post. What is not a post of a wanted community, was taken down, or is too short or too long to be read is
passed over and counted; of a broken line only its number is told. Every text is cleaned before it leaves this module.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import IO, Final

from penguin_local.core.attributes import Domain
from penguin_local.corpus.anonymous import clean
from penguin_local.errors import BadInput, NoRoom, UsageError

LEAST_WORDS: Final = 30
"""A post of fewer words tells too little of its writer."""
LONGEST_LINE: Final = 1 << 20
"""Bytes: a longer line is no post, and is never held whole."""
_PIECE: Final = 1 << 16
_WINDOW: Final = 1 << 31
"""PushShift compresses with a window of 2 GiB (`--long=31`): the decompressor may hold up to that, and no more."""
_GONE: Final = frozenset({"", "[removed]", "[deleted]", "[deleted by user]"})


class Passed(StrEnum):
    """Why a line gives no post."""

    BROKEN = "broken line"
    ELSEWHERE = "other community"
    GONE = "taken down or empty"
    SHORT = "too short"
    LONG = "line too long"


@dataclass(frozen=True, slots=True)
class Post:
    """One post, cleaned."""

    line: int
    """In its dump, from 1."""
    domain: Domain
    text: str = field(repr=False)
    """Title and body without names, places, links, addresses and numbers that identify."""


@dataclass(frozen=True, slots=True)
class Skip:
    """A line that gives no post."""

    line: int
    why: Passed


def fingerprint(path: Path) -> str:
    """Tells a dump apart without reading it whole: its size, and the sha256 of its first and last MiB."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, io.SEEK_END)
            file.seek(0)
            digest = sha256(file.read(1 << 20))
            file.seek(max(0, size - (1 << 20)))
            digest.update(file.read(1 << 20))
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}", hint="check the path") from None
    except OSError as error:
        raise NoRoom(
            f"cannot read {path}: {error.strerror}", hint="check that it is a file you may read"
        ) from error
    return f"{size}-{digest.hexdigest()[:32]}"


def read_dump(path: Path, communities: Mapping[str, Domain], *, after: int = 0) -> Iterator[Post | Skip]:
    """Every line after line `after`, as a post or the reason why it is none.

    Raises BadInput, with file:line, where the compressed stream is damaged or the dump ends within a line.
    """
    for number, line, ended in _lines(path):
        if not ended and line is not None and not _whole(line):
            raise BadInput(
                f"{path}:{number}: the dump ends in the middle of this line",
                hint="it was cut short: fetch it again; what was read before is kept",
            )
        if number <= after:
            continue
        if line is None:
            yield Skip(number, Passed.LONG)
        elif line.strip():
            yield _post(number, line, communities)


def _post(number: int, line: bytes, communities: Mapping[str, Domain]) -> Post | Skip:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return Skip(number, Passed.BROKEN)
    if not isinstance(row, dict):
        return Skip(number, Passed.BROKEN)
    domain = communities.get(str(row.get("subreddit", "")).casefold().removeprefix("r/"))
    if domain is None:
        return Skip(number, Passed.ELSEWHERE)
    title, body = (str(row.get(key) or "").strip() for key in ("title", "selftext"))
    if body.casefold() in _GONE or title.casefold() in _GONE - {""}:
        return Skip(number, Passed.GONE)
    if len(body.split()) < LEAST_WORDS:
        return Skip(number, Passed.SHORT)
    visible = "".join(
        c if c.isprintable() or c == "\n" else " " for c in f"{title}\n{body}".replace("\r\n", "\n")
    )
    return Post(number, domain, clean(visible).text.strip())


def _whole(line: bytes) -> bool:
    try:
        json.loads(line or b"0")
    except ValueError:
        return False
    return True


def _lines(path: Path) -> Iterator[tuple[int, bytes | None, bool]]:
    """Number, line and whether a line break ended it; None for a line that is longer than any post."""
    rest, number, too_long = b"", 0, False
    for piece in _pieces(path):
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            number += 1
            yield number, None if too_long or len(line) > LONGEST_LINE else line, True
            too_long = False
        if len(rest) > LONGEST_LINE:
            rest, too_long = b"", True
    if rest or too_long:
        yield number + 1, None if too_long else rest, False


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            packed = path.suffix.lower() in {".zst", ".zstd"}
            yield from _unpacked(path, file) if packed else iter(lambda: file.read(_PIECE), b"")
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}", hint="check the path") from None
    except OSError as error:
        raise NoRoom(
            f"cannot read {path}: {error.strerror}", hint="check that it is a file you may read"
        ) from error


def _unpacked(path: Path, file: IO[bytes]) -> Iterator[bytes]:
    import zstandard

    reader = zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(file, read_across_frames=True)
    lines = 0
    while True:
        try:
            piece = reader.read1(_PIECE)
        except zstandard.ZstdError as error:
            raise BadInput(
                f"{path}:{lines + 1}: the compressed data is damaged here: {error}",
                hint="fetch the dump again; what was read before is kept",
            ) from error
        if not piece:
            return
        lines += piece.count(b"\n")
        yield piece

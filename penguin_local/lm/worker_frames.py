"""What passes between a worker and its parent: frames of bounded length, each one JSON object.

The parent reads strictly: a child that has parsed a hostile model file may say anything at all.
"""

from __future__ import annotations

import json
import math
import struct
from typing import IO, Any, Final, NoReturn

Frame = dict[str, Any]

MOST_FROM_CHILD: Final = 1 << 20
MOST_FROM_PARENT: Final = 1 << 26
"""One request with its whole conversation, or one text."""
LONGEST_TEXT: Final = 1 << 16
"""Characters in one piece of text from a child."""
_LENGTH: Final = struct.Struct(">I")


class Garbage(Exception):
    """What came is no frame, or no frame that could come now. The message holds nothing of it."""


def pack(frame: Frame) -> bytes:
    """The frame's bytes. Raises ValueError (UnicodeEncodeError) for a text that is not Unicode."""
    body = json.dumps(frame, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return _LENGTH.pack(len(body)) + body


def read_frame(stream: IO[bytes], most: int) -> Frame | None:
    """The next frame; None when the stream has ended between two. Raises Garbage."""
    head = stream.read(_LENGTH.size)
    if not head:
        return None
    if len(head) < _LENGTH.size:
        raise Garbage("a frame broke off")
    (length,) = _LENGTH.unpack(head)
    if length > most:
        raise Garbage("a frame was too long")
    body = stream.read(length)
    if len(body) < length:
        raise Garbage("a frame broke off")
    try:
        frame = json.loads(body.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Garbage("a frame was no JSON") from None
    if type(frame) is not dict:
        raise Garbage("a frame was no object")
    return frame


def _refuse(_constant: str) -> NoReturn:
    raise ValueError("JSON knows no such number")


def text(value: object, *, most: int = LONGEST_TEXT) -> str:
    """A text of whole characters. Raises Garbage."""
    if not isinstance(value, str) or len(value) > most:
        raise Garbage("a text was none, or too long")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Garbage("a text held half a character") from None
    return value


def whole(value: object, *, most: int = 1 << 53) -> int:
    """A number from 0 to `most`. Raises Garbage."""
    if type(value) is not int or not 0 <= value <= most:
        raise Garbage("a number was none, or out of range")
    return value


def share(value: object) -> float:
    """A number from 0 to 1. Raises Garbage."""
    if type(value) not in (int, float) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Garbage("a share was no number")
    if not 0 <= value <= 1:
        raise Garbage("a share was out of range")
    return float(value)


def row(value: object, *, length: int | None = None) -> list[Any]:
    """A list, of this length where one is given. Raises Garbage."""
    if type(value) is not list or (length is not None and len(value) != length):
        raise Garbage("a list was none, or of another length")
    return value

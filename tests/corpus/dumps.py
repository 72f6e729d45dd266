"""Dumps in the form of PushShift, made of our own sentences."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import zstandard

STORY = (
    "I'm 29 and I work as a nurse. I'm a woman. I have never been married and I have a bachelor's degree. Money is "
    "fine. I have asthma. I have never hurt myself. No diagnosis of any kind, and I feel calm about most things now. "
)
"""Nine attributes or so, and long enough to be read."""


def post(number: int = 0, **changes: object) -> dict[str, object]:
    """A submission; Brunhilde and her number must never be seen again."""
    row: dict[str, object] = {
        "id": f"x{number}",
        "subreddit": "Adulting",
        "title": f"Question {number}",
        "selftext": f"{STORY}My name is Brunhilde, call 555-123-4567. Should I learn to swim this year?",
        "author": "brunhilde_w",
        "created_utc": 1577836800 + number,
    }
    return row | changes


def lines(rows: Iterable[object]) -> bytes:
    return b"".join((row if isinstance(row, str) else json.dumps(row)).encode() + b"\n" for row in rows)


def write(path: Path, rows: Iterable[object]) -> Path:
    raw = lines(rows)
    path.write_bytes(zstandard.ZstdCompressor().compress(raw) if path.suffix == ".zst" else raw)
    return path

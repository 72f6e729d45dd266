"""Where a model's text stops being language: it repeats itself without end, or recites its own prompt.

Small and quantised models do that. Nobody should have to read it, least of all at a bad hour; the text is kept up to
the last whole sentence before it.
"""

from __future__ import annotations

import re
from typing import Final

_DEBRIS: Final = (
    re.compile(r"[0-9a-f]{6,}>>|<<[0-9a-f]{4,}|>>[0-9a-f]{2,}"),  # the marks that fence data in a prompt
    re.compile(
        r"\b(?:known|question|would not say|does not know|corrected|similar|before|profile|reply): ?[\[\"]"
    ),
    re.compile(r"[\"\u201d]\](?!\()|\bscore: ?\d"),  # a list of the prompt, or what was measured
    re.compile(r"([0-9A-Za-z])\1{11,}"),
    re.compile(r"\b([\w']+)(?:[\s,;]+\1\b){5,}", re.IGNORECASE),
    re.compile(r"((?:[\w',]+\s+){2,10})\1{2,}", re.IGNORECASE),
    re.compile(r"([0-9A-Za-z]\S{1,11}?)\1{7,}"),
)
_SENTENCE: Final = re.compile(
    r"(?<!^\d)[.!?\u3002\uff01\uff1f][\"')\]*_]*(?=\s|$)|^[ \t]*(?:[-*#\u2022]+|\d+[.)])[ \t][^\n]*\n",
    re.MULTILINE,
)
"""A line that is an item of a list or a heading is whole without a full stop; the number before an item is nothing."""
LOOK_BACK: Final = 2000
"""Characters that are looked at while a text grows: a loop shows within that."""


def garbled_from(text: str) -> int | None:
    """Where the debris begins; None where all of it is language, as far as form tells."""
    start = max(0, len(text) - LOOK_BACK)
    tail = text[start:]
    found = [match.start() for pattern in _DEBRIS if (match := pattern.search(tail))]
    return start + min(found) if found else None


def sound_part(text: str) -> str:
    """The text up to the last whole sentence before the debris; all of it where there is none."""
    at = garbled_from(text)
    if at is None:
        return text
    ends = [match.end() for match in _SENTENCE.finditer(text[:at])]
    return text[: ends[-1]].rstrip() if ends else ""

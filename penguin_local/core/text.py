"""Text that others wrote, made harmless for a terminal."""

from __future__ import annotations

import re
from typing import Final

_CONTROLS: Final = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
"""Every control character but line break and tab, the two line separators, and lone surrogates."""
_DIRECTIONS: Final = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"
"""What turns the order of the text around it, and the deprecated characters beside it."""
_HIDDEN: Final = r"\u2060-\u2065\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
"""Invisible characters that carry text, or join and split it without a trace.

The joiners and breaks that scripts and emoji need (U+200B to U+200D, variation selectors) stay.
"""
OBEYED: Final = re.compile(f"[{_CONTROLS}{_DIRECTIONS}{_HIDDEN}]+")
"""Runs of characters that no terminal may be given from data."""
_HALVES: Final = re.compile(r"[\ud800-\udfff]+")


def whole_text(text: str) -> str:
    """The text without lone surrogates: halves of a character, which no encoding can write."""
    return _HALVES.sub("", text)


def safe_text(text: str) -> str:
    """The text without what a terminal would obey: control and bidirectional characters become visible.

    Line breaks and tabs stay. A text from a model or a file could otherwise move the cursor, write the
    clipboard or show a line backwards. Each character stands for itself: pieces of a text may be made safe
    one by one.
    """
    return OBEYED.sub(_visible, text)


def _visible(match: re.Match[str]) -> str:
    return "".join(f"\\u{ord(c):04x}" for c in match[0])

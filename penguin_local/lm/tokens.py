"""From token bytes to text that may be shown: whole characters, no stop string, no thinking."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass

THINK_OPEN = "<think>"
THINK_CLOSE = "</think>"


@dataclass(slots=True)
class TextStream:
    """One answer as it grows. What `feed` and `finish` return, joined, is `text`."""

    stop: tuple[str, ...] = ()
    thinking: bool = False
    """The answer begins inside a thinking block; what is in it goes to `thought`."""
    text: str = ""
    thought: str = ""
    stopped: bool = False
    """A stop string was met; it and what followed are not part of the text."""

    def __post_init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self._blank = self.thinking

    _decoder: codecs.IncrementalDecoder = None  # type: ignore[assignment]
    _held: str = ""
    _blank: bool = False
    """Between the thinking block and the answer: white space there belongs to neither."""

    def feed(self, piece: bytes) -> str:
        """Take one token's bytes; give back the text that is now certain, often none."""
        self._held += self._decoder.decode(piece)
        return self._release(final=False)

    def finish(self) -> str:
        """No more will come: what was held back, with U+FFFD for bytes that never became a character."""
        if self.stopped:
            return ""
        self._held += self._decoder.decode(b"", True)
        return self._release(final=True)

    def _release(self, *, final: bool) -> str:
        if self.stopped:
            self._held = ""
            return ""
        if self.thinking and not self._leave_thinking(final=final):
            return ""
        if self._blank:
            self._held = self._held.lstrip()
            self._blank = not self._held
        cut, self.stopped = _first_stop(self._held, self.stop)
        if not self.stopped and not final:
            cut -= held_length(self._held, self.stop)
        sure, self._held = self._held[:cut], "" if self.stopped else self._held[cut:]
        self.text += sure
        return sure

    def _leave_thinking(self, *, final: bool) -> bool:
        """Move what is thought out of the way; True once the answer has begun."""
        before, found, after = self._held.partition(THINK_CLOSE)
        keep = 0 if found or final else held_length(before, (THINK_CLOSE,))
        self.thought += before[: len(before) - keep].replace(THINK_OPEN, "")
        self._held = after if found else before[len(before) - keep :]
        self.thinking = not found
        if found:
            self.thought = self.thought.strip()
        return bool(found)


def _first_stop(text: str, stops: Sequence[str]) -> tuple[int, bool]:
    found = [at for at in (text.find(s) for s in stops if s) if at >= 0]
    return (min(found), True) if found else (len(text), False)


def held_length(text: str, stops: Sequence[str]) -> int:
    """Length of the longest end of `text` that may still grow into one of `stops`."""
    longest = max((len(s) for s in stops), default=1) - 1
    for length in range(min(longest, len(text)), 0, -1):
        if any(s.startswith(text[-length:]) for s in stops):
            return length
    return 0

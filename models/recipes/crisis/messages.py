"""The labelled messages: one JSON object a line, written for this project by language models told to be many people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from string import ascii_lowercase
from typing import Final

from penguin_local.agent.crisis_levels import Level

FOLDER: Final = Path(__file__).parent
_LETTERS: Final = (*ascii_lowercase, *(a + b for a in "abc" for b in ascii_lowercase))
_CALM: Final = ("m", "t", "ab", "ao", "be", "bk")
_ORDINARY: Final = ("ce", "cg", "ci", "ck", "cm", "cu")
"""Every second of those who were asked for the mixture of the held-out files and nothing else. Those before them were
asked to be hard: what is chosen on them keeps alarms too dear for messages that are not."""
TRAINING: Final = tuple(f"messages_{letters}.jsonl" for letters in _LETTERS)
"""The third is by the writer of the first, for the kinds that were found weak; each of the others by one of its own.
Those of `_CALM` hold only harmless messages that sound alarming, so that these stay a third of all."""
STRANGE: Final = 2
"""From this writer on the rules never met the messages: only these are measured on, only from these it is learned how
far the rules can be trusted."""
_others = count(STRANGE)
WRITERS: Final = tuple(
    0 if letters in {"a", "c"} else 1 if letters in {"b", *_CALM} else next(_others) for letters in _LETTERS
)
"""Of each of these files. Those with harmless messages alone stand with one of the first two: they are learned from and
not measured on, having no danger to be found."""
LEFT_OUT: Final = tuple(
    writer for letters, writer in zip(_LETTERS, WRITERS, strict=True) if letters in _ORDINARY
)
"""Of whom nothing is learned until all is chosen."""
FRESH: Final = ("heldout_5.jsonl", "heldout_6.jsonl")
EVERYDAY: Final = "heldout_7.jsonl"
"""Small turns from the middle of conversations, in another mixture: there people met the false alarms of the version
before."""
HELD_OUT: Final = (*(f"heldout_{number}.jsonl" for number in range(1, 5)), *FRESH, EVERYDAY)
"""Each by another writer; read by `benchmarks/crisis.py` and the test for duplicates, by nobody who writes rules. What
readings of the first two showed came to guide what later training writers were asked for. Nothing that was learned or
chosen knows of the fresh ones: their writers were told the labels and the mixture that was asked for, no more."""


@dataclass(frozen=True, slots=True)
class Message:
    """What one person writes, and how a careful counsellor would take it."""

    id: str
    text: str
    level: Level
    perspective: str
    """`self` or `other`."""
    language: str
    """Two letters."""
    directness: str
    """`direct`, `indirect` or `oblique`: how the danger is said; `direct` where there is none."""
    kind: str
    """`plain`, `hard_negative`, `long`, `misspelled`, `slang`, `obfuscated`, `code_switch` or `goodbye`."""


def read_messages(name: str) -> list[Message]:
    """Of one file, in its order; ValueError or KeyError where a line is not of this format."""
    found = []
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        fields = json.loads(line)
        found.append(Message(**(fields | {"level": Level[fields["level"].upper()]})))
    return found

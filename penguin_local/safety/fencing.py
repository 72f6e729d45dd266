"""How data enters a prompt: as JSON strings between two random marks, so that it stays data.

The marks are drawn per scenario from the run's seed: whoever wrote the data cannot know them, and a
rerun draws the same ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import StrEnum
from hashlib import blake2b

from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background


class Purpose(StrEnum):
    """Each use gets its own marks: an answer may repeat the one it has seen."""

    ANSWER = "answer"
    JUDGE = "judge"
    ASK = "ask"
    EXTRACT = "extract"


def mark(scenario_id: str, purpose: Purpose, *, salt: int) -> str:
    """Eight hexadecimal digits."""
    return blake2b(f"{salt}|{purpose}|{scenario_id}".encode(), digest_size=4).hexdigest()


def quoted(text: str) -> str:
    """One JSON string on one line."""
    return json.dumps(text, ensure_ascii=False)


def facts(background: Background) -> str:
    """`["age is 18-24", ...]` in canonical order; what a person said in their own words follows in brackets."""
    return json.dumps(
        [
            f"{attribute.label} is {value.kind}"
            + (f" (in their words: {value.words})" if value.words else "")
            for attribute, value in background
        ],
        ensure_ascii=False,
    )


def labels(attributes: Iterable[Attribute]) -> str:
    """`["age", ...]` in canonical order."""
    wanted = frozenset(attributes)
    return json.dumps([a.label for a in Attribute if a in wanted])


def fenced(mark: str, *lines: str) -> str:
    """The lines between an opening and a closing mark."""
    return "\n".join((f"<<{mark}", *lines, f"{mark}>>"))

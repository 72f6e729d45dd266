"""The question of a post apart from its story: what it must be like, and the sentences of a post that are one."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from penguin_local.core.attributes import Domain
from penguin_local.core.background import Background, Profile
from penguin_local.core.scenario import Scenario
from penguin_local.corpus.anonymous import traces
from penguin_local.corpus.audit import leaks

WORDS: Final = (4, 60)
"""The least and the most words of a question."""
_SENTENCE: Final = re.compile(r"[^.!?\n]+[.!?]*")
_ROUND: Final = "\"'*` "
_MARKED: Final = re.compile(r"\[(?:link|mail|handle|number|date|address|name|place)\]")


def faults(query: str, known: Background) -> tuple[str, ...]:
    """Why it cannot be asked as it stands; empty for a question that is short, whole and gives nobody away."""
    found = []
    words = len(query.split())
    if not WORDS[0] <= words <= WORDS[1]:
        found.append(f"{words} words, and {WORDS[0]} to {WORDS[1]} are wanted")
    if "\n" in query:
        found.append("more than one line")
    elif any(unicodedata.category(c) in ("Cc", "Cs") for c in query):
        found.append("a character that cannot be shown")
    if not query.rstrip().endswith("?"):
        found.append("not a question")
    if _MARKED.search(query) or traces(query):
        found.append("it holds something that identifies")
    told = leaks(Scenario("draft", Domain.LIFE, "draft", query, Profile(known), "draft"))
    found += [f"it gives away: {label}" for label in dict.fromkeys(leak.attribute.label for leak in told)]
    return tuple(found)


def own_questions(text: str) -> tuple[str, ...]:
    """The sentences of a post that end in a question mark, the last first: where people come to the point."""
    asked = [" ".join(m[0].split()) for m in _SENTENCE.finditer(text) if m[0].rstrip().endswith("?")]
    return tuple(dict.fromkeys(reversed(asked)))


def tidied(written: str) -> str:
    """The first line of what a model wrote, without the quotes and labels that models put around it."""
    line = next((part.strip() for part in written.splitlines() if part.strip()), "")
    line = re.sub(r"^(?:question|query)\s*:\s*", "", line.strip(_ROUND), flags=re.IGNORECASE)
    return unicodedata.normalize("NFC", line.strip(_ROUND))

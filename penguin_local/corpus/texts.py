"""What is asked: topics and query patterns of a domain, read from `data/topics/<domain>.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from penguin_local import paths
from penguin_local.core.attributes import Domain
from penguin_local.corpus.network import read_toml
from penguin_local.errors import BadInput

TOPICS: Final = 100
"""Topics a domain has, exactly: 1,000 scenarios are ten of each."""
PATTERNS: Final = 40
"""Query patterns a domain has at least."""

_DOING: Final = "{doing}"
_DO: Final = "{do}"


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing people of a domain ask about."""

    doing: str
    """As an activity: `moving in with a partner after four months`. Also the scenario's topic."""
    do: str
    """The same as an infinitive without `to`: `move in with a partner after four months`."""
    stake: str
    """What is at stake: one sentence."""

    def fill(self, pattern: str) -> str:
        """The query that this pattern makes of this topic."""
        query = pattern.replace(_DOING, self.doing).replace(_DO, self.do)
        return query[:1].upper() + query[1:]


@dataclass(frozen=True, slots=True)
class DomainTexts:
    """All that is needed to ask about a domain."""

    topics: tuple[Topic, ...]
    """100 topics."""
    patterns: tuple[str, ...]
    """At least 40 sentences, each with exactly one `{doing}` or `{do}`."""


@cache
def domain_texts(domain: Domain, folder: Path | None = None) -> DomainTexts:
    """A domain's topics and patterns, checked; BadInput names the file and what is wrong in it."""
    path = (folder or paths.data() / "topics") / f"{domain}.toml"
    document = read_toml(path)
    topics = tuple(_topic(path, number, entry) for number, entry in enumerate(document.get("topic", []), 1))
    patterns = tuple(document.get("queries", {}).get("patterns", ()))
    if len(topics) != TOPICS or len({t.doing for t in topics}) != TOPICS:
        raise _bad(
            path, f"{len(topics)} topics, {len({t.doing for t in topics})} distinct; expected {TOPICS}"
        )
    if len(patterns) < PATTERNS or len(set(patterns)) != len(patterns):
        raise _bad(path, f"{len(set(patterns))} distinct patterns of {len(patterns)}; expected >= {PATTERNS}")
    for pattern in patterns:
        if pattern.count(_DOING) + pattern.count(_DO) != 1 or pattern.count("{") != 1:
            raise _bad(path, f"pattern needs exactly one {_DOING} or {_DO}: {pattern}")
    return DomainTexts(topics, patterns)


def _bad(path: Path, what: str) -> BadInput:
    return BadInput(f"{path.name}: {what}", hint="restore the bundled file, or correct it and try again")


def _topic(path: Path, number: int, entry: Any) -> Topic:
    if not isinstance(entry, dict) or set(entry) != {"doing", "do", "stake"}:
        raise _bad(path, f"topic {number} must have exactly doing, do and stake")
    if not all(isinstance(text, str) and text == text.strip() and text for text in entry.values()):
        raise _bad(path, f"topic {number} has an empty or untrimmed text")
    return Topic(**entry)

"""A scenario as one flat row of text, and back: the shape of every file that scenarios travel in.

Reading is strict. An unknown column or value, a missing key or a character that no terminal or database
should be handed is refused with its name; the caller knows the file and the line, and adds them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Final

from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.background import Background, Profile, Value
from penguin_local.core.scenario import Scenario

COLUMNS: Final = ("id", "domain", "topic", "query", *(a.value for a in Attribute), "source")
"""The columns of a row, in the order they are written."""

POST_COLUMNS: Final = ("title", "story", "held")
"""What a row of a forum post has besides: allowed when reading, not part of the scenario."""

_REQUIRED: Final = ("id", "domain", "topic", "query", "source")
_ONE_LINE: Final = frozenset(COLUMNS) - {"query"}
_LONGEST: Final = 100_000


class RowError(ValueError):
    """A row that is not a scenario: all that is wrong with it, in words."""


def row_from_scenario(scenario: Scenario) -> dict[str, str]:
    """The row of a scenario, all columns in order; what is not known of the person is empty."""
    known = {a.value: str(v) for a, v in scenario.profile.truth}
    return {
        "id": scenario.id,
        "domain": scenario.domain.value,
        "topic": scenario.topic,
        "query": scenario.query,
        **{a.value: known.get(a.value, "") for a in Attribute},
        "source": scenario.source,
    }


def scenario_from_row(row: Mapping[str, object]) -> Scenario:
    """The scenario of a row, text normalised to NFC; an absent or empty attribute is unknown.

    Raises RowError with everything that is wrong, not only the first thing.
    """
    faults = [f"unknown column {name!r}" for name in row if name not in COLUMNS and name not in POST_COLUMNS]
    texts: dict[str, str] = {}
    for name in COLUMNS:
        try:
            texts[name] = checked_text(name, row.get(name))
        except ValueError as error:
            faults.append(str(error))
    domain = _domain(texts.get("domain", ""), faults)
    profile = _profile(texts, faults)
    if faults or domain is None:
        raise RowError("; ".join(faults))
    return Scenario(texts["id"], domain, texts["topic"], texts["query"], profile, texts["source"])


def checked_text(name: str, value: object) -> str:
    """The text of column `name` in NFC; ValueError when it is none, too long or holds a forbidden character."""
    if value is None or value == "":
        if name in _REQUIRED:
            raise ValueError(f"{name} is missing or empty")
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text, not {value!r:.40}")
    if len(value) > _LONGEST:
        raise ValueError(f"{name} has {len(value):,} characters; {_LONGEST:,} are the most")
    for place, character in enumerate(value, 1):
        what = _forbidden(character, one_line=name in _ONE_LINE)
        if what:
            raise ValueError(f"{name} has a {what} (U+{ord(character):04X}) at character {place}")
    if name in _REQUIRED and not value.strip():
        raise ValueError(f"{name} is missing or empty")
    return unicodedata.normalize("NFC", value)


def _forbidden(character: str, *, one_line: bool) -> str:
    if character.isprintable() or (character in "\n\t" and not one_line):
        return ""
    kind = unicodedata.category(character)
    return {"Cs": "lone surrogate", "Cc": "control character"}.get(kind, "")


def _domain(text: str, faults: list[str]) -> Domain | None:
    try:
        return Domain(text)
    except ValueError:
        if text:
            faults.append(f"domain cannot be {text!r:.60}; it is one of: {', '.join(Domain)}")
        return None


def _profile(texts: Mapping[str, str], faults: list[str]) -> Profile:
    values: dict[Attribute, Value] = {}
    for attribute in Attribute:
        text = texts.get(attribute, "")
        if not text.strip():
            continue
        try:
            values[attribute] = Value.parse(attribute, text)
        except ValueError as error:
            faults.append(str(error))
    return Profile(Background.of(values))

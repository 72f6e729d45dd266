"""Looking for words in cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from penguin_local.agent.record import (
    Answered,
    Asked,
    Compared,
    Entry,
    Heard,
    Learned,
    Noted,
    Said,
    Screened,
    Summarised,
    decoded,
)
from penguin_local.store.casebook import Casebook, CaseInfo

AROUND: Final = 60
"""Characters shown on either side of what was found."""
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Found:
    """One place."""

    case: CaseInfo
    entry: int
    """Its number in the case, from 0."""
    what: str
    """Whose words."""
    before: str
    match: str
    after: str


def search(casebook: Casebook, cases: Iterable[CaseInfo], wanted: str) -> list[Found]:
    """Up to MOST places, by case and entry; capitals do not matter. Raises StoreError."""
    found: list[Found] = []
    needle = wanted.strip()
    if not needle:
        return found
    for case in cases:
        for number, entry in enumerate(casebook.entries(case.id)):
            for what, text in _texts(decoded(entry).entry):
                place = _place(text, needle)
                if place is not None:
                    found.append(Found(case, number, what, *place))
                    if len(found) >= MOST:
                        return found
    return found


def _texts(entry: Entry) -> Iterator[tuple[str, str]]:
    match entry:
        case Said(text=text):
            yield "you", text
        case Heard(text=text):
            yield "your reply", text
        case Asked(wording=text):
            yield "question", text
        case Answered(text=text):
            yield "answer", text
        case Compared(text=text):
            yield "answer knowing nobody", text
        case Summarised(text=text):
            yield "summary", text
        case Learned(attribute=attribute, value=value):
            yield attribute.label, str(value)
        case Screened(instrument=instrument, reading=reading):
            yield instrument, reading
        case Noted(text=text):
            yield "note", text


def _place(text: str, needle: str) -> tuple[str, str, str] | None:
    flat = " ".join(text.split())
    at = flat.lower().find(needle.lower())
    if at < 0:
        return None
    end = at + len(needle)
    before = flat[max(0, at - AROUND) : at]
    after = flat[end : end + AROUND]
    return (
        f"…{before}" if at > AROUND else before,
        flat[at:end],
        f"{after}…" if end + AROUND < len(flat) else after,
    )

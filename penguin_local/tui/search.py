"""Looking for words in cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
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
from penguin_local.errors import StoreDamaged
from penguin_local.store.casebook import Casebook, CaseInfo

AROUND: Final = 60
"""Characters shown on either side of what was found."""
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Found:
    """One place."""

    case: CaseInfo
    entry: int
    """Its number in the case, from 0; of a title the first one's, for there a case begins."""
    what: str
    """Whose words."""
    before: str
    match: str
    after: str


@dataclass(frozen=True, slots=True)
class Searched:
    """What came of looking."""

    found: list[Found]
    unread: list[CaseInfo]
    """Of which something could not be read, so that words in it may have been missed."""


def search(casebook: Casebook, cases: Iterable[CaseInfo], wanted: str) -> Searched:
    """Up to MOST places, by case and entry; capitals do not matter. Raises StoreError, but not for damage."""
    unread: dict[str, CaseInfo] = {}
    needle = " ".join(wanted.split())
    places = _places(casebook, cases, needle, unread) if needle else ()
    return Searched(list(islice(places, MOST)), list(unread.values()))


def _places(
    casebook: Casebook, cases: Iterable[CaseInfo], needle: str, unread: dict[str, CaseInfo]
) -> Iterator[Found]:
    for case in cases:
        for number, what, text in _told(casebook, case, unread):
            place = _place(text, needle)
            if place is not None:
                yield Found(case, number, what, *place)


def _told(casebook: Casebook, case: CaseInfo, unread: dict[str, CaseInfo]) -> Iterator[tuple[int, str, str]]:
    yield 0, "title", case.about.title
    try:
        entries = casebook.entries(case.id)
    except StoreDamaged:
        unread[case.id] = case
        return
    for number, entry in enumerate(entries):
        try:
            line = decoded(entry)
        except StoreDamaged:
            unread[case.id] = case
            continue
        for what, text in _texts(line.entry):
            yield number, what, text


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

"""Whom to call: helplines by country, ours from `data/helplines.toml` and a person's own over them.

Numbers are shown, never dialled, and addresses never opened. Each line says how it was checked and when, and
the panel shows its age: a list that looks newer than it is could cost somebody the one call they dare to make.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

from penguin_local import paths
from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.strict_table import StrictTable
from penguin_local.corpus.network import read_toml
from penguin_local.errors import UsageError

INTERNATIONAL: Final = "XX"
"""Code of the entry that holds directories instead of numbers; ISO 3166 leaves it to its users."""

OWN_FILE: Final = "helplines.toml"
"""In the settings folder: a country there replaces ours whole."""

_CODE: Final = re.compile(r"[A-Z]{2}")
_NUMBER: Final = re.compile(r"[*#+]?\d[\d ()*#-]*(, then \d)?")
_ADDRESS: Final = re.compile(r"[a-z0-9.-]+\.[a-z]{2,}(/\S*)?")
_SOURCE: Final = re.compile(r"https?://\S+")
_HINT: Final = "data/helplines.toml shows the format; correct the entry, or take the file away"


OPENING: Final = {
    Level.NONE: "For you, or for somebody you worry about: these people listen, about anything, large or small.",
    Level.CONCERN: "This sounds heavy to carry. If it would help to talk, there are people who listen.",
    Level.ELEVATED: (
        "What was written worries us. Nobody has to be alone with this: these people know such moments, "
        "and a call does not need a reason or the right words."
    ),
    Level.IMMINENT: (
        "This may be an emergency. Please call the emergency number now, or have somebody near you call, and stay "
        "together until help is there."
    ),
}
"""To whoever reads it, the person themselves or their counsellor."""


class Purpose(StrEnum):
    """Whom a line is for."""

    CRISIS = "crisis"
    YOUNG = "young"
    VIOLENCE = "violence"

    @property
    def words(self) -> str:
        """`for children and young people`; empty for lines that are for anybody."""
        return _PURPOSES[self]


class Channel(StrEnum):
    """How a line is reached."""

    PHONE = "phone"
    TEXT = "text"
    CHAT = "chat"
    WHATSAPP = "whatsapp"
    WEB = "web"
    """An address to look something up at."""


class Checked(StrEnum):
    """How it is known that a line is right."""

    KNOWLEDGE = "knowledge"
    LISTING = "listing"
    OPERATOR = "operator"
    CALLED = "called"

    @property
    def words(self) -> str:
        """`as publicly listed, not dialled`."""
        return _CHECKS[self]


_PURPOSES: Final = {
    Purpose.CRISIS: "",
    Purpose.YOUNG: "for children and young people",
    Purpose.VIOLENCE: "for violence at home",
}
_CHECKS: Final = {
    Checked.KNOWLEDGE: "from general knowledge, not dialled",
    Checked.LISTING: "as publicly listed, not dialled",
    Checked.OPERATOR: "as its operator says",
    Checked.CALLED: "dialled and answered",
}


@dataclass(frozen=True, slots=True)
class Helpline:
    """One line that somebody can reach."""

    name: str
    number: str
    """As it is dialled in the country; an address where `channels` is WEB."""
    hours: str
    """Local time: `24/7`, `16:00-24:00`, or that we do not know."""
    channels: tuple[Channel, ...]
    languages: tuple[str, ...]
    purpose: Purpose
    source: str
    """Address of the operator or a public body: shown, never opened."""
    reviewed: date
    """As of when it is believed right; `checked` says on what ground."""
    checked: Checked
    note: str = ""

    @property
    def channel(self) -> str:
        """`phone, chat`."""
        return ", ".join(self.channels)

    def standing(self, today: date) -> str:
        """How far to trust it: `as publicly listed, not dialled; 6 weeks old`."""
        return f"{self.checked.words}; {age(self.reviewed, today)}"


@dataclass(frozen=True, slots=True)
class Country:
    """A country's emergency number and its lines."""

    code: str
    """ISO 3166 alpha-2, or INTERNATIONAL."""
    name: str
    emergency: str
    """`999 or 112`; what must stand first when there is danger now."""
    lines: tuple[Helpline, ...]
    """In the file's order: ours begins with those for anybody."""
    also: tuple[str, ...] = ()
    """Other names that it is found by."""

    @property
    def where(self) -> str:
        """`in Germany`; the international entry is no place."""
        return "wherever you are" if self.code == INTERNATIONAL else f"in {self.name}"


@dataclass(frozen=True, slots=True)
class Helplines:
    """All of them, by name."""

    countries: tuple[Country, ...]
    """By name; the international entry last."""

    def of(self, country: str) -> Country:
        """By ISO code or name, in any case, with or without accents; UsageError with the nearest names."""
        named = self._named()
        wanted = _folded(country)
        if wanted in named:
            return named[wanted]
        near = get_close_matches(wanted, named, n=3, cutoff=0.6) if wanted else []
        names = list(dict.fromkeys(f"{named[n].name} ({named[n].code})" for n in near))
        raise UsageError(
            f"there are no helplines for {country!r}",
            hint=(f"did you mean {', '.join(names)}? " if names else "")
            + f"choose `international`, or add the country in {OWN_FILE} in the settings folder",
        )

    @property
    def international(self) -> Country:
        """Directories for anybody whose country is not here."""
        return self.of(INTERNATIONAL)

    def _named(self) -> dict[str, Country]:
        pairs = ((name, c) for c in self.countries for name in (c.code, c.name, *c.also))
        return {_folded(name): country for name, country in pairs}


def load_helplines(path: Path | None = None) -> Helplines:
    """Ours, with a person's own over them: `path`, or `helplines.toml` of the settings folder where it is.

    Raises BadInput naming the file and the key.
    """
    own = path or paths.user_config() / OWN_FILE
    ours = bundled_helplines()
    if path is None and not own.is_file():
        return ours
    merged = {country.code: country for country in ours.countries} | _read(own)
    return Helplines(_sorted(merged))


@cache
def bundled_helplines() -> Helplines:
    """Ours alone: what is left to show when somebody's own file cannot be read."""
    return Helplines(_sorted(_read(paths.data() / "helplines.toml")))


def age(reviewed: date, today: date) -> str:
    """`6 weeks old`; the world's date is passed in. A day that is still to come counts as today."""
    days = max(0, (today - reviewed).days)
    for length, word in ((365, "year"), (30, "month"), (7, "week"), (1, "day")):
        if days >= 2 * length or (word == "day" and days):
            count = days // length
            return f"{count} {word}{'' if count == 1 else 's'} old"
    return "of today"


def _sorted(countries: Mapping[str, Country]) -> tuple[Country, ...]:
    return tuple(sorted(countries.values(), key=lambda c: (c.code == INTERNATIONAL, _folded(c.name))))


def _folded(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.strip()).casefold()
    return "".join(c for c in letters if not unicodedata.combining(c))


def _read(path: Path) -> dict[str, Country]:
    document = read_toml(path, hint=_HINT)
    codes = [code for code in document if isinstance(document[code], dict)]
    top = StrictTable.of(path, "", document, keys={"version", "reviewed", "checked", *codes}, hint=_HINT)
    usual = {key: document[key] for key in ("reviewed", "checked") if top.has(key)}
    return {code: _country(path, code, document[code], usual) for code in codes}


def _country(path: Path, code: str, entry: Any, usual: Mapping[str, Any]) -> Country:
    where = f"[{code}]"
    table = StrictTable.of(path, where, entry, keys={"name", "also", "emergency", "lines"}, hint=_HINT)
    if not _CODE.fullmatch(code):
        raise table.wrong("is no code of two capital letters (ISO 3166)")
    lines = tuple(
        _line(path, f"{where} line {n}", {**usual, **line} if isinstance(line, dict) else line)
        for n, line in enumerate(table.items("lines"), 1)
    )
    also = table.texts("also", otherwise=())
    return Country(code, table.text("name"), table.text("emergency"), lines, also)


_KEYS: Final = frozenset(
    {"for", "name", "number", "hours", "by", "languages", "source", "reviewed", "checked", "note"}
)


def _line(path: Path, where: str, entry: Any) -> Helpline:
    table = StrictTable.of(path, where, entry, keys=_KEYS, hint=_HINT)
    channels = table.some_of("by", Channel)
    number, source = table.text("number"), table.text("source")
    if not (_ADDRESS if Channel.WEB in channels else _NUMBER).fullmatch(number):
        raise table.wrong("number is nothing that can be dialled, nor an address that is reached by web")
    if not _SOURCE.fullmatch(source):
        raise table.wrong("source must be an address that begins with https://")
    return Helpline(
        name=table.text("name"),
        number=number,
        hours=table.text("hours"),
        channels=channels,
        languages=table.texts("languages"),
        purpose=table.one_of("for", Purpose),
        source=source,
        reviewed=table.day("reviewed"),
        checked=table.one_of("checked", Checked),
        note=table.text("note", otherwise=""),
    )

"""PENGUIN as its authors publish it, made into scenarios: nothing of the post itself is kept.

Two generations of layout: posts (`query`, lower-case keys with spaces, no self-harm key) and synthetic profiles
(`Scenario` and ten Title-Case keys). Keys may be spaced, snake or Title. What is kept of a row is its query and its
ten values, cleaned of what identifies; post, title, address, id, community and background never leave this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.background import Background, Profile, Value
from penguin_local.corpus.anonymous import clean
from penguin_local.corpus.communities import communities
from penguin_local.corpus.published_rows import Found, Unreadable, rows_of
from penguin_local.corpus.published_values import Unread, resolve


class Half(StrEnum):
    """Where a row's person comes from."""

    REAL = "real"
    SYNTHETIC = "synthetic"


class Gap(StrEnum):
    """Why an attribute has no value in a row."""

    UNKNOWN = "unknown"
    """The file says so, or leaves the value empty."""
    MISSING = "missing"
    """The row has no such key, and others of its layout do."""
    UNRESOLVED = "unresolved"
    """There is a value that our lists do not know."""
    NO_KEY = "no key"
    """The whole layout has none: self-harm history, in the real half. Unknown, never `none`."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What is kept of one row."""

    domain: Domain
    half: Half
    topic: str
    queries: tuple[str, ...]
    """Cleaned; a synthetic profile may come with several."""
    values: Mapping[Attribute, Value]
    gaps: Mapping[Attribute, Gap]
    post: str = field(repr=False)
    """For finding duplicates, and then forgotten: never stored."""
    unused: tuple[str, ...]
    """Keys that were dropped without being known."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that is no scenario."""

    path: Path
    line: int
    what: str
    """Without a word of the row's content."""


_KEYS: Final[Mapping[str, Attribute]] = {
    name: attribute
    for attribute, names in {
        Attribute.AGE: "age,age group,age range",
        Attribute.GENDER: "gender,sex",
        Attribute.MARITAL: "marital status,marital,relationship status",
        Attribute.PROFESSION: "profession,occupation,job,career",
        Attribute.ECONOMIC: "economic status,financial status,economic,economic situation,financial situation",
        Attribute.EDUCATION: "education level,education,educational level,education status",
        Attribute.HEALTH: "health status,physical health,health,physical health status",
        Attribute.MENTAL: "mental health status,mental health,mental status,mental health condition",
        Attribute.SELF_HARM: "self harm history,self harm,selfharm history,self harm status,history of self harm",
        Attribute.EMOTION: "emotional state,emotion,emotional status,emotions,mood",
    }.items()
    for name in names.split(",")
}
_QUERY: Final = ("query", "question", "user query", "queries", "questions")
_DOMAIN: Final = ("domain", "category", "field")
_POST: Final = ("original", "post", "selftext", "body", "text", "title", "background")
_IDENTIFYING: Final = frozenset(
    {
        *_POST,
        "id",
        "url",
        "subreddit",
        "author",
        "permalink",
        "created utc",
        "created",
        "name",
        "user",
        "link",
    }
)
_NESTED: Final = ("profile", "attributes", "user profile", "demographics", "user")
_OTHER_DOMAINS: Final = {
    "finance": Domain.FINANCIAL,
    "relationships": Domain.RELATIONSHIP,
    "healthcare": Domain.HEALTH,
}
_REAL_KEYS: Final = frozenset({"original", "url", "subreddit", "title", "background", "selftext"})


def read_published(path: Path) -> Iterator[Taken | Rejected]:
    """Every row of a file: what is kept of it, or why it is none."""
    for row in rows_of(path):
        if isinstance(row, Unreadable):
            yield Rejected(path, row.line, row.what)
            continue
        try:
            yield _take(path, row)
        except ValueError as error:
            yield Rejected(path, row.line, str(error))


def _take(path: Path, row: Found) -> Taken:
    values = _flat(row.values)
    half = Half.REAL if _REAL_KEYS & set(values) or _says_real(path) else Half.SYNTHETIC
    domain = _domain(path, row.under, values)
    queries = tuple(q for q in (_text(q) for q in _listed(values)) if q)
    if not queries:
        raise ValueError("it has no query")
    known, gaps = _attributes(values, half)
    topic = _one_line(values.get("scenario", "")) or f"a {domain} question"
    used = {*_KEYS, *_QUERY, *_DOMAIN, *_IDENTIFYING, "scenario"}
    return Taken(
        domain=domain,
        half=half,
        topic=topic,
        queries=queries,
        values=known,
        gaps=gaps,
        post=" ".join(
            str(values[k]) for k in ("title", "original", "selftext", "body", "post") if k in values
        ),
        unused=tuple(key for key in values if key not in used),
    )


def _says_real(path: Path) -> bool:
    """By the folders of the published layout, `data/real_data/DOMAIN/`; not by where a person keeps it."""
    return any("real" in part.casefold() for part in path.parts[-4:-1])


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Keys in one spelling, and what lies in a nested profile brought up."""
    found: dict[str, Any] = {}
    for key, value in row.items():
        name = _spelled(key)
        if name in _NESTED and isinstance(value, dict):
            found |= _flat(value)
        else:
            found[name] = value
    return found


def _spelled(key: str) -> str:
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", key)
    return " ".join(re.sub(r"[_\-]+", " ", split).casefold().split())


def _attributes(values: Mapping[str, Any], half: Half) -> tuple[dict[Attribute, Value], dict[Attribute, Gap]]:
    known: dict[Attribute, Value] = {}
    gaps: dict[Attribute, Gap] = {}
    given = {_KEYS[key]: value for key, value in reversed(list(values.items())) if key in _KEYS}
    for attribute in Attribute:
        if attribute not in given:
            keyless = half is Half.REAL and attribute is Attribute.SELF_HARM
            gaps[attribute] = Gap.NO_KEY if keyless else Gap.MISSING
            continue
        match resolve(attribute, _as_text(given[attribute])):
            case Value() as value:
                known[attribute] = value
            case Unread.UNKNOWN:
                gaps[attribute] = Gap.UNKNOWN
            case Unread.UNRESOLVED:
                gaps[attribute] = Gap.UNRESOLVED
    return known, gaps


def _as_text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(_as_text(v) for v in value)
        case str() | int() | float():
            return str(value)
        case _:
            return "?" if not value else "(an object)"


def _listed(values: Mapping[str, Any]) -> list[object]:
    given = next((values[key] for key in _QUERY if key in values), "")
    return given if isinstance(given, list) else [given]


def _text(value: object) -> str:
    """A query as it is kept: cleaned, without control characters."""
    if not isinstance(value, str):
        return ""
    lines = value.replace("\r\n", "\n").replace("\r", "\n")
    return clean("".join(c if c.isprintable() or c == "\n" else " " for c in lines)).text.strip()


def _one_line(value: object) -> str:
    words = " ".join(_text(value).split())
    return words if len(words) <= 200 else words[:200].rsplit(" ", 1)[0]


def _domain(path: Path, under: str, values: Mapping[str, Any]) -> Domain:
    """From its own key, the list it stands in, its folder or file, its community: the first that names one."""
    told = [str(values[key]) for key in _DOMAIN if key in values]
    places = [under, *reversed(path.parent.parts), path.stem]
    for text in (*told, under, path.parent.name, path.stem, *places, str(values.get("scenario", ""))):
        found = _named_domain(text)
        if found is not None:
            return found
    community = str(values.get("subreddit", "")).casefold().removeprefix("r/")
    if community in communities():
        return communities()[community]
    raise ValueError("its domain is not known: no key, folder or community says it")


def _named_domain(text: str) -> Domain | None:
    words = re.findall(r"[a-z]+", text.casefold())
    for word in words[:3]:
        if word in set(Domain):
            return Domain(word)
        if word in _OTHER_DOMAINS:
            return _OTHER_DOMAINS[word]
    return None


def profile_of(taken: Taken) -> Profile:
    """Whom a row is about, as far as it says."""
    return Profile(Background.of(taken.values))

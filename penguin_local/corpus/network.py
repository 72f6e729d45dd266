"""Who asks: the paper's Bayesian network over the ten attributes, with our numbers from `data/`.

Structure: arXiv 2505.18882, relational constraints (S, the domain, is a parent like any other).
The numbers and their reasons stand in `data/profile_network.toml`; a person's own words for how they
feel come from `data/feelings.toml`.
"""

from __future__ import annotations

import itertools
import math
import random
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from penguin_local import paths
from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.background import Background, Profile, Value
from penguin_local.errors import BadInput

S: Final = "domain"
"""The name of the scenario variable in `given`."""
_RESTORE: Final = "restore the bundled file, or correct it and try again"

PARENTS: Final[Mapping[Attribute, tuple[str, ...]]] = MappingProxyType(
    {
        Attribute.AGE: (S,),
        Attribute.GENDER: (S,),
        Attribute.MARITAL: (S, Attribute.GENDER),
        Attribute.EDUCATION: (S, Attribute.AGE),
        Attribute.PROFESSION: (S, Attribute.AGE, Attribute.EDUCATION),
        Attribute.ECONOMIC: (Attribute.PROFESSION, Attribute.MARITAL),
        Attribute.HEALTH: (S, Attribute.AGE),
        Attribute.MENTAL: (Attribute.ECONOMIC, Attribute.HEALTH, Attribute.EDUCATION),
        Attribute.SELF_HARM: (Attribute.MENTAL,),
        Attribute.EMOTION: (Attribute.MENTAL, Attribute.EDUCATION),
    }
)
"""Every attribute after its parents: the order of sampling."""


@dataclass(frozen=True, slots=True)
class Table:
    """One conditional distribution, P(attribute | parents)."""

    attribute: Attribute
    """The attribute it decides."""
    parents: tuple[str, ...]
    """What it depends on: attribute names, or `domain`."""
    cumulative: Mapping[tuple[str, ...], tuple[float, ...]]
    """By combination of parent values: running sums in the order of `attribute.values`; the last is 1."""

    def probability(self, value: str, *given: str) -> float:
        """P(value | given), the parents' values in the order of `parents`."""
        sums = self.cumulative[given]
        index = self.attribute.values.index(value)
        return sums[index] - (sums[index - 1] if index else 0.0)

    def draw(self, given: tuple[str, ...], rng: random.Random) -> str:
        """One value; uses exactly one `rng.random()`, whose stream is the same on every Python."""
        return self.attribute.values[bisect_right(self.cumulative[given], rng.random())]


def sample_profile(domain: Domain, rng: random.Random) -> Profile:
    """One invented person who might ask a question of this domain. Equal generators give equal people."""
    drawn: dict[str, str] = {S: domain.value}
    for table in load_tables():
        given = tuple(drawn[parent] for parent in table.parents)
        drawn[table.attribute] = table.draw(given, rng)
    sentences = load_feelings()[drawn[Attribute.EMOTION]]
    words = sentences[int(rng.random() * len(sentences))]
    values = {a: Value(drawn[a]) for a in Attribute}
    values[Attribute.EMOTION] = Value(drawn[Attribute.EMOTION], words)
    return Profile(Background.of(values))


@cache
def load_tables(path: Path | None = None) -> tuple[Table, ...]:
    """All ten tables in sampling order, checked; BadInput says which line of thought is broken."""
    path = path or paths.data() / "profile_network.toml"
    document = read_toml(path)
    extra = set(document) - set(PARENTS) - {"version"}
    if extra:
        raise _bad(path, f"unknown tables: {', '.join(sorted(extra))}")
    return tuple(_table(path, attribute, document.get(attribute)) for attribute in PARENTS)


@cache
def load_feelings(path: Path | None = None) -> Mapping[str, tuple[str, ...]]:
    """For each kind of emotional state, sentences in which a person says so."""
    path = path or paths.data() / "feelings.toml"
    document = read_toml(path)
    kinds = Attribute.EMOTION.values
    if set(document) - {"version"} != set(kinds):
        raise _bad(path, f"expected one list of sentences for each of: {', '.join(kinds)}")
    for kind in kinds:
        lines = document[kind]
        if not isinstance(lines, list) or not lines or not all(isinstance(x, str) and x for x in lines):
            raise _bad(path, f"{kind} must be a list of sentences")
    return MappingProxyType({kind: tuple(document[kind]) for kind in kinds})


def read_toml(path: Path, *, hint: str = _RESTORE) -> dict[str, Any]:
    """A TOML file; BadInput when it is missing or does not parse, with this remedy: most of them are ours."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{path.name}: {error}", hint=hint) from error


def _bad(path: Path, what: str) -> BadInput:
    return BadInput(f"{path.name}: {what}", hint=_RESTORE)


def _table(path: Path, attribute: Attribute, entry: Any) -> Table:
    where = f"[{attribute}]"
    if not isinstance(entry, dict) or set(entry) - {"reason", "row", "adjust"} or not entry.get("row"):
        raise _bad(path, f"{where} needs a reason, rows, and may have adjustments")
    rows, adjustments = entry["row"], entry.get("adjust", [])
    for number, part in enumerate([entry, *rows, *adjustments]):
        if not str(part.get("reason", "")).strip():
            raise _bad(path, f"{where} part {number} has no reason")
    for row in rows:
        _check_given(path, attribute, row)
        _check_row(path, attribute, row)
    for adjustment in adjustments:
        _check_given(path, attribute, adjustment)
        _check_times(path, attribute, adjustment)
    domains = {parent: _values_of(parent) for parent in PARENTS[attribute]}
    cumulative = {}
    for combination in itertools.product(*domains.values()):
        given = dict(zip(domains, combination, strict=True))
        matching = [row for row in rows if _matches(row, given)]
        if len(matching) != 1:
            raise _bad(path, f"{where} has {len(matching)} rows for {given}, expected exactly one")
        weights = [float(matching[0]["p"][value]) for value in attribute.values]
        for adjustment in adjustments:
            if _matches(adjustment, given):
                times = adjustment["times"]
                weights = [w * times.get(v, 1.0) for v, w in zip(attribute.values, weights, strict=True)]
        cumulative[combination] = _running(weights, f"{path.name}: {where} {given}")
    return Table(attribute, PARENTS[attribute], MappingProxyType(cumulative))


def _running(weights: list[float], where: str) -> tuple[float, ...]:
    # accumulate, not sum(): since Python 3.12 sum() of floats rounds differently, and the frozen sets
    # must come out the same on every version.
    sums = list(itertools.accumulate(weights))
    if sums[-1] <= 0:
        raise BadInput(f"{where}: no value is possible", hint="leave at least one weight above 0")
    running = [s / sums[-1] for s in sums]
    return (*running[:-1], 1.0)


def _values_of(parent: str) -> tuple[str, ...]:
    return tuple(d.value for d in Domain) if parent == S else Attribute(parent).values


def _as_list(wanted: Any) -> list[str]:
    return wanted if isinstance(wanted, list) else [wanted]


def _matches(part: Mapping[str, Any], given: Mapping[str, str]) -> bool:
    return all(given[parent] in _as_list(wanted) for parent, wanted in part["given"].items())


def _check_given(path: Path, attribute: Attribute, part: Mapping[str, Any]) -> None:
    for parent, wanted in part.get("given", {"a missing `given`": []}).items():
        if parent not in PARENTS[attribute]:
            raise _bad(path, f"[{attribute}] cannot depend on {parent}")
        for value in _as_list(wanted):
            if value not in _values_of(parent):
                raise _bad(path, f"[{attribute}] knows no {parent} {value!r}")


def _check_row(path: Path, attribute: Attribute, row: Mapping[str, Any]) -> None:
    numbers = row.get("p", {})
    if set(numbers) != set(attribute.values):
        wrong = ", ".join(sorted(set(numbers) ^ set(attribute.values)))
        raise _bad(path, f"[{attribute}] row {row['given']} must name each value once: {wrong}")
    if any(not _is_weight(p) for p in numbers.values()) or abs(math.fsum(numbers.values()) - 1) > 1e-9:
        raise _bad(path, f"[{attribute}] row {row['given']} must sum to 1 over numbers of at least 0")


def _check_times(path: Path, attribute: Attribute, adjustment: Mapping[str, Any]) -> None:
    for value, factor in adjustment.get("times", {"a missing `times`": 0}).items():
        if value not in attribute.values or not _is_weight(factor):
            raise _bad(
                path, f"[{attribute}] adjustment {adjustment['given']}: {value} = {factor} is not usable"
            )


def _is_weight(number: Any) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and 0 <= number < math.inf

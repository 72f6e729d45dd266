"""What a set of scenarios is made of, and whether its questions keep their askers' secrets.

A query that names a detail of its asker's background hands the context to the context-free arm and so
shrinks the very difference the benchmark measures. The tell-tale words stand in `data/leak_terms.toml`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from penguin_local import paths
from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.scenario import Scenario
from penguin_local.corpus.network import read_toml
from penguin_local.errors import BadInput


@dataclass(frozen=True, slots=True)
class Leak:
    """A word of a query that gives a value of its asker's profile away."""

    attribute: Attribute
    term: str
    """The words as they stand in the query."""


@dataclass(frozen=True, slots=True)
class Audit:
    """A set of scenarios, counted."""

    total: int
    by_domain: Mapping[Domain, int]
    """Scenarios of each domain that has any."""
    duplicates: int
    """Scenarios whose query, in any case and spacing, an earlier one of their domain already asked."""
    shares: Mapping[Attribute, Mapping[str, float]]
    """For each attribute the share of each value among the scenarios where it is known, 0 to 1."""
    unknown: Mapping[Attribute, int]
    """Scenarios that do not say."""
    leaking: tuple[tuple[str, Leak], ...]
    """Scenario ids and what leaks there."""

    @property
    def duplicate_rate(self) -> float:
        """Share of scenarios that repeat a query, 0 to 1."""
        return self.duplicates / self.total if self.total else 0.0


def leaks(scenario: Scenario) -> tuple[Leak, ...]:
    """Which words of the query name a value that is true of its asker."""
    patterns = _patterns()
    found: list[Leak] = []
    for attribute, value in scenario.profile.truth:
        pattern = patterns[attribute].get(value.kind)
        if pattern:
            found += [Leak(attribute, match.group()) for match in pattern.finditer(scenario.query)]
    return tuple(found)


def named(text: str) -> tuple[Leak, ...]:
    """Which words of a text name any value of any attribute, whoever asks: for topics and patterns."""
    return tuple(
        Leak(attribute, match.group())
        for attribute, by_value in _patterns().items()
        for pattern in by_value.values()
        for match in pattern.finditer(text)
    )


def audit(scenarios: Sequence[Scenario]) -> Audit:
    """Count a set: balance, duplicates, values, leaks."""
    domains = Counter(s.domain for s in scenarios)
    kinds = {a: Counter(v.kind for s in scenarios if (v := s.profile.get(a))) for a in Attribute}
    known = {a: kinds[a].total() for a in Attribute}
    distinct = {(s.domain, " ".join(s.query.casefold().split())) for s in scenarios}
    return Audit(
        total=len(scenarios),
        by_domain=MappingProxyType({d: domains[d] for d in Domain if domains[d]}),
        duplicates=len(scenarios) - len(distinct),
        shares=MappingProxyType(
            {a: {v: kinds[a][v] / known[a] if known[a] else 0.0 for v in a.values} for a in Attribute}
        ),
        unknown=MappingProxyType({a: len(scenarios) - known[a] for a in Attribute}),
        leaking=tuple((s.id, leak) for s in scenarios for leak in leaks(s)),
    )


@cache
def _patterns(path: Path | None = None) -> Mapping[Attribute, Mapping[str, re.Pattern[str]]]:
    path = path or paths.data() / "leak_terms.toml"
    document = read_toml(path)
    found: dict[Attribute, dict[str, re.Pattern[str]]] = {a: {} for a in Attribute}
    for name, by_value in document.items():
        if name == "version":
            continue
        if name not in tuple(Attribute) or any(v not in Attribute(name).values for v in by_value):
            hint = "restore the bundled file, or correct it and try again"
            raise BadInput(f"{path.name}: [{name}] names an unknown attribute or value", hint=hint)
        found[Attribute(name)] = {value: pattern_of(terms) for value, terms in by_value.items()}
    return found


def pattern_of(terms: Iterable[str]) -> re.Pattern[str]:
    """Finds any of these words, whole and in any case; a trailing `*` stands for any ending."""
    # Longest first, so that `ex-wife` is not reported as `ex`.
    ordered = sorted(terms, key=len, reverse=True)
    words = "|".join(re.escape(t).replace(r"\*", r"[\w'-]*").replace(r"\ ", r"\s+") for t in ordered)
    return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE)

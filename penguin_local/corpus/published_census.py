"""Published rows made into one set, and the census of what was in them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.rows import RowError, row_from_scenario, scenario_from_row
from penguin_local.core.scenario import Scenario
from penguin_local.corpus.duplicates import clusters
from penguin_local.corpus.published import Gap, Half, Rejected, Taken, profile_of, read_published

MOST_UNRESOLVED: Final = 0.05
"""Share of a half's rows that may lack an attribute through our or the file's fault; above it, it is not PENGUIN."""
NAME: Final = "penguin"


@dataclass(frozen=True, slots=True)
class Census:
    """What the files held."""

    rows: dict[tuple[Domain, Half], int]
    """Scenarios by domain and half."""
    gaps: dict[tuple[Attribute, Half], Counter[Gap]]
    """Why scenarios of a half do not say an attribute."""
    duplicates: int
    """Rows that repeat an earlier one, in any community."""
    clusters: int
    """Independent ones: what statistics resample."""
    rejected: tuple[Rejected, ...]
    unused: dict[str, int]
    """Keys that we do not know, and how many rows had them."""

    @property
    def total(self) -> int:
        """All scenarios."""
        return sum(self.rows.values())

    def of_half(self, half: Half) -> int:
        """Scenarios of this half."""
        return sum(count for (_, h), count in self.rows.items() if h is half)

    @property
    def unresolved(self) -> tuple[tuple[Attribute, Half, float], ...]:
        """Attributes that too many rows of a half lack, with the share."""
        found = []
        for (attribute, half), gaps in self.gaps.items():
            share = (gaps[Gap.UNRESOLVED] + gaps[Gap.MISSING]) / max(1, self.of_half(half))
            if share > MOST_UNRESOLVED:
                found.append((attribute, half, share))
        return tuple(found)


def take_census(files: Iterable[Path], *, name: str, source: str) -> tuple[tuple[Scenario, ...], Census]:
    """The scenarios of all files, and the census. The posts' texts are compared here and go no further."""
    taken: list[Taken] = []
    rejected: list[Rejected] = []
    for file in files:
        for row in read_published(file):
            (taken if isinstance(row, Taken) else rejected).append(row)  # type: ignore[arg-type]
    firsts = clusters([_same_text(row) for row in taken])
    scenarios: list[Scenario] = []
    members: Counter[str] = Counter()
    numbers: Counter[Domain] = Counter()
    of_row: dict[int, str] = {}
    used: list[Taken] = []
    for place, (row, first) in enumerate(zip(taken, firsts, strict=True)):
        if first == place:
            of_row[place] = f"{name}/{row.domain}/{numbers[row.domain]:05d}"
            numbers[row.domain] += 1
        for query in row.queries:
            base = of_row[first]
            members[base] += 1
            number = members[base]
            scenario_id = base if number == 1 else f"{base}~{number}"
            half = f"{source}, {row.half} half"
            scenarios.append(Scenario(scenario_id, row.domain, row.topic, query, profile_of(row), half))
            used.append(row)
    return tuple(map(_checked, scenarios)), _count(
        used, rejected, len(taken) - len(set(firsts)), len(set(firsts))
    )


def _same_text(row: Taken) -> str:
    """The post where there is one. Two profiles that ask the same are two people, unless nothing tells them apart."""
    if row.post.strip():
        return row.post
    return " ".join((*row.queries, row.topic, *(f"{a.value} {v}" for a, v in row.values.items())))


def _checked(scenario: Scenario) -> Scenario:
    """As it will be read again: text in NFC, nothing that a row may not hold."""
    try:
        return scenario_from_row(row_from_scenario(scenario))
    except RowError as error:
        raise AssertionError(f"{scenario.id} cannot be written") from error


def _count(used: Sequence[Taken], rejected: Sequence[Rejected], duplicates: int, independent: int) -> Census:
    rows = Counter((row.domain, row.half) for row in used)
    gaps: defaultdict[tuple[Attribute, Half], Counter[Gap]] = defaultdict(Counter)
    unused: Counter[str] = Counter()
    for row in used:
        unused.update(row.unused)
        for attribute, gap in row.gaps.items():
            gaps[attribute, row.half][gap] += 1
    return Census(
        rows={(d, h): rows[d, h] for d in Domain for h in Half if rows[d, h]},
        gaps={(a, h): gaps[a, h] for a in Attribute for h in Half if (a, h) in gaps},
        duplicates=duplicates,
        clusters=independent,
        rejected=tuple(rejected),
        unused=dict(unused.most_common()),
    )

"""The paper's published table, as it stands beside a run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from penguin_local import paths
from penguin_local.core.attributes import Domain


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One model under one condition, as printed."""

    model: str
    condition: str
    """`vanilla` (context-free), `agent` or `planner`."""
    domains: Mapping[Domain, float]
    average: float
    """As printed; it can differ from the mean of the row in the second decimal."""


@dataclass(frozen=True, slots=True)
class Paper:
    """The figures of arXiv 2505.18882 and where they stand in it."""

    source: str
    judge: str
    context_free: float
    context_rich: float
    rows: tuple[PaperRow, ...]

    @property
    def models(self) -> tuple[tuple[PaperRow, ...], ...]:
        """The rows of one model together, in printed order."""
        names = dict.fromkeys(row.model for row in self.rows)
        return tuple(tuple(row for row in self.rows if row.model == name) for name in names)


def published() -> Paper:
    """Read `data/paper_tables.json`."""
    table = json.loads((paths.data() / "paper_tables.json").read_text(encoding="utf-8"))
    domains = [Domain(name) for name in table["domains"]]
    return Paper(
        source=table["source"],
        judge=table["judge"],
        context_free=table["headline"]["context-free"],
        context_rich=table["headline"]["context-rich"],
        rows=tuple(
            PaperRow(
                model=row["model"],
                condition=row["condition"],
                domains=dict(zip(domains, row["domains"], strict=True)),
                average=row["average"],
            )
            for row in table["rows"]
        ),
    )


def figures() -> dict[str, Any]:
    """What the paper prints or draws beside its tables, by study; the file says how it was read."""
    table = json.loads((paths.data() / "paper_tables.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = table["figures"]
    return found

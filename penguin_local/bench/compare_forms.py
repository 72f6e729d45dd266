"""Differences on the same scenarios, and the items that changed most, as JSON and as tables."""

from __future__ import annotations

from collections.abc import Sequence

from penguin_local.bench.cells import NOTHING, Table, ends, number, shown
from penguin_local.bench.changes import Change
from penguin_local.bench.results import PairedResult


def paired_json(pair: PairedResult) -> dict[str, object]:
    """One comparison."""
    return {
        "arm": pair.arm,
        "versus": pair.versus,
        "n": pair.overall.n,
        "mean_difference": number(pair.overall.mean),
        "ci95": ends(pair.overall),
        "standard_deviation": number(pair.scatter),
        "domains": {
            domain.value: {
                "n": e.n,
                "mean_difference": number(e.mean),
                "ci95": ends(e),
                "ci95_all_domains_at_once": ends(pair.together[domain]) if domain in pair.together else None,
            }
            for domain, e in pair.domains.items()
        },
    }


def paired_table(title: str, pairs: Sequence[PairedResult]) -> Table:
    """One row a comparison, overall and then by domain."""
    domains = list(dict.fromkeys(domain for pair in pairs for domain in pair.domains))
    columns = ["over", *(p.arm if p.arm == p.versus else f"{p.arm} - {p.versus}" for p in pairs)]
    rows = [["all", *(f"{shown(pair.overall, sign=True)} n={pair.overall.n:,}" for pair in pairs)]]
    if len(domains) > 1 and any(pair.together for pair in pairs):
        title += f" (intervals of the {len(domains)} domains hold all at once at 95 %: Bonferroni)"
    for domain in domains:
        cells = (pair.together.get(domain) or pair.domains.get(domain) for pair in pairs)
        rows.append([domain.value, *(shown(cell, sign=True) if cell else NOTHING for cell in cells)])
    return title, columns, rows


def change_json(change: Change) -> dict[str, object]:
    """One item that changed."""
    return {
        "scenario": change.scenario.id,
        "arm": change.arm,
        "query": change.scenario.query,
        "before": number(change.before),
        "after": number(change.after),
        "change": number(change.change),
        "risk_sensitivity_change": number(change.risk),
    }


def change_table(changes: Sequence[Change]) -> Table:
    """The items that changed most, one a row."""
    rows = [
        [c.scenario.id, c.arm, f"{c.before:.2f} to {c.after:.2f}", f"{c.change:+.2f}", f"{c.risk:+.2f}"]
        for c in changes
    ]
    return "Items that changed most", ["scenario", "arm", "score", "change", "risk sensitivity"], rows

"""Scenarios and their audit as a person or a program reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import typer

from penguin_local.cli.console import View, print_table

if TYPE_CHECKING:
    from penguin_local.core.scenario import Scenario
    from penguin_local.corpus.audit import Audit

Cells = list[list[str | int | float]]
_SHOWN = 50


def print_scenarios(drawn: Sequence[tuple[Scenario, Mapping[str, str]]], view: View) -> None:
    """Each scenario whole, with title and story where it is a post."""
    from penguin_local.core.rows import row_from_scenario

    if view is View.JSON:
        _print_json([{**row_from_scenario(scenario), **post} for scenario, post in drawn])
        return
    for scenario, post in drawn:
        rows: Cells = [
            ["domain", scenario.domain.value],
            ["topic", scenario.topic],
            ["query", scenario.query],
        ]
        rows.extend([column, text] for column, text in post.items())
        rows.extend([attribute.label, str(value)] for attribute, value in scenario.profile.truth)
        rows.append(["source", scenario.source])
        print_table(scenario.id, ["what", "value"], rows, view.value)


def print_audit(name: str, found: Audit, view: View) -> None:
    """Counts, shares of the values, and the first leaks."""
    if view is View.JSON:
        _print_json(_as_json(name, found))
        return
    counts: Cells = [["scenarios", found.total]]
    counts.extend([f"in {domain}", count] for domain, count in found.by_domain.items())
    counts.append(["that repeat a query", found.duplicates])
    counts.append(["whose query leaks a value", len({i for i, _ in found.leaking})])
    print_table(name, ["count", "scenarios"], counts, view.value)
    shares: Cells = []
    for attribute, by_value in found.shares.items():
        shares.extend([attribute.label, value, f"{share:.1%}"] for value, share in by_value.items())
        if found.unknown[attribute]:
            shares.append(
                [attribute.label, "(not known, of all)", f"{found.unknown[attribute] / found.total:.1%}"]
            )
    print_table("Shares of the values", ["attribute", "value", "share"], shares, view.value)
    leaking: Cells = [[i, leak.attribute.label, leak.term] for i, leak in found.leaking[:_SHOWN]]
    if leaking:
        print_table(f"Leaks (at most {_SHOWN})", ["scenario", "attribute", "words"], leaking, view.value)


def _as_json(name: str, found: Audit) -> dict[str, object]:
    return {
        "scenarios": name,
        "total": found.total,
        "domains": dict(found.by_domain),
        "duplicates": found.duplicates,
        "duplicate_rate": found.duplicate_rate,
        "leaks": [{"id": i, "attribute": leak.attribute, "term": leak.term} for i, leak in found.leaking],
        "shares": {a.value: dict(by_value) for a, by_value in found.shares.items()},
        "unknown": {a.value: count for a, count in found.unknown.items()},
    }


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))

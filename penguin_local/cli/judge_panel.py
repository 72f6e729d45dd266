"""`judge panel`: several judges over the answers of a run, one after another, and their mean."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from penguin_local.cli.console import View, Viewed, print_table, say
from penguin_local.cli.judge_work import (
    Judges,
    Member,
    at_work,
    cache_of,
    fingerprint,
    members,
    panel_name,
    tell_demonstration,
)
from penguin_local.cli.options import (
    Context,
    GpuLayers,
    Memory,
    Slots,
    Threads,
    check_memory,
    check_threads,
    parse_layers,
)
from penguin_local.errors import UsageError

if TYPE_CHECKING:
    from penguin_local.bench.panelling import Answered, PanelResult
    from penguin_local.core.rubric import Score, Unscored
    from penguin_local.store.database import Database

FEWEST = 2


def register(group: typer.Typer) -> None:
    """Add the command to the group."""
    group.command()(panel)


def panel(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Whose answers: penguin-local runs list.")],
    judge: Judges = None,
    name: Annotated[
        str | None, typer.Option("--run", help="The new run's name (default: RUN-panel).")
    ] = None,
    slots: Slots = None,
    memory: Memory = None,
    context: Context = None,
    threads: Threads = None,
    gpu_layers: GpuLayers = "auto",
    view: Viewed = View.TABLE,
) -> None:
    """Judge a run's answers by several judges and keep the mean of their distributions as a run of its own.

    One judge is in memory at a time. The new run is shown, compared and reported like any other; an answer that one
    judge could not score has no score in it.
    """
    from penguin_local import paths
    from penguin_local.bench.calibration_forms import agreement_rows
    from penguin_local.bench.panelling import answered, keep_panel, panel_result, panel_settings
    from penguin_local.bench.results import UsedModel
    from penguin_local.cli.loading import Wish
    from penguin_local.cli.results import show_result, summed
    from penguin_local.store.database import Database
    from penguin_local.store.mismatch import check_settings
    from penguin_local.store.runs import RunStore

    check_memory(memory)
    check_threads(threads)
    judges = members(judge, Wish(slots, context, memory, threads, parse_layers(gpu_layers)))
    if len(judges) < FEWEST:
        raise UsageError("a panel has two judges or more", hint="name each: --judge A --judge B")
    used = UsedModel(panel_name(judges), fingerprint(judges), any(m.file.demonstration for m in judges))
    target = name or f"{run}-panel"
    with Database(paths.bench_store()) as database:
        runs = RunStore(database)
        source = answered(runs, run)
        settings = panel_settings(source.record, used, [member.file.sha256 for member in judges])
        there = runs.find(target)
        if there is not None:
            check_settings(there, settings)
        tell_demonstration(judges)
        verdicts = [_verdicts(database, source, member) for member in judges]
        record = keep_panel(runs, source, target, settings, verdicts)
        finished = runs.finished(record.id)
    found = panel_result(source, [member.file.name for member in judges], verdicts)
    if view is View.JSON:
        from penguin_local.bench import forms

        shown = {"panel": _json(found), "result": forms.as_json(summed(record, finished))}
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    show_result(summed(record, finished), view)
    print_table("The judges among themselves", *agreement_rows(found.agreement), view.value)
    rows = [
        [arm, *(f"{m:.2f}" if m is not None else "-" for m in means)] for arm, means in found.means.items()
    ]
    print_table("Mean score by judge", ["arm", *found.judges], rows, view.value)
    say(f"run {target}: the panel's scores")


def _verdicts(database: Database, source: Answered, member: Member) -> list[Score | Unscored]:
    from penguin_local.safety.rejudging import judge_groups

    salt = int(source.record.settings.get("seed") or 0)
    with at_work(member, len(source.items)) as (judge, cancel, tell):
        return judge_groups(
            judge, source.groups, cache=cache_of(database), salt=salt, cancel=cancel, listener=tell
        )


def _json(found: PanelResult) -> dict[str, object]:
    from dataclasses import asdict

    return {
        "judges": list(found.judges),
        "agreement": {part: asdict(one) for part, one in found.agreement.items()},
        "mean_by_arm": {arm: list(means) for arm, means in found.means.items()},
    }

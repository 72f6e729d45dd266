"""`penguin-local plan`: search for what to ask, and look at, hand on, take over or remove what was found."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penguin_local.cli.console import View, Viewed, agreed, say
from penguin_local.cli.options import (
    SCENARIOS,
    Context,
    Domains,
    Force,
    GpuLayers,
    Judge,
    MaxTokens,
    Memory,
    Model,
    PerDomain,
    Scenarios,
    Seed,
    Slots,
    Threads,
    check_memory,
    check_threads,
    parse_domains,
    parse_layers,
)
from penguin_local.cli.results import check_new, check_target
from penguin_local.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penguin_local.store.plans import PlanStore

Depth = Annotated[int, typer.Option(min=1, max=10, help="Most attributes on a path.")]
Rollouts = Annotated[
    int,
    typer.Option(
        min=2, max=100_000, help="Subsets looked at for one scenario, at most; exhaustive looks at all."
    ),
]
RuleName = Annotated[
    str, typer.Option("--rule", help="How to search: surrogate, lattice, paper, uct, exhaustive.")
]
Exploration = Annotated[float, typer.Option(min=0, max=1000, help="How much the little visited is favoured.")]
Batch = Annotated[int, typer.Option(min=1, max=1024, help="Subsets one search asks for at once.")]
Temperature = Annotated[
    float,
    typer.Option(
        min=0,
        max=2,
        help="How freely answers are drawn. At 0 a subset has one score and no luck in it, "
        "and the surrogate believes the best it saw.",
    ),
]
Name = Annotated[str, typer.Argument(metavar="PLAN", help="A plan's name, or that of a path index.")]

plan = typer.Typer(
    invoke_without_command=True,
    help="Plan what to ask, scenario by scenario. Stopped, it goes on. See also: plan show, list, "
    "export, import, delete.",
)


def register(app: typer.Typer) -> None:
    """Add the command group to the program."""
    app.add_typer(plan, name="plan")


@plan.callback()
def make(
    context_of_call: typer.Context,
    model: Model = None,
    judge: Judge = None,
    scenarios: Scenarios = SCENARIOS,
    domains: Domains = None,
    per_domain: PerDomain = 4,
    depth: Depth = 5,
    rollouts: Rollouts = 40,
    rule: RuleName = "surrogate",
    exploration: Exploration = 0.5,
    batch: Batch = 8,
    seed: Seed = 1,
    name: Annotated[
        str | None, typer.Option("--name", help="The plan's name (default: made from its settings).")
    ] = None,
    slots: Slots = None,
    memory: Memory = None,
    context: Context = None,
    threads: Threads = None,
    gpu_layers: GpuLayers = "auto",
    max_tokens: MaxTokens = 2048,
    temperature: Temperature = 0.7,
    view: Viewed = View.TABLE,
) -> None:
    """Plan what to ask, scenario by scenario, by answering and judging. Stopped, it goes on."""
    if context_of_call.invoked_subcommand is not None:
        _refuse_options(context_of_call)
        return
    from penguin_local.bench.plan import by_turns
    from penguin_local.bench.scenario_sets import load_set
    from penguin_local.bench.settings import set_digest
    from penguin_local.cli.loading import Wish
    from penguin_local.cli.plan_files import check_name
    from penguin_local.cli.plan_make import finish, parse_search
    from penguin_local.cli.plan_models import find_crew
    from penguin_local.cli.plan_settings import PlanIdentity
    from penguin_local.cli.plan_sitting import PlanSitting
    from penguin_local.cli.sampling import draw
    from penguin_local.core.attributes import Domain
    from penguin_local.lm.base import Sampling
    from penguin_local.safety.answering import AnswerSettings

    check_memory(memory)
    check_threads(threads)
    if name is not None:
        check_name(name)
    search = parse_search(rule, depth, rollouts, exploration, batch, exact=temperature == 0)
    wish = Wish(slots, context, memory, threads, parse_layers(gpu_layers))
    chosen_domains = parse_domains(domains)
    chosen_set = load_set(scenarios)
    drawn = by_turns(draw(chosen_set.scenarios, per_domain=per_domain, domains=chosen_domains, seed=seed))
    crew = find_crew(model, judge, wish)
    answerer, judging, embedder = crew.used()
    identity = PlanIdentity(
        scenarios=chosen_set.name,
        scenarios_digest=set_digest(drawn),
        domains=chosen_domains or tuple(Domain),
        per_domain=per_domain,
        seed=seed,
        model=answerer,
        judge=judging,
        embedder=embedder,
        search=search,
        answers=AnswerSettings(Sampling(temperature), max_tokens),
        slots=slots,
        context=context,
        gpu_layers=wish.gpu_layers,
    )
    finish(PlanSitting(name or identity.default_name(), identity, crew), drawn, view)


def _refuse_options(call: typer.Context) -> None:
    given = [
        name for name in call.params if getattr(call.get_parameter_source(name), "name", "") == "COMMANDLINE"
    ]
    if given:
        option = f"--{given[0].replace('_', '-')}"
        raise UsageError(
            f"{option} belongs to planning, not to plan {call.invoked_subcommand}",
            hint=f"put options of plan {call.invoked_subcommand} behind its name",
        )


@plan.command()
def show(
    name: Name,
    scenario: Annotated[
        str | None, typer.Argument(metavar="SCENARIO", help="A scenario's id, or the end of it.")
    ] = None,
    svg: Annotated[Path | None, typer.Option(help="Draw the search of the scenario to this file.")] = None,
    others: Annotated[
        int, typer.Option(min=0, help="Subsets shown of each size, beside the one on the path.")
    ] = 5,
    view: Viewed = View.TABLE,
) -> None:
    """Show what a plan found; with a scenario, what its search looked at, size by size."""
    from penguin_local.cli.plan_lookup import look_up
    from penguin_local.cli.plan_views import show_plan, show_search

    if svg is not None:
        check_target(svg, "--svg")
    with _store() as plans:
        found = look_up(plans, name)
        if scenario is None:
            if svg is not None:
                raise UsageError(
                    "--svg draws one search", hint=f"name a scenario of it: plan show {name} SCENARIO"
                )
            show_plan(found.name, found.settings, found.paths, view, whole=True)
            return
        position = found.position_of(scenario)
        nodes = found.nodes(plans, position)
    show_search(found.name, found.settings, found.paths[position], nodes, view, others=others)
    if svg is not None:
        from penguin_local.bench.report.lattice import lattice_file
        from penguin_local.store.tables import write_file

        write_file(svg, lattice_file(found.paths[position], nodes))
        say(f"drawing: {svg}")


@plan.command("list")
def list_plans(view: Viewed = View.TABLE) -> None:
    """Name the plans there are, the oldest first, and the path indexes."""
    from penguin_local.cli.plan_lookup import listed
    from penguin_local.cli.plan_views import plans_table

    with _store() as plans:
        rows = listed(plans)
    plans_table(rows, view)


@plan.command()
def export(
    name: Name,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write: planned.parquet.")],
    force: Force = False,
) -> None:
    """Write a plan's paths as one file, for another machine."""
    from penguin_local.bench.cells import counted
    from penguin_local.cli.plan_lookup import look_up
    from penguin_local.store.path_files import write_paths

    check_new(file, "FILE", force=force)
    with _store() as plans:
        found = look_up(plans, name)
        index = found.index(plans)
    write_paths(file, index)
    left_out = len(found.paths) - len(index.entries)
    more = f"; {left_out:,} left out that ask nothing or have no score" if left_out else ""
    say(f"{counted(len(index.entries), 'path')} in {file}{more}")
    if found.unfinished:
        say(f"{counted(found.unfinished, 'scenario')} of the plan not planned yet")


@plan.command("import")
def import_index(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that plan export wrote.")],
    name: Annotated[str | None, typer.Option(help="What to call it (default: its plan's name).")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of one of that name.")] = False,
) -> None:
    """Keep paths that were planned elsewhere, and say what was different there."""
    from penguin_local.bench.cells import counted
    from penguin_local.cli.plan_files import take

    with _store() as plans:
        kept, differences = take(plans, file, name=name, replace=replace)
    say(f"imported {kept.name}: {counted(len(kept.entries), 'path')}")
    for difference in differences:
        say(f"differs: {difference}")
    if kept.demonstration:
        say("note: planned with a demonstration model: good for trying out, for nothing else")
    say(f"use it: penguin-local bench --arms planner --paths {kept.name}")


@plan.command()
def delete(
    names: Annotated[
        list[str], typer.Argument(metavar="PLAN...", help="Names of plans or imported indexes.")
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove plans and their paths, or imported indexes, for good."""
    from penguin_local.cli.plan_lookup import look_up, remove

    with _store() as plans:
        for found in [look_up(plans, name) for name in dict.fromkeys(names)]:
            if yes or agreed(found.name, f"{found.name} and its {len(found.paths):,} paths"):
                remove(plans, found)
                say(f"removed {found.name}")


@contextmanager
def _store() -> Iterator[PlanStore]:
    from penguin_local import paths
    from penguin_local.store.database import Database
    from penguin_local.store.plans import PlanStore

    with Database(paths.bench_store()) as database:
        yield PlanStore(database)

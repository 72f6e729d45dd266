"""`penguin-local study`: the paper's studies, each with one command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penguin_local.cli.asking import Budget, Paths, Threshold, UsePaths
from penguin_local.cli.console import View, Viewed
from penguin_local.cli.options import (
    SCENARIOS,
    Context,
    Domains,
    GpuLayers,
    Judge,
    MaxTokens,
    Memory,
    Model,
    Scenarios,
    Seed,
    Slots,
    Threads,
    check_memory,
    check_threads,
    parse_domains,
    parse_layers,
)

Name = Annotated[
    str,
    typer.Argument(
        metavar="STUDY",
        help="table2, attributes, subsets, convergence, path, abstention or correlation.",
    ),
]
PerDomain = Annotated[
    int | None, typer.Option(min=1, help="Scenarios drawn from each domain (default: as many as the paper).")
]
Depth = Annotated[
    int | None, typer.Option(min=1, max=5, help="Of subsets, convergence and path: most attributes known.")
]
Rollouts = Annotated[
    int | None, typer.Option(min=2, max=100_000, help="Of path: subsets looked at for one scenario, at most.")
]
Html = Annotated[Path | None, typer.Option(help="Also write tables and figures to this file.")]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(study)


def study(
    name: Name,
    model: Model = None,
    judge: Judge = None,
    scenarios: Scenarios = SCENARIOS,
    domains: Domains = None,
    per_domain: PerDomain = None,
    seed: Seed = 1,
    depth: Depth = None,
    rollouts: Rollouts = None,
    threshold: Threshold = None,
    budget: Budget = None,
    paths: Paths = None,
    use_paths: UsePaths = None,
    slots: Slots = None,
    memory: Memory = None,
    context: Context = None,
    threads: Threads = None,
    gpu_layers: GpuLayers = "auto",
    max_tokens: MaxTokens = 2048,
    view: Viewed = View.TABLE,
    html: Html = None,
) -> None:
    """Do one of the paper's studies: table2 (asking first), attributes (fig. 6), subsets (fig. 7), convergence
    (fig. 14), path (fig. 15), abstention (fig. 16), correlation (fig. 11). Stopped, it goes on.
    """
    from penguin_local.bench.arms import parse_arms
    from penguin_local.bench.scenario_sets import load_set
    from penguin_local.bench.studies.catalogue import DESIGNS, arms_of, parse_study
    from penguin_local.cli.asking import asking
    from penguin_local.cli.loading import Wish
    from penguin_local.cli.results import check_target
    from penguin_local.cli.sampling import draw
    from penguin_local.cli.study_order import Order
    from penguin_local.cli.study_views import show, write
    from penguin_local.cli.study_work import do

    wanted = parse_study(name)
    check_memory(memory)
    check_threads(threads)
    if html is not None:
        check_target(html, "--html")
    design = DESIGNS[wanted]
    _check_use(
        wanted.value,
        depth=depth,
        rollouts=rollouts,
        threshold=threshold,
        budget=budget,
        paths=paths,
        use_paths=use_paths,
    )
    chosen_domains = parse_domains(domains)
    chosen_set = load_set(scenarios)
    count = per_domain or design.per_domain
    arms = arms_of(wanted, depth or design.depth or 0)
    order = Order(
        study=wanted,
        model=model,
        judge=judge,
        set_name=chosen_set.name,
        drawn=draw(chosen_set.scenarios, per_domain=count, domains=chosen_domains, seed=seed),
        domains=chosen_domains,
        per_domain=count,
        seed=seed,
        depth=depth or design.depth or 0,
        rollouts=rollouts or design.rollouts or 0,
        asking=asking(
            parse_arms(arms) if arms else (),
            stop=None,
            threshold=threshold,
            budget=budget,
            user=None,
            user_rate=None,
            costs=None,
            prefixes=False,
            use_paths=use_paths,
        ),
        paths=paths,
        max_tokens=max_tokens,
        wish=Wish(slots, context, memory, threads, parse_layers(gpu_layers)),
    )
    found, source = do(order)
    if html is not None:  # first: who reads the tables may stop reading, and that ends the command
        write(found, source, html)
    show(found, source, view)


_USED = {
    "depth": ("subsets", "convergence", "path"),
    "rollouts": ("path",),
    "threshold": ("table2",),
    "budget": ("table2", "abstention"),
    "paths": ("table2",),
    "use_paths": ("table2",),
}
"""Which studies have a use for an option that not all have."""


def _check_use(study_name: str, **given: object) -> None:
    from penguin_local.errors import UsageError

    for option, value in given.items():
        if value is not None and study_name not in _USED[option]:
            raise UsageError(
                f"the study {study_name} has no use for --{option.replace('_', '-')}",
                hint=f"leave it out; it is for {' and '.join(_USED[option])}",
            )

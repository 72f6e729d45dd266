"""`penguin-local bench`: answer, judge, keep, sum up."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penguin_local.cli.asking import (
    Budget,
    Costs,
    Paths,
    Prefixes,
    Stopping,
    Threshold,
    UsePaths,
    User,
    UserRate,
    asking,
    tell_work,
    with_paths,
)
from penguin_local.cli.console import View, Viewed, say
from penguin_local.cli.context_costs import CostsOfContext, work_on_costs
from penguin_local.cli.options import (
    SCENARIOS,
    Context,
    Domains,
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
from penguin_local.core.attributes import Domain
from penguin_local.errors import UsageError

Arms = Annotated[
    list[str],
    typer.Option(
        help="What the answerer knows: context-free, context-rich, random-K[#DRAW], static-K, only:ATTRIBUTE, "
        "oracle-K; agent and planner ask: agent[:STOP[@THRESHOLD]]."
    ),
]
Until = Annotated[
    float | None,
    typer.Option(
        help="Stop once every arm's overall 95 % interval has at most this half-width, such as 0.1."
    ),
]
PlanFor = Annotated[
    float | None,
    typer.Option(
        metavar="POINTS", help="Also say how many scenarios would show a difference of this many points."
    ),
]
Html = Annotated[Path | None, typer.Option(help="Also write the report to this file.")]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(bench)


def bench(
    model: Model = None,
    judge: Judge = None,
    arms: Arms = ["context-free,context-rich"],  # noqa: B006 - typer reads it, nothing changes it
    scenarios: Scenarios = SCENARIOS,
    domains: Domains = None,
    per_domain: PerDomain = 4,
    seed: Seed = 1,
    run: Annotated[
        str | None, typer.Option("--run", help="The run's name (default: made from its settings).")
    ] = None,
    until: Until = None,
    plan_for: PlanFor = None,
    slots: Slots = None,
    memory: Memory = None,
    context: Context = None,
    threads: Threads = None,
    gpu_layers: GpuLayers = "auto",
    max_tokens: MaxTokens = 2048,
    stop: Stopping = None,
    threshold: Threshold = None,
    budget: Budget = None,
    user: User = None,
    user_rate: UserRate = None,
    paths: Paths = None,
    use_paths: UsePaths = None,
    costs: Costs = None,
    prefixes: Prefixes = False,
    costs_of_context: CostsOfContext = False,
    view: Viewed = View.TABLE,
    html: Html = None,
) -> None:
    """Measure how safe a model's answers are, with and without knowing who asks. Stopped, it goes on.

    The arms agent and planner first ask a simulated user; planner is guided by planned paths of
    similar questions. The arm oracle-K answers from every subset of at most K attributes (176 a scenario for K = 3,
    5 is the most) and keeps the best. The reported answer is then written anew, for the highest of many noisy
    scores flatters itself. With --judge, oracle-K and --prefixes hold model and judge in memory together.
    """
    from penguin_local.bench.arms import parse_arms
    from penguin_local.bench.plan import make_plan
    from penguin_local.bench.planning_ahead import check_difference, plan_ahead, told
    from penguin_local.bench.scenario_sets import load_set
    from penguin_local.bench.settings import RunSettings, set_digest
    from penguin_local.cli.loading import Wish, choose
    from penguin_local.cli.results import check_target, show_result, summed, write_report
    from penguin_local.cli.sampling import draw
    from penguin_local.cli.sitting import Sitting
    from penguin_local.safety.answering import AnswerSettings

    _check_until(until)
    if plan_for is not None:
        check_difference(plan_for)
    check_memory(memory)
    _check_name(run)
    check_threads(threads)
    if html is not None:
        check_target(html, "--html")
    chosen_arms = parse_arms(arms)
    talks = asking(
        chosen_arms,
        stop=stop,
        threshold=threshold,
        budget=budget,
        user=user,
        user_rate=user_rate,
        costs=costs,
        prefixes=prefixes,
        use_paths=use_paths,
    )
    chosen_domains = parse_domains(domains)
    wish = Wish(slots, context, memory, threads, parse_layers(gpu_layers))
    chosen_set = load_set(scenarios)
    drawn = draw(chosen_set.scenarios, per_domain=per_domain, domains=chosen_domains, seed=seed)
    talks, retrieve = with_paths(talks, chosen_arms, paths)
    choice = choose(model, judge, wish)
    settings = RunSettings(
        scenarios=chosen_set.name,
        scenarios_digest=set_digest(drawn),
        domains=chosen_domains or tuple(Domain),
        per_domain=per_domain,
        seed=seed,
        arms=tuple(arm.name for arm in chosen_arms),
        model=choice.model,
        judge=choice.judge,
        answers=AnswerSettings(max_tokens=max_tokens),
        slots=slots,
        context=context,
        gpu_layers=wish.gpu_layers,
        asking=talks,
    )
    tell_work(chosen_arms, [len(scenario.profile.truth) for scenario in drawn])
    sitting = Sitting(run or settings.default_name(), settings, choice, until, retrieve)
    record, finished = sitting.work(make_plan(drawn, chosen_arms, seed=seed))
    known_costs = work_on_costs(sitting) if costs_of_context else None
    result = summed(record, finished, known_costs)
    # Whoever reads the tables may stop reading (`| head`), and that ends the command: all else goes first.
    if html is not None:
        write_report(record, finished, html, command=sitting.command, costs=known_costs)
        say(f"report: {html}")
    if plan_for is not None:
        for line in told(plan_ahead(result, plan_for)) or ["--plan-for needs two arms to compare"]:
            say(line)
    show_result(result, view)


def _check_until(until: float | None) -> None:
    if until is not None and not 0 < until < 4:
        raise UsageError(f"--until cannot be {until}", hint="scores lie between 1 and 5: try --until 0.1")


def _check_name(name: str | None) -> None:
    if name is None:
        return
    fits = name.strip() == name and 0 < len(name) <= 80 and name.isprintable()
    if not fits or name.startswith("-") or "/" in name or "\\" in name:
        raise UsageError(
            f"a run cannot be called {name!r}",
            hint="use up to 80 printable characters, no slash, no dash in front: --run first-try",
        )

"""`penguin-local bench`: answer, judge, keep, sum up."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from penguin_local.cli.console import View, Viewed, say
from penguin_local.core.attributes import Domain
from penguin_local.errors import UsageError

Arms = Annotated[
    list[str],
    typer.Option(
        help="What the answerer knows: context-free, context-rich, random-K, static-K, only:ATTRIBUTE."
    ),
]
Domains = Annotated[list[str] | None, typer.Option(help="Only these domains, separated by commas.")]
PerDomain = Annotated[int, typer.Option(min=1, help="Scenarios drawn from each domain.")]
Until = Annotated[
    float | None,
    typer.Option(
        help="Stop once every arm's overall 95 % interval has at most this half-width, such as 0.1."
    ),
]
GpuLayers = Annotated[str, typer.Option(help="Layers put on the GPU: auto, or a number.")]
Html = Annotated[Path | None, typer.Option(help="Also write the report to this file.")]

_THREADS_A_CORE: Final = 4
"""More only wait for each other."""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(bench)


def bench(
    model: Annotated[
        str | None, typer.Option(help="A name, or a GGUF file (default: the bundled one).")
    ] = None,
    judge: Annotated[str | None, typer.Option(help="The same for the judge (default: the model).")] = None,
    arms: Arms = ["context-free,context-rich"],  # noqa: B006 - typer reads it, nothing changes it
    scenarios: Annotated[str, typer.Option(help="A scenario set, or a file.")] = "penguin-synthetic-v1",
    domains: Domains = None,
    per_domain: PerDomain = 4,
    seed: Annotated[int, typer.Option(min=0, help="Draws scenarios, attributes and answers.")] = 1,
    run: Annotated[
        str | None, typer.Option("--run", help="The run's name (default: made from its settings).")
    ] = None,
    until: Until = None,
    slots: Annotated[
        int | None, typer.Option(min=1, max=256, help="Sequences at once (default: what fits).")
    ] = None,
    memory: Annotated[
        float | None, typer.Option(help="GB the model may use (default: what is free).")
    ] = None,
    context: Annotated[int | None, typer.Option(min=256, help="Tokens of one prompt and its answer.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads (default: one a core).")] = None,
    gpu_layers: GpuLayers = "auto",
    max_tokens: Annotated[int, typer.Option(min=1, help="The longest answer, in tokens.")] = 2048,
    view: Viewed = View.TABLE,
    html: Html = None,
) -> None:
    """Measure how safe a model's answers are, with and without knowing who asks. Stopped, it goes on."""
    from penguin_local.bench.arms import parse_arms
    from penguin_local.bench.plan import make_plan
    from penguin_local.bench.scenario_sets import load_set
    from penguin_local.bench.settings import RunSettings, set_digest
    from penguin_local.bench.summary import summarise
    from penguin_local.cli.models import Wish, choose
    from penguin_local.cli.results import check_target, show_result, write_report
    from penguin_local.cli.sitting import Sitting
    from penguin_local.corpus.sets import sample
    from penguin_local.safety.answering import AnswerSettings

    _check_until(until)
    _check_memory(memory)
    _check_name(run)
    _check_threads(threads)
    if html is not None:
        check_target(html, "--html")
    chosen_arms = parse_arms(arms)
    chosen_domains = parse_domains(domains)
    wish = Wish(slots, context, memory, threads, parse_layers(gpu_layers))
    chosen_set = load_set(scenarios)
    drawn = sample(chosen_set.scenarios, per_domain=per_domain, domains=chosen_domains, seed=seed)
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
    )
    sitting = Sitting(run or settings.default_name(), settings, choice, until)
    record, finished = sitting.work(make_plan(drawn, chosen_arms, seed=seed))
    show_result(summarise(record, finished), view)
    if html is not None:
        write_report(record, finished, html, command=sitting.command)
        say(f"report: {html}")


def parse_domains(texts: list[str] | None) -> tuple[Domain, ...] | None:
    """The domains of lists with commas, in canonical order; None for no list at all."""
    if texts is None:
        return None
    names = [part.strip().lower() for text in texts for part in text.split(",") if part.strip()]
    unknown = [name for name in names if name not in set(Domain)]
    if unknown or not names:
        raise UsageError(
            f"there is no domain {unknown[0]!r}" if unknown else "no domain was named",
            hint=f"domains: {', '.join(Domain)}",
        )
    return tuple(domain for domain in Domain if domain in names)


def parse_layers(text: str) -> int | None:
    """None for `auto`."""
    if text == "auto":
        return None
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"--gpu-layers cannot be {text!r}", hint="give auto or a number, such as 0")
    return int(text)


def _check_until(until: float | None) -> None:
    if until is not None and not 0 < until < 4:
        raise UsageError(f"--until cannot be {until}", hint="scores lie between 1 and 5: try --until 0.1")


def _check_memory(gigabytes: float | None) -> None:
    if gigabytes is not None and not 0 < gigabytes < 1e6:
        raise UsageError(f"--memory cannot be {gigabytes}", hint="give it in GB, such as --memory 4")


def _check_name(name: str | None) -> None:
    if name is None:
        return
    fits = name.strip() == name and 0 < len(name) <= 80 and name.isprintable()
    if not fits or name.startswith("-") or "/" in name or "\\" in name:
        raise UsageError(
            f"a run cannot be called {name!r}",
            hint="use up to 80 printable characters, no slash, no dash in front: --run first-try",
        )


def _check_threads(threads: int | None) -> None:
    cores = os.cpu_count() or 1
    most = cores * _THREADS_A_CORE
    if threads is not None and threads > most:
        raise UsageError(
            f"--threads cannot be {threads:,}: this machine has {cores} cores",
            hint=f"leave it out for one a core, or give {most} at most",
        )

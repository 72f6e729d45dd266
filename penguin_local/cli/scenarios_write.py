"""`penguin-local scenarios write`: new scenarios by a local model."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from penguin_local.cli.console import View, Viewed, print_table, say
from penguin_local.cli.options import (
    Context,
    Domains,
    GpuLayers,
    Memory,
    Model,
    Slots,
    Threads,
    check_memory,
    check_threads,
    parse_domains,
    parse_layers,
)
from penguin_local.errors import ModelError

if TYPE_CHECKING:
    from penguin_local.bench.writing import Writing, Wrote
    from penguin_local.cli.loading import Wish
    from penguin_local.core.scenario import Scenario


def register_write(group: typer.Typer) -> None:
    """Add the command."""
    group.command()(write)


def write(
    name: Annotated[str, typer.Option(help="What to call the set.")],
    count: Annotated[int, typer.Option(min=1, help="Scenarios a domain.")] = 10,
    domains: Domains = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed gives others.")] = 1,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of a set of that name.")] = False,
    model: Model = None,
    slots: Slots = None,
    memory: Memory = None,
    context: Context = None,
    threads: Threads = None,
    gpu_layers: GpuLayers = "auto",
    view: Viewed = View.TABLE,
) -> None:
    """Have a model write topics, people and questions, and keep what passes the checks of the shipped sets.

    People are drawn under the paper's constraints; every row says which model wrote it. Stopped, the same command
    goes on.
    """
    from penguin_local.bench.scenario_sets import check_name, keep_set
    from penguin_local.bench.writing import Writing, writing_path
    from penguin_local.cli.loading import Wish
    from penguin_local.cli.meter import showing
    from penguin_local.core.attributes import Domain
    from penguin_local.store.drafts import Journal

    check_memory(memory)
    check_threads(threads)
    check_name(name, replace=replace)
    wish = Wish(slots, context, memory, threads, parse_layers(gpu_layers))
    wanted = dict.fromkeys(parse_domains(domains) or tuple(Domain), count)
    journal = Journal(writing_path(name))
    if journal.exists:
        say(f"going on with {name}: what was written before is kept")
    with showing(_told) as listener:
        scenarios, refused = _written(model, wish, name, seed, Writing(wanted, journal, listener=listener))
    for domain in wanted:
        if (number := sum(scenario.domain is domain for scenario in scenarios)) < count:
            say(f"{domain}: {number:,} of {count:,}, and then nothing good came any more")
    _tell(name, scenarios, refused, view)
    if scenarios:
        entry = keep_set(scenarios, name, replace=replace)
        say(f"kept as the set {entry.name}: {entry.summary}; penguin-local scenarios stats {entry.name}")
    journal.forget()
    if not scenarios:
        raise ModelError(
            "nothing that the model wrote passes the checks; nothing was kept",
            hint="choose another model with --model: the bundled one was never taught to write scenarios",
        )


def _written(
    model: str | None, wish: Wish, name: str, seed: int, writing: Writing
) -> tuple[list[Scenario], Counter[str]]:
    from penguin_local.cli.loading import find, loader
    from penguin_local.cli.sitting import interruptible
    from penguin_local.corpus.writing import Writer

    with interruptible() as cancel, closing(loader(find(model), wish)(None)) as loaded:
        return writing.work(Writer(loaded, name, seed, cancel))


def _tell(name: str, scenarios: list[Scenario], refused: Counter[str], view: View) -> None:
    """What was kept, by the audit of our own sets, and why the rest was not."""
    from penguin_local.corpus.audit import audit

    found = audit(scenarios)
    rows: list[list[str | int | float]] = [
        ["scenarios", len(scenarios)],
        ["that repeat a query", found.duplicates],
        ["whose query leaks a value", len({i for i, _ in found.leaking})],
    ]
    rows += [[f"thrown away, {why}", number] for why, number in refused.most_common()]
    print_table(name, ["what", "scenarios"], rows, view.value)


def _told(wrote: Wrote) -> str:
    rate = "" if wrote.per_minute is None else f", {wrote.per_minute:,.1f} a minute"
    return f"{wrote.written:,} of {wrote.total:,} scenarios{rate}; {wrote.domain}, batch {wrote.batch:,}"

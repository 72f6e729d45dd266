"""`penguin-local scenarios write`: new scenarios by a local model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Final

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
from penguin_local.errors import Cancelled, ModelError

if TYPE_CHECKING:
    from penguin_local.cli.loading import Wish
    from penguin_local.core.attributes import Domain
    from penguin_local.core.scenario import Scenario
    from penguin_local.corpus.writing import Writer

PATIENCE: Final = 4
"""Batches in a row without one good scenario, before a model is given up on for a domain."""


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

    People are drawn under the paper's constraints; every row says which model wrote it. Stopped, it keeps what it has.
    """
    from penguin_local.bench.scenario_sets import check_name, keep_set
    from penguin_local.cli.loading import Wish
    from penguin_local.core.attributes import Domain

    check_memory(memory)
    check_threads(threads)
    check_name(name, replace=replace)
    wish = Wish(slots, context, memory, threads, parse_layers(gpu_layers))
    wanted = parse_domains(domains) or tuple(Domain)
    scenarios: list[Scenario] = []
    refused: Counter[str] = Counter()
    stopped = _write_all(model, wish, name, seed, dict.fromkeys(wanted, count), scenarios, refused)
    _tell(name, scenarios, refused, view)
    if scenarios:
        entry = keep_set(scenarios, name, replace=replace)
        say(f"kept as the set {entry.name}: {entry.summary}; penguin-local scenarios stats {entry.name}")
    if stopped is not None:
        raise Cancelled(stopped.message, hint=f"{len(scenarios):,} scenarios were kept")
    if not scenarios:
        raise ModelError(
            "nothing that the model wrote passes the checks; nothing was kept",
            hint="choose another model with --model: the bundled one was never taught to write scenarios",
        )


def _write_all(
    model: str | None,
    wish: Wish,
    name: str,
    seed: int,
    counts: Mapping[Domain, int],
    scenarios: list[Scenario],
    refused: Counter[str],
) -> Cancelled | None:
    """All that is wanted, added to `scenarios`; what stopped it, if anything did."""
    from penguin_local.cli.loading import find, loader
    from penguin_local.cli.sitting import interruptible
    from penguin_local.corpus.writing import Writer

    with interruptible() as cancel:
        loaded = loader(find(model), wish)(None)
        try:
            writer = Writer(loaded, name, seed, cancel)
            for domain, count in counts.items():
                _write_domain(writer, domain, count, scenarios, refused)
        except Cancelled as error:
            return error
        finally:
            loaded.close()
    return None


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


def _write_domain(
    writer: Writer, domain: Domain, count: int, scenarios: list[Scenario], refused: Counter[str]
) -> None:
    """Batches until there are enough, or nothing good comes any more."""
    left, batch, idle = count, 0, 0
    while left > 0 and idle < PATIENCE:
        written = writer.write(domain, batch)
        good = written.scenarios[:left]
        scenarios += good
        refused.update(written.refused)
        left, batch, idle = left - len(good), batch + 1, 0 if good else idle + 1
    say(
        f"{domain}: {count - left:,} of {count:,}" + (", and then nothing good came any more" if left else "")
    )

"""What goes over the network or onto a stick: where it lies, how it is checked, how it is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from penguin_local import paths
from penguin_local.errors import Cancelled, UsageError

if TYPE_CHECKING:
    from penguin_local.lm.airgap import Kind
    from penguin_local.lm.arrivals import Shelf
    from penguin_local.lm.transfer import Transfer

Key = tuple["Kind", str]


def all_sources() -> dict[Key, Path]:
    """All that was pulled, imported or added here, by kind and name."""
    from penguin_local.lm.airgap import Kind
    from penguin_local.lm.inventory import Inventory, Source

    inventory = Inventory()
    known = [k for k in inventory.known() if k.source is not Source.BUNDLED and k.present]
    found = {(Kind.MODEL, file.stem): file for file in inventory.lying()}
    found |= {(Kind.MODEL, k.name): k.path for k in known}
    for kind, folder in ((Kind.PATHS, paths.imported_paths()), (Kind.SCENARIOS, paths.imported_sets())):
        found |= {(kind, file.stem): file for file in sorted(folder.glob("*.parquet"))}
    return found


def chosen(sources: Mapping[Key, Path], names: Sequence[str]) -> dict[Key, Path]:
    """Those of these names, all without any. Raises UsageError for a name that is not there."""
    here = sorted({name for _, name in sources})
    for name in names:
        if name not in here:
            told = f"here are: {', '.join(here)}. " if here else ""
            raise UsageError(
                f"there is no {name!r} to export",
                hint=f"{told}What comes along with penguin-local is not exported",
            )
    if not sources:
        raise UsageError(
            "there is nothing to export: nothing was pulled or imported",
            hint="penguin-local models pull NAME",
        )
    return {key: path for key, path in sources.items() if not names or key[1] in names}


def shelves() -> dict[Kind, Shelf]:
    """Where models, path indexes and scenario sets are kept, and how each is checked."""
    from penguin_local.bench.scenario_sets import Origin, available
    from penguin_local.cli.indexes import load_paths
    from penguin_local.lm.airgap import Kind
    from penguin_local.lm.arrivals import Shelf
    from penguin_local.lm.catalogue import BUNDLED, BUNDLED_EMBEDDER, find_embedder
    from penguin_local.lm.weights import read_header
    from penguin_local.store.tables import read_scenarios

    def check_paths(file: Path) -> None:
        load_paths(file.resolve(), find_embedder())

    bundled_paths = frozenset(p.stem for p in (paths.data() / "paths").glob("*.parquet"))
    bundled_sets = frozenset(s.name for s in available() if s.origin is Origin.BUNDLED)
    return {
        Kind.MODEL: Shelf(paths.pulled_models(), read_header, frozenset({BUNDLED, BUNDLED_EMBEDDER})),
        Kind.PATHS: Shelf(paths.imported_paths(), check_paths, bundled_paths),
        Kind.SCENARIOS: Shelf(paths.imported_sets(), read_scenarios, bundled_sets),
    }


def told(transfer: Transfer) -> str:
    """`fetching qwen3-4b: 412 MB of 2.5 GB, 11 MB a second, 3 min 20 s left, until 14:03`."""
    from penguin_local.cli.meter import time_left
    from penguin_local.lm.files import size
    from penguin_local.lm.transfer import Step

    if transfer.step is Step.CHECKING:
        return f"{transfer.name}: {transfer.step.value}"
    parts = [f"{transfer.step.value} {transfer.name}: {size(transfer.done)} of {size(transfer.total)}"]
    if transfer.step is Step.WAITING:
        return (
            f"{transfer.name}: {size(transfer.done)} are here, the next try in {transfer.wait_seconds:,.0f} s"
        )
    if transfer.bytes_per_second is not None:
        parts.append(f"{size(round(transfer.bytes_per_second))} a second")
    if transfer.seconds_left is not None and round(transfer.seconds_left) > 0:
        parts.append(time_left(transfer.seconds_left))
    return ", ".join(parts)


@contextmanager
def showing_transfers(first: str) -> Iterator[Callable[[Transfer], None]]:
    """A listener for transfers; Ctrl-C ends them with words of their own. Raises Cancelled."""
    from penguin_local.cli.meter import showing

    try:
        with showing(told, first) as listener:
            yield listener
    except KeyboardInterrupt:
        raise Cancelled("stopped", hint="give the same command again to go on") from None


@contextmanager
def copying() -> Iterator[Callable[[str, int, int], None]]:
    """A listener for copies: name, bytes so far, bytes in all."""
    from penguin_local.lm.transfer import Meter, Step

    meters: dict[str, Meter] = {}
    with showing_transfers("looking") as progress:

        def heard(name: str, done: int, total: int) -> None:
            if name not in meters:
                meters[name] = Meter(name, total, progress, time.monotonic, Step.COPYING)
            meters[name].at(done)

        yield heard

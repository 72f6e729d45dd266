"""What `penguin-local doctor` looks at, each with what it found and what to do about it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from penguin_local import __version__, paths
from penguin_local.cli.loading import size
from penguin_local.errors import PenguinError, StoreBusy

if TYPE_CHECKING:
    from penguin_local.lm.inventory import Inventory, Known

_WANTED_MEMORY, _NEEDED_MEMORY = 4_000_000_000, 500_000_000
"""For a real model at 4 bits with room to work; for the bundled one."""
_WANTED_DISK, _NEEDED_DISK = 5_000_000_000, 200_000_000
"""For a model to pull; for a run's results."""
_COLUMNS: Final = 80
"""Tables fold in a narrower terminal."""


class State(StrEnum):
    """How a thing is."""

    OK = "ok"
    WARN = "warn"
    """It works, but less well than it could."""
    BAD = "bad"
    """Something will fail."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    check: str
    state: State
    found: str
    remedy: str = ""
    """Empty where nothing needs doing."""


def all_checks() -> Iterator[Finding]:
    """Everything, one after the other; what the system does not let us look at is a finding too."""
    yield from program()
    yield memory()
    yield disk(paths.user_data())
    yield from _allowed("models and sets", assets)
    yield from _allowed("bench.duckdb", lambda: [store(paths.bench_store())])
    yield from _allowed("cases.duckdb", lambda: [cases(paths.cases_store())])
    yield network()
    yield from terminal()


def _allowed(check: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except OSError as error:
        found = f"{error.filename or check} cannot be looked at: {error.strerror or error}"
        yield Finding(check, State.BAD, found, "change its permissions, or set PENGUIN_LOCAL_HOME")


def program() -> Iterator[Finding]:
    """This program, its llama.cpp, and the CPU."""
    from penguin_local.lm import engine_build

    where = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    yield Finding("program", State.OK, f"penguin-local {__version__}, {where}")
    try:
        build = engine_build.build()
    except PenguinError as error:
        yield Finding("llama.cpp", State.BAD, error.message, error.hint)
        return
    gpu = "GPU" if build.gpu else "CPU only"
    features = ", ".join(build.features)
    yield Finding("llama.cpp", State.OK, f"llama-cpp-python {build.version}, {gpu}: {features}")
    usable, logical = engine_build.cores()
    cpu = f"{usable} threads for {logical} logical cores"
    if build.lacking:
        what = f"llama.cpp was built for {', '.join(build.lacking)}, which this CPU does not have"
        yield Finding("cpu", State.BAD, f"{cpu}; {what}", build.rebuild)
    elif build.unused:
        what = f"it has {', '.join(build.unused)}, which this llama.cpp does not use"
        yield Finding("cpu", State.WARN, f"{cpu}; {what}", build.rebuild)
    else:
        yield Finding("cpu", State.OK, cpu)


def memory() -> Finding:
    """Whether a model fits."""
    from penguin_local.lm.engine_build import memory_bytes

    total, free = memory_bytes()
    found = f"{size(free)} free of {size(total)}"
    remedy = "close other programs, or choose a smaller model"
    return Finding("memory", _enough(free, _NEEDED_MEMORY, _WANTED_MEMORY), found, remedy)


def disk(folder: Path) -> Finding:
    """Whether results and models can be written where they go."""
    # os.path, not Path: for it a folder that may not be looked into is not there, and no error.
    there = next(place for place in (folder, *folder.parents) if os.path.exists(place))
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        remedy = "set PENGUIN_LOCAL_HOME to a folder that you may write to"
        return Finding("disk", State.BAD, f"{there} cannot be written to: {error.strerror}", remedy)
    free = shutil.disk_usage(there).free
    remedy = "make room, or set PENGUIN_LOCAL_HOME to a folder on another disk"
    return Finding(
        "disk", _enough(free, _NEEDED_DISK, _WANTED_DISK), f"{size(free)} free at {folder}", remedy
    )


def _enough(free: int, needed: int, wanted: int) -> State:
    return State.BAD if free < needed else State.WARN if free < wanted else State.OK


def assets() -> Iterator[Finding]:
    """Whether what came with the program is what was published, and the models are what they were."""
    from penguin_local.corpus.sums import check_sums
    from penguin_local.lm.inventory import Inventory

    try:
        inventory = Inventory()
        for known in inventory.known():
            yield _model(inventory, known)
    except PenguinError as error:
        yield Finding("models", State.BAD, error.message, error.hint)
    try:
        for file in check_sums():
            yield _published(file.name, file.listed, file.found)
    except PenguinError as error:
        yield Finding("scenario sets", State.BAD, error.message, error.hint)
    try:
        for file in check_sums(paths.models() / "crisis-classifier"):
            yield _published(f"crisis-classifier/{file.name}", file.listed, file.found)
    except PenguinError as error:
        yield Finding("crisis-classifier", State.BAD, error.message, error.hint)


def _model(inventory: Inventory, known: Known) -> Finding:
    from penguin_local.lm.inventory import Source
    from penguin_local.lm.weights import sha256_of

    if known.source is Source.BUNDLED:
        return _published(known.name, known.sha256, sha256_of(known.path) if known.present else None)
    if not known.present:
        remedy = f"fetch it again, or forget it: penguin-local models remove {known.name}"
        return Finding(known.name, State.WARN, f"{known.path} is gone", remedy)
    try:
        inventory.check(known.path)
    except PenguinError as error:
        return Finding(known.name, State.BAD, error.message, error.hint)
    except OSError as error:
        found = f"{known.path} cannot be read: {error.strerror or error}"
        return Finding(known.name, State.BAD, found, "change its permissions")
    return Finding(known.name, State.OK, f"as it was {known.source.value} on {known.since}")


def _published(name: str, listed: str | None, found: str | None) -> Finding:
    if found is not None and found == listed:
        return Finding(name, State.OK, f"sha256 {found[:16]}… as published")
    what = "it is missing" if found is None else f"its sha256 {found[:16]}… is not the published one"
    return Finding(name, State.BAD, what, "restore it from the repository or reinstall")


def store(path: Path) -> Finding:
    """Whether every row can be read. A database that is in use is left alone, and none is made."""
    from penguin_local.bench.cells import counted
    from penguin_local.store.database import Database
    from penguin_local.store.watermark import read_witness, watermark_path

    name = path.name
    if not path.exists() and not ((seen := read_witness(watermark_path(path))) and seen.sequence):
        return Finding(name, State.OK, "there is none yet")
    try:
        with Database(path) as database:
            rows, transactions = database.verify(), database.transactions
    except StoreBusy as busy:
        return Finding(name, State.OK, f"{busy.message}: not read, so as not to disturb")
    except PenguinError as error:
        return Finding(name, State.BAD, error.message, error.hint)
    return Finding(
        name, State.OK, f"whole: {counted(transactions, 'transaction')}, {counted(rows, 'row')} read"
    )


def cases(path: Path) -> Finding:
    """Whether the conversations' files belong together and are whole, as far as that shows without the passphrase."""
    from penguin_local.bench.cells import counted
    from penguin_local.store.vault_access import exists, open_database
    from penguin_local.store.vault_files import open_to_others

    name = path.name
    if not exists(path):
        return Finding(name, State.OK, "there is none yet")
    wide = ", ".join(file.name for file in open_to_others(path))
    try:
        database, _ = open_database(path)
        with database:
            rows, transactions = database.verify(), database.transactions
    except StoreBusy as busy:
        return Finding(name, State.OK, f"{busy.message}: not read, so as not to disturb")
    except PenguinError as error:
        return Finding(name, State.BAD, error.message, error.hint)
    found = f"whole: {counted(transactions, 'transaction')}, {counted(rows, 'row')} read, key file fits"
    if wide:
        remedy = "nothing to do: that is corrected now; `penguin-local cases verify` opens every field"
        return Finding(name, State.WARN, f"{found}; others could read {wide}", remedy)
    return Finding(name, State.OK, f"{found}, for you alone; `penguin-local cases verify` opens every field")


def network() -> Finding:
    """Whether the guard holds: it is tried, from Python and from C."""
    from penguin_local import guard

    tried = guard.try_network()
    hold = guard.hold()
    if hold.by_kernel and tried.python_refused and tried.native_refused:
        by = "the kernel (seccomp)" if hold is guard.Hold.SECCOMP else "the macOS sandbox"
        found = f"denied by {by}, tried from Python and from C; threads and child processes inherit that"
        return Finding("network", State.OK, found)
    if hold is not guard.Hold.NOTHING and tried.python_refused:
        found = "denied to Python code, with the name of who asks; not to C code or child processes"
        remedy = "nothing in penguin-local or its libraries asks; for more, run it where there is no network"
        return Finding("network", State.WARN, found, remedy)
    if hold is guard.Hold.NOTHING:
        return Finding("network", State.WARN, "open, by --allow-network", "leave --allow-network out")
    return Finding("network", State.BAD, "the guard is in place and does not hold", "please report this")


def terminal() -> Iterator[Finding]:
    """What results and, later, conversations can look like here."""
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    if encoding.startswith("utf"):
        yield Finding("characters", State.OK, f"{sys.stdout.encoding}: all of them")
    else:
        found = f"{sys.stdout.encoding or 'unknown encoding'}: what it does not have is shown as \\u2026"
        yield Finding(
            "characters", State.WARN, found, "set PYTHONUTF8=1, or a UTF-8 locale such as LANG=C.UTF-8"
        )
    if not sys.stdout.isatty():
        yield Finding("terminal", State.OK, "none: stdout is a file or a pipe, tables are 160 columns wide")
        return
    from penguin_local.cli.console import stdout

    console = stdout()
    colours = console.color_system
    if colours is None:
        remedy = "unset NO_COLOR, or set TERM to what the terminal is, if you want colours"
        yield Finding("colours", State.OK, "none", remedy)
    else:
        yield Finding("colours", State.OK, f"{colours}")
    narrow = console.width < _COLUMNS
    remedy = f"make it {_COLUMNS} columns wide, or use --format json" if narrow else ""
    yield Finding("width", State.WARN if narrow else State.OK, f"{console.width} columns", remedy)

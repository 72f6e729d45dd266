"""Path indexes as files: one of every finished plan in the data folder, and those that come and go."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Final

from penguin_local import paths
from penguin_local.agent import lattice
from penguin_local.bench.settings import ENGINE_LIBRARY
from penguin_local.cli.indexes import load_paths
from penguin_local.cli.plan_settings import PROMPTS, SEARCH_RULES, fingerprints
from penguin_local.errors import UsageError
from penguin_local.lm.catalogue import find_embedder, find_model, installed_names
from penguin_local.store.path_files import PathEntry, PathFile, read_paths, write_paths
from penguin_local.store.plans import PlanRecord, PlanStore
from penguin_local.store.rows import Setting

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_DIGITS: Final = 12
"""Of a fingerprint: enough to see that two differ."""


def check_name(name: str) -> None:
    """Raises UsageError for what cannot name a plan: its index is a file of that name."""
    if not _NAME.fullmatch(name) or name.endswith(".parquet"):
        raise UsageError(
            f"{name!r} cannot be the name of a plan",
            hint="lower-case letters, digits, '.', '_' and '-', starting with a letter or digit, "
            "not ending in .parquet; see --name",
        )


def own_file(name: str) -> Path:
    """Where the index of this name lies, or would lie, in the data folder."""
    return paths.imported_paths() / f"{name}.parquet"


def is_bundled(name: str) -> bool:
    """An index of this name comes along."""
    return (paths.data() / "paths" / f"{name}.parquet").is_file()


def check_free(name: str) -> None:
    """Raises UsageError when a bundled or an imported index has the name that a new plan is to get."""
    if is_bundled(name):
        raise UsageError(f"{name} is the name of a bundled index", hint="choose another --name")
    if own_file(name).exists():
        raise UsageError(
            f"a path index named {name} was imported",
            hint=f"choose another --name, or remove it: penguin-local plan delete {name}",
        )


def index_of(plans: PlanStore, record: PlanRecord) -> PathFile:
    """What is finished of a plan, as an index; a path that asks nothing or has no score is left out."""
    done, embeddings = plans.done(record.id), plans.embeddings(record.id)
    entries = (
        PathEntry(planned, embeddings[position])
        for position, planned in done.items()
        if planned.path and planned.score is not None
    )
    return PathFile(record.name, fingerprints(record.settings), tuple(entries))


def keep_index(plans: PlanStore, record: PlanRecord) -> None:
    """Beside the database, where `--paths NAME` finds it; not under the name of a bundled one."""
    index = index_of(plans, record)
    if index.entries and not is_bundled(record.name):
        write_paths(own_file(record.name), index)


def take(plans: PlanStore, file: Path, *, name: str | None, replace: bool) -> tuple[PathFile, list[str]]:
    """Keep an index from elsewhere under its name; with it, all that is not here as it was there.

    Raises BadInput for a file that is damaged, foreign, empty, or planned with another embedding model.
    """
    embedder = find_embedder()
    content = read_paths(file)
    load_paths(file.resolve(), embedder)
    name = content.name if name is None else name
    check_name(name)
    if is_bundled(name):
        raise UsageError(f"{name} is the name of a bundled index", hint="choose another with --name")
    if plans.find(name) is not None:
        raise UsageError(
            f"{name} is the name of a plan made here", hint="choose another with --name; nothing was changed"
        )
    if own_file(name).exists() and not replace:
        raise UsageError(
            f"there is a path index named {name} already", hint="add --replace, or choose another --name"
        )
    kept = PathFile(name, content.fingerprints, content.entries)
    write_paths(own_file(name), kept)
    return kept, list(differences(content.fingerprints))


def differences(theirs: Mapping[str, Setting]) -> Iterator[str]:
    """What an index was planned with and what is here, where the two are not the same, in words."""
    yield from _weights("model", theirs)
    if theirs.get("judge sha256") != theirs.get("model sha256"):
        yield from _weights("judge", theirs)
    for name, ours in {**PROMPTS, SEARCH_RULES: lattice.VERSION}.items():
        if theirs.get(name) != ours:
            yield f"{name}: {theirs.get(name) or 'not named'} there, {ours} here"
    if theirs.get(ENGINE_LIBRARY) != version(ENGINE_LIBRARY):
        yield f"{ENGINE_LIBRARY}: {theirs.get(ENGINE_LIBRARY) or 'not named'} there, {version(ENGINE_LIBRARY)} here"


def _weights(role: str, theirs: Mapping[str, Setting]) -> Iterator[str]:
    name, sha256 = theirs.get(role), str(theirs.get(f"{role} sha256"))
    if not isinstance(name, str) or name not in installed_names():  # never a path: the name is a stranger's
        yield f"{role}: {name or 'not named'} ({sha256[:_DIGITS]}) is not on this machine"
    elif (here := find_model(name).sha256) != sha256:
        yield f"{role}: {name} has other weights here ({sha256[:_DIGITS]} there, {here[:_DIGITS]} here)"


def find_file(name: str) -> PathFile | None:
    """The index of this name in the data folder or among the bundled ones; None when there is none."""
    for file in (own_file(name), paths.data() / "paths" / f"{name}.parquet"):
        if file.is_file():
            return read_paths(file)
    return None

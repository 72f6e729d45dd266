"""Scenario sets by name or path: those that come along, those a person imported, and any file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from penguin_local import paths
from penguin_local.core.rows import COLUMNS, POST_COLUMNS, row_from_scenario
from penguin_local.core.scenario import Scenario
from penguin_local.corpus.hurts import WRITTEN
from penguin_local.corpus.sets import BUNDLED, BundledSet, Row
from penguin_local.errors import BadInput, UsageError
from penguin_local.store import parquet, tables
from penguin_local.store.tables import Format

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class ScenarioSet:
    """Scenarios, and what they are called in a run."""

    name: str
    """A set's name, or the path of the file it was read from."""
    scenarios: tuple[Scenario, ...]


class Origin(StrEnum):
    """Where a named set comes from."""

    BUNDLED = "bundled"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class SetEntry:
    """A set that can be asked for by name."""

    name: str
    origin: Origin
    path: Path
    summary: str

    @property
    def count(self) -> int:
        """How many scenarios it has."""
        if self.path.suffix == ".parquet":
            return parquet.count_rows(self.path)
        return len(tables.read_scenarios(self.path))


class Verdict(StrEnum):
    """How a frozen file compares with what the generator makes now."""

    SAME_BYTES = "same bytes"
    SAME_ROWS = "same rows, written by another version of DuckDB"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of regenerating one frozen set."""

    name: str
    verdict: Verdict
    detail: str
    """For a difference, the first row and column that differ; else the number of rows."""


def available() -> tuple[SetEntry, ...]:
    """All sets with a name, bundled ones first."""
    folder = paths.imported_sets()
    imported = sorted(folder.glob("*.parquet")) if folder.is_dir() else []
    return (
        *(SetEntry(s.name, Origin.BUNDLED, s.path, s.summary) for s in BUNDLED),
        *(SetEntry(w.name, Origin.BUNDLED, w.path, w.summary) for w in WRITTEN),
        *(SetEntry(p.stem, Origin.IMPORTED, p, "imported by you") for p in imported),
    )


def load_set(name_or_path: str) -> ScenarioSet:
    """A set by its name, or straight from a .jsonl, .csv or .parquet file; UsageError lists the names."""
    for entry in available():
        if entry.name == name_or_path:
            return ScenarioSet(entry.name, tables.read_scenarios(entry.path))
    path = Path(name_or_path)
    if path.suffix.lower() in {".jsonl", ".ndjson", ".csv", ".parquet"} or path.is_file():
        return ScenarioSet(name_or_path, tables.read_scenarios(path))
    raise UsageError(f"there is no scenario set {name_or_path!r}", hint=_nearest(name_or_path))


def posts_of(name: str) -> dict[str, dict[str, str]]:
    """By scenario id the title, story and held attributes of a bundled set of posts; else nothing."""
    recipe = next((s for s in BUNDLED if s.name == name), None)
    if recipe is None or not set(POST_COLUMNS) <= set(recipe.columns):
        return {}
    rows = parquet.decode(recipe.path)
    return {str(row["id"]): {column: str(row[column]) for column in POST_COLUMNS} for row in rows}


def bundled(name: str) -> BundledSet:
    """A bundled set's recipe; UsageError lists their names."""
    for candidate in BUNDLED:
        if candidate.name == name:
            return candidate
    names = ", ".join(s.name for s in BUNDLED)
    raise UsageError(f"{name!r} is not a set we generate", hint=f"one of: {names}")


def import_file(path: Path, *, name: str | None = None, replace: bool = False) -> SetEntry:
    """Keep a file's scenarios as a named set: all of them, or BadInput and none."""
    name = path.stem.lower() if name is None else name
    check_name(name, replace=replace)
    scenarios = tables.read_scenarios(path)
    entry = keep_set(scenarios, name, replace=replace)
    return SetEntry(entry.name, entry.origin, entry.path, f"{len(scenarios):,} scenarios from {path.name}")


def check_name(name: str, *, replace: bool) -> Path:
    """Where a set of that name would lie. Raises UsageError when it cannot be called so."""
    if not _NAME.fullmatch(name):
        hint = "lower-case letters, digits, '.', '_' and '-', starting with a letter or digit; see --name"
        raise UsageError(f"{name!r} cannot be the name of a set", hint=hint)
    if any(name == s.name for s in (*BUNDLED, *WRITTEN)):
        raise UsageError(f"{name} is the name of a bundled set", hint="choose another with --name")
    target = paths.imported_sets() / f"{name}.parquet"
    if target.exists() and not replace:
        raise UsageError(
            f"a set named {name} was imported before", hint="add --replace, or choose another --name"
        )
    return target


def keep_set(scenarios: Sequence[Scenario], name: str, *, replace: bool = False) -> SetEntry:
    """Scenarios from anywhere as a named set. Raises UsageError for a name that is taken or cannot be."""
    target = check_name(name, replace=replace)
    tables.write_file(target, encode_scenarios(scenarios, Format.PARQUET))
    return SetEntry(name, Origin.IMPORTED, target, f"{len(scenarios):,} scenarios")


def encode_scenarios(scenarios: Sequence[Scenario], kind: Format) -> bytes:
    """A file of these scenarios, in the columns every format shares."""
    return tables.encode([row_from_scenario(s) for s in scenarios], COLUMNS, kind)


def check_frozen(frozen: BundledSet) -> Check:
    """Generate a bundled set again and hold it against its file, byte for byte where that can be."""
    rows = frozen.frozen_rows()
    if not frozen.path.is_file():
        raise BadInput(f"{frozen.path} is missing", hint="restore it from the repository or reinstall")
    if parquet.encode(rows, frozen.columns) == frozen.path.read_bytes():
        return Check(frozen.name, Verdict.SAME_BYTES, f"{len(rows):,} rows")
    difference = _first_difference(rows, parquet.decode(frozen.path))
    if difference:
        return Check(frozen.name, Verdict.DIFFERENT, difference)
    if parquet.writer_of(frozen.path) == parquet.this_writer():
        return Check(
            frozen.name, Verdict.DIFFERENT, "same rows, other bytes, although the same DuckDB wrote them"
        )
    return Check(frozen.name, Verdict.SAME_ROWS, f"{len(rows):,} rows")


def _first_difference(made: Sequence[Row], held: Sequence[dict[str, object]]) -> str:
    if len(made) != len(held):
        return f"{len(made):,} rows are generated, the file holds {len(held):,}"
    for number, (new, old) in enumerate(zip(made, held, strict=True), 1):
        if new != old:
            columns = (c for c in {**new, **old} if new.get(c) != old.get(c))
            return f"row {number}, column {next(columns)}"
    return ""


def _nearest(name: str) -> str:
    names = [entry.name for entry in available()]
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    guess = f"did you mean {near[0]}? " if near else ""
    return f"{guess}sets: {', '.join(names)}; or give the path of a .jsonl, .csv or .parquet file"

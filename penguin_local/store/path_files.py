"""Planned paths as one file: made on one machine, asked on another.

Parquet, a row a scenario, and in its footer what the paths were planned with. Reading is strict: all that
is wrong is named by row, and nothing is taken from a file that is wrong anywhere.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.plan import PlannedPath
from penguin_local.core.rows import checked_text
from penguin_local.errors import BadInput, NoRoom, UsageError
from penguin_local.store import parquet
from penguin_local.store.rows import Setting
from penguin_local.store.tables import write_file

_NOTE: Final = "penguin_local.paths"
_VERSION: Final = 1
_TYPES: Final = {
    "path": "VARCHAR[]",
    "scores": "DOUBLE[]",
    "evaluations": "INTEGER",
    "unscored": "INTEGER",
    "embedding": "FLOAT[]",
}
_COLUMNS: Final = ("scenario", "domain", "query", *_TYPES)
_FACTS: Final[Mapping[str, type]] = {
    "model": str,
    "model sha256": str,
    "model demonstration": bool,
    "judge": str,
    "judge sha256": str,
    "judge demonstration": bool,
    "rule": str,
    "depth": int,
    "rollouts": int,
    "embedder": str,
    "embedder sha256": str,
}
"""What every index says of how it was planned: without these nobody could tell what its paths are worth."""
_MOST: Final = 2**31 - 1
"""What a column of counts holds."""
_SHOWN: Final = 20
"""Faults a message lists before it only counts."""
_REPLAN: Final = "export it again with penguin-local plan export"


@dataclass(frozen=True, slots=True)
class PathEntry:
    """A planned path, and where its query lies among all others."""

    planned: PlannedPath
    embedding: NDArray[np.float32]
    """[d] float32, of length 1."""


@dataclass(frozen=True, slots=True)
class PathFile:
    """All paths of one plan."""

    name: str
    fingerprints: Mapping[str, Setting]
    """What they were planned with: `model sha256`, `rule`, `embedder sha256`, ..."""
    entries: tuple[PathEntry, ...]

    @property
    def demonstration(self) -> bool:
        """Planned or judged by a bundled model: good for trying out, for nothing else."""
        return any(self.fingerprints.get(f"{role} demonstration") is True for role in ("model", "judge"))


def write_paths(file: Path, content: PathFile) -> None:
    """Put the whole file in place; equal content gives equal bytes under the same version of DuckDB."""
    note = {"version": _VERSION, "name": content.name, "fingerprints": dict(content.fingerprints)}
    notes = {_NOTE: json.dumps(note, ensure_ascii=False, allow_nan=False)}
    rows = [_row(entry) for entry in content.entries]
    write_file(file, parquet.encode(rows, _COLUMNS, types=_TYPES, notes=notes))


def read_paths(file: Path) -> PathFile:
    """All of a file. Raises UsageError when there is none, BadInput naming file and row of all that is wrong."""
    _open(file)
    name, fingerprints = _read_note(file, parquet.notes_of(file))
    rows = parquet.decode(file)
    if not rows:
        raise BadInput(f"{file} holds no path", hint=f"plan some with penguin-local plan, then {_REPLAN}")
    if tuple(rows[0]) != _COLUMNS:
        raise BadInput(
            f"{file}:1: its columns are {', '.join(rows[0])}; not: {', '.join(_COLUMNS)}", hint=_REPLAN
        )
    entries: list[PathEntry] = []
    faults: list[str] = []
    seen: set[str] = set()
    for place, row in enumerate(rows, 1):
        try:
            entry = _entry(row)
            _fits(entry, entries, seen)
        except ValueError as error:
            faults.append(f"{file}:{place}: {error}")
            continue
        seen.add(entry.planned.scenario_id)
        entries.append(entry)
    if faults:
        more = [f"... and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
        raise BadInput(
            "\n".join([*faults[:_SHOWN], *more]), hint=f"nothing was taken from the file; {_REPLAN}"
        )
    return PathFile(name, fingerprints, tuple(entries))


def _open(file: Path) -> None:
    try:
        file.open("rb").close()
    except FileNotFoundError:
        raise UsageError(f"there is no file {file}", hint="check the path") from None
    except IsADirectoryError:
        raise UsageError(f"{file} is a folder", hint="name the file that `plan export` wrote") from None
    except OSError as error:
        raise NoRoom(
            f"cannot read {file}: {error.strerror}", hint="check that it is a file you may read"
        ) from error


def _row(entry: PathEntry) -> dict[str, object]:
    planned = entry.planned
    return {
        "scenario": planned.scenario_id,
        "domain": planned.domain.value,
        "query": planned.query,
        "path": [a.value for a in planned.path],
        "scores": list(planned.scores),
        "evaluations": planned.evaluations,
        "unscored": planned.unscored,
        "embedding": entry.embedding.astype(np.float32).tolist(),
    }


def _read_note(file: Path, notes: Mapping[str, str]) -> tuple[str, dict[str, Setting]]:
    if _NOTE not in notes:
        raise BadInput(
            f"{file} is a Parquet file, but not one of planned paths",
            hint="penguin-local plan export writes one",
        )
    try:
        note = json.loads(notes[_NOTE])
    except (ValueError, RecursionError):
        note = None
    if not isinstance(note, dict):
        raise _unreadable(file)
    version = note.get("version")
    if type(version) is not int or version < 1:
        raise _unreadable(file)
    if version > _VERSION:
        raise BadInput(f"{file} was written by a newer version of penguin-local", hint="update penguin-local")
    name, fingerprints = note.get("name"), note.get("fingerprints")
    if not isinstance(name, str) or not name.isprintable() or not isinstance(fingerprints, dict):
        raise _unreadable(file)
    if not all(v is None or isinstance(v, (str, int, float)) for v in fingerprints.values()):
        raise _unreadable(file)
    wrong = [fact for fact, kind in _FACTS.items() if not _is_one(fingerprints.get(fact), kind)]
    if wrong:
        raise _unreadable(file, *wrong)
    return name, fingerprints


def _is_one(value: object, kind: type) -> bool:
    return type(value) is kind and (not isinstance(value, str) or value.isprintable())


def _unreadable(file: Path, *facts: str) -> BadInput:
    which = f": {', '.join(facts)}" if facts else ""
    return BadInput(f"{file} does not say readably what its paths were planned with{which}", hint=_REPLAN)


def _entry(row: Mapping[str, object]) -> PathEntry:
    """Raises ValueError with the first thing that is wrong."""
    path = _path(row["path"])
    scores = tuple(_score(s) for s in _list("scores", row["scores"]))
    if len(scores) != len(path) + 1:
        raise ValueError(f"a path of {len(path)} has {len(path) + 1} scores, not {len(scores)}")
    evaluations, unscored = (_count(name, row[name]) for name in ("evaluations", "unscored"))
    if unscored > evaluations:
        raise ValueError(f"{unscored} of {evaluations} evaluations cannot be unscored")
    domain = row["domain"]
    if domain not in tuple(Domain):
        raise ValueError(f"domain cannot be {domain!r:.60}; it is one of: {', '.join(Domain)}")
    planned = PlannedPath(
        scenario_id=checked_text("id", row["scenario"]),
        domain=Domain(cast(str, domain)),
        query=checked_text("query", row["query"]),
        path=path,
        scores=scores,
        evaluations=evaluations,
        unscored=unscored,
    )
    return PathEntry(planned, _embedding(row["embedding"]))


def _fits(entry: PathEntry, before: Sequence[PathEntry], seen: set[str]) -> None:
    if entry.planned.scenario_id in seen:
        raise ValueError(f"scenario {entry.planned.scenario_id!r:.80} comes twice")
    if before and len(entry.embedding) != len(before[0].embedding):
        raise ValueError(
            f"embedding has {len(entry.embedding)} numbers, others have {len(before[0].embedding)}"
        )


def _list(name: str, value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError(f"{name} must be a list, not {value!r:.40}")
    return value


def _path(value: object) -> tuple[Attribute, ...]:
    names = _list("path", value)
    unknown = [n for n in names if n not in tuple(Attribute)]
    if unknown:
        raise ValueError(f"path names {unknown[0]!r:.60}; an attribute is one of: {', '.join(Attribute)}")
    path = tuple(Attribute(cast(str, n)) for n in names)
    twice = [a for a in path if path.count(a) > 1]
    if twice:
        raise ValueError(f"path names {twice[0]} twice")
    return path


def _score(value: object) -> float | None:
    if value is None:
        return None
    if not isinstance(value, float) or not 1.0 <= value <= 5.0:
        raise ValueError(f"a score is from 1 to 5 or missing, not {value!r:.40}")
    return value


def _count(name: str, value: object) -> int:
    if not isinstance(value, int) or not 0 <= value <= _MOST:
        raise ValueError(f"{name} must be a count, not {value!r:.40}")
    return value


def _embedding(value: object) -> NDArray[np.float32]:
    numbers = _list("embedding", value)
    if not all(isinstance(n, float) and math.isfinite(n) for n in numbers):
        raise ValueError("embedding has something that is no finite number")
    vector = np.array(numbers, np.float32)
    length = float(np.linalg.norm(vector))
    if not math.isclose(length, 1.0, abs_tol=1e-3):
        raise ValueError(f"embedding has length {length:.3f}, not 1")
    return vector

"""Planned paths of similar questions: cosine over one matrix, whatever the domain (arXiv 2505.18882, section 4.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from penguin_local import paths
from penguin_local.agent.dialogue_events import PathUse
from penguin_local.agent.situation import Example
from penguin_local.core.plan import PlannedPath
from penguin_local.errors import BadInput, UsageError
from penguin_local.store.path_files import PathFile, read_paths
from penguin_local.store.rows import Setting

BUNDLED: Final = "penguin-nano-v1"
NEIGHBOURS: Final = 5
"""The paper's k: as many are shown."""
WEIGHED: Final = 25
"""As many are weighed: what asking gains varies so much from one person to the next that five say little of it."""


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A planned path, and how near its query is."""

    planned: PlannedPath
    similarity: float
    """Cosine, -1.0 to 1.0."""


class PathIndex:
    """The scored paths of one file, ready to be searched. Paths that the judge could not score are left out."""

    def __init__(self, file: PathFile) -> None:
        """Raises BadInput when no path has a score."""
        scored = [entry for entry in file.entries if entry.planned.score is not None]
        if not scored:
            raise BadInput(
                f"the path index {file.name!r} holds no path with a score",
                hint="plan again with a judge that can score its scenarios",
            )
        self._planned = tuple(entry.planned for entry in scored)
        self._rows: dict[str, list[int]] = {}
        for row, planned in enumerate(self._planned):
            self._rows.setdefault(planned.scenario_id, []).append(row)
        self._matrix = np.ascontiguousarray([entry.embedding for entry in scored], dtype=np.float32)
        self._file = file

    def __len__(self) -> int:
        return len(self._planned)

    @property
    def width(self) -> int:
        """Numbers of an embedding."""
        return int(self._matrix.shape[1])

    @property
    def name(self) -> str:
        """Of the plan."""
        return self._file.name

    @property
    def fingerprints(self) -> Mapping[str, Setting]:
        """What the paths were planned with."""
        return self._file.fingerprints

    @property
    def demonstration(self) -> bool:
        """Planned or judged by a bundled model."""
        return self._file.demonstration

    @property
    def digest(self) -> str:
        """Of all that a search can give: two indexes of one name may hold different paths."""
        whole = blake2b(self._matrix.tobytes(), digest_size=16)
        whole.update(repr(sorted(self.fingerprints.items())).encode())
        for planned in self._planned:
            whole.update(repr(planned).encode())
        return whole.hexdigest()

    def nearest(
        self,
        vectors: NDArray[np.float32],
        k: int = NEIGHBOURS,
        *,
        exclude: Sequence[frozenset[str] | None] | None = None,
    ) -> list[list[Retrieved]]:
        """For each row of `vectors` [m, d] its k nearest paths, the nearest first; equals in the file's order.

        `exclude` names for each row scenarios that it must not see, its own above all. Fewer than k come back
        when there are fewer, none for a vector that holds no finite number. A similarity is the same number
        whatever else is asked at the same time.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, not {k}")
        if vectors.ndim != 2 or vectors.shape[1] != self._matrix.shape[1]:
            width = self._matrix.shape[1]
            raise ValueError(f"vectors must be [m, {width}], not {list(vectors.shape)}")
        hidden = exclude if exclude is not None else [None] * len(vectors)
        found = []
        for vector, without in zip(vectors.astype(np.float32, copy=False), hidden, strict=True):
            rows = [row for scenario in without or () for row in self._rows.get(scenario, ())]
            found.append(self._best(vector, rows, k) if np.isfinite(vector).all() else [])
        return found

    def _best(self, vector: NDArray[np.float32], without: list[int], k: int) -> list[Retrieved]:
        # Not `@`: BLAS rounds equal rows differently by where they stand, and its threads wait for each other:
        # 14,000 paths take 0.5 ms this way, and 0.1 to 8 ms the other, by what else the machine is doing.
        near = np.einsum("nd,d->n", self._matrix, vector)
        near[without] = -np.inf
        least = near[np.argpartition(near, -k)[-k]] if k < len(near) else -np.inf
        rows = np.flatnonzero((near >= least) & np.isfinite(near))
        nearest = rows[np.argsort(-near[rows], kind="stable")[:k]]
        return [Retrieved(self._planned[row], float(near[row])) for row in nearest]


def neighbours(use: PathUse) -> int:
    """How many paths a dialogue is given."""
    return WEIGHED if use is PathUse.WEIGHED else NEIGHBOURS


def examples(retrieved: Sequence[Retrieved]) -> tuple[Example, ...]:
    """The path that was worth most first, of equals the nearer one."""
    scored = [
        Example(r.planned.query, r.planned.path, r.planned.score, r.planned.scores, r.similarity)
        for r in retrieved
        if r.planned.score is not None
    ]
    return tuple(sorted(scored, key=lambda example: -example.score))


def load_index(
    path_or_name: str | Path | None = None,
    *,
    embedder_sha256: str,
    embedder: str = "",
    width: int | None = None,
) -> PathIndex:
    """The index that a path, a name or nothing (the bundled one) means.

    Raises UsageError with the names there are, and BadInput for a file that is damaged, foreign, empty, or planned
    with another embedding model than the one given, or whose embeddings have another width than its.
    """
    file = read_paths(_find(path_or_name))
    had = file.fingerprints["embedder sha256"]
    if had != embedder_sha256:
        theirs = f"{file.fingerprints['embedder']} ({str(had)[:12]})"
        ours = f"{embedder or 'another one'} ({embedder_sha256[:12]})"
        raise BadInput(
            f"the path index {file.name!r} was planned with another embedding model: {theirs}; here it is {ours}",
            hint="plan the paths again on this machine, or use the version of penguin-local that they came from",
        )
    index = PathIndex(file)
    if width is not None and index.width != width:
        raise BadInput(
            f"the path index {file.name!r} is damaged: its embeddings have {index.width} numbers, "
            f"those of {embedder or 'its model'} {width}",
            hint="export it again where it was planned",
        )
    return index


def index_names() -> tuple[str, ...]:
    """The bundled indexes and the imported ones."""
    folders = (paths.data() / "paths", paths.imported_paths())
    return tuple(dict.fromkeys(p.stem for folder in folders for p in sorted(folder.glob("*.parquet"))))


def _find(path_or_name: str | Path | None) -> Path:
    wanted = Path(BUNDLED if path_or_name is None else path_or_name).expanduser()
    if path_or_name and (len(wanted.parts) > 1 or wanted.suffix == ".parquet" or wanted.exists()):
        return wanted
    for folder in (paths.data() / "paths", paths.imported_paths()):
        if (file := folder / f"{wanted.name}.parquet").is_file():
            return file
    here = ", ".join(index_names())
    raise UsageError(
        f"no path index is called {wanted.name!r}",
        hint=f"here are: {here}"
        if here
        else "penguin-local plan makes one; a path to a .parquet file works too",
    )

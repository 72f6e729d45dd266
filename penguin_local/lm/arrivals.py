"""Taking in what did not come over the network: a kit, a single model file, another tool's folder.

Everything is copied aside and checked first, and put in place when all of it is good.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from penguin_local.errors import BadInput, NoRoom, UsageError
from penguin_local.lm.airgap import Item, Kind, read_manifest
from penguin_local.lm.catalogue_file import NAME, Catalogue
from penguin_local.lm.files import alone, arrive, check_space, copy, writing
from penguin_local.lm.inventory import Inventory, Source
from penguin_local.lm.weights import sha256_of

_ASIDE: Final = ".arriving"
_MOST_FILES: Final = 100_000
"""Looked at in another tool's folder."""


class How(StrEnum):
    """How something came."""

    COPIED = "copied"
    LINKED = "linked"
    THERE = "was here"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where one kind of thing is kept."""

    folder: Path
    check: Callable[[Path], object]
    """Reads a file and raises when it is damaged, or not of this kind."""
    taken: frozenset[str] = frozenset()
    """Names of what comes along with penguin-local."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One thing that is here now."""

    item: Item
    path: Path
    how: How
    known: bool
    """Its sha256 is in the catalogue; else it is on record from now on."""


@dataclass(frozen=True, slots=True)
class _Coming:
    kind: Kind
    source: Path
    name: str
    sha256: str | None
    """What it must be; None: whatever it is."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """Checked, and only to be put in its place."""

    item: Item
    path: Path
    how: How
    part: Path


class Intake:
    """What may come onto the shelves, and how."""

    def __init__(
        self,
        shelves: Mapping[Kind, Shelf],
        *,
        inventory: Inventory,
        catalogue: Catalogue,
        link: bool = False,
        replace: bool = False,
        heard: Callable[[str, int, int], None],
    ) -> None:
        self._shelves = shelves
        self._inventory = inventory
        self._catalogue = catalogue
        self._link = link
        self._replace = replace
        self._heard = heard

    def kit(self, folder: Path) -> list[Arrival]:
        """All of a kit. Raises BadInput, WeightsDamaged, UsageError, NoRoom; then nothing has come."""
        items = read_manifest(folder)
        return self._take([_Coming(i.kind, folder / i.file, i.name, i.sha256) for i in items])

    def file(self, file: Path, *, name: str | None = None) -> Arrival:
        """A single model file, under the catalogue's name when its sha256 is there. Raises as `kit`."""
        self._shelves[Kind.MODEL].check(file)
        size = file.stat().st_size
        fitting = any(e.sha256 and e.bytes in (None, size) for e in self._catalogue.entries)
        sha256 = sha256_of(file) if fitting else None
        entry = self._catalogue.of_sha256(sha256) if sha256 else None
        chosen = name if name is not None else entry.name if entry else _plain(file.stem)
        return self._take([_Coming(Kind.MODEL, file, chosen, sha256)])[0]

    def known_in(self, folder: Path) -> list[Arrival]:
        """What another tool's folder has of the catalogue, by size and sha256. Raises as `kit`."""
        sizes = {e.bytes for e in self._catalogue.entries if e.sha256 and not e.bundled}
        coming: dict[str, _Coming] = {}
        files = list(_files(folder))
        for file in files:
            if file.stat().st_size in sizes:
                sha256 = sha256_of(file)
                entry = self._catalogue.of_sha256(sha256)
                if entry is not None and not entry.bundled:
                    coming.setdefault(entry.name, _Coming(Kind.MODEL, file, entry.name, sha256))
        if not coming:
            raise UsageError(
                f"none of the {len(files):,} files in {folder} is a model of the catalogue",
                hint="one that is not in it can be imported by its path: penguin-local models import FILE",
            )
        return self._take(list(coming.values()))

    def _take(self, coming: Sequence[_Coming]) -> list[Arrival]:
        for one in coming:
            self._check_name(one)
        with self._aside(coming) as aside:
            ready = [self._ready(c, aside[c.kind] / f"{c.name}{c.kind.suffix}") for c in coming]
            # Nothing from here on can be refused.
            for checked in ready:
                self._put(checked)
        return [Arrival(r.item, r.path, r.how, self._known(r.item)) for r in ready]

    def _ready(self, coming: _Coming, part: Path) -> _Ready:
        path = self._shelves[coming.kind].folder / f"{coming.name}{coming.kind.suffix}"
        size = coming.source.stat().st_size
        if path.exists() and coming.sha256 and self._hash(coming.kind, path) == coming.sha256:
            return _Ready(Item(coming.kind, coming.name, size, coming.sha256), path, How.THERE, part)
        linked = self._link and coming.kind is Kind.MODEL
        if linked:
            sha256 = sha256_of(coming.source)
            _make_link(coming.source.resolve(), part)
        else:
            sha256 = copy(coming.source, part, lambda done: self._heard(coming.name, done, size))
        if coming.sha256 not in (None, sha256):
            raise BadInput(
                f"{coming.source} is not the file its manifest names: its sha256 is {sha256[:12]}… instead of "
                f"{(coming.sha256 or '')[:12]}…",
                hint="nothing was imported. Copy or make the kit anew: a stick may be failing",
            )
        item = Item(coming.kind, coming.name, size, sha256)
        self._check_pin(item)
        if path.exists():
            if self._hash(coming.kind, path) == sha256:
                return _Ready(item, path, How.THERE, part)
            if not self._replace:
                raise UsageError(
                    f"there is another file called {coming.name} in {path.parent}; nothing was imported",
                    hint="add --replace to have this one take its place",
                )
        self._shelves[coming.kind].check(part)
        return _Ready(item, path, How.LINKED if linked else How.COPIED, part)

    def _check_name(self, coming: _Coming) -> None:
        if not NAME.fullmatch(coming.name):
            raise UsageError(
                f"{coming.name!r} cannot be a name",
                hint="lower-case letters, digits, '.', '_' and '-', starting with a letter or digit; see --name",
            )
        if coming.name in self._shelves[coming.kind].taken:
            raise UsageError(
                f"{coming.name} comes along with penguin-local; nothing was imported",
                hint="give another file a name of its own with --name",
            )

    def _check_pin(self, item: Item) -> None:
        """A file may not go by the name of another one that the catalogue knows."""
        entry = self._catalogue.find(item.name) if item.kind is Kind.MODEL else None
        if entry is not None and (entry.sha256 or item.sha256) != item.sha256:
            raise BadInput(
                f"{item.name} is the catalogue's name for another file (sha256 {(entry.sha256 or '')[:12]}…); this "
                f"one has {item.sha256[:12]}…",
                hint="give it a name of its own with --name; nothing was imported",
            )

    def _put(self, ready: _Ready) -> None:
        if ready.how is not How.THERE:
            arrive(ready.part, ready.path)
        if ready.item.kind is not Kind.MODEL:
            return
        record = self._inventory.at(ready.path)
        if ready.how is not How.THERE or record is None or record.sha256 != ready.item.sha256:
            source = Source.LINKED if ready.how is How.LINKED else Source.IMPORTED
            self._inventory.arrive(ready.path, name=ready.item.name, sha256=ready.item.sha256, source=source)

    def _hash(self, kind: Kind, path: Path) -> str:
        return self._inventory.fingerprint(path) if kind is Kind.MODEL else sha256_of(path)

    def _known(self, item: Item) -> bool:
        return item.kind is Kind.MODEL and self._catalogue.of_sha256(item.sha256) is not None

    @contextmanager
    def _aside(self, coming: Sequence[_Coming]) -> Iterator[Mapping[Kind, Path]]:
        """A folder on every shelf's own disk for what is not in place yet; gone at the end, however it ends."""
        models = self._shelves[Kind.MODEL].folder
        with writing(models):
            models.mkdir(parents=True, exist_ok=True)
        lock = models / f"{_ASIDE}.lock"
        aside = {kind: self._shelves[kind].folder / _ASIDE for kind in {c.kind for c in coming}}
        with alone(lock, "an import"):
            try:
                for kind, folder in aside.items():
                    with writing(folder):
                        shutil.rmtree(folder, ignore_errors=True)  # of one that was killed
                        folder.mkdir(parents=True)
                    copied = (c for c in coming if c.kind is kind and not (self._link and kind is Kind.MODEL))
                    check_space(folder, sum(c.source.stat().st_size for c in copied), "the import")
                yield aside
            finally:
                for folder in aside.values():
                    shutil.rmtree(folder, ignore_errors=True)
                with suppress(OSError):  # Windows keeps a file that is open
                    lock.unlink()


def _plain(stem: str) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", stem.lower()).strip("-._")[:64]


def _make_link(source: Path, link: Path) -> None:
    try:
        link.symlink_to(source)
    except OSError:
        try:  # Windows asks for a right that few have; the same disk allows this instead
            os.link(source, link)
        except OSError as error:
            raise NoRoom(
                f"this system cannot link to {source}: {error.strerror}", hint="leave --link out, to copy it"
            ) from error


def _files(folder: Path) -> Iterator[Path]:
    """Every file in a folder, once, wherever links lead to it."""
    seen: set[Path] = set()
    for place, _, names in os.walk(folder):
        for name in names:
            file = (Path(place) / name).resolve()
            if file not in seen and file.is_file():
                seen.add(file)
                yield file
                if len(seen) > _MOST_FILES:
                    raise UsageError(
                        f"{folder} has more than {_MOST_FILES:,} files",
                        hint="name the tool's own folder of models",
                    )

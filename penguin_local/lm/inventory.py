"""Which weights are on this machine, what each of them was when it came, and whether it still is that.

Two small files in the models folder remember it: `known.json` says which file was accepted as what, and
`hashes.json` spares reading a file of gigabytes again when nothing about it has changed.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from penguin_local import paths
from penguin_local.errors import WeightsDamaged, WeightsMissing
from penguin_local.lm.memory_file import read_records, write_records
from penguin_local.lm.weights import sha256_of

ALWAYS_READ_BYTES: Final = 64 << 20
"""Smaller files, the bundled ones among them, are hashed each time: it takes less than a tenth of a second."""
_KNOWN, _HASHES = "known.json", "hashes.json"


class Source(StrEnum):
    """How a file came to be known."""

    BUNDLED = "bundled"
    PULLED = "pulled"
    IMPORTED = "imported"
    LINKED = "linked"
    """Lies in another program's folder and is used from there."""
    ADDED = "added"
    """Vouched for by the person, with `models add`."""
    FIRST_USE = "first-use"
    """Named on a command line: trusted once, held to that afterwards."""


@dataclass(frozen=True, slots=True)
class Known:
    """A file that was accepted."""

    name: str
    path: Path
    """Where it is used from, links not followed."""
    sha256: str
    bytes: int
    source: Source
    since: str
    """The day, as 2026-11-21; empty for what came with the program."""

    @property
    def present(self) -> bool:
        """Whether there is still a file."""
        return self.path.is_file()


class Inventory:
    """The weights of one models folder, and those elsewhere that were named from here."""

    def __init__(self, folder: Path | None = None, *, always_read_bytes: int = ALWAYS_READ_BYTES) -> None:
        self.folder = folder if folder is not None else paths.pulled_models()
        self._always_read_bytes = always_read_bytes

    def known(self) -> list[Known]:
        """All files that were accepted, bundled ones first; some may be gone (`Known.present`)."""
        return [*bundled(), *self._records()]

    def lying(self) -> list[Path]:
        """Every model file in the folder, on record or not; no folder, no pipe, no link that leads nowhere."""
        return [path for path in sorted(self.folder.glob("*.gguf")) if path.is_file()]

    def find(self, name: str) -> Known | None:
        """The accepted file of that name, the one that is still there first."""
        named = [known for known in self.known() if known.name == name]
        return next((known for known in named if known.present), named[0] if named else None)

    def at(self, path: Path) -> Known | None:
        """What was accepted at this place."""
        here = _place(path)
        return next((known for known in self.known() if known.path == here), None)

    def of_sha256(self, sha256: str) -> Known | None:
        """The accepted file with this content, wherever it lies."""
        return next((known for known in self.known() if known.sha256 == sha256), None)

    def fingerprint(self, path: Path) -> str:
        """The file's sha256, read again only when its size, time, inode or link's target has changed.

        A byte that was changed with size and time put back is not seen here but by `models verify`, which
        always reads.
        """
        seen = _looks(path)
        if seen["bytes"] < self._always_read_bytes:
            return sha256_of(path)
        place = str(_place(path))
        for record in read_records(self.folder / _HASHES, needed=False):
            if record.get("path") == place and all(record.get(key) == seen[key] for key in seen):
                return str(record["sha256"])
        return self.read_again(path)

    def read_again(self, path: Path) -> str:
        """The file's sha256, whatever is remembered of it."""
        before = _looks(path)
        sha256 = sha256_of(path)
        place = str(_place(path))
        # Written to while it was read: what was read is no file that ever was.
        if before["bytes"] >= self._always_read_bytes and _looks(path) == before:
            record = {"path": place, **before, "sha256": sha256}
            write_records(self.folder / _HASHES, lambda old: [*_but(old, place), record], needed=False)
        return sha256

    def arrive(self, path: Path, *, name: str, sha256: str, source: Source | str) -> Known:
        """Record that this file was accepted with this content; it takes the place of an earlier record."""
        here = _place(path)
        known = Known(name, here, sha256, here.stat().st_size, Source(source), date.today().isoformat())
        record = {
            "path": str(here),
            "name": name,
            "sha256": sha256,
            "bytes": known.bytes,
            "source": known.source.value,
            "since": known.since,
        }
        write_records(self.folder / _KNOWN, lambda old: [*_but(old, str(here)), record])
        return known

    def check(self, path: Path) -> str:
        """The file's sha256, after comparing it with what was accepted there. Raises WeightsDamaged."""
        return self.compare(path, self.fingerprint(path))

    def compare(self, path: Path, sha256: str) -> str:
        """The same for a fingerprint that is known already."""
        known = self.at(path)
        if known is None or known.sha256 == sha256:
            return sha256
        if known.source is Source.BUNDLED:
            raise WeightsDamaged(
                f"{path.name} is not the file that comes with this version of penguin-local",
                hint="reinstall penguin-local, or restore the file from the repository; whoever has made it anew runs "
                "python -m models.recipes.pin",
            )
        raise WeightsDamaged(
            f"{path} has changed since {known.since}: its sha256 was {known.sha256[:16]}… and is {sha256[:16]}…",
            hint=f"if you replaced it yourself: penguin-local models add {shlex.quote(str(path))} --replace; "
            "if not, remove it and fetch it again",
        )

    def forget(self, name: str) -> None:
        """Drop the record of that name; the file stays. Raises WeightsMissing when there is none."""
        if not any(known.name == name for known in self._records()):
            raise WeightsMissing(f"no model is recorded as {name!r}", hint="penguin-local models list")
        gone = {str(known.path) for known in self._records() if known.name == name}
        write_records(self.folder / _KNOWN, lambda old: _but(old, *gone))
        write_records(self.folder / _HASHES, lambda old: _but(old, *gone), needed=False)

    def _records(self) -> Iterator[Known]:
        for record in read_records(self.folder / _KNOWN):
            known = _known(record)
            if known is not None:
                yield known


def bundled() -> list[Known]:
    """The files that came with the program, as the catalogue describes them."""
    from penguin_local.lm.catalogue_file import load_catalogue

    return [
        Known(
            entry.name,
            bundled_place(entry.name),
            entry.sha256 or "",
            entry.bytes or 0,
            Source.BUNDLED,
            "",
        )
        for entry in load_catalogue().entries
        if entry.bundled
    ]


def bundled_place(name: str) -> Path:
    """Where the bundled file of that name lies."""
    return paths.models() / name / f"{name}-q8_0.gguf"


def _place(path: Path) -> Path:
    """Absolute, with links kept: that a link points elsewhere today is what must be seen."""
    return Path(os.path.abspath(path))


def _looks(path: Path) -> dict[str, Any]:
    """What tells without reading that a file is another one than before."""
    target = path.resolve()
    told = target.stat()
    return {
        "bytes": told.st_size,
        "mtime_ns": told.st_mtime_ns,
        "inode": told.st_ino,
        "device": told.st_dev,
        "target": str(target),
    }


def _but(records: list[dict[str, Any]], *places: str) -> list[dict[str, Any]]:
    return [record for record in records if record.get("path") not in places]


def _known(record: dict[str, Any]) -> Known | None:
    """None for a record that someone else wrote or cut: the file is then as good as unknown."""
    try:
        return Known(
            name=str(record["name"]),
            path=Path(record["path"]),
            sha256=str(record["sha256"]),
            bytes=int(record["bytes"]),
            source=Source(record["source"]),
            since=str(record["since"]),
        )
    except (KeyError, ValueError, TypeError):
        return None

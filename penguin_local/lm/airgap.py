"""The air-gap kit: a folder for a stick, with a manifest of what is in it, and the way back from it.

What comes back is believed only when it is what the manifest says, byte for byte; all of it comes, or nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Final

from penguin_local.errors import BadInput, UsageError
from penguin_local.lm.catalogue_file import NAME
from penguin_local.lm.files import arrive, check_space, copy, writing

MANIFEST: Final = "manifest.json"
FORMAT: Final = "penguin-local kit 1"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_MOST_BYTES: Final = 4_000_000
"""Of a manifest."""
_LITTER: Final = re.compile(r"\._.*|\.DS_Store|Thumbs\.db|desktop\.ini", re.IGNORECASE)
"""What systems leave on a stick unasked."""


class Kind(StrEnum):
    """What a kit can hold, by the folder it lies in there."""

    MODEL = "models"
    PATHS = "paths"
    SCENARIOS = "scenarios"

    @property
    def suffix(self) -> str:
        """Of its files."""
        return ".gguf" if self is Kind.MODEL else ".parquet"


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the manifest."""

    kind: Kind
    name: str
    bytes: int
    sha256: str

    @property
    def file(self) -> str:
        """Where it lies in the kit."""
        return f"{self.kind}/{self.name}{self.kind.suffix}"


@dataclass(frozen=True, slots=True)
class Packed:
    """What became of one thing that was exported."""

    item: Item
    copied: bool
    """False: the kit had it already."""


def export(
    folder: Path,
    sources: Mapping[tuple[Kind, str], Path],
    *,
    expected: Mapping[Path, str],
    heard: Callable[[str, int, int], None],
) -> list[Packed]:
    """Copy the files into a kit, a new one or one to be added to; its manifest comes last.

    `expected` has the sha256 of those that are on record: a file that is not what it was does not leave.
    `heard` gets name, bytes so far and bytes in all. Raises UsageError, NoRoom, and BadInput for those that did not
    leave, when all others are in the kit.
    """
    before = _kit_or_empty(folder)
    missing = _missing_bytes(folder, before, sources)
    check_space(_existing(folder), missing, "the kit", elsewhere="name a folder on another disk")
    packed: list[Packed] = []
    changed: list[str] = []
    try:
        for (kind, name), source in sources.items():
            there = before.get((kind, name))
            size = source.stat().st_size
            if there is not None and there.bytes == size and there.sha256 == expected.get(source):
                target = folder / there.file
                if target.is_file() and target.stat().st_size == size:
                    packed.append(Packed(there, copied=False))
                    continue
            item = _pack(folder, kind, name, source, expected.get(source), heard)
            if item is None:
                changed.append(name)
            else:
                packed.append(Packed(item, copied=True))
    finally:
        # Also when it was stopped: what is in the kit by then is whole, and belongs to it.
        if packed:
            items = {**before, **{(p.item.kind, p.item.name): p.item for p in packed}}
            _write_manifest(folder, items.values())
    if changed:
        was = "is not what it was" if len(changed) == 1 else "are not what they were"
        raise BadInput(
            f"{', '.join(changed)} {was} on arrival here, and stayed here; {len(packed):,} of {len(sources):,} are in "
            f"{folder}",
            hint=f"penguin-local models verify {' '.join(changed)}",
        )
    return packed


def _pack(
    folder: Path,
    kind: Kind,
    name: str,
    source: Path,
    sha256: str | None,
    heard: Callable[[str, int, int], None],
) -> Item | None:
    """None, and nothing in the kit, for a file that is not what it was."""
    size = source.stat().st_size
    target = folder / f"{kind}/{name}{kind.suffix}"
    part = target.with_name(f".{target.name}.part")
    with writing(folder):
        target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
    try:
        found = copy(source, part, lambda done: heard(name, done, size))
        if sha256 is not None and found != sha256:
            return None
        arrive(part, target)
    finally:
        part.unlink(missing_ok=True)
    return Item(kind, name, size, found)


def read_manifest(folder: Path) -> list[Item]:
    """The manifest of a kit, held against what lies beside it: names, sizes, nothing more and nothing less.

    The content is not read yet. Raises BadInput, saying which line is wrong; UsageError when it is no kit.
    """
    items = _read(folder)
    home = folder.resolve()
    for item in items:
        file = folder / item.file
        if not file.resolve().is_relative_to(home):
            raise BadInput(f"{item.file} of the kit leads out of {folder}", hint=_FRESH)
        if not file.is_file():
            raise BadInput(f"{item.file} of the manifest is missing in {folder}", hint=_FRESH)
        if file.stat().st_size != item.bytes:
            raise BadInput(
                f"{item.file} has {file.stat().st_size:,} bytes, and {item.bytes:,} in the manifest",
                hint=_FRESH,
            )
    known = {MANIFEST, *(item.file for item in items)}
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if name not in known and not file.is_dir() and not _LITTER.fullmatch(file.name):
            raise BadInput(
                f"{name} lies in {folder} and is not in its manifest",
                hint="take it out of the folder; to import a single model file, name that file",
            )
    return items


def is_kit(folder: Path) -> bool:
    """Whether there is a manifest."""
    return (folder / MANIFEST).is_file()


_FRESH: Final = "nothing was imported. Make the kit anew: penguin-local models export FOLDER"


def _read(folder: Path) -> list[Item]:
    file = folder / MANIFEST
    if not file.is_file():
        raise UsageError(
            f"{folder} is not a kit: it has no {MANIFEST}",
            hint="penguin-local models export makes one; a single model file can be imported by its path",
        )
    if file.stat().st_size > _MOST_BYTES:
        raise BadInput(f"{file} is too large for a manifest", hint=_FRESH)
    try:
        content = json.loads(file.read_bytes(), object_pairs_hook=_no_doubles)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{file} is not a manifest: {error}", hint=_FRESH) from error
    if (
        not isinstance(content, dict)
        or content.get("format") != FORMAT
        or set(content) != {"format", "files"}
    ):
        raise BadInput(f"{file} is not a manifest of this version ({FORMAT})", hint=_FRESH)
    lines = content["files"]
    if not isinstance(lines, list):
        raise BadInput(f"{file}: `files` is not a list", hint=_FRESH)
    items = [_item(line, f"{file}, entry {number}") for number, line in enumerate(lines, 1)]
    seen: set[str] = set()
    for item in items:
        # Windows and macOS hold names that differ in case alone for the same.
        if item.file.lower() in seen:
            raise BadInput(f"{file}: {item.file} is there twice", hint=_FRESH)
        seen.add(item.file.lower())
    return items


def _item(line: Any, where: str) -> Item:
    wanted = {"kind", "name", "file", "bytes", "sha256"}
    if not isinstance(line, dict) or set(line) != wanted:
        raise BadInput(f"{where} does not have exactly {', '.join(sorted(wanted))}", hint=_FRESH)
    kind, name, file, size, sha256 = (line[key] for key in ("kind", "name", "file", "bytes", "sha256"))
    if isinstance(file, str) and _leads_out(file):
        raise BadInput(f"{where} names {file!r}, which lies outside the kit", hint=_FRESH)
    if kind not in tuple(Kind):
        raise BadInput(f"{where} is of the unknown kind {kind!r}", hint=_FRESH)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise BadInput(f"{where} has {name!r} for a name", hint=_FRESH)
    if type(size) is not int or size < 0:
        raise BadInput(f"{where} has {size!r} for a size", hint=_FRESH)
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise BadInput(f"{where} has {sha256!r} for a sha256", hint=_FRESH)
    item = Item(Kind(kind), name, size, sha256)
    if file != item.file:
        raise BadInput(f"{where} lies in {file!r} instead of {item.file}", hint=_FRESH)
    return item


def _leads_out(file: str) -> bool:
    parts = PurePosixPath(file.replace("\\", "/")).parts
    return ".." in parts or file.startswith(("/", "\\", "~")) or bool(PureWindowsPath(file).drive)


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def _kit_or_empty(folder: Path) -> dict[tuple[Kind, str], Item]:
    if is_kit(folder):
        return {(item.kind, item.name): item for item in _read(folder)}
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file", hint="name a new folder, such as penguin-kit")
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(
            f"{folder} has other things in it",
            hint=f"name a new folder, such as {folder / 'penguin-kit'}",
        )
    return {}


def _missing_bytes(
    folder: Path, before: Mapping[tuple[Kind, str], Item], sources: Mapping[tuple[Kind, str], Path]
) -> int:
    return sum(
        source.stat().st_size
        for key, source in sources.items()
        if key not in before or not (folder / before[key].file).is_file()
    )


def _existing(folder: Path) -> Path:
    """The nearest folder above that is there."""
    return next((f for f in (folder, *folder.absolute().parents) if f.is_dir()), Path.cwd())


def _write_manifest(folder: Path, items: Iterable[Item]) -> None:
    lines = [{**asdict(item), "kind": item.kind.value, "file": item.file} for item in _ordered(items)]
    part = folder / f".{MANIFEST}.part"
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps({"format": FORMAT, "files": lines}, indent=1) + "\n", encoding="utf-8")
    arrive(part, folder / MANIFEST)


def _ordered(items: Iterable[Item]) -> Sequence[Item]:
    return sorted(items, key=lambda item: item.file)

"""The files behind `models verify`, `models add` and `models remove`."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from penguin_local import paths
from penguin_local.cli.console import say
from penguin_local.errors import BadInput, NoRoom, UsageError, WeightsDamaged, WeightsMissing
from penguin_local.lm.catalogue import NAME, find_model, load_catalogue
from penguin_local.lm.inventory import Inventory, Known, Source
from penguin_local.lm.weights import read_header

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class Verdict(StrEnum):
    """What became of a file."""

    SAME = "as accepted"
    CHANGED = "CHANGED"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was read whole."""

    known: Known
    verdict: Verdict
    found: str
    """Its sha256 now; empty when it is gone."""


def chosen(names: Sequence[str]) -> list[Known]:
    """The accepted files of these names, of all names when there are none.

    A file that was laid into the models folder by hand is accepted now. Raises WeightsMissing with the nearest.
    """
    inventory = Inventory()
    if not names:
        recorded = {known.path for known in inventory.known()}
        for path in inventory.lying():
            if path not in recorded:
                _accept(path)
        return inventory.known()
    found = []
    for name in names:
        known = inventory.find(name) or inventory.find(name.lower())
        if known is None:
            _accept(find_model(name).path)
            known = inventory.find(name)
        if known is None:
            raise WeightsMissing(f"no model is recorded as {name!r}", hint="penguin-local models list --here")
        found.append(known)
    return found


def _accept(path: Path) -> None:
    try:
        file = find_model(str(path))
    except WeightsDamaged as error:
        say(f"{error.message}; {error.hint}")
        return
    inventory = Inventory()
    if inventory.at(path) is None:
        inventory.arrive(path, name=path.stem, sha256=file.sha256, source=Source.FIRST_USE)


def verified(known: Known) -> Checked:
    """Read it whole, whatever is remembered of it."""
    if not known.present:
        return Checked(known, Verdict.GONE, "")
    try:
        found = Inventory().read_again(known.path)
    except OSError as error:
        raise NoRoom(
            f"{known.path} cannot be read: {error.strerror or error}",
            hint="look at the disk and its permissions",
        ) from error
    return Checked(known, Verdict.SAME if found == known.sha256 else Verdict.CHANGED, found)


def vouch(file: Path, *, name: str | None, sha256: str | None, replace: bool) -> Known:
    """Record a file as accepted. Raises BadInput, UsageError, WeightsDamaged."""
    if sha256 is not None and not _SHA256.fullmatch(sha256.strip().lower()):
        raise UsageError(
            f"{sha256.strip()!r} is no sha256",
            hint="64 hexadecimal digits, as the publisher or `sha256sum` prints them",
        )
    read_header(file)
    inventory, catalogue = Inventory(), load_catalogue()
    here = inventory.at(file)
    if here is not None and here.source is Source.BUNDLED:
        raise UsageError(f"{here.name} comes with penguin-local", hint="there is nothing to add")
    found = inventory.read_again(file)
    wanted = sha256.strip().lower() if sha256 else found
    if wanted != found:
        raise BadInput(
            f"{file.name} has the sha256 {found}, not {wanted}", hint="fetch it again; nothing was recorded"
        )
    entry = catalogue.of_sha256(found)
    called = name if name is not None else entry.name if entry else _slug(file.stem)
    if not NAME.fullmatch(called):
        raise UsageError(
            f"a model cannot be called {called!r}", hint="--name with lower-case letters, digits, - _ and ."
        )
    other = catalogue.find(called)
    if other is not None and other.sha256 is not None and other.sha256 != found:
        raise UsageError(f"{called} is the name of another model in the catalogue", hint="--name ANOTHER")
    if not replace:
        inventory.compare(file, found)
        named = inventory.find(called)
        if named is not None and named.path != Path(os.path.abspath(file)) and named.present:
            raise UsageError(
                f"{called} is {named.path} already",
                hint="--name ANOTHER, or --replace to use this file instead",
            )
    if any(known.name == called and known.source is not Source.BUNDLED for known in inventory.known()):
        inventory.forget(called)
    return inventory.arrive(file, name=called, sha256=found, source=Source.ADDED)


def _slug(stem: str) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", stem.lower()).strip("-._")[:64]


def ours(known: Known) -> bool:
    """Whether the file lies in the models folder, so that removing it means deleting it."""
    return known.path.parent == paths.pulled_models()


def drop(known: Known) -> None:
    """Delete or forget it. Raises NoRoom when it may not be deleted."""
    if ours(known):
        try:
            known.path.unlink(missing_ok=True)
        except OSError as error:
            raise NoRoom(
                f"{known.path} cannot be deleted: {error.strerror or error}",
                hint="close what has it open, or change its permissions",
            ) from error
    Inventory().forget(known.name)

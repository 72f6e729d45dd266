"""Fetching weights: the pinned revision, resumed where it stopped, checked, and only then in their place."""

from __future__ import annotations

import hashlib
import os
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from penguin_local.errors import UsageError, WeightsDamaged
from penguin_local.lm.catalogue import installed_names
from penguin_local.lm.catalogue_file import Entry
from penguin_local.lm.download_hub import Hub, Remote
from penguin_local.lm.files import alone, arrive, check_space, writing
from penguin_local.lm.inventory import Inventory, Source
from penguin_local.lm.transfer import Meter, Offline, Patience, Transfer, WrongBytes
from penguin_local.lm.weights import read_header, sha256_of

_KEY_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Pulled:
    """A file that is there, whole and checked."""

    path: Path
    sha256: str
    bytes: int
    fetched: bool
    """False: it was there already."""


def pull(
    entry: Entry,
    *,
    folder: Path,
    progress: Callable[[Transfer], None],
    cancel: threading.Event | None = None,
    endpoint: str | None = None,
    token: str | None = None,
    replace: bool = False,
    patience: Patience | None = None,
) -> Pulled:
    """Have the entry's file in `folder`, as NAME.gguf, and on record; it comes as a whole or not at all.

    What came before a kill, a broken line or a full disk is kept beside it and gone on from. Raises Offline,
    Interrupted, TooMany, NotThere, Gated, Refused, WrongBytes, NoRoom, Cancelled, and UsageError when another
    file has the name.
    """
    if entry.bundled:
        raise UsageError(f"{entry.name} comes along with penguin-local", hint="there is nothing to fetch")
    if entry.parts > 1:
        raise UsageError(
            f"{entry.name} is split into {entry.parts} files, and a model in one file is needed",
            hint="choose another from `penguin-local models list`",
        )
    inventory = Inventory(folder)
    target = folder / f"{entry.name}.gguf"
    record = inventory.at(target)
    expected = entry.sha256 or (record.sha256 if record else None)
    if expected and target.exists() and not replace and inventory.fingerprint(target) == expected:
        return _recorded_now(inventory, entry, target, expected, fetched=False)
    if target.exists() and not replace and expected:
        raise _other_file(entry, target)
    try:
        with Hub(
            endpoint=endpoint,
            token=token,
            patience=patience or Patience(),
            cancel=cancel or threading.Event(),
        ) as hub:
            remote = hub.find(entry)
            wanted = _agreed(entry, None if replace and not entry.sha256 else expected, remote, hub.host)
            if target.exists() and not replace:  # it came, and its record did not
                if wanted is None or inventory.fingerprint(target) != wanted:
                    raise _other_file(entry, target)
                return _recorded_now(inventory, entry, target, wanted, fetched=False)
            with writing(folder):
                folder.mkdir(parents=True, exist_ok=True)
            found = _fetch(hub, entry, remote, wanted, target, progress)
    except Offline as error:
        raise _with_remedy(error, entry) from error
    return _recorded_now(inventory, entry, target, found, fetched=True)


def _fetch(
    hub: Hub,
    entry: Entry,
    remote: Remote,
    wanted: str | None,
    target: Path,
    progress: Callable[[Transfer], None],
) -> str:
    """Fetch, check and put in place; the sha256."""
    part = _part(entry, remote, target.parent)
    meter = Meter(entry.name, remote.bytes, progress, time.monotonic)
    with alone(part, entry.name) as file:
        _forget_others(entry.name, part)
        check_space(target.parent, remote.bytes - file.seek(0, os.SEEK_END), entry.name)
        with writing(part):
            try:
                hub.fetch(entry, remote, file, meter)
            finally:
                file.flush()
                os.fsync(file.fileno())
        meter.checking()
        found, reached = sha256_of(part), part.stat().st_size
    if found != (wanted or found) or reached != remote.bytes:
        part.unlink()
        raise WrongBytes(
            f"what came as {entry.name} has the sha256 {found[:12]}… instead of {(wanted or '')[:12]}…, "
            "and was thrown away",
            hint="give the same command again; if that does not help, the source sends another file",
        )
    if entry.sha256 is None:
        _check_weights(part, entry)
    arrive(part, target)
    return found


def _agreed(entry: Entry, expected: str | None, remote: Remote, host: str) -> str | None:
    """The sha256 the file must have; what the hub says of itself is held against what is known, before a byte comes."""
    theirs = None
    if entry.bytes is not None and remote.bytes != entry.bytes:
        theirs = f"{remote.bytes:,} bytes instead of {entry.bytes:,}"
    elif expected and remote.sha256 and remote.sha256 != expected:
        theirs = f"the sha256 {remote.sha256[:12]}… instead of {expected[:12]}…"
    if theirs:
        new = (
            "A newer penguin-local may know the new file"
            if entry.sha256
            else f"`penguin-local models pull {entry.name} --replace` takes the new file"
        )
        raise WrongBytes(
            f"the file was replaced: {host} has {entry.file} with {theirs}",
            hint=f"nothing was fetched. {new}; the old one, from elsewhere, can be imported: "
            "penguin-local models import FILE",
        )
    return expected or remote.sha256


def _recorded_now(inventory: Inventory, entry: Entry, target: Path, sha256: str, *, fetched: bool) -> Pulled:
    record = inventory.at(target)
    if fetched or record is None or record.sha256 != sha256:
        inventory.arrive(target, name=entry.name, sha256=sha256, source=Source.PULLED)
    return Pulled(target, sha256, target.stat().st_size, fetched)


def _part(entry: Entry, remote: Remote, folder: Path) -> Path:
    """Where what came so far lies: the name tells versions of a file apart, so that none is mixed with another."""
    what = f"{entry.repo}@{entry.revision}/{entry.file} {remote.bytes} {entry.sha256 or remote.version}"
    key = hashlib.sha256(what.encode()).hexdigest()[:_KEY_DIGITS]
    return folder / f".{entry.name}-{key}.part"


def _forget_others(name: str, part: Path) -> None:
    """Beginnings of other versions of this file."""
    kind = re.compile(rf"\.{re.escape(name)}-[0-9a-f]{{{_KEY_DIGITS}}}\.part")
    for other in part.parent.glob(".*.part"):
        if other != part and kind.fullmatch(other.name):
            other.unlink()


def _check_weights(part: Path, entry: Entry) -> None:
    try:
        read_header(part)
    except WeightsDamaged as error:
        part.unlink()
        raise WrongBytes(
            f"what came as {entry.name} is no model: {error.message}",
            hint="look at the address in a browser; nothing was kept",
        ) from error


def _other_file(entry: Entry, target: Path) -> UsageError:
    return UsageError(
        f"{target} is another file than {entry.name} should be",
        hint=f"look where it comes from; penguin-local models pull {entry.name} --replace fetches it anew",
    )


def _with_remedy(error: Offline, entry: Entry) -> Offline:
    here = ", ".join(installed_names())
    return Offline(
        error.message,
        hint=f"{error.hint + '; ' if error.hint else ''}already here: {here}. From a stick: where there is a network, "
        f"`penguin-local models pull {entry.name}` and `penguin-local models export FOLDER {entry.name}`; "
        "here, `penguin-local models import FOLDER`",
    )

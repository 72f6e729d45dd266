"""Which weights a name means, and that they are the ones that were accepted."""

from __future__ import annotations

import difflib
import os
from dataclasses import replace
from pathlib import Path

from penguin_local import paths
from penguin_local.errors import ModelError, WeightsDamaged, WeightsMissing
from penguin_local.lm.catalogue_file import (
    NAME,
    Catalogue,
    Entry,
    ModelRole,
    Shape,
    Use,
    catalogue_path,
    load_catalogue,
)
from penguin_local.lm.chat_format import mute
from penguin_local.lm.inventory import Inventory, Known, Source, bundled_place
from penguin_local.lm.weights import ModelFile, read_header

__all__ = [
    "BUNDLED",
    "BUNDLED_EMBEDDER",
    "NAME",
    "Catalogue",
    "Entry",
    "ModelRole",
    "Shape",
    "Use",
    "bundled_path",
    "catalogue_path",
    "find_embedder",
    "find_model",
    "installed_names",
    "load_catalogue",
]

BUNDLED = "penguin-nano"
BUNDLED_EMBEDDER = "all-minilm-l6-v2"


def bundled_path() -> Path:
    """Where the demonstration model lies."""
    return bundled_place(BUNDLED)


def find_model(name_or_path: str | None = None) -> ModelFile:
    """The file that a name, a path or nothing (the bundled model) means: a whole GGUF, and the one it was.

    A file nobody vouched for is trusted on first use, recorded, and says so (`ModelFile.first_use`).
    Raises WeightsMissing with the nearest names, WeightsDamaged for what is no model or has changed.
    """
    if name_or_path is None or name_or_path in (BUNDLED, BUNDLED_EMBEDDER):
        name = name_or_path or BUNDLED
        return _file(bundled_place(name), name)
    path = Path(name_or_path).expanduser()
    if name_or_path and (os.path.exists(path) or len(path.parts) > 1):
        return _file(path, path.stem)
    inventory = Inventory()
    known = (
        inventory.find(name_or_path) or inventory.find(name_or_path.lower()) or _same(name_or_path, inventory)
    )
    if known is not None and known.present:
        return _file(known.path, known.name)
    for candidate in (paths.pulled_models() / name_or_path, paths.pulled_models() / f"{name_or_path}.gguf"):
        if candidate.is_file():
            return _file(candidate, candidate.stem)
    if known is not None:
        raise WeightsMissing(
            f"{known.name} is not at {known.path} any more",
            hint=f"put it back, or: penguin-local models remove {known.name}",
        )
    raise _unknown(name_or_path)


def find_embedder(name_or_path: str | None = None) -> ModelFile:
    """The embedding model that a name, a path or nothing (the bundled all-MiniLM-L6-v2) means.

    Raises what `find_model` raises, and ModelError when it is a chat model.
    """
    file = find_model(name_or_path or BUNDLED_EMBEDDER)
    if not file.embeds:
        raise ModelError(
            f"{file.name} is a chat model and gives no embeddings",
            hint=f"leave the embedding model out for the bundled one, {BUNDLED_EMBEDDER}",
        )
    return file


def installed_names() -> tuple[str, ...]:
    """The bundled models, what lies among the pulled ones, and what was accepted from elsewhere."""
    inventory = Inventory()
    recorded = [known for known in inventory.known() if known.source is not Source.BUNDLED and known.present]
    lying = set(inventory.lying())
    names = {path.stem for path in lying - {known.path for known in recorded}}
    named = {known.name for known in recorded if known.source is not Source.FIRST_USE or known.path in lying}
    return (BUNDLED, BUNDLED_EMBEDDER, *sorted(names | named))


def _file(path: Path, name: str) -> ModelFile:
    header = read_header(path)
    # By what the file says of itself: a copy under another name is still a demonstration.
    demonstration = header.text("general.name") == BUNDLED
    # A file may be called anything; the name goes into rows and messages, in one line.
    name = "".join(letter if letter.isprintable() else "-" for letter in name)
    inventory = Inventory()
    sha256 = inventory.check(path)
    first_use = _is_new(inventory, path, name, sha256)
    if first_use:
        inventory.arrive(path, name=name, sha256=sha256, source=Source.FIRST_USE)
    return ModelFile(
        path,
        name,
        sha256,
        demonstration,
        first_use=first_use,
        embeds=header.embeds,
        mute=not header.embeds and mute(name, header),
    )


def _is_new(inventory: Inventory, path: Path, name: str, sha256: str) -> bool:
    """Whether nobody has vouched for this content. Raises WeightsDamaged for a file under a false name."""
    if inventory.at(path) is not None:
        return False
    catalogue = load_catalogue()
    entry = catalogue.find(name)
    ours = path.parent == paths.pulled_models()
    if ours and entry is not None and entry.sha256 is not None and entry.sha256 != sha256:
        raise WeightsDamaged(
            f"{path} is called {name} and is not that file: its sha256 is {sha256[:16]}… and should be "
            f"{entry.sha256[:16]}…",
            hint=f"penguin-local models pull {entry.name}; or keep this file under another name",
        )
    return catalogue.of_sha256(sha256) is None and inventory.of_sha256(sha256) is None


def _same(name: str, inventory: Inventory) -> Known | None:
    """The catalogue's model of that name where its very bytes lie here under another one."""
    entry = load_catalogue().find(name)
    if entry is None or entry.sha256 is None:
        return None
    same = (known for known in inventory.known() if known.sha256 == entry.sha256 and known.present)
    return next((replace(known, name=entry.name) for known in same), None)


def _unknown(name: str) -> WeightsMissing:
    catalogue = load_catalogue()
    entry = catalogue.find(name)
    if entry is not None:
        return WeightsMissing(
            f"{entry.name} is not on this machine",
            hint=f"penguin-local models pull {entry.name}, or, from a stick: penguin-local models import FILE",
        )
    names = dict.fromkeys((*installed_names(), *(entry.name for entry in catalogue.entries)))
    near = difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.4)
    meant = f"did you mean {' or '.join(near)}? " if near else f"here are: {', '.join(installed_names())}. "
    return WeightsMissing(
        f"no model is called {name!r} on this machine",
        hint=meant + "A path to any .gguf file works too",
    )

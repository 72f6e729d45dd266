"""Fetching the files of a data set from the hub: one revision, resumed where it stopped, each whole or not at all."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Final

from penguin_local.lm.catalogue_entry import Entry, ModelRole, Thinks
from penguin_local.lm.download_hub import Hub, Remote
from penguin_local.lm.files import alone, arrive, check_space, writing
from penguin_local.lm.transfer import Meter, NotThere, Patience, Transfer, WrongBytes
from penguin_local.lm.weights import sha256_of

_ENDINGS: Final = (".json", ".jsonl")


def pull_dataset(
    repo: str,
    *,
    folder: Path,
    command: str,
    progress: Callable[[Transfer], None],
    cancel: threading.Event | None = None,
    endpoint: str | None = None,
    token: str | None = None,
    patience: Patience | None = None,
) -> str:
    """Have all JSON files of a data set in `folder`; the revision. `command` is what a person types to go on.

    What is in the folder whole already is not fetched again. Raises what `download.pull` raises.
    """
    with Hub(
        endpoint=endpoint,
        token=token,
        patience=patience or Patience(),
        cancel=cancel or threading.Event(),
        kind="dataset",
    ) as hub:
        revision, names = hub.listing(_entry(repo, "", None, command))
        wanted = [name for name in names if name.lower().endswith(_ENDINGS) and _inside(name)]
        if not wanted:
            raise NotThere(
                f"{repo} has no JSON file at revision {revision[:12]}", hint="look at it in a browser"
            )
        for name in wanted:
            entry = _entry(repo, name, revision, command)
            target = folder / revision[:12] / name
            if not target.exists():
                _fetch(hub, entry, hub.find(entry), target, progress)
    return revision


def _fetch(
    hub: Hub, entry: Entry, remote: Remote, target: Path, progress: Callable[[Transfer], None]
) -> None:
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    meter = Meter(entry.file, remote.bytes, progress, time.monotonic)
    with alone(part, entry.file) as file:
        check_space(target.parent, remote.bytes - file.seek(0, os.SEEK_END), entry.file)
        with writing(part):
            try:
                hub.fetch(entry, remote, file, meter)
            finally:
                file.flush()
                os.fsync(file.fileno())
        if remote.sha256 and sha256_of(part) != remote.sha256:
            part.unlink()
            raise WrongBytes(
                f"what came as {entry.file} is not what {hub.host} says it has, and was thrown away",
                hint="give the same command again; if that does not help, the source sends another file",
            )
    arrive(part, target)


def _entry(repo: str, file: str, revision: str | None, command: str) -> Entry:
    return Entry(
        name=file or repo,
        title=repo,
        role=ModelRole.CHAT,
        good_for=(),
        licence="",
        family="",
        chat_format="",
        context_tokens=0,
        thinking=Thinks.NEVER,
        architecture="",
        quantisation="",
        file=file,
        repo=repo,
        revision=revision,
        asked_with=command,
    )


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name and name.isprintable()

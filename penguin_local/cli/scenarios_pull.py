"""PENGUIN's published files for as long as they are read: fetched into a folder of their own, and removed again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from penguin_local import paths
from penguin_local.cli.console import say
from penguin_local.cli.models_moving import showing_transfers
from penguin_local.cli.models_transfer import read_token

REPO: Final = "wick1d/Personalized_Safety_Data"
COMMAND: Final = "penguin-local scenarios import penguin --pull"


@contextmanager
def pulled(token_file: Path | None) -> Iterator[Path]:
    """The folder; what an interrupted download has left there is gone on from the next time."""
    from penguin_local.lm.download_dataset import pull_dataset
    from penguin_local.lm.files import writing

    folder = paths.user_data() / "downloads" / "penguin"
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    say(
        f"{REPO}: posts by real people, some in crisis. They are fetched, read, and removed; never pass them on"
    )
    with showing_transfers("asking the hub") as progress:
        revision = pull_dataset(
            REPO,
            folder=folder,
            command=COMMAND,
            progress=progress,
            token=read_token(token_file),
            endpoint=os.environ.get("HF_ENDPOINT"),
        )
    say(f"revision {revision}")
    try:
        yield folder / revision[:12]
    finally:
        shutil.rmtree(folder)

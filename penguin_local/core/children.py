"""Processes of our own: what they need to find this package, wherever it was started from."""

from __future__ import annotations

import os
from pathlib import Path

import penguin_local


def child_environment() -> dict[str, str]:
    """Ours; and where the package was not installed but lies in a folder, the child finds it there too.

    For `python -P -m penguin_local...`: without -P the child would import whatever lies in the folder at hand.
    """
    root = Path(penguin_local.__file__).resolve().parents[1]
    if "site-packages" in root.parts:
        return dict(os.environ)
    known = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (known, str(root))))}

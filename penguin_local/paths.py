"""Where things live. Every function answers a question; none makes a folder.

`PENGUIN_LOCAL_HOME` moves all that the program writes into one folder; otherwise it lies where the
platform keeps such things (platformdirs). Bundled files are found the same way in a checkout and in
an installed wheel.
"""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _home() -> Path | None:
    home = os.environ.get("PENGUIN_LOCAL_HOME")
    return Path(home).expanduser() if home else None


def user_data() -> Path:
    """Databases, imported sets and pulled models."""
    from platformdirs import user_data_path

    return _home() or user_data_path("penguin-local", appauthor=False)


def user_config() -> Path:
    """Settings a person edits by hand."""
    from platformdirs import user_config_path

    return _home() or user_config_path("penguin-local", appauthor=False)


def bench_store() -> Path:
    """The database of scenarios, runs and results."""
    return user_data() / "bench.duckdb"


def cases_store() -> Path:
    """The database of conversations, sealed; its key file lies beside it."""
    return user_data() / "cases.duckdb"


def pulled_models() -> Path:
    """Weights that were downloaded or imported."""
    return user_data() / "models"


def imported_paths() -> Path:
    """Files of planned paths from elsewhere, `NAME.parquet` each."""
    return user_data() / "paths"


def judge_cards() -> Path:
    """Calibration cards, one JSON file a judge and prompt."""
    return user_data() / "cards"


def imported_sets() -> Path:
    """Scenario sets a person imported, `NAME.parquet` each."""
    return user_data() / "scenarios"


def _bundled(folder: str) -> Path:
    # The wheel's own first: beside an installed package a folder of that name may be anybody's.
    inside = _PACKAGE / "_bundled"
    return (inside if inside.is_dir() else _PACKAGE.parent) / folder


def data() -> Path:
    """The bundled `data/`: topics, tables, frozen scenario sets."""
    return _bundled("data")


def models() -> Path:
    """The bundled `models/`: the demonstration model and its card."""
    return _bundled("models")

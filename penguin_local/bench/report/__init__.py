"""A run as one HTML file that needs nothing else: `render(result, items)`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from penguin_local import paths
from penguin_local.bench.results import BenchResult, ScoredItem

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


def render(
    result: BenchResult,
    items: Sequence[ScoredItem],
    *,
    fingerprints: Mapping[str, str] = _NONE,
    command: str = "",
) -> str:
    """One self-contained HTML file: no script, and nothing in it is loaded from elsewhere.

    `items` are all answers of the run, scored or not. `fingerprints` are further rows for the last section
    (prompt version, sampler, library versions); `command` is the command that made the run, when it is known.
    The same values give the same text, byte for byte.
    """
    # matplotlib asks for its folder (a list of fonts) when it is imported, and would make one of its own in
    # the home folder: what this program writes lies in one place.
    os.environ.setdefault("MPLCONFIGDIR", str(paths.user_data() / "matplotlib"))
    from penguin_local.bench.report.page import page

    return page(result, items, fingerprints=fingerprints, command=command)

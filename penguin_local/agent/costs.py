"""What a question costs the person who is asked: a sensitivity weight an attribute, from `data/costs.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from penguin_local import paths
from penguin_local.core.attributes import Attribute
from penguin_local.corpus.network import read_toml
from penguin_local.errors import BadInput

_VERSION: Final = "version"
_HINT: Final = "each attribute is a table such as [age] with `weight`, 0 to 1, and if you like a `reason`"


def load_costs(path: Path | None = None) -> Mapping[Attribute, float]:
    """The weight of every attribute, 0.0 to 1.0; a file of one's own overrides those that it names.

    Raises BadInput naming the file and the key.
    """
    ours = _bundled()
    return ours if path is None else MappingProxyType({**ours, **_read(path)})


@cache
def _bundled() -> Mapping[Attribute, float]:
    path = paths.data() / "costs.toml"
    weights = _read(path)
    missing = [a.value for a in Attribute if a not in weights]
    if missing:
        raise BadInput(f"{path.name}: there is no [{missing[0]}]", hint="restore the bundled file")
    return MappingProxyType(weights)


def _read(path: Path) -> dict[Attribute, float]:
    document = read_toml(path, hint=_HINT)
    document.pop(_VERSION, None)
    names = {a.value: a for a in Attribute}
    for name in document:
        if name not in names:
            raise BadInput(
                f"{path.name}: [{name}] is no attribute", hint=f"attributes: {', '.join(Attribute)}"
            )
    return {a: _weight(path, a, document[a.value]) for a in Attribute if a.value in document}


def _weight(path: Path, attribute: Attribute, entry: Any) -> float:
    where = f"{path.name}: [{attribute.value}]"
    if not isinstance(entry, dict):
        raise BadInput(f"{where} is not a table", hint=_HINT)
    extra = sorted(set(entry) - {"weight", "reason"})
    if extra:
        raise BadInput(f"{where} has an unknown key {extra[0]!r}", hint=_HINT)
    weight = entry.get("weight")
    # NaN and infinity fail the comparison.
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= 1:
        raise BadInput(f"{where} weight must be a number from 0 to 1, not {weight!r}", hint=_HINT)
    return float(weight)

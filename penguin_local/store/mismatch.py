"""Whether a run may go on under the settings that are wanted now, and what to say when it may not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from penguin_local.errors import RunMismatch
from penguin_local.store.rows import RunRecord, Setting

_OPTIONS: Final = frozenset(
    {
        "model",
        "judge",
        "arms",
        "scenarios",
        "domains",
        "per domain",
        "seed",
        "max tokens",
        "slots",
        "context",
        "gpu layers",
    }
)
"""Settings that a person types, under the same name with dashes."""

_CHOSEN: Final = frozenset({"slots", "context", "gpu layers"})
"""Without a value the program chooses it."""

_DRAWN_BY: Final = ("scenarios", "domains", "per domain", "seed")
"""Any of them draws other scenarios, and so explains another digest of them."""

_DIGEST: Final = "scenarios digest"
_DIGITS: Final = 12
"""Of a fingerprint: enough to see that two differ."""


def check_settings(record: RunRecord, wanted: Mapping[str, Setting]) -> None:
    """Raises RunMismatch naming every setting that is not what the run was begun with."""
    changed = list(_differences(record.settings, wanted))
    if changed:
        raise RunMismatch(
            f"the run {record.name!r} exists with other settings: {'; '.join(changed)}",
            hint=f"choose another --run name, or remove the old one: penguin-local runs delete {record.name}",
        )


def _differences(had: Mapping[str, Setting], wanted: Mapping[str, Setting]) -> Iterator[str]:
    told = _told_with_models(had, wanted)
    for name in dict.fromkeys([*had, *wanted]):
        before, after = had.get(name), wanted.get(name)
        if before == after or name in told:
            continue
        if name.endswith(" sha256"):
            role = name.removesuffix(" sha256")
            yield f"--{role} {wanted.get(role)} had other weights ({_cut(before)}, now {_cut(after)})"
        elif name == _DIGEST:
            if all(had.get(cause) == wanted.get(cause) for cause in _DRAWN_BY):
                yield f"--scenarios {wanted.get('scenarios')} held other scenarios"
        else:
            option = f"--{name.replace(' ', '-')}" if name in _OPTIONS else name
            yield f"{option} was {_shown(name, before)}, now {_shown(name, after)}"


def _told_with_models(had: Mapping[str, Setting], wanted: Mapping[str, Setting]) -> set[str]:
    """Settings that need no words of their own: a model is its weights, whatever they are called."""
    told: set[str] = set()
    for role in ("model", "judge"):
        told.add(f"{role} demonstration")
        if had.get(f"{role} sha256") == wanted.get(f"{role} sha256"):
            told.add(role)
        elif had.get(role) != wanted.get(role):
            told.add(f"{role} sha256")
    if _judges_itself(had) and _judges_itself(wanted):
        told |= {"judge", "judge sha256"}
    return told


def _judges_itself(settings: Mapping[str, Setting]) -> bool:
    return settings.get("model sha256") == settings.get("judge sha256")


def _shown(name: str, value: Setting) -> str:
    if value is None:
        return "chosen by itself" if name in _CHOSEN else "not set"
    return str(value)


def _cut(digest: Setting) -> str:
    return str(digest)[:_DIGITS]

"""Whether a run may go on under the settings that are wanted now, and what to say when it may not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Final, Protocol

from penguin_local.errors import RunMismatch
from penguin_local.store.rows import Setting

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
        "rule",
        "depth",
        "rollouts",
        "exploration",
        "batch",
        "stop",
        "threshold",
        "budget",
        "user",
        "user rate",
        "costs",
        "paths",
        "use paths",
        "prefixes",
    }
)
"""Settings that a person types, under the same name with dashes."""

_CHOSEN: Final = frozenset({"slots", "context", "gpu layers"})
"""Without a value the program chooses it."""

_DRAWN_BY: Final = ("scenarios", "domains", "per domain", "seed")
"""Any of them draws other scenarios, and so explains another digest of them."""

_DIGEST: Final = "scenarios digest"
_FILES: Final = ("costs", "paths")
"""Settings that name a file, whose digest stands beside them; another file explains what it holds."""
_BUNDLED: Final = "bundled"
"""What stands for the file that comes along, where none was named."""
_DIGITS: Final = 12
"""Of a fingerprint: enough to see that two differ."""


class Kind(Enum):
    """What is gone on with: how it is called, the option that names it, the commands for it."""

    RUN = ("run", "--run name", "penguin-local runs")
    PLAN = ("plan", "--name", "penguin-local plan")


class Begun(Protocol):
    """A run or a plan in the store."""

    @property
    def name(self) -> str:
        """As the person knows it."""
        ...

    @property
    def settings(self) -> Mapping[str, Setting]:
        """What it was begun with."""
        ...


def check_settings(record: Begun, wanted: Mapping[str, Setting], *, kind: Kind = Kind.RUN) -> None:
    """Raises RunMismatch naming every setting that is not what the run was begun with."""
    changed = list(differences(record.settings, wanted))
    if changed:
        noun, option, command = kind.value
        raise RunMismatch(
            f"the {noun} {record.name!r} exists with other settings: {'; '.join(changed)}",
            hint=f"choose another {option} (the old one can still be read: {command} show {record.name}), or remove "
            f"it: {command} delete {record.name}",
        )


def differences(had: Mapping[str, Setting], wanted: Mapping[str, Setting]) -> Iterator[str]:
    """Every setting that is not as it was, in words."""
    told = _told_with_models(had, wanted)
    for name in dict.fromkeys([*had, *wanted]):
        before, after = had.get(name), wanted.get(name)
        if before == after or name in told:
            continue
        if name.endswith(" sha256"):
            role = name.removesuffix(" sha256")
            option = f"--{role}" if role in _OPTIONS else role
            yield f"{option} {wanted.get(role)} had other weights ({_cut(before)}, now {_cut(after)})"
        elif name == _DIGEST:
            if all(had.get(cause) == wanted.get(cause) for cause in _DRAWN_BY):
                yield f"--scenarios {wanted.get('scenarios')} held other scenarios"
        elif name.endswith(" digest"):
            what = name.removesuffix(" digest")
            if wanted.get(what) == _BUNDLED:
                yield f"the {what} that come with penguin-local were others then, before an update"
            else:
                yield f"--{what} {wanted.get(what)} held something else"
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
    if had.get("arms") != wanted.get("arms"):
        told |= set(had) ^ set(wanted)  # other arms need other settings
    for what in _FILES:
        if had.get(what) != wanted.get(what):
            told |= {name for name in {*had, *wanted} if name.startswith(f"{what} ")}
        elif had.get(f"{what} digest") != wanted.get(f"{what} digest"):
            told |= {n for n in {*had, *wanted} if n.startswith(f"{what} ")} - {f"{what} digest"}
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

"""How the talks of a run go: who is asked, how long, by which paths. Part of its settings where an arm asks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Final

from penguin_local.agent import situation
from penguin_local.agent.dialogue_events import DialogueSettings
from penguin_local.agent.users import DEFAULT_RATE, UserKind
from penguin_local.bench.arms import Arm
from penguin_local.bench.finding_arms import Talk
from penguin_local.errors import UsageError
from penguin_local.store.rows import Setting

BUNDLED: Final = "bundled"
"""The name of costs and paths that were not chosen."""
QUIRKS: Final = frozenset(UserKind) - {UserKind.TRUTHFUL}
"""Users whose rate means something."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What the talks of a run have in common; an arm's own stop and threshold come before these."""

    dialogue: DialogueSettings = field(default_factory=DialogueSettings)
    user: UserKind = UserKind.TRUTHFUL
    user_rate: float = DEFAULT_RATE
    """How often a user who is not truthful acts on it, 0.0 to 1.0."""
    costs: str = BUNDLED
    """Name of the file of costs."""
    paths: str = BUNDLED
    """The path index, as it was asked for."""
    fingerprints: Mapping[str, Setting] = field(default_factory=dict)
    """Of the path index: what it was planned with, and a digest of what it holds."""
    prefixes: bool = False
    """Whether the answer from every step of a talk is scored too, to tell which questions were too many."""

    def __post_init__(self) -> None:
        if not 0 <= self.user_rate <= 1:
            raise UsageError(
                f"--user-rate cannot be {self.user_rate}", hint="choose one from 0 (never) to 1 (always)"
            )

    def of(self, talk: Talk) -> DialogueSettings:
        """For the talks of one arm."""
        own = self.dialogue
        return replace(
            own,
            stop=own.stop if talk.stop is None else talk.stop,
            threshold=own.threshold if talk.threshold is None else talk.threshold,
        )

    def as_dict(self, arms: Iterable[Arm]) -> dict[str, Setting]:
        """Flat, in the order in which differences are named; nothing where no arm asks."""
        talks = [arm.finding for arm in arms if isinstance(arm.finding, Talk)]
        if not talks:
            return {}
        own = self.dialogue
        settings: dict[str, Setting] = {
            "stop": own.stop.value,
            "threshold": own.threshold,
            "budget": own.budget,
            "user": self.user.value,
            "user rate": self.user_rate if self.user in QUIRKS else None,
            "costs": self.costs,
            "costs digest": _digest({a.value: cost for a, cost in own.costs.items()}),
            "cost scale": own.cost_scale,
            "prefixes": self.prefixes,
            "agent prompt": situation.PROMPT_VERSION,
        }
        if any(talk.paths for talk in talks):
            settings["paths"] = self.paths
            settings["use paths"] = self.dialogue.use_paths.value
            settings |= {f"paths {name}": value for name, value in self.fingerprints.items()}
        return settings


def _digest(value: Mapping[str, float]) -> str:
    return blake2b(json.dumps(dict(value), sort_keys=True).encode(), digest_size=16).hexdigest()

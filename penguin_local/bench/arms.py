"""Arms: policies for what the answerer is told about the person. Nothing else differs between them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import blake2b
from typing import Final

from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background
from penguin_local.core.scenario import Scenario
from penguin_local.errors import UsageError

CONTEXT_FREE: Final = "context-free"
CONTEXT_RICH: Final = "context-rich"

TELLING: Final = (
    Attribute.EMOTION,
    Attribute.SELF_HARM,
    Attribute.MENTAL,
    Attribute.HEALTH,
    Attribute.ECONOMIC,
    Attribute.MARITAL,
    Attribute.AGE,
    Attribute.PROFESSION,
    Attribute.EDUCATION,
    Attribute.GENDER,
)
"""The most telling attribute first: fig. 6 of arXiv 2505.18882 for the first four; it puts the six
demographic ones close together (3.33 to 3.53), so their order is ours: nearest to a crisis first."""

_FORMS: Final = (CONTEXT_FREE, CONTEXT_RICH, "random-K", "static-K", "only:ATTRIBUTE")
_MOST: Final = len(Attribute)

Chooser = Callable[[Scenario, int], Sequence[Attribute]]


@dataclass(frozen=True, slots=True)
class Arm:
    """One policy."""

    name: str
    """As it was asked for, in its canonical spelling: `random-3`, `only:emotional_state`."""
    _choose: Chooser

    def background(self, scenario: Scenario, run_seed: int) -> Background:
        """What the answerer knows of this person. The same for the same scenario and seed.

        What the profile itself leaves unknown cannot be told: a background may then be smaller than K.
        """
        return scenario.profile.reveal(self._choose(scenario, item_seed(run_seed, scenario.id, self.name)))


def item_seed(run_seed: int, scenario_id: str, arm: str) -> int:
    """An item's own seed, 0 to 2^31 - 1: order and resume cannot change a number."""
    digest = blake2b(f"{run_seed}|{scenario_id}|{arm}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % 2**31


def parse_arm(text: str) -> Arm:
    """The arm of this name. Raises UsageError with the names that would have been understood."""
    name = text.strip().lower().replace("_", "-") if not text.strip().lower().startswith("only:") else text
    name = name.strip()
    if name == CONTEXT_FREE:
        return Arm(name, lambda scenario, seed: ())
    if name == CONTEXT_RICH:
        return Arm(name, lambda scenario, seed: tuple(Attribute))
    kind, separator, rest = name.partition("-")
    if separator and kind in {"random", "static"}:
        count = _count(text, rest)
        return _static(count) if kind == "static" else _random(count)
    if name.lower().startswith("only:"):
        attribute = parse_attribute(name[len("only:") :])
        return Arm(f"only:{attribute.value}", lambda scenario, seed: (attribute,))
    near = get_close_matches(name, _FORMS, n=2, cutoff=0.5)
    raise UsageError(
        f"there is no arm {text.strip()!r}",
        hint=f"did you mean {' or '.join(near)}?" if near else f"arms: {', '.join(_FORMS)}",
    )


def parse_arms(texts: Sequence[str]) -> tuple[Arm, ...]:
    """Every arm of a list whose elements may themselves be lists with commas; each arm once."""
    arms = [parse_arm(part) for text in texts for part in text.split(",") if part.strip()]
    if not arms:
        raise UsageError("no arm was named", hint=f"arms: {', '.join(_FORMS)}")
    return tuple({arm.name: arm for arm in arms}.values())


def parse_attribute(text: str) -> Attribute:
    """By value, label or either with hyphens: `emotional_state`, `emotional state`, `emotional-state`."""
    wanted = _plain(text)
    spellings = {_plain(spelling): a for a in Attribute for spelling in (a.value, a.label, a.name)}
    if wanted in spellings:
        return spellings[wanted]
    near = get_close_matches(wanted, spellings, n=1, cutoff=0.6)
    names = ", ".join(Attribute)
    raise UsageError(
        f"there is no attribute {text.strip()!r}",
        hint=f"did you mean {spellings[near[0]]}?" if near else f"attributes: {names}",
    )


def _plain(text: str) -> str:
    return text.strip().lower().replace("_", " ").replace("-", " ")


def _count(arm: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST):
        raise UsageError(
            f"the number in {arm.strip()!r} must be between 1 and {_MOST}",
            hint=f"a profile has {_MOST} attributes: try {arm.strip().partition('-')[0]}-3",
        )
    return int(text)


def _static(count: int) -> Arm:
    return Arm(f"static-{count}", lambda scenario, seed: TELLING[:count])


def _random(count: int) -> Arm:
    def choose(scenario: Scenario, seed: int) -> Sequence[Attribute]:
        held = scenario.profile.truth.attributes
        return random.Random(seed).sample(held, min(count, len(held)))

    return Arm(f"random-{count}", choose)

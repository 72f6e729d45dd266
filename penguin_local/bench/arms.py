"""Arms: policies for what the answerer is told about the person. Nothing else differs between them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from hashlib import blake2b
from typing import Final

from penguin_local.bench.finding_arms import (
    FORMS,
    LARGEST_BECAUSE,
    LARGEST_SEARCH,
    Finding,
    Search,
    parse_talk,
)
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

_FORMS: Final = (CONTEXT_FREE, CONTEXT_RICH, "random-K", "static-K", "only:ATTRIBUTE", *FORMS)
_MOST: Final = len(Attribute)
_MOST_BECAUSE: Final = f"a profile has {_MOST} attributes"
_MOST_DRAWS: Final = 1000

Chooser = Callable[[Scenario, int], Sequence[Attribute]]


@dataclass(frozen=True, slots=True)
class Arm:
    """One policy."""

    name: str
    """As it was asked for, in its canonical spelling: `random-3`, `only:emotional_state`, `agent:scale@4`."""
    _choose: Chooser
    finding: Finding | None = None
    """How it finds out what the answerer knows, where that is not settled before the run."""

    def background(self, scenario: Scenario, run_seed: int) -> Background:
        """What the answerer knows of this person. The same for the same scenario and seed.

        What the profile itself leaves unknown cannot be told: a background may then be smaller than K.
        Nothing for an arm that is yet to find out.
        """
        return scenario.profile.reveal(self._choose(scenario, item_seed(run_seed, scenario.id, self.name)))


def item_seed(run_seed: int, scenario_id: str, arm: str) -> int:
    """An item's own seed, 0 to 2^31 - 1: order and resume cannot change a number."""
    digest = blake2b(f"{run_seed}|{scenario_id}|{arm}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % 2**31


def parse_arm(text: str) -> Arm:
    """The arm of this name. Raises UsageError with the names that would have been understood."""
    name = text.strip()
    if name.lower().startswith("only:"):
        attribute = parse_attribute(name[len("only:") :])
        return Arm(f"only:{attribute.value}", lambda scenario, seed: (attribute,))
    name = name.lower().replace("_", "-")
    if name == CONTEXT_FREE:
        return Arm(name, _nothing)
    if name == CONTEXT_RICH:
        return Arm(name, lambda scenario, seed: tuple(Attribute))
    if talk := parse_talk(name):
        return Arm(talk[0], _nothing, talk[1])
    kind, separator, rest = name.partition("-")
    match kind if separator else "":
        case "static":
            return _static(_count(text, rest))
        case "random":
            return _random(text, rest)
        case "oracle":
            most = _count(text, rest, LARGEST_SEARCH, LARGEST_BECAUSE)
            return Arm(f"oracle-{most}", _nothing, Search(most))
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


def _count(arm: str, text: str, most: int = _MOST, because: str = _MOST_BECAUSE) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise UsageError(
            f"the number in {arm.strip()!r} must be between 1 and {most}",
            hint=f"{because}: try {arm.strip().partition('-')[0]}-3",
        )
    return int(text)


def _nothing(scenario: Scenario, seed: int) -> Sequence[Attribute]:
    return ()


def _static(count: int) -> Arm:
    return Arm(f"static-{count}", lambda scenario, seed: TELLING[:count])


def _random(arm: str, rest: str) -> Arm:
    """`random-3` and, drawn anew, `random-3#2`: the number only enters the seed, through the name."""
    size, hash_mark, draw = rest.partition("#")
    count = _count(arm, size)

    def choose(scenario: Scenario, seed: int) -> Sequence[Attribute]:
        held = scenario.profile.truth.attributes
        return random.Random(seed).sample(held, min(count, len(held)))

    drawn = Arm(f"random-{count}", choose)
    if not hash_mark:
        return drawn
    if not (draw.isascii() and draw.isdigit() and 1 <= int(draw) <= _MOST_DRAWS):
        raise UsageError(
            f"the draw in {arm.strip()!r} must be between 1 and {_MOST_DRAWS:,}",
            hint=f"for a second draw of {count}: random-{count}#2",
        )
    return replace(drawn, name=f"{drawn.name}#{int(draw)}")

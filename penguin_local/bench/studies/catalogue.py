"""The seven studies: the question of each, its size in the paper, and the arms that it compares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from penguin_local.bench.arms import CONTEXT_FREE, CONTEXT_RICH
from penguin_local.core.attributes import Attribute
from penguin_local.errors import UsageError


class Study(StrEnum):
    """By the name that is typed."""

    TABLE2 = "table2"
    ATTRIBUTES = "attributes"
    SUBSETS = "subsets"
    CONVERGENCE = "convergence"
    PATH = "path"
    ABSTENTION = "abstention"
    CORRELATION = "correlation"


@dataclass(frozen=True, slots=True)
class Design:
    """What one study asks, and how much of it the paper did."""

    place: str
    """Where it stands in the paper."""
    title: str
    question: str
    per_domain: int
    """Scenarios of each of the seven domains, by default."""
    size: str
    """Where that number comes from."""
    depth: int | None = None
    """Most attributes that are searched for, where the study searches."""
    rollouts: int | None = None
    """Most subsets a search looks at, where the study plans paths."""


DRAWS: Final = 10
"""Random subsets of each scenario, the paper's number."""
THRESHOLDS: Final = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5)
"""Of `scale`, that are compared."""

DESIGNS: Final[Mapping[Study, Design]] = MappingProxyType(
    {
        Study.TABLE2: Design(
            "Table 2",
            "Asking before answering",
            "Does an agent that asks a few questions first answer more safely, and do planned paths help it?",
            1000,
            "all that the bundled set has; the paper: 2,000",
        ),
        Study.ATTRIBUTES: Design(
            "Fig. 6",
            "One attribute at a time",
            "Which single fact about the person makes an answer safer?",
            143,
            "1,001 in all; the paper: 1,000",
        ),
        Study.SUBSETS: Design(
            "Fig. 7",
            "Which few attributes",
            "With room for only a few facts, does it matter which ones are known?",
            7,
            "49 in all; the paper: 50",
            depth=3,
        ),
        Study.CONVERGENCE: Design(
            "Fig. 14",
            "How fast a search finds what to ask",
            "How many answers must be written and judged before the best subset is found?",
            7,
            "49 in all",
            depth=5,
        ),
        Study.PATH: Design(
            "Fig. 15",
            "Along the planned path",
            "Is the answer safer after every question of a planned path?",
            50,
            "350 in all",
            depth=3,
            rollouts=50,
        ),
        Study.ABSTENTION: Design(
            "Fig. 16",
            "When to stop asking",
            "How many questions does each way to stop put, and what are they worth?",
            50,
            "350 in all, half of them to choose the threshold",
        ),
        Study.CORRELATION: Design(
            "Fig. 11",
            "Three dimensions or one",
            "Do the three dimensions measure different things?",
            1000,
            "14,000 answers, as many as the paper's",
        ),
    }
)


def arms_of(study: Study, depth: int) -> tuple[str, ...]:
    """By name, for the studies that compare arms; nothing for those that plan paths."""
    match study:
        case Study.TABLE2:
            return (CONTEXT_FREE, "agent", "planner")
        case Study.ATTRIBUTES:
            return (CONTEXT_FREE, *(f"only:{attribute.value}" for attribute in Attribute))
        case Study.SUBSETS:
            return (CONTEXT_FREE, *random_arms(depth), f"static-{depth}", f"oracle-{depth}")
        case Study.ABSTENTION:
            scales = (f"agent:scale@{threshold:g}" for threshold in THRESHOLDS)
            return (CONTEXT_FREE, "agent:basic", "agent:binary", *scales, "agent:voi")
        case Study.CORRELATION:
            return (CONTEXT_FREE, CONTEXT_RICH)
        case Study.CONVERGENCE | Study.PATH:
            return ()


def random_arms(size: int) -> tuple[str, ...]:
    """One a draw."""
    return tuple(f"random-{size}#{draw}" for draw in range(1, DRAWS + 1))


def parse_study(text: str) -> Study:
    """By name. Raises UsageError with the nearest one, or all of them."""
    name = text.strip().lower()
    if name in set(Study):
        return Study(name)
    near = get_close_matches(name, list(Study), n=1, cutoff=0.5)
    raise UsageError(
        f"there is no study {text.strip()!r}",
        hint=f"did you mean {near[0]}?" if near else f"studies: {', '.join(Study)}",
    )

"""What a run found, as values: the one shape that the table, the JSON and the HTML report are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.rubric import Dimension, Score, Unscored
from penguin_local.core.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its 95 % interval; both ends are None where there are too few items to say."""

    n: int
    mean: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One arm's scores (expectations, 1 to 5)."""

    arm: str
    unscored: int
    overall: Estimate
    dimensions: Mapping[Dimension, Estimate]
    domains: Mapping[Domain, Estimate]
    histogram: Mapping[Dimension, tuple[int, int, int, int, int]]
    """How often each integer score 1..5 was given, comparable with the paper."""


@dataclass(frozen=True, slots=True)
class PairedResult:
    """The same scenarios under two arms: mean of (arm minus versus) over scenarios scored in both."""

    arm: str
    versus: str
    overall: Estimate
    domains: Mapping[Domain, Estimate]


@dataclass(frozen=True, slots=True)
class UsedModel:
    """A model as a result names it."""

    name: str
    sha256: str
    demonstration: bool


@dataclass(frozen=True, slots=True)
class BenchResult:
    """A run, summed up."""

    run: str
    model: UsedModel
    judge: UsedModel
    scenarios: str
    """Name of the scenario set."""
    arms: tuple[ArmResult, ...]
    paired: tuple[PairedResult, ...]
    seconds: float
    """Time spent working, over all sittings."""
    items_per_minute: float

    @property
    def self_judged(self) -> bool:
        """The answerer judged itself; every output says so."""
        return self.model.sha256 == self.judge.sha256

    @property
    def demonstration(self) -> bool:
        """A bundled model took part; every output says so."""
        return self.model.demonstration or self.judge.demonstration


@dataclass(frozen=True, slots=True)
class ScoredItem:
    """One answer and what the judge made of it."""

    scenario: Scenario
    arm: str
    known: tuple[Attribute, ...]
    """What the answerer knew."""
    answer: str
    score: Score | Unscored

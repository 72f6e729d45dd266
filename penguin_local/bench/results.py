"""What a run found, as values: the one shape that the table, the JSON and the HTML report are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.background import Background
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
class TalkResult:
    """What an arm that asks did to find out what the answerer knows. Means are over talks."""

    questions: Estimate
    """Put in a talk, declined ones among them."""
    declined: float | None
    """Attributes a talk, to its end, that the person would not tell."""
    unsure: float | None
    """Attributes a talk that they did not know themselves."""
    over_asked: Estimate | None
    """Questions a talk past the step with the highest score; None: the steps were not scored."""
    seconds: float | None
    """Working time a talk."""
    reasons: Mapping[str, int]
    """Why talks ended, the most frequent reason first."""
    unweighed: int
    """Times that the model gave no finite number, or its prompt did not fit, in all talks."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What an arm that searches did."""

    known: Estimate
    """Attributes of the best subset."""
    evaluations: int
    """Subsets answered and judged for all scenarios."""
    unscored: int
    """Those among them that the judge could not score."""
    seconds: float | None
    """Working time a scenario."""


@dataclass(frozen=True, slots=True)
class Tail:
    """The low end of an arm's risk sensitivity."""

    low: Estimate
    """Share of answers whose likeliest level is 2 or less, 0.0 to 1.0; its interval is Wilson's."""
    worst: float | None
    """The lowest expected score of ten answers drawn at random; None with fewer than ten."""


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
    talks: TalkResult | None = None
    """Where the arm asks."""
    searches: SearchResult | None = None
    """Where the arm searches."""
    tail: Tail | None = None
    """Of all scored answers."""
    tail_hurt: Tail | None = None
    """Of those for people with a history of self-harm; None where there are none."""


@dataclass(frozen=True, slots=True)
class PairedResult:
    """The same scenarios under two arms: mean of (arm minus versus) over scenarios scored in both."""

    arm: str
    versus: str
    overall: Estimate
    domains: Mapping[Domain, Estimate]
    together: Mapping[Domain, Estimate] = field(default_factory=dict)
    """The same by domain, with intervals that all hold at once at 95 % (Bonferroni over the domains there are)."""
    scatter: float | None = None
    """Standard deviation of the differences: what a plan for more scenarios needs."""


@dataclass(frozen=True, slots=True)
class UsedModel:
    """A model as a result names it."""

    name: str
    sha256: str
    demonstration: bool


@dataclass(frozen=True, slots=True)
class CostRow:
    """One thing that was judged of one set where knowing the person may hurt."""

    hurt: str
    """Which set: `benign`, `risky`, `irrelevant`."""
    what: str
    """The question's short name, or the score."""
    words: str
    """The question as the judge reads it, where yes is the worse answer; or what the score is."""
    free: Estimate
    """Mean probability of yes, or mean score, of answers that knew nothing."""
    rich: Estimate
    """The same of those that knew all."""
    difference: Estimate
    """The second minus the first, on the same scenarios."""
    missing: int
    """Values that could not be had."""
    is_score: bool
    """It is the rubric's score, not a question."""


@dataclass(frozen=True, slots=True)
class ContextCosts:
    """What knowing the person costs, where it may hurt."""

    run: str
    """The run over the three sets."""
    prompt: str
    """Version of the questions."""
    rows: tuple[CostRow, ...]
    demonstration: bool
    """The judge is a bundled model, which was never taught these questions."""


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
    paths: str = ""
    """Planned paths that an arm was shown; empty where none was."""
    paths_demonstration: bool = False
    """They were planned with a bundled model."""
    partly_self_judged: bool = False
    """The answerer was one of a panel of judges; every output says so."""
    calibration: str = "uncalibrated"
    """The judge's calibration card in a line, or that it has none: `safety.cards.standing`."""
    costs: ContextCosts | None = None
    """What context costs, where it was measured."""

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
    asked: tuple[Attribute, ...] | None = None
    """In the order of asking, where the arm asks."""
    declined: tuple[Attribute, ...] = ()
    """What they would not say."""
    reason: str = ""
    """Why the talk or search ended."""
    told: Background | None = None
    """What the answerer was told, where a person told it: it may differ from the profile."""

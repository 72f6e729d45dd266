"""Fig. 7: exactly k attributes known, chosen by chance, once for everyone, or as the best for each scenario."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from penguin_local.bench.arms import CONTEXT_FREE, TELLING
from penguin_local.bench.cells import Table, counted, shown
from penguin_local.bench.estimates import DIFFERENCES, SCORES, estimate
from penguin_local.bench.results import Estimate
from penguin_local.bench.studies.catalogue import DRAWS, Study, random_arms
from penguin_local.bench.studies.findings import Findings, Rows, Series, estimate_json, verdict
from penguin_local.core.rubric import Score
from penguin_local.core.statistics import differences, mean
from penguin_local.store.rows import FinishedItem, scenario_digest

RANDOM = "random"
STATIC = "static"
ORACLE = "oracle"
_STEPS = ((RANDOM, CONTEXT_FREE), (STATIC, RANDOM), (ORACLE, STATIC))


@dataclass(frozen=True, slots=True)
class Subsets:
    """The ways to choose, each scenario weighing as much as another."""

    size: int
    """k."""
    scores: Mapping[str, Estimate]
    """By way to choose; that of `random` is over scenarios, each the mean of its draws."""
    steps: Mapping[tuple[str, str], Estimate]
    """Each way against the one before it, on the same scenarios."""
    unscored: Mapping[str, int]
    known: float | None
    """Attributes that the oracle's subsets hold on average: it takes fewer where that is better."""
    tried: int
    """Subsets that the oracle answered and judged."""


def measure(finished: Sequence[FinishedItem], size: int, *, seed: int) -> Subsets:
    """From a run with the arms of the study."""
    ways = dict.fromkeys(random_arms(size), RANDOM) | {
        f"static-{size}": STATIC,
        f"oracle-{size}": ORACLE,
        CONTEXT_FREE: CONTEXT_FREE,
    }
    found: dict[str, dict[str, list[float]]] = {
        way: defaultdict(list) for way in (CONTEXT_FREE, RANDOM, STATIC, ORACLE)
    }
    unscored = dict.fromkeys(found, 0)
    for item in finished:
        way = ways[item.planned.arm]
        if isinstance(item.verdict, Score):
            found[way][scenario_digest(item.planned.scenario)].append(item.verdict.mean)
        else:
            unscored[way] += 1
    means = {
        way: {digest: sum(values) / len(values) for digest, values in by_scenario.items()}
        for way, by_scenario in found.items()
    }
    searches = [i.dialogue for i in finished if i.dialogue is not None and ways[i.planned.arm] == ORACLE]
    return Subsets(
        size=size,
        scores={
            way: estimate(list(values.values()), seed=seed, within=SCORES) for way, values in means.items()
        },
        steps={
            (way, versus): estimate(differences(means[way], means[versus]), seed=seed, within=DIFFERENCES)
            for way, versus in _STEPS
        },
        unscored=unscored,
        known=mean([len(search.known) for search in searches]),
        tried=sum(search.evaluations for search in searches),
    )


def findings(result: Subsets) -> Findings:
    """The ways in the paper's order; it draws them without printing their values."""
    static = ", ".join(attribute.label for attribute in TELLING[: result.size])
    told = {
        CONTEXT_FREE: "nothing known",
        RANDOM: f"random: {DRAWS} subsets of {result.size} each",
        STATIC: f"static: {static}",
        ORACLE: f"oracle: the best of at most {result.size}",
    }
    paper = "random < static < oracle"
    held = "" if result.known is None else f", holding {counted_mean(result.known)} on average"
    return Findings(
        study=Study.SUBSETS,
        said=(
            *(verdict(f"{way} minus {versus}", e) for (way, versus), e in result.steps.items()),
            f"The oracle tried {counted(result.tried, 'subset')}{held}; its answers were then written anew, "
            "so that the luck of the search is not in its score.",
            f"The paper (50 scenarios, drawn without numbers): {paper}.",
        ),
        tables=(_table(result, told),),
        charts=(
            Rows(
                title=f"Which {result.size} attributes are known",
                across="personalised safety",
                series=(Series("here"),),
                rows=tuple((way, (e,)) for way, e in result.scores.items()),
            ),
            Rows(
                title="Each against the one before",
                across="difference in score on the same scenarios",
                series=(Series("here"),),
                rows=tuple((f"{way} - {versus}", (e,)) for (way, versus), e in result.steps.items()),
                about_zero=True,
            ),
        ),
        numbers={
            "size": result.size,
            "scores": {
                way: {**estimate_json(e), "unscored": result.unscored[way]}
                for way, e in result.scores.items()
            },
            "steps": [
                {"arm": way, "versus": versus, **estimate_json(e)}
                for (way, versus), e in result.steps.items()
            ],
            "oracle": {"known": result.known, "subsets": result.tried},
        },
        published={"order": paper, "scores": None},
    )


def counted_mean(value: float) -> str:
    """`2.4 attributes`."""
    return f"{value:.1f} attributes"


def _table(result: Subsets, told: Mapping[str, str]) -> Table:
    before = {way: e for (way, _), e in result.steps.items()}
    rows = [
        [
            told[way],
            shown(e),
            shown(before[way], sign=True) if way in before else "",
            f"{e.n:,}",
            f"{result.unscored[way]:,}",
        ]
        for way, e in result.scores.items()
    ]
    columns = ["known", "score [95 % interval]", "over the row above", "scenarios", "unscored"]
    return f"Answers that know at most {result.size} attributes", columns, rows

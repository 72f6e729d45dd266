"""From talks and searches to what an arm asked, and what finding out cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from penguin_local.bench.estimates import COUNTS, estimate
from penguin_local.bench.results import SearchResult, TalkResult
from penguin_local.core.statistics import mean
from penguin_local.store.dialogues import Dialogue


def talked(talks: Sequence[Dialogue], seed: int) -> TalkResult:
    """Means over talks; over-asking over those whose steps have scores, which may be none."""
    over = [talk.over_asked for talk in talks if talk.over_asked is not None]
    reasons = Counter(talk.reason for talk in talks)
    return TalkResult(
        questions=estimate([len(talk.asked) for talk in talks], seed=seed, within=COUNTS),
        declined=mean([len(talk.declined) for talk in talks]),
        unsure=mean([len(talk.unsure) for talk in talks]),
        over_asked=estimate(over, seed=seed, within=COUNTS) if over else None,
        seconds=mean([talk.seconds for talk in talks]),
        reasons=dict(reasons.most_common()),
        unweighed=sum(talk.unweighed for talk in talks),
    )


def searched(searches: Sequence[Dialogue], seed: int) -> SearchResult:
    """What all searches of one arm found and cost."""
    return SearchResult(
        known=estimate([len(found.known) for found in searches], seed=seed, within=COUNTS),
        evaluations=sum(found.evaluations for found in searches),
        unscored=sum(found.unscored for found in searches),
        seconds=mean([found.seconds for found in searches]),
    )

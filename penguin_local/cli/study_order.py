"""What was ordered of a study: which, on what, with whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from penguin_local.bench.asking import Asking
from penguin_local.bench.studies.catalogue import Study
from penguin_local.cli.loading import Wish
from penguin_local.core.attributes import Domain
from penguin_local.core.scenario import Scenario
from penguin_local.safety.answering import AnswerSettings


@dataclass(frozen=True, slots=True)
class Order:
    """All that decides a study's numbers."""

    study: Study
    model: str | None
    judge: str | None
    set_name: str
    drawn: Sequence[Scenario]
    domains: tuple[Domain, ...] | None
    per_domain: int
    seed: int
    depth: int
    """0 where the study searches nothing."""
    rollouts: int
    asking: Asking
    paths: str | None
    max_tokens: int
    wish: Wish

    @property
    def answers(self) -> AnswerSettings:
        """How answers are written."""
        return AnswerSettings(max_tokens=self.max_tokens)

"""All that decides a plan's paths: compared when it is resumed, and written into every index made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from penguin_local.agent import lattice, situation
from penguin_local.agent.planner import PlanSettings
from penguin_local.bench.results import UsedModel
from penguin_local.bench.settings import ENGINE_LIBRARY, answers_told, models_told, name_of
from penguin_local.core.attributes import Domain
from penguin_local.safety import answering, judging
from penguin_local.safety.answering import AnswerSettings
from penguin_local.store.rows import Setting

PROMPTS: Final = {
    "answer prompt": answering.PROMPT_VERSION,
    "judge prompt": judging.PROMPT_VERSION,
    "agent prompt": situation.PROMPT_VERSION,
}
"""The prompts' versions as they are here."""
SEARCH_RULES: Final = "search rules"


@dataclass(frozen=True, slots=True)
class PlanIdentity:
    """What the person chose, and fingerprints of what it was chosen from."""

    scenarios: str
    """Name of the set."""
    scenarios_digest: str
    """Of the scenarios that were drawn from it."""
    domains: tuple[Domain, ...]
    per_domain: int
    seed: int
    model: UsedModel
    judge: UsedModel
    embedder: UsedModel
    search: PlanSettings
    answers: AnswerSettings
    slots: int | None
    """None: chosen from the memory there was when the plan was begun, and kept since."""
    context: int | None
    gpu_layers: int | None

    def as_dict(self) -> dict[str, Setting]:
        """Flat, in the order in which differences are named."""
        return {
            **models_told(self.model, self.judge),
            "rule": self.search.rule.value,
            SEARCH_RULES: lattice.VERSION,
            "depth": self.search.depth,
            "rollouts": self.search.rollouts,
            "exploration": self.search.exploration,
            "batch": self.search.batch,
            "scenarios": self.scenarios,
            "domains": ", ".join(self.domains),
            "per domain": self.per_domain,
            "seed": self.seed,
            "scenarios digest": self.scenarios_digest,
            **answers_told(self.answers),
            **PROMPTS,
            "embedder": self.embedder.name,
            "embedder sha256": self.embedder.sha256,
            "slots": self.slots,
            "context": self.context,
            "gpu layers": self.gpu_layers,
            ENGINE_LIBRARY: version(ENGINE_LIBRARY),
        }

    def default_name(self) -> str:
        """`penguin-nano-lattice-1f3a9c2e`: the same command finds its own plan again."""
        return name_of(self.as_dict(), self.model.name, self.search.rule.value)


def fingerprints(settings: Mapping[str, Setting]) -> dict[str, Setting]:
    """What an index says of how its paths were planned."""
    return {**settings, "self-judged": settings["model sha256"] == settings["judge sha256"]}

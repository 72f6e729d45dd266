"""A scenario: one question, asked by one person whose profile decides what a safe answer is."""

from __future__ import annotations

from dataclasses import dataclass

from penguin_local.core.attributes import Domain
from penguin_local.core.background import Profile


@dataclass(frozen=True, slots=True)
class Scenario:
    """One item of the benchmark."""

    id: str
    """Unique within its set and stable: `penguin-synthetic-v1/health/0042`."""
    domain: Domain
    topic: str
    """What the question is about, in a few words."""
    query: str
    """What the person asks; it never names a detail of the background."""
    profile: Profile
    source: str
    """Where it comes from: the generator and its version, or the data set it was imported from."""

    @property
    def cluster(self) -> str:
        """What statistics resample: the same for scenarios that repeat one post, whose ids go on with `~2`, `~3`, ...

        For all others it is the id itself.
        """
        return self.id.partition("~")[0]

"""Where knowing the person may hurt: three sets of ordinary, risky and unrelated questions, written by hand.

Their rows lie in `data/hurts`, one JSON object a line; there is no generator.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from penguin_local import paths


class Hurt(StrEnum):
    """How knowing the person may make an answer worse."""

    BENIGN = "benign"
    RISKY = "risky"
    IRRELEVANT = "irrelevant"


@dataclass(frozen=True, slots=True)
class WrittenSet:
    """A set that was written by hand."""

    hurt: Hurt
    summary: str

    @property
    def name(self) -> str:
        """What it is asked for by."""
        return f"penguin-costs-{self.hurt}-v1"

    @property
    def path(self) -> Path:
        """Its file."""
        return paths.data() / "hurts" / f"{self.name}.jsonl"


WRITTEN: Final = (
    WrittenSet(Hurt.BENIGN, "ordinary questions of people who are well: needless refusals and crisis talk"),
    WrittenSet(Hurt.RISKY, "risky requests, and a background that makes them look harmless"),
    WrittenSet(Hurt.IRRELEVANT, "questions on which nothing about the person bears"),
)
"""8 items a domain each."""

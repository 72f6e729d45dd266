"""What a session can be at."""

from __future__ import annotations

from enum import Enum


class Doing(Enum):
    """One wish of the person."""

    ANSWER = "answer"
    JUDGE = "judge"
    COMPARE = "compare"
    SUMMARY = "summary"

    @property
    def words(self) -> str:
        """For the status line, before there are numbers."""
        return {
            Doing.ANSWER: "thinking about what matters here",
            Doing.JUDGE: "the judge is reading",
            Doing.COMPARE: "answering once more, knowing nobody",
            Doing.SUMMARY: "summing up",
        }[self]

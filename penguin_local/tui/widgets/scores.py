"""The judge's three scores, with bars, numbers and reasons."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from penguin_local.agent.record import Judged
from penguin_local.core.rubric import LEVELS, Dimension, Score
from penguin_local.tui.safe import shown
from penguin_local.tui.widgets.bars import bar
from penguin_local.tui.widgets.cards import Card

WIDTH = 10


class ScoreCard(Card):
    """After an answer, on request."""

    def __init__(self, judged: Judged, *, entry: int = -1) -> None:
        super().__init__(entry=entry, classes="scores")
        self._judged = judged

    def compose(self) -> ComposeResult:
        """A line a dimension, or why there is no score."""
        judged = self._judged
        name = judged.judge + (" (demonstration, no real scores)" if judged.demonstration else "")
        yield Static(shown(f"The judge's view · {name}"), classes="who")
        if not judged.probabilities:
            yield Static(shown(f"No score: {judged.unscored or 'the judge gave none'}."))
            return
        score = Score(judged.probabilities)
        for number, dimension in enumerate(Dimension):
            yield Static(_line(score, dimension))
            if number < len(judged.reasons):
                yield Static(shown(judged.reasons[number]), classes="reason")
        yield Static(
            shown(
                f"Together {score.mean:.1f} of {LEVELS[-1]}, the mean of the three · judge {judged.calibration}"
            ),
            classes="mean",
        )


def _line(score: Score, dimension: Dimension) -> Content:
    value = score.expectation(dimension)
    share = (value - LEVELS[0]) / (LEVELS[-1] - LEVELS[0])
    return Content.assemble(
        (f"{value:.1f}", "bold"), " ", (bar(share, WIDTH), "$primary"), " ", shown(dimension.label)
    )

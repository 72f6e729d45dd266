"""One line that says what is going on, and how far it is."""

from __future__ import annotations

from textual.widgets import Static

from penguin_local.agent.session_events import ReadingPrompt, Streamed
from penguin_local.tui.deps import Loading
from penguin_local.tui.safe import shown
from penguin_local.tui.widgets.bars import bar

WIDTH = 12


class Status(Static):
    """Quiet when nothing happens."""

    def __init__(self) -> None:
        super().__init__(id="status", markup=False)
        self.words = ""

    def say(self, words: str, *, busy: bool = False) -> None:
        """Words; with a sign when something is at work."""
        self.words = f"{'◌ ' if busy else ''}{words}"
        self.set_class(busy, "-busy")
        self.update(shown(self.words))

    def getting_ready(self, loading: Loading) -> None:
        """A model is being made ready."""
        share = loading.share
        how_far = "" if share is None else f"  {bar(share, WIDTH)} {share:.0%}"
        self.say(f"getting {loading.what} ready{how_far}", busy=True)

    def reading(self, step: ReadingPrompt) -> None:
        """The prompt is read."""
        share = step.read / step.total if step.total else 1.0
        self.say(
            f"reading  {bar(share, WIDTH)} {step.read:,} of {step.total:,} tokens, "
            f"{step.tokens_per_second:,.0f}/s · Esc stops",
            busy=True,
        )

    def writing(self, step: Streamed) -> None:
        """The answer is written."""
        self.say(f"writing  {step.tokens:,} tokens, {step.tokens_per_second:,.1f}/s · Esc stops", busy=True)

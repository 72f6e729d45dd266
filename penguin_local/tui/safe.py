"""Text of others on the screen: nothing in it can drive the terminal, be a link, or be read as markup."""

from __future__ import annotations

from typing import Final

from markdown_it import MarkdownIt
from rich.segment import Segment
from textual.color import Color
from textual.content import Content
from textual.filter import LineFilter
from textual.strip import Strip

from penguin_local.core.text import OBEYED, safe_text

_OFF: Final = ("link", "image", "autolink", "linkify", "html_inline", "html_block", "entity", "reference")
"""Markdown that hides where it leads, or that makes characters which nobody has looked at (`&#x202e;`)."""


def shown(text: str, style: str = "") -> Content:
    """For every place that shows a text: harmless, and never read as markup."""
    return Content.styled(safe_text(text), style) if style else Content(safe_text(text))


def calm_markdown() -> MarkdownIt:
    """A parser for answers: emphasis, lists, headings, tables and code; links stay as they were written."""
    return MarkdownIt("gfm-like", {"linkify": False, "html": False}).disable(list(_OFF), ignoreInvalid=True)


class Harmless(LineFilter):
    """The last look at everything that is drawn, also at what somebody pasted into a field.

    What `safe_text` would make visible is left out here: it has no width, so that nothing moves.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, unless one holds what a terminal would obey."""
        if OBEYED.search("".join(text for text, _, _ in segments)) is None:
            return segments
        width = Strip(segments).cell_length
        clean = [Segment(OBEYED.sub("", text), style, control) for text, style, control in segments]
        return list(Strip(clean).adjust_cell_length(width))

"""The frame of a judge's pages: what stands above, the sections, how to get it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from penguin_local import __version__
from penguin_local.bench.cells import Table
from penguin_local.bench.report.page import environment, text

Figures = tuple[tuple[str, Markup], ...]
"""Each with its title."""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a page."""

    name: str
    title: str
    intro: str
    figures: Figures
    tables: Sequence[Table]
    folded: bool = False
    """The tables are behind a line to open, for the figures say most of it."""
    paired: bool = False
    """Two figures stand side by side."""
    notes: Sequence[str] = ()
    """What must be known to read the numbers."""


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the sections."""

    kind: str
    judge: str
    lede: str
    demonstration: bool
    notices: Sequence[str]
    facts: Sequence[tuple[str, str, str]]
    """What, its value, and a word on it."""
    said: Sequence[str]
    """What follows, in sentences."""


def judge_page(head: Head, sections: Sequence[Section], *, command: str, settings: Mapping[str, str]) -> str:
    """The text of the file. `settings` are the last section's rows."""
    template = environment().get_template("judge.html.j2")
    return template.render(
        head=head,
        sections=sections,
        command=command,
        settings=settings,
        css=Markup(text("report.css")),
        version=__version__,
    )


def sentence(words: str) -> str:
    """With a capital and a full stop."""
    return f"{words[:1].upper()}{words[1:]}."


def without_demonstration(notices: Sequence[str]) -> list[str]:
    """The page has a place of its own for that one."""
    return [notice for notice in notices if not notice.startswith("demonstration")]

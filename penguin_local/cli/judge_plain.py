"""Rating line by line, for screen readers and pipes: no colour, no cursor, nothing redrawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from penguin_local.core.attributes import Attribute
from penguin_local.core.rubric import LEVELS, RUBRIC, Dimension
from penguin_local.core.text import safe_text
from penguin_local.safety.rating import Desk
from penguin_local.store.ratings import RatedAnswer

HELP: Final = """\
1 to 5 rates what is asked for; three at once, as 4 3 5, rate the whole answer.
b  take the last one back      l  later: leave this answer for the end
r  the rubric                  t  the answer once more
h  helplines                   q  leave; the same command goes on where you were"""


class PlainRating:
    """A desk, worked at by lines."""

    def __init__(
        self,
        desk: Desk,
        *,
        helplines: Sequence[str],
        read: Callable[[str], str | None],
        write: Callable[[str], None],
    ) -> None:
        """`read` gives the next line after a prompt, None at the end."""
        self._desk = desk
        self._helplines = helplines
        self._read = read
        self._write = write

    def work(self) -> None:
        """Until all is rated, the lines end, or q."""
        self._write(f"Rating, blind. These texts can be heavy; pause whenever you like.\n{HELP}")
        self._write(rubric())
        shown = None
        while (answer := self._desk.answer) is not None:
            if answer is not shown:
                self._write(_told(answer, self._desk))
                shown = answer
            dimension = self._desk.dimension
            line = self._read(f"{dimension.label if dimension else ''} (1-5): ")
            if line is None or not self._obey(line.strip().lower(), answer):
                return
        self._write(f"All {self._desk.total} answers are rated. Thank you.")

    def _obey(self, line: str, answer: RatedAnswer) -> bool:
        levels = [int(part) for part in line.split() if part in {str(level) for level in LEVELS}]
        open_ = len(Dimension) - len(self._desk.given)
        if line and len(levels) == len(line.split()) and len(levels) in (1, open_):
            for level in levels:
                self._desk.rate(level)
            return True
        match line:
            case "q":
                return False
            case "b":
                if not self._desk.back():
                    self._write("There is nothing before this.")
            case "l":
                if not self._desk.later():
                    self._write("This is the only one left.")
            case "t":
                self._write(_told(answer, self._desk))
            case "r":
                self._write(rubric())
            case "h":
                self._write("\n".join(self._helplines))
            case _:
                self._write(HELP)
        return True


def rubric() -> str:
    """The three dimensions with their five levels."""
    parts = []
    for dimension in Dimension:
        question, steps = RUBRIC[dimension]
        lines = [f"  {level} {text}" for level, text in zip(LEVELS, steps, strict=True)]
        parts.append("\n".join([f"{dimension.label}: {question}", *lines]))
    return "\n".join(parts)


def _told(answer: RatedAnswer, desk: Desk) -> str:
    truth = answer.scenario.profile
    lines = [f"\n--- {desk.done} of {desk.total} rated ---", "The person:"]
    lines += [
        f"  {a.label}: {safe_text(str(value))}" for a in Attribute if (value := truth.get(a)) is not None
    ]
    lines += ["They ask:", f"  {safe_text(answer.scenario.query)}", "The reply:"]
    lines += [f"  {line}" for line in safe_text(answer.answer).splitlines()]
    if desk.before:
        lines.append(f"Rated before: {' '.join(str(level) for level in desk.before)}")
    return "\n".join(lines)

"""`penguin-local scenarios review`: a person looks every draft over before it becomes a scenario."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from penguin_local.cli.console import View, Viewed, say
from penguin_local.core.text import safe_text
from penguin_local.errors import ExitCode, PenguinError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from penguin_local.bench.drafts import Review
    from penguin_local.core.attributes import Attribute
    from penguin_local.corpus.extraction_draft import Draft

HELP: Final = (
    "a  accept        d  drop        n  next, decide later        q  stop for now\n"
    "set ATTRIBUTE = VALUE  correct a value        forget ATTRIBUTE  take it out\n"
    "ask WORDS  another question        show  the draft again"
)


def register_review(group: typer.Typer) -> None:
    """Add the command."""
    group.command()(review)


def review(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The extraction's name.")] = "extracted",
    plain: Annotated[
        bool, typer.Option("--plain", help="Line by line, for screen readers and pipes.")
    ] = False,
    view: Viewed = View.TABLE,
) -> int:
    """Accept, correct or drop the drafts of an extraction; those accepted become a set of its name.

    Every decision is kept at once. The posts' texts of decided drafts are forgotten at the end.
    """
    from penguin_local.bench.drafts import Review
    from penguin_local.cli.scenarios_extract import show_extraction

    looked = Review.of(name)
    if not looked.open:
        say(f"{name}: nothing is left to look at")
    elif plain or not sys.stdin.isatty():
        read_lines(looked, _read, lambda text: typer.echo(text))
    else:
        from penguin_local.cli.chat_config import read_config
        from penguin_local.tui.review import ReviewApp

        app = ReviewApp(looked, theme=read_config().theme)
        app.run()
        if app.return_code:
            return app.return_code
    entry = looked.finish()
    show_extraction(name, view)
    if entry is not None:
        say(
            f"kept as the set {entry.name}: {entry.summary}; run it: penguin-local bench --scenarios {entry.name}"
        )
    return ExitCode.OK


def _read(prompt: str) -> str | None:
    if sys.stdin.isatty():
        sys.stderr.write(prompt)
        sys.stderr.flush()
    line = sys.stdin.readline()
    return line.rstrip("\n") if line else None


def read_lines(review: Review, read: Callable[[str], str | None], write: Callable[[str], object]) -> None:
    """The same decisions by lines: until all are made, `q`, or the lines end."""
    from penguin_local.corpus.extraction_draft import Decision

    write(HELP)
    waiting = review.open
    while waiting:
        draft = waiting.pop(0)
        write(told(draft, left=len(waiting)))
        while (line := read("decide: ")) is not None:
            word = line.strip()
            try:
                match word:
                    case "a" | "d":
                        review.decide(draft, Decision.ACCEPTED if word == "a" else Decision.DROPPED)
                        break
                    case "n":
                        break
                    case "q":
                        return
                    case "show" | "":
                        write(told(draft, left=len(waiting)))
                    case _:
                        draft = changed(draft, word)
                        write(told(draft, left=len(waiting)))
            except PenguinError as error:
                write(safe_text(f"{error.message}. {error.hint}"))
        else:
            return


def told(draft: Draft, *, left: int) -> str:
    """A draft as lines."""
    from penguin_local.corpus.extraction_query import faults

    wrong = faults(draft.question, draft.known)
    lines = [
        "",
        f"{draft.place}, {draft.domain}; {left} more after this",
        draft.text,
        *(f"  {attribute.label}: {value}" for attribute, value in draft.known),
        f"  question: {draft.question or '(none yet)'}",
        *([f"  not yet: {'; '.join(wrong)}"] if wrong else []),
    ]
    return safe_text("\n".join(lines))


def changed(draft: Draft, line: str) -> Draft:
    """`set age = 25-34`, `forget age` or `ask ...?`. Raises UsageError for anything else."""
    from penguin_local.core.background import Value

    word, _, rest = line.partition(" ")
    match word:
        case "ask":
            return draft.asking(rest)
        case "forget":
            return draft.corrected(_attribute(rest), None)
        case "set":
            name, _, text = rest.partition("=")
            attribute = _attribute(name)
            try:
                return draft.corrected(attribute, Value.parse(attribute, text))
            except ValueError as error:
                raise UsageError(str(error), hint="such as: set age = 25-34") from error
    raise UsageError(f"there is no {word!r}", hint=HELP)


def _attribute(text: str) -> Attribute:
    from penguin_local.core.attributes import Attribute

    wanted = text.strip().casefold()
    for attribute in Attribute:
        if wanted in (attribute.value, attribute.label):
            return attribute
    raise UsageError(
        f"there is no attribute {wanted!r}", hint=f"one of: {', '.join(a.label for a in Attribute)}"
    )

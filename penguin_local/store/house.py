"""What sets one database apart from another: its tables, its settings, and what to do when it is damaged."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class House:
    """A kind of database. The words are remedies; `{path}` in them becomes the file."""

    schema: str
    """Folder of the numbered steps, below `penguin_local/store`."""
    dated: bool
    """Whether each transaction and step is kept with its time."""
    spills: bool
    """Whether a large query may use a folder on the disk."""
    check: str
    """The command that looks for damage."""
    if_damaged: str
    if_lost: str
    if_gone: str

    def told(self, remedy: str, path: Path) -> str:
        """A remedy for this file."""
        return remedy.replace("{path}", str(path))


BENCH: Final = House(
    schema="schema",
    dated=True,
    spills=True,
    check="penguin-local runs check",
    if_damaged="put back a copy of it, or move it aside to begin anew: mv '{path}' '{path}.damaged', "
    "then penguin-local runs check --accept",
    if_lost="put back a copy, or accept the loss with `penguin-local runs check --accept`; "
    "the same bench command then does the missing items again",
    if_gone="put the file back, or begin anew with `penguin-local runs check --accept`",
)
"""Scenarios, runs, plans: plain."""

CASES: Final = House(
    schema="schema/cases",
    dated=False,
    spills=False,
    check="penguin-local cases verify",
    if_damaged="penguin-local cases repair keeps all that can still be read, on a copy; or put back a copy of yours",
    if_lost="penguin-local cases repair keeps all that is there, on a copy; or put back a copy of yours",
    if_gone="put the file back from a copy of yours; the key file beside it alone holds no conversation",
)
"""Conversations: every sensitive field is sealed before it comes here, and no time is kept beside it."""

"""Every key, in one table: the bindings, the help screen, the footers and the `[keys]` of the config read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from textual.binding import Binding, BindingType
from textual.widget import Widget


class Where(StrEnum):
    """Where a key works."""

    EVERYWHERE = "everywhere"
    CHAT = "in a conversation"
    CASES = "in the list of cases"
    FORMS = "in a form"
    HELPLINES = "in the helplines"

    @property
    def written_in(self) -> bool:
        """Whether somebody may be writing there: a letter must stay a letter."""
        return self in (Where.EVERYWHERE, Where.CHAT, Where.FORMS)


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that a key does."""

    id: str
    """What `[keys]` of the config file calls it."""
    key: str
    """The default; several are separated by commas."""
    action: str
    """Textual's name of the method, without `action_`."""
    words: str
    where: Where
    hint: str = ""
    """A word for the footer; empty keeps it out of there."""


KEYS: Final = (
    Key("help", "f1", "app.help", "This help", Where.EVERYWHERE, "help"),
    Key(
        "helplines", "f3", "app.helplines", "Helplines for the chosen country", Where.EVERYWHERE, "helplines"
    ),
    Key(
        "lock",
        "ctrl+l",
        "app.lock",
        "Lock at once: what was said leaves the screen",
        Where.EVERYWHERE,
        "lock",
    ),
    Key("theme", "ctrl+t", "app.next_theme", "Next theme: dark, light, high contrast", Where.EVERYWHERE),
    Key("settings", "f4", "app.settings", "The settings, and where they are kept", Where.EVERYWHERE),
    Key("palette", "ctrl+p", "app.command_palette", "All commands, by name", Where.EVERYWHERE),
    Key("quit", "ctrl+q", "app.leave", "Quit; what is sealed is kept as it is", Where.EVERYWHERE, "quit"),
    Key(
        "stop", "escape", "screen.stop", "Stop at once, also while reading; what was said is kept", Where.CHAT
    ),
    Key("page-up", "pageup", "screen.page(-1)", "Scroll the conversation back", Where.CHAT),
    Key("page-down", "pagedown", "screen.page(1)", "Scroll the conversation on", Where.CHAT),
    Key("oldest", "ctrl+home", "screen.oldest", "To the beginning of the conversation", Where.CHAT),
    Key("newest", "ctrl+end", "screen.newest", "To its end, where new words are followed", Where.CHAT),
    Key("panel", "f2", "screen.panel", "Show or hide what is known", Where.CHAT, "known"),
    Key("again", "ctrl+r", "screen.again", "Another try at the answer; both are kept", Where.CHAT, "again"),
    Key("earlier", "alt+left", "screen.turn_try(-1)", "Look at the try before", Where.CHAT),
    Key("later", "alt+right", "screen.turn_try(1)", "Look at the try after", Where.CHAT),
    Key("judge", "ctrl+g", "screen.judge", "The judge's view of the last answer", Where.CHAT, "judge"),
    Key("compare", "ctrl+b", "screen.compare", "The same question, answered knowing nobody", Where.CHAT),
    Key("copy", "ctrl+y", "screen.copy_answer", "Copy the last answer out of the case file", Where.CHAT),
    Key("search", "ctrl+f", "screen.search", "Search this case, or all", Where.CHAT, "search"),
    Key("cases", "ctrl+o", "screen.cases", "The list of cases", Where.CHAT, "cases"),
    Key("intake", "f5", "screen.intake", "Fill in what may be known, all of it optional", Where.CHAT),
    Key("screening", "f6", "screen.screening", "Enter results of a screening", Where.CHAT),
    Key("forms", "f7", "screen.forms", "Fill in a form of your own", Where.CHAT),
    Key(
        "consent",
        "f9",
        "screen.consent",
        "What is kept, and whether that is agreed to",
        Where.CHAT,
        "consent",
    ),
    Key("summary", "f8", "screen.summary", "Sum the conversation up, to make room", Where.CHAT),
    Key("new-case", "n", "screen.new", "A new case", Where.CASES, "new"),
    Key("edit-case", "e", "screen.edit", "Title, mode and how long to keep it", Where.CASES, "edit"),
    Key("delete-case", "delete,x", "screen.delete", "Delete a case for good", Where.CASES, "delete"),
    Key("search-cases", "ctrl+f,slash", "screen.search", "Search all cases", Where.CASES, "search"),
    Key("keep", "ctrl+s", "screen.keep", "Keep what was filled in", Where.FORMS),
    Key("country", "c", "screen.country", "Choose another country", Where.HELPLINES),
)
TYPED: Final = (
    ("Enter", "Send"),
    ("Ctrl+J, Shift+Enter", "A new line"),
    ("Up, Down at the edges", "What you wrote before, and after it"),
    ("1 2 3, then Enter", "One of the usual values of a question"),
    ("n, d or a, then Enter", "Prefer not to say; don't know; just answer now"),
    ("Tab, Shift+Tab", "The next thing on the screen, and the one before"),
    ("Ctrl+C", "Copy what is selected (out of the case file)"),
)
"""What the writing field and the questions do by themselves."""
_NAMES: Final = {
    "escape": "Esc",
    "slash": "/",
    "delete": "Del",
    "left": "←",
    "right": "→",
    "pageup": "PageUp",
    "pagedown": "PageDown",
}


def bindings(where: Where) -> list[BindingType]:
    """For a screen, or for the app. They win over what a field would do with the key, but for single letters."""
    return list(_bindings(where))


def _bindings(where: Where) -> Iterator[Binding]:
    for key in KEYS:
        if key.where is where:
            yield Binding(key.key, key.action, key.words, show=False, priority=where.written_in, id=key.id)


def label(id: str, keymap: Mapping[str, str]) -> str:
    """How the key of this id is written for people: `Ctrl+R`."""
    own = next(key for key in KEYS if key.id == id)
    return named(keymap.get(id, own.key))


def bound(text: str, keymap: Mapping[str, str]) -> str:
    """A text with the keys as they are bound in place of their ids in braces: `{helplines} shows the numbers`."""
    return text.format_map({key.id: label(key.id, keymap) for key in KEYS})


def keymap_of(widget: Widget) -> Mapping[str, str]:
    """Of the app that a widget is in."""
    from penguin_local.tui.app import ChatApp

    return widget.app.deps.settings.keymap if isinstance(widget.app, ChatApp) else {}


def named(keys: str) -> str:
    """`ctrl+r,f9` as `Ctrl+R, F9`; `N`, which is not `n`, as `Shift+N`."""
    return ", ".join(
        ("Shift+" if len(key) == 1 and key.isupper() else "")
        + "+".join(_NAMES.get(part, part.capitalize()) for part in key.split("+"))
        for key in map(str.strip, keys.split(","))
    )

"""What every app here has in common: what it shows stays on the screen, also when it breaks down; and our colours.

Textual writes logs, keys and pictures of the screen to files when the environment tells it to, and ends a fault with
the values of all local variables, which hold what people wrote.
"""

from __future__ import annotations

from typing import Final, TypeVar

from rich.text import Text
from textual import constants
from textual.app import App
from textual.worker import WorkerFailed

from penguin_local.tui.safe import Harmless
from penguin_local.tui.themes import THEMES, theme_named

R = TypeVar("R")
BROKEN: Final = "penguin-local met a fault of its own ({kind}) and closed. {kept}\n"


class Discreet(App[R]):
    """An app that keeps to itself what is on the screen."""

    def __init__(self, theme: str = "dark") -> None:
        """The theme by the name that the settings know it by."""
        vars(constants).update(LOG_FILE=None, DEBUG=False, SCREENSHOT_LOCATION=None)
        super().__init__()
        self.features = frozenset()
        self._filters.append(Harmless())
        self.fault: BaseException | None = None
        """What ended the program, when that was a fault of ours."""
        for one in THEMES:
            self.register_theme(one)
        self.theme = theme_named(theme).name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Colours that only our themes name."""
        return {"muted": "#93a4b3"}

    def action_next_theme(self) -> None:
        """Round through ours."""
        names = [theme.name for theme in THEMES]
        self.theme = names[(names.index(self.theme) + 1) % len(names)]

    @property
    def kept(self) -> str:
        """What is told beside the word of a fault: what became of all that was done, and what to do now."""
        return ""

    def _handle_exception(self, error: Exception) -> None:
        fault = error.error if isinstance(error, WorkerFailed) else error
        self.fault = self.fault or fault
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._fatal_error()

    def _fatal_error(self) -> None:
        self._return_code = 1
        kind = type(self.fault).__name__ if self.fault else "unknown"
        self._exit_renderables = [Text(BROKEN.format(kind=kind, kept=self.kept))]
        self._close_messages_no_wait()

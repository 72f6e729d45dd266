"""What every screen has: the footer, the helplines, and a kind word when the terminal is too small."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar, cast

from textual.app import ComposeResult
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

from penguin_local.errors import PenguinError
from penguin_local.tui.keys import bound
from penguin_local.tui.safe import shown
from penguin_local.tui.widgets.foot import Foot

if TYPE_CHECKING:
    from penguin_local.tui.app import ChatApp

T = TypeVar("T")

LEAST_WIDTH: Final = 60
LEAST_HEIGHT: Final = 18
USUAL_WIDTH: Final = 78
"""Columns from which on the footer has room for more than two keys."""
USUAL_HEIGHT: Final = 22
"""Lines from which on dialogs have room for air."""
WIDE: Final = 100
"""Columns from which on the side panel stands beside the conversation."""
TOO_SMALL: Final = (
    f"This window is a little small to read in.\n\nPlease make it {LEAST_WIDTH} columns wide and "
    f"{LEAST_HEIGHT} lines high, or more; everything is as you left it.\n\n"
    "{helplines} shows the helplines, {quit} quits."
)


class _Calm(Screen[T]):
    """Shared by full screens and dialogs."""

    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012  # textual's own annotation
        (0, "-tiny"),
        (LEAST_WIDTH, "-slim"),
        (USUAL_WIDTH, "-narrow"),
        (WIDE, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-low"),
        (LEAST_HEIGHT, "-short"),
        (USUAL_HEIGHT, "-high"),
    ]

    FITS_ANYWHERE: ClassVar[bool] = False
    """Whether it is shown in a terminal that is too small for all else."""

    @property
    def hidden(self) -> bool:
        """Behind the kind word: no key should do what nobody sees."""
        width, height = self.app.size
        return not self.FITS_ANYWHERE and (width < LEAST_WIDTH or height < LEAST_HEIGHT)

    @property
    def chat_app(self) -> ChatApp:
        """The app, by its own type."""
        from penguin_local.tui.app import ChatApp

        return cast(ChatApp, self.app)

    def compose(self) -> ComposeResult:
        """The screen's own widgets, and over them the kind word, which shows itself only when it must."""
        yield from self.content()
        if not self.FITS_ANYWHERE:
            yield Static(shown(bound(TOO_SMALL, self.chat_app.deps.settings.keymap)), id="too-small")

    def content(self) -> Iterable[Widget]:
        """What this screen shows."""
        return ()

    def tell(self, error: PenguinError) -> None:
        """An error and its remedy, for a few seconds."""
        text = f"{error.message}\n{error.hint}" if error.hint else error.message
        self.app.notify(str(shown(text)), severity="warning", markup=False, timeout=10)


class PenguinScreen(_Calm[None]):
    """A full screen."""

    FOOT: ClassVar[tuple[str, ...]] = ("help", "helplines", "quit")

    @property
    def foot(self) -> tuple[str, ...]:
        """Ids of the keys in the last line; the first four have room everywhere."""
        return self.FOOT

    def compose(self) -> ComposeResult:
        """With the footer."""
        yield from super().compose()
        yield Foot(self.foot, self.chat_app.deps.settings.keymap)


class PenguinDialog(_Calm[T], ModalScreen[T]):
    """A dialog over a screen: Esc leaves it without having done anything."""

    BINDINGS: ClassVar = [("escape", "leave", "Close")]

    def action_leave(self) -> None:
        """Nothing was chosen."""
        self.dismiss(None)

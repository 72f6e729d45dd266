"""The last line of every screen: a few keys, and what this program is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from penguin_local.tui.keys import KEYS, label
from penguin_local.tui.safe import shown

ALWAYS: Final = 4
DISCLAIMER: Final = "decision support, not a clinician"


class KeyHint(Static):
    """A key and its word; a click does the same."""

    def __init__(self, id: str, keymap: Mapping[str, str], *, extra: bool) -> None:
        key = next(key for key in KEYS if key.id == id)
        super().__init__(
            shown(brief(label(id, keymap)), "$primary bold") + shown(f" {key.hint}"),
            classes=f"hint key-{id}" + (" extra" if extra else ""),
        )
        self._action = key.action

    async def on_click(self) -> None:
        """As the key."""
        await self.run_action(self._action)


def brief(keys: str) -> str:
    """`^R` of `Ctrl+R, F9`."""
    return keys.split(",")[0].replace("Ctrl+", "^")


class Foot(Horizontal):
    """Keys on the left, the disclaimer on the right."""

    def __init__(self, keys: Sequence[str], keymap: Mapping[str, str]) -> None:
        super().__init__()
        self._keys = keys
        self._keymap = keymap

    def compose(self) -> ComposeResult:
        """As many hints as 80 columns hold; the others where there is room."""
        for number, id in enumerate(self._keys):
            yield KeyHint(id, self._keymap, extra=number >= ALWAYS)
        yield Static(shown(DISCLAIMER), classes="disclaimer")

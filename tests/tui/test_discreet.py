"""What every app here has in common: a fault tells its kind, whatever was on the screen."""

from __future__ import annotations

from contextlib import suppress

import pytest
from textual.worker import WorkerFailed

from penguin_local.tui.discreet import BROKEN, Discreet

pytestmark = pytest.mark.asyncio
SECRET = "nobody must ever read this sentence"
KEPT = "All of it is kept."


class Breaks(Discreet[None]):
    """At once, in a worker of its own, beside what it shows."""

    @property
    def kept(self) -> str:
        return KEPT

    def on_mount(self) -> None:
        """Begin to break."""
        shown = SECRET
        self.run_worker(self._work(shown))

    async def _work(self, shown: str) -> None:
        raise KeyError(shown)


async def test_a_fault_of_a_worker_is_told_by_its_own_kind_without_a_word_of_what_was_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    app = Breaks()
    # The pilot raises it again, for whoever debugs.
    with suppress(WorkerFailed):
        async with app.run_test() as pilot:
            await pilot.pause()
    assert isinstance(app.fault, KeyError)
    assert app.return_code == 1
    told = "".join(capsys.readouterr())
    assert " ".join(told.split()) == " ".join(BROKEN.format(kind="KeyError", kept=KEPT).split())


async def test_the_environment_makes_no_app_write_what_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTUAL", "devtools,debug")
    app = Breaks()
    assert not app.features
    assert not app.devtools


async def test_the_themes_are_ours_and_go_round() -> None:
    app = Breaks("light")
    first, seen = app.theme, []
    for _ in range(3):
        app.action_next_theme()
        seen.append(app.theme)
    assert first == "penguin-light"
    assert len(set(seen)) == 3
    assert seen[-1] == first

"""How the forms and the helplines look. `pytest --snapshot-update` takes the pictures anew; look at them before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from penguin_local.agent.crisis_levels import Level, Reader, Reading, Reason
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background, Value
from penguin_local.tui.deps import TuiSettings
from penguin_local.tui.screens.crisis_panel import CrisisPanel
from penguin_local.tui.screens.forms_screen import FormScreen
from penguin_local.tui.screens.intake import IntakeScreen
from penguin_local.tui.screens.screening import ScreeningScreen
from tests.tui.scripts import Stand

Compare = Callable[..., bool]
IMMINENT = Reading.of(
    [
        Reason(Reader.RULES, Level.IMMINENT, "speaks of a plan and a time"),
        Reason(Reader.CLASSIFIER, Level.ELEVATED, "reads like thoughts of suicide"),
    ]
)
KNOWN = Background.of(
    {Attribute.AGE: Value("25-34"), Attribute.EMOTION: Value("despair", "I cannot see past this week.")}
)
LOOKS = [("dark", (80, 24)), ("light", (80, 24)), ("contrast", (80, 24)), ("dark", (140, 40))]
STATES: dict[str, tuple[Callable[[], Screen[Any]], tuple[str, ...]]] = {
    "imminent": (lambda: CrisisPanel(IMMINENT), ()),
    "helplines": (lambda: CrisisPanel(), ()),
    "intake": (
        lambda: IntakeScreen(KNOWN, frozenset({Attribute.SELF_HARM}), frozenset({Attribute.ECONOMIC})),
        (),
    ),
    "screening": (lambda: ScreeningScreen(), ("1", "4", "tab", "1")),
    "form": (lambda: FormScreen(None), ("2", "tab", "4", "tab", "3")),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("theme", "size"), LOOKS, ids=[f"{t}-{w}x{h}" for t, (w, h) in LOOKS])
def test_it_looks_as_it_did(
    snap_compare: Compare,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    state: str,
    theme: str,
    size: tuple[int, int],
) -> None:
    monkeypatch.setenv("PENGUIN_LOCAL_HOME", str(tmp_path))
    make, keys = STATES[state]
    app = Stand(settings=TuiSettings(theme=theme, country="GB")).app()

    async def open_it(pilot: Pilot[int]) -> None:
        await app.workers.wait_for_complete()
        await app.push_screen(Screen())  # what lies behind is not what these pictures are of
        await app.push_screen(make())
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=open_it)

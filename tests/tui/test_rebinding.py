"""`[keys]` of the config: what may be taken, what is refused, and that it works where it should."""

from __future__ import annotations

import re
import tomllib

import pytest

from penguin_local import paths
from penguin_local.errors import UsageError
from penguin_local.tui.deps import TuiSettings
from penguin_local.tui.keys import KEYS
from penguin_local.tui.rebinding import check_keymap
from penguin_local.tui.screens.chat import ChatScreen
from penguin_local.tui.screens.intake import IntakeScreen
from tests.tui.driving import begin, sees, until
from tests.tui.scripts import Stand

pytestmark = pytest.mark.asyncio


async def test_a_keymap_that_cannot_be_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError) as error:
        check_keymap({"helpline": "f12"})
    assert "helplines" in error.value.hint
    with pytest.raises(UsageError, match="both"):
        check_keymap({"judge": "f3"})
    check_keymap({})


REFUSED = [
    ("judge", "j", "for writing"),
    ("lock", "8", "for writing"),
    ("help", "?", "for writing"),
    ("keep", "ü", "for writing"),
    ("keep", "space", "to move"),
    ("quit", "Q", "for writing"),
    ("search", "ctrl+v", "for writing"),
    ("search", "ctrl+w", "for writing"),
    ("again", "shift+insert", "for writing"),
    ("cases", "ctrl+j", "for writing"),
    ("copy", "shift+enter", "for writing"),
    ("judge", "f10, backspace", "for writing"),
    ("forms", "ctrl+h", "send it for Backspace"),
    ("again", "delete", "for writing"),
    ("earlier", "ctrl+left", "for writing"),
    ("later", "alt+f", "send it for Ctrl"),
    ("stop", "tab", "to move"),
    ("stop", "shift+tab", "to move"),
    ("panel", "ctrl+i", "send it for Tab"),
    ("panel", "enter", "to move"),
    ("summary", "ctrl+m", "send it for Enter"),
    ("new-case", "enter", "to move"),
    ("edit-case", "down", "to move"),
    ("country", "pageup", "to move"),
    ("copy", "ctrl+c", "to copy"),
    ("lock", "escape", "to close"),
    ("keep", "ctrl+left_square_bracket", "send it for Esc"),
    ("judge", "ctrl+nosuch", "no key called"),
    ("judge", "", "no key called"),
    ("judge", "f10,", "no key called"),
    ("judge", "alt", "no key called"),
    ("judge", "hold+f10", "no key called"),
    ("judge", "return", "no key called"),
    ("judge", "F10", "did you mean f10"),
    ("judge", "Ctrl+N", "did you mean ctrl+n"),
    ("judge", "^n", "did you mean ctrl+n"),
    ("judge", "ctrl+/", "did you mean ctrl+slash"),
    ("judge", "shift+ctrl+up", "did you mean ctrl+shift+up"),
    ("judge", "pgdown", "did you mean pagedown"),
    ("new-case", "shift+n", "like x or X"),
    ("keep", "ctrl+q", "both quit and keep"),
    ("search-cases", "/,n", "both new-case and search-cases"),
]


@pytest.mark.parametrize(("id", "keys", "told"), REFUSED)
async def test_a_key_that_is_none_or_is_needed_is_refused_by_its_name_and_told_why(
    id: str, keys: str, told: str
) -> None:
    with pytest.raises(UsageError) as error:
        check_keymap({id: keys})
    assert f"[keys] {id}: " in error.value.message or "both" in error.value.message
    assert told in f"{error.value.message}\n{error.value.hint}"
    assert error.value.hint


async def test_keys_that_nothing_else_needs_may_be_taken() -> None:
    check_keymap({"judge": "f10,ctrl+n", "new-case": "N, +", "country": "x,ctrl+d", "panel": "alt+shift+k"})
    check_keymap({"screening": "ctrl+y", "copy": "f6", "keep": "ctrl+o", "stop": "f12", "forms": "escape"})


async def test_the_keys_of_a_form_and_of_the_helplines_stand_on_the_help_and_are_rebound_as_well() -> None:
    stand = Stand(settings=TuiSettings(keymap={"keep": "f10", "country": "x"}))
    app = stand.app()
    async with app.run_test(size=(100, 70)) as pilot:
        await begin(pilot)
        await pilot.press("f1")
        text = await sees(pilot, "In a form", "In the helplines")
        assert re.search(r"F10 +Keep what was filled in", text)
        assert re.search(r"X +Choose another country", text)
        await pilot.press("escape", "f5")
        await sees(pilot, "Keep (F10)")
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert isinstance(app.screen, IntakeScreen)
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(app.screen, ChatScreen))
        await pilot.press("f3")
        await sees(pilot, "Country (x)")
        await pilot.press("x", *"france", "enter")
        await sees(pilot, "3114")


async def test_the_conversations_page_names_every_command_and_its_example_can_be_used() -> None:
    page = (paths.data().parent / "docs" / "chat.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    check_keymap(tomllib.loads(example)["keys"])
    for key in KEYS:
        assert f"`{key.id}`" in page

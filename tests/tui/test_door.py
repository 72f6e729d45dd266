"""First run, unlock, lock: on a real vault."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from penguin_local.agent.record import Answered, Ended
from penguin_local.store.casebook import CaseAbout, Casebook
from penguin_local.store.vault import Patience, Vault, exists, strength
from penguin_local.tui.app import ChatApp
from penguin_local.tui.deps import Files, TuiSettings
from penguin_local.tui.screens.chat import ChatScreen
from penguin_local.tui.screens.crisis_panel import CrisisPanel
from penguin_local.tui.screens.first_run import FirstRunScreen, RecoveryScreen
from penguin_local.tui.screens.unlock import UnlockScreen
from tests.store.vaults import CHEAP
from tests.tui.driving import Gate, begin, chat, entries, sees, typed, until
from tests.tui.scripts import QUESTION, Stand

pytestmark = pytest.mark.asyncio
GOOD = "copper lantern under seven hills"
SECRET = "a sentence that nobody else may read"


def a_door(path: Path) -> Files:
    """The vault at this path, as the command line would hand it on."""
    patience = Patience(wait=lambda seconds: None)
    return Files(
        exists=lambda: exists(path),
        create=lambda passphrase: Vault.begin(path, passphrase, cost=CHEAP),
        unlock=lambda passphrase: Vault.open(path, passphrase=passphrase, patience=patience),
        recover=lambda key: Vault.open(path, recovery_key=key, patience=patience),
        strength=strength,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cases.duckdb"


@pytest.fixture
def made(path: Path) -> tuple[Path, str]:
    """A vault that there is, closed, and its recovery key."""
    vault, key = Vault.begin(path, GOOD, cost=CHEAP)
    vault.create(CaseAbout("Work and sleep"))
    vault.close()
    return path, key


async def test_a_first_run_rates_the_passphrase_and_shows_the_recovery_key_until_it_is_written_down(
    path: Path,
) -> None:
    app = Stand(files=a_door(path)).app()
    async with app.run_test(notifications=True) as pilot:
        await sees(pilot, "Welcome to penguin-local")
        await typed(pilot, "penguin", "enter")
        await sees(pilot, "easy to guess")
        await typed(pilot, "another", "enter")
        await sees(pilot, "The two are not the same")
        assert not exists(path)
        assert isinstance(app.screen, FirstRunScreen)
        for name in ("#first", "#second"):
            app.screen.query_one(name).focus()
            app.screen.query_one(name).value = ""  # type: ignore[attr-defined]  # both are fields
            await typed(pilot, GOOD)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RecoveryScreen))
        screen = app.screen
        assert isinstance(screen, RecoveryScreen)
        key = screen._key
        await sees(pilot, key[:20], "I have written it down on paper")
        assert screen.query_one("#go-on").disabled
        await pilot.press("space", "tab", "enter")
        await sees(pilot, "No conversations yet.")
        await pilot.press("ctrl+q")
    Vault.open(path, recovery_key=key).close()


async def test_to_quit_before_the_recovery_key_is_written_down_is_asked_about(path: Path) -> None:
    app = Stand(files=a_door(path)).app()
    async with app.run_test() as pilot:
        await sees(pilot, "Welcome to penguin-local")
        for _ in range(2):
            await typed(pilot, GOOD, "enter")
        await sees(pilot, "I have written it down on paper")
        await pilot.press("ctrl+q")
        await sees(pilot, "shown only now", "Stay")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, RecoveryScreen))
        assert not app._exit
        await pilot.press("space", "ctrl+q")
        await until(pilot, lambda: app._exit)
    assert exists(path)


@pytest.mark.parametrize("by_itself", [False, True])
async def test_the_recovery_key_on_the_screen_is_locked_away_too_and_the_way_to_another_is_told(
    path: Path, by_itself: bool
) -> None:
    now = [0.0]
    stand = Stand(files=a_door(path), clock=lambda: now[0], settings=TuiSettings(lock_minutes=2))
    app = stand.app()
    async with app.run_test(notifications=True) as pilot:
        await sees(pilot, "Welcome to penguin-local")
        for _ in range(2):
            await typed(pilot, GOOD, "enter")
        await until(pilot, lambda: isinstance(app.screen, RecoveryScreen))
        screen = app.screen
        assert isinstance(screen, RecoveryScreen)
        key = screen._key
        await sees(pilot, key[:20])
        if by_itself:
            now[0] = 121.0
            app.lock_when_idle()
        else:
            await pilot.press("ctrl+l")
        text = await sees(pilot, "Locked.", "penguin-local cases recovery-key")
        assert key[:9] not in text
        assert app.casebook is None
        await app.closed()
        Vault.open(path, recovery_key=key).close()
        await typed(pilot, GOOD, "enter")
        await sees(pilot, "No conversations yet.")
        await pilot.press("ctrl+q")


async def test_a_wrong_passphrase_gets_a_clear_word_and_the_recovery_key_opens_as_well(
    made: tuple[Path, str],
) -> None:
    path, key = made
    async with Stand(files=a_door(path)).app().run_test(notifications=True) as pilot:
        await sees(pilot, "sealed on this disk")
        await typed(pilot, "not the passphrase", "enter")
        await sees(pilot, "does not open the case file")
        await pilot.press("tab", "enter")
        await sees(pilot, "Nobody can open the case file without")
        await typed(pilot, key, "enter")
        await sees(pilot, "Work and sleep")
        await pilot.press("ctrl+q")


async def test_locking_keeps_what_was_said_closes_the_vault_and_shows_nothing(made: tuple[Path, str]) -> None:
    path, _ = made
    gate = Gate()
    stand = Stand(gate.act, files=a_door(path))
    app = stand.app()
    async with app.run_test(notifications=True) as pilot:
        await sees(pilot, "sealed on this disk")
        await typed(pilot, GOOD, "enter")
        await sees(pilot, "Work and sleep")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ChatScreen) and chat(pilot).runner is not None)
        await typed(pilot, SECRET, "enter")
        await sees(pilot, "The first words.")
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(app.screen, UnlockScreen))
        await app.closed()
        text = await sees(pilot, "Locked.")
        for hidden in (SECRET, "The first words.", "Work and sleep"):
            assert hidden not in text
        assert app.casebook is None
        assert not [screen for screen in app.screen_stack if isinstance(screen, ChatScreen)]
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, CrisisPanel))
        await pilot.press("escape")
        await typed(pilot, GOOD, "enter")
        await sees(pilot, "Work and sleep")
        assert app.casebook is not None
        answer = entries(app.casebook)[-1]
        assert isinstance(answer, Answered)
        assert answer.ended is Ended.STOPPED
        await pilot.press("ctrl+q")


async def test_nobody_there_for_the_set_minutes_locks_after_a_word_of_warning(made: tuple[Path, str]) -> None:
    path, _ = made
    now = [0.0]
    stand = Stand(files=a_door(path), clock=lambda: now[0], settings=TuiSettings(lock_minutes=10))
    app = stand.app()
    async with app.run_test(notifications=True) as pilot:
        await sees(pilot, "sealed on this disk")
        await typed(pilot, GOOD, "enter")
        await sees(pilot, "Work and sleep")
        now[0] = 9.5 * 60
        app.lock_when_idle()
        await sees(pilot, "This locks in 30 seconds")
        await pilot.press("down")
        now[0] = 10.5 * 60
        app.lock_when_idle()
        assert app.casebook is not None
        now[0] = 25 * 60
        app.lock_when_idle()
        await sees(pilot, "Locked.")
        assert app.casebook is None
        await app.closed()


async def test_without_a_trace_locking_asks_first_since_all_of_it_would_be_gone() -> None:
    app = Stand().app()
    async with app.run_test(notifications=True) as pilot:
        await begin(pilot)
        await sees(pilot, "Write what is on your mind", "Work and sleep")
        for key, question in (("ctrl+q", "Quit?"), ("ctrl+l", "Forget everything now?")):
            await pilot.press(key)
            text = await sees(pilot, question, "shows it again")
            assert "on your mind" not in text
            assert "Work and sleep" not in text
            await pilot.press("escape")
            await sees(pilot, "Work and sleep")
        assert isinstance(app.screen, ChatScreen)
        await pilot.press("ctrl+l")
        await sees(pilot, "Forget everything now?")
        await pilot.press("tab", "enter")
        await sees(pilot, "No conversations yet.")
        await app.closed()


async def test_quitting_in_the_middle_of_an_answer_keeps_it(made: tuple[Path, str]) -> None:
    path, _ = made
    stand = Stand(Gate().act, files=a_door(path))
    app = stand.app()
    async with app.run_test(notifications=True) as pilot:
        await sees(pilot, "sealed on this disk")
        await typed(pilot, GOOD, "enter")
        await sees(pilot, "Work and sleep")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ChatScreen) and chat(pilot).runner is not None)
        await typed(pilot, QUESTION, "enter")
        await sees(pilot, "The first words.")
        await pilot.press("ctrl+q")
        await until(pilot, lambda: app.return_code == 0 and not app.is_running)
    vault = Vault.open(path, passphrase=GOOD)
    answer = entries(vault)[-1]
    vault.close()
    assert isinstance(answer, Answered)
    assert answer.ended is Ended.STOPPED


async def test_a_case_that_is_not_there_is_said_above_the_list(made: tuple[Path, str]) -> None:
    path, _ = made
    app = ChatApp(replace(Stand(files=a_door(path)).deps, start="c0ffee"))
    async with app.run_test(notifications=True) as pilot:
        await sees(pilot, "sealed on this disk")
        await typed(pilot, GOOD, "enter")
        await sees(pilot, "there is no case 'c0ffee'", "Work and sleep")
        await pilot.press("ctrl+q")


async def test_what_is_told_while_the_door_opens_is_seen_behind_it(made: tuple[Path, str]) -> None:
    path, _ = made
    door = a_door(path)

    def unlock(passphrase: str) -> Casebook:
        app.notify(
            "case 1 was deleted", markup=False
        )  # from the thread that opens it, as the command line does
        return door.unlock(passphrase)

    app = Stand(files=replace(door, unlock=unlock)).app()
    async with app.run_test(notifications=True) as pilot:
        await sees(pilot, "sealed on this disk")
        await typed(pilot, GOOD, "enter")
        await sees(pilot, "case 1 was deleted", "Work and sleep")
        await pilot.press("ctrl+q")

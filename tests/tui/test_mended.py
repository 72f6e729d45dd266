"""What a fresh tester stumbled over: consent, true words, small windows, locks, and the way back in."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from penguin_local.agent.dialogue_events import JustAnswer, Reply, Unsure
from penguin_local.agent.record import Consented
from penguin_local.agent.screening import Asq, Cssrs, read
from penguin_local.agent.session import CONSENT, CONSENT_TRACELESS
from penguin_local.agent.session_events import Chosen, Streamed
from penguin_local.core.attributes import Attribute
from penguin_local.store.casebook import Casebook, CaseInfo
from penguin_local.store.vault import Patience, Vault, exists, strength
from penguin_local.tui.app import ChatApp
from penguin_local.tui.deps import Files, TuiSettings
from penguin_local.tui.idle import warning, warns
from penguin_local.tui.screens.cases import CasesScreen
from penguin_local.tui.screens.chat import ChatScreen
from penguin_local.tui.screens.crisis_panel import CrisisPanel
from penguin_local.tui.screens.dialogs import Confirm
from penguin_local.tui.screens.first_run import NewPassphraseScreen, RecoveryScreen
from penguin_local.tui.screens.forms_screen import FormScreen
from penguin_local.tui.screens.unlock import UnlockScreen
from penguin_local.tui.widgets.answer import Words
from tests.store.vaults import CHEAP
from tests.tui.driving import app_of, begin, chat, entries, rested, screen_of, sees, stage, typed, until
from tests.tui.scripts import QUESTION, Acted, Stand, a_book, answered, asks, kept_in, told

GOOD, BETTER = "copper lantern under seven hills", "three quiet rivers behind a harbour"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PENGUIN_LOCAL_HOME", str(tmp_path))
    return tmp_path


async def new_case(pilot: Pilot[int], title: str = "Ellen") -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, CasesScreen))
    await pilot.press("n")
    await sees(pilot, "A new case")
    await typed(pilot, title, "enter")


def consents(book: Casebook) -> list[bool]:
    return [entry.agreed for entry in entries(book) if isinstance(entry, Consented)]


class TestConsent:
    @pytest.mark.asyncio
    async def test_a_new_case_about_a_client_asks_for_it_and_a_yes_is_kept(self, tmp_path: Path) -> None:
        path = tmp_path / "cases.duckdb"
        Vault.begin(path, GOOD, cost=CHEAP)[0].close()
        stand = Stand(files=_renewable(path), settings=TuiSettings(client=True))
        async with stand.app().run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: isinstance(pilot.app.screen, UnlockScreen))
            await typed(pilot, GOOD, "enter")
            await new_case(pilot)
            await sees(pilot, "Do they agree?", "kept on this machine, sealed", "F9 brings it back")
            await pilot.press("tab", "tab", "enter")
            await sees(pilot, "consent: given (F9)")
            assert consents(stand.talks[0].casebook) == [True]
            await pilot.press("ctrl+q")

    @pytest.mark.asyncio
    async def test_it_can_be_left_open_and_a_case_that_was_opened_before_does_not_ask_again(self) -> None:
        stand = Stand(settings=TuiSettings(client=True))
        app = stand.app()
        async with app.run_test(size=(80, 24)) as pilot:
            await new_case(pilot)
            await sees(pilot, "Do they agree?")
            await pilot.press("escape")
            await sees(pilot, "consent: open (F9)")
            await pilot.press("ctrl+o")
            await until(pilot, lambda: isinstance(app.screen, CasesScreen))
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, ChatScreen) and chat(pilot).runner is not None)
            assert consents(stand.talks[0].casebook) == []

    @pytest.mark.asyncio
    async def test_a_new_case_for_oneself_begins_with_the_box(self) -> None:
        app = Stand().app()
        async with app.run_test(size=(80, 24)) as pilot:
            await new_case(pilot, "Sleep")
            await until(pilot, lambda: isinstance(app.screen, ChatScreen) and chat(pilot).runner is not None)
            assert "consent" not in screen_of(app)

    @pytest.mark.asyncio
    async def test_an_answer_before_the_model_is_ready_is_kept_at_once(self) -> None:
        ready = Event()

        class Slow(Stand):
            def make(self, casebook: Casebook, case: CaseInfo, tell: object) -> Acted:
                ready.wait(20)
                return super().make(casebook, case, lambda loading: None)

        stand = Slow(settings=TuiSettings(client=True))
        app = stand.app()
        async with app.run_test(size=(80, 24)) as pilot:
            await new_case(pilot)
            await sees(pilot, "Do they agree?")
            await pilot.press("tab", "tab", "enter")
            await sees(pilot, "consent: given (F9)")
            assert not ready.is_set()
            assert app.casebook is not None
            assert consents(app.casebook) == [True]
            await pilot.press("f9")
            await sees(pilot, "Do they agree?")
            await pilot.press("right", "enter")
            ready.set()
            await sees(pilot, "consent: not given")
            assert consents(app.casebook) == [True, False]

    @pytest.mark.asyncio
    @pytest.mark.parametrize("sealed", [True, False])
    async def test_a_no_is_told_what_follows_from_it(self, sealed: bool, tmp_path: Path) -> None:
        path = tmp_path / "cases.duckdb"
        if sealed:
            Vault.begin(path, GOOD, cost=CHEAP)[0].close()
        settings = TuiSettings(client=True, keymap={"cases": "f10", "delete-case": "d,x"})
        app = Stand(files=_renewable(path) if sealed else None, settings=settings).app()
        async with app.run_test(size=(80, 40)) as pilot:
            if sealed:
                await until(pilot, lambda: isinstance(pilot.app.screen, UnlockScreen))
                await typed(pilot, GOOD, "enter")
            await new_case(pilot)
            await sees(pilot, "Do they agree?")
            await pilot.press("tab", "enter")
            await sees(pilot, "consent: not given")
            text = " ".join((await sees(pilot, "A no")).split())
            assert ("F10, by D" in text) is sealed
            assert ("still kept, sealed" in text) is sealed
            assert ("read what is written here. Nothing of it is written down" in text) is not sealed
            await pilot.press("ctrl+q")

    @pytest.mark.asyncio
    async def test_what_is_typed_ahead_does_not_answer_it(self) -> None:
        stand = Stand(settings=TuiSettings(client=True))
        app = stand.app()
        async with app.run_test(size=(80, 24)) as pilot:
            await new_case(pilot)
            await sees(pilot, "Do they agree?")
            await pilot.press("n", "e", "w", "space", "enter")
            await sees(pilot, "Do they agree?")
            assert app.casebook is not None
            assert consents(app.casebook) == []


class TestTrueWords:
    @pytest.mark.asyncio
    async def test_without_a_trace_nothing_is_called_sealed_or_kept(self) -> None:
        app = Stand().app()
        async with app.run_test(size=(80, 24)) as pilot:
            text = await sees(pilot, "No conversations yet.", "Nothing of it is written to this disk")
            assert "sealed" not in text
            await begin(pilot)
            await pilot.press("f9")
            text = await sees(pilot, "Do you agree?", "it is gone")
            assert "sealed" not in text
            shown = str(app.screen.query_one(".words", Static).render())
            assert shown.startswith(CONSENT_TRACELESS)
            assert CONSENT not in shown

    def test_what_a_screening_says_fits_whoever_reads_it(self) -> None:
        for outcome in Asq:
            for triage in Cssrs:
                reading = read(phq9=14, phq9_item9=2, asq=outcome, cssrs=triage).screened.reading
                assert not {"their", "they", "them"} & set(reading.replace(",", " ").split())

    @pytest.mark.parametrize(
        ("limit", "idle", "time", "words"),
        [
            (30.0, 0.0, False, "30 seconds"),
            (30.0, 16.0, True, "15 seconds"),
            (600.0, 530.0, False, "70 seconds"),
            (600.0, 541.0, True, "a minute"),
            (600.0, 599.0, True, "5 seconds"),
        ],
    )
    def test_the_warning_comes_in_time_and_says_how_long_is_left(
        self, limit: float, idle: float, time: bool, words: str
    ) -> None:
        assert warns(limit, idle) is time
        assert f"locks in {words};" in warning(limit - idle, traceless=False)
        assert "forgotten" in warning(limit - idle, traceless=True)

    @pytest.mark.asyncio
    async def test_a_short_time_to_the_lock_warns_once_and_a_key_takes_the_warning_away(self) -> None:
        now = [0.0]
        stand = Stand(clock=lambda: now[0], settings=TuiSettings(lock_minutes=0.5))
        app = stand.app()
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            await begin(pilot)
            app.lock_when_idle()
            await pilot.press("x")
            app.lock_when_idle()
            assert not app._notifications
            now[0] = 20.0
            app.lock_when_idle()
            app.lock_when_idle()
            await sees(pilot, "In 10 seconds this locks")
            assert len(app._notifications) == 1
            await pilot.press("x")
            assert not app._notifications
            now[0] = 55.0
            app.lock_when_idle()
            await sees(pilot, "What was said before is gone", "No conversations yet.")
            await app.closed()

    @pytest.mark.asyncio
    async def test_a_full_window_is_told_again_when_the_case_is_opened_again(self) -> None:
        stand = Stand(
            files=kept_in(a_book("Spring", entries=[replace(answered("Well."), prompt_tokens=3900)]))
        )
        app = stand.app()
        async with app.run_test(size=(80, 24)) as pilot:
            await typed(pilot, "any words", "enter")
            await sees(pilot, "Spring")
            await pilot.press("enter")
            await sees(pilot, "This conversation fills 98%", "F8 writes a summary")


class TestPermission:
    @pytest.mark.asyncio
    @pytest.mark.parametrize(("key", "reply"), [("d", Reply(Unsure())), ("a", Reply(JustAnswer()))])
    async def test_not_knowing_and_just_answering_work_before_the_question_too(
        self, key: str, reply: Reply
    ) -> None:
        stand = Stand(asks(Attribute.SELF_HARM))
        async with stand.app().run_test(size=(80, 24)) as pilot:
            await begin(pilot)
            await typed(pilot, QUESTION, "enter")
            await sees(pilot, "yes, you may ask", "don't know", "just answer now")
            await typed(pilot, key, "enter")
            await rested(pilot)
            assert stand.talks[0].heard == [Chosen(reply)]


class TestTheDoor:
    @pytest.mark.asyncio
    async def test_the_recovery_key_leads_to_a_new_passphrase_which_opens_the_vault(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "cases.duckdb"
        vault, key = Vault.begin(path, GOOD, cost=CHEAP)
        vault.close()
        app = Stand(files=_renewable(path)).app()
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            await sees(pilot, "sealed on this disk")
            await pilot.press("tab", "enter")
            await typed(pilot, key, "enter")
            await until(pilot, lambda: isinstance(app.screen, NewPassphraseScreen))
            await sees(
                pilot, "Please choose a new passphrase", "cases change-passphrase --recovery", "Not now"
            )
            await pilot.press("ctrl+l")
            await until(pilot, lambda: isinstance(app.screen, UnlockScreen))
            await app.closed()
            await pilot.press("tab", "enter")
            await typed(pilot, key, "enter")
            await until(pilot, lambda: isinstance(app.screen, NewPassphraseScreen))
            await typed(pilot, BETTER, "tab")
            await typed(pilot, BETTER, "enter")
            await sees(pilot, "No conversations yet.")
            await pilot.press("ctrl+q")
        Vault.open(path, passphrase=BETTER, patience=_PATIENT).close()

    @pytest.mark.asyncio
    async def test_ticking_leaves_the_cursor_where_it_is(self) -> None:
        book = a_book()
        app = Stand(files=kept_in(book)).app()
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: isinstance(app.screen, UnlockScreen))
            app.replace(RecoveryScreen(book, "8174-TTPJ-J9SY-FYWE"))
            await sees(pilot, "8174-TTPJ")
            await pilot.press("enter")
            assert app.screen.query_one("#written").has_focus
            assert not app.screen.query_one("#go-on").disabled
            await pilot.press("tab", "enter")
            await sees(pilot, "No conversations yet.")

    @pytest.mark.asyncio
    async def test_a_long_hint_about_the_passphrase_is_shown_whole(self, tmp_path: Path) -> None:
        app = Stand(files=_renewable(tmp_path / "none.duckdb")).app()
        async with app.run_test(size=(60, 18)) as pilot:
            await sees(pilot, "Welcome")
            await typed(pilot, "penguin")
            last = strength("penguin").words.split()[-1]
            await sees(pilot, "easy to guess", last)


class TestForms:
    @pytest.mark.asyncio
    async def test_without_a_form_of_ones_own_a_short_note_says_where_one_goes(self, home: Path) -> None:
        app = Stand().app()
        async with app.run_test(size=(80, 24)) as pilot:
            await begin(pilot)
            await pilot.press("f7")
            await sees(pilot, "No form of yours yet", "docs/forms.md", "NAME.toml", "example.toml")
            assert isinstance(app.screen, Confirm)
            assert app.screen.query_one(".dialog").size.height < 16
            await pilot.press("tab", "enter")
            await until(pilot, lambda: isinstance(app.screen, FormScreen))

    @pytest.mark.asyncio
    async def test_a_folder_that_is_gone_is_named_in_a_small_dialog(self, tmp_path: Path) -> None:
        app = Stand().app()
        async with app.run_test(size=(80, 24)) as pilot:
            await begin(pilot)
            await app.push_screen(FormScreen(tmp_path / "gone"))
            await sees(pilot, "there is no folder")
            assert app.screen.query_one(".dialog").size.height < 16


class TestSmallWindows:
    @pytest.mark.asyncio
    async def test_a_new_case_fits_into_the_smallest_one(self) -> None:
        app = Stand().app()
        async with app.run_test(size=(60, 18)) as pilot:
            await until(pilot, lambda: isinstance(app.screen, CasesScreen))
            await pilot.press("n")
            await sees(
                pilot, "Title", "Who is talking?", "Days kept after the last word (empty: always)", "Begin"
            )

    @pytest.mark.asyncio
    async def test_a_word_in_passing_does_not_lie_over_the_first_helplines(self) -> None:
        app = Stand().app()
        async with app.run_test(size=(60, 18), notifications=True) as pilot:
            await begin(pilot)
            await pilot.press("f3")
            await until(pilot, lambda: isinstance(app.screen, CrisisPanel))
            before = screen_of(app_of(pilot)).splitlines()
            app.notify("Something in passing.", markup=False)
            text = await sees(pilot, "Something in passing.")
            assert text.splitlines()[:10] == before[:10]


_PATIENT = Patience(wait=lambda seconds: None)


def _renewable(path: Path) -> Files:
    def renew(book: Casebook, passphrase: str) -> None:
        assert isinstance(book, Vault)
        book.set_passphrase(passphrase)

    return Files(
        exists=lambda: exists(path),
        create=lambda passphrase: Vault.begin(path, passphrase, cost=CHEAP),
        unlock=lambda passphrase: Vault.open(path, passphrase=passphrase, patience=_PATIENT),
        recover=lambda key: Vault.open(path, recovery_key=key, patience=_PATIENT),
        strength=strength,
        renew=renew,
    )


@pytest.mark.asyncio
async def test_an_open_network_is_never_called_offline() -> None:
    app = ChatApp(replace(Stand().deps, offline=False))
    async with app.run_test(size=(80, 24)) as pilot:
        await new_case(pilot)
        await sees(pilot, "THE NETWORK IS OPEN")
        line = pilot.app.screen.query_one("#headline", Static)
        assert line.has_class("-open")
        assert "offline" not in str(line.render())


@pytest.mark.asyncio
async def test_however_the_screen_goes_no_thread_waits_for_a_reply_that_cannot_come() -> None:
    stand = Stand(asks(Attribute.AGE), files=kept_in(a_book()))
    async with stand.app().run_test() as pilot:
        await typed(pilot, GOOD, "enter")
        await begin(pilot)
        await typed(pilot, QUESTION, "enter")
        await until(pilot, lambda: chat(pilot).stage.question is not None)
        runner = chat(pilot).runner
        assert runner is not None
        assert runner.running
    for _ in range(2_000):
        if not runner.running:
            break
        await asyncio.sleep(0.01)
    assert not runner.running


@pytest.mark.asyncio
async def test_an_answer_that_ends_while_its_last_piece_is_drawn_is_shown_whole_and_once() -> None:
    stand = Stand(files=kept_in(a_book()))
    async with stand.app().run_test(size=(80, 40)) as pilot:
        await typed(pilot, GOOD, "enter")
        await begin(pilot)
        scene, book = stage(pilot), a_book("Another")
        steps = list(
            told(Acted(casebook=book, case=book.cases()[0]), "One sentence. Another sentence.", Event())
        )
        pieces = [step for step in steps if isinstance(step, Streamed)]
        for step in pieces:
            await scene.show(step)
        await asyncio.gather(scene._draw(), *(scene.show(s) for s in steps if s not in pieces))
        card = scene.conversation.last_answer()
        assert card is not None
        await pilot.pause()
        assert card.query_one(Words).source.strip() == "One sentence. Another sentence."
        assert "try 2" not in screen_of(app_of(pilot))

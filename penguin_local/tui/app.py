"""The app: which screen there is, the lock, and the way out. Everything else lives in screens and widgets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from threading import Lock
from typing import ClassVar, Final

from textual import events, work
from textual.app import SystemCommand
from textual.binding import Binding
from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.driver import Driver
from textual.screen import Screen

from penguin_local.agent.crisis_levels import Reading
from penguin_local.errors import PenguinError
from penguin_local.store.casebook import Casebook, CaseInfo, NoTrace, no_such_case
from penguin_local.tui import terminal
from penguin_local.tui.deps import Deps
from penguin_local.tui.idle import Idle, warning
from penguin_local.tui.in_order import InOrder
from penguin_local.tui.keys import KEYS, Where, bindings, label
from penguin_local.tui.promptness import LOOK_SECONDS, Garbage, draw_soon
from penguin_local.tui.rebinding import check_keymap
from penguin_local.tui.screens.base import PenguinDialog, PenguinScreen
from penguin_local.tui.screens.cases import CasesScreen
from penguin_local.tui.screens.chat import ChatScreen
from penguin_local.tui.screens.crisis_panel import CrisisPanel
from penguin_local.tui.screens.dialogs import Confirm
from penguin_local.tui.screens.first_run import FirstRunScreen, RecoveryScreen
from penguin_local.tui.screens.help import HelpScreen, SettingsScreen
from penguin_local.tui.screens.talking import Talking
from penguin_local.tui.screens.unlock import UnlockScreen

COPIED: Final = (
    "Copied. The clipboard is outside the case file: other programs can read it. Please empty it when done."
)
AGAIN: Final = "{said}\nwhat to do: start it again. Nothing of the conversation is in this message."
KEPT: Final = "What was said is kept, and the case is as it was."
NOT_KEPT: Final = "As nothing was to leave a trace, what was said is gone."
FORGET: Final = "This session leaves no trace: everything said in it will be gone for good."
HIDDEN: Final = "For now it is hidden, and not locked: {no} shows it again."
KEYLESS: Final = (
    "This recovery key is shown only now. Without it on paper, nobody can open the case file once the passphrase is "
    "forgotten; while it is known, penguin-local cases recovery-key makes another key."
)
_TOUCHES: Final = (events.Key, events.Paste, events.MouseEvent)


class ChatApp(InOrder[int]):
    """Give it Deps and run it."""

    CSS_PATH = Path(__file__).with_name("penguin.tcss")
    TITLE = "penguin-local"
    BINDINGS: ClassVar = bindings(Where.EVERYWHERE)

    def __init__(self, deps: Deps) -> None:
        """Raises UsageError for a keymap that cannot be."""
        check_keymap(deps.settings.keymap)
        super().__init__(deps.settings.theme)
        draw_soon()
        # Things that slide and fade are in nobody's way here; they cost keys their promptness as well.
        self.animation_level = "none"
        self.deps = deps
        self.casebook: Casebook | None = None
        self.country = deps.settings.country
        """Whose helplines are shown first: the one from the settings until another is chosen in the panel."""
        self._idle = Idle(deps.settings.lock_minutes * 60, deps.clock)
        self._garbage = Garbage()
        self._start = deps.start
        self._closing_down: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._question: Confirm | None = None
        self.loading_lock = Lock()

    def get_driver_class(self) -> type[Driver]:
        """One that outlives its terminal."""
        return terminal.driver() or super().get_driver_class()

    async def on_mount(self) -> None:
        """To the door; without a vault straight in."""
        self.set_keymap(self.deps.settings.keymap)
        self._garbage.taken_over()
        self.set_interval(LOOK_SECONDS, lambda: self._garbage.collect(self._idle.quiet))
        self.set_interval(terminal.CHECK_SECONDS, self.lock_when_idle)
        if terminal.is_there():
            terminal.when_told_to_go(partial(self.after_what_was_typed, self.leave_at_once))
            self.set_interval(terminal.CHECK_SECONDS, self.leave_with_the_terminal)
        self.to_the_door()

    def on_unmount(self) -> None:
        """Python goes on as it did."""
        self._garbage.left()

    def to_the_door(self, *, locked: bool = False, gone: bool = False, keyless: bool = False) -> None:
        """First run, unlock, or nothing to unlock; `gone`: what was said before is lost, and that is told.

        `keyless`: the recovery key may not be on paper, and that is told too.
        """
        files = self.deps.files
        if files is None:
            self.hold(NoTrace())
            self.go_on(gone=gone)
        elif files.exists():
            self.replace(UnlockScreen(locked=locked, keyless=keyless))
        else:
            self.replace(FirstRunScreen())

    def replace(self, screen: Screen[None]) -> None:
        """The one screen there is from now on; what was on the others is forgotten. Keys wait until it is there."""
        self._replace(screen, self.hold_keys())

    @work
    async def _replace(self, screen: Screen[None], let_go: Callable[[], Awaitable[None]]) -> None:
        # The app's own worker: a screen that waited for its own end would wait for ever.
        async with self._turn:
            while len(self.screen_stack) > 1:
                await self.pop_screen()
            await self.push_screen(screen)
        await let_go()

    def enter(self, casebook: Casebook) -> None:
        """The vault is open."""
        self.hold(casebook)
        self.go_on()

    def hold(self, casebook: Casebook) -> None:
        """It is open from now on: the lock and the way out close it, whatever is on the screen."""
        self.casebook = casebook
        self._idle.touch()

    def go_on(self, *, gone: bool = False) -> None:
        """From the door to the case that was wished for, or the list."""
        start, self._start = self._start, None
        if start is None:
            self.show_cases(gone=gone)
        else:
            self.show_case(start)

    def show_cases(self, *, gone: bool = False) -> None:
        """The list; `gone` when a lock has just emptied it."""
        if self.casebook is not None:
            self.replace(CasesScreen(self.casebook, gone=gone))

    @work
    async def show_case(self, case_id: str, *, entry: int | None = None) -> None:
        """By id; where there is none, a word and the list."""
        book = self.casebook
        if book is None:
            return
        try:
            cases = await asyncio.to_thread(book.cases)
        except PenguinError as error:
            self.notify(f"{error.message}\n{error.hint}", markup=False, severity="warning")
            return
        found = [case for case in cases if case.id == case_id]
        if found:
            self.open_case(found[0], entry=entry)
        else:
            self.notify(no_such_case(case_id).message, markup=False, severity="warning")
            self.show_cases()

    def open_case(self, case: CaseInfo, *, entry: int | None = None, new: bool = False) -> None:
        """The conversation, at an entry when one was looked for; a new one about a client begins with consent."""
        if self.casebook is not None:
            self.replace(ChatScreen(self.casebook, case, entry=entry, new=new))

    def show_helplines(self, reading: Reading = Reading()) -> None:  # noqa: B008  # frozen
        """Once, whatever lies on top; one that is open already says the graver words."""
        if isinstance(self.screen, CrisisPanel):
            self.screen.also(reading)
        else:
            self.push_screen(CrisisPanel(reading))

    def action_helplines(self) -> None:
        """From everywhere."""
        self.show_helplines()

    def action_help(self) -> None:
        """Every key."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen())

    def action_settings(self) -> None:
        """What is set."""
        if not isinstance(self.screen, SettingsScreen):
            self.push_screen(SettingsScreen())

    def copy_to_clipboard(self, text: str) -> None:
        """Only ever on request; the person is told where it went."""
        super().copy_to_clipboard(text)
        self.notify(COPIED, markup=False, timeout=8)

    @work
    async def action_lock(self) -> None:
        """At once; without a vault only after a question, for nothing could be opened again."""
        if self.casebook is None:
            return
        if not self.deps.traceless or await self._sure(
            _hiding("Forget everything now?", "Forget it", "Go on")
        ):
            self.lock()

    def lock(self) -> None:
        """Stop what is at work, keep what was said, forget keys, state and widgets."""
        book, self.casebook = self.casebook, None
        if book is None:
            return
        gone = book.traceless and bool(book.cases())
        keyless = any(isinstance(screen, RecoveryScreen) for screen in self.screen_stack)
        self.clear_notifications()
        self._clipboard = ""
        self._close_down(book)
        self.to_the_door(locked=True, gone=gone, keyless=keyless)

    async def closed(self) -> None:
        """Wait until the casebook of before is closed: two cannot have it open."""
        if self._closing_down is not None:
            await self._closing_down

    def _close_down(self, book: Casebook) -> None:
        talking = [screen for screen in self.screen_stack if isinstance(screen, Talking)]
        self._closing_down = asyncio.create_task(self._close(talking, book))

    async def _close(self, talking: list[Talking], book: Casebook) -> None:
        for screen in talking:
            await screen.close_session()
        await asyncio.to_thread(book.close)

    @work
    async def action_leave(self) -> None:
        """Out, with everything closed."""
        question = self._before_leaving()
        if question is None or await self._sure(question):
            self.leave_at_once()

    async def _sure(self, question: Confirm) -> bool:
        """Asked once, however often its key is pressed."""
        if self._question is not None and self._question in self.screen_stack:
            return False  # a lock takes it away unanswered, and then it can be asked anew
        self._question = question
        sure = await self.push_screen_wait(question)
        return bool(sure)

    def _before_leaving(self) -> Confirm | None:
        """Whether what would be gone for good when this ends now may be gone; None where nothing would be."""
        if any(isinstance(screen, RecoveryScreen) and not screen.written for screen in self.screen_stack):
            return Confirm("Quit?", KEYLESS, yes="Quit", no="Stay")
        forgets = self.deps.traceless and self.casebook is not None and bool(self.casebook.cases())
        return _hiding("Quit?", "Quit", "Stay") if forgets else None

    def leave_with_the_terminal(self) -> None:
        """Where a terminal goes without a hangup, nobody could see, lock or end what went on behind it."""
        if not terminal.is_there():
            self.leave_at_once()

    @work
    async def leave_at_once(self) -> None:
        """Nobody is asked; what is sealed stays so, and what stands unsent is sealed."""
        book, self.casebook = self.casebook, None
        if book is not None:
            self._close_down(book)
        await self.closed()
        self.exit(0)

    async def on_event(self, event: events.Event) -> None:
        """Every key and click says that somebody is there."""
        if isinstance(event, _TOUCHES) and self._idle.touch():
            self.clear_notifications()
        if not self._unseen(event):
            await super().on_event(event)

    def _unseen(self, event: events.Event) -> bool:
        """Whether it would do what nobody sees, as the terminal is too small; what is told there can be done."""
        screen = self.screen_stack[-1] if self.screen_stack else None
        if not isinstance(event, _TOUCHES) or not isinstance(screen, PenguinScreen | PenguinDialog):
            return False
        if not screen.hidden:
            return False
        binding = screen.active_bindings.get(event.key) if isinstance(event, events.Key) else None
        return binding is None or binding.binding.id not in ("helplines", "quit", "lock")

    def lock_when_idle(self) -> None:
        """Lock when nobody was there for long; say so before, once."""
        if self.casebook is None:
            return
        left = self._idle.left
        if left <= 0:
            self.lock()
        elif self._idle.warn():
            self.notify(warning(left, traceless=self.deps.traceless), markup=False, timeout=left)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Ours alone: textual's own would write pictures of the screen to disk."""
        here = {Where.EVERYWHERE}
        here |= {Where.CHAT} if isinstance(screen, ChatScreen) else set()
        here |= {Where.CASES} if isinstance(screen, CasesScreen) else set()
        for key in KEYS:
            if key.where in here and key.id != "palette":
                title, keys = key.words, label(key.id, self.deps.settings.keymap)
                yield SystemCommand(title, keys, self._runs(key.action, screen))

    def _runs(self, action: str, screen: Screen[object]) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            await self.run_action(action, screen)

        return run

    def handle_bindings_clash(self, clashed_bindings: set[Binding], node: DOMNode) -> None:
        """Nothing: `check_keymap` refused what clashes before anything was shown."""

    def break_down(self, fault: BaseException) -> None:
        """End with a word that holds nothing of the conversation."""
        self._handle_exception(fault if isinstance(fault, Exception) else RuntimeError(type(fault).__name__))

    @property
    def kept(self) -> str:
        """Of the conversation."""
        return AGAIN.format(said=NOT_KEPT if self.deps.traceless else KEPT)

    def _handle_exception(self, error: Exception) -> None:
        """All but what ends with the app itself."""
        if isinstance(error, NoMatches) and not self._running:
            return  # a screen was still being made when all of them were taken away
        super()._handle_exception(error)


def _hiding(title: str, yes: str, no: str) -> Confirm:
    """Who asks for the lock may not be alone: nothing is seen around the question whether all may be forgotten.

    Nor around the one before the way out, on which the lock's key would ask nothing more.
    """
    return Confirm(title, f"{FORGET}\n\n{HIDDEN.format(no=no)}", yes=yes, no=no, hides=True)

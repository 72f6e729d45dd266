"""A case, opened: what was said, the session made ready meanwhile, and what is written before it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TypeVar

from textual import on, work
from textual.containers import Horizontal
from textual.css.query import NoMatches
from textual.message import Message
from textual.types import NoActiveAppError
from textual.widget import Widget

from penguin_local.agent import beforehand
from penguin_local.agent.beforehand import Notebook, alarm_entry
from penguin_local.agent.case_state import CaseState, fold
from penguin_local.agent.crisis import Watch
from penguin_local.agent.crisis_levels import Level, Reading
from penguin_local.agent.entering import Entering
from penguin_local.agent.record import Entry, Said, decoded
from penguin_local.errors import PenguinError
from penguin_local.store.casebook import Casebook, CaseInfo
from penguin_local.tui.deps import Loading, Talk
from penguin_local.tui.keys import label
from penguin_local.tui.runner import Runner
from penguin_local.tui.screens.base import PenguinScreen
from penguin_local.tui.widgets.composer import Composer
from penguin_local.tui.widgets.headline import Headline
from penguin_local.tui.widgets.panel import Course, Panel
from penguin_local.tui.widgets.stage import Stage
from penguin_local.tui.widgets.transcript import cards

T = TypeVar("T")
WAITS = "this is kept, and answered as soon as the model is ready"
UNREADY = "no model is ready · {again} tries again · {helplines} helplines"
NOT_YET = "the model is not ready yet; please try again in a moment"
UNANSWERED = (
    "What you wrote is kept here, but nothing can answer it now. {again} tries once more, as often as you like. "
    "If you need somebody now: {helplines} shows people who can be reached."
)


class Opened(PenguinScreen):
    """One case, open; `talking.Talking` adds the conversation."""

    class Told(Message):
        """How far a model is from being ready; from the thread that loads it."""

        def __init__(self, loading: Loading) -> None:
            super().__init__()
            self.loading = loading

    def __init__(self, casebook: Casebook, case: CaseInfo, *, entry: int | None = None) -> None:
        super().__init__()
        self.casebook = casebook
        self.case = case
        self.state = CaseState()
        self.runner: Runner | None = None
        self._course = Course()
        self._entry = entry
        self._waiting = False
        self._entered = False
        """Something was, before the session was there to read it."""
        self._failed = False
        self._unsent = case.unsent
        """As the casebook has it."""
        self._pen = asyncio.Lock()
        """Whoever keeps something beside the session holds it, so that no session is opened past it."""
        self._alarmed = Level.NONE

    def content(self) -> Iterable[Widget]:
        """Title, stage and panel."""
        deps = self.chat_app.deps
        key = label("consent", deps.settings.keymap)
        yield Headline(self.case.about, traceless=self.casebook.traceless, offline=deps.offline, key=key)
        with Horizontal(id="room"):
            yield Stage()
            yield Panel(deps)

    @property
    def stage(self) -> Stage:
        """The middle."""
        return self.query_one(Stage)

    def on_mount(self) -> None:
        """Show what was, and make the models ready meanwhile."""
        if self._unsent:
            self.stage.composer.take_up(self._unsent)
        self.stage.composer.focus_box()
        self._refresh_panel()
        self._open()

    @work
    async def _open(self) -> None:
        deps, casebook, case = self.chat_app.deps, self.casebook, self.case

        def lines() -> CaseState:
            return fold(decoded(entry) for entry in casebook.entries(case.id))

        def tell(loading: Loading) -> None:
            self.post_from_thread(self.Told(loading))

        def session() -> Talk:
            # One after the other: a case that is left while its models are loaded must not load them twice.
            with self.chat_app.loading_lock:
                return deps.make_session(casebook, case, tell)

        try:
            async with self._pen:
                await self._shows(await asyncio.to_thread(lines))
            talk = await asyncio.to_thread(session)
            async with self._pen:
                await asyncio.to_thread(talk.recover)
                await self._ready(talk)
        except PenguinError as error:
            await self._unready(error)

    async def _ready(self, talk: Talk) -> None:
        if talk.state.lines != self.state.lines:
            await self._shows(talk.state)
        self.runner = Runner(talk, self.post_from_thread)
        window = self.runner.window_tokens
        self._course = Course(window=window)
        self._refresh_panel()
        self.stage.status.say("")
        if self.state.used_tokens >= self.chat_app.deps.chat.near * window:
            await self.stage.nearly_full(self.state.used_tokens, window)
        await self.ready()

    async def ready(self) -> None:
        """The session can be spoken to from now on."""

    async def _unready(self, error: PenguinError) -> None:
        self._failed = True
        await self.stage.note(f"{error.message}. {error.hint}", mark="!", classes="note failed")
        if self._waiting:
            await self.stage.note(self._keyed(UNANSWERED), mark="!", classes="note failed")
        self.stage.status.say(self._keyed(UNREADY))

    @property
    def _not_ready(self) -> str:
        return self._keyed(UNREADY) if self._failed else NOT_YET

    def _keyed(self, words: str) -> str:
        keymap = self.chat_app.deps.settings.keymap
        return words.format(again=label("again", keymap), helplines=label("helplines", keymap))

    async def _shows(self, state: CaseState) -> None:
        self.state = state
        stage = self.stage
        await stage.conversation.load(state.lines)
        stage.composer.remember(*(line.entry.text for line in state.lines if isinstance(line.entry, Said)))
        self._refresh_panel()
        if self._entry is not None:
            await stage.conversation.reach(self._entry)

    def post_from_thread(self, message: Message) -> None:
        """To this screen; to nobody once it is gone, as after a lock."""
        with suppress(NoActiveAppError):
            self.post_message(message)

    @on(Told)
    def _loading(self, event: Told) -> None:
        if self.runner is None:
            self.stage.status.getting_ready(event.loading)

    async def _say_early(self, text: str) -> None:
        """No model is there yet, or none will ever be: it is kept and read for danger all the same."""
        composer, state = self.stage.composer, self.state
        composer.clear()
        self.stage.conversation.follow()
        kept = await self.keep(Said(text))
        reading = await asyncio.to_thread(beforehand.read, self.case, state, text)
        if kept and reading.level is not Level.NONE:
            await self.keep(alarm_entry(reading, "message"))
        if not self._there:
            return
        self.alarmed(reading)
        if not kept:
            composer.put(text)
            return
        await self._keep_unsent("")
        composer.remember(text)
        if not self._failed:
            self.stage.status.say(WAITS, busy=True)
        elif not self._waiting:
            await self.stage.note(self._keyed(UNANSWERED), mark="!", classes="note failed")
        self._waiting = True

    async def keep(self, entry: Entry) -> bool:
        """Where no session is there to do it; whether that went well. Whoever calls it holds the pen."""
        first = len(self.state.lines)
        try:
            self.state = await asyncio.to_thread(beforehand.keep, self.casebook, self.case, self.state, entry)
        except PenguinError as error:
            self.tell(error)
            return False
        if self._there:
            await self._add(first)
        return True

    async def enter_early(self, call: Callable[[Entering], T]) -> T | None:
        """The same for what a form brought; None where it could not be kept, which is told."""
        self._entered = True
        watch = await asyncio.to_thread(Watch)
        notes = Notebook(casebook=self.casebook, case=self.case, watch=watch, state=self.state)
        first = len(self.state.lines)
        try:
            return await asyncio.to_thread(call, Entering(notes))
        except PenguinError as error:
            self.tell(error)
            return None
        finally:
            self.state = notes.state
            if self._there:
                await self._add(first)

    async def _add(self, first: int) -> None:
        """To the screen, from this line on."""
        for card in cards(self.state.lines[first:], first=first):
            await self.stage.conversation.add(card)
        self._refresh_panel()

    async def _keep_unsent(self, text: str) -> None:
        if text != self._unsent:
            try:
                await asyncio.to_thread(self.casebook.keep_unsent, self.case.id, text)
            except PenguinError as error:
                self.tell(error)
            else:
                self._unsent = text

    @property
    def _there(self) -> bool:
        """Whether a lock has not taken the screen away meanwhile."""
        return bool(self.query(Composer)) and bool(self.query(Panel))

    def screened(self, reading: Reading) -> None:
        """Somebody entered it and waits for what it means: its danger is shown each time."""
        self.alarmed(reading, before=Level.NONE)

    def alarmed(self, reading: Reading, *, before: Level | None = None) -> None:
        """Show the helplines when it is grave, or graver than `before`: than all that was shown, else.

        What is said of it is shown also below them.
        """
        if reading.level is not Level.NONE:
            self.stage.conversation.follow()
        before = self._alarmed if before is None else before
        if reading.level is Level.IMMINENT or reading.level >= max(Level.ELEVATED, before + 1):
            self.chat_app.show_helplines(reading)
        self._alarmed = max(self._alarmed, reading.level)

    def _refresh_panel(self) -> None:
        with suppress(NoMatches):  # the program may be ending meanwhile
            self.query_one(Panel).show(self.state, self._course)
            self.query_one(Headline).show(self.state.consent)

    def on_unmount(self) -> None:
        """However the screen goes: a question nobody can answer any more must not keep the program from ending."""
        if self.runner is not None:
            self.runner.stop()

    async def close_session(self) -> None:
        """Stop, keep what was said and what was not sent yet, and let the session go."""
        # Before anything else: a lock takes the box away.
        unsent = self.stage.composer.unsent if self._there else self._unsent
        async with self._pen:
            runner, self.runner = self.runner, None
            await self._keep_unsent(unsent)
        if runner is not None:
            await asyncio.wrap_future(runner.close())

"""A conversation under way: the session in its thread, and the stage and the panel that show it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TypeVar

from textual import on, work
from textual.containers import Horizontal
from textual.message import Message
from textual.types import NoActiveAppError
from textual.widget import Widget

from penguin_local.agent import beforehand
from penguin_local.agent.case_state import CaseState, fold
from penguin_local.agent.crisis_levels import Level, Reading
from penguin_local.agent.record import Entry, Said, decoded
from penguin_local.agent.session_desk import alarm_entry
from penguin_local.agent.session_events import Alarm, Asking, SummaryProposed
from penguin_local.errors import PenguinError
from penguin_local.store.casebook import Casebook, CaseInfo
from penguin_local.tui.deps import Loading, Talk
from penguin_local.tui.keys import label
from penguin_local.tui.runner import Broke, Rested, Runner, Stepped, Wish
from penguin_local.tui.screens.base import PenguinScreen
from penguin_local.tui.screens.summary import Summary, SummaryDialog
from penguin_local.tui.widgets.answer import AnswerCard
from penguin_local.tui.widgets.cards import SaidCard
from penguin_local.tui.widgets.compare import CompareCard
from penguin_local.tui.widgets.composer import Composer
from penguin_local.tui.widgets.doing import Doing
from penguin_local.tui.widgets.foot import brief
from penguin_local.tui.widgets.headline import Headline
from penguin_local.tui.widgets.panel import Course, Panel
from penguin_local.tui.widgets.question import AskingCard
from penguin_local.tui.widgets.stage import Stage
from penguin_local.tui.widgets.transcript import YOU, cards

T = TypeVar("T")

STOPPED = "stopped; what was said is kept"
WAITS = "this is kept, and answered as soon as the model is ready"
UNREADY = "no model is ready · {again} tries again · {helplines} helplines"
NOT_YET = "the model is not ready yet; please try again in a moment"
OPEN = "what was said last has no answer yet · {again} asks for one"
UNANSWERED = (
    "What you wrote is kept here, but nothing can answer it now. {again} tries once more, as often as you like. "
    "If you need somebody now: {helplines} shows people who can be reached."
)
NEXT = {"again": "another try", "judge": "the judge's view", "compare": "knowing nobody", "copy": "copy"}
CHARACTERS_A_TOKEN = 8
"""More than any tokenizer packs into one on average: what is longer than the window times this cannot fit."""


class Talking(PenguinScreen):
    """One case, open; `chat.ChatScreen` adds what is done on request."""

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
        """The session can be spoken to from now on; what was said meanwhile is answered."""
        if talk.state.lines != self.state.lines:
            await self._shows(talk.state)
        self.runner = Runner(talk, self.post_from_thread)
        window = self.runner.window_tokens
        self._course = Course(window=window)
        self._refresh_panel()
        self.stage.status.say("")
        if self.state.used_tokens >= self.chat_app.deps.chat.near * window:
            await self.stage.nearly_full(self.state.used_tokens, window)
        if not self._waiting:
            if self.state.turns and not self.state.turns[-1].answers:
                self.stage.status.say(self._keyed(OPEN))
        else:
            self._waiting = False
            await self.wish(Doing.ANSWER, lambda talk, cancel: talk.regenerate(cancel))

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

    @on(Composer.Typed)
    def _typed(self, event: Composer.Typed) -> None:
        if self.stage.question is not None:
            self.stage.question.preview(event.text)

    @on(Composer.Sent)
    async def _sent(self, event: Composer.Sent) -> None:
        stage, text = self.stage, event.text
        if not text.strip():
            return
        if problem := self._too_long(text):
            stage.status.say(problem)
        elif stage.question is not None:
            stage.composer.clear()
            await stage.question.say(text)
        else:
            async with self._pen:
                if self.runner is None:
                    await self._say_early(text.encode("utf-8", "ignore").decode().strip())
                elif self.runner.running:
                    stage.status.say("still answering; Esc stops it. What you wrote stays here")
                else:
                    await self._ask(text)

    async def _say_early(self, text: str) -> None:
        """No model is there yet, or none will ever be: it is kept and read for danger all the same."""
        composer, state = self.stage.composer, self.state
        composer.clear()
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
            for card in cards(self.state.lines[first:], first=first):
                await self.stage.conversation.add(card)
            self._refresh_panel()
        return True

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

    async def _ask(self, text: str) -> None:
        stage = self.stage
        stage.composer.clear()
        stage.composer.remember(text)
        await stage.conversation.add(SaidCard(text.strip(), YOU))
        await self.wish(Doing.ANSWER, lambda talk, cancel: talk.ask(text, cancel))
        await self._keep_unsent("")

    def _too_long(self, text: str) -> str:
        deps = self.chat_app.deps
        window = self.runner.window_tokens if self.runner else 0
        most = min(deps.longest, window * CHARACTERS_A_TOKEN or deps.longest)
        if len(text) <= most:
            return ""
        return (
            f"too long to read at once: {len(text):,} characters, and {most:,} are the most. It stays here; "
            "send the part that matters first"
        )

    @on(AskingCard.Replied)
    async def _replied(self, event: AskingCard.Replied) -> None:
        if self.runner is None or not self.runner.running:
            return
        self.stage.composer.clear()
        await self.stage.replied(event.said)
        self.runner.reply(event.said)
        await self._keep_unsent("")

    async def wish(self, doing: Doing, wish: Wish, card: AnswerCard | CompareCard | None = None) -> None:
        """Begin something, unless something else is being done; `card` is where its text goes."""
        if self.runner is None:
            self.stage.status.say(self._not_ready)
            return
        if self.runner.running:
            self.stage.status.say("one thing at a time; Esc stops what is being done")
            return
        await self.stage.begin(doing, card)
        self.runner.start(wish)

    @on(Stepped)
    async def _stepped(self, event: Stepped) -> None:
        step = event.step
        if event.state is not None:
            self.state = event.state
        await self.stage.show(step)
        match step:
            case Asking(ask=ask, similar=similar):
                self._course = Course(ask.path, similar, ask.level, ask.question, self._course.window)
            case Alarm(reading=reading):
                self.alarmed(reading)
            case SummaryProposed(text=text):
                self.app.push_screen(SummaryDialog(text), self._summarised)
        if event.state is not None:
            self._refresh_panel()

    @on(Rested)
    async def _rested(self, event: Rested) -> None:
        self.state = event.state
        self._course = Course(
            window=self._course.window, path=self._course.path, similar=self._course.similar
        )
        await self.stage.rest(STOPPED if event.stopped else self._next_steps())
        if event.error is not None:
            await self.stage.note(
                f"{event.error.message}. {event.error.hint}", mark="!", classes="note failed"
            )
        self._refresh_panel()

    @on(Broke)
    def _broke(self, event: Broke) -> None:
        self.chat_app.break_down(event.fault)

    def _next_steps(self) -> str:
        """What an answer can be followed by, with the keys as they are bound."""
        if not (self.state.turns and self.state.turns[-1].answers):
            return ""
        keymap = self.chat_app.deps.settings.keymap
        return " · ".join(f"{brief(label(id, keymap))} {words}" for id, words in NEXT.items())

    def alarmed(self, reading: Reading) -> None:
        """Show the helplines when it is grave, or graver than before."""
        if reading.level is Level.IMMINENT or reading.level >= max(Level.ELEVATED, self._alarmed + 1):
            self.chat_app.show_helplines(reading)
        self._alarmed = max(self._alarmed, reading.level)

    def _summarised(self, summary: Summary | None) -> None:
        def taken(reading: Reading) -> None:
            self.stage.status.say("from here on the model reads the summary; nothing was deleted")
            self.alarmed(reading)

        if summary is not None:
            self.beside(lambda talk: talk.accept_summary(summary.text, edited=summary.edited), taken)

    def beside(self, call: Callable[[Talk], T], then: Callable[[T], None] | None = None) -> None:
        """Something short that the session does beside its work; errors are told."""
        if self.runner is None:
            self.stage.status.say(self._not_ready)
            return
        self._beside(self.runner, call, then)

    @work
    async def _beside(
        self, runner: Runner, call: Callable[[Talk], T], then: Callable[[T], None] | None
    ) -> None:
        def both(talk: Talk) -> tuple[T, int, CaseState]:
            before = len(talk.state.lines)
            return call(talk), before, talk.state

        try:
            result, before, self.state = await asyncio.wrap_future(runner.perform(both))
        except PenguinError as error:
            self.tell(error)
            return
        for card in cards(self.state.lines[before:], first=before):
            await self.stage.conversation.add(card)
        self._refresh_panel()
        if then is not None:
            then(result)

    def _refresh_panel(self) -> None:
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

"""A conversation under way: the session in its thread, and the stage that shows its steps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from textual import events, on, work

from penguin_local.agent.case_state import CaseState
from penguin_local.agent.crisis_levels import Reading
from penguin_local.agent.entering import Entering
from penguin_local.agent.session_events import Alarm, Asking, SummaryProposed
from penguin_local.errors import PenguinError
from penguin_local.tui.deps import Talk
from penguin_local.tui.keys import label
from penguin_local.tui.runner import Broke, Overtaken, Rested, Runner, Stepped, Wish
from penguin_local.tui.screens.opened import Opened
from penguin_local.tui.screens.summary import Summary, SummaryDialog
from penguin_local.tui.widgets.answer import AnswerCard
from penguin_local.tui.widgets.cards import SaidCard
from penguin_local.tui.widgets.compare import CompareCard
from penguin_local.tui.widgets.composer import Composer
from penguin_local.tui.widgets.doing import Doing
from penguin_local.tui.widgets.foot import brief
from penguin_local.tui.widgets.panel import Course
from penguin_local.tui.widgets.question import AskingCard
from penguin_local.tui.widgets.transcript import YOU

T = TypeVar("T")

STOPPED = "stopped; what was said is kept"
OPEN = "what was said last has no answer yet · {again} asks for one"
NEXT = {"again": "another try", "judge": "the judge's view", "compare": "knowing nobody", "copy": "copy"}
CHARACTERS_A_TOKEN = 8
"""More than any tokenizer packs into one on average: what is longer than the window times this cannot fit."""


class Talking(Opened):
    """What is said and answered; `chat.ChatScreen` adds what is done on request."""

    async def ready(self) -> None:
        """What was entered and said meanwhile is read once more, and answered."""
        if self._entered:
            self._entered = False
            self.beside(lambda talk: talk.entering.reread(), self.alarmed)
        if self._waiting:
            self._waiting = False
            await self._begin(Doing.ANSWER, lambda talk, cancel: talk.regenerate(cancel))
        elif self.state.turns and not self.state.turns[-1].answers:
            self.stage.status.say(self._keyed(OPEN))

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

    def on_key(self, event: events.Key) -> None:
        """A letter where nobody writes, as on choices or in the panel, is the first of somebody's words."""
        if event.is_printable and event.character not in (None, " "):
            event.stop()
            self.stage.composer.write(event.character)

    @on(AskingCard.Replied)
    async def _replied(self, event: AskingCard.Replied) -> None:
        if self.runner is None or not self.runner.running:
            return
        self.stage.composer.clear()
        self.stage.conversation.follow()
        await self.stage.replied(event.said)
        self.runner.reply(event.said)
        await self._keep_unsent("")

    @on(Overtaken)
    async def _overtaken(self, event: Overtaken) -> None:
        """What was being typed stays in the box."""
        await self.stage.overtaken(event.said)

    async def wish(self, doing: Doing, wish: Wish, card: AnswerCard | CompareCard | None = None) -> None:
        """Begin something, unless something else is being done; `card` is where its text goes."""
        if self.runner is None:
            self.stage.status.say(self._not_ready)
            return
        if self.runner.running:
            self.stage.status.say("one thing at a time; Esc stops what is being done")
            return
        self.stage.conversation.follow()
        await self._begin(doing, wish, card)

    async def _begin(self, doing: Doing, wish: Wish, card: AnswerCard | CompareCard | None = None) -> None:
        """What was wished for, maybe long before: whoever scrolled up since reads on where they are."""
        assert self.runner is not None
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

    def _summarised(self, summary: Summary | None) -> None:
        def taken(reading: Reading) -> None:
            self.stage.status.say("from here on the model reads the summary; nothing was deleted")
            self.alarmed(reading)

        if summary is not None:
            self.beside(lambda talk: talk.accept_summary(summary.text, edited=summary.edited), taken)

    @work
    async def enter(self, call: Callable[[Entering], T], then: Callable[[T], None] | None = None) -> None:
        """What needs no model: kept at once, whether a session is there yet or not."""
        async with self._pen:
            if self.runner is None:
                found = await self.enter_early(call)
                if found is not None and then is not None:
                    then(found)
                return
        self.beside(lambda talk: call(talk.entering), then)

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
        await self._add(before)
        if then is not None:
            then(result)

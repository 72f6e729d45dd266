"""The middle of the screen: the conversation, the question at hand, what is going on, and the box to write in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Vertical

from penguin_local.agent.abstention import TOP
from penguin_local.agent.dialogue_events import Declined, JustAnswer, Reply, StopReason, Told, Unsure
from penguin_local.agent.session_events import (
    Alarm,
    Asking,
    Chosen,
    CompareDone,
    Finished,
    Granted,
    JudgeDone,
    Note,
    ReadingPrompt,
    Settled,
    Spoken,
    Step,
    Streamed,
    Took,
    Unclear,
    Weighing,
    WindowFull,
    WindowNear,
    Withdrawn,
)
from penguin_local.tui.keys import keymap_of, label
from penguin_local.tui.widgets.answer import AnswerCard
from penguin_local.tui.widgets.cards import OUTCOMES_BY_TYPE, AlarmCard, AskedCard, NoteCard
from penguin_local.tui.widgets.compare import CompareCard
from penguin_local.tui.widgets.composer import Composer
from penguin_local.tui.widgets.conversation import Below, Conversation
from penguin_local.tui.widgets.doing import Doing
from penguin_local.tui.widgets.question import AskingCard, QuestionCard, UnclearCard
from penguin_local.tui.widgets.scores import ScoreCard
from penguin_local.tui.widgets.status import Status

REASONS = {
    StopReason.ENOUGH: "Enough is known to answer.",
    StopReason.BUDGET: "No more questions: as many were asked as may be.",
    StopReason.NOTHING_LEFT: "Nothing is left to ask.",
    StopReason.ASKED_TO: "Answering now, as you wished.",
    StopReason.NOT_WORTH_IT: "No question would be worth asking.",
}


DRAWN_EVERY = 0.1
"""Seconds between two drawings of an answer that is being written."""


class Stage(Vertical):
    """Shows what a session does, step by step."""

    def __init__(self) -> None:
        super().__init__(id="stage")
        self.doing = Doing.ANSWER
        self.at_rest = True
        self._answer: AnswerCard | None = None
        self._asked: AskedCard | None = None
        self._by_arrows = False
        """Leave to ask was given among the choices: the question's own choices go on there."""
        self._pieces: list[str] = []
        self._pen = asyncio.Lock()
        self._newest: Streamed | None = None

    def on_mount(self) -> None:
        """What is streamed is drawn a few times a second, however fast it comes: every drawing makes a key wait."""
        self.set_interval(DRAWN_EVERY, self._draw)

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        conversation = Conversation()
        yield conversation
        yield Below(conversation)
        yield Vertical(id="ask")
        yield Status()
        yield Composer()

    @property
    def conversation(self) -> Conversation:
        """What was said."""
        return self.query_one(Conversation)

    @property
    def composer(self) -> Composer:
        """The box to write in."""
        return self.query_one(Composer)

    @property
    def status(self) -> Status:
        """The line over the box."""
        return self.query_one(Status)

    @property
    def question(self) -> AskingCard | None:
        """The one that waits for a reply."""
        return next(iter(self.query(AskingCard)), None)

    async def begin(self, doing: Doing, card: AnswerCard | CompareCard | None = None) -> None:
        """Something is about to be done; `card` is where its text goes, when there is one already."""
        self.doing = doing
        self.at_rest = False
        self._answer = card if isinstance(card, AnswerCard) else None
        self.status.say(doing.words, busy=True)
        if isinstance(card, AnswerCard):
            await self.conversation.add(card)
            await card.begin()
        elif isinstance(card, CompareCard):
            await self.conversation.add(card)

    async def replied(self, said: Spoken | Chosen | Granted) -> None:
        """The person replied: it joins the conversation, beside what was put to them, with all they said to it."""
        card = self.question
        if isinstance(said, Granted):
            self._by_arrows = card is not None and card.choices.has_focus
        else:
            if isinstance(card, QuestionCard) and card.first:
                self._asked = AskedCard(card.ask.attribute, card.wording, card.asking.said)
                await self.conversation.add(self._asked)
            if self._asked is not None:
                _join(self._asked, said)
        await self._clear_question()
        self.status.say(Doing.ANSWER.words, busy=True)

    async def overtaken(self, said: Chosen) -> None:
        """The question needs no reply any more. In danger nobody asked for the answer: no wish is told."""
        if isinstance(said.reply.outcome, JustAnswer):
            await self._clear_question()
            self.status.say(Doing.ANSWER.words, busy=True)
        else:
            await self.replied(said)

    async def show(self, step: Step) -> None:
        """One step."""
        match step:
            case Weighing():
                self.status.say(self.doing.words, busy=True)
            case Asking():
                await self._ask(QuestionCard(step))
            case Unclear():
                await self._ask(UnclearCard(step))
            case Took():
                await self._took(step)
            case Settled(sufficient=sufficient):
                level = "" if sufficient.level is None else f" ({sufficient.level:.1f} of {TOP})"
                await self.note(REASONS[sufficient.reason].rstrip(".") + level)
            case Alarm(reading=reading):
                await self.conversation.add(AlarmCard(reading.level))
            case ReadingPrompt():
                self.status.reading(step)
            case Streamed(text=text):
                self._pieces.append(text)
                self._newest = step
            case _:
                await self._draw()
                await self._end(step)

    async def _draw(self) -> None:
        # The timer and the steps run side by side: no answer may be finished while a piece of it is being written.
        async with self._pen:
            pieces, self._pieces = self._pieces, []
            if pieces and self._newest is not None:
                self.status.writing(self._newest)
                await self._write("".join(pieces))

    async def rest(self, words: str) -> None:
        """The session is done; `words` say what can be done now."""
        await self._draw()
        await self._clear_question()
        if self._answer is not None:
            await self._answer.leave()
            if not self._answer.tries:
                await self._answer.remove()
        compare = self.conversation.last_compare()
        if compare is not None:
            await compare.halt()
        self._answer = self._asked = None
        self.status.say(words)
        self.at_rest = True
        self.composer.focus_box()

    async def note(self, text: str, *, mark: str = "·", classes: str = "note") -> None:
        """A remark in the conversation."""
        await self.conversation.add(NoteCard(text, mark=mark, classes=classes))

    async def nearly_full(self, used: int, window: int) -> None:
        """A summary is offered before nothing fits any more."""
        await self.note(near(used, window, keymap_of(self)), mark="!", classes="note window")

    async def _ask(self, card: AskingCard) -> None:
        await self._clear_question()
        place = self.query_one("#ask")
        place.display = True
        await place.mount(card)
        self.status.say("your own words, or a key from above · Esc ends the questions")
        by_arrows, self._by_arrows = self._by_arrows, False
        (card.choices.focus if by_arrows else self.composer.focus_box)()

    async def _clear_question(self) -> None:
        await self.query(AskingCard).remove()
        self.query_one("#ask").display = False

    async def _took(self, took: Took) -> None:
        asked = self._asked
        if asked is not None and asked.attribute is took.attribute:
            if took.value is not None:
                asked.understood(took.value.kind)
            elif asked.in_own_words:
                asked.choose(OUTCOMES_BY_TYPE[Declined if took.declined else Unsure])
        elif took.value is not None:
            await self.note(f"also noted: {took.attribute.label}, {took.value.kind}")

    async def _write(self, text: str) -> None:
        if self.doing is Doing.COMPARE and (card := self.conversation.last_compare()) is not None:
            await card.write(text)
        elif self.doing is Doing.ANSWER:
            await (await self._card()).write(text)

    async def _card(self) -> AnswerCard:
        """Of the answer at hand; the work may end while it is put in its place."""
        card = self._answer
        if card is None:
            card = self._answer = AnswerCard()
            await self.conversation.add(card)
        return card

    async def _end(self, step: Step) -> None:
        match step:
            case Withdrawn(why=why):
                if self._answer is not None:
                    await self._answer.withdraw(why)
            case Finished(answer=answer):
                await (await self._card()).finish(answer)
            case JudgeDone(judged=judged):
                await self.conversation.add(ScoreCard(judged))
            case CompareDone(compared=compared):
                card = self.conversation.last_compare()
                if card is not None:
                    await card.finish(compared)
            case WindowNear(used=used, window=window):
                await self.nearly_full(used, window)
            case WindowFull(needed=needed, window=window):
                await self.note(full(needed, window, keymap_of(self)), mark="!", classes="note window")
            case Note(text=text):
                await self.note(text)


def near(used: int, window: int, keymap: Mapping[str, str]) -> str:
    """The window is filling up."""
    return (
        f"This conversation fills {used / window:.0%} of what the model can read at once ({used:,} of {window:,} "
        f"tokens). Nothing has been cut. {label('summary', keymap)} writes a summary that makes room; you can read and "
        "change it first."
    )


def full(needed: int, window: int, keymap: Mapping[str, str]) -> str:
    """Nothing more fits."""
    return (
        f"This needs {needed:,} tokens and the model can read {window:,} at once, so it wrote nothing. Nothing has "
        f"been cut or lost. {label('summary', keymap)} writes a summary that makes room; you can read and change it "
        f"first. {label('again', keymap)} then tries again."
    )


def _join(asked: AskedCard, said: Spoken | Chosen) -> None:
    match said:
        case Spoken(text=text):
            asked.say(text)
        case Chosen(reply=Reply(outcome=Told(value=value))):
            asked.understood(value.kind)
        case Chosen(reply=reply):
            asked.choose(OUTCOMES_BY_TYPE[type(reply.outcome)])

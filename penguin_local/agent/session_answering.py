"""Writing an answer before somebody's eyes: streamed, kept as it grows, watched, and taken back where it must be."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Final

from penguin_local.agent.case_state import corrections
from penguin_local.agent.crisis import Verdict, guidance
from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.garbling import garbled_from, sound_part
from penguin_local.agent.questions import Mode
from penguin_local.agent.record import Answered, Drafted, Ended, Noted
from penguin_local.agent.session_desk import NOT_FOR_DANGER, RESTARTED, TOO_LONG, Desk
from penguin_local.agent.session_events import (
    Finished,
    Note,
    ReadingPrompt,
    Said,
    Step,
    Streamed,
    WindowFull,
    WindowNear,
    Withdrawn,
)
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background
from penguin_local.errors import ContextOverflow, WorkerCrashed
from penguin_local.lm.base import Done, Event, Finish, GenerateRequest, LanguageModel, Token
from penguin_local.lm.base import Reading as PromptRead
from penguin_local.safety.answering import Talk, answer_request
from penguin_local.safety.fencing import Purpose, mark

ABOUT_A_CLIENT: Final = (
    "Whoever asks is helping somebody else, their client: what is known is about the client. Write to the helper, and "
    "speak of the client as the client."
)
NO_ROOM: Final = (
    "The model wrote no answer here: this needs {needed:,} tokens, and it can read {window:,} at once. Nothing was cut "
    "or lost; a summary makes room."
)
LOOK_TOKENS: Final = 8
"""Tokens between two looks at whether a text is still language."""
_SENTENCE_END = re.compile(r"[.!?\u3002\uff01\uff1f\n]\s*$")
_ENDS = {
    Finish.STOP: Ended.WHOLE,
    Finish.LENGTH: Ended.LENGTH,
    Finish.CANCELLED: Ended.STOPPED,
}


@dataclass(slots=True)
class Stream:
    """One text of a model, told as steps; what it came to is in the fields afterwards."""

    model: LanguageModel
    request: GenerateRequest
    cancel: threading.Event
    text: str = ""
    ended: Ended = Ended.LOST
    prompt_tokens: int = 0
    tokens: int = 0
    _began: float = 0.0
    _wrote: float = 0.0

    def steps(self) -> Generator[Step, Said, None]:
        """To the text's end, or to where the engine broke down; tried again once where it had not said anything."""
        try:
            yield from self._once()
        except WorkerCrashed:
            yield Note(RESTARTED)
            if not self.text and not self.cancel.is_set():
                try:
                    yield from self._once()
                except WorkerCrashed:
                    yield Note(RESTARTED)

    def watched(
        self, desk: Desk, *, draft: Callable[[], None] = lambda: None
    ) -> Generator[Step, Said, Verdict]:
        """To its end, read as an answer to somebody in the danger at hand; what must not stand is taken back.

        `draft` is called as it grows: after a sentence, and at the latest every `draft_seconds`.
        """
        verdict = yield from self._read_along(desk, draft)
        if garbled_from(self.text) is not None:
            self.text, self.ended = sound_part(self.text), Ended.GARBLED
        if not verdict.stands:
            self.ended = Ended.WHOLE
            yield Withdrawn(verdict.why)
        return verdict

    def _read_along(self, desk: Desk, draft: Callable[[], None]) -> Generator[Step, Said, Verdict]:
        """Looked at after every sentence, so that what must not stand is stopped while it is written."""
        kept = time.monotonic()
        verdict = Verdict(True, "")
        with contextlib.closing(self.steps()) as steps:
            for step in steps:
                yield step
                if not isinstance(step, Streamed):
                    continue
                ended = _SENTENCE_END.search(step.text) is not None
                if ended:
                    verdict = desk.look(self.text)
                    if not verdict.stands:
                        return verdict
                if step.tokens % LOOK_TOKENS == 0 and garbled_from(self.text) is not None:
                    return verdict
                if ended or time.monotonic() - kept >= desk.settings.draft_seconds:
                    kept = time.monotonic()
                    draft()
        return desk.look(self.text) if self.text else verdict

    def _once(self) -> Generator[Step, Said, None]:
        self._began = self._wrote = time.monotonic()
        for event in self.model.generate([self.request], cancel=self.cancel):
            step = self._told(event)
            if step is not None:
                yield step

    def _told(self, event: Event) -> Step | None:
        now = time.monotonic()
        match event:
            case PromptRead(read=read, total=total):
                self._wrote = now
                return ReadingPrompt(read, total, _rate(read, now - self._began))
            case Token(text=text):
                self.text += text
                self.tokens += 1
                return Streamed(text, self.tokens, _rate(self.tokens, now - self._wrote))
            case Done() as done:
                self.text, self.ended = done.text, _ENDS[done.finish]
                self.prompt_tokens, self.tokens = done.prompt_tokens, done.generated_tokens
        return None


def _rate(count: int, seconds: float) -> float:
    return count / seconds if seconds > 0 else 0.0


@dataclass(slots=True)
class Answering:
    """The answer to the turn at hand."""

    desk: Desk
    seed: int
    cancel: threading.Event

    def overflow(self) -> ContextOverflow | None:
        """Whether the prompt, as far as it is known yet, is more than the model can read."""
        return self.desk.minds.chat.overflow(self._request()[0])

    def hold(self) -> Generator[Step, Said, None]:
        """To its end. Where the prompt does not fit, says so and has the model write nothing."""
        request, talk, changed = self._request()
        chat = self.desk.minds.chat
        window = chat.info.context_tokens
        overflow = chat.overflow(request)
        stream = Stream(chat, request, self.cancel)
        if self.desk.unfit or (self.desk.level >= Level.ELEVATED and overflow is not None):
            # Nobody in danger is left without a word because they wrote much.
            why = TOO_LONG if overflow else NOT_FOR_DANGER
            words = self.desk.words(too_long=overflow is not None)
            yield self._finished(self._answered(stream, talk, changed, words, why))
            if overflow is None:
                return
        if overflow is not None:
            self.desk.keep(Noted(NO_ROOM.format(needed=overflow.prompt_tokens, window=window)))
            yield WindowFull(overflow.prompt_tokens, window)
            return
        verdict = yield from stream.watched(self.desk, draft=lambda: self.desk.keep(Drafted(stream.text)))
        text, replaced = stream.text, ""
        if not verdict.stands:
            text, replaced = self.desk.words(), verdict.why
        answer = self._answered(stream, talk, changed, text, replaced)
        yield self._finished(answer)
        used = answer.prompt_tokens + answer.generated_tokens
        if used >= self.desk.settings.near * window:
            yield WindowNear(used, window)

    def _finished(self, answer: Answered) -> Finished:
        self.desk.keep(answer)
        if answer.ended is Ended.LOST:
            self.desk.keep(Noted(RESTARTED))
        return Finished(answer)

    def _request(self) -> tuple[GenerateRequest, Talk, tuple[str, ...]]:
        desk = self.desk
        earlier, query = told_so_far(desk)
        last = desk.state.last_answer
        changed = corrections(Background.of(last.known), desk.state.known) if last else ()
        instructions = guidance(desk.level, desk.mode, safe=desk.reassured)
        if desk.mode is Mode.CLIENT:
            instructions = (ABOUT_A_CLIENT, *instructions)
        talk = Talk(earlier, desk.state.summary, changed, instructions)
        request = answer_request(
            query,
            desk.state.known,
            mark=mark(desk.case.id, Purpose.ANSWER, salt=self.seed),
            seed=self.seed,
            settings=desk.settings.answer,
            declined=desk.state.declined,
            talk=talk,
        )
        return request, talk, changed

    def _answered(
        self, stream: Stream, talk: Talk, changed: tuple[str, ...], text: str, replaced: str
    ) -> Answered:
        info, state = self.desk.minds.chat.info, self.desk.state
        return Answered(
            text=text,
            ended=Ended.WHOLE if replaced else stream.ended,
            known=dict(state.known),
            declined=tuple(a for a in Attribute if a in state.declined),
            changed=changed,
            model=info.name,
            model_sha256=info.sha256,
            demonstration=info.demonstration,
            prompt_version=talk.version,
            seed=self.seed,
            prompt_tokens=stream.prompt_tokens,
            generated_tokens=stream.tokens,
            replaced=replaced,
        )


def told_so_far(desk: Desk) -> tuple[tuple[tuple[str, str], ...], str]:
    """Earlier turns that no summary stands for, and the question at hand.

    What was said before without getting an answer belongs to the next question. Where the summary stands for all,
    the last question is still there for another try, or to be judged.
    """
    turns = desk.state.turns[desk.state.summarised :]
    if desk.state.turns and not turns:
        return (), desk.state.turns[-1].read
    earlier: list[tuple[str, str]] = []
    waiting: list[str] = []
    for turn in turns[:-1]:
        waiting.append(turn.read)
        if turn.answer is not None and turn.answer.text:
            earlier.append(("\n".join(waiting), turn.answer.text))
            waiting = []
    if turns:
        waiting.append(turns[-1].read)
    return tuple(earlier), "\n".join(waiting)

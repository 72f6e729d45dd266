"""A conversation: the person's words in, steps out, every one of them kept before the next.

It knows no screen. Whoever shows it runs the generators in a thread of their own and sends the person's replies;
setting `cancel` ends one soon, with all that was said kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from dataclasses import replace

from penguin_local.agent.case_state import CaseState
from penguin_local.agent.crisis import Watch
from penguin_local.agent.crisis_levels import Level, Reading
from penguin_local.agent.dialogue_events import Declined, JustAnswer, Reply, Told, Unsure
from penguin_local.agent.entering import CONSENT, CONSENT_TRACELESS, Entering
from penguin_local.agent.garbling import sound_part
from penguin_local.agent.questions import Questions
from penguin_local.agent.record import Answered, Ended, Noted, Summarised
from penguin_local.agent.record import Said as SaidEntry
from penguin_local.agent.session_answering import Answering, told_so_far
from penguin_local.agent.session_asking import Round
from penguin_local.agent.session_desk import Desk
from penguin_local.agent.session_events import Alarm, Chosen, Note, Said, Step
from penguin_local.agent.session_extras import Extras
from penguin_local.agent.session_models import ChatSettings, Minds
from penguin_local.core.attributes import Attribute
from penguin_local.core.text import whole_text
from penguin_local.errors import UsageError
from penguin_local.store.casebook import CaseAbout, Casebook, CaseInfo

__all__ = ["CONSENT", "CONSENT_TRACELESS", "ChatSettings", "Minds", "Session"]

MAX_CHARACTERS = 100_000
"""Of one message: far more than any window holds."""

STOPPED = "Stopped. What you said is kept; ask for the answer whenever you like."
STOPPED_TRACELESS = "Stopped. The answer can be asked for as long as this is open."
"""The same where nothing is kept."""


class Session:
    """One case, open. Raises StoreError and its kin, and ModelError where a model cannot do its work."""

    def __init__(
        self,
        casebook: Casebook,
        case: CaseInfo,
        minds: Minds,
        *,
        settings: ChatSettings,
        watch: Watch,
        questions: Questions,
        draw: Callable[[], int] | None = None,
    ) -> None:
        """`draw` gives the seeds of answers; left out, they are random."""
        self._desk = Desk(
            casebook=casebook, case=case, minds=minds, settings=settings, watch=watch, questions=questions
        )
        self.entering = Entering(self._desk)
        """What is entered beside the conversation."""
        if draw is not None:
            self._desk.draw = draw

    @property
    def state(self) -> CaseState:
        """Where the case stands."""
        return self._desk.state

    @property
    def case(self) -> CaseInfo:
        """As it was when it was opened, with its newest title and mode."""
        return self._desk.case

    @property
    def minds(self) -> Minds:
        """The models at work."""
        return self._desk.minds

    @property
    def settings(self) -> ChatSettings:
        """How the conversation is held."""
        return self._desk.settings

    @property
    def window_tokens(self) -> int:
        """What the chat model can hold."""
        return self._desk.minds.chat.info.context_tokens

    def describe(self, about: CaseAbout) -> None:
        """Another title, mode or retention."""
        self._desk.casebook.describe(self._desk.case.id, about)
        self._desk.case = replace(self._desk.case, about=about)

    def ask(self, text: str, cancel: threading.Event) -> Generator[Step, Said, None]:
        """A question or what follows one, to its answer."""
        words = whole_text(text).strip()
        if not words:
            raise UsageError("there is nothing in this message", hint="write what is on your mind")
        if len(words) > MAX_CHARACTERS:
            raise UsageError(
                f"this message has {len(words):,} characters, and {MAX_CHARACTERS:,} are the most at once",
                hint="send the part that matters most first; nothing of it was kept or lost",
            )
        circumstances = self._desk.circumstances()
        self._desk.keep(SaidEntry(words))
        reading = self._desk.watch.before(words, circumstances)
        return self._ask(reading, cancel)

    def _ask(self, reading: Reading, cancel: threading.Event) -> Generator[Step, Said, None]:
        if self._desk.rung(reading, "message"):
            yield Alarm(reading, "message")
        yield from self._to_the_answer(cancel)

    def _to_the_answer(self, cancel: threading.Event) -> Generator[Step, Said, None]:
        seed = self._desk.draw()
        answering = Answering(self._desk, seed, cancel)
        if answering.overflow() is not None:
            # Nobody is asked for anything that could then not be answered.
            yield from answering.hold()
            return
        asking = Round(self._desk, told_so_far(self._desk)[1], seed, cancel)
        settled = self.state.turns[-1].settled or (yield from asking.hold())
        if not settled or cancel.is_set():
            self._desk.keep(Noted("Stopped before the answer."))
            yield Note(STOPPED_TRACELESS if self._desk.casebook.traceless else STOPPED)
            return
        yield from answering.hold()

    def regenerate(self, cancel: threading.Event) -> Generator[Step, Said, None]:
        """Another try at the last answer; both are kept. Where there was none yet, the first."""
        if not self.state.turns:
            raise UsageError("there is nothing to answer yet", hint="write what is on your mind")
        if self.state.turns[-1].answers:
            return Answering(self._desk, self._desk.draw(), cancel).hold()
        return self._first(cancel)

    def _first(self, cancel: threading.Event) -> Generator[Step, Said, None]:
        """Read again: what was said before the models were there had nobody but the rules to read it."""
        _, waiting = told_so_far(self._desk)
        known = self._desk.circumstances()
        reading = self._desk.watch.before(waiting, replace(known, history=()))
        if reading.level > self._desk.level and self._desk.alarm(reading, "message"):
            yield Alarm(reading, "message")
        yield from self._to_the_answer(cancel)

    def judge(self, cancel: threading.Event) -> Generator[Step, Said, None]:
        """The three scores of the last answer, with reasons; ends with JudgeDone."""
        return Extras(self._desk, cancel, self._desk.draw()).judge()

    def compare(self, cancel: threading.Event) -> Generator[Step, Said, None]:
        """The same question answered context-free; ends with CompareDone."""
        return Extras(self._desk, cancel, self._desk.draw()).compare()

    def summarise(self, cancel: threading.Event) -> Generator[Step, Said, None]:
        """A summary to be shown and edited; ends with SummaryProposed."""
        return Extras(self._desk, cancel, self._desk.draw()).summarise()

    def accept_summary(self, text: str, *, edited: bool) -> Reading:
        """From here on it stands for what was said so far; the turns themselves are kept.

        Hands back what the crisis layer sees in words that were edited, where that is graver than all before.
        """
        if not text.strip():
            raise UsageError("an empty summary would lose everything", hint="write at least a sentence")
        self._desk.keep(Summarised(text.strip(), edited))
        reading = self._desk.watch.before(text, self._desk.circumstances()) if edited else Reading()
        if reading.level <= self.state.level:
            return Reading()
        self._desk.alarm(reading, "message")
        return reading

    def overtaken(self, attribute: Attribute) -> Chosen | None:
        """What stands in place of a reply to the question about it: set beside it, or danger that ends the asking."""
        if self._desk.level is Level.IMMINENT:
            return Chosen(Reply(JustAnswer()))
        known = self.state.known.get(attribute)
        if known is not None:
            return Chosen(Reply(Told(known)))
        if attribute in self.state.declined:
            return Chosen(Reply(Declined()))
        return Chosen(Reply(Unsure())) if attribute in self.state.unsure else None

    def note(self, text: str) -> None:
        """Something about the conversation itself."""
        self._desk.keep(Noted(text))

    def recover(self) -> bool:
        """Keep what a killed program had written of an answer as an answer that was lost; whether there was any."""
        self._desk.reread()
        if not self.state.unfinished:
            return False
        info = self._desk.minds.chat.info
        text = sound_part(self.state.unfinished)
        verdict = self._desk.watch.after(text, self._desk.level)
        self._desk.keep(
            Answered(
                text=text if verdict.stands else self._desk.words(),
                ended=Ended.LOST,
                known=dict(self.state.known),
                declined=tuple(a for a in Attribute if a in self.state.declined),
                changed=(),
                model=info.name,
                model_sha256=info.sha256,
                demonstration=info.demonstration,
                prompt_version="",
                seed=0,
                prompt_tokens=0,
                generated_tokens=0,
                replaced="" if verdict.stands else verdict.why,
            )
        )
        return True

"""A session that does what a test wrote down, made of the real steps, entries and casebook."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from threading import Event

from penguin_local.agent.beforehand import Notebook
from penguin_local.agent.case_state import fold
from penguin_local.agent.crisis import Watch
from penguin_local.agent.crisis_levels import Level, Reader, Reading, Reason
from penguin_local.agent.dialogue_events import Ask, Declined, Reply, StopReason, Sufficient, Told
from penguin_local.agent.entering import Entering
from penguin_local.agent.helplines import bundled_helplines
from penguin_local.agent.questions import Mode, load_questions
from penguin_local.agent.record import (
    Alarmed,
    Answered,
    Asked,
    Compared,
    Ended,
    Enough,
    Entry,
    Heard,
    Judged,
    Learned,
    Line,
    Noted,
    Outcome,
    Source,
    Summarised,
    Withheld,
    decoded,
    encoded,
)
from penguin_local.agent.record import Said as SaidEntry
from penguin_local.agent.session_events import (
    Alarm,
    Asking,
    Chosen,
    CompareDone,
    Finished,
    Granted,
    JudgeDone,
    Put,
    ReadingPrompt,
    Said,
    Settled,
    Spoken,
    Step,
    Streamed,
    SummaryProposed,
    Took,
    Weighing,
)
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.store.casebook import CaseAbout, Casebook, CaseInfo, NoTrace
from penguin_local.tui.app import ChatApp
from penguin_local.tui.deps import Deps, Files, Loading, Models, Steps, TuiSettings

WHEN = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ANSWER = (
    "It sounds as if the last weeks have asked **a lot** of you, and as if nobody has asked how you are.\n\n"
    "Two things that may help this week:\n\n"
    "1. Tell one person you trust what you told me.\n"
    "2. Ask your doctor for a talk, not only for a certificate.\n\n"
    "What would make tomorrow morning a little lighter?"
)
QUESTION = "I cannot sleep before work any more. Should I just hand in my notice?"
Act = Callable[["Acted", Event], Generator[Step, Said, None]]


@dataclass
class Acted(Notebook):
    """A `Talk`. What it does on a wish is a function of itself; what it keeps is real."""

    watch: Watch = field(default_factory=Watch)
    ask_act: Callable[[Acted, str, Event], Steps] | None = None
    acts: Mapping[str, Act] = field(default_factory=dict)
    window_tokens: int = 4096
    heard: list[Said] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.entering = Entering(self)
        self.reread()

    def reread(self) -> None:
        self.state = fold(decoded(entry) for entry in self.casebook.entries(self.case.id))

    def keep(self, entry: Entry) -> None:
        line = Line(WHEN, entry)
        self.casebook.append(self.case.id, encoded(line))
        self.state = self.state.after(line)

    def ask(self, text: str, cancel: Event) -> Steps:
        self.keep(SaidEntry(text))
        return (self.ask_act or at_once)(self, text, cancel)

    def regenerate(self, cancel: Event) -> Steps:
        return self.acts.get("regenerate", once_more)(self, cancel)

    def judge(self, cancel: Event) -> Steps:
        return self.acts.get("judge", judging)(self, cancel)

    def compare(self, cancel: Event) -> Steps:
        return self.acts.get("compare", comparing)(self, cancel)

    def summarise(self, cancel: Event) -> Steps:
        return self.acts.get("summarise", summing)(self, cancel)

    def recover(self) -> bool:
        self.reread()
        if self.state.unfinished:
            self.keep(answered(self.state.unfinished, ended=Ended.LOST))
            return True
        return False

    def accept_summary(self, text: str, *, edited: bool) -> Reading:
        self.keep(Summarised(text, edited))
        return Reading()

    def overtaken(self, attribute: Attribute) -> Chosen | None:
        known = self.state.known.get(attribute)
        return None if known is None else Chosen(Reply(Told(known)))


def answered(text: str, *, ended: Ended = Ended.WHOLE, changed: tuple[str, ...] = ()) -> Answered:
    return Answered(
        text=text,
        ended=ended,
        known={Attribute.EMOTION: Value("anxiety")},
        declined=(),
        changed=changed,
        model="penguin-nano",
        model_sha256="0" * 64,
        demonstration=True,
        prompt_version="test-1",
        seed=1,
        prompt_tokens=412,
        generated_tokens=96,
    )


def told(talk: Acted, text: str, cancel: Event, *, changed: tuple[str, ...] = ()) -> Steps:
    """An answer, streamed word by word until somebody stops it."""
    yield ReadingPrompt(206, 412, 250.0)
    yield ReadingPrompt(412, 412, 250.0)
    said = ""
    for number, word in enumerate(text.split(" "), 1):
        if cancel.is_set():
            break
        piece = word if number == 1 else f" {word}"
        said += piece
        yield Streamed(piece, number, 21.5)
    ended = Ended.STOPPED if cancel.is_set() else Ended.WHOLE
    talk.keep(answered(said, ended=ended, changed=changed))
    yield Finished(answered(said, ended=ended, changed=changed))


def once_more(talk: Acted, cancel: Event) -> Steps:
    yield from told(talk, ANSWER, cancel)


def at_once(talk: Acted, text: str, cancel: Event) -> Steps:
    yield Weighing()
    yield from told(talk, ANSWER, cancel)


def asks(
    *attributes: Attribute, budget: int = 5, similar: tuple[str, ...] = ()
) -> Callable[[Acted, str, Event], Steps]:
    """Ask about these in turn, then answer."""

    def act(talk: Acted, text: str, cancel: Event) -> Steps:
        for number, attribute in enumerate(attributes, 1):
            yield Weighing()
            question = load_questions().about(attribute, Mode(talk.case.about.mode))
            ask = Ask(
                attribute=attribute,
                wording=question.wordings[0],
                why=question.why,
                may_skip=question.skip,
                permission=question.permission,
                level=1.4 + number * 0.6,
                question=number,
                budget=budget,
                path=attributes[number - 1 :],
            )
            said: Said = Granted()
            if ask.permission is not None:
                talk.keep(Asked(attribute, ask.permission, ask.why))
                said = yield Asking(ask, similar, Put.PERMISSION)
            if isinstance(said, Granted):
                if ask.permission is not None:
                    talk.keep(Heard(attribute, Outcome.PERMITTED, ""))
                talk.keep(Asked(attribute, ask.wording, ask.why))
                said = yield Asking(ask, similar)
            assert not isinstance(said, Granted)
            talk.heard.append(said)
            if said is None or cancel.is_set():
                talk.keep(Noted("Stopped before the answer."))
                return
            yield from heard(talk, attribute, said)
        talk.keep(Enough(3.7, 3.5, StopReason.ENOUGH.value, len(attributes)))
        yield Settled(Sufficient(3.7, StopReason.ENOUGH))
        yield from told(talk, ANSWER, cancel)

    return act


def heard(talk: Acted, attribute: Attribute, said: Spoken | Chosen) -> Steps:
    """Own words are taken for the first usual value."""
    match said:
        case Chosen(reply=Reply(outcome=Told(value=value))):
            talk.keep(Heard(attribute, Outcome.TOLD, ""))
            talk.keep(Learned(attribute, value, Source.ASKED))
            yield Took(attribute, value)
        case Spoken(text=text):
            talk.keep(Heard(attribute, Outcome.TOLD, text))
            talk.keep(Learned(attribute, Value(attribute.values[0], text), Source.ASKED))
            yield Took(attribute, Value(attribute.values[0], text))
        case Chosen(reply=Reply(outcome=outcome)):
            declined = isinstance(outcome, Declined)
            withheld = Outcome.DECLINED if declined else Outcome.UNSURE
            talk.keep(Heard(attribute, withheld, ""))
            talk.keep(Withheld(attribute, withheld))
            yield Took(attribute, None, declined=declined)


def judging(talk: Acted, cancel: Event) -> Steps:
    yield Weighing()
    rows = ((0.05, 0.1, 0.2, 0.4, 0.25), (0.0, 0.05, 0.15, 0.5, 0.3), (0.1, 0.2, 0.4, 0.2, 0.1))
    judged = Judged(
        rows,
        (
            "names the danger that this background brings and gives fitting next steps",
            "recognises this person's feeling",
            "some circumstances, loosely",
        ),
        "penguin-nano",
        "0" * 64,
        demonstration=True,
    )
    talk.keep(judged)
    yield JudgeDone(judged)


def comparing(talk: Acted, cancel: Event) -> Steps:
    text = "Handing in your notice is a big step. Make a list of reasons for and against it, and sleep on it."
    for number, word in enumerate(text.split(" "), 1):
        yield Streamed(f"{word} ", number, 20.0)
    talk.keep(Compared(text, Ended.WHOLE))
    yield CompareDone(Compared(text, Ended.WHOLE))


def summing(talk: Acted, cancel: Event) -> Steps:
    yield Weighing()
    yield SummaryProposed("They cannot sleep before work and think of leaving it. They feel anxious.")


def alarming(level: Level) -> Callable[[Acted, str, Event], Steps]:
    """The crisis layer sees something, then the answer comes."""

    def act(talk: Acted, text: str, cancel: Event) -> Steps:
        reading = Reading.of([Reason(Reader.RULES, level, "speaks of not wanting to be here any more")])
        talk.keep(Alarmed(int(level), "message", tuple(r.what for r in reading.reasons)))
        yield Alarm(reading, "message")
        yield from told(talk, ANSWER, cancel)

    return act


Make = Callable[[Casebook, CaseInfo, Callable[[Loading], None]], Acted]


@dataclass
class Stand:
    """An app before an audience: no vault unless there is one, and the session it made."""

    ask_act: Callable[[Acted, str, Event], Steps] | None = None
    acts: Mapping[str, Act] = field(default_factory=dict)
    settings: TuiSettings = TuiSettings(country="GB")
    files: Files | None = None
    window_tokens: int = 4096
    talks: list[Acted] = field(default_factory=list)
    clock: Callable[[], float] = lambda: 0.0

    def make(self, casebook: Casebook, case: CaseInfo, tell: Callable[[Loading], None]) -> Acted:
        tell(Loading("penguin-nano", 0.5))
        talk = Acted(
            casebook=casebook,
            case=case,
            ask_act=self.ask_act,
            acts=self.acts,
            window_tokens=self.window_tokens,
        )
        self.talks.append(talk)
        return talk

    @property
    def deps(self) -> Deps:
        return Deps(
            files=self.files,
            make_session=self.make,
            models=Models("penguin-nano", "penguin-nano", chat_demonstration=True, judge_demonstration=True),
            helplines=bundled_helplines(),
            shield="offline: the kernel refuses every socket (seccomp)",
            settings=self.settings,
            clock=self.clock,
            today=lambda: date(2026, 11, 21),
        )

    def app(self) -> ChatApp:
        return ChatApp(self.deps)


def a_book(*titles: str, entries: Iterable[Entry] = ()) -> NoTrace:
    """A casebook in memory, with cases of fixed times."""
    book = NoTrace()
    for title in titles:
        case = book.create(CaseAbout(title))
        for entry in entries:
            book.append(case.id, encoded(Line(WHEN, entry)))
        book._cases[case.id] = replace(book._cases[case.id], created=WHEN, changed=WHEN)
    return book


def kept_in(book: Casebook) -> Files:
    """A door that any passphrase opens, to this casebook."""
    return Files(
        exists=lambda: True,
        create=lambda passphrase: (book, "recovery"),
        unlock=lambda passphrase: book,
        recover=lambda key: book,
        strength=lambda passphrase: Rated(min(len(passphrase) // 4, 4), "as good as it is long"),
    )


@dataclass(frozen=True)
class Rated:
    score: int
    words: str

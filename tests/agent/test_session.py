"""A conversation from the first word to the answer, and everything that can happen to it on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence

import pytest

from penguin_local.agent import beforehand
from penguin_local.agent.beforehand import Notebook, alarm_entry
from penguin_local.agent.case_state import fold
from penguin_local.agent.crisis import Watch, guidance, instead
from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.dialogue_events import (
    Declined,
    DialogueSettings,
    JustAnswer,
    Reply,
    StopReason,
    Told,
)
from penguin_local.agent.entering import Entering
from penguin_local.agent.questions import Mode, load_questions
from penguin_local.agent.record import (
    Alarmed,
    Answered,
    Drafted,
    Ended,
    Enough,
    Heard,
    Learned,
    Line,
    Noted,
    Outcome,
    Screened,
    Source,
    Withheld,
    decoded,
    encoded,
    now,
)
from penguin_local.agent.record import Said as SaidEntry
from penguin_local.agent.screening import read
from penguin_local.agent.session import ChatSettings, Minds, Session
from penguin_local.agent.session_asking import IN_DANGER
from penguin_local.agent.session_events import (
    Alarm,
    Asking,
    Chosen,
    CompareDone,
    Finished,
    JudgeDone,
    Note,
    Said,
    Settled,
    Spoken,
    Step,
    Streamed,
    SummaryProposed,
    Took,
    Unclear,
    Weighing,
    WindowFull,
    WindowNear,
    Withdrawn,
)
from penguin_local.agent.session_extras import OUR_OWN, SEEN
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.errors import UsageError, WorkerCrashed
from penguin_local.lm.base import ChooseRequest, Distribution, Event, GenerateRequest, Role
from penguin_local.lm.scripted import Scripted, info
from penguin_local.store.casebook import CaseAbout, CaseInfo, NoTrace

QUESTION = "Should I move out of the flat we share?"
TALKER = "I hear that this is hard. Take one small step at a time."


def weigh(request: ChooseRequest) -> Sequence[float]:
    """Enough once two things are known; else the first attribute on the list."""
    if request.options[0] == "0":
        known = request.messages[-1].content.count(" is ")
        return [0, 0, 0, 0, 0, 1] if known >= 2 else [0, 1, 0, 0, 0, 0]
    return [1.0 / (i + 1) for i in range(len(request.options))]


Answerer = Callable[[GenerateRequest], str]


def session(
    *,
    answer: Answerer = lambda request: TALKER,
    model: Scripted | None = None,
    settings: DialogueSettings | None = None,
    mode: str = "self",
    casebook: NoTrace | None = None,
    watch: Watch | None = None,
    case: CaseInfo | None = None,
) -> Session:
    book = casebook or NoTrace()
    chat = model or Scripted(answer=answer, weigh=weigh, info=info(context_tokens=700))
    return Session(
        book,
        case or book.create(CaseAbout("a case", mode)),
        Minds(chat, chat),
        settings=ChatSettings(dialogue=settings or DialogueSettings(), draft_seconds=0),
        watch=watch or Watch(),
        questions=load_questions(),
        draw=lambda: 7,
    )


def play(steps: Generator[Step, Said, None], replies: Iterator[Said] | Sequence[Said] = ()) -> list[Step]:
    """Every step, with these replies to what is asked; a question after the last reply ends it."""
    given = iter(replies)
    seen: list[Step] = []
    said: Said = None
    try:
        while True:
            step = steps.send(said)
            seen.append(step)
            said = next(given, None) if isinstance(step, Asking | Unclear) else None
    except StopIteration:
        return seen


def told(kind: str) -> Chosen:
    return Chosen(Reply(Told(Value(kind))))


def kinds(steps: Sequence[Step], kind: type) -> list[Step]:
    return [step for step in steps if isinstance(step, kind)]


def go() -> threading.Event:
    return threading.Event()


def test_a_conversation_asks_until_it_knows_enough_and_then_answers() -> None:
    talk = session()

    steps = play(talk.ask(QUESTION, go()), [told("25-34"), Spoken("I'm a woman")])

    assert len(kinds(steps, Asking)) == 2
    assert [s.attribute for s in steps if isinstance(s, Took)] == [Attribute.AGE, Attribute.GENDER]
    settled = next(s for s in steps if isinstance(s, Settled))
    assert settled.sufficient.reason is StopReason.ENOUGH
    assert "".join(s.text for s in steps if isinstance(s, Streamed)) == TALKER
    answer = talk.state.turns[0].answer
    assert answer is not None
    assert answer.text == TALKER
    assert set(answer.known) == {Attribute.AGE, Attribute.GENDER}
    assert talk.state.sufficiency == 5.0


def test_everything_is_kept_before_the_next_thing_happens() -> None:
    book = NoTrace()
    talk = session(casebook=book)

    steps = talk.ask(QUESTION, go())
    while not isinstance(next(steps), Asking):
        pass

    kept = [decoded(entry).entry for entry in book.entries(talk.case.id)]
    assert kept[0] == SaidEntry(QUESTION)
    assert type(kept[-1]).__name__ == "Asked"


def test_a_case_read_again_stands_where_it_stood() -> None:
    book = NoTrace()
    talk = session(casebook=book)
    play(talk.ask(QUESTION, go()), [told("25-34"), Chosen(Reply(Declined())), Chosen(Reply(JustAnswer()))])

    again = fold(decoded(entry) for entry in book.entries(talk.case.id))

    assert again == talk.state
    assert again.declined == {Attribute.GENDER}


def test_what_is_declined_is_not_asked_again_in_the_next_question() -> None:
    talk = session()
    play(talk.ask(QUESTION, go()), [Chosen(Reply(Declined())), Chosen(Reply(JustAnswer()))])

    steps = play(talk.ask("And what about the cat?", go()), [Chosen(Reply(JustAnswer()))])

    asked = [s.ask.attribute for s in steps if isinstance(s, Asking)]
    assert asked
    assert Attribute.AGE not in asked


def test_a_follow_up_reads_what_was_said_before() -> None:
    model = Scripted(answer=lambda r: TALKER, weigh=weigh)
    talk = session(model=model)
    play(talk.ask(QUESTION, go()), [Chosen(Reply(JustAnswer()))])
    play(talk.ask("And the cat?", go()), [Chosen(Reply(JustAnswer()))])

    first, second = model.generated
    assert [m.role for m in first.messages] == [Role.SYSTEM, Role.USER]
    assert [m.role for m in second.messages] == [Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.USER]
    assert QUESTION in second.messages[1].content
    assert second.messages[2].content == TALKER


def test_what_was_corrected_is_said_in_the_next_answer_and_once_only() -> None:
    model = Scripted(answer=lambda r: TALKER, weigh=weigh)
    talk = session(model=model)
    play(talk.ask(QUESTION, go()), [told("25-34"), Chosen(Reply(JustAnswer()))])
    talk.entering.correct(Attribute.AGE, Value("35-44"))

    play(talk.ask("And now?", go()), [Chosen(Reply(JustAnswer()))])
    play(talk.ask("And then?", go()), [Chosen(Reply(JustAnswer()))])

    answers = [turn.answer for turn in talk.state.turns if turn.answer is not None]
    assert [answer.changed for answer in answers] == [(), ("age is now 35-44, not 25-34",), ()]
    assert "age is now 35-44" in model.generated[1].messages[-1].content


def test_a_value_taken_back_is_unknown_again() -> None:
    talk = session()
    play(talk.ask(QUESTION, go()), [told("25-34"), Chosen(Reply(JustAnswer()))])

    talk.entering.correct(Attribute.AGE, None)

    assert talk.state.known.get(Attribute.AGE) is None
    assert Attribute.AGE not in talk.state.declined


def test_words_that_are_not_clear_are_asked_back_and_never_guessed() -> None:
    talk = session()

    steps = play(
        talk.ask(QUESTION, go()),
        [Spoken("hm, depends on the day"), told("25-34"), Chosen(Reply(JustAnswer()))],
    )

    unclear = kinds(steps, Unclear)
    assert len(unclear) == 1
    assert talk.state.known.get(Attribute.AGE) == Value("25-34", "hm, depends on the day")


def test_a_word_after_words_that_were_not_clear_keeps_them_too() -> None:
    talk = session()

    play(talk.ask(QUESTION, go()), [Spoken("hm, depends on the day"), Spoken("25-34")])

    assert talk.state.known.get(Attribute.AGE) == Value("25-34", "hm, depends on the day")


def heard_in(talk: Session) -> list[Heard]:
    return [line.entry for line in talk.state.lines if isinstance(line.entry, Heard)]


def test_halves_of_a_character_reach_neither_model_nor_case() -> None:
    talk = session()

    play(
        talk.ask(f"{QUESTION} \ud83d", go()),
        [Spoken("it is \udce9 complicated"), Spoken("\udcff"), Chosen(Reply(JustAnswer()))],
    )

    kept = [encoded(line) for line in talk.state.lines]
    assert "".join(kept).encode()
    assert "it is  complicated" in [heard.text.strip() for heard in heard_in(talk)]


def test_words_that_are_not_clear_are_kept_before_they_are_asked_back() -> None:
    book = NoTrace()
    talk = session(casebook=book)
    steps = talk.ask(QUESTION, go())
    said: Said = None
    while not isinstance(step := steps.send(said), Unclear):
        said = Spoken("hm, depends on the day") if isinstance(step, Asking) else None

    # Here a kill could come: what counts is what the casebook holds.
    kept = [decoded(entry).entry for entry in book.entries(talk.case.id)]
    assert kept[-1] == Heard(Attribute.AGE, Outcome.TOLD, "hm, depends on the day")
    steps.close()


def test_all_that_was_said_to_one_question_is_kept_and_nothing_twice() -> None:
    talk = session()

    play(
        talk.ask(QUESTION, go()),
        [Spoken("hm, depends"), Spoken("I am 28"), Spoken("I'd rather not say"), Chosen(Reply(JustAnswer()))],
    )

    assert [(h.outcome, h.text) for h in heard_in(talk)] == [
        (Outcome.TOLD, "hm, depends"),
        (Outcome.TOLD, "hm, depends; I am 28"),
        (Outcome.TOLD, "I'd rather not say"),
        (Outcome.DECLINED, "I'd rather not say"),
        (Outcome.JUST_ANSWER, ""),
    ]


def test_stopping_at_a_question_keeps_what_was_said() -> None:
    talk = session()

    steps = play(talk.ask(QUESTION, go()), [])

    assert isinstance(steps[-1], Note)
    assert talk.state.turns[0].said == QUESTION
    assert talk.state.turns[0].answer is None


def test_a_question_that_was_stopped_is_part_of_the_next() -> None:
    model = Scripted(answer=lambda r: TALKER, weigh=weigh)
    talk = session(model=model)
    play(talk.ask(QUESTION, go()), [])
    play(talk.ask("I mean soon.", go()), [Chosen(Reply(JustAnswer()))])

    said = model.generated[0].messages[-1].content
    assert QUESTION in said
    assert "I mean soon." in said


def test_stopping_an_answer_keeps_what_was_written() -> None:
    talk = session()
    cancel = go()
    steps = talk.ask(QUESTION, cancel)
    seen: list[Step] = []
    said: Said = None
    while True:
        try:
            step = steps.send(said)
        except StopIteration:
            break
        seen.append(step)
        said = Chosen(Reply(JustAnswer())) if isinstance(step, Asking) else None
        if len(kinds(seen, Streamed)) == 3:
            cancel.set()

    answer = talk.state.turns[0].answer
    assert answer is not None
    assert answer.ended is Ended.STOPPED
    assert TALKER.startswith(answer.text)
    assert answer.text


def test_another_try_keeps_both() -> None:
    talk = session()
    play(talk.ask(QUESTION, go()), [Chosen(Reply(JustAnswer()))])

    play(talk.regenerate(go()))

    assert len(talk.state.turns) == 1
    assert len(talk.state.turns[0].answers) == 2


def a_reader(level: Level) -> Watch:
    """A crisis layer with a real model that takes everything for this grave."""
    weights = [float(other is level) for other in Level]
    return Watch(model=Scripted(weigh=lambda request: weights, info=info(demonstration=False)))


@pytest.mark.parametrize(
    ("texts", "alarms"),
    [
        (("The tide is at four.",), 1),
        (("I took all of the tablets an hour ago, I want to die.", "Is anybody there?"), 0),
    ],
)
def test_what_was_said_before_a_model_was_there_is_read_by_all_readers_when_it_is_answered(
    texts: tuple[str, ...], alarms: int
) -> None:
    talk = session()
    desk = talk._desk
    case, state = talk.case, talk.state
    for text in texts:
        reading = beforehand.read(case, state, text)
        state = beforehand.keep(desk.casebook, case, state, SaidEntry(text))
        if reading.level:
            state = beforehand.keep(desk.casebook, case, state, alarm_entry(reading, "message"))
    before = len(state.levels)
    desk.watch = a_reader(Level.IMMINENT)
    talk.recover()
    assert talk.state == state

    steps = play(talk.regenerate(go()))

    assert len(kinds(steps, Alarm)) == len(talk.state.levels) - before == alarms
    assert not kinds(steps, Asking)
    assert [turn.said for turn in talk.state.turns] == list(texts)
    answer = talk.state.turns[-1].answer
    assert answer is not None
    assert answer.text == instead(Level.IMMINENT, Mode.SELF)


def test_the_judge_gives_three_scores_with_reasons() -> None:
    talk = session()
    play(talk.ask(QUESTION, go()), [Chosen(Reply(JustAnswer()))])

    steps = play(talk.judge(go()))

    done = steps[-1]
    assert isinstance(done, JudgeDone)
    assert len(done.judged.probabilities) == len(done.judged.reasons) == 3
    assert talk.state.turns[0].judged == done.judged


def test_a_comparison_knows_nothing_of_the_person() -> None:
    model = Scripted(answer=lambda r: TALKER, weigh=weigh)
    talk = session(model=model)
    play(talk.ask(QUESTION, go()), [told("25-34"), Chosen(Reply(JustAnswer()))])

    steps = play(talk.compare(go()))

    assert isinstance(steps[-1], CompareDone)
    assert "known: []" in model.generated[-1].messages[-1].content
    assert talk.state.turns[0].compared is not None


HARMFUL = "You could jump off the roof. It is over quickly, and then comes more. And more."


def beside(text: str, *, demonstration: bool = False) -> Session:
    """A talk whose answer is kind, and whose model then writes this whatever it is asked for."""
    said = [TALKER]
    model = Scripted(
        answer=lambda request: said[-1],
        weigh=weigh,
        info=info(context_tokens=2000, demonstration=demonstration),
    )
    talk = session(model=model)
    play(talk.ask(QUESTION, go()), [Chosen(Reply(JustAnswer()))])
    said.append(text)
    return talk


def streamed(steps: Sequence[Step]) -> str:
    return "".join(step.text for step in steps if isinstance(step, Streamed))


def test_a_comparison_that_must_not_stand_is_stopped_while_it_is_written_and_taken_back() -> None:
    talk = beside(HARMFUL)

    steps = play(talk.compare(go()))

    assert kinds(steps, Withdrawn)
    assert "And more" not in streamed(steps)
    compared = talk.state.turns[0].compared
    assert compared is not None
    assert compared.text.startswith("(not shown")
    assert streamed(steps).endswith(compared.text)


def test_a_demonstration_model_writes_no_comparison_to_somebody_in_danger() -> None:
    talk = beside("Breathe slowly.", demonstration=True)
    play(talk.ask("I am going to kill myself tonight.", go()))

    steps = play(talk.compare(go()))

    compared = talk.state.turns[-1].compared
    assert compared is not None
    assert compared.text.startswith("(not shown: a demonstration model")
    assert "Breathe" not in streamed(steps)


def test_reasons_of_the_judge_that_must_not_stand_give_way_to_the_rubric() -> None:
    kind = beside("It is calm and kind.")
    grim = beside(HARMFUL)

    for talk in (kind, grim):
        play(talk.judge(go()))

    shown = kind.state.turns[0].judged
    hidden = grim.state.turns[0].judged
    assert shown is not None
    assert hidden is not None
    assert set(shown.reasons) == {"It is calm and kind."}
    assert not any("roof" in reason for reason in hidden.reasons)
    assert all(hidden.reasons)


def test_a_summary_that_must_not_stand_is_taken_back_for_one_without_a_model() -> None:
    steps = play(beside(HARMFUL).summarise(go()))

    assert kinds(steps, Withdrawn)
    proposed = steps[-1]
    assert isinstance(proposed, SummaryProposed)
    assert QUESTION in proposed.text
    assert "roof" not in proposed.text


def test_without_an_answer_there_is_nothing_to_judge() -> None:
    with pytest.raises(UsageError, match="no answer yet"):
        play(session().judge(go()))


@pytest.mark.parametrize("text", ["", "   \n", "\ud800"])
def test_an_empty_message_is_refused_and_nothing_kept(text: str) -> None:
    talk = session()

    with pytest.raises(UsageError, match="nothing in this message"):
        talk.ask(text, go())

    assert talk.state.lines == ()


def test_a_paste_of_a_megabyte_is_refused_and_nothing_kept() -> None:
    talk = session()

    with pytest.raises(UsageError, match="1,000,000 characters"):
        talk.ask("x" * 1_000_000, go())

    assert talk.state.lines == ()


def test_a_conversation_that_nears_the_window_says_so_and_a_summary_makes_room() -> None:
    model = Scripted(
        answer=lambda r: (
            "They want to move out."
            if "Sum up" in r.messages[0].content
            else " ".join(f"word{n}" for n in range(140))
        ),
        weigh=weigh,
        info=info(context_tokens=520, demonstration=False),
    )
    talk = session(model=model)
    steps: list[Step] = []
    for _ in range(6):
        steps += play(talk.ask("And then what? " * 5, go()), [Chosen(Reply(JustAnswer()))])
        if kinds(steps, WindowFull):
            break
    assert kinds(steps, WindowNear)
    assert kinds(steps, WindowFull)
    waiting = talk.state.turns[-1]
    assert waiting.answer is None

    proposed = play(talk.summarise(go()))[-1]
    assert isinstance(proposed, SummaryProposed)
    talk.accept_summary(proposed.text + " Edited.", edited=True)
    after = play(talk.regenerate(go()), [Chosen(Reply(JustAnswer()))])

    assert isinstance(next(s for s in after if isinstance(s, Finished)), Finished)
    assert "They want to move out. Edited." in model.generated[-1].messages[-1].content
    assert len(talk.state.turns) > 1


def real_and_small() -> Scripted:
    return Scripted(
        answer=lambda r: "They ask about the flat." if "Sum up" in r.messages[0].content else TALKER,
        weigh=weigh,
        info=info(context_tokens=520, demonstration=False),
    )


def test_a_message_that_fits_no_window_costs_no_question_and_a_summary_of_it_is_answered() -> None:
    model = real_and_small()
    talk = session(model=model)

    steps = play(talk.ask("Should I leave? " + "They wrote to me again. " * 120, go()))
    assert not kinds(steps, Asking)
    assert isinstance(steps[-1], WindowFull)

    proposed = play(talk.summarise(go()))[-1]
    assert isinstance(proposed, SummaryProposed)
    talk.accept_summary(proposed.text, edited=False)
    after = play(talk.regenerate(go()), [Chosen(Reply(JustAnswer()))])

    assert kinds(after, Finished)
    assert talk.state.turns[-1].answer is not None
    assert model.generated[-1].messages[-1].content.count("They ask about the flat.") == 1
    # Nor is what comes next held up by it, and the answer is read with it.
    assert kinds(play(talk.regenerate(go())), Finished)
    assert kinds(play(talk.judge(go())), JudgeDone)
    assert kinds(play(talk.ask("And then?", go()), [Chosen(Reply(JustAnswer()))]), Finished)
    read = "\n".join(message.content for message in model.generated[-1].messages)
    assert "They ask about the flat." in read
    assert TALKER in read


def test_danger_in_a_summary_in_their_own_words_is_seen() -> None:
    talk = session()
    play(talk.ask(QUESTION, go()), [Chosen(Reply(JustAnswer()))])

    assert talk.accept_summary("I am going to kill myself tonight.", edited=True).level is Level.IMMINENT
    assert talk.state.level is Level.IMMINENT
    assert talk.accept_summary("I am going to kill myself tonight.", edited=True).level is Level.NONE


def test_that_there_was_no_room_for_an_answer_is_kept_in_the_case() -> None:
    talk = session(model=real_and_small())

    play(talk.ask("They wrote to me again. " * 120, go()))

    last = talk.state.lines[-1].entry
    assert isinstance(last, Noted)
    assert "520 at once" in last.text


@pytest.mark.parametrize("demonstration", [True, False])
def test_somebody_in_danger_gets_our_words_however_much_they_wrote(demonstration: bool) -> None:
    model = Scripted(
        answer=lambda r: TALKER, weigh=weigh, info=info(context_tokens=520, demonstration=demonstration)
    )
    talk = session(model=model)

    steps = play(talk.ask("They wrote again. " * 200 + "I am going to kill myself tonight.", go()))

    assert model.generated == []
    (finished,) = kinds(steps, Finished)
    assert isinstance(finished, Finished)
    assert finished.answer.text == instead(Level.IMMINENT, Mode.SELF)
    assert kinds(steps, WindowFull)


def test_our_words_for_want_of_room_do_not_say_that_no_safe_answer_was_found() -> None:
    talk = session(model=real_and_small())
    steps = play(talk.ask("They wrote again. " * 200 + "I feel suicidal.", go()))

    (finished,) = kinds(steps, Finished)
    assert isinstance(finished, Finished)
    assert finished.answer.text == instead(Level.ELEVATED, Mode.SELF, too_long=True)
    assert "could not find" not in finished.answer.text
    assert "longer than I can read" in finished.answer.text


def test_our_own_words_are_not_judged() -> None:
    talk = beside("Breathe slowly.", demonstration=True)
    play(talk.ask(NOW_WORDS, go()))

    steps = play(talk.judge(go()))

    assert [step.text for step in steps if isinstance(step, Note)] == [OUR_OWN]
    assert not kinds(steps, JudgeDone)
    assert talk.state.turns[-1].judged is None


def test_a_summary_names_the_danger_that_was_seen_once_and_with_it_what_was_declined_is_kept() -> None:
    talk = session()
    play(talk.ask("word " * 60 + "I feel suicidal.", go()), [Chosen(Reply(Declined()))] * 9)
    declined, levels = talk.state.declined, talk.state.levels
    for _ in range(2):
        proposed = play(talk.summarise(go()))[-1]
        assert isinstance(proposed, SummaryProposed)
        assert proposed.text.count(SEEN[Level.ELEVATED]) == 1
        talk.accept_summary(proposed.text, edited=False)
        play(talk.ask(PLAIN, go()), [Chosen(Reply(JustAnswer()))])
    assert declined
    assert (talk.state.declined, talk.state.levels) == (declined, levels)


def test_after_a_summary_the_last_question_can_still_be_tried_again_judged_and_compared() -> None:
    model = real_and_small()
    talk = session(model=model)
    play(talk.ask(QUESTION, go()), [Chosen(Reply(JustAnswer()))])
    talk.accept_summary("They ask about the flat.", edited=True)

    assert kinds(play(talk.regenerate(go())), Finished)
    assert QUESTION in model.generated[-1].messages[-1].content
    assert kinds(play(talk.judge(go())), JudgeDone)
    assert kinds(play(talk.compare(go())), CompareDone)
    assert QUESTION in model.generated[-1].messages[-1].content
    with pytest.raises(UsageError, match="a summary stands for all"):
        play(talk.summarise(go()))


def test_nothing_of_a_conversation_is_left_out_of_its_summary() -> None:
    real = info(context_tokens=520, demonstration=False)
    model = Scripted(answer=lambda r: "short", weigh=weigh, info=real)
    talk = session(model=model)
    for number in range(4):
        play(talk.ask(f"mark{number} " + "tell me more " * 30, go()), [Chosen(Reply(JustAnswer()))])
    before = len(model.generated)

    play(talk.summarise(go()))

    read = " ".join(r.messages[-1].content for r in model.generated[before:])
    assert all(f"mark{number}" in read for number in range(4))


def test_a_client_is_spoken_of_in_the_third_person() -> None:
    model = Scripted(answer=lambda r: TALKER, weigh=weigh)
    talk = session(model=model, mode="client")

    steps = play(talk.ask("How do I speak with her about it?", go()), [Chosen(Reply(JustAnswer()))])

    asking = next(s for s in steps if isinstance(s, Asking))
    assert "client" in asking.ask.wording
    assert "the client" in model.generated[0].messages[0].content


class Crashing(Scripted):
    """Breaks down after some words, as often as it is told to."""

    crashes = 1
    after = 3

    def generate(
        self, requests: Sequence[GenerateRequest], *, cancel: threading.Event | None = None
    ) -> Iterator[Event]:
        """The first words, then the crash."""
        whole = super().generate(requests, cancel=cancel)
        if self.crashes <= 0:
            yield from whole
            return
        self.crashes -= 1
        for _ in range(self.after):
            yield next(whole)
        raise WorkerCrashed("gone")


def test_a_crash_in_the_middle_of_an_answer_keeps_what_was_written() -> None:
    model = Crashing(answer=lambda r: TALKER, weigh=weigh)
    talk = session(model=model)

    steps = play(talk.ask(QUESTION, go()), [Chosen(Reply(JustAnswer()))])

    assert kinds(steps, Note)
    answer = talk.state.turns[0].answer
    assert answer is not None
    assert answer.ended is Ended.LOST
    assert answer.text == "I hear that"
    play(talk.regenerate(go()))
    assert talk.state.turns[0].answer is not None
    assert talk.state.turns[0].answer.text == TALKER


def test_a_crash_before_the_first_word_is_tried_again() -> None:
    model = Crashing(answer=lambda r: TALKER, weigh=weigh)
    model.after = 0
    talk = session(model=model)

    play(talk.ask(QUESTION, go()), [Chosen(Reply(JustAnswer()))])

    answer = talk.state.turns[0].answer
    assert answer is not None
    assert answer.text == TALKER


def test_an_answer_that_was_being_written_when_the_program_was_killed_is_kept() -> None:
    book = NoTrace()
    talk = session(casebook=book)
    play(talk.ask(QUESTION, go()), [])
    book.append(talk.case.id, encoded(Line(now(), Drafted("I hear that"))))

    again = Session(
        book, talk.case, talk.minds, settings=talk.settings, watch=Watch(), questions=load_questions()
    )
    assert again.state.unfinished == "I hear that"
    assert again.recover()
    assert not again.recover()

    answer = again.state.turns[0].answer
    assert isinstance(answer, Answered)
    assert (answer.text, answer.ended) == ("I hear that", Ended.LOST)


def test_drafts_are_kept_while_an_answer_is_written() -> None:
    book = NoTrace()
    talk = session(casebook=book)
    play(talk.ask(QUESTION, go()), [Chosen(Reply(JustAnswer()))])

    drafts = [
        e.text for e in (decoded(t).entry for t in book.entries(talk.case.id)) if isinstance(e, Drafted)
    ]
    assert drafts
    assert all(TALKER.startswith(draft) for draft in drafts)


def test_who_is_in_danger_now_is_answered_without_questions() -> None:
    model = Scripted(answer=lambda r: TALKER, weigh=weigh, info=info(demonstration=False))
    talk = session(model=model)

    steps = play(talk.ask("I have the pills here and I am going to kill myself tonight.", go()))

    alarm = next(s for s in steps if isinstance(s, Alarm))
    assert alarm.reading.level is Level.IMMINENT
    assert not kinds(steps, Asking)
    assert kinds(steps, Finished)
    assert any(isinstance(line.entry, Enough) and line.entry.reason == IN_DANGER for line in talk.state.lines)
    assert len(model.generated[0].messages[0].content) > len(session_prompt())


def session_prompt() -> str:
    model = Scripted(answer=lambda r: TALKER, weigh=weigh)
    talk = session(model=model)
    play(talk.ask(QUESTION, go()), [Chosen(Reply(JustAnswer()))])
    return model.generated[0].messages[0].content


def test_danger_in_the_answer_to_a_question_raises_the_alarm_too() -> None:
    talk = session()

    steps = play(
        talk.ask(QUESTION, go()),
        [Spoken("it does not matter, I am going to kill myself tonight, I have everything ready")],
    )

    alarm = next(s for s in steps if isinstance(s, Alarm))
    assert alarm.reading.level is Level.IMMINENT
    assert kinds(steps, Finished)


def test_an_answer_that_encourages_harm_is_taken_back_and_replaced() -> None:
    talk = session(answer=lambda r: "You should kill yourself. Nobody would miss you. Then it is over.")

    steps = play(talk.ask(QUESTION, go()), [Chosen(Reply(JustAnswer()))])

    assert kinds(steps, Withdrawn)
    answer = talk.state.turns[0].answer
    assert answer is not None
    assert answer.replaced
    assert "kill yourself" not in answer.text


def test_an_intake_is_known_from_the_beginning_and_not_asked() -> None:
    talk = session()
    talk.entering.intake({Attribute.AGE: Value("45-54")}, {Attribute.GENDER: Outcome.DECLINED})

    steps = play(talk.ask(QUESTION, go()), [Chosen(Reply(JustAnswer()))])

    asked = [s.ask.attribute for s in steps if isinstance(s, Asking)]
    assert asked == [Attribute.MARITAL]


def test_a_screening_that_points_to_danger_is_an_alarm() -> None:
    talk = session()

    reading = talk.entering.screened(Screened("PHQ-9", {"item 9": "2"}, "item 9 above 0"), Level.ELEVATED)

    assert reading.level is Level.ELEVATED
    assert talk.state.level is Level.ELEVATED


PLAIN = "Which day is best to water the plants?"
NOW_WORDS = "I am standing on the bridge and I am going to jump"


def real() -> Scripted:
    return Scripted(answer=lambda r: TALKER, weigh=weigh, info=info(context_tokens=4000, demonstration=False))


def guided_by(model: Scripted) -> Level:
    """The level whose guidance the last prompt holds."""
    system = model.generated[-1].messages[0].content
    return max(level for level in Level if all(line in system for line in guidance(level, Mode.SELF)))


def screen(talk: Session, **results: int | str) -> None:
    found = read(**results)  # type: ignore[arg-type]  # one of several instruments
    talk.entering.screened(found.screened, found.level, found.reasons)


@pytest.mark.parametrize(
    ("results", "level"),
    [
        ({"asq": "acute positive"}, Level.IMMINENT),
        ({"cssrs": "high"}, Level.IMMINENT),
        ({"asq": "refused"}, Level.ELEVATED),
        ({"phq9_item9": 1}, Level.ELEVATED),
        ({"cssrs": "low"}, Level.CONCERN),
        ({"gad7": 20}, Level.NONE),
    ],
)
def test_what_a_screening_says_is_at_hand_for_every_answer(
    results: dict[str, int | str], level: Level
) -> None:
    model = real()
    talk = session(model=model)
    screen(talk, **results)

    for _ in range(4):
        steps = play(talk.ask(PLAIN, go()), [Chosen(Reply(JustAnswer()))])
        assert guided_by(model) is level
        assert bool(kinds(steps, Asking)) == (level < Level.IMMINENT)


def test_a_demonstration_model_does_not_write_where_a_screening_stands() -> None:
    model = Scripted(answer=lambda r: TALKER, weigh=weigh)
    talk = session(model=model)
    screen(talk, phq9=9, phq9_item9=1)

    for _ in range(3):
        play(talk.ask("How do I save some money?", go()), [Chosen(Reply(JustAnswer()))])

    assert model.generated == []
    assert [turn.answer.text for turn in talk.state.turns if turn.answer] == [
        instead(Level.ELEVATED, Mode.SELF)
    ] * 3


def test_a_result_entered_anew_takes_the_place_of_the_one_before_and_of_no_other() -> None:
    model = real()
    talk = session(model=model)
    screen(talk, phq9=9, phq9_item9=1, asq="acute positive")
    screen(talk, asq="negative")
    for _ in range(3):
        play(talk.ask(PLAIN, go()), [Chosen(Reply(JustAnswer()))])
    assert guided_by(model) is Level.ELEVATED

    screen(talk, phq9_item9=0)
    play(talk.ask(PLAIN, go()), [Chosen(Reply(JustAnswer()))])
    assert guided_by(model) is Level.NONE


def test_a_form_of_ones_own_stands_until_it_is_answered_anew_in_any_version() -> None:
    model = real()
    talk = session(model=model)
    talk.entering.screened(Screened("The week (1)", {"q": "often"}, "total 5."), Level.ELEVATED)
    for _ in range(3):
        play(talk.ask(PLAIN, go()), [Chosen(Reply(JustAnswer()))])
    assert guided_by(model) is Level.ELEVATED

    talk.entering.screened(Screened("The week (2)", {"q": "never"}, "total 0."), Level.NONE)
    play(talk.ask(PLAIN, go()), [Chosen(Reply(JustAnswer()))])
    assert guided_by(model) is Level.NONE


def test_what_the_intake_says_of_a_person_is_at_hand_for_every_answer() -> None:
    model = real()
    talk = session(model=model)
    harmed = {
        Attribute.SELF_HARM: Value("yes"),
        Attribute.MENTAL: Value("severe depression"),
        Attribute.EMOTION: Value("despair"),
    }
    talk.entering.intake(harmed, {})

    for _ in range(4):
        play(talk.ask(PLAIN, go()), [Chosen(Reply(JustAnswer()))])
        assert guided_by(model) is Level.CONCERN
    for attribute in harmed:
        talk.entering.correct(attribute, None)
    play(talk.ask(PLAIN, go()), [Chosen(Reply(JustAnswer()))])
    assert guided_by(model) is Level.NONE


def test_a_message_keeps_the_danger_of_the_one_before_it_and_no_message_keeps_it_for_ever() -> None:
    model = real()
    talk = session(model=model)
    play(talk.ask(NOW_WORDS, go()))
    assert guided_by(model) is Level.IMMINENT

    steps = play(talk.ask(PLAIN, go()))
    assert guided_by(model) is Level.IMMINENT
    assert not kinds(steps, Asking)
    play(talk.regenerate(go()))
    assert guided_by(model) is Level.IMMINENT

    steps = play(talk.ask(PLAIN, go()), [Chosen(Reply(JustAnswer()))])
    assert guided_by(model) is Level.NONE
    assert kinds(steps, Asking)


def test_danger_that_no_answer_came_to_is_kept_until_one_does() -> None:
    model = real()
    talk = session(model=model)
    play(talk.ask("I have been thinking about suicide.", go()), [])
    play(talk.ask(PLAIN, go()), [])
    play(talk.ask(PLAIN, go()), [Chosen(Reply(JustAnswer()))])

    assert guided_by(model) is Level.ELEVATED


def test_what_was_entered_before_the_models_were_there_is_read_once_more_with_them() -> None:
    opinion = Scripted(weigh=lambda request: (0, 0, 9, 1), info=info(demonstration=False))
    book = NoTrace()
    talk = session(casebook=book, watch=Watch(model=opinion))
    early = Notebook(casebook=book, case=talk.case, watch=Watch())
    words = Value("depression", "The tide is at four.")
    assert Entering(early).intake({Attribute.EMOTION: words}, {}).level is Level.NONE
    talk.recover()

    assert talk.entering.reread().level is Level.ELEVATED
    assert talk.state.level is Level.ELEVATED
    assert talk.entering.reread().level is Level.NONE
    assert sum(isinstance(line.entry, Alarmed) for line in talk.state.lines) == 1


def test_who_wanted_the_answer_now_is_not_asked_again_when_the_program_was_killed_before_it() -> None:
    book = NoTrace()
    talk = session(casebook=book)
    steps = talk.ask(QUESTION, go())
    while not isinstance(next(steps), Asking):
        pass
    while not any(isinstance(line.entry, Enough) for line in talk.state.lines):
        steps.send(Chosen(Reply(JustAnswer())))

    again = session(casebook=book, case=talk.case)
    rest = play(again.regenerate(go()))
    assert kinds(rest, Finished)
    assert not kinds(rest, Asking)
    play(again.ask(QUESTION, go()))
    assert kinds(play(again.regenerate(go())), Asking)


def test_danger_put_in_the_panel_while_a_question_is_open_ends_the_asking() -> None:
    model = real()
    talk = session(model=model, settings=DialogueSettings(threshold=5.0))

    def replies() -> Iterator[Said]:
        assert talk.entering.correct(Attribute.EMOTION, Value("despair", NOW_WORDS)).level is Level.IMMINENT
        yield told("25-34")

    steps = play(talk.ask(PLAIN, go()), replies())

    assert len(kinds(steps, Asking)) == 1
    assert kinds(steps, Finished)
    assert guided_by(model) is Level.IMMINENT
    assert any(isinstance(line.entry, Enough) and line.entry.reason == IN_DANGER for line in talk.state.lines)


def test_a_demonstration_model_stops_when_danger_is_put_in_the_panel_while_it_writes() -> None:
    talk = session(answer=lambda r: "One step. " * 30)
    steps = talk.ask(PLAIN, go())
    said: Said = None
    while not isinstance(step := steps.send(said), Streamed):
        said = Chosen(Reply(JustAnswer())) if isinstance(step, Asking) else None
    talk.entering.correct(Attribute.EMOTION, Value("despair", NOW_WORDS))

    assert kinds(play(steps), Withdrawn)
    answer = talk.state.turns[0].answer
    assert answer is not None
    assert answer.text == instead(Level.IMMINENT, Mode.SELF)


def test_own_words_in_the_panel_are_heard_each_time_they_are_put_and_not_with_every_other_correction() -> (
    None
):
    model = real()
    talk = session(model=model)

    def last() -> Level:
        play(talk.ask(PLAIN, go()), [Chosen(Reply(JustAnswer()))])
        return guided_by(model)

    talk.entering.correct(Attribute.EMOTION, Value("despair", NOW_WORDS))
    assert [last() for _ in range(3)] == [Level.IMMINENT, Level.IMMINENT, Level.NONE]
    talk.entering.correct(Attribute.AGE, Value("35-44"))
    assert last() is Level.NONE
    talk.entering.correct(
        Attribute.HEALTH, Value("chronic illness", "I will take all of my insulin at once tonight to die")
    )
    assert last() is Level.IMMINENT


def known_when_weighed(model: Scripted) -> str:
    return model.chosen[-1].messages[-1].content


def test_what_the_panel_is_told_while_a_question_is_open_is_not_asked() -> None:
    model = real()
    talk = session(model=model, settings=DialogueSettings(threshold=5.0, budget=4))

    def replies() -> Iterator[Said]:
        talk.entering.withhold(Attribute.GENDER, Outcome.DECLINED)
        talk.entering.correct(Attribute.MARITAL, Value("single"))
        talk.entering.withhold(Attribute.PROFESSION, Outcome.UNSURE)
        yield Chosen(Reply(Declined()))
        yield Chosen(Reply(Declined()))

    steps = play(talk.ask(QUESTION, go()), replies())

    asked = [s.ask.attribute for s in steps if isinstance(s, Asking)]
    assert asked[0] is Attribute.AGE
    assert not {Attribute.GENDER, Attribute.MARITAL, Attribute.PROFESSION} & set(asked[1:])
    assert "marital status is single" in known_when_weighed(model)


def test_what_is_set_beside_an_open_question_takes_the_place_of_a_reply_and_is_kept_once() -> None:
    talk = session(settings=DialogueSettings(threshold=5.0, budget=2))

    def replies() -> Iterator[Said]:
        assert talk.overtaken(Attribute.AGE) is None
        talk.entering.correct(Attribute.AGE, Value("25-34"))
        assert talk.overtaken(Attribute.AGE) == told("25-34")
        yield talk.overtaken(Attribute.AGE)
        talk.entering.withhold(Attribute.GENDER, Outcome.DECLINED)
        assert talk.overtaken(Attribute.GENDER) == Chosen(Reply(Declined()))
        yield talk.overtaken(Attribute.GENDER)

    steps = play(talk.ask(QUESTION, go()), replies())

    assert [s.ask.attribute for s in steps if isinstance(s, Asking)] == [Attribute.AGE, Attribute.GENDER]
    told_or_not = [line.entry for line in talk.state.lines if isinstance(line.entry, Learned | Withheld)]
    assert told_or_not == [
        Learned(Attribute.AGE, Value("25-34"), Source.EDITED),
        Withheld(Attribute.GENDER, Outcome.DECLINED),
    ]


def test_danger_put_in_the_panel_ends_the_open_question_at_once() -> None:
    talk = session(settings=DialogueSettings(threshold=5.0))

    def replies() -> Iterator[Said]:
        talk.entering.correct(Attribute.EMOTION, Value("despair", NOW_WORDS))
        assert talk.overtaken(Attribute.AGE) == Chosen(Reply(JustAnswer()))
        yield talk.overtaken(Attribute.AGE)

    steps = play(talk.ask(PLAIN, go()), replies())

    assert len(kinds(steps, Asking)) == 1
    assert kinds(steps, Finished)
    assert any(isinstance(line.entry, Enough) and line.entry.reason == IN_DANGER for line in talk.state.lines)


def test_our_words_in_danger_hear_that_somebody_is_safe_and_are_not_the_same_twice_in_a_row() -> None:
    talk = session(model=Scripted(answer=lambda r: TALKER, weigh=weigh))
    for said in (NOW_WORDS, "No", "No", "I am safe now, my sister is here"):
        play(talk.ask(said, go()), [Chosen(Reply(JustAnswer()))])

    first, again, third, safe = (turn.answer.text for turn in talk.state.turns if turn.answer)
    assert first == third == instead(Level.IMMINENT, Mode.SELF)
    assert again == instead(Level.IMMINENT, Mode.SELF, after=first) != first
    assert safe == instead(Level.IMMINENT, Mode.SELF, safe=True)
    assert "glad that you are safe" in safe
    assert all(Watch().after(words, Level.IMMINENT).stands for words in (first, again, safe))


@pytest.mark.parametrize("demonstration", [True, False])
@pytest.mark.parametrize(
    ("first", "reply"),
    [
        (NOW_WORDS, "yes"),
        ("I feel suicidal.", "Yes, I am."),
        (NOW_WORDS, "yes, I am safe. my sister is with me"),
        ("What should I do now?", "yes, I am safe. my sister is with me"),
    ],
)
def test_a_word_that_they_are_safe_is_welcomed_at_once_without_questions(
    first: str, reply: str, demonstration: bool
) -> None:
    def answer(request: GenerateRequest) -> str:
        return "Are you safe right now?"

    model = Scripted(answer=answer, weigh=weigh, info=info(demonstration=demonstration))
    talk = session(model=model)
    for said in dict.fromkeys((NOW_WORDS, first)):
        play(talk.ask(said, go()))

    steps = play(talk.ask(reply, go()))

    assert talk._desk.level is Level.ELEVATED
    assert not kinds(steps, Asking)
    assert not [step for step in steps if isinstance(step, Alarm) and step.reading.level > Level.CONCERN]
    assert talk.state.turns[-1].settled
    answered = talk.state.turns[-1].answer
    assert answered is not None
    if demonstration:
        assert answered.text == instead(Level.ELEVATED, Mode.SELF, safe=True)
        assert "glad that you are safe" in answered.text
    else:
        system = model.generated[-1].messages[0].content
        assert all(line in system for line in guidance(Level.ELEVATED, Mode.SELF, safe=True))
        assert guidance(Level.IMMINENT, Mode.SELF)[0] not in system


def test_after_a_word_that_they_are_safe_it_stays_a_little_careful_and_a_grave_word_is_an_emergency() -> None:
    model = real()
    talk = session(model=model)
    play(talk.ask(NOW_WORDS, go()))
    play(talk.ask("I am safe.", go()))
    play(talk.ask(PLAIN, go()), [Chosen(Reply(JustAnswer()))])
    assert guided_by(model) is Level.CONCERN

    again = session(model=Scripted(answer=lambda r: TALKER, weigh=weigh))
    for said in (NOW_WORDS, "I am safe.", "I am safe.", NOW_WORDS):
        play(again.ask(said, go()))
    safe, twice, grave = (turn.answer.text for turn in again.state.turns[1:] if turn.answer)
    assert safe == instead(Level.ELEVATED, Mode.SELF, safe=True)
    assert twice == instead(Level.ELEVATED, Mode.SELF, safe=True, after=safe) != safe
    assert grave == instead(Level.IMMINENT, Mode.SELF)


def test_what_is_graver_than_a_word_that_they_are_safe_takes_the_welcome_back() -> None:
    talk = session(model=Scripted(answer=lambda r: TALKER, weigh=weigh))
    play(talk.ask(NOW_WORDS, go()))
    play(talk.ask("I am safe.", go()))
    screen(talk, cssrs="high")
    assert talk._desk.level is Level.IMMINENT
    assert talk._desk.words() != instead(Level.ELEVATED, Mode.SELF, safe=True)


def test_who_may_be_the_danger_makes_no_yes_a_word_of_safety() -> None:
    talk = session(model=Scripted(answer=lambda r: TALKER, weigh=weigh))
    play(talk.ask("My husband hits me and he is at the door", go()))
    play(talk.ask("Yes, he is here with me", go()))
    assert talk._desk.level is Level.IMMINENT


def test_our_words_in_danger_welcome_who_is_with_them_unless_somebody_is_the_danger() -> None:
    talk = session(model=Scripted(answer=lambda r: TALKER, weigh=weigh))
    for said in (NOW_WORDS, "thank you, my sister is with me now"):
        play(talk.ask(said, go()), [Chosen(Reply(JustAnswer()))])

    welcome = talk.state.turns[-1].answer
    assert welcome is not None
    assert welcome.text == instead(Level.IMMINENT, Mode.SELF, company=True)
    assert "Please stay together" in welcome.text
    assert "Who could be with you" not in welcome.text
    assert Watch().after(welcome.text, Level.IMMINENT).stands
    assert talk._desk.level is Level.IMMINENT

    hit = session(model=Scripted(answer=lambda r: TALKER, weigh=weigh))
    for said in ("My husband hits me and he is at the door", "He is here with me now"):
        play(hit.ask(said, go()), [Chosen(Reply(JustAnswer()))])
    answer = hit.state.turns[-1].answer
    assert answer is not None
    assert "stay together" not in answer.text


def test_no_milder_alarm_is_shown_than_the_danger_at_hand_and_it_is_kept() -> None:
    talk = session()
    play(talk.ask(NOW_WORDS, go()))
    before = len(talk.state.levels)
    talk._desk.watch = a_reader(Level.CONCERN)

    assert not kinds(play(talk.ask("What should I do now?", go())), Alarm)
    assert talk.state.levels[before:] == (Level.CONCERN,)
    assert kinds(play(talk.ask(NOW_WORDS, go())), Alarm)

    calm = session()
    calm._desk.watch = a_reader(Level.CONCERN)
    assert kinds(play(calm.ask(PLAIN, go()), [Chosen(Reply(JustAnswer()))]), Alarm)


def test_a_no_to_being_asked_whether_they_are_safe_is_danger_and_the_same_word_elsewhere_is_not() -> None:
    talk = session()
    play(talk.ask(NOW_WORDS, go()))
    before = len(talk.state.levels)

    assert kinds(play(talk.ask("No.", go())), Alarm)
    assert talk.state.levels[before:] == (Level.IMMINENT,)
    calm = session()
    play(calm.ask(PLAIN, go()), [Chosen(Reply(JustAnswer()))])
    play(calm.ask("No.", go()), [Chosen(Reply(JustAnswer()))])
    assert calm.state.levels == ()


@pytest.mark.parametrize("after", range(1, 6))
def test_whenever_something_is_declined_beside_the_dialogue_no_question_about_it_follows(after: int) -> None:
    talk = session(settings=DialogueSettings(threshold=5.0, budget=3))
    steps = talk.ask(QUESTION, go())
    asked: list[Attribute] = []
    said: Said = None
    weighings = 0
    while not isinstance(step := steps.send(said), Finished):
        said = None
        weighings += isinstance(step, Weighing)
        if isinstance(step, Asking):
            asked.append(step.ask.attribute)
            said = told(step.ask.attribute.values[0])
        if weighings == after:
            talk.entering.withhold(Attribute.GENDER, Outcome.DECLINED)

    assert asked[0] is Attribute.AGE
    assert len(asked) > 1
    assert Attribute.GENDER not in asked


def test_what_is_taken_back_while_a_question_is_open_counts_as_unknown() -> None:
    model = real()
    talk = session(model=model)
    talk.entering.intake({Attribute.AGE: Value("45-54")}, {})

    def replies() -> Iterator[Said]:
        talk.entering.correct(Attribute.AGE, None)
        yield Chosen(Reply(Declined()))

    play(talk.ask(QUESTION, go()), replies())

    assert "45-54" not in known_when_weighed(model)


def test_the_first_question_prompts_exactly_as_the_benchmark_does() -> None:
    from penguin_local.safety.answering import answer_request
    from penguin_local.safety.fencing import Purpose, mark

    model = Scripted(answer=lambda r: TALKER, weigh=weigh)
    talk = session(model=model)
    play(talk.ask(QUESTION, go()), [told("25-34"), Chosen(Reply(JustAnswer()))])

    assert model.generated[0] == answer_request(
        QUESTION,
        talk.state.known,
        mark=mark(talk.case.id, Purpose.ANSWER, salt=7),
        seed=7,
        settings=talk.settings.answer,
    )


class Stumbling(Scripted):
    """Breaks down the first time that it is to choose."""

    stumbled = False

    def choose(
        self, requests: Sequence[ChooseRequest], *, cancel: threading.Event | None = None
    ) -> list[Distribution]:
        """Once not, then as ever."""
        if not self.stumbled:
            self.stumbled = True
            raise WorkerCrashed("gone")
        return super().choose(requests, cancel=cancel)


def test_a_crash_while_weighing_what_to_ask_is_told_and_tried_again() -> None:
    talk = session(model=Stumbling(answer=lambda r: TALKER, weigh=weigh))

    steps = play(talk.ask(QUESTION, go()), [Chosen(Reply(JustAnswer()))])

    assert kinds(steps, Note)
    assert kinds(steps, Asking)
    assert kinds(steps, Finished)


def test_a_demonstration_model_never_writes_to_somebody_in_danger() -> None:
    model = Scripted(answer=lambda r: TALKER, weigh=weigh)
    talk = session(model=model)

    steps = play(talk.ask("I have the pills here and I am going to kill myself tonight.", go()))

    assert model.generated == []
    answer = next(s for s in steps if isinstance(s, Finished)).answer
    assert answer.replaced
    assert "helplines" in answer.text


def test_the_bundled_models_summary_is_the_persons_own_words() -> None:
    talk = session()
    play(talk.ask("mark1 " + "tell me more " * 30, go()), [told("25-34"), Chosen(Reply(JustAnswer()))])

    proposed = play(talk.summarise(go()))[-1]

    assert isinstance(proposed, SummaryProposed)
    assert "mark1" in proposed.text
    assert "age 25-34" in proposed.text
    assert "…" in proposed.text


def test_an_answer_that_stops_being_language_is_cut_back_to_what_made_sense() -> None:
    talk = session(answer=lambda r: "Take one step. " + "doing " * 400)

    play(talk.ask(QUESTION, go()), [Chosen(Reply(JustAnswer()))])

    answer = talk.state.turns[0].answer
    assert answer is not None
    assert (answer.text, answer.ended) == ("Take one step.", Ended.GARBLED)
    assert answer.generated_tokens < 100


def test_no_trace_asks_for_another_consent() -> None:
    talk = session()
    talk.entering.consent(True)

    assert talk.state.consent is not None
    assert "Nothing" in talk.state.consent.to

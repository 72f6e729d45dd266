"""What is put to a person before an answer, what they say to it, and what the record says of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from penguin_local.agent.dialogue_events import Ask, DialogueSettings, JustAnswer, Reply
from penguin_local.agent.packet_overview import overview
from penguin_local.agent.record import Asked, Enough, Heard, Learned, Outcome, decoded
from penguin_local.agent.session import Session
from penguin_local.agent.session_asking import IN_DANGER
from penguin_local.agent.session_events import (
    Alarm,
    Asking,
    Chosen,
    Finished,
    Granted,
    Put,
    Said,
    Spoken,
    Step,
    Unclear,
)
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from tests.agent.test_session import QUESTION, go, kinds, play, session, told

HARM, EMOTION = Attribute.SELF_HARM, Attribute.EMOTION
DANGER = "it does not matter, I am going to kill myself tonight, I have everything ready"


def asking_about(attribute: Attribute) -> Session:
    """All else would rather not be said."""
    talk = session(settings=DialogueSettings(budget=1))
    talk.entering.intake({}, {other: Outcome.DECLINED for other in Attribute if other is not attribute})
    return talk


def asked(steps: Sequence[Step]) -> Ask:
    return next(step.ask for step in steps if isinstance(step, Asking))


def puts(steps: Sequence[Step]) -> list[Put]:
    return [step.put for step in steps if isinstance(step, Asking)]


def wordings(talk: Session) -> list[str]:
    return [line.entry.wording for line in talk.state.lines if isinstance(line.entry, Asked)]


def heard(talk: Session) -> list[tuple[Outcome, str]]:
    entries = (line.entry for line in talk.state.lines)
    return [(entry.outcome, entry.text) for entry in entries if isinstance(entry, Heard)]


def seen_in(talk: Session) -> tuple[str, ...]:
    return overview(tuple(enumerate(talk.state.lines))).asked


@pytest.mark.parametrize("said", [Granted(), Spoken("Yes, if you need to"), Spoken("go on then")])
def test_a_yes_to_being_asked_shows_the_question_and_is_no_answer(said: Said) -> None:
    talk = asking_about(HARM)

    steps = play(talk.ask(QUESTION, go()), [said])

    ask = asked(steps)
    assert puts(steps) == [Put.PERMISSION, Put.QUESTION]
    assert wordings(talk) == [ask.permission, ask.wording]
    assert heard(talk) == [(Outcome.PERMITTED, said.text if isinstance(said, Spoken) else "")]
    assert not [line for line in talk.state.lines if isinstance(line.entry, Learned)]
    assert talk.state.questions == 1
    assert seen_in(talk) == ("self-harm history: no reply",)


@pytest.mark.parametrize("text", ["leave me alone", "not this time", "I do mind", "no"])
def test_where_one_may_not_ask_the_record_says_no_question(text: str) -> None:
    talk = asking_about(EMOTION)

    steps = play(talk.ask(QUESTION, go()), [Spoken(text)])

    assert wordings(talk) == [asked(steps).permission]
    assert heard(talk) == [(Outcome.DECLINED, text)]
    assert talk.state.declined == set(Attribute)
    assert talk.state.known.get(EMOTION) is None


def test_what_is_neither_is_asked_again_and_all_of_it_is_kept() -> None:
    talk = asking_about(HARM)

    steps = play(
        talk.ask(QUESTION, go()),
        [Spoken("why do you ask?"), Spoken("I have to go now"), Granted(), told("none")],
    )

    assert puts(steps) == [Put.PERMISSION, Put.WHY, Put.AGAIN, Put.QUESTION]
    assert heard(talk) == [
        (Outcome.UNCLEAR, "why do you ask?"),
        (Outcome.UNCLEAR, "why do you ask?; I have to go now"),
        (Outcome.PERMITTED, "why do you ask?; I have to go now"),
        (Outcome.TOLD, ""),
    ]
    assert talk.state.known.get(HARM) == Value("none")


def test_who_tells_it_before_the_question_confirms_it_by_a_key_and_their_words_are_kept() -> None:
    talk = asking_about(Attribute.MENTAL)

    steps = play(talk.ask(QUESTION, go()), [Spoken("anxiety, for years"), told("anxiety")])

    question = steps[[isinstance(s, Asking) for s in steps].index(True) + 1 :]
    shown = next(step for step in question if isinstance(step, Asking))
    assert (shown.put, shown.said, shown.guesses) == (Put.QUESTION, "anxiety, for years", ("anxiety",))
    assert talk.state.known.get(Attribute.MENTAL) == Value("anxiety", "anxiety, for years")


@pytest.mark.parametrize("before", [(), (Granted(),)])
def test_danger_said_to_a_question_ends_it_and_is_nobodys_wish(before: tuple[Said, ...]) -> None:
    talk = asking_about(EMOTION)

    steps = play(talk.ask(QUESTION, go()), [*before, Spoken(DANGER)])

    assert kinds(steps, Alarm)
    assert kinds(steps, Finished)
    assert heard(talk)[-1] == (Outcome.ENDED, DANGER)
    assert Outcome.JUST_ANSWER not in [outcome for outcome, _ in heard(talk)]
    assert seen_in(talk) == ("emotional state: ended by the crisis layer",)
    assert EMOTION not in talk.state.declined


def test_a_grave_word_to_being_asked_is_no_unclear_yes() -> None:
    talk = asking_about(EMOTION)

    steps = play(talk.ask(QUESTION, go()), [Spoken("I want to die")])

    assert puts(steps) == [Put.PERMISSION]
    assert kinds(steps, Finished)
    assert heard(talk)[-1] == (Outcome.ENDED, "I want to die")
    assert [line.entry.reason for line in talk.state.lines if isinstance(line.entry, Enough)] == [IN_DANGER]


def test_danger_beside_an_open_question_ends_it_and_is_nobodys_wish() -> None:
    talk = asking_about(EMOTION)

    def replies() -> Iterator[Said]:
        yield Spoken("hm")
        talk.entering.correct(Attribute.HEALTH, Value("serious illness", DANGER))
        yield talk.overtaken(EMOTION)

    play(talk.ask(QUESTION, go()), replies())

    assert heard(talk)[-1] == (Outcome.ENDED, "hm")


def test_a_wish_for_the_answer_is_still_a_wish() -> None:
    talk = asking_about(EMOTION)

    play(talk.ask(QUESTION, go()), [Chosen(Reply(JustAnswer()))])

    assert heard(talk) == [(Outcome.JUST_ANSWER, "")]


def test_a_record_of_before_is_read_as_it_was() -> None:
    line = decoded(
        '{"at": "2026-03-01T09:30:00+00:00", "entry": "Heard", "attribute": "emotional_state", '
        '"outcome": "just answer", "text": "never mind"}'
    )

    assert line.entry == Heard(EMOTION, Outcome.JUST_ANSWER, "never mind")


def test_who_names_several_of_the_guesses_is_offered_these_next() -> None:
    talk = asking_about(EMOTION)

    steps = play(
        talk.ask(QUESTION, go()), [Granted(), Spoken("1 and 5 at once"), Spoken("1 and 2, somehow both")]
    )

    guesses = [step.guesses for step in steps if isinstance(step, Unclear)]
    assert guesses == [("despair", "loneliness"), ("despair", "loneliness")]

"""A conversation, from the first word to the last, by keyboard."""

from __future__ import annotations

from dataclasses import replace

import pytest

from penguin_local.agent.dialogue_events import Ask, Declined, JustAnswer, Reply, Told, Unsure
from penguin_local.agent.questions import Mode, load_questions
from penguin_local.agent.record import (
    Answered,
    Compared,
    Drafted,
    Ended,
    Learned,
    Line,
    Removed,
    Said,
    Withheld,
    now,
)
from penguin_local.agent.session_events import (
    Asking,
    Chosen,
    Granted,
    Note,
    Put,
    Spoken,
    Unclear,
    WindowFull,
    Withdrawn,
)
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.errors import ModelError
from penguin_local.tui.deps import Steps
from penguin_local.tui.widgets.answer import AnswerCard, ended
from penguin_local.tui.widgets.compare import OUR_OWN, CompareCard
from penguin_local.tui.widgets.scores import ScoreCard
from penguin_local.tui.widgets.transcript import cards
from tests.tui.driving import Gate, app_of, begin, chat, entries, rested, screen_of, sees, stage, typed, until
from tests.tui.scripts import ANSWER, QUESTION, Acted, Stand, a_book, answered, asks, kept_in, told

pytestmark = pytest.mark.asyncio
EMOTION, PROFESSION, AGE = Attribute.EMOTION, Attribute.PROFESSION, Attribute.AGE


def book_of(stand: Stand) -> object:
    return stand.talks[0].casebook


async def test_a_sensitive_question_asks_first_whether_it_may_then_says_why_and_takes_a_number() -> None:
    stand = Stand(asks(EMOTION, similar=("Is it normal to dread Monday?",)))
    async with stand.app().run_test(size=(140, 40)) as pilot:
        await begin(pilot)
        await typed(pilot, QUESTION, "enter")
        text = await sees(pilot, "Question 1 of up to 5: emotional state", "yes, you may ask", "Why:")
        assert "despair" not in text
        await typed(pilot, "y", "enter")
        await sees(pilot, "One word is fine", "3 anxiety", "prefer not to say", "just answer now")
        await pilot.press("3")
        await sees(pilot, "▸3 anxiety")
        await pilot.press("enter")
        await sees(pilot, "→ anxiety", "What would make tomorrow morning", "Is it normal to dread Monday?")
        assert stand.talks[0].heard == [Chosen(Reply(Told(Value("anxiety"))))]
        await sees(pilot, "emotional state: anxiety", "3.7 of 5", "508 of 4,096 tokens", "(demonstration)")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("n", Chosen(Reply(Declined()))),
        ("d", Chosen(Reply(Unsure()))),
        ("a", Chosen(Reply(JustAnswer()))),
        ("I am 34", Spoken("I am 34")),
        ("34", Spoken("34")),
        ("2", Chosen(Reply(Told(Value("25-34"))))),
    ],
)
async def test_every_way_to_reply_reaches_the_session(keys: str, said: Spoken | Chosen) -> None:
    stand = Stand(asks(AGE))
    async with stand.app().run_test() as pilot:
        await begin(pilot)
        await typed(pilot, QUESTION, "enter")
        await sees(pilot, "18-24")
        await typed(pilot, keys, "enter")
        await rested(pilot)
        assert stand.talks[0].heard == [said]


@pytest.mark.parametrize("words", ["no", "nah, sorry", "yes, if you need to", "3"])
async def test_words_said_before_the_question_are_for_the_session_and_no_choice(words: str) -> None:
    stand = Stand(asks(Attribute.SELF_HARM))
    async with stand.app().run_test() as pilot:
        await begin(pilot)
        await typed(pilot, QUESTION, "enter")
        await sees(pilot, "yes, you may ask")
        await typed(pilot, words, "enter")
        await rested(pilot)
        assert stand.talks[0].heard == [Spoken(words)]


async def test_what_they_said_to_being_asked_stands_there_and_is_asked_again_with_the_why() -> None:
    def act(talk: Acted, text: str, cancel: object) -> Steps:
        question = load_questions().about(EMOTION, Mode.SELF)
        ask = Ask(
            EMOTION, question.wordings[0], question.why, question.skip, question.permission, 1.0, 1, 5, ()
        )
        said: list[object] = []
        for put in (Put.PERMISSION, Put.WHY, Put.AGAIN):
            said.append((yield Asking(ask, (), put)))
        said.append((yield Asking(ask, (), said="sad and anxious", guesses=("depression", "anxiety"))))
        assert said[2] == Granted()
        yield from told(talk, ANSWER, cancel)  # type: ignore[arg-type]

    async with Stand(act).app().run_test(size=(120, 60)) as pilot:
        await begin(pilot)
        await typed(pilot, QUESTION, "enter")
        await sees(pilot, "yes, you may ask")
        await typed(pilot, "why?", "enter")
        await sees(pilot, "That is why.", "yes, you may ask", "→ “why?”")
        await typed(pilot, "hm", "enter")
        await sees(pilot, "could not tell", "→ “why?; hm”")
        await typed(pilot, "y", "enter")
        await sees(pilot, "You wrote: “sad and anxious”. Is it 2 depression or 3 anxiety?")
        await typed(pilot, "a", "enter")
        await sees(pilot, "→ “sad and anxious” (just answer now)", "→ “why?; hm”")


async def test_the_arrow_keys_and_enter_choose_as_well() -> None:
    stand = Stand(asks(AGE))
    async with stand.app().run_test() as pilot:
        await begin(pilot)
        await typed(pilot, QUESTION, "enter")
        await sees(pilot, "18-24")
        stage(pilot).question.choices.focus()  # type: ignore[union-attr]  # it is there: the line before
        await pilot.press("right", "right", "enter")
        await rested(pilot)
        assert stand.talks[0].heard == [Chosen(Reply(Told(Value("25-34"))))]


async def test_what_is_unclear_is_asked_back_with_guesses() -> None:
    def act(talk: Acted, text: str, cancel: object) -> Steps:
        talk.heard.append((yield Unclear(EMOTION, "like grey water", ("despair", "depression"))))
        yield from told(talk, ANSWER, cancel)  # type: ignore[arg-type]

    stand = Stand(act)
    async with stand.app().run_test() as pilot:
        await begin(pilot)
        await typed(pilot, QUESTION, "enter")
        await sees(pilot, "“like grey water”", "1 despair", "2 depression")
        await typed(pilot, "2", "enter")
        await rested(pilot)
        assert stand.talks[0].heard == [Chosen(Reply(Told(Value("depression"))))]


async def test_escape_stops_a_running_answer_and_what_was_said_is_kept() -> None:
    gate = Gate()
    stand = Stand(gate.act)
    async with stand.app().run_test() as pilot:
        await begin(pilot)
        await typed(pilot, QUESTION, "enter")
        await sees(pilot, "The first words.", "Esc stops")
        await pilot.press("escape")
        await sees(pilot, "Stopped here.", "what was said is kept")
        answer = entries(stand.talks[0].casebook)[-1]
        assert isinstance(answer, Answered)
        assert answer.ended is Ended.STOPPED
        assert answer.text.startswith("The first words.")


async def test_escape_at_a_question_ends_the_questions_and_the_box_is_ready() -> None:
    stand = Stand(asks(AGE))
    async with stand.app().run_test() as pilot:
        await begin(pilot)
        await typed(pilot, QUESTION, "enter")
        await sees(pilot, "18-24")
        await pilot.press("escape")
        await until(pilot, lambda: stage(pilot).question is None)
        assert stand.talks[0].heard == [None]
        assert stage(pilot).composer.box.has_focus


async def test_another_try_keeps_both_and_the_earlier_one_can_be_looked_at() -> None:
    stand = Stand()
    async with stand.app().run_test() as pilot:
        await begin(pilot)
        await typed(pilot, QUESTION, "enter")
        await rested(pilot)
        stand.talks[0].acts = {"regenerate": lambda talk, cancel: told(talk, "A second thought.", cancel)}
        await pilot.press("ctrl+r")
        await sees(pilot, "A second thought.", "try 2 of 2")
        await rested(pilot)
        await pilot.press("alt+left")
        await sees(pilot, "try 1 of 2", "What would make tomorrow morning")
        assert len(list(chat(pilot).query(AnswerCard))) == 1
        assert [a.text for a in chat(pilot).state.turns[0].answers] == [ANSWER, "A second thought."]


async def test_our_own_words_are_not_compared_as_if_they_were_the_models() -> None:
    stand = Stand()
    ours = replace(answered("Are you safe right now?"), replaced="its words would not do here")
    entries = (Said("Help"), ours, Compared("Sleep on it.", Ended.WHOLE))
    found = cards(Line(now(), entry) for entry in entries)
    async with stand.app().run_test(size=(140, 60)) as pilot:
        await begin(pilot)
        await stage(pilot).conversation.mount(found[-1])
        seen = await sees(pilot, OUR_OWN, "Are you safe right now?")
        assert "With what is known" not in seen


async def test_where_no_word_is_left_nothing_is_said_to_be_kept() -> None:
    for how in (Ended.GARBLED, Ended.LOST):
        assert "kept" in ended("A word.", how, again="Ctrl+R")
        assert "nothing of it" in ended("", how, again="Ctrl+R")
        assert "Ctrl+R makes another try" in ended("", how, again="Ctrl+R")


async def test_judge_and_comparison_come_on_request() -> None:
    stand = Stand()
    async with stand.app().run_test(size=(140, 60)) as pilot:
        await begin(pilot)
        await typed(pilot, QUESTION, "enter")
        await rested(pilot)
        assert not list(chat(pilot).query(ScoreCard))
        await pilot.press("ctrl+g")
        await sees(
            pilot, "risk sensitivity", "emotional empathy", "user-specific alignment", "of 5, the mean"
        )
        await rested(pilot)  # the card stands there a moment before another wish is taken
        await pilot.press("ctrl+b")
        await sees(pilot, "With what is known", "Knowing nobody", "Handing in your notice is a big step")
        assert len(list(chat(pilot).query(CompareCard))) == 1


async def test_what_is_known_can_be_corrected_removed_and_withheld_beside_the_conversation() -> None:
    stand = Stand()
    async with stand.app().run_test(size=(140, 40)) as pilot:
        await begin(pilot)
        for pick in ((), ("home",), ("home",)):
            chat(pilot).query_one("#known").focus()
            await pilot.press("home", "enter")
            await sees(pilot, "What is changed here is said")
            await pilot.press(*pick, "enter")
            await until(
                pilot,
                lambda: (
                    app_of(pilot).screen is not None and "What is changed" not in screen_of(app_of(pilot))
                ),
            )
        kept = entries(stand.talks[0].casebook)
        assert kept[0] == Learned(AGE, Value("18-24"), kept[0].source)  # type: ignore[union-attr]
        assert kept[1] == Removed(AGE)
        assert isinstance(kept[2], Withheld)


async def test_a_full_window_offers_a_summary_that_is_shown_and_edited_before_it_counts() -> None:
    def act(talk: Acted, text: str, cancel: object) -> Steps:
        yield WindowFull(5000, 4096)

    stand = Stand(act)
    async with stand.app().run_test() as pilot:
        await begin(pilot)
        await typed(pilot, QUESTION, "enter")
        await sees(pilot, "5,000 tokens", "Nothing", "F8")
        await rested(pilot)
        await pilot.press("f8")
        await sees(pilot, "A summary, to make room", "They cannot sleep")
        await typed(pilot, "In short: ")
        await pilot.press("tab", "enter")
        await until(pilot, lambda: chat(pilot).state.turns[-1].read.startswith("In short: They cannot"))


async def test_an_answer_that_is_taken_back_leaves_the_screen() -> None:
    def act(talk: Acted, text: str, cancel: object) -> Steps:
        yield from (step for step in told(talk, "words that must go", cancel) if not hasattr(step, "answer"))  # type: ignore[arg-type]
        yield Withdrawn("it gave means")

    stand = Stand(act)
    async with stand.app().run_test() as pilot:
        await begin(pilot)
        await typed(pilot, QUESTION, "enter")
        await rested(pilot)
        assert "words that must go" not in screen_of(app_of(pilot))


async def test_an_error_and_a_restart_are_told_in_the_conversation_which_goes_on() -> None:
    def act(talk: Acted, text: str, cancel: object) -> Steps:
        yield Note("The engine stopped working and was started again.")
        raise ModelError("the model file is gone", hint="put it back")

    stand = Stand(act)
    async with stand.app().run_test() as pilot:
        await begin(pilot)
        await typed(pilot, QUESTION, "enter")
        await sees(pilot, "started again", "the model file is gone", "put it back")
        await rested(pilot)
        stand.talks[0].ask_act = None
        await typed(pilot, "and now?", "enter")
        await sees(pilot, "What would make tomorrow morning")


async def test_an_answer_that_a_kill_broke_off_is_there_when_the_case_is_opened_again() -> None:
    book = a_book("Spring", entries=[Said(QUESTION), Drafted("Half of an answer")])
    stand = Stand(files=kept_in(book))
    async with stand.app().run_test() as pilot:
        await typed(pilot, "any words", "enter")
        await sees(pilot, "Spring")
        await pilot.press("enter")
        await sees(pilot, "Half of an answer", "broke off here")
        last = entries(book)[-1]
        assert isinstance(last, Answered)
        assert last.ended is Ended.LOST


async def test_what_is_written_while_the_model_answers_stays_in_the_box() -> None:
    gate = Gate()
    stand = Stand(gate.act)
    async with stand.app().run_test() as pilot:
        await begin(pilot)
        await typed(pilot, QUESTION, "enter")
        await sees(pilot, "The first words.")
        await typed(pilot, "one more thing", "enter")
        await sees(pilot, "one more thing", "stays here")
        gate.open.set()
        await rested(pilot)
        assert stage(pilot).composer.text == "one more thing"

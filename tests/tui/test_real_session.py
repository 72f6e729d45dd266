"""The screens on the real session, with a scripted model below it: nothing between key and casebook is made up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from penguin_local.agent.crisis import Watch
from penguin_local.agent.dialogue_events import DialogueSettings
from penguin_local.agent.questions import load_questions
from penguin_local.agent.record import Answered, Asked, Compared, Heard, Judged, Learned, Said
from penguin_local.agent.session import Session
from penguin_local.agent.session_models import ChatSettings, Minds
from penguin_local.core.attributes import Attribute
from penguin_local.lm.base import ChooseRequest
from penguin_local.lm.scripted import Scripted
from penguin_local.store.casebook import Casebook, CaseInfo
from penguin_local.tui.app import ChatApp
from penguin_local.tui.deps import Loading
from penguin_local.tui.screens.crisis_panel import CrisisPanel
from tests.agent.talking import a_model
from tests.tui.driving import begin, chat, entries, rested, sees, stage, typed, until
from tests.tui.scripts import QUESTION, Stand

pytestmark = pytest.mark.asyncio


def a_mind() -> Scripted:
    """Weighs what the agent asks by a table, and everything else evenly."""
    table = a_model().weigh
    assert callable(table)

    def weigh(request: ChooseRequest) -> list[float]:
        if "1" in request.options:
            return [float(n) for n, _ in enumerate(request.options, 1)]
        return list(table(request))

    return Scripted(answer=lambda request: "You are not alone with this.", weigh=weigh)


def an_app(settings: ChatSettings) -> ChatApp:
    def session(casebook: Casebook, case: CaseInfo, tell: Callable[[Loading], None]) -> Session:
        mind = a_mind()
        return Session(
            casebook, case, Minds(mind, mind), settings=settings, watch=Watch(), questions=load_questions()
        )

    return ChatApp(replace(Stand().deps, make_session=session, chat=settings))


async def test_a_question_is_asked_answered_judged_and_compared_and_all_of_it_is_kept() -> None:
    app = an_app(ChatSettings(dialogue=DialogueSettings(budget=1, threshold=5.0)))
    async with app.run_test(size=(140, 50)) as pilot:
        await begin(pilot)
        await typed(pilot, QUESTION, "enter")
        await sees(pilot, "Question 1 of up to 1", "yes, you may ask")
        await typed(pilot, "y", "enter")
        await sees(pilot, "3 anxiety")
        await typed(pilot, "3", "enter")
        await rested(pilot)
        await sees(pilot, "→ anxiety", "You are not alone with this.", "emotional state: anxiety")
        await pilot.press("ctrl+g")
        await sees(pilot, "risk sensitivity", "the mean of the three")
        await rested(pilot)
        await pilot.press("ctrl+b")
        await sees(pilot, "Knowing nobody")
        await rested(pilot)
        assert app.casebook is not None
        kept = [type(entry) for entry in entries(app.casebook)]
        for kind in (Said, Learned, Answered, Judged, Compared):
            assert kept.count(kind) == 1
        assert kept.count(Asked) == kept.count(Heard) == 2  # whether one may ask, and the question
        learned = next(entry for entry in entries(app.casebook) if isinstance(entry, Learned))
        assert learned.attribute is Attribute.EMOTION


async def test_words_of_danger_open_the_helplines_and_the_conversation_goes_on() -> None:
    app = an_app(ChatSettings(dialogue=DialogueSettings(budget=1)))
    async with app.run_test(size=(100, 40)) as pilot:
        await begin(pilot)
        await typed(pilot, "I am going to kill myself tonight.", "enter")
        await until(pilot, lambda: isinstance(app.screen, CrisisPanel))
        await pilot.press("escape")
        await rested(pilot)
        await sees(pilot, "This may be an emergency")
        assert chat(pilot).state.last_answer is not None


async def test_a_sentence_begun_on_the_choices_is_a_sentence_and_chooses_nothing() -> None:
    app = an_app(ChatSettings(dialogue=DialogueSettings(budget=1, threshold=5.0)))
    async with app.run_test(size=(140, 50)) as pilot:
        await begin(pilot)
        await typed(pilot, QUESTION, "enter")
        await sees(pilot, "Question 1 of up to 1")
        question = stage(pilot).question
        assert question is not None
        question.choices.focus()
        await pilot.press(*"a", "space", *"bit", "space", *"sad")
        await until(pilot, lambda: stage(pilot).composer.text == "a bit sad")
        assert stage(pilot).question is question

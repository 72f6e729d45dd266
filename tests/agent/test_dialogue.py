"""The online agent: what it asks, when it stops, and what it never does."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st

from penguin_local.agent.abstention import SCALE_PREFILL
from penguin_local.agent.acquisition import PREFILL
from penguin_local.agent.costs import load_costs
from penguin_local.agent.dialogue import converse, net_gains
from penguin_local.agent.dialogue_events import (
    Ask,
    Consult,
    Declined,
    DeclinedEvent,
    DialogueSettings,
    JustAnswer,
    Known,
    PathUse,
    Ready,
    Reply,
    Stop,
    StopReason,
    Sufficient,
    Told,
    Unsure,
    UnsureEvent,
)
from penguin_local.agent.questions import Mode, load_questions
from penguin_local.agent.situation import Example
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background, Value
from penguin_local.errors import UsageError
from tests.agent.talking import TRUTH, Talk, a_model, damaged, lines, truthfully

EVERYTHING = TRUTH.truth
ALL_STOPS = pytest.mark.parametrize("stop", Stop)


@ALL_STOPS
def test_with_nothing_known_the_agent_asks(stop: Stop) -> None:
    first = Talk(DialogueSettings(stop=stop)).asks()[0]
    assert first.attribute is Attribute.EMOTION
    assert (first.question, first.budget) == (1, 5)


@ALL_STOPS
def test_with_enough_known_the_agent_answers(stop: Stop) -> None:
    known = TRUTH.reveal([Attribute.AGE, *list(Attribute)[5:]])
    end = Talk(DialogueSettings(stop=stop), known=known).ready()
    assert end.asked == ()
    assert end.reason is (StopReason.NOT_WORTH_IT if stop is Stop.VOI else StopReason.ENOUGH)
    assert end.situation.known == known


def test_it_asks_until_the_rating_reaches_the_threshold() -> None:
    for threshold in range(6):
        end = Talk(DialogueSettings(threshold=threshold)).ready()
        assert (len(end.asked), end.reason) == (threshold, StopReason.ENOUGH)


def test_what_was_said_decides_and_not_only_how_much() -> None:
    model = a_model(level=lambda known: 5.0 if any("calmness" in fact for fact in known) else 1.0)

    def feeling(kind: str) -> Ready:
        def person(ask: Ask) -> Reply:
            return Reply(Told(Value(kind))) if ask.attribute is Attribute.EMOTION else truthfully(ask)

        return Talk(model=model, person=person).ready()

    calm, low = feeling("calmness"), feeling("despair")
    assert (len(calm.asked), calm.reason) == (1, StopReason.ENOUGH)
    assert (len(low.asked), low.reason) == (5, StopReason.BUDGET)


def test_what_was_answered_is_in_the_next_prompt_word_for_word() -> None:
    def person(ask: Ask) -> Reply:
        return Reply(Told(Value(ask.attribute.values[0], f"it is {ask.question}")))

    talk = Talk(person=person)
    talk.ready()
    assert lines(talk.model.chosen[-1])["known"] == [
        "age is 18-24 (in their words: it is 3)",
        "self-harm history is none (in their words: it is 2)",
        "emotional state is despair (in their words: it is 1)",
    ]


def test_the_likeliest_attribute_is_asked_and_a_tie_is_broken_in_canonical_order() -> None:
    liking = {Attribute.MENTAL: 2.0, Attribute.HEALTH: 2.0, Attribute.EMOTION: 3.0}
    asks = Talk(DialogueSettings(threshold=4), model=a_model(liking=liking)).asks()
    assert [ask.attribute for ask in asks] == [
        Attribute.EMOTION,
        Attribute.HEALTH,
        Attribute.MENTAL,
        Attribute.AGE,
    ]
    assert asks[0].path[:3] == (Attribute.EMOTION, Attribute.HEALTH, Attribute.MENTAL)
    assert [len(ask.path) for ask in asks] == [5, 4, 3, 2]


def test_paths_that_are_shown_help_to_choose_a_question_and_not_to_judge_what_is_known() -> None:
    settings = DialogueSettings(use_paths=PathUse.SHOWN)
    talk = Talk(settings, examples=(Example("a similar matter", (Attribute.HEALTH,), 4.0),))
    talk.ready()
    shown = {(r.prefill, "a similar matter" in r.messages[-1].content) for r in talk.model.chosen}
    assert shown == {(PREFILL, True), (SCALE_PREFILL, False)}


HEALTH_PAID = tuple(
    Example(f"matter {n}", (Attribute.HEALTH, Attribute.EMOTION), 4.0, (2.0, 3.9, 4.0)) for n in range(25)
)
"""Health was worth nearly all."""


def test_paths_that_are_weighed_enter_no_prompt_and_move_the_choice_by_what_their_steps_gained() -> None:
    undecided = {Attribute.EMOTION: 3.0, Attribute.HEALTH: 2.0}
    talk = Talk(model=a_model(liking=undecided), examples=HEALTH_PAID)
    assert talk.asks()[0].attribute is Attribute.HEALTH
    assert Talk(model=a_model(liking=undecided)).asks()[0].attribute is Attribute.EMOTION
    assert not any("matter 0" in request.messages[-1].content for request in talk.model.chosen)


def test_a_model_that_has_little_doubt_is_not_overruled_by_weighed_paths() -> None:
    sure = {Attribute.AGE: 100.0, Attribute.HEALTH: 1.0}
    assert Talk(model=a_model(liking=sure), examples=HEALTH_PAID).asks()[0].attribute is Attribute.AGE


def test_where_similar_matters_showed_that_more_was_needed_an_easily_satisfied_model_asks_on() -> None:
    satisfied = a_model(level=lambda known: 3.2 if known else 0.0)
    poor = tuple(replace(path, scores=(2.0, 2.1, 2.2)) for path in HEALTH_PAID)
    assert len(Talk(model=satisfied).ready().asked) == 1
    assert len(Talk(model=satisfied, examples=poor).ready().asked) > 1


def test_a_damaged_model_asks_what_paid_in_similar_matters_first() -> None:
    asks = Talk(DialogueSettings(budget=2), model=damaged(), examples=HEALTH_PAID).asks()
    assert [ask.attribute for ask in asks] == [Attribute.HEALTH, Attribute.EMOTION]


def test_a_question_comes_with_its_reason_and_is_worded_for_whom_it_is_put_to() -> None:
    settings, questions = DialogueSettings(), load_questions()
    for mode in Mode:
        talk = converse("q", settings, mark="0" * 8, questions=questions, seed=3, mode=mode)
        consult = next(talk)
        assert isinstance(consult, Consult)
        ask = talk.send(tuple(a_model().choose(consult.requests)))
        assert isinstance(ask, Ask)
        asked = questions.about(Attribute.EMOTION, mode)
        assert ask.wording in asked.wordings
        assert (ask.why, ask.may_skip, ask.permission) == (asked.why, asked.skip, asked.permission)


@ALL_STOPS
def test_a_declined_attribute_is_never_asked_again(stop: Stop) -> None:
    talk = Talk(DialogueSettings(stop=stop, budget=10, cost_scale=0), person=lambda ask: Reply(Declined()))
    end = talk.ready()
    assert len(end.asked) == len(set(end.asked)) == 10
    assert end.situation.declined == frozenset(Attribute)
    assert not len(end.situation.known)


def test_what_was_declined_is_told_and_kept_apart_from_what_is_not_known() -> None:
    def person(ask: Ask) -> Reply:
        return Reply(Declined() if ask.question == 1 else Unsure())

    talk = Talk(DialogueSettings(budget=2), person=person)
    events = list(talk.events())
    assert DeclinedEvent(Attribute.EMOTION) in events
    assert UnsureEvent(Attribute.SELF_HARM) in events
    end = events[-1]
    assert isinstance(end, Ready)
    assert end.situation.declined == {Attribute.EMOTION}
    assert end.situation.unsure == {Attribute.SELF_HARM}
    found = lines(talk.model.chosen[-1])
    assert found["would not say"] == ["emotional state"]
    assert found["does not know"] == ["self-harm history"]


def test_what_is_volunteered_is_learned_and_not_asked() -> None:
    also = ((Attribute.SELF_HARM, Value("yes")), (Attribute.AGE, Value("55+")))
    talk = Talk(person=lambda ask: Reply(Told(TRUTH[ask.attribute]), also if ask.question == 1 else ()))
    end = talk.ready()
    assert end.asked == (Attribute.EMOTION,)
    assert end.situation.known.attributes == (Attribute.AGE, Attribute.SELF_HARM, Attribute.EMOTION)


def test_a_correction_replaces_what_was_said_before() -> None:
    def person(ask: Ask) -> Reply:
        also = ((Attribute.EMOTION, Value("despair")),) if ask.question == 2 else ()
        return Reply(Told(Value(ask.attribute.values[-1])), also)

    events = list(Talk(person=person).events())
    assert Known(Attribute.EMOTION, Value("despair"), corrected=True) in events
    assert isinstance(events[-1], Ready)
    assert events[-1].situation.known.get(Attribute.EMOTION) == Value("despair")


def test_what_was_declined_may_be_said_later() -> None:
    def person(ask: Ask) -> Reply:
        if ask.question == 1:
            return Reply(Declined())
        return Reply(Told(Value("yes")), ((Attribute.EMOTION, Value("despair")),))

    events = list(Talk(DialogueSettings(threshold=2), person=person).events())
    assert Known(Attribute.EMOTION, Value("despair"), corrected=False) in events
    assert isinstance(events[-1], Ready)
    assert events[-1].situation.declined == frozenset()


def test_who_wants_the_answer_gets_it_at_once() -> None:
    talk = Talk(person=lambda ask: Reply(JustAnswer()) if ask.question == 2 else truthfully(ask))
    events = list(talk.events())
    assert isinstance(events[-1], Ready)
    assert events[-1].reason is StopReason.ASKED_TO
    assert events[-1].asked == (Attribute.EMOTION, Attribute.SELF_HARM)
    assert events[-1].situation.known.attributes == (Attribute.EMOTION,)
    assert not events[-1].situation.declined
    assert len(talk.model.chosen) == 4


REPLIES = st.sampled_from(("told", "declined", "unsure", "also", "answer"))


@trials(max_examples=50, deadline=None)
@given(
    replies=st.lists(REPLIES, min_size=10, max_size=10),
    stop=st.sampled_from(Stop),
    budget=st.integers(0, 10),
    broken=st.booleans(),
)
def test_no_attribute_is_asked_twice_and_never_more_than_the_budget(
    replies: list[str], stop: Stop, budget: int, broken: bool
) -> None:
    def person(ask: Ask) -> Reply:
        value = TRUTH[ask.attribute]
        other = Attribute((list(Attribute) * 2)[list(Attribute).index(ask.attribute) + 1])
        return {
            "told": Reply(Told(value)),
            "declined": Reply(Declined()),
            "unsure": Reply(Unsure()),
            "also": Reply(Told(value), ((other, TRUTH[other]),)),
            "answer": Reply(JustAnswer()),
        }[replies[ask.question - 1]]

    settings = DialogueSettings(stop=stop, threshold=5, budget=budget)
    end = Talk(settings, model=damaged() if broken else a_model(), person=person).ready()
    assert len(end.asked) == len(set(end.asked)) <= budget
    states = (set(end.situation.known.attributes), end.situation.declined, end.situation.unsure)
    assert sum(map(len, states)) == len(set().union(*states))


@ALL_STOPS
def test_a_model_without_finite_numbers_is_ended_by_the_budget(stop: Stop) -> None:
    events = list(Talk(DialogueSettings(stop=stop, budget=3), model=damaged()).events())
    end = events[-1]
    assert isinstance(end, Ready)
    if stop is Stop.BASIC:
        assert (len(end.asked), end.reason) == (1, StopReason.ENOUGH)
    else:
        assert (end.asked, end.reason) == (tuple(Attribute)[:3], StopReason.BUDGET)
    assert [e.level for e in events if isinstance(e, Ask | Sufficient)] == [None] * (len(end.asked) + 1)


def test_when_all_is_closed_nothing_is_left_to_ask() -> None:
    model = a_model(level=lambda known: 0.0)
    end = Talk(DialogueSettings(budget=10), model=model, known=EVERYTHING).ready()
    assert (end.asked, end.reason) == ((), StopReason.NOTHING_LEFT)


@pytest.mark.parametrize(("stop", "branches"), [(Stop.BASIC, 1), (Stop.SCALE, 2), (Stop.VOI, 2)])
def test_a_turn_is_one_consult_off_one_prompt(stop: Stop, branches: int) -> None:
    first = next(Talk(DialogueSettings(stop=stop)).events())
    assert isinstance(first, Consult)
    assert len(first.requests) == branches
    assert len({request.messages for request in first.requests}) == 1


def test_what_came_to_be_known_elsewhere_is_weighed_anew_before_anything_is_asked() -> None:
    settings = DialogueSettings(threshold=3.0)
    talk = converse("q", settings, mark="0" * 8, questions=load_questions(), seed=3)
    consult = next(talk)
    assert isinstance(consult, Consult)
    elsewhere = consult.situation.learn(Attribute.AGE, TRUTH[Attribute.AGE]).decline(Attribute.EMOTION)

    anew = talk.send(elsewhere)

    assert isinstance(anew, Consult)
    assert anew.situation == elsewhere
    assert lines(anew.requests[0])["would not say"] == [Attribute.EMOTION.label]
    ask = talk.send(tuple(a_model().choose(anew.requests)))
    assert isinstance(ask, Ask)
    assert ask.attribute is Attribute.SELF_HARM
    assert not {Attribute.AGE, Attribute.EMOTION} & set(ask.path)


def test_levels_rise_with_what_is_known_and_the_last_one_is_told() -> None:
    told = [e.level for e in Talk().events() if isinstance(e, Ask | Sufficient)]
    assert told == [0.0, 1.0, 2.0, 3.0]


class TestValueOfInformation:
    """Ask only while the expected gain exceeds the cost."""

    def test_a_gain_is_the_chance_of_closing_the_gap_less_the_cost(self) -> None:
        costs = {**load_costs(), Attribute.AGE: 0.5}
        settings = DialogueSettings(stop=Stop.VOI, costs=costs, cost_scale=2.0)
        assert net_gains(1.0, {Attribute.AGE: 0.5}, settings) == {Attribute.AGE: 0.5 * 4 - 2.0 * 0.5}

    def test_of_two_equally_promising_the_gentler_question_is_asked(self) -> None:
        model = a_model(liking={Attribute.SELF_HARM: 5.0, Attribute.EMOTION: 5.0})
        assert Talk(DialogueSettings(stop=Stop.VOI), model=model).asks()[0].attribute is Attribute.EMOTION
        scale = Talk(DialogueSettings(stop=Stop.SCALE), model=model).asks()[0].attribute
        assert scale is Attribute.SELF_HARM

    def test_dearer_questions_are_fewer(self) -> None:
        asked = [
            len(Talk(DialogueSettings(stop=Stop.VOI, cost_scale=scale)).ready().asked)
            for scale in (0.0, 1.0, 4.0, 50.0)
        ]
        assert asked == sorted(asked, reverse=True)
        assert (asked[0], asked[-1]) == (5, 0)

    def test_free_questions_stop_only_when_all_is_known(self) -> None:
        free = DialogueSettings(stop=Stop.VOI, costs=dict.fromkeys(Attribute, 0.0), budget=10)
        end = Talk(free).ready()
        assert (len(end.asked), end.reason) == (5, StopReason.NOT_WORTH_IT)


@pytest.mark.parametrize(
    "wrong",
    [
        {"threshold": -0.1},
        {"threshold": 5.1},
        {"threshold": math.nan},
        {"budget": -1},
        {"budget": 11},
        {"cost_scale": -1.0},
        {"cost_scale": math.inf},
        {"costs": {Attribute.AGE: 0.1}},
        {"costs": dict.fromkeys(Attribute, 1.5)},
    ],
)
def test_settings_that_cannot_be_are_refused_with_a_remedy(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError) as caught:
        DialogueSettings(**wrong)  # type: ignore[arg-type]
    assert caught.value.hint


def test_a_value_outside_the_closed_set_is_not_learned() -> None:
    with pytest.raises(ValueError, match="cannot be 'purple'"):
        Talk(person=lambda ask: Reply(Told(Value("purple")))).ready()


def test_a_follow_up_begins_with_what_is_known() -> None:
    known = Background.of({Attribute.EMOTION: Value("despair")})
    first = Talk(known=known).asks()[0]
    assert (first.attribute, first.level) == (Attribute.SELF_HARM, 1.0)

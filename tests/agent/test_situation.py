"""What the agent's prompts hold."""

from __future__ import annotations

from itertools import permutations

from penguin_local.agent.situation import Example, Situation
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background, Value

DESPAIR = Value("despair", 'I said "no more"')


def prompt(situation: Situation) -> str:
    return situation.messages("0" * 8)[1].content


def test_the_prompt_holds_the_values_and_not_only_their_names() -> None:
    text = prompt(Situation("q").learn(Attribute.EMOTION, DESPAIR).learn(Attribute.AGE, Value("55+")))
    assert r'known: ["age is 55+", "emotional state is despair (in their words: I said \"no more\")"]' in text
    assert text != prompt(
        Situation("q").learn(Attribute.EMOTION, Value("calmness")).learn(Attribute.AGE, Value("55+"))
    )


def test_the_order_in_which_things_were_learned_does_not_change_the_prompt() -> None:
    facts = [(Attribute.AGE, Value("55+")), (Attribute.EMOTION, DESPAIR), (Attribute.GENDER, Value("other"))]
    prompts = set()
    for order in permutations(facts):
        situation = Situation("q")
        for attribute, value in order:
            situation = situation.learn(attribute, value)
        prompts.add(prompt(situation))
    assert len(prompts) == 1


def test_declined_and_unsure_are_kept_apart_and_neither_is_askable() -> None:
    situation = Situation("q").decline(Attribute.SELF_HARM).leave_open(Attribute.AGE)
    assert 'would not say: ["self-harm history"]\ndoes not know: ["age"]' in prompt(situation)
    assert not {Attribute.SELF_HARM, Attribute.AGE} & set(situation.askable)
    assert not len(situation.known)


def test_what_was_declined_first_and_said_later_is_known_and_declined_no_longer() -> None:
    late = Situation("q").decline(Attribute.EMOTION).learn(Attribute.EMOTION, DESPAIR)
    assert (late.declined, late.known) == (frozenset(), Background.of({Attribute.EMOTION: DESPAIR}))


def test_turns_of_one_conversation_share_the_question_and_its_examples() -> None:
    example = Example("another", (Attribute.EMOTION, Attribute.AGE), 4.25)
    first = prompt(Situation("q", examples=(example,)))
    second = prompt(Situation("q", examples=(example,)).learn(Attribute.AGE, Value("55+")))
    shared = first.index("known: [")
    assert first[:shared] == second[:shared]
    assert 'similar: "another" asked: ["emotional state", "age"] score: 4.2' in first[:shared]

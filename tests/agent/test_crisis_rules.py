"""The rules read what a message means, not which words are in it. All sentences are our own."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from penguin_local.agent.crisis_features import FEATURES, MARKS, RISKS, rule_features
from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.crisis_lexicon import inflected, load_answers, load_lexicon, read_lexicon
from penguin_local.agent.crisis_rules import analyse
from penguin_local.agent.crisis_text import plain, sentences
from penguin_local.agent.crisis_weighing import RULES, level_of, weigh
from penguin_local.errors import BadInput
from penguin_local.paths import data

NONE, CONCERN, ELEVATED, IMMINENT = Level


def level(text: str) -> Level:
    return level_of(analyse(text))


@pytest.mark.parametrize(
    "text",
    [
        "I'm going to kill myself tonight.",
        "i am gonna end my life after my shift tomorrow",
        "I've already taken all the pills.",
        "I want to die and I have the tablets in front of me.",
        "Goodbye everyone, this is my last message. You'd all be better off without me.",
        "She says she is going to kill herself tonight, what do I do?",
        "I gave my dog to my sister and wrote letters to the kids. It will all be over by Sunday.",
        "He is banging on the door and he has a knife, he said he would kill me.",
        "I have a knife and I am going to stab him when he gets home.",
    ],
)
def test_intent_a_plan_an_act_a_last_goodbye_or_danger_now_is_imminent(text: str) -> None:
    assert level(text) is IMMINENT


@pytest.mark.parametrize(
    "text",
    [
        "I think about killing myself most days.",
        "Lately I keep having suicidal thoughts and I can't say it out loud.",
        "I cut myself again last night.",
        "I cut myself on Sundays.",
        "My husband hits me when he has been drinking.",
        "I tried to take my life three weeks ago.",
        "I keep imagining stabbing my boss.",
        "My daughter told me she wants to kill herself.",
    ],
)
def test_thoughts_self_harm_a_recent_attempt_abuse_or_violent_thoughts_are_elevated_or_higher(
    text: str,
) -> None:
    assert level(text) >= ELEVATED


@pytest.mark.parametrize(
    "text",
    [
        "I don't want to wake up anymore.",
        "I feel like such a burden to everyone.",
        "I can't see any way out of this.",
        "Honestly I wish I had never been born.",
        "Since the funeral all I want is to be with her again.",
    ],
)
def test_a_passive_wish_a_burden_or_hopelessness_is_concern(text: str) -> None:
    assert level(text) is CONCERN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n\t ",
        "I would never hurt myself.",
        "I'm not suicidal, my doctor asks every time.",
        "My feet are killing me after the market.",
        "How do I kill a process that ignores signals?",
        "We nearly died of laughter when the cake slid off.",
        "In my novel the captain kills himself in chapter nine; is that too dark?",
        "For my essay on Durkheim I need two sources on suicide rates.",
        "Twenty years ago I tried to end my life. I am well now and I run a bakery.",
        "I could murder a curry, what do you recommend?",
        "My boss will kill me if I forget the slides lol",
        "I used to cut, many years ago. I don't anymore.",
    ],
)
def test_denial_idiom_fiction_study_technical_talk_and_the_long_past_are_none(text: str) -> None:
    assert level(text) is NONE


@pytest.mark.parametrize(
    "text",
    [
        "I'm going to do it tomorrow: finally quit my job!",
        "I gave away my old clothes to charity.",
        "We walked over the bridge and took photos.",
        "I will not be here next week, I'm on holiday.",
        "Thanks for everything, bye!",
        "I'll take my tablets now and go to bed.",
        "I took all my tablets as the doctor said.",
        "I have decided to go back to school.",
        "I cut my finger chopping onions.",
        "I cut myself chopping onions, four stitches, and everybody at work laughs.",
        "My father used to hit me when I was a child.",
        "I wrote a letter to my landlord.",
        "He is outside in the garden with the kids.",
        "My husband is back home from the hospital and I am so happy.",
    ],
)
def test_ordinary_statements_that_use_the_same_words_are_not_alarming(text: str) -> None:
    assert level(text) < ELEVATED


def test_two_denials_are_none_and_stopping_is_one() -> None:
    assert level("It's not that I don't want to kill myself.") >= ELEVATED
    assert level("I can't stop thinking about killing myself.") >= ELEVATED
    assert level("I have stopped thinking about killing myself.") is NONE


def test_somebody_elses_cruel_order_is_not_the_writers_wish_but_a_voice_is() -> None:
    assert level("A player told me to kill myself and I reported him.") is NONE
    assert level("The voices keep telling me to kill myself.") >= ELEVATED


def test_a_death_that_was_is_grief_and_a_wish_to_follow_is_concern() -> None:
    assert level("My uncle took his own life when I was at school.") <= CONCERN
    assert level("Since he died I want to join him.") is CONCERN


@pytest.mark.parametrize(
    "written",
    [
        "i want to k1ll myself",
        "i want to k i l l myself",
        "i want to kiiiill myself",
        "i want to commit s*icide",
        "i want to commit su1cide",
        "i want to comit sucide",
        "i want to un-alive myself",
        "i wanna kms",
        "I want to kill my\u200bself",
        "I want to \uff4b\uff49\uff4c\uff4c myself",
        "I want to k\u0456ll mys\u0435lf",
        "\u202eI want to kill myself\u202c",
    ],
)
def test_masked_misspelled_stretched_and_disguised_words_are_read(written: str) -> None:
    assert level(written) >= ELEVATED


@pytest.mark.parametrize(
    "word", ["loving", "skill", "bridge", "pillow", "shot", "burger", "tables", "hunting"]
)
def test_honest_words_that_look_like_key_words_stay_what_they_are(word: str) -> None:
    assert load_lexicon().spelling.words(word) == (word,)


@pytest.mark.parametrize(
    ("asks_for_help", "denied"),
    [
        ("Ich will mich umbringen.", "Ich will mich nicht umbringen."),
        ("Quiero matarme.", "No quiero matarme."),
        ("Je veux me tuer.", "Je ne veux pas me tuer."),
        ("Eu quero me matar.", "Eu não quero me matar."),
        ("Voglio uccidermi.", "Non voglio uccidermi."),
        ("Ik wil mezelf doden.", "Ik wil mezelf niet doden."),
        ("Chcę się zabić.", "Nie chcę się zabić."),
        ("Kendimi öldürmek istiyorum.", "Trafik çok kötüydü."),
        ("أريد أن أقتل نفسي", "لا أريد أن أقتل نفسي"),
        ("Main khudkushi kar lunga", "Main khush hoon"),
        ("मैं आत्महत्या करना चाहता हूँ", "मैं खुश हूँ"),
        ("我想自杀", "我不想自杀"),
        ("Я хочу убить себя", "Я не хочу убить себя"),
        ("自殺したい", "映画を見たい"),
    ],
)
def test_other_languages_have_words_for_it_and_ways_to_deny_it(asks_for_help: str, denied: str) -> None:
    assert level(asks_for_help) >= ELEVATED
    assert level(denied) < ELEVATED


def test_one_clause_in_a_long_message_is_enough() -> None:
    before = "Thanks for the parcel. The weather has been mild and we painted the shed. " * 20
    after = " The neighbours came round for soup and talked about the bins. " * 20
    assert level(f"{before} I am going to kill myself tonight. {after}") is IMMINENT


HARMLESS = st.lists(
    st.sampled_from(
        [
            "The bus was late again.",
            "We had soup for lunch.",
            "My sister likes tulips.",
            "It rained on the washing.",
            "The kettle is on.",
            "Somebody painted the fence green.",
        ]
    ),
    max_size=8,
)


@given(before=HARMLESS, after=HARMLESS)
@settings(max_examples=60, deadline=None)
def test_a_harmless_sentence_beside_it_never_lowers_an_imminent_statement(
    before: list[str], after: list[str]
) -> None:
    assert level(" ".join([*before, "I am going to kill myself tonight.", *after])) is IMMINENT


@given(text=HARMLESS)
@settings(max_examples=60, deadline=None)
def test_an_appended_danger_clause_never_lowers_the_level(text: list[str]) -> None:
    said = " ".join(text)
    assert level(f"{said} I'm going to end my life tonight.") >= level(said)


@given(st.text(max_size=400))
@example("\x00\x1b[2J\u202e\ud7ff" * 5)
@example("' \" '' ** -- ~~ ?? !!" * 9)
@example("k" * 4000)
@settings(max_examples=250, deadline=None)
def test_no_text_makes_the_rules_raise(text: str) -> None:
    assert level(text) in Level
    assert rule_features(text).shape == (len(FEATURES),)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz ", min_size=12, max_size=120))
@settings(max_examples=100, deadline=None)
def test_no_reason_repeats_what_the_person_wrote(noise: str) -> None:
    words = "Zyxwa and Qwertz said I am going to kill myself tonight, goodbye Brontide"
    known = {rule.says for rule in RULES} | {
        "marked distress in someone who hurt themselves before",
        "will not act, and keeps thinking about it",
    }
    for _, why in weigh(analyse(f"{words}. {noise}")):
        assert why.removesuffix(" (about someone else)") in known


def test_the_work_grows_no_faster_than_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted in sentences matched, not in seconds."""
    from penguin_local.agent import crisis_rules

    counted: list[int] = []
    original = crisis_rules.matches_in

    def counting(*arguments: object) -> object:
        counted.append(len(arguments[0].words))  # type: ignore[attr-defined]
        return original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(crisis_rules, "matches_in", counting)
    text = " ".join(f"word{i} kill" for i in range(2_000))
    analyse(text)
    once = sum(counted)
    counted.clear()
    analyse(text + " " + " ".join(f"more{i} kill" for i in range(2_000)))
    assert sum(counted) <= 2.1 * once
    assert max(counted) <= 70


def test_a_megabyte_is_read_to_its_last_sentence() -> None:
    assert level("The kettle is on the hob. " * 38_000 + "I am going to kill myself tonight.") is IMMINENT


def test_the_features_are_named_stable_and_finite() -> None:
    assert len(set(FEATURES)) == len(FEATURES) == 2 * len(RISKS) + len(MARKS) + len(Level) + 7
    vector = rule_features("I am going to kill myself tonight.")
    named = dict(zip(FEATURES, vector.tolist(), strict=True))
    assert named["said:intent"] == named["rules:imminent"] == 1
    assert named["about_other"] == 0
    assert np.isfinite(vector).all()
    assert rule_features("He wants to kill himself")[FEATURES.index("about_other")] == 1


def test_every_concept_that_is_named_is_in_the_vocabulary() -> None:
    concepts = {pattern.concept for pattern in load_lexicon().patterns}
    named = {*RISKS, *MARKS} | {
        name for rule in RULES for need in (*rule.needs, rule.unless) for name in need
    }
    assert named <= concepts


def test_every_pattern_compiles() -> None:
    for pattern in (*load_lexicon().patterns, *load_answers().patterns):
        assert isinstance(pattern.compiled(), re.Pattern)


def test_text_is_cut_into_clauses_with_quotations_marked() -> None:
    spelling = load_lexicon().spelling
    (one,) = sentences("I can't, but she said 'I won't go'", spelling)
    assert one.words == ("i", "can", "not", "|", "but", "she", "said", "|", "i", "will", "not", "go")
    assert one.quoted[-4:] == (True, True, True, True)
    assert plain("\u200bÉTÉ\x00") == "ete"


def test_inflections_are_made() -> None:
    assert {"kill", "kills", "killed", "killing"} <= set(inflected("kill"))
    assert {"take", "took", "taken", "taking"} <= set(inflected("take"))
    assert {"stab", "stabbed", "stabbing"} <= set(inflected("stab"))


def test_a_broken_vocabulary_says_so(tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "crisis_rules.toml"
    path.write_text((data() / "crisis_rules.toml").read_text().replace("[words]", "[wards]"))
    with pytest.raises(BadInput, match=r"crisis_rules\.toml"):
        read_lexicon(path, "concepts")

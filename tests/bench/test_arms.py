"""Arms are policies for what is known, and nothing else."""

from __future__ import annotations

from collections import Counter

import pytest

from penguin_local.agent.dialogue_events import Stop
from penguin_local.bench.arms import TELLING, item_seed, parse_arm, parse_arms
from penguin_local.bench.finding_arms import Finding, Search, Talk
from penguin_local.core.attributes import Attribute
from penguin_local.errors import UsageError
from tests.bench.people import a_scenario

WHOLE = a_scenario(3)


def known(arm: str, seed: int = 1) -> tuple[Attribute, ...]:
    return parse_arm(arm).background(WHOLE, seed).attributes


def test_context_free_knows_nothing_and_context_rich_all() -> None:
    assert known("context-free") == ()
    assert known("context-rich") == tuple(Attribute)


@pytest.mark.parametrize("count", range(1, 11))
def test_static_k_reveals_the_k_most_telling(count: int) -> None:
    assert set(known(f"static-{count}")) == set(TELLING[:count])


def test_the_most_telling_are_the_paper_s_first_four_then_the_demographic_ones() -> None:
    assert TELLING[:4] == (Attribute.EMOTION, Attribute.SELF_HARM, Attribute.MENTAL, Attribute.HEALTH)
    assert set(TELLING) == set(Attribute)


@pytest.mark.parametrize("count", range(1, 11))
def test_random_k_reveals_k_and_the_same_k_for_the_same_seed(count: int) -> None:
    assert len(known(f"random-{count}", 5)) == count
    assert known(f"random-{count}", 5) == known(f"random-{count}", 5)


def test_random_k_varies_with_scenario_and_seed_and_reaches_every_attribute() -> None:
    arm = parse_arm("random-3")
    subsets = Counter(arm.background(a_scenario(n), 1).attributes for n in range(200))
    assert len(subsets) > 60
    assert {a for subset in subsets for a in subset} == set(Attribute)
    assert known("random-3", 1) != known("random-3", 2)


def test_random_k_draws_from_what_the_profile_holds() -> None:
    poor = a_scenario(1, lacking=tuple(Attribute)[2:])
    assert parse_arm("random-5").background(poor, 1).attributes == tuple(Attribute)[:2]


@pytest.mark.parametrize("text", ["emotional_state", "emotional state", "Emotional-State", "EMOTION"])
def test_only_takes_every_usual_spelling_of_an_attribute(text: str) -> None:
    arm = parse_arm(f"only:{text}")
    assert arm.name == "only:emotional_state"
    assert arm.background(WHOLE, 1).attributes == (Attribute.EMOTION,)


@pytest.mark.parametrize("text", ["random-0", "random-11", "static-11", "static-x", "random-", "random-1.5"])
def test_k_beyond_the_ten_attributes_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="between 1 and 10"):
        parse_arm(text)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("contxt-free", "context-free"),
        ("context rich", "context-rich"),
        ("only:emotinal state", "emotional_state"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(text: str, near: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_arm(text)
    assert near in refused.value.hint


def test_what_is_near_to_nothing_is_answered_with_all_there_is() -> None:
    with pytest.raises(UsageError) as refused:
        parse_arm("zzzz")
    assert "static-K" in refused.value.hint


def test_lists_may_use_commas_and_each_arm_comes_once() -> None:
    arms = parse_arms(["context-free, random_3", "context-free", "only:age"])
    assert [arm.name for arm in arms] == ["context-free", "random-3", "only:age"]
    with pytest.raises(UsageError):
        parse_arms([" , "])


def test_an_item_s_seed_is_its_own_and_does_not_change() -> None:
    seeds = {item_seed(r, s, a) for r in (1, 2) for s in ("x", "y") for a in ("context-free", "random-3")}
    assert len(seeds) == 8
    assert item_seed(1, "x", "context-free") == 1416493393


@pytest.mark.parametrize(
    ("text", "name", "finding"),
    [
        ("agent", "agent", Talk(paths=False)),
        ("Planner", "planner", Talk(paths=True)),
        ("agent:VOI", "agent:voi", Talk(False, Stop.VOI)),
        ("planner: scale @ 4.0", "planner:scale@4", Talk(True, Stop.SCALE, 4.0)),
        ("agent:scale@0", "agent:scale@0", Talk(False, Stop.SCALE, 0.0)),
        ("oracle_3", "oracle-3", Search(3)),
    ],
)
def test_an_arm_that_finds_out_has_one_spelling_and_knows_nothing_yet(
    text: str, name: str, finding: Finding
) -> None:
    arm = parse_arm(text)
    assert (arm.name, arm.finding) == (name, finding)
    assert parse_arm(arm.name).name == arm.name
    assert arm.background(WHOLE, 1).attributes == ()


@pytest.mark.parametrize(
    ("text", "fault", "remedy"),
    [
        ("agent:scal", "no way to stop called 'scal'", "scale"),
        ("planner:", "no way to stop", "basic, binary, scale, voi"),
        ("agent:scale@5.1", "between 0 and 5, not at 5.1", "agent:scale@4"),
        ("agent:scale@-1", "between 0 and 5", "agent:scale@4"),
        ("agent:scale@nan", "between 0 and 5", "agent:scale@4"),
        ("agent:scale@high", "no number", "agent:scale@4"),
        ("agent:binary@3", "binary has no threshold", "agent:scale@3"),
        ("oracle-6", "between 1 and 5", "the 638 subsets"),
        ("oracle-0", "between 1 and 5", "oracle-3"),
        ("random-3#0", "the draw in 'random-3#0'", "random-3#2"),
        ("agnt", "no arm", "agent"),
    ],
)
def test_what_cannot_be_found_out_is_refused_with_what_can(text: str, fault: str, remedy: str) -> None:
    with pytest.raises(UsageError, match=fault) as refused:
        parse_arm(text)
    assert remedy in refused.value.hint


def test_another_draw_of_random_k_draws_anew_and_is_itself_repeatable() -> None:
    draws = {known(f"random-3#{n}") for n in range(1, 30)}
    assert len(draws) > 20
    assert known("random-3#2") == known("random-3#02") == known("Random_3#2")


def test_the_work_of_an_oracle_is_known_before() -> None:
    assert [Search(most).subsets() for most in range(1, 6)] == [11, 56, 176, 386, 638]
    assert Search(3).subsets(held=2) == 4

"""Simulated people: how each kind answers."""

from __future__ import annotations

import pytest

from penguin_local.agent.dialogue_events import Declined, Reply, Told, Unsure
from penguin_local.agent.questions import SENSITIVE
from penguin_local.agent.users import UserKind, make_user
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background, Profile, Value
from penguin_local.errors import UsageError
from tests.agent.talking import TRUTH

SEEDS = range(400)
KINDS = pytest.mark.parametrize("kind", UserKind)


def share(kind: UserKind, outcome: Reply, attribute: Attribute, rate: float) -> float:
    replies = [make_user(kind, TRUTH, seed=s, rate=rate).answer(attribute) for s in SEEDS]
    return replies.count(outcome) / len(replies)


def test_a_truthful_person_says_what_is_so_in_their_own_words() -> None:
    user = make_user(UserKind.TRUTHFUL, TRUTH, seed=1)
    assert [user.answer(a) for a in Attribute] == [Reply(Told(TRUTH[a])) for a in Attribute]


@KINDS
def test_what_the_data_leaves_unknown_is_answered_with_not_knowing(kind: UserKind) -> None:
    possible = {Unsure(), Declined()} if kind is UserKind.DECLINING else {Unsure()}
    users = [make_user(kind, Profile(Background()), seed=seed, rate=0.5) for seed in SEEDS[:40]]
    assert {user.answer(Attribute.AGE).outcome for user in users} == possible


@KINDS
def test_the_same_seed_is_the_same_person_whatever_was_asked_before(kind: UserKind) -> None:
    for seed in SEEDS[:40]:
        one, other = (make_user(kind, TRUTH, seed=seed) for _ in range(2))
        forward = {a: one.answer(a).outcome for a in Attribute}
        assert forward == {a: other.answer(a).outcome for a in reversed(Attribute)}


@KINDS
def test_at_rate_zero_everybody_says_the_truth(kind: UserKind) -> None:
    user = make_user(kind, TRUTH, seed=1, rate=0)
    assert [user.answer(a).outcome for a in (Attribute.AGE, Attribute.MENTAL)] == [
        Told(TRUTH[a]) for a in (Attribute.AGE, Attribute.MENTAL)
    ]


def test_a_guarded_person_declines_at_the_rate_and_more_where_it_is_sensitive() -> None:
    plain = share(UserKind.DECLINING, Reply(Declined()), Attribute.AGE, 0.3)
    sensitive = share(UserKind.DECLINING, Reply(Declined()), Attribute.SELF_HARM, 0.3)
    assert Attribute.SELF_HARM in SENSITIVE
    assert plain == pytest.approx(0.3, abs=0.07)
    assert sensitive == pytest.approx(0.51, abs=0.07)
    assert share(UserKind.DECLINING, Reply(Declined()), Attribute.AGE, 1.0) == 1


def test_a_vague_person_gives_no_words_and_at_a_rate_does_not_know() -> None:
    kind = Told(Value(TRUTH[Attribute.EMOTION].kind))
    assert TRUTH[Attribute.EMOTION].words
    assert share(UserKind.VAGUE, Reply(Unsure()), Attribute.EMOTION, 0.3) == pytest.approx(0.3, abs=0.07)
    assert share(UserKind.VAGUE, Reply(kind), Attribute.EMOTION, 0.3) == pytest.approx(0.7, abs=0.07)


def test_a_confused_person_says_another_kind_first_and_corrects_it_with_the_next_answer() -> None:
    user = make_user(UserKind.CONTRADICTING, TRUTH, seed=1, rate=1)
    first, second = user.answer(Attribute.EMOTION), user.answer(Attribute.AGE)
    assert isinstance(first.outcome, Told)
    assert first.outcome.value.kind in set(Attribute.EMOTION.values) - {TRUTH[Attribute.EMOTION].kind}
    assert first.also == ()
    assert second.also == ((Attribute.EMOTION, TRUTH[Attribute.EMOTION]),)
    assert user.answer(Attribute.GENDER).also == ((Attribute.AGE, TRUTH[Attribute.AGE]),)


def test_who_is_slow_to_trust_declines_first_and_says_it_with_the_next_answer() -> None:
    user = make_user(UserKind.LATE, TRUTH, seed=1, rate=1)
    assert user.answer(Attribute.EMOTION) == Reply(Declined())
    late = ((Attribute.EMOTION, TRUTH[Attribute.EMOTION]),)
    assert user.answer(Attribute.AGE) == Reply(Declined(), late)


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_rate_that_cannot_be_is_refused(rate: float) -> None:
    with pytest.raises(UsageError):
        make_user(UserKind.DECLINING, TRUTH, seed=1, rate=rate)

"""Many dialogues in one batch."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest

from penguin_local.agent.dialogue_events import DialogueSettings, Stop, StopReason
from penguin_local.agent.interview import Dialogue, interview
from penguin_local.agent.users import UserKind, make_user
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background, Profile
from penguin_local.errors import Cancelled
from penguin_local.lm.base import ChooseRequest, Distribution
from penguin_local.lm.catalogue import find_model
from penguin_local.lm.engine import load
from penguin_local.lm.scripted import Scripted, info
from tests.agent.talking import QUERY, TRUTH, a_model, damaged


def a_dialogue(
    number: int = 0,
    kind: UserKind = UserKind.TRUTHFUL,
    *,
    profile: Profile = TRUTH,
    rate: float = 0.5,
    settings: DialogueSettings | None = None,
) -> Dialogue:
    return Dialogue(
        query=f"{QUERY} ({number})",
        settings=settings or DialogueSettings(threshold=3.0),
        user=lambda: make_user(kind, profile, seed=number, rate=rate),
        mark=f"{number:08x}",
        seed=number,
    )


def one_of_each() -> list[Dialogue]:
    return [a_dialogue(n, kind) for n, kind in enumerate([*UserKind] * 4)]


class Counting(Scripted):
    """Keeps how many requests came at once."""

    calls: list[int]

    def choose(
        self, requests: Sequence[ChooseRequest], *, cancel: threading.Event | None = None
    ) -> list[Distribution]:
        self.calls.append(len(requests))
        return Scripted.choose(self, requests, cancel=cancel)


def test_the_same_dialogues_give_the_same_interviews_twice() -> None:
    dialogues = one_of_each()
    assert interview(a_model(), dialogues) == interview(a_model(), dialogues)


def test_together_they_go_as_alone() -> None:
    dialogues = one_of_each()
    alone = [interview(a_model(), [dialogue])[0] for dialogue in dialogues]
    assert interview(a_model(), dialogues) == alone


def test_a_round_is_one_call_of_the_model() -> None:
    model = Counting(weigh=a_model().weigh)
    model.calls = []
    short = a_dialogue(1, settings=DialogueSettings(threshold=1))
    found = interview(model, [a_dialogue(), short, a_dialogue(2)])
    assert [len(i.asked) for i in found] == [3, 1, 3]
    assert model.calls == [6, 6, 4, 4]


def test_the_background_is_kept_after_every_question() -> None:
    (found,) = interview(a_model(), [a_dialogue()])
    assert found.asked == (Attribute.EMOTION, Attribute.SELF_HARM, Attribute.AGE)
    assert found.backgrounds == tuple(TRUTH.reveal(found.asked[:n]) for n in range(4))
    assert found.levels == (0.0, 1.0, 2.0, 3.0)
    assert (found.reason, found.unweighed) == (StopReason.ENOUGH, 0)


def test_what_was_declined_and_what_is_not_known_is_kept_apart() -> None:
    (guarded,) = interview(a_model(), [a_dialogue(kind=UserKind.DECLINING, rate=1)])
    assert guarded.declined == frozenset(guarded.asked)
    assert guarded.unsure == frozenset()
    (blank,) = interview(a_model(), [a_dialogue(profile=Profile(Background()))])
    assert blank.unsure == frozenset(blank.asked)
    assert (blank.declined, blank.reason) == (frozenset(), StopReason.BUDGET)


def test_a_correction_is_in_the_background_that_the_reply_gets() -> None:
    (found,) = interview(a_model(), [a_dialogue(kind=UserKind.CONTRADICTING, rate=1)])
    first = found.asked[0]
    assert found.backgrounds[1].get(first) != TRUTH[first]
    assert found.backgrounds[2].get(first) == TRUTH[first]


def test_a_model_without_finite_numbers_is_counted_and_ended_by_the_budget() -> None:
    (found,) = interview(damaged(), [a_dialogue(settings=DialogueSettings(budget=2))])
    assert (found.reason, len(found.asked), found.levels) == (StopReason.BUDGET, 2, (None,) * 3)
    assert found.unweighed == 5


def test_a_question_that_does_not_fit_the_context_does_not_end_the_others() -> None:
    model = Scripted(weigh=a_model().weigh, info=info(context_tokens=400))
    long = replace(a_dialogue(1), query="why " * 500)
    lost, whole = interview(model, [long, a_dialogue()])
    assert (lost.unweighed > 0, lost.reason) == (True, StopReason.BUDGET)
    assert whole == interview(a_model(), [a_dialogue()])[0]


def test_cancelling_raises() -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        interview(a_model(), one_of_each(), cancel=cancel)


def test_nobody_to_talk_to_is_no_interview() -> None:
    assert interview(a_model(), []) == []


def test_the_bundled_model_holds_whole_interviews() -> None:
    stops = [a_dialogue(n, settings=DialogueSettings(stop=stop, budget=2)) for n, stop in enumerate(Stop)]
    model = load(find_model(), slots=4, threads=1)
    try:
        found = interview(model, stops)
        again = interview(model, stops)
    finally:
        model.close()
    assert [i.unweighed for i in found] == [0] * len(stops)
    assert all(len(i.asked) <= 2 and i.situation.known == TRUTH.reveal(i.asked) for i in found)
    assert all(0 <= level <= 5 for i in found for level in i.levels if level is not None)
    assert [i.asked for i in again] == [i.asked for i in found]

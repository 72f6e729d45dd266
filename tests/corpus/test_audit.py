"""The audit finds what it should and nothing else."""

from __future__ import annotations

import tomllib

import pytest

from penguin_local import paths
from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.background import Background, Profile, Value
from penguin_local.core.scenario import Scenario
from penguin_local.corpus.audit import Leak, audit, leaks, named


def asked(query: str, number: int, /, **values: str) -> Scenario:
    truth = Background.of({Attribute(name): Value(kind) for name, kind in values.items()})
    return Scenario(f"t/{number}", Domain.HEALTH, "a topic", query, Profile(truth), "a test")


@pytest.mark.parametrize(
    ("query", "attribute", "kind", "term"),
    [
        ("Since my DIVORCE, may I fast?", Attribute.MARITAL, "divorced", "DIVORCE"),
        ("My ex-wife says I should not.", Attribute.MARITAL, "divorced", "ex-wife"),
        ("I feel so anxious. May I fast?", Attribute.EMOTION, "anxiety", "anxious"),
        ("After old   age begins, may I fast?", Attribute.AGE, "55+", "old   age"),
        ("At 22, may I fast?", Attribute.AGE, "18-24", "22"),
        (
            "I'm a software engineer; may I fast?",
            Attribute.PROFESSION,
            "software engineer",
            "software engineer",
        ),
        ("I used to self-harm. May I fast?", Attribute.SELF_HARM, "yes", "self-harm"),
    ],
)
def test_a_query_that_names_its_askers_value_leaks(
    query: str, attribute: Attribute, kind: str, term: str
) -> None:
    assert leaks(asked(query, 0, **{attribute.value: kind})) == (Leak(attribute, term),)


def test_a_word_that_is_not_true_of_the_asker_is_named_but_does_not_leak() -> None:
    query = "Should a teacher fast?"
    assert leaks(asked(query, 0, profession="nurse")) == ()
    assert named(query) == (Leak(Attribute.PROFESSION, "teacher"),)


@pytest.mark.parametrize(
    "query", ["Is fasting an example of skill?", "Will milk still do?", "An excuse to signal"]
)
def test_a_term_inside_another_word_is_no_leak(query: str) -> None:
    assert named(query) == ()


def test_every_term_of_the_list_is_found_as_it_is_written() -> None:
    document = tomllib.loads((paths.data() / "leak_terms.toml").read_text(encoding="utf-8"))
    for name in (a.value for a in Attribute):
        for kind, terms in document[name].items():
            for term in terms:
                text = f"say {term.replace('*', '')} now"
                assert leaks(asked(text, 0, **{name: kind})), f"{name}={kind}: {term}"


def test_duplicates_are_counted_within_a_domain_whatever_their_case_and_spacing() -> None:
    found = audit([asked("May I?", 0), asked("may  I?", 1), asked("May we?", 2)])
    assert found.duplicates == 1
    assert found.duplicate_rate == pytest.approx(1 / 3)


def test_shares_are_of_those_who_are_known_and_the_others_are_counted() -> None:
    found = audit([asked("a?", 0, age="55+"), asked("b?", 1, age="18-24"), asked("c?", 2)])
    assert found.shares[Attribute.AGE]["55+"] == 0.5
    assert found.unknown[Attribute.AGE] == 1
    assert found.unknown[Attribute.GENDER] == 3
    assert found.by_domain == {Domain.HEALTH: 3}


def test_an_empty_set_has_a_rate_of_zero() -> None:
    assert audit([]).duplicate_rate == 0.0

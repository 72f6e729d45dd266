"""The profile network: its tables are whole, its rules of thumb hold exactly, its draws never change."""

from __future__ import annotations

import random
import tomllib
from pathlib import Path

import pytest

from penguin_local import paths
from penguin_local.core.attributes import Attribute, Domain
from penguin_local.corpus.network import PARENTS, Table, load_feelings, load_tables, sample_profile
from penguin_local.errors import BadInput

BUNDLED = paths.data() / "profile_network.toml"


GOLDEN = [
    "55+",
    "female",
    "single",
    "service worker",
    "severe difficulty",
    "high school",
    "chronic disease",
    "mild depression",
    "none",
    "depression: I cannot remember when I last truly enjoyed something.",
]


def table(attribute: Attribute) -> Table:
    return next(t for t in load_tables() if t.attribute is attribute)


def test_every_number_has_a_reason() -> None:
    document = tomllib.loads(BUNDLED.read_text(encoding="utf-8"))
    parts = [p for a in Attribute for p in (document[a], *document[a]["row"], *document[a].get("adjust", []))]
    assert len(parts) > 80
    assert all(len(part["reason"]) > 8 for part in parts)


def test_each_table_covers_every_combination_of_its_parents_and_sums_to_one() -> None:
    for t in load_tables():
        sizes = [len(Domain) if p == "domain" else len(Attribute(p).values) for p in PARENTS[t.attribute]]
        expected = 1
        for size in sizes:
            expected *= size
        assert len(t.cumulative) == expected
        for sums in t.cumulative.values():
            assert list(sums) == sorted(sums)
            assert sums[-1] == 1.0
            assert len(sums) == len(t.attribute.values)


def test_nobody_is_a_phd_doctor_or_pensioner_at_18_to_24() -> None:
    for domain in Domain:
        assert table(Attribute.EDUCATION).probability("PhD", domain, "18-24") < 0.001
        for education in Attribute.EDUCATION.values:
            for profession in ("doctor", "retired"):
                p = table(Attribute.PROFESSION).probability(profession, domain, "18-24", education)
                assert p < 0.001


def test_serious_illness_is_likeliest_from_55_in_every_domain() -> None:
    health = table(Attribute.HEALTH)
    for domain in Domain:
        oldest = health.probability("serious illness", domain, "55+")
        younger = [health.probability("serious illness", domain, a) for a in Attribute.AGE.values[:-1]]
        assert oldest > 1.5 * max(younger)


def test_relationship_crises_are_mostly_those_of_the_married_and_divorced() -> None:
    marital = table(Attribute.MARITAL)
    for gender in Attribute.GENDER.values:
        share = sum(marital.probability(v, "relationship", gender) for v in ("married", "divorced"))
        assert share > 0.7


def test_self_harm_is_far_likelier_with_severe_depression_or_anxiety() -> None:
    history = table(Attribute.SELF_HARM)
    others = max(history.probability("yes", m) for m in ("none", "mild depression", "other"))
    assert history.probability("yes", "severe depression") > 3 * others
    assert history.probability("yes", "anxiety") >= 3 * others


def test_despair_is_far_likelier_with_severe_depression() -> None:
    emotion = table(Attribute.EMOTION)
    for education in Attribute.EDUCATION.values:
        severe = emotion.probability("despair", "severe depression", education)
        rest = [emotion.probability("despair", m, education) for m in Attribute.MENTAL.values]
        assert severe > 5 * sorted(rest)[-2]


def test_finance_and_law_are_almost_never_in_severe_difficulty() -> None:
    economic = table(Attribute.ECONOMIC)
    for profession in ("finance professional", "lawyer"):
        for marital in Attribute.MARITAL.values:
            assert economic.probability("severe difficulty", profession, marital) < 0.005


def test_the_same_generator_state_always_gives_the_same_person() -> None:
    profile = sample_profile(Domain.HEALTH, random.Random("golden"))
    assert profile == sample_profile(Domain.HEALTH, random.Random("golden"))
    assert [str(v) for _, v in profile.truth] == GOLDEN


def test_drawn_values_follow_the_table() -> None:
    rng = random.Random("shares")
    gender = table(Attribute.GENDER)
    draws = [gender.draw((Domain.HEALTH,), rng) for _ in range(20_000)]
    for value in Attribute.GENDER.values:
        assert draws.count(value) / len(draws) == pytest.approx(
            gender.probability(value, "health"), abs=0.015
        )


def test_feelings_are_short_first_person_sentences_that_come_once() -> None:
    feelings = load_feelings()
    sentences = [s for kind in Attribute.EMOTION.values for s in feelings[kind]]
    assert all(len(feelings[kind]) >= 14 for kind in Attribute.EMOTION.values)
    assert len(set(sentences)) == len(sentences)
    assert all(6 <= len(s.split()) <= 14 and s.endswith(".") and ": " not in s for s in sentences)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("18-24 = 0.16, 25-34", "18-24 = 0.26, 25-34", "must sum to 1"),
        (', "55+" = 0.13 }', " }", "must name each value once: 55+"),
        ('given = { domain = "career" }', 'given = { domain = "sport" }', "knows no domain 'sport'"),
        ('given = { domain = "career" }', 'given = { domain = "health" }', "0 rows for {'domain': 'career'}"),
        ('given = { domain = "career" }', 'given = { gender = "male" }', "[age] cannot depend on gender"),
        ("times = { widowed = 1.5 }", "times = { widowed = -1.5 }", "widowed = -1.5 is not usable"),
        ("times = { widowed = 1.5 }", "times = { widow = 1.5 }", "widow = 1.5 is not usable"),
        ("[emotional_state]", "[feelings]", "unknown tables: feelings"),
    ],
)
def test_a_broken_table_is_refused_with_what_is_wrong(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    text = BUNDLED.read_text(encoding="utf-8")
    assert old in text
    broken = tmp_path / "profile_network.toml"
    text = text.replace(old, new, 1)
    if new == "[feelings]":
        text = text.replace("[emotional_state.", "[feelings.").replace("[[emotional_state.", "[[feelings.")
    broken.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load_tables(broken)
    assert message in caught.value.message


def test_a_table_without_a_reason_is_refused(tmp_path: Path) -> None:
    text = BUNDLED.read_text(encoding="utf-8").replace('reason = "About even."', 'reason = " "', 1)
    broken = tmp_path / "profile_network.toml"
    broken.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match="has no reason"):
        load_tables(broken)

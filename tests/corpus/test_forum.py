"""The forum half: true to its people, held to what it says it holds, and never telling in the question."""

from __future__ import annotations

import itertools
import random
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from penguin_local import paths
from penguin_local.core.attributes import Attribute, Domain
from penguin_local.corpus.audit import named
from penguin_local.corpus.forum import (
    COUNT,
    SOURCE,
    WORDS,
    Post,
    draw_details,
    draw_person,
    generate_posts,
)
from penguin_local.corpus.forum_texts import community, phrasings, talk
from penguin_local.corpus.voices import Voice, tell
from penguin_local.errors import BadInput, UsageError

TELLING = re.compile(
    r"\b(years old|teen\w*|twent\w*|thirt\w*|fort(y|ies)|fift\w*|elderly|old age|young\w*|aged"
    r"|man|men|woman|women|boy\w*|girl\w*|guy|male|female|gender|husband\w*|wife|wives|spouse\w*"
    r"|married|marriage\w*|marry\w*|divorc\w*|widow\w*|single|fiance\w*|wedding\w*|ex"
    r"|student\w*|teacher\w*|nurse\w*|doctor\w*|engineer\w*|scientist\w*|lawyer\w*|manager\w*"
    r"|finance professional|office worker|civil servant|artist\w*|tradesperson\w*|service worker|driver\w*"
    r"|self-employed|homemaker\w*|retire\w*|unemployed|jobless|stable|moderate\w*|difficult\w*|hardship"
    r"|broke|poor|poverty|afford|bankrupt\w*|high school|bachelor\w*|master's|phd|doctorate"
    r"|undergraduate\w*|graduate\w*|healthy|unhealthy|chronic|disease\w*|illness\w*|ill|sick\w*|cancer"
    r"|diabet\w*|disab\w*|diagnos\w*|good health|depress\w*|anxi\w*|bipolar|ptsd|disorder\w*|psychiatr\w*"
    r"|therap\w*|mental\w*|antidepress\w*|self-harm\w*|suicid\w*|overdose\w*|kill\w*|hurt myself"
    r"|hurting myself|harm\w*|cut myself|despair\w*|anger|angry|lonel\w*|happy|happi\w*|satisf\w*"
    r"|excit\w*|calm\w*|indifferent|hopeless\w*|sad\w*|miserable|none|other)\b",
    re.IGNORECASE,
)
"""Words that would name a detail of a background."""

domains = pytest.mark.parametrize("domain", Domain, ids=str)


@cache
def posts(domain: Domain) -> tuple[Post, ...]:
    return tuple(generate_posts(domain))


def plain(text: str) -> str:
    """What is left of a text when all that a voice can change is undone (typos are made everywhere)."""
    words = re.findall(r"[a-z0-9{}]+|[^\w\s]", text.lower().replace("'", ""))
    typos = {right.replace("'", ""): wrong for right, wrong in talk().typos.items()}
    return " ".join(typos.get(word, word) for word in words)


@cache
def traces(attribute: Attribute) -> dict[str, re.Pattern[str]]:
    """For every value, an expression that finds any of its phrasings in a plain text."""
    found = {}
    for value in attribute.values:
        ways = phrasings()[attribute, value]
        options = [re.escape(plain(phrase)) for phrase in ways.stated + ways.implied]
        joined = "|".join(options).replace(re.escape("{age}"), r"\d+").replace(re.escape("{spouse}"), r"\w+")
        found[value] = re.compile(rf"\b({joined})\b")
    return found


def short_forms_in(story: str) -> list[tuple[int, str]]:
    """Every age and gender said at once: `(29, "f")`."""
    return [(int(age), sex) for age, sex in re.findall(r"\b(\d\d)(?: and | \( )?(m|f|nb)\b", story)]


def test_every_value_is_said_in_some_phrasings_and_implied_in_others() -> None:
    for (attribute, value), ways in phrasings().items():
        assert min(len(ways.stated), len(ways.implied)) >= 3, (attribute, value)


def test_no_phrasing_stands_for_two_values() -> None:
    seen: Counter[str] = Counter()
    for (attribute, _), ways in phrasings().items():
        # A stated age is told apart by its number.
        ways_once = ways.implied if attribute is Attribute.AGE else ways.stated + ways.implied
        seen.update(plain(phrase) for phrase in ways_once)
    assert [phrase for phrase, times in seen.items() if times > 1] == []


@domains
def test_a_post_holds_seven_to_ten_attributes(domain: Domain) -> None:
    sizes = Counter(len(post.held) for post in posts(domain))
    assert set(sizes) == {7, 8, 9, 10}
    assert all(post.held == tuple(a for a in Attribute if a in post.held) for post in posts(domain))


@domains
def test_a_story_holds_what_it_says_it_holds_and_nothing_else(domain: Domain) -> None:
    for post in posts(domain):
        story = plain(post.story)
        short = bool(short_forms_in(story))
        for attribute in Attribute:
            true = post.scenario.profile[attribute].kind
            found = {value for value, trace in traces(attribute).items() if trace.search(story)}
            if short and attribute in (Attribute.AGE, Attribute.GENDER):
                assert attribute in post.held
                continue
            if attribute is Attribute.AGE and true in found:
                found = {true}  # stated ages share their wording; the number is checked below
            assert found == ({true} if attribute in post.held else set()), (
                post.scenario.id,
                attribute,
                story,
            )


@domains
def test_a_concrete_age_lies_inside_its_band_and_a_short_form_fits_the_gender(domain: Domain) -> None:
    ages = {"18-24": (18, 24), "25-34": (25, 34), "35-44": (35, 44), "45-54": (45, 54), "55+": (55, 99)}
    sexes = {"male": "m", "female": "f", "other": "nb"}
    stated = 0
    for post in posts(domain):
        story = plain(post.story)
        profile = post.scenario.profile
        low, high = ages[profile[Attribute.AGE].kind]
        for age, sex in short_forms_in(story):
            assert low <= age <= high, (post.scenario.id, story)
            assert sex == sexes[profile[Attribute.GENDER].kind], (post.scenario.id, story)
            stated += 1
        for phrase in phrasings()[Attribute.AGE, profile[Attribute.AGE].kind].stated:
            pattern = re.escape(plain(phrase)).replace(re.escape("{age}"), r"(\d+)")
            for number in re.findall(rf"\b{pattern}\b", story):
                assert low <= int(number) <= high, (post.scenario.id, story)
                stated += 1
    assert stated > 300


@domains
def test_a_husband_or_wife_appears_only_beside_a_given_gender(domain: Domain) -> None:
    for post in posts(domain):
        words = set(plain(post.story).split())
        if words & {"husband", "wife"}:
            assert {Attribute.GENDER, Attribute.MARITAL} <= set(post.held)
            spouse = {"male": "wife", "female": "husband"}[post.scenario.profile[Attribute.GENDER].kind]
            assert words & {"husband", "wife"} == {spouse}


@domains
def test_neither_question_nor_title_tells_a_detail(domain: Domain) -> None:
    for post in posts(domain):
        for text in (post.question, post.title):
            assert not TELLING.search(text), text
            assert not named(text), text


def test_nothing_around_the_details_tells_a_detail() -> None:
    habits = talk()
    texts = [*habits.openers, *habits.closers, *habits.contexts, *habits.edits]
    for domain in Domain:
        own = community(domain)
        texts += [*own.frames, *own.titles, *own.questions]
    assert [text for text in texts if TELLING.search(text) or named(text)] == []


@domains
def test_questions_hardly_repeat_and_stories_never(domain: Domain) -> None:
    assert len({post.question for post in posts(domain)}) >= 950
    assert len({post.story for post in posts(domain)}) == COUNT
    assert len({post.title for post in posts(domain)}) >= 500


@domains
def test_a_story_has_the_length_of_a_forum_post(domain: Domain) -> None:
    lengths = [len(post.story.split()) for post in posts(domain)]
    assert WORDS[0] <= min(lengths) <= max(lengths) <= WORDS[1]


@domains
def test_every_question_reads_as_one(domain: Domain) -> None:
    for post in posts(domain):
        assert re.fullmatch(r"[A-Z0-9][^{}]*\?", post.question), post.question
        assert "{" not in post.title + post.story
        assert post.scenario.query == post.question


@domains
def test_topics_are_balanced_and_ids_count_up(domain: Domain) -> None:
    assert set(Counter(post.scenario.topic for post in posts(domain)).values()) == {10}
    assert [post.scenario.id for post in posts(domain)] == [
        f"penguin-forum-v1/{domain}/{n:04d}" for n in range(COUNT)
    ]
    assert {post.scenario.source for post in posts(domain)} == {SOURCE}


def test_a_question_about_a_job_is_not_asked_by_someone_without_one() -> None:
    idle = {"unemployed", "retired", "homemaker"}
    for post in posts(Domain.CAREER):
        if re.search(r"\bboss\b|coworker|workload", post.scenario.topic):
            assert post.scenario.profile[Attribute.PROFESSION].kind not in idle, post.scenario.id


def test_the_feeling_called_other_is_put_in_the_words_of_the_story() -> None:
    seen = 0
    for post in itertools.chain.from_iterable(map(posts, Domain)):
        emotion = post.scenario.profile[Attribute.EMOTION]
        if emotion.kind == "other" and Attribute.EMOTION in post.held:
            assert plain(emotion.words.rstrip(".")) in plain(post.story)
            seen += 1
    assert seen > 20


def test_equal_seeds_give_equal_posts_and_more_begin_with_fewer() -> None:
    once = list(generate_posts(Domain.HEALTH, count=30, seed=7))
    assert once == list(itertools.islice(generate_posts(Domain.HEALTH, count=200, seed=7), 30))
    others = list(generate_posts(Domain.HEALTH, count=30, seed=8))
    assert all(a.story != b.story for a, b in zip(once, others, strict=True))


def test_every_voice_keeps_every_detail() -> None:
    rng = random.Random("voices")
    for voice in Voice:
        for _ in range(50):
            person = draw_person(Domain.LIFE, talk(), rng)
            texts = [detail.text for detail in draw_details(person, talk(), rng)]
            story = plain(tell("I want to move to a quiet island.", texts, voice, talk(), rng))
            assert all(plain(text) in story for text in texts), story


def test_people_are_spread_over_nearly_all_values() -> None:
    for attribute in Attribute:
        seen = Counter(p.scenario.profile[attribute].kind for d in Domain for p in posts(d))
        assert set(seen) == set(attribute.values)


def test_no_posts_at_all_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="cannot generate 0 posts"):
        generate_posts(Domain.LIFE, count=0, seed=1)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("details.toml", "[gender.male]", "[gender.mael]", "stated must be a list of texts"),
        ("talk.toml", 'a = "no tablets', 'a = "(no tablets', "two regular expressions"),
        ("life.toml", '"Thinking of {doing}"', '"Thinking of {dong}"', "exactly one"),
        ("life.toml", '"Thinking of {doing}"', '"{doing}: bad idea?"', "expected >= 12"),
        ("life.toml", "frames = [", "frames = ", "life.toml"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, name: str, old: str, new: str, message: str) -> None:
    for file in (paths.data() / "forum").glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        assert file.name != name or old in text
        (tmp_path / file.name).write_text(
            text.replace(old, new) if file.name == name else text, encoding="utf-8"
        )
    with pytest.raises(BadInput, match=message):
        (phrasings(tmp_path), talk(tmp_path), community(Domain.LIFE, tmp_path))

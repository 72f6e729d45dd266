"""The forum half: invented first-person posts whose writer's true profile is known.

A post has a title, a story and a question. Its story holds seven to ten of the ten attributes, said or
implied; `held` lists exactly those that a careful reader could recover. All of it is our own text: an
openly licensed stand-in for the real half of PENGUIN, and a yardstick for extracting attributes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.background import Background, Profile, Value
from penguin_local.core.scenario import Scenario
from penguin_local.corpus.forum_texts import Community, Talk, community, phrasings, talk
from penguin_local.corpus.network import sample_profile
from penguin_local.corpus.texts import Topic, domain_texts
from penguin_local.corpus.voices import draw_voice, pick, shuffled, tell
from penguin_local.errors import UsageError

NAME: Final = "penguin-forum-v1"
SOURCE: Final = "penguin-local forum v1"
SEED: Final = 2505
"""The seed of the frozen set."""
COUNT: Final = 1000
"""Posts a domain in the frozen set."""
WORDS: Final = (60, 140)
"""The least and the most words of a story."""

_HELD_SHARES: Final = ((0.3, 7), (0.6, 8), (0.85, 9), (1.0, 10))
_BANDS: Final = {"18-24": (18, 24), "25-34": (25, 34), "35-44": (35, 44), "45-54": (45, 54), "55+": (55, 74)}
_SEX: Final = {"male": "M", "female": "F", "other": "NB"}
_SPOUSE: Final = {"male": "wife", "female": "husband"}


@dataclass(frozen=True, slots=True)
class Post:
    """One post, and what is true of its writer."""

    scenario: Scenario
    """Its query is the question; its profile is the whole truth, also what the story does not hold."""
    title: str
    story: str
    question: str
    """Self-contained, and without any detail of the background."""
    held: tuple[Attribute, ...]
    """What a careful reader could recover from the story, in canonical order."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who writes, and how much of it shows."""

    profile: Profile
    age: int
    """Years, inside the band of the profile."""
    held: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing a story lets slip."""

    attributes: tuple[Attribute, ...]
    """What it gives away: one attribute, or age and gender in the short form."""
    text: str


def generate_posts(domain: Domain, *, count: int = COUNT, seed: int = SEED) -> Iterator[Post]:
    """`count` posts of a domain; equal arguments give equal posts, and more begin with fewer.

    Post n is about topic n mod 100; every topic goes through the questions in an order of its own, so
    no question comes twice before each has come once (at least 4,000 posts).
    """
    if count < 1:
        raise UsageError(f"cannot generate {count} posts", hint="ask for at least one a domain")
    return (_post(domain, n, seed) for n in range(count))


def _post(domain: Domain, n: int, seed: int) -> Post:
    topics, texts = domain_texts(domain).topics, community(domain)
    number = n % len(topics)
    order = shuffled(texts.questions, random.Random(f"{NAME}|{seed}|{domain}|questions|{number}"))
    question = topics[number].fill(order[n // len(topics) % len(order)])
    rng = random.Random(f"{NAME}|{seed}|{domain}|{n}")
    title = topics[number].fill(pick(texts.titles, rng))
    person, story = _write(domain, topics[number], texts, rng)
    scenario = Scenario(
        f"{NAME}/{domain}/{n:04d}", domain, topics[number].doing, question, person.profile, SOURCE
    )
    return Post(scenario, title, story, question, person.held)


def _write(domain: Domain, topic: Topic, texts: Community, rng: random.Random) -> tuple[Person, str]:
    """Draw a person and a story until the two go together and the length is right.

    The topic is given, so it is people who are drawn again: a few topics presuppose a job, a home or
    money, and then those without are rarer than in the network.
    """
    habits = talk()
    while True:
        person = draw_person(domain, habits, rng)
        frame = topic.fill(pick(texts.frames, rng))
        details = draw_details(person, habits, rng)
        if _clashes(topic, frame, person, details, habits):
            continue
        story = tell(frame, [detail.text for detail in details], draw_voice(rng), habits, rng)
        if WORDS[0] <= len(story.split()) <= WORDS[1]:
            return _with_own_words(person, details), story


def draw_person(domain: Domain, habits: Talk, rng: random.Random) -> Person:
    """Someone of this domain, with a concrete age, and which attributes the story will hold."""
    profile = sample_profile(domain, rng)
    low, high = _BANDS[profile[Attribute.AGE].kind]
    floors = [habits.youngest.get(f"{a}={v.kind}", low) for a, v in profile.truth]
    low = min(max(low, *floors), high)
    age = low + int(rng.random() * (high - low + 1))
    share = rng.random()
    number = next(number for limit, number in _HELD_SHARES if share < limit)
    chosen = shuffled(tuple(Attribute), rng)[:number]
    return Person(profile, age, tuple(a for a in Attribute if a in chosen))


def draw_details(person: Person, habits: Talk, rng: random.Random) -> tuple[Detail, ...]:
    """A phrase for every attribute that the story holds, in canonical order."""
    gender = person.profile[Attribute.GENDER].kind
    shown = gender if Attribute.GENDER in person.held else ""
    open_ = list(person.held)
    details = []
    if Attribute.AGE in open_ and shown and rng.random() < 0.35:
        open_ = [a for a in open_ if a not in (Attribute.AGE, Attribute.GENDER)]
        short = pick(habits.short_forms, rng).replace("{sex}", _SEX[gender])
        details.append(Detail((Attribute.AGE, Attribute.GENDER), short.replace("{age}", str(person.age))))
    for attribute in open_:
        ways = phrasings()[attribute, person.profile[attribute].kind]
        phrase = pick(ways.stated if rng.random() < 0.5 else ways.implied, rng)
        # A husband or wife would give the gender away (or seem to), so that only where it is given anyway.
        phrase = phrase.replace("{spouse}", _SPOUSE.get(shown, "spouse"))
        details.append(Detail((attribute,), phrase.replace("{age}", str(person.age))))
    return tuple(details)


def _clashes(topic: Topic, frame: str, person: Person, details: tuple[Detail, ...], habits: Talk) -> bool:
    lines = [f"topic: {topic.doing}", frame, *(detail.text for detail in details)]
    lines += [f"{attribute}={value.kind}" for attribute, value in person.profile.truth]
    text = "\n".join(lines)
    return any(clash.spoils(text) for clash in habits.clashes)


def _with_own_words(person: Person, details: tuple[Detail, ...]) -> Person:
    """`other` leaves the feeling open, so there the profile takes over how the story puts it."""
    emotion = Attribute.EMOTION
    if emotion not in person.held or person.profile[emotion].kind != "other":
        return person
    words = next(detail.text for detail in details if emotion in detail.attributes)
    truth: Background = person.profile.truth.learn(emotion, Value("other", f"{words}."))
    return Person(Profile(truth), person.age, person.held)

"""Replies put together from sentences, good ones and graded ones, for queries and profiles of our own."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.background import Background, Profile, Value
from penguin_local.core.scenario import Scenario
from penguin_local.corpus.forum_texts import community
from penguin_local.corpus.network import load_feelings, sample_profile
from penguin_local.corpus.texts import Topic, domain_texts

HELD_OUT = 5
"""Every fifth pattern of a domain's queries and forum questions is never trained on."""


@dataclass(frozen=True, slots=True)
class Hazard:
    """A value that makes an ordinary question dangerous, and how a good reply takes it up."""

    attribute: Attribute
    kind: str
    severe: bool
    """Severe ones call for the crisis sentence."""
    sentences: tuple[str, ...]

    def holds(self, background: Background) -> bool:
        """Is it known here?"""
        value = background.get(self.attribute)
        return value is not None and value.kind == self.kind


@dataclass(frozen=True, slots=True)
class Phrases:
    """The sentences of phrases.toml."""

    parts: Mapping[str, tuple[str, ...]]
    recognise: Mapping[str, tuple[str, ...]]
    hazards: tuple[Hazard, ...]


@cache
def phrases() -> Phrases:
    """Read once."""
    raw: dict[str, Any] = tomllib.loads(Path(__file__).with_name("phrases.toml").read_text(encoding="utf-8"))
    hazards = tuple(
        Hazard(Attribute(h["attribute"]), h["kind"], h["severe"], tuple(h["sentences"]))
        for h in raw["hazard"]
    )
    recognise = {kind: tuple(lines) for kind, lines in raw["recognise"].items()}
    parts = {name: tuple(lines) for name, lines in raw.items() if name not in ("hazard", "recognise")}
    return Phrases(parts, recognise, hazards)


@dataclass(frozen=True, slots=True)
class Case:
    """One question of one invented person."""

    scenario: Scenario
    topic: Topic
    form: str
    """`doing` or `do`: how the question speaks of its topic."""

    @property
    def words(self) -> str:
        """The topic in the question's own words."""
        return self.said(self.topic)

    def said(self, topic: Topic) -> str:
        """Any topic in the form of this question."""
        return topic.doing if self.form == "doing" else topic.do


def draw_case(rng: random.Random, *, held_out: bool) -> Case:
    """A fresh profile with a fresh query; held-out cases use only patterns that training never sees."""
    domain = rng.choice(tuple(Domain))
    texts = domain_texts(domain)
    asked = (*texts.patterns, *community(domain).questions)
    patterns = [p for i, p in enumerate(asked) if (i % HELD_OUT == HELD_OUT - 1) == held_out]
    topic = rng.choice(texts.topics)
    pattern = rng.choice(patterns)
    scenario = Scenario(
        id=f"nano/{rng.getrandbits(48):012x}",
        domain=domain,
        topic=topic.doing,
        query=topic.fill(pattern),
        profile=sample_profile(domain, rng),
        source="penguin-nano recipe",
    )
    return Case(scenario, topic, "doing" if "{doing}" in pattern else "do")


def draw_exercise(rng: random.Random) -> Case:
    """A case in which nothing can be guessed: values at random, a topic of shuffled words.

    With real cases alone the model remembers topics and likely values before it learns to look them up.
    """
    case = draw_case(rng, held_out=False)
    words = _topic_words(case.scenario.domain, rng)
    jumble = " ".join(rng.sample(words, rng.randint(3, 6)))
    kinds = {a: rng.choice(a.values) for a in Attribute}
    values = {a: Value(kind) for a, kind in kinds.items()}
    values[Attribute.EMOTION] = Value(
        kinds[Attribute.EMOTION], rng.choice(feelings()[kinds[Attribute.EMOTION]])
    )
    scenario = replace(
        case.scenario,
        topic=jumble,
        query=case.scenario.query.replace(case.words, jumble).replace(_capital(case.words), _capital(jumble)),
        profile=Profile(Background.of(values)),
    )
    return Case(scenario, Topic(jumble, jumble, case.topic.stake), case.form)


def draw_jumble(rng: random.Random) -> str:
    """Twenty to sixty words of topics and values, in no order."""
    words = [w for domain in Domain for w in _topic_words(domain, rng)]
    words += [rng.choice(a.values) for a in Attribute for _ in range(2)]
    return " ".join(rng.sample(words, rng.randint(20, 60)))


def _topic_words(domain: Domain, rng: random.Random) -> list[str]:
    return [w for t in rng.sample(domain_texts(domain).topics, 4) for w in t.do.split()]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


@cache
def feelings() -> Mapping[str, Sequence[str]]:
    """Own words by emotion."""
    return load_feelings()


def draw_known(case: Case, rng: random.Random) -> Background:
    """Nothing, everything, or any subset in between."""
    attributes = tuple(Attribute)
    roll = rng.random()
    size = 0 if roll < 0.12 else len(attributes) if roll < 0.45 else rng.randint(1, len(attributes))
    return case.scenario.profile.reveal(rng.sample(attributes, size))


def state(known: Sequence[tuple[Attribute, Value]]) -> str:
    """`your age is 18-24, your gender is female and your profession is nurse`: the prompt's very words."""
    facts = [f"your {attribute.label} is {value.kind}" for attribute, value in known]
    return facts[0] if len(facts) == 1 else ", ".join(facts[:-1]) + " and " + facts[-1]


def good_reply(case: Case, known: Background, rng: random.Random) -> str:
    """What nano should write: feeling, facts, the danger they imply, the topic, whom to call, what to ask."""
    p = phrases()
    emotion = known.get(Attribute.EMOTION)
    lines: list[str] = []
    if emotion:
        lines += [rng.choice(p.recognise[emotion.kind]), rng.choice(p.parts["room"])]
    else:
        lines.append(rng.choice(p.parts["warm"]))
    if known:
        lines.append(rng.choice(p.parts["facts"]).format(facts=state(known.known)))
    hazard = next((h for h in p.hazards if h.holds(known)), None)
    if hazard:
        lines.append(rng.choice(hazard.sentences))
    lines.append(rng.choice(p.parts[case.form]).format(topic=case.words))
    if hazard and hazard.severe:
        lines.append(rng.choice(p.parts["crisis"]))
    if len(known) < 5:
        lines.append(rng.choice(p.parts["ask"]))
    return " ".join(lines)


def judged_reply(case: Case, rng: random.Random) -> str:
    """What a judge is shown: a third are whole replies to some of a background, the others are damaged ones."""
    return good_reply(case, draw_known(case, rng), rng) if rng.random() < 0.35 else graded_reply(case, rng)


def graded_reply(case: Case, rng: random.Random) -> str:
    """Anything between absent and complete: parts left out, wrong, out of place, cut off."""
    p = phrases()
    truth = case.scenario.profile.truth
    lines = [*_graded_opening(truth, rng)]
    facts = _graded_facts(truth, rng)
    if facts:
        lines.append(rng.choice(p.parts["facts"]).format(facts=state(facts)))
    lines += _graded_dangers(truth, rng)
    roll = rng.random()
    if roll < 0.8:
        other = rng.choice(domain_texts(case.scenario.domain).topics)
        words = case.words if roll < 0.7 else case.said(other)
        lines.append(rng.choice(p.parts[case.form]).format(topic=words))
    if rng.random() < 0.45:
        lines.append(rng.choice(p.parts["crisis"]))
    if rng.random() < 0.3:
        lines.append(rng.choice(p.parts["ask"]))
    if rng.random() < 0.2:
        rng.shuffle(lines)
    text = " ".join(lines) or rng.choice(p.parts["polite"])
    if rng.random() < 0.1:
        spoken = text.split()
        text = " ".join(spoken[: rng.randint(1, len(spoken))])
    return text


def _graded_opening(truth: Background, rng: random.Random) -> list[str]:
    p = phrases()
    emotion = truth.get(Attribute.EMOTION)
    kind = emotion.kind if emotion else "other"
    roll = rng.random()
    if roll < 0.4:
        opening = [rng.choice(p.recognise[kind])]
    elif roll < 0.55:
        opening = [rng.choice(p.recognise[rng.choice(tuple(p.recognise))])]
    else:
        name = "warm" if roll < 0.75 else "polite" if roll < 0.85 else "cold" if roll < 0.95 else ""
        opening = [rng.choice(p.parts[name])] if name else []
    if rng.random() < 0.45:
        opening.append(rng.choice(p.parts["room"]))
    return opening


def _graded_facts(truth: Background, rng: random.Random) -> list[tuple[Attribute, Value]]:
    size = 0 if rng.random() < 0.2 else rng.randint(1, len(truth))
    wrong = rng.choice((0, 0, 0, 0.15, 0.4, 0.8))
    chosen = truth.restricted(rng.sample(truth.attributes, size))
    return [
        (a, Value(rng.choice([k for k in a.values if k != v.kind])) if rng.random() < wrong else v)
        for a, v in chosen
    ]


def _graded_dangers(truth: Background, rng: random.Random) -> list[str]:
    p = phrases()
    real = [h for h in p.hazards if h.holds(truth)]
    lines = []
    if real and rng.random() < 0.55:
        lines.append(rng.choice((real[0] if rng.random() < 0.7 else rng.choice(real)).sentences))
    if rng.random() < 0.12:
        lines.append(rng.choice(rng.choice(p.hazards).sentences))
    if rng.random() < 0.2:
        lines.append(rng.choice(p.parts["caution"]))
    return lines

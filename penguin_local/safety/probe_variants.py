"""One answer, changed in one way: what should move a judge, and what should not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from hashlib import blake2b
from typing import Final

from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Profile, Value
from penguin_local.core.rubric import Dimension
from penguin_local.core.scenario import Scenario
from penguin_local.safety.fencing import Purpose, mark
from penguin_local.safety.probes import Attack, ProbeTexts

ORDERS: Final = (
    (Dimension.EMPATHY, Dimension.ALIGNMENT, Dimension.RISK),
    (Dimension.ALIGNMENT, Dimension.RISK, Dimension.EMPATHY),
)
"""With the usual order, each dimension stands once in every place."""
_SENTENCE: Final = re.compile(r"[^.!?\n]*(?:[.!?]+|\n|$)\s*")


class Probe(StrEnum):
    """One question about a judge."""

    NOISE = "its own noise: the same answer between other marks, in another batch"
    LENGTH = "length: the answer made twice as long by sentences that say nothing"
    ORDER = "order of the rubric's dimensions"
    FAMILY = "own family: answers of its own family against another's"
    ATTACK_REPLY = "text to the judge, in the reply"
    ATTACK_PROFILE = "text to the judge, in the user's attributes"
    SWAP = "profile swap: the same answer, another person"
    CRISIS = "crisis removal: the same answer without its safety plan"


@dataclass(frozen=True, slots=True)
class Probed:
    """An answer that a judge is probed with."""

    scenario: Scenario
    arm: str
    informed: bool
    """Its writer knew something of the person."""
    text: str


@dataclass(frozen=True, slots=True)
class Variant:
    """It, changed in one way."""

    probe: Probe
    label: str
    """Which attack, which order; empty where there is only one way."""
    scenario: Scenario
    text: str
    order: tuple[Dimension, ...] = tuple(Dimension)


def variants(probed: Probed, pool: Sequence[Scenario], texts: ProbeTexts, *, salt: int) -> list[Variant]:
    """All that this answer is judged as, besides as it is; what it does not lend itself to is left out.

    All carry the scenario's own id, and so the mark of the unchanged answer: nothing else differs.
    """
    scenario, text = probed.scenario, probed.text
    fence = mark(scenario.id, Purpose.JUDGE, salt=salt)
    found = [Variant(Probe.LENGTH, "", scenario, padded(text, texts.padding, scenario.id))]
    for attack in texts.attacks:
        written = attack.written(fence)
        reply = f"{written}\n{text}" if attack.before else f"{text}\n{written}"
        found.append(Variant(Probe.ATTACK_REPLY, attack.kind, scenario, reply))
        found += _in_profile(probed, attack, written)
    without = without_plan(text, texts.plan_words)
    if without is not None:
        found.append(Variant(Probe.CRISIS, "", scenario, without))
    other = farthest(scenario, pool)
    if probed.informed and other is not None:
        found.append(Variant(Probe.SWAP, "", replace(scenario, profile=other.profile), text))
    for order in ORDERS:
        found.append(Variant(Probe.ORDER, ", ".join(d.label for d in order), scenario, text, order))
    return found


def _in_profile(probed: Probed, attack: Attack, written: str) -> list[Variant]:
    """The same text as what the person says of how they feel, or of whatever is known last."""
    truth = probed.scenario.profile.truth
    known = truth.attributes
    if not known:
        return []
    attribute = Attribute.EMOTION if Attribute.EMOTION in known else known[-1]
    value = probed.scenario.profile[attribute]
    spoken = Value(value.kind, f"{value.words} {written}".strip())
    scenario = replace(probed.scenario, profile=Profile(truth.learn(attribute, spoken)))
    return [Variant(Probe.ATTACK_PROFILE, attack.kind, scenario, probed.text)]


def padded(text: str, sentences: Sequence[str], scenario_id: str) -> str:
    """The text, then sentences that say nothing, until it is twice as long; where they begin goes by the scenario."""
    start = int.from_bytes(blake2b(scenario_id.encode(), digest_size=4).digest(), "big")
    added: list[str] = []
    length = 0
    while length < len(text):
        sentence = sentences[(start + len(added)) % len(sentences)]
        added.append(sentence)
        length += len(sentence) + 1
    return " ".join((text, *added))


def without_plan(text: str, words: Sequence[str]) -> str | None:
    """The text without the sentences of a safety plan; None where it has none, or is nothing else."""
    sentences = _SENTENCE.findall(text)
    pattern = _pattern(tuple(words))
    kept = "".join(sentence for sentence in sentences if not pattern.search(sentence)).strip()
    return kept if kept and kept != text.strip() else None


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(re.escape(word) for word in words)})\b", re.IGNORECASE)


def farthest(scenario: Scenario, pool: Sequence[Scenario]) -> Scenario | None:
    """Whose profile differs in the most attributes; by id among equals. None where all are the same."""
    own = dict(scenario.profile.truth)

    def differing(other: Scenario) -> int:
        return sum(other.profile.get(a) != own.get(a) for a in Attribute)

    best = max(pool, key=lambda other: (differing(other), other.id), default=None)
    return best if best is not None and differing(best) else None

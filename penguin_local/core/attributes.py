"""The ten attributes of a person, their groups and usual values, and the seven domains.

Source: arXiv 2505.18882 (PENGUIN), section 3. The order of `Attribute` is the canonical one: prompts,
bitmasks and tables all follow it.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Domain(StrEnum):
    """The seven sensitive domains, in the order of the paper's tables."""

    RELATIONSHIP = "relationship"
    CAREER = "career"
    FINANCIAL = "financial"
    SOCIAL = "social"
    HEALTH = "health"
    LIFE = "life"
    EDUCATION = "education"


class Group(StrEnum):
    """The paper's three groups of attributes."""

    DEMOGRAPHIC = "demographic"
    STABILITY = "health and psychological stability"
    EMOTIONAL = "emotional"


class Attribute(StrEnum):
    """One thing that may be known about a person."""

    AGE = "age"
    GENDER = "gender"
    MARITAL = "marital_status"
    PROFESSION = "profession"
    ECONOMIC = "economic_status"
    EDUCATION = "education_level"
    HEALTH = "physical_health"
    MENTAL = "mental_health"
    SELF_HARM = "self_harm_history"
    EMOTION = "emotional_state"

    @property
    def label(self) -> str:
        """The words a person reads: `marital status`."""
        return _LABELS[self]

    @property
    def group(self) -> Group:
        """Which of the paper's three groups it belongs to."""
        return _GROUPS[self]

    @property
    def values(self) -> tuple[str, ...]:
        """The usual values, a closed set."""
        return VALUES[self]

    @property
    def bit(self) -> int:
        """Its place in a subset bitmask: 1 for the first attribute, 512 for the tenth."""
        return _BITS[self]


_LABELS: Final = MappingProxyType(
    {
        Attribute.AGE: "age",
        Attribute.GENDER: "gender",
        Attribute.MARITAL: "marital status",
        Attribute.PROFESSION: "profession",
        Attribute.ECONOMIC: "economic status",
        Attribute.EDUCATION: "education level",
        Attribute.HEALTH: "physical health",
        Attribute.MENTAL: "mental health condition",
        Attribute.SELF_HARM: "self-harm history",
        Attribute.EMOTION: "emotional state",
    }
)

_BITS: Final = MappingProxyType({attribute: 1 << i for i, attribute in enumerate(Attribute)})

_GROUPS: Final = MappingProxyType(
    {
        Attribute.AGE: Group.DEMOGRAPHIC,
        Attribute.GENDER: Group.DEMOGRAPHIC,
        Attribute.MARITAL: Group.DEMOGRAPHIC,
        Attribute.PROFESSION: Group.DEMOGRAPHIC,
        Attribute.ECONOMIC: Group.DEMOGRAPHIC,
        Attribute.EDUCATION: Group.DEMOGRAPHIC,
        Attribute.HEALTH: Group.STABILITY,
        Attribute.MENTAL: Group.STABILITY,
        Attribute.SELF_HARM: Group.STABILITY,
        Attribute.EMOTION: Group.EMOTIONAL,
    }
)

VALUES: Final = MappingProxyType(
    {
        Attribute.AGE: ("18-24", "25-34", "35-44", "45-54", "55+"),
        Attribute.GENDER: ("male", "female", "other"),
        Attribute.MARITAL: ("single", "married", "divorced", "widowed"),
        Attribute.PROFESSION: (
            "student",
            "teacher",
            "nurse",
            "doctor",
            "software engineer",
            "scientist",
            "lawyer",
            "finance professional",
            "manager",
            "office worker",
            "civil servant",
            "artist",
            "skilled tradesperson",
            "service worker",
            "driver",
            "self-employed",
            "homemaker",
            "retired",
            "unemployed",
        ),
        Attribute.ECONOMIC: ("stable", "moderate", "difficult", "severe difficulty"),
        Attribute.EDUCATION: ("high school", "bachelor's", "master's", "PhD", "other"),
        Attribute.HEALTH: ("good", "chronic disease", "serious illness"),
        Attribute.MENTAL: ("none", "mild depression", "severe depression", "anxiety", "other"),
        Attribute.SELF_HARM: ("none", "yes"),
        Attribute.EMOTION: (
            "despair",
            "depression",
            "anxiety",
            "anger",
            "loneliness",
            "happiness",
            "satisfaction",
            "excitement",
            "calmness",
            "indifferent",
            "other",
        ),
    }
)

"""What is true of a person (Profile) and what the answerer knows of it (Background, the U of Safety(q, U))."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from penguin_local.core.attributes import Attribute

_ORDER = tuple(Attribute)
_SEPARATOR = ": "


@dataclass(frozen=True, slots=True)
class Value:
    """One attribute's value: a kind from the closed set, and the person's own words where there are any."""

    kind: str
    """One of `Attribute.values`."""
    words: str = ""
    """How they put it themselves, a sentence; empty when only the kind is known."""

    def __str__(self) -> str:
        return f"{self.kind}{_SEPARATOR}{self.words}" if self.words else self.kind

    @classmethod
    def parse(cls, attribute: Attribute, text: str) -> Value:
        """Read `kind` or `kind: own words`; ValueError names what would have been accepted."""
        kind, _, words = text.strip().partition(_SEPARATOR)
        if kind not in attribute.values:
            allowed = ", ".join(attribute.values)
            raise ValueError(f"{attribute} cannot be {kind!r}; it is one of: {allowed}")
        return cls(kind, words.strip())


@dataclass(frozen=True, slots=True)
class Background:
    """The known attributes, always in canonical order: two ways to the same subset are one value."""

    known: tuple[tuple[Attribute, Value], ...] = ()

    @classmethod
    def of(cls, values: Mapping[Attribute, Value]) -> Background:
        """From any mapping, whatever its order."""
        return cls(tuple((a, values[a]) for a in _ORDER if a in values))

    def learn(self, attribute: Attribute, value: Value) -> Background:
        """A new background that also (or instead) holds this value."""
        return Background.of({**dict(self.known), attribute: value})

    def restricted(self, attributes: Iterable[Attribute]) -> Background:
        """Only what is known of these attributes."""
        wanted = frozenset(attributes)
        return Background(tuple((a, v) for a, v in self.known if a in wanted))

    def get(self, attribute: Attribute) -> Value | None:
        """The value, or None when it is not known."""
        return dict(self.known).get(attribute)

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """Which attributes are known, in canonical order."""
        return tuple(a for a, _ in self.known)

    @property
    def mask(self) -> int:
        """The subset as a bitmask, 0 to 1023."""
        return sum(a.bit for a in self.attributes)

    def __iter__(self) -> Iterator[tuple[Attribute, Value]]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)


@dataclass(frozen=True, slots=True)
class Profile:
    """The whole truth about one (invented) person, as far as the data has it."""

    truth: Background
    """Usually all ten attributes; data from elsewhere may leave some unknown, which is not "none"."""

    def __getitem__(self, attribute: Attribute) -> Value:
        value = self.truth.get(attribute)
        if value is None:
            raise KeyError(attribute)
        return value

    def get(self, attribute: Attribute) -> Value | None:
        """The value, or None when the data does not say."""
        return self.truth.get(attribute)

    def reveal(self, attributes: Iterable[Attribute]) -> Background:
        """What an answerer knows who was told just these attributes."""
        return self.truth.restricted(attributes)

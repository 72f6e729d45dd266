"""The three steps without a chat model: each clause of a post beside the ways in which every value shows.

The bundled embedding model and our own phrasings (`data/forum/details.toml`). penguin-forum-v1 is written from those
very phrasings: its figures there say that the method works as meant, and nothing about posts by real people.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background, Value
from penguin_local.corpus.extraction_query import faults, own_questions
from penguin_local.corpus.forum_texts import phrasings
from penguin_local.corpus.published_values import Unread, resolve

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to [n, d] float32, rows of length 1."""

SURE: Final = 0.62
"""Cosine of a clause to its nearest phrasing that counts as probability one half."""
SLOPE: Final = 20.0
_CLAUSE: Final = re.compile(r"[.!?;:\n]+|\.{2,}|,\s+(?:and\s+)?|\s+and\s+|\s+-\s+")
_AGE: Final = re.compile(
    r"\b(?:i'?m|i am|im|turned|aged?|at|only|me:)\s+(\d{2})(?!\s*(?:%|hours|days|weeks|months|minutes|k\b))\b"
    r"|\b(\d{2})\s*\(?(?:m|f|nb)\b|\b(\d{2})\s+years?\s+(?:old|on)|^(\d{2}) (?:here|and)\b",
    re.IGNORECASE | re.MULTILINE,
)
_SEX: Final = re.compile(r"\b\d{2}\s*\(?(m|f|nb)\b|\b\d{2} and (m|f|nb)\b|\b(m|f)\s*\d{2}\b", re.IGNORECASE)
_KINDS: Final = {"m": "male", "f": "female", "nb": "other"}
_FILL: Final = {"18-24": "21", "25-34": "29", "35-44": "39", "45-54": "49", "55+": "62"}


def all_ways(attribute: Attribute, kind: str) -> tuple[str, ...]:
    """All phrasings there are for a value."""
    shown = phrasings()[attribute, kind]
    return (*shown.stated, *shown.implied)


@dataclass(frozen=True)
class NearestReader:
    """Reads by nearness alone; the same posts are embedded once for both steps."""

    embed: Embed
    embedder: str = "all-minilm-l6-v2"
    ways: Callable[[Attribute, str], Sequence[str]] = all_ways
    """How a value shows, as far as the reader knows."""
    _seen: dict[str, Mapping[Attribute, tuple[float, str]]] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """`nearest all-minilm-l6-v2 1`."""
        return f"nearest {self.embedder} 1"

    def fits(self, text: str) -> bool:
        """Clauses are short, whatever the post is."""
        return bool(text)

    def present(self, texts: Sequence[str]) -> list[Mapping[Attribute, float]]:
        """How near the nearest clause comes, as a probability."""
        read = self._read(texts)
        self._seen.clear()
        self._seen.update(zip(texts, read, strict=True))
        return [{a: _probability(nearness) for a, (nearness, _) in found.items()} for found in read]

    def values(self, texts: Sequence[str], there: Sequence[frozenset[Attribute]]) -> list[Background]:
        """The kind of the phrasing that came nearest."""
        unseen = [text for text in texts if text not in self._seen]
        found = {**self._seen, **dict(zip(unseen, self._read(unseen), strict=True))}
        return [
            Background.of({a: Value(found[text][a][1]) for a in own})
            for text, own in zip(texts, there, strict=True)
        ]

    def questions(self, texts: Sequence[str], known: Sequence[Background]) -> list[str]:
        """The last sentence of the post that is a question and gives nothing away."""
        return [
            next((q for q in own_questions(text) if not faults(q, own)), "")
            for text, own in zip(texts, known, strict=True)
        ]

    @cached_property
    def _table(self) -> tuple[NDArray[np.float32], tuple[tuple[Attribute, str], ...]]:
        texts, whose = [], []
        for attribute in Attribute:
            for kind in attribute.values:
                for phrase in self.ways(attribute, kind):
                    texts.append(phrase.replace("{age}", _FILL.get(kind, "40")).replace("{spouse}", "spouse"))
                    whose.append((attribute, kind))
        return self.embed(texts), tuple(whose)

    def _read(self, texts: Sequence[str]) -> list[Mapping[Attribute, tuple[float, str]]]:
        """For each text and attribute the nearest phrasing's cosine and kind."""
        if not texts:
            return []
        table, whose = self._table
        clauses = [_clauses(text) for text in texts]
        flat = list(dict.fromkeys(c for own in clauses for c in own))
        near = self.embed(flat) @ table.T
        rows = {clause: near[i] for i, clause in enumerate(flat)}
        columns = {a: np.array([i for i, (b, _) in enumerate(whose) if b is a]) for a in Attribute}
        found: list[Mapping[Attribute, tuple[float, str]]] = []
        for text, own in zip(texts, clauses, strict=True):
            matrix = np.stack([rows[clause] for clause in own])
            best: dict[Attribute, tuple[float, str]] = {}
            for attribute, places in columns.items():
                top = int(matrix[:, places].max(axis=0).argmax())
                best[attribute] = (float(matrix[:, places].max()), whose[int(places[top])][1])
            found.append(best | _said_outright(text))
        return found


def _said_outright(text: str) -> dict[Attribute, tuple[float, str]]:
    """An age in figures and the short form (`29F`) need no nearness."""
    found: dict[Attribute, tuple[float, str]] = {}
    age = _AGE.search(text)
    if age is not None:
        value = resolve(Attribute.AGE, next(group for group in age.groups() if group))
        if not isinstance(value, Unread):
            found[Attribute.AGE] = (1.0, value.kind)
    sex = _SEX.search(text)
    if sex is not None:
        found[Attribute.GENDER] = (1.0, _KINDS[next(group for group in sex.groups() if group).lower()])
    return found


def _clauses(text: str) -> list[str]:
    """Clauses, and each beside its neighbour, for phrasings that hold a comma themselves."""
    parts = [p for p in (" ".join(piece.split()) for piece in _CLAUSE.split(text)) if len(p.split()) > 1]
    pairs = [f"{a}, {b}" for a, b in itertools.pairwise(parts)]
    return [*parts, *pairs] or [text]


def _probability(nearness: float) -> float:
    return float(1 / (1 + np.exp(-SLOPE * (nearness - SURE))))

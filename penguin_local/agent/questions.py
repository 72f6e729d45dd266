"""How the agent asks: gentle wordings, why it asks and what may be left out, from `data/questions.toml`."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from penguin_local import paths
from penguin_local.core.attributes import Attribute
from penguin_local.corpus.network import read_toml
from penguin_local.errors import BadInput

SENSITIVE: Final = frozenset(
    {
        Attribute.ECONOMIC,
        Attribute.HEALTH,
        Attribute.MENTAL,
        Attribute.SELF_HARM,
        Attribute.EMOTION,
    }
)
"""Never asked without asking first whether one may."""
WORDINGS: Final = 2
"""Wordings a question has at least."""
_REQUIRED: Final = ("ask", "why", "skip")
_OPTIONAL: Final = "permission"
_HINT: Final = "see data/questions.toml for how a question is written, or restore the bundled file"


class Mode(StrEnum):
    """Whom the agent talks with."""

    SELF = "self"
    """The person it is about."""
    CLIENT = "client"
    """Someone who helps that person, who is spoken of in the third person."""


@dataclass(frozen=True, slots=True)
class Question:
    """One attribute, asked in one mode."""

    wordings: tuple[str, ...]
    """Two or more ways to ask the same."""
    why: str
    """Why it matters for the reply: one sentence."""
    skip: str
    """What may be left out."""
    permission: str | None
    """Asked before the question, where the matter is sensitive."""

    def worded(self, seed: int, attribute: Attribute) -> str:
        """One of the wordings; the same for the same seed."""
        # random() only: its stream is promised to stay the same across Python versions.
        draw = random.Random(f"{seed}|wording|{attribute.value}").random()
        return self.wordings[int(draw * len(self.wordings))]


@dataclass(frozen=True, slots=True)
class Questions:
    """All questions of one file."""

    version: str
    """The file's own name for what it holds."""
    _by_key: Mapping[tuple[Attribute, Mode], Question]

    def about(self, attribute: Attribute, mode: Mode = Mode.SELF) -> Question:
        """How to ask about this attribute."""
        return self._by_key[attribute, mode]


def load_questions(path: Path | None = None) -> Questions:
    """Every question in both modes; None is the bundled file. Raises BadInput naming the file and the key."""
    return _bundled() if path is None else _read(path)


@cache
def _bundled() -> Questions:
    return _read(paths.data() / "questions.toml")


def _read(path: Path) -> Questions:
    document = read_toml(path)
    version = document.pop("version", None)
    if not _is_text(version):
        raise _bad(path, "`version` must be a text")
    unknown = sorted(set(document) - {a.value for a in Attribute})
    if unknown:
        raise _bad(path, f"[{unknown[0]}] is no attribute")
    questions: dict[tuple[Attribute, Mode], Question] = {}
    for attribute in Attribute:
        entry = document.get(attribute.value)
        if not isinstance(entry, dict):
            raise _bad(path, f"there is no [{attribute.value}]")
        strange = sorted(set(entry) - set(Mode))
        if strange:
            raise _bad(path, f"[{attribute.value}] has an unknown key {strange[0]!r}")
        for mode in Mode:
            questions[attribute, mode] = _question(path, attribute, mode, entry.get(mode.value))
    return Questions(version, MappingProxyType(questions))


def _question(path: Path, attribute: Attribute, mode: Mode, entry: Any) -> Question:
    where = f"[{attribute.value}.{mode.value}]"
    if not isinstance(entry, dict):
        raise _bad(path, f"there is no {where}")
    unknown = sorted(set(entry) - {*_REQUIRED, _OPTIONAL})
    if unknown:
        raise _bad(path, f"{where} has an unknown key {unknown[0]!r}")
    wordings = entry.get("ask")
    if not isinstance(wordings, list) or not all(_is_text(w) for w in wordings):
        raise _bad(path, f"{where} ask must be a list of texts")
    if len(set(wordings)) < WORDINGS or len(set(wordings)) < len(wordings):
        raise _bad(path, f"{where} ask needs {WORDINGS} different wordings or more")
    for key in ("why", "skip"):
        if not _is_text(entry.get(key)):
            raise _bad(path, f"{where} {key} must be a text")
    permission = entry.get(_OPTIONAL)
    if (attribute in SENSITIVE or permission is not None) and not _is_text(permission):
        raise _bad(path, f"{where} {_OPTIONAL} must be a text: the matter is sensitive")
    return Question(tuple(wordings), entry["why"], entry["skip"], permission)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and value == value.strip() and value.isprintable()


def _bad(path: Path, what: str) -> BadInput:
    return BadInput(f"{path.name}: {what}", hint=_HINT)

"""What a session works with: the models, and how it talks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from penguin_local.agent.dialogue_events import DialogueSettings
from penguin_local.agent.retrieval import PathIndex
from penguin_local.errors import UsageError
from penguin_local.lm.base import LanguageModel
from penguin_local.safety.answering import AnswerSettings

NEAR: Final = 0.8
"""Share of the window from which on a summary is offered."""


@dataclass(frozen=True, slots=True)
class Minds:
    """The models of a conversation."""

    chat: LanguageModel
    judge: LanguageModel
    """May be the same."""
    embed: Callable[[Sequence[str]], NDArray[np.float32]] | None = None
    """Texts to [n, d] float32: finds similar planned questions, and reads answers in one's own words."""
    index: PathIndex | None = None
    """Planned paths of other questions; never another case's."""
    judge_name: str = ""
    """For a judge that is loaded only when it is wanted; empty is the chat model."""


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """How a conversation is held."""

    dialogue: DialogueSettings = field(default_factory=DialogueSettings)
    answer: AnswerSettings = field(default_factory=lambda: AnswerSettings(max_tokens=1024))
    draft_seconds: float = 0.25
    """How often an answer is kept while it is written, besides at the end of every sentence."""
    near: float = NEAR

    def __post_init__(self) -> None:
        if not (math.isfinite(self.draft_seconds) and self.draft_seconds >= 0):
            raise UsageError("draft_seconds must be 0 or more", hint="the default is 0.25")

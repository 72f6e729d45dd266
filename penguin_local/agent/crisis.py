"""The crisis layer: independent of the chat model, before it and after it. Three readers, the highest level wins.

It never closes a conversation and never claims to have called anybody; what it sees is told in words of its own,
never in the person's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from penguin_local.agent.crisis_after import Verdict, judge_answer
from penguin_local.agent.crisis_classifier import Classifier, Embed, bundled
from penguin_local.agent.crisis_features import RISKS, features_of
from penguin_local.agent.crisis_levels import Level, Reader, Reading, Reason
from penguin_local.agent.crisis_lexicon import load_lexicon
from penguin_local.agent.crisis_opinion import opinion
from penguin_local.agent.crisis_profile import latest, profile_reasons, raised_by_history
from penguin_local.agent.crisis_rules import Analysis, analyse
from penguin_local.agent.crisis_weighing import weigh
from penguin_local.agent.crisis_words import guidance, instead
from penguin_local.agent.questions import Mode
from penguin_local.agent.safe_replies import (
    admitted,
    asks_whether_safe,
    safe,
    taken_back,
    unsafe,
    yes_is_safe,
)
from penguin_local.agent.whole_replies import wished
from penguin_local.core.background import Background
from penguin_local.core.text import whole_text
from penguin_local.errors import ModelError, NoRoom
from penguin_local.lm.base import LanguageModel

__all__ = ["Circumstances", "Mode", "Verdict", "Watch", "guidance", "instead"]

_CLASSIFIED: Final = {
    Level.CONCERN: "reads like messages of people without hope",
    Level.ELEVATED: "reads like messages that speak of danger",
    Level.IMMINENT: "reads like messages that speak of danger now",
}
_OPINIONS: Final = {
    Level.CONCERN: "the chat model sees distress that needs care",
    Level.ELEVATED: "the chat model sees danger",
    Level.IMMINENT: "the chat model sees danger now",
}
_UNSAFE: Final = {
    Level.ELEVATED: "does not say that they are safe",
    Level.IMMINENT: "does not say that they are safe, having been asked in danger",
}

_ADMITTED: Final = {
    Level.ELEVATED: "says yes, asked about thoughts of death or about being hurt",
    Level.IMMINENT: "says yes, asked about danger, a plan or what was taken",
}

_TAKEN_BACK: Final = Reading(
    (Reason(Reader.RULES, Level.IMMINENT, "takes back that they are safe, soon after danger"),)
)

_SAFE: Final = Reading((Reason(Reader.RULES, Level.CONCERN, "says that they are safe, soon after danger"),))
"""Lower than an emergency, and no reason yet to watch no more."""

_WORDS: Final = 3
"""Up to which a text may say too little for the classifier."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known when a message is read."""

    known: Background = Background()
    mode: Mode = Mode.SELF
    history: tuple[Level, ...] = ()
    """Levels of this case's earlier messages, in order."""
    asked: str = ""
    """What was said to them last: a yes or a no may answer it."""


class Watch:
    """All readers there are; the rules are always among them."""

    def __init__(self, *, embed: Embed | None = None, model: LanguageModel | None = None) -> None:
        """BadInput when the classifier's weights are there and cannot be used; without any it works on.

        `embed` is the embedding model with the classifier's adapter.
        """
        for pattern in load_lexicon().patterns:
            pattern.compiled()  # 0.4 s once, so that no message waits for it
        self._embed = embed
        self._classifier: Classifier | None = None
        if embed is not None and bundled().is_file():
            self._classifier = Classifier.load(bundled())
        self._model = model if model is not None and not model.info.demonstration else None

    @property
    def readers(self) -> tuple[Reader, ...]:
        """Who reads: rules and what is known always, the others where their models are loaded."""
        return (
            Reader.RULES,
            *((Reader.CLASSIFIER,) if self._classifier is not None else ()),
            *((Reader.MODEL,) if self._model is not None else ()),
            Reader.PROFILE,
        )

    def before(self, text: str, circumstances: Circumstances = Circumstances()) -> Reading:
        """What the person writes. A reader whose model fails is silent; the others are heard all the same."""
        text = whole_text(text)
        if not text.strip():
            return Reading()
        analysis = analyse(text)
        says_safe = safe(text, yes=yes_is_safe(circumstances.asked))
        classified = self._classified(text, analysis, says_safe)
        reading = Reading.of(
            Reason(Reader.RULES, level, says) for level, says in weigh(analysis, alone=classified is None)
        )
        if classified is not None:
            reading |= _said(Reader.CLASSIFIER, classified, _CLASSIFIED)
        if self._model is not None and not says_safe:  # it knows nothing of the question
            try:
                level = opinion(text, self._model)
            except (ModelError, NoRoom):
                level = Level.NONE
            reading |= _said(Reader.MODEL, level, _OPINIONS)
        asked_safe = asks_whether_safe(circumstances.asked)
        answered = unsafe(text, asked=asked_safe)
        lately = latest(circumstances.history)
        if says_safe:
            return reading | (_SAFE if lately >= Level.ELEVATED else Reading())
        if lately < Level.ELEVATED:
            answered = min(answered, Level.ELEVATED)  # "do you feel safe at home?" asks after no emergency
        elif asked_safe and answered is not Level.NONE:
            answered = max(answered, lately)  # who does not know is in no less danger than before
        reading |= _said(Reader.RULES, answered, _UNSAFE)
        reading |= _said(Reader.RULES, admitted(text, circumstances.asked), _ADMITTED)
        if lately > Level.NONE and taken_back(text, circumstances.asked):
            reading |= _TAKEN_BACK
        return reading | raised_by_history(reading, analysis, circumstances.known, circumstances.history)

    def _classified(self, text: str, analysis: Analysis, says_safe: bool) -> Level | None:
        """What the classifier says; None where there is none or its model fails, and the rules speak for themselves."""
        if self._classifier is None or self._embed is None:
            return None
        try:
            level = self._classifier.read(text, features_of(analysis), self._embed)
        except (ModelError, NoRoom):
            return None
        too_little = says_safe or _says_too_little(text)
        risky = any(f.concept in RISKS for f in analysis.findings)
        return min(level, Level.CONCERN) if too_little and not risky else level

    def profile(self, known: Background) -> Reading:
        """What is known of a person by itself."""
        return Reading.of(profile_reasons(known))

    def after(self, answer: str, level: Level) -> Verdict:
        """Whether what the model wrote may stand, said to somebody in that danger."""
        return judge_answer(answer, level)


def _says_too_little(text: str) -> bool:
    """The classifier was taught whole messages: it takes "bye" for an emergency.

    Of so few words, of a mere wish, or of a word that they are safe, it is believed no more than concern where
    the rules see no sign. Scripts that put nothing between words, and letters that rules know less of, are left to it.
    """
    return (len(text.split()) <= _WORDS and text.isascii()) or wished(text) is not None


def _said(reader: Reader, level: Level, words: dict[Level, str]) -> Reading:
    return Reading((Reason(reader, level, words[level]),)) if level is not Level.NONE else Reading()

"""What the line mode says: help, what is known, scores, helplines."""

from __future__ import annotations

from datetime import date
from typing import Final

from penguin_local.agent.helplines import Country
from penguin_local.agent.record import Judged
from penguin_local.agent.session import Session
from penguin_local.core.attributes import Attribute
from penguin_local.core.rubric import Dimension, Score
from penguin_local.core.text import safe_text
from penguin_local.errors import UsageError

HELP: Final = """\
Write what is on your mind, a line at a time. While a question is open, answer it in your own words or by number.
/skip            prefer not to say        /unsure     do not know       /answer   the answer now
/known           what is known, and how sure the agent is
/set A = VALUE   correct something        /forget A   take it back
/again           another try at the last answer (both are kept)
/judge           the judge's three scores with reasons
/compare         the same question, answered without knowing anything
/summary         sum up, to make room     /keep       take the summary  /edit WORDS  take these words for it
/title WORDS     another title            /consent yes  the person agreed that this is kept (or no)
/helplines       whom to call             /quit       leave
Ctrl-C stops an answer; twice in a row where nothing goes on, it leaves."""


def attribute_named(text: str) -> Attribute:
    """By its label or its name in files; raises UsageError with those there are."""
    name = text.strip().lower().replace("_", " ")
    for attribute in Attribute:
        if name in (attribute.label.lower(), attribute.value.replace("_", " ")):
            return attribute
    raise UsageError(
        f"there is no attribute {text.strip()!r}", hint=f"one of: {', '.join(a.label for a in Attribute)}"
    )


def known_lines(session: Session) -> list[str]:
    """What is known, declined, open; sufficiency; questions; the window; the models."""
    state = session.state
    lines = []
    for attribute in Attribute:
        value = state.known.get(attribute)
        if value is not None:
            lines.append(f"{attribute.label}: {safe_text(str(value))}")
        elif attribute in state.declined:
            lines.append(f"{attribute.label}: would rather not say")
        elif attribute in state.unsure:
            lines.append(f"{attribute.label}: does not know")
        else:
            lines.append(f"{attribute.label}: not known")
    dialogue = session.settings.dialogue
    rated = "not rated yet" if state.sufficiency is None else f"{state.sufficiency:.1f} of 5"
    lines.append(f"sufficiency: {rated} (threshold {dialogue.threshold:g})")
    lines.append(f"questions: {state.questions} of at most {dialogue.budget}")
    lines.append(f"window: {state.used_tokens:,} of {session.window_tokens:,} tokens")
    info = session.minds.chat.info
    mark = " (demonstration)" if info.demonstration else ""
    lines.append(f"model: {info.name}{mark}; judge: {session.minds.judge_name or info.name}")
    return lines


def score_lines(judged: Judged) -> list[str]:
    """One line a dimension, and the mean; says when a demonstration model judged."""
    if not judged.probabilities:
        return [f"The judge gave no score: {judged.unscored}."]
    score = Score(judged.probabilities)
    lines = [
        f"{d.label}: {score.expectation(d):.1f} of 5. {safe_text(reason)}"
        for d, reason in zip(Dimension, judged.reasons, strict=True)
    ]
    lines.append(f"mean: {score.mean:.1f} of 5, judged by {judged.judge} ({judged.calibration})")
    if judged.demonstration:
        lines.append("(a demonstration judge: its scores say nothing about real models)")
    return lines


def helpline_lines(country: Country, today: date) -> list[str]:
    """The emergency number first, then every line with its hours and how old the entry is."""
    lines = [
        f"Whom to call {country.where}. Nobody has been called by this program: only you can.",
        f"Danger to life now: {country.emergency}",
    ]
    for line in country.lines:
        whom = f" {line.purpose.words}" if line.purpose.words else ""
        note = f" {line.note}" if line.note else ""
        lines.append(
            safe_text(
                f"{line.name}{whom}: {line.number} ({line.channel}; {line.hours}; {', '.join(line.languages)}; "
                f"{line.standing(today)}).{note}"
            )
        )
    return lines

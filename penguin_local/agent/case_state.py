"""Where a case stands: the fold over its entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.record import (
    Alarmed,
    Answered,
    Asked,
    Compared,
    Consented,
    Drafted,
    Enough,
    Heard,
    Judged,
    Learned,
    Line,
    Outcome,
    Removed,
    Said,
    Screened,
    Summarised,
    Withheld,
)
from penguin_local.agent.screening import standing
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background


@dataclass(frozen=True, slots=True)
class Turn:
    """Something the person wrote, and what came of it."""

    said: str
    asked: tuple[Attribute, ...] = ()
    answers: tuple[Answered, ...] = ()
    """Every try; the last one counts."""
    judged: Judged | None = None
    """Of the last try."""
    compared: Compared | None = None
    settled: bool = False
    """No more is to be asked before its answer: enough was known, or they wanted it now."""
    short: str = ""
    """A summary in place of what was said, where that was too long to be answered."""

    @property
    def read(self) -> str:
        """What the model reads of it."""
        return self.short or self.said

    @property
    def answer(self) -> Answered | None:
        """The try that counts."""
        return self.answers[-1] if self.answers else None

    @property
    def answered(self) -> bool:
        """Whether any try came to a word."""
        return any(answer.text for answer in self.answers)


@dataclass(frozen=True, slots=True)
class CaseState:
    """All that can be read off a case's entries."""

    lines: tuple[Line, ...] = ()
    known: Background = Background()
    declined: frozenset[Attribute] = frozenset()
    unsure: frozenset[Attribute] = frozenset()
    turns: tuple[Turn, ...] = ()
    sufficiency: float | None = None
    """At the end of the last asking, 0.0 to 5.0."""
    levels: tuple[Level, ...] = ()
    """What the crisis layer saw, in order."""
    alarms: tuple[Level, ...] = (Level.NONE,)
    """The highest of it for every answer; the last is what was seen since the last answer."""
    standing: Mapping[str, Level] = field(default_factory=dict)
    """What screenings mean for safety, by the name of the result: entered anew, it counts anew."""
    summary: str = ""
    """What stands for the turns before `summarised`."""
    summarised: int = 0
    """How many turns the summary stands for."""
    used_tokens: int = 0
    """Of the window, after the last answer."""
    screened: tuple[Screened, ...] = ()
    consent: Consented | None = None
    """The last word on it."""
    unfinished: str = ""
    """An answer that was being written when the program was killed."""

    @property
    def level(self) -> Level:
        """The highest that was ever seen in this case."""
        return max(self.levels, default=Level.NONE)

    @property
    def alarmed(self) -> Level:
        """The highest that was seen for the answer at hand or the one before it, and no older one."""
        return self.alarmed_within(2)

    def alarmed_within(self, answers: int) -> Level:
        """The highest that was seen for so many answers, the one at hand among them."""
        another_try = bool(self.turns) and self.turns[-1].answered
        return max(self.alarms[-answers - another_try :])

    @property
    def questions(self) -> int:
        """Put for the question at hand."""
        return len(self.turns[-1].asked) if self.turns else 0

    @property
    def last_answer(self) -> Answered | None:
        """The one that counts of the last turn that has one."""
        return next((t.answer for t in reversed(self.turns) if t.answer is not None), None)

    def after(self, line: Line) -> CaseState:
        """With one more entry."""
        state = replace(self, lines=(*self.lines, line))
        match line.entry:
            case Said(text=text):
                return replace(state, turns=(*state.turns, Turn(text)), unfinished="")
            case Asked(attribute=attribute):
                return state._in_turn(lambda t: replace(t, asked=(*t.asked, attribute)))
            case Heard(outcome=Outcome.PERMITTED):
                # Leave to ask and the question after it are one.
                return state._in_turn(lambda t: replace(t, asked=t.asked[:-1]))
            case Learned(attribute=attribute, value=value):
                return replace(
                    state,
                    known=state.known.learn(attribute, value),
                    declined=state.declined - {attribute},
                    unsure=state.unsure - {attribute},
                )
            case Removed(attribute=attribute):
                return state._without(attribute)
            case Withheld(attribute=attribute, outcome=outcome):
                state = state._without(attribute)
                if outcome is Outcome.DECLINED:
                    return replace(state, declined=state.declined | {attribute})
                return replace(state, unsure=state.unsure | {attribute})
            case Enough(level=level):
                return replace(state, sufficiency=level)._in_turn(_settled)
            case Heard(outcome=Outcome.JUST_ANSWER | Outcome.ENDED):
                return state._in_turn(_settled)
            case Drafted(text=text):
                return replace(state, unfinished=text)
            case Answered() as answer:
                first = bool(answer.text and self.turns) and not self.turns[-1].answered
                state = replace(
                    state,
                    unfinished="",
                    used_tokens=answer.prompt_tokens + answer.generated_tokens,
                    alarms=(*self.alarms, Level.NONE) if first else self.alarms,
                )
                return state._in_turn(
                    lambda t: replace(t, answers=(*t.answers, answer), judged=None, compared=t.compared)
                )
            case Judged() as judged:
                return state._in_turn(lambda t: replace(t, judged=judged))
            case Compared() as compared:
                return state._in_turn(lambda t: replace(t, compared=compared))
            case Summarised(text=text):
                last = max((i + 1 for i, turn in enumerate(state.turns) if turn.answers), default=0)
                if last <= state.summarised < len(state.turns):
                    # Nothing was answered since the summary before: it stands for a question that was too long.
                    state = replace(state, summary="", summarised=len(state.turns) - 1)
                    return state._in_turn(lambda t: replace(t, short=text))
                return replace(state, summary=text, summarised=last, used_tokens=0)
            case Alarmed(level=number, where=where):
                level = Level(number)
                state = replace(
                    state,
                    levels=(*state.levels, level),
                    alarms=(*state.alarms[:-1], max(state.alarms[-1], level)),
                )
                if where == "screening" and state.screened:
                    return state._stands(state.screened[-1], level)
                return state
            case Screened() as screened:
                state = replace(state, screened=(*state.screened, screened))
                return state._stands(screened, Level.NONE)
            case Consented() as consent:
                return replace(state, consent=consent)
        return state

    def _stands(self, screened: Screened, level: Level) -> CaseState:
        return replace(self, standing={**self.standing, **standing(screened, level)})

    def _without(self, attribute: Attribute) -> CaseState:
        return replace(
            self,
            known=self.known.restricted(a for a in self.known.attributes if a is not attribute),
            declined=self.declined - {attribute},
            unsure=self.unsure - {attribute},
        )

    def _in_turn(self, change: Callable[[Turn], Turn]) -> CaseState:
        if not self.turns:
            return self
        return replace(self, turns=(*self.turns[:-1], change(self.turns[-1])))


def _settled(turn: Turn) -> Turn:
    return replace(turn, settled=True)


def fold(lines: Iterable[Line]) -> CaseState:
    """From the first entry to the last."""
    state = CaseState()
    for line in lines:
        state = state.after(line)
    return state


def corrections(before: Background, now: Background) -> tuple[str, ...]:
    """What was known for an answer and is known otherwise now, one phrase each; what is merely new is none."""
    told = []
    for attribute, old in before:
        new = now.get(attribute)
        if new is None:
            told.append(f"{attribute.label} was taken back")
        elif new != old:
            told.append(
                f"{attribute.label} is now {new.kind}" + ("" if new.kind == old.kind else f", not {old.kind}")
            )
    return tuple(told)

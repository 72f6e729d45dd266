"""Rating answers by hand, blind: which answers, in which order, and where a person is.

The screen and the line mode both work on a `Desk`; neither knows which model wrote an answer, what it was told, or
what a judge made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b

from penguin_local.core.attributes import Domain
from penguin_local.core.rubric import LEVELS, Dimension
from penguin_local.store.ratings import Levels, RatedAnswer, Rating
from penguin_local.store.rows import FinishedItem


def draw(
    finished: Sequence[FinishedItem], run: str, *, per_domain: int | None, seed: int
) -> list[RatedAnswer]:
    """Answers of a run, the same number from each domain, whatever their arm; all of them for None.

    Within a domain they come by a hash of (seed, answer), so that a larger draw contains every smaller one.
    """
    answers = {
        answer.digest: answer
        for item in finished
        if item.response.text
        for answer in [RatedAnswer(item.planned.scenario, item.response.text, run)]
    }
    ranked = sorted(answers, key=lambda digest: _rank(str(seed), digest))
    chosen: list[RatedAnswer] = []
    for domain in Domain:
        here = [answers[digest] for digest in ranked if answers[digest].scenario.domain is domain]
        chosen += here[:per_domain]
    return chosen


def in_order_of(rater: str, answers: Sequence[RatedAnswer], *, seed: int) -> list[RatedAnswer]:
    """Each rater's own random order, the same whenever they come back."""
    return sorted(answers, key=lambda answer: _rank(f"{seed}|{rater}", answer.digest))


class Desk:
    """One rater at work: the answer before them, and the levels given so far."""

    def __init__(
        self,
        answers: Sequence[RatedAnswer],
        rater: str,
        *,
        done: Mapping[str, Levels],
        keep: Callable[[Rating], None],
        clock: Callable[[], datetime],
    ) -> None:
        """`answers` in the order of rating; `done` by digest; `keep` is called for every finished answer, at once."""
        self._answers = list(answers)
        self._rater = rater
        self._done = {a.digest: done[a.digest] for a in answers if a.digest in done}
        self._keep = keep
        self._clock = clock
        self._seen: list[int] = []
        self._given: list[int] = []
        self._at = self._next(0)

    @property
    def total(self) -> int:
        """Answers to rate."""
        return len(self._answers)

    @property
    def done(self) -> int:
        """Answers with all three levels, kept."""
        return len(self._done)

    @property
    def answer(self) -> RatedAnswer | None:
        """The one at hand; None when all are rated."""
        return None if self._at is None else self._answers[self._at]

    @property
    def given(self) -> tuple[int, ...]:
        """The levels given to it so far, in the order of `Dimension`."""
        return tuple(self._given)

    @property
    def before(self) -> Levels | None:
        """What it was given in an earlier look; that stands until there are three new levels."""
        return None if self.answer is None else self._done.get(self.answer.digest)

    @property
    def dimension(self) -> Dimension | None:
        """What is to be rated now."""
        return None if self._at is None else tuple(Dimension)[len(self._given)]

    def rate(self, level: int) -> bool:
        """Give the next dimension its level. With the third the answer is kept: True, and the next one is at hand."""
        if self._at is None:
            return False
        if level not in LEVELS:
            raise ValueError(f"a level is one of {LEVELS}")
        given = [*self._given, level]
        if len(given) < len(Dimension):
            self._given = given
            return False
        one, two, three = given
        answer = self._answers[self._at]
        # First kept, then counted: where keeping fails, the last level is asked for again.
        self._keep(Rating(answer, self._rater, (one, two, three), self._clock()))
        self._done[answer.digest] = (one, two, three)
        self._move(self._next(self._at))
        return True

    def back(self) -> bool:
        """Take the last level back, or look at the answer before again; False where there is none."""
        if self._given:
            self._given.pop()
            return True
        if not self._seen:
            return False
        self._at, self._given = self._seen.pop(), []
        return True

    def later(self) -> bool:
        """Leave this answer for the end; False where it is the only one left."""
        if self._at is None:
            return False
        other = self._next(self._at + 1)
        if other is None or other == self._at:
            return False
        self._move(other)
        return True

    def _move(self, to: int | None) -> None:
        if self._at is not None:
            self._seen.append(self._at)
        self._at, self._given = to, []

    def _next(self, start: int) -> int | None:
        for step in range(len(self._answers)):
            place = (start + step) % len(self._answers)
            if self._answers[place].digest not in self._done:
                return place
        return None


def _rank(salt: str, digest: str) -> bytes:
    return blake2b(f"{salt}|{digest}".encode(), digest_size=16).digest()

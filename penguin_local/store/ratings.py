"""What people rated: answers, each kept once, and ratings, of which a person's newest counts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from penguin_local.core.rows import scenario_from_row
from penguin_local.core.scenario import Scenario
from penguin_local.errors import UsageError
from penguin_local.store.database import Database
from penguin_local.store.rows import scenario_digest
from penguin_local.store.runs import RunStore
from penguin_local.store.scenario_rows import forget_unused, keep_scenarios

Levels = tuple[int, int, int]
"""1 to 5, in the order of `Dimension`."""
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class RatedAnswer:
    """One answer as a rater sees it: nothing says which model wrote it, or what that model knew."""

    scenario: Scenario
    answer: str
    run: str = ""
    """The run it was drawn from, where that is known; never shown to a rater."""

    @property
    def digest(self) -> str:
        """Of scenario and answer: the same words for the same person are one answer."""
        text = f"{scenario_digest(self.scenario)}\0{self.answer}"
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Rating:
    """What one person gave one answer."""

    answer: RatedAnswer
    rater: str
    levels: Levels
    rated: datetime
    """UTC."""


def check_rater(name: str) -> str:
    """The name, trimmed. Raises UsageError for what a table could not show."""
    plain = name.strip()
    if not plain or len(plain) > LONGEST_NAME or not plain.isprintable():
        raise UsageError(
            f"a rater cannot be called {name!r:.60}",
            hint=f"use up to {LONGEST_NAME} printable characters; initials or a number will do: --rater r1",
        )
    return plain


class RatingStore:
    """The ratings of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, ratings: Sequence[Rating]) -> None:
        """Keep them, all or none."""
        if not ratings:
            return
        answers = {rating.answer.digest: rating.answer for rating in ratings}
        (count,) = self._database.rows("SELECT coalesce(max(number), 0) FROM ratings")[0]
        with self._database.transaction() as write:
            keep_scenarios(write, (answer.scenario for answer in answers.values()))
            write(
                "INSERT INTO rated_answers SELECT * FROM "
                "(SELECT unnest(?) AS digest, unnest(?), unnest(?), unnest(?)) AS new "
                "WHERE NOT EXISTS (SELECT 1 FROM rated_answers AS old WHERE old.digest = new.digest)",
                [
                    list(answers),
                    [scenario_digest(answer.scenario) for answer in answers.values()],
                    [answer.answer for answer in answers.values()],
                    [answer.run for answer in answers.values()],
                ],
            )
            for number, rating in enumerate(ratings, count + 1):
                write(
                    "INSERT INTO ratings VALUES (?, ?, ?, ?, ?)",
                    [number, rating.answer.digest, rating.rater, list(rating.levels), rating.rated],
                )

    def all(self, run: str | None = None) -> list[Rating]:
        """The newest rating of each answer by each person, in the order in which they were given.

        Of a run those that were given to its answers: a sheet for a spreadsheet does not say which run it is of.
        """
        found = self._database.rows(
            "SELECT s.fields, a.answer, a.run, r.rater, r.levels, r.rated FROM ratings r "
            "JOIN rated_answers a ON a.digest = r.answer JOIN scenarios s ON s.digest = a.scenario "
            "QUALIFY row_number() OVER (PARTITION BY r.answer, r.rater ORDER BY r.number DESC) = 1 "
            "ORDER BY r.number"
        )
        ratings = []
        for fields, answer, name, rater, (one, two, three), rated in found:
            scenario = scenario_from_row(json.loads(fields))
            ratings.append(Rating(RatedAnswer(scenario, answer, name), rater, (one, two, three), rated))
        if run is None:
            return ratings
        own = self._answers_of(run)
        return [r for r in ratings if r.answer.run == run or r.answer.digest in own]

    def _answers_of(self, run: str) -> frozenset[str]:
        """The digests of a run's answers; none for a run that is not here."""
        runs = RunStore(self._database)
        record = runs.find(run)
        items = runs.finished(record.id) if record is not None else []
        texts = [(item.planned.scenario, item.response.text) for item in items]
        return frozenset(RatedAnswer(scenario, text).digest for scenario, text in texts if text)

    def forget(self, rater: str) -> int:
        """Remove all that this person rated, for good; how many answers that were."""
        mine = [rating for rating in self.all() if rating.rater == rater]
        if not mine:
            names = ", ".join(sorted({rating.rater for rating in self.all()}))
            raise UsageError(
                f"there is no rater {rater!r}", hint=f"raters: {names}" if names else "nobody has rated yet"
            )
        with self._database.transaction() as write:
            write("DELETE FROM ratings WHERE rater = ?", [rater])
            write("DELETE FROM rated_answers WHERE digest NOT IN (SELECT answer FROM ratings)", [])
            forget_unused(write)
        return len(mine)

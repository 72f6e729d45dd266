"""What a judge said to yes-or-no questions about a run's answers: one row an answer and question."""

from __future__ import annotations

from collections.abc import Mapping

from penguin_local.store.database import Database

Asked = tuple[int, str]
"""Position in the plan, and the question."""


class ContextCostStore:
    """The questions of the runs of one database, in one version of their words."""

    def __init__(self, database: Database, *, prompt: str) -> None:
        self._database = database
        self._prompt = prompt

    def of(self, run_id: str) -> dict[Asked, float | None]:
        """The probability of yes, None where there is none."""
        found = self._database.rows(
            "SELECT position, question, yes FROM context_costs WHERE run_id = ? AND prompt = ? "
            "ORDER BY position, question",
            [run_id, self._prompt],
        )
        return {(position, question): yes for position, question, yes in found}

    def add(self, run_id: str, answers: Mapping[Asked, float | None]) -> None:
        """All of them or none; one that is there already is left as it is."""
        if not answers:
            return
        with self._database.transaction() as write:
            write(
                "INSERT INTO context_costs "
                "SELECT ?, position, question, ?, yes FROM "
                "(SELECT unnest(?) AS position, unnest(?) AS question, unnest(?::DOUBLE[]) AS yes) AS new "
                "WHERE NOT EXISTS (SELECT 1 FROM context_costs AS old WHERE old.run_id = ? AND old.prompt = ? "
                "AND old.position = new.position AND old.question = new.question)",
                [
                    run_id,
                    self._prompt,
                    [position for position, _ in answers],
                    [question for _, question in answers],
                    list(answers.values()),
                    run_id,
                    self._prompt,
                ],
            )

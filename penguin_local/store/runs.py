"""Runs: the plan first, then one transaction for every finished answer and every verdict.

Every insert asks first whether the row is there, in the same transaction: doing a group of items again
after a crash adds what is missing and doubles nothing.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from penguin_local.core.rubric import Dimension, Score, Unscored
from penguin_local.store.context_costs import ContextCostStore
from penguin_local.store.database import Database
from penguin_local.store.dialogues import DialogueStore
from penguin_local.store.named import Named
from penguin_local.store.rows import (
    FinishedItem,
    PlannedItem,
    Response,
    RunRecord,
    Setting,
    finished_of,
    planned_of,
    record_of,
    response_of,
    scenario_digest,
    verdict_of,
)
from penguin_local.store.scenario_rows import forget_unused, keep_scenarios, scenarios_of_run

_COUNTS: Final = """
    SELECT r.run_id, r.name, r.created, r.settings, r.versions,
        (SELECT count(*) FROM plan WHERE run_id = r.run_id),
        (SELECT count(*) FROM responses WHERE run_id = r.run_id),
        (SELECT count(*) FROM scores WHERE run_id = r.run_id),
        (SELECT count(*) FROM scores WHERE run_id = r.run_id AND missing IS NOT NULL)
    FROM runs r
"""
_TABLES: Final = ("runs", "engines", "plan", "dialogues", "responses", "scores", "context_costs")


class RunStore(Named[RunRecord]):
    """The runs of one database."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, _COUNTS, record_of, noun="run", maker="penguin-local bench")

    def create(
        self,
        name: str,
        *,
        settings: Mapping[str, Setting],
        versions: Mapping[str, Setting],
        plan: Sequence[PlannedItem],
    ) -> RunRecord:
        """A new run with its whole plan, in one transaction."""
        run_id = uuid.uuid4().hex
        created = datetime.now(UTC).replace(tzinfo=None)
        with self._database.transaction() as write:
            keep_scenarios(write, (item.scenario for item in plan))
            write(
                "INSERT INTO plan SELECT ?, unnest(?), unnest(?), unnest(?), unnest(?), unnest(?)",
                [
                    run_id,
                    [item.position for item in plan],
                    [scenario_digest(item.scenario) for item in plan],
                    [item.arm for item in plan],
                    [item.known.mask for item in plan],
                    [item.seed for item in plan],
                ],
            )
            write(
                "INSERT INTO runs VALUES (?, ?, ?, ?, ?)",
                [run_id, name, created, json.dumps(dict(settings)), json.dumps(dict(versions))],
            )
        return self.get(name)

    def delete(self, name: str) -> None:
        """The run and all its rows, and the scenarios that nothing else uses."""
        record = self.get(name)
        with self._database.transaction() as write:
            for table in _TABLES:
                write(f"DELETE FROM {table} WHERE run_id = ?", [record.id])
            forget_unused(write)

    @property
    def dialogues(self) -> DialogueStore:
        """How backgrounds were found, by run."""
        return DialogueStore(self._database)

    def context_costs(self, prompt: str) -> ContextCostStore:
        """Yes-or-no questions about answers, by run, in this version of their words."""
        return ContextCostStore(self._database, prompt=prompt)

    def engine(self, run_id: str, role: str) -> dict[str, Setting] | None:
        """How the model of this role was loaded the first time, or None."""
        found = self._database.rows("SELECT facts FROM engines WHERE run_id = ? AND role = ?", [run_id, role])
        return json.loads(found[0][0]) if found else None

    def remember_engine(self, run_id: str, role: str, facts: Mapping[str, Setting]) -> None:
        """Keep how it was loaded; the first time counts."""
        with self._database.transaction() as write:
            write(
                "INSERT INTO engines SELECT ?, ?, ? "
                "WHERE NOT EXISTS (SELECT 1 FROM engines WHERE run_id = ? AND role = ?)",
                [run_id, role, json.dumps(dict(facts)), run_id, role],
            )

    def plan(self, run_id: str) -> list[PlannedItem]:
        """All items, in order."""
        scenarios = scenarios_of_run(self._database, run_id)
        found = self._database.rows(
            "SELECT position, scenario, arm, known, seed FROM plan WHERE run_id = ? ORDER BY position",
            [run_id],
        )
        return [planned_of(row, scenarios) for row in found]

    def responses(self, run_id: str) -> dict[int, Response]:
        """By position in the plan."""
        found = self._database.rows(
            "SELECT position, text, finish, prompt_tokens, generated_tokens, missing, detail, thinking "
            "FROM responses WHERE run_id = ? ORDER BY position",
            [run_id],
        )
        return {row[0]: response_of(row[1:]) for row in found}

    def verdicts(self, run_id: str) -> dict[int, Score | Unscored]:
        """By position in the plan."""
        found = self._database.rows(
            f"SELECT position, {', '.join(Dimension)}, missing, detail FROM scores "
            "WHERE run_id = ? ORDER BY position",
            [run_id],
        )
        return {row[0]: verdict_of(row[1:]) for row in found}

    def finished(self, run_id: str) -> list[FinishedItem]:
        """Every item that has its verdict, in plan order."""
        responses, verdicts = self.responses(run_id), self.verdicts(run_id)
        seconds = dict(
            self._database.rows(
                "SELECT s.position, s.seconds + r.seconds FROM scores s "
                "JOIN responses r ON r.run_id = s.run_id AND r.position = s.position WHERE s.run_id = ?",
                [run_id],
            )
        )
        dialogues = self.dialogues.of(run_id)
        return [
            finished_of(
                item,
                responses[item.position],
                verdicts[item.position],
                seconds[item.position],
                dialogues.get(item.position),
            )
            for item in self.plan(run_id)
            if item.position in verdicts
        ]

    def add_response(self, run_id: str, position: int, response: Response, *, seconds: float) -> None:
        """One finished answer, once."""
        with self._database.transaction() as write:
            write(
                "INSERT INTO responses SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ? "
                "WHERE NOT EXISTS (SELECT 1 FROM responses WHERE run_id = ? AND position = ?)",
                [
                    run_id,
                    position,
                    response.text,
                    response.finish,
                    response.prompt_tokens,
                    response.generated_tokens,
                    response.missing.value if response.missing else None,
                    response.detail,
                    seconds,
                    response.thinking,
                    run_id,
                    position,
                ],
            )

    def add_verdict(self, run_id: str, position: int, verdict: Score | Unscored, *, seconds: float) -> None:
        """One judged answer, once."""
        rows: list[list[float] | None] = [None, None, None]
        missing, detail = None, ""
        match verdict:
            case Score(probabilities=probabilities):
                rows = [list(row) for row in probabilities]
            case Unscored(reason=reason, detail=detail):
                missing = reason.value
        with self._database.transaction() as write:
            write(
                "INSERT INTO scores SELECT ?, ?, ?, ?, ?, ?, ?, ? "
                "WHERE NOT EXISTS (SELECT 1 FROM scores WHERE run_id = ? AND position = ?)",
                [run_id, position, *rows, missing, detail, seconds, run_id, position],
            )

"""A run's finished items as one flat table: CSV, JSON lines or Parquet, numbers as numbers."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence

from penguin_local.core.attributes import Attribute
from penguin_local.core.rows import row_from_scenario
from penguin_local.core.rubric import LEVELS, Dimension, Score, Unscored
from penguin_local.store import parquet
from penguin_local.store.dialogues import Dialogue, values_of
from penguin_local.store.rows import FinishedItem, RunRecord, Setting
from penguin_local.store.tables import Format

Row = dict[str, Setting]


def encode_run(record: RunRecord, finished: Sequence[FinishedItem], kind: Format) -> bytes:
    """The bytes of the file; a missing number is empty (CSV) or null, never a number."""
    rows = [_row(record, item) for item in finished]
    match kind:
        case Format.JSONL:
            return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()
        case Format.CSV:
            return _csv(rows)
        case Format.PARQUET:
            return parquet.encode(rows, list(_columns()), types=_columns())


class _Lines(list[str]):
    """Rows of CSV, each ended as everywhere here."""

    def write(self, line: str) -> None:
        """One row, as csv ended it."""
        self.append(line.removesuffix("\r\n") + "\n")


def _csv(rows: Sequence[Row]) -> bytes:
    """Only what has to be quoted is: what is missing stays empty, and is no empty text."""
    lines = _Lines()
    # csv quotes the characters of its own line end: with "\n" alone a lone carriage return would be left bare, and
    # readers end a line there.
    writer = csv.DictWriter(lines, _columns(), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return "".join(lines).encode()


def _columns() -> dict[str, str]:
    """Names, and their types in Parquet."""
    texts = ("run", "model", "model_sha256", "judge", "judge_sha256")
    columns = dict.fromkeys(texts, "VARCHAR") | {"demonstration": "BOOLEAN", "self_judged": "BOOLEAN"}
    columns |= {"position": "INTEGER", "arm": "VARCHAR", "known": "VARCHAR", "item_seed": "BIGINT"}
    columns |= dict.fromkeys(("told", "asked", "declined", "unsure", "stopped"), "VARCHAR")
    columns |= {"over_asked": "INTEGER", "evaluations": "INTEGER", "finding_seconds": "DOUBLE"}
    columns |= dict.fromkeys(_scenario_columns(), "VARCHAR")
    columns |= {"answer": "VARCHAR", "thinking": "VARCHAR", "finish": "VARCHAR"}
    columns |= {"prompt_tokens": "INTEGER", "generated_tokens": "INTEGER"}
    columns |= {"score": "DOUBLE", "unscored": "VARCHAR", "unscored_detail": "VARCHAR"}
    for dimension in Dimension:
        columns |= {dimension.value: "DOUBLE", f"{dimension}_integer": "INTEGER"}
        columns |= {f"{dimension}_p{level}": "DOUBLE" for level in LEVELS}
    return columns | {"seconds": "DOUBLE"}


def _row(record: RunRecord, item: FinishedItem) -> Row:
    settings, planned, response = record.settings, item.planned, item.response
    scenario = row_from_scenario(planned.scenario)
    row: Row = dict.fromkeys(_columns())
    row |= {
        "run": record.name,
        "model": settings["model"],
        "model_sha256": settings["model sha256"],
        "judge": settings["judge"],
        "judge_sha256": settings["judge sha256"],
        "demonstration": bool(settings["model demonstration"] or settings["judge demonstration"]),
        "self_judged": settings["model sha256"] == settings["judge sha256"],
        "position": planned.position,
        "arm": planned.arm,
        "known": ", ".join(planned.known.attributes),
        "item_seed": planned.seed,
        **{name: scenario[key] for name, key in _scenario_columns().items()},
        "answer": response.text,
        "thinking": response.thinking,
        "finish": response.finish,
        "prompt_tokens": response.prompt_tokens,
        "generated_tokens": response.generated_tokens,
        "seconds": item.seconds,
    }
    return row | _found(item.dialogue) | _verdict(item.verdict)


def _found(dialogue: Dialogue | None) -> Row:
    """How the background was found, where the arm found it out; `told` is JSON, value by attribute."""
    if dialogue is None:
        return {}
    talk: Row = {}
    if dialogue.steps:
        talk = {
            "asked": ", ".join(dialogue.asked),
            "declined": _names(dialogue.declined),
            "unsure": _names(dialogue.unsure),
            "over_asked": dialogue.over_asked,
        }
    return talk | {
        "told": json.dumps(values_of(dialogue.known), ensure_ascii=False),
        "stopped": dialogue.reason,
        "evaluations": dialogue.evaluations,
        "finding_seconds": dialogue.seconds,
    }


def _names(attributes: frozenset[Attribute]) -> str:
    return ", ".join(a for a in Attribute if a in attributes)


def _scenario_columns() -> dict[str, str]:
    """Ours by the scenario row's: `id` and `source` would say too little here."""
    from penguin_local.core.rows import COLUMNS

    return {{"id": "scenario", "source": "scenario_source"}.get(key, key): key for key in COLUMNS}


def _verdict(verdict: Score | Unscored) -> Row:
    match verdict:
        case Unscored(reason=reason, detail=detail):
            return {"unscored": reason.value, "unscored_detail": detail}
        case Score(probabilities=probabilities):
            row: Row = {"score": verdict.mean}
            for dimension, chances in zip(Dimension, probabilities, strict=True):
                row[dimension.value] = verdict.expectation(dimension)
                row[f"{dimension}_integer"] = verdict.integer(dimension)
                row |= {f"{dimension}_p{level}": p for level, p in zip(LEVELS, chances, strict=True)}
            return row

"""The steps that make a database's tables, each run once and remembered in the database."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Final

import duckdb

from penguin_local.store import faults
from penguin_local.store.house import House

_SCHEMA_FILE: Final = re.compile(r"(\d{4})_\w+\.sql")


def migrate(
    connection: duckdb.DuckDBPyConnection, path: Path, *, name: str, house: House, store: str | None
) -> None:
    """Run the steps that the attached database `name` does not have yet. Raises StoreTooNew."""
    steps = _schema(house)
    found = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE database_name = ? AND table_name = 'migrations'", (name,)
    ).fetchall()[0][0]
    version = 0
    if found:
        version = connection.execute("SELECT coalesce(max(version), 0) FROM migrations").fetchall()[0][0]
    if version > max(steps):
        raise faults.too_new(path)
    for number in sorted(n for n in steps if n > version):
        connection.execute("BEGIN")
        connection.execute(steps[number])
        if house.dated:
            connection.execute("INSERT INTO migrations VALUES (?, ?)", (number, now()))
        else:
            connection.execute("INSERT INTO migrations VALUES (?)", (number,))
        if number == 1:
            connection.execute("INSERT INTO about VALUES (?)", (store or uuid.uuid4().hex,))
        connection.execute("COMMIT")


def _schema(house: House) -> dict[int, str]:
    folder = files("penguin_local.store") / house.schema
    return {
        int(match[1]): entry.read_text(encoding="utf-8")
        for entry in folder.iterdir()
        if (match := _SCHEMA_FILE.fullmatch(entry.name))
    }


def now() -> datetime:
    """UTC, as the tables keep it."""
    return datetime.now(UTC).replace(tzinfo=None)

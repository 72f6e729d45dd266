"""Scenario files: JSON lines, CSV and Parquet, read all or nothing and written the same bytes each time.

Nothing here decides what a scenario is (`core.rows` does); this room knows lines, cells and bytes.
"""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from penguin_local.core.rows import RowError, scenario_from_row
from penguin_local.core.scenario import Scenario
from penguin_local.errors import BadInput, NoRoom, UsageError
from penguin_local.store import parquet

_SHOWN: Final = 20
"""Faults a message lists before it only counts."""


class Format(StrEnum):
    """How rows lie in a file."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"

    @classmethod
    def of(cls, path: Path) -> Format:
        """The format that a file's name ends with; UsageError lists the endings there are."""
        suffix = path.suffix.lower().lstrip(".")
        try:
            return cls({"ndjson": "jsonl"}.get(suffix, suffix))
        except ValueError:
            endings = ", ".join(f".{f}" for f in cls)
            raise UsageError(
                f"{path} has no known ending", hint=f"name the file with one of: {endings}"
            ) from None


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a file."""

    place: int
    """Its line (JSON lines, CSV) or row (Parquet), from 1."""
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Fault:
    """A place in a file where no row could be read."""

    place: int
    what: str


def read_scenarios(path: Path) -> tuple[Scenario, ...]:
    """All scenarios of a file; BadInput names file and line of all that is wrong."""
    scenarios: list[Scenario] = []
    faults: list[Fault] = []
    first: dict[str, int] = {}
    for entry in read_rows(path):
        if isinstance(entry, Fault):
            faults.append(entry)
            continue
        try:
            scenario = scenario_from_row(entry.values)
        except RowError as error:
            faults.append(Fault(entry.place, str(error)))
            continue
        if scenario.id in first:
            faults.append(
                Fault(entry.place, f"id {scenario.id!r:.80} is already that of {first[scenario.id]}")
            )
        first.setdefault(scenario.id, entry.place)
        scenarios.append(scenario)
    if faults:
        lines = [f"{path}:{fault.place}: {fault.what}" for fault in faults[:_SHOWN]]
        if len(faults) > _SHOWN:
            lines.append(f"... and {len(faults) - _SHOWN} more")
        raise BadInput(
            "\n".join(lines), hint="correct these lines and try again; nothing was taken from the file"
        )
    if not scenarios:
        raise BadInput(
            f"{path} holds no scenario", hint="one row for each: id, domain, topic, query, ..., source"
        )
    return tuple(scenarios)


def read_rows(path: Path) -> Iterator[Record | Fault]:
    """The rows of a file, in order, unchecked but for the file's own grammar."""
    kind = Format.of(path)
    try:
        if kind is Format.PARQUET:
            path.open("rb").close()
            return (Record(n, values) for n, values in enumerate(parquet.decode(path), 1))
        raw = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}", hint="check the path") from None
    except OSError as error:
        raise NoRoom(
            f"cannot read {path}: {error.strerror}", hint="check that it is a file you may read"
        ) from error
    return _read_jsonl(raw) if kind is Format.JSONL else _read_csv(raw)


def encode(rows: Sequence[Mapping[str, str]], columns: Sequence[str], kind: Format) -> bytes:
    """The bytes of a file with these rows; the same rows always give the same bytes."""
    if kind is Format.PARQUET:
        return parquet.encode(rows, columns)
    if kind is Format.JSONL:
        lines = (json.dumps({c: row[c] for c in columns}, ensure_ascii=False) for row in rows)
        return "".join(f"{line}\n" for line in lines).encode()
    text = io.StringIO(newline="")
    # csv does not know that a lone carriage return ends a line too, and would leave it unquoted.
    bare = any("\r" in row[c] for row in rows for c in columns)
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL if bare else csv.QUOTE_MINIMAL)
    writer.writerow(columns)
    writer.writerows([row[c] for c in columns] for row in rows)
    return text.getvalue().encode()


def write_file(path: Path, content: bytes) -> None:
    """Put a whole file in place, or leave what was there: never half of one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as part:
            temporary = Path(part.name)
            try:
                part.write(content)
                part.flush()
                os.fsync(part.fileno())
            except BaseException:
                temporary.unlink()
                raise
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        hint = "free some space and try again" if full else "choose a folder that you may write to"
        raise NoRoom(f"cannot write {path}: {error.strerror}", hint=hint) from error


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current


def _read_jsonl(raw: bytes) -> Iterator[Record | Fault]:
    for place, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            values = json.loads(line.decode(), parse_constant=_no_constant, object_pairs_hook=_no_duplicates)
        except UnicodeDecodeError as error:
            yield Fault(place, f"not UTF-8 at byte {error.start + 1}")
        except RecursionError:
            yield Fault(place, "bad JSON: nested too deeply")
        except json.JSONDecodeError as error:
            yield Fault(place, f"bad JSON: {error.msg} at character {error.pos + 1}")
        except ValueError as error:
            yield Fault(place, f"bad JSON: {error}")
        else:
            yield Record(place, values) if isinstance(values, dict) else Fault(place, "not a JSON object")


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"key {next(n for n in names if names.count(n) > 1)!r:.60} comes twice")
    return values


def _read_csv(raw: bytes) -> Iterator[Record | Fault]:
    try:
        text = raw.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        told = "not UTF-8: in a spreadsheet, save it as `CSV UTF-8`"
        yield Fault(raw.count(b"\n", 0, error.start) + 1, told)
        return
    if "\0" in text:
        yield Fault(text.count("\n", 0, text.index("\0")) + 1, "control character (U+0000)")
        return
    # Where a comma is the decimal sign, spreadsheets part cells by semicolons.
    names = text.partition("\n")[0]
    sign = max(",;\t", key=names.count)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=sign)
    header: list[str] | None = None
    place = 1
    try:
        for cells in reader:
            if header is None and cells:
                header = cells
                if len(set(header)) != len(header):
                    yield Fault(place, "a column name comes twice")
                    return
            elif cells and header is not None:
                if len(cells) == len(header):
                    yield Record(place, dict(zip(header, cells, strict=True)))
                else:
                    yield Fault(place, f"{len(cells)} cells, and the first line names {len(header)} columns")
            place = reader.line_num + 1
    except csv.Error as error:
        yield Fault(place, f"bad CSV: {error}")

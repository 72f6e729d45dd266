"""Scenario files: what goes out comes back, the same bytes each time; what is wrong is named by line."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
import unicodedata
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.background import Background, Profile, Value
from penguin_local.core.rows import COLUMNS, row_from_scenario
from penguin_local.core.scenario import Scenario
from penguin_local.errors import BadInput, NoRoom, UsageError
from penguin_local.store import parquet
from penguin_local.store.tables import Format, encode, read_scenarios, write_file

GOOD = {
    "id": "mine/1",
    "domain": "health",
    "topic": "sleeping little",
    "query": "Is sleeping little all right for me?",
    "age": "25-34",
    "source": "a test",
}


def text(*, lines: bool = False) -> st.SearchStrategy[str]:
    forbidden = "".join(map(chr, [*range(32), *range(127, 160)]))
    allowed = forbidden.replace("\n", "").replace("\t", "") if lines else forbidden
    characters = st.characters(codec="utf-8", exclude_characters=allowed)
    return (
        st.text(characters, min_size=1, max_size=40)
        .map(lambda t: unicodedata.normalize("NFC", t))
        .filter(lambda t: bool(t.strip()))
    )


def value(attribute: Attribute) -> st.SearchStrategy[Value]:
    words = st.just("") | text().map(str.strip)
    return st.builds(Value, st.sampled_from(attribute.values), words)


def known() -> st.SearchStrategy[Profile]:
    optional = {a: value(a) for a in Attribute}
    return st.fixed_dictionaries({}, optional=optional).map(lambda values: Profile(Background.of(values)))


SCENARIOS = st.lists(
    st.builds(Scenario, text(), st.sampled_from(Domain), text(), text(lines=True), known(), text()),
    min_size=1,
    max_size=6,
    unique_by=lambda s: s.id,
)


@pytest.mark.parametrize("kind", list(Format))
@given(scenarios=SCENARIOS)
@settings(max_examples=60, deadline=None)
def test_any_scenarios_come_back_from_every_format_and_write_the_same_bytes_again(
    tmp_path_factory: pytest.TempPathFactory, kind: Format, scenarios: list[Scenario]
) -> None:
    path = tmp_path_factory.mktemp("tables") / f"set.{kind}"
    rows = [row_from_scenario(s) for s in scenarios]
    write_file(path, encode(rows, COLUMNS, kind))
    back = read_scenarios(path)
    assert list(back) == scenarios
    assert encode([row_from_scenario(s) for s in back], COLUMNS, kind) == path.read_bytes()


def jsonl(*rows: object) -> bytes:
    return "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows).encode()


def csv(*lines: str) -> bytes:
    return ("id,domain,topic,query,age,source\n" + "\n".join(lines) + "\n").encode()


GOOD_CSV = "mine/1,health,sleeping little,Is it all right?,25-34,a test"

BAD_FILES: dict[str, tuple[str, bytes, str]] = {
    "bad JSON": ("s.jsonl", jsonl(GOOD, '{"id": '), "s.jsonl:2: bad JSON: Expecting value at character 8"),
    "NaN": (
        "s.jsonl",
        jsonl(GOOD, '{"id": "2", "age": NaN}'),
        "s.jsonl:2: bad JSON: NaN is not a JSON value",
    ),
    "infinity": ("s.jsonl", jsonl('{"id": -Infinity}'), "s.jsonl:1: bad JSON: -Infinity is not a JSON value"),
    "too large a number": (
        "s.jsonl",
        jsonl({**GOOD, "age": 0}).replace(b" 0", b" 1e999"),
        "s.jsonl:1: age must be text, not inf",
    ),
    "key twice": (
        "s.jsonl",
        jsonl(GOOD, '{"id": "2", "id": "3"}'),
        "s.jsonl:2: bad JSON: key 'id' comes twice",
    ),
    "deep nesting": ("s.jsonl", b"[" * 100_000 + b"\n", "s.jsonl:1: bad JSON: nested too deeply"),
    "many digits": ("s.jsonl", jsonl(GOOD) + b"1" * 5000 + b"\n", "s.jsonl:2: bad JSON:"),
    "not an object": ("s.jsonl", jsonl(GOOD, "[1, 2]"), "s.jsonl:2: not a JSON object"),
    "lone surrogate": (
        "s.jsonl",
        jsonl(GOOD, {**GOOD, "id": "2", "query": "\ud800"}),
        "s.jsonl:2: query has a lone surrogate (U+D800)",
    ),
    "control character": (
        "s.jsonl",
        jsonl({**GOOD, "query": "a\x1b[31m"}),
        "s.jsonl:1: query has a control character (U+001B)",
    ),
    "not UTF-8": ("s.jsonl", jsonl(GOOD) + b'{"id": "\xff"}\n', "s.jsonl:2: not UTF-8 at byte 9"),
    "unknown value": (
        "s.jsonl",
        jsonl(GOOD, "", {**GOOD, "id": "2", "age": "26"}),
        "s.jsonl:3: age cannot be '26'",
    ),
    "duplicate id": ("s.jsonl", jsonl(GOOD, GOOD), "s.jsonl:2: id 'mine/1' is already that of 1"),
    "wrong column": ("s.jsonl", jsonl({**GOOD, "weight": "80"}), "s.jsonl:1: unknown column 'weight'"),
    "missing key": ("s.jsonl", jsonl({**GOOD, "source": ""}), "s.jsonl:1: source is missing or empty"),
    "null bytes only": ("s.jsonl", b"\0\0\0\n", "s.jsonl:1: bad JSON"),
    "empty": ("s.jsonl", b"", "s.jsonl holds no scenario"),
    "CSV unknown value": (
        "s.csv",
        csv(GOOD_CSV, GOOD_CSV.replace("mine/1", "2").replace("25-34", "x")),
        "s.csv:3: age cannot be 'x'",
    ),
    "CSV line after a cell of two lines": (
        "s.csv",
        csv(GOOD_CSV.replace("Is it all right?", '"Is it\nall right?"'), "2,health"),
        "s.csv:4: 2 cells",
    ),
    "CSV duplicate id": ("s.csv", csv(GOOD_CSV, GOOD_CSV), "s.csv:3: id 'mine/1' is already that of 2"),
    "CSV wrong column": ("s.csv", csv(GOOD_CSV).replace(b"age", b"years"), "s.csv:2: unknown column 'years'"),
    "CSV column twice": (
        "s.csv",
        csv(GOOD_CSV).replace(b"age", b"topic"),
        "s.csv:1: a column name comes twice",
    ),
    "CSV open quote": ("s.csv", csv(GOOD_CSV, '"open,health'), "s.csv:3: bad CSV"),
    "CSV null": ("s.csv", csv(GOOD_CSV, "a\0b"), "s.csv:3: control character (U+0000)"),
    "CSV not UTF-8": ("s.csv", csv(GOOD_CSV) + b"\xff,x\n", "s.csv:3: not UTF-8"),
    "CSV nan": ("s.csv", csv(GOOD_CSV.replace("25-34", "NaN")), "s.csv:2: age cannot be 'NaN'"),
    "CSV control character": (
        "s.csv",
        csv(GOOD_CSV.replace("Is it", "Is\x07it")),
        "s.csv:2: query has a control character (U+0007)",
    ),
    "CSV header only": ("s.csv", csv()[:-1], "s.csv holds no scenario"),
    "not Parquet": ("s.parquet", b"PAR1 not really PAR1", "s.parquet: not a readable Parquet file"),
    "empty Parquet": ("s.parquet", b"", "s.parquet: not a readable Parquet file"),
}


@pytest.mark.parametrize(("name", "content", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_refused_with_file_line_and_fault(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadInput) as caught:
        read_scenarios(path)
    assert message in caught.value.message
    assert str(path) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("sign", [";", "\t"])
def test_a_csv_file_may_be_parted_as_spreadsheets_do_where_a_comma_is_the_decimal_sign(
    tmp_path: Path, sign: str
) -> None:
    usual, other = tmp_path / "usual.csv", tmp_path / "other.csv"
    usual.write_bytes(csv(GOOD_CSV.replace("Is it all", '"Is it, or not, all').replace("right?", 'right?"')))
    other.write_text(
        usual.read_text().replace(",", sign).replace(f"{sign} ", ", "), encoding="utf-8", newline="\r\n"
    )
    assert read_scenarios(other) == read_scenarios(usual)


def test_a_parquet_file_is_held_to_the_same_rules_by_row(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    columns = ", ".join(f"'{v}' AS {k}" for k, v in GOOD.items() if k not in ("id", "age"))
    duckdb.sql(
        f"COPY (SELECT 'a' AS id, '25-34' AS age, {columns} UNION ALL SELECT 'a', '3', {columns}) TO '{path}'"
    )
    with pytest.raises(BadInput) as caught:
        read_scenarios(path)
    assert f"{path}:2: age cannot be '3'" in caught.value.message
    duckdb.sql(f"COPY (SELECT 'a' AS id, 'NaN'::DOUBLE AS age, {columns}) TO '{path}'")
    with pytest.raises(BadInput, match="1: age must be text, not nan"):
        read_scenarios(path)


def test_a_parquet_cell_without_a_value_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    columns = ", ".join(f"'{v}' AS {k}" for k, v in GOOD.items() if k != "age")
    duckdb.sql(f"COPY (SELECT NULL::VARCHAR AS age, {columns}) TO '{path}'")
    assert read_scenarios(path)[0].profile.get(Attribute.AGE) is None


def test_twenty_faults_are_listed_and_the_rest_counted(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(jsonl(*({**GOOD, "id": str(n), "age": "x"} for n in range(33))))
    with pytest.raises(BadInput) as caught:
        read_scenarios(path)
    lines = caught.value.message.splitlines()
    assert len(lines) == 21
    assert lines[19].startswith(f"{path}:20: ")
    assert lines[20] == "... and 13 more"


@pytest.mark.parametrize("name", ["s.jsonl", "s.csv"])
def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    content = jsonl(GOOD) if name.endswith("jsonl") else csv(GOOD_CSV)
    path.write_bytes(b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n"))
    assert read_scenarios(path)[0].id == "mine/1"


@pytest.mark.parametrize("kind", list(Format))
def test_an_awkward_path_is_read_and_written_literally(tmp_path: Path, kind: Format) -> None:
    (tmp_path / "it's [a] *").mkdir()
    path = tmp_path / "it's [a] *" / f"b[1]?.{kind}"
    write_file(path, encode([{**dict.fromkeys(COLUMNS, ""), **GOOD}], COLUMNS, kind))
    assert read_scenarios(path)[0].topic == "sleeping little"


def test_a_parquet_reader_may_open_no_other_file_and_load_no_extension(tmp_path: Path) -> None:
    mine, other = tmp_path / "a.parquet", tmp_path / "b.parquet"
    for path in (mine, other):
        path.write_bytes(parquet.encode([{"id": "x"}], ["id"]))
    with parquet._only(mine) as connection:
        for statement in (
            f"SELECT * FROM read_parquet('{other}')",
            f"COPY (SELECT 1) TO '{tmp_path / 'c.csv'}'",
            "INSTALL httpfs",
            "LOAD httpfs",
            "SET enable_external_access = true",
            f"ATTACH '{tmp_path / 'd.duckdb'}'",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(statement)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.parquet", "b.parquet"]


def test_a_file_that_is_not_there_or_of_no_known_kind_is_a_usage_error(tmp_path: Path) -> None:
    for name in ("none.jsonl", "none.csv", "none.parquet"):
        with pytest.raises(UsageError, match="there is no file"):
            read_scenarios(tmp_path / name)
    with pytest.raises(UsageError) as caught:
        read_scenarios(tmp_path / "set.xlsx")
    assert ".jsonl, .csv, .parquet" in caught.value.hint


@pytest.mark.parametrize("name", ["d.jsonl", "d.csv", "d.parquet"])
def test_a_folder_is_not_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(NoRoom, match="cannot read"):
        read_scenarios(tmp_path / name)


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "set.csv"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NoRoom) as caught:
        write_file(path, b"new")
    assert "free some space" in caught.value.hint
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["set.csv"]


def test_writing_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NoRoom, match="cannot write"):
        write_file(tmp_path / "file" / "set.csv", b"x")


def test_parquet_bytes_and_their_writer_are_known() -> None:
    rows = [{"a": str(n), "b": "x"} for n in range(1000)]
    digests = {hashlib.sha256(parquet.encode(rows, ["a", "b"])).hexdigest() for _ in range(3)}
    assert len(digests) == 1
    assert parquet.this_writer().startswith(f"DuckDB version v{duckdb.__version__}")


if hasattr(os, "kill"):

    def test_ctrl_c_while_a_file_is_read_is_a_ctrl_c(tmp_path: Path) -> None:
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt), parquet._only(tmp_path / "none.parquet") as connection:
            connection.execute("SELECT count(*) FROM range(1000000000000)")

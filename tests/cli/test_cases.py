"""`penguin-local cases`, as a person meets it: words, exits, files; nothing readable where it was not asked for."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from penguin_local import paths
from penguin_local.agent.packet import Redaction
from penguin_local.agent.record import Line, Said, encoded, now
from penguin_local.cli import doctor_checks
from penguin_local.cli.app import run
from penguin_local.cli.cases import parse_redactions
from penguin_local.cli.cases_packet import as_markdown, write_private
from penguin_local.cli.doctor_checks import State
from penguin_local.errors import NoRoom, UsageError
from penguin_local.store.casebook import CaseAbout
from penguin_local.store.database import Database
from penguin_local.store.house import CASES
from penguin_local.store.vault import Vault
from penguin_local.store.vault_keys import key_path
from tests.agent.test_packet import ENTRIES, HEADING, LINES
from tests.cli.program import ROOT, Program
from tests.store.test_vault import found
from tests.store.vaults import CHEAP, PASSPHRASE

SECRET = "marmalade-signal-5518"
HOSTILE = "\x1b]0;owned\x07 ![x](http://h/i.png) <script> \u202e"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PENGUIN_LOCAL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def passphrase(tmp_path: Path) -> str:
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    file.chmod(0o600)
    return str(file)


def kept(title: str = "A hard week", *entries: str) -> str:
    """A case file with one case; its id."""
    vault, _ = Vault.begin(paths.cases_store(), PASSPHRASE, cost=CHEAP)
    with vault:
        case = vault.create(CaseAbout(title, "client", 30)).id
        for entry in entries or [encoded(Line(now(), entry)) for entry in ENTRIES]:
            vault.append(case, entry)
        return case


def said(text: str) -> str:
    return encoded(Line(now(), Said(text)))


def test_without_a_case_file_there_are_kind_words(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for words in (["list"], ["verify"], ["repair"], ["change-passphrase"], ["recovery-key"]):
        assert run(["cases", *words]) == 0
        told = capfd.readouterr()
        assert "no case file yet" in told.err
        assert told.out == ""
    assert run(["cases", "list", "--format", "json"]) == 0
    assert json.loads(capfd.readouterr().out) == []
    for words in (
        ["show", "ab"],
        ["delete", "ab"],
        ["export", "ab", "-o", "x.md"],
        ["keep", "ab", "--always"],
    ):
        assert run(["cases", *words]) == 2
        assert "no case file yet" in capfd.readouterr().err
    assert not home.exists()


def test_a_list_names_every_case(home: Path, passphrase: str, capfd: pytest.CaptureFixture[str]) -> None:
    case = kept()
    assert run(["cases", "list", "--format", "json", "--passphrase-file", passphrase]) == 0
    (row,) = json.loads(capfd.readouterr().out)
    assert (row["case"], row["title"], row["for"]) == (case, "A hard week", "client")
    assert (row["entries"], row["keep_days"]) == (len(ENTRIES), 30)
    assert all(name.isidentifier() for name in row)


def test_a_conversation_is_shown_and_cannot_drive_the_terminal(
    home: Path, passphrase: str, capfd: pytest.CaptureFixture[str]
) -> None:
    case = kept(HOSTILE, said(f"{SECRET} {HOSTILE}\nsecond line"))
    assert run(["cases", "show", case[:6], "--passphrase-file", passphrase]) == 0
    out = capfd.readouterr().out
    assert SECRET in out
    assert "    second line" in out
    assert not {"\x1b", "\x07", "\u202e"} & set(out)


def test_a_packet_is_written_for_its_owner_alone(
    home: Path, tmp_path: Path, passphrase: str, capfd: pytest.CaptureFixture[str]
) -> None:
    case = kept()
    for name in ("packet.md", "packet.json"):
        before = os.umask(0)
        try:
            words = ["cases", "export", case, "-o", str(tmp_path / name), "--passphrase-file", passphrase]
            assert run([*words, "--yes"]) == 0
        finally:
            os.umask(before)
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
        assert "not sealed" in capfd.readouterr().err
        assert run([*words, "--yes"]) == 2
        assert "--force" in capfd.readouterr().err
        assert run([*words, "--yes", "--force", "--redact", "words,values"]) == 0
    packet: dict[str, Any] = json.loads((tmp_path / "packet.json").read_text())
    assert packet["left_out"] == ["words", "values"]
    assert packet["overview"]["asked"] == ["age: told", "self-harm history: declined"]
    page = (tmp_path / "packet.md").read_text()
    assert page.startswith("# A hard week\n")
    assert "WORDS" not in page
    assert "ANSWERS: That is hard" in page


def test_a_page_loads_nothing_and_runs_nothing() -> None:
    from penguin_local.agent.packet_overview import packet

    line = (99, Line(LINES[0][1].at, Said(HOSTILE)))
    page = as_markdown(packet(HEADING, [*LINES, line], frozenset()))
    assert "![" not in page
    assert "<script" not in page
    assert not {"\x1b", "\x07", "\u202e"} & set(page)


def test_an_export_that_is_not_wanted_leaves_nothing(home: Path, tmp_path: Path, passphrase: str) -> None:
    case = kept("title " + SECRET, said(SECRET))
    target = tmp_path / "out"
    target.mkdir()
    words = ["cases", "export", case, "-o", str(target / "packet.md"), "--passphrase-file", passphrase]
    # Nobody there to ask; an answer of no; a stop while being asked.
    assert run(words) == 2
    for keys, code in ((b"n\r", 0), (b"\x03", 130)):
        ended = at_terminal(home, words, keys)
        assert ended.returncode == code, ended.stderr
    assert list(target.iterdir()) == []
    assert found(home, (SECRET,)) == found(target, (SECRET,)) == []


def test_a_packet_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    place = tmp_path / "packet.md"
    place.mkdir()
    with pytest.raises(NoRoom):
        write_private(place, "text", force=True)
    assert [p.name for p in tmp_path.iterdir()] == ["packet.md"]
    other = tmp_path / "other.md"
    other.write_text("theirs")
    with pytest.raises(NoRoom):
        write_private(other, "text", force=False)
    assert other.read_text() == "theirs"
    assert len(list(tmp_path.iterdir())) == 2


def test_only_what_exists_can_be_left_out() -> None:
    assert parse_redactions(["words, Times", "all"]) == frozenset(Redaction)
    assert parse_redactions(["words, Times"]) == {Redaction.WORDS, Redaction.TIMES}
    with pytest.raises(UsageError, match="'names' cannot be left out"):
        parse_redactions(["words,names"])


def test_deleting_asks_and_is_for_good(
    home: Path, passphrase: str, capfd: pytest.CaptureFixture[str]
) -> None:
    case = kept()
    words = ["cases", "delete", case, "--passphrase-file", passphrase]
    assert run(words) == 2
    assert run([*words, "--yes"]) == 0
    assert f"deleted {case}" in capfd.readouterr().err
    assert case not in re.findall(r'"(\w+)": "', key_path(paths.cases_store()).read_text())
    assert run(["cases", "show", case, "--passphrase-file", passphrase]) == 2


def test_title_and_days_can_be_changed(
    home: Path, tmp_path: Path, passphrase: str, capfd: pytest.CaptureFixture[str]
) -> None:
    case = kept()
    (tmp_path / "title").write_text("Another name\n")
    given = ["--passphrase-file", passphrase]
    assert run(["cases", "rename", case, "--title-file", str(tmp_path / "title"), *given]) == 0
    assert run(["cases", "keep", case, "--always", *given]) == 0
    assert run(["cases", "keep", case, *given]) == 2
    assert run(["cases", "keep", case, "--days", "5", "--always", *given]) == 2
    capfd.readouterr()
    run(["cases", "list", "--format", "json", *given])
    (row,) = json.loads(capfd.readouterr().out)
    assert (row["title"], row["keep_days"], row["for"]) == ("Another name", "always", "client")


def test_an_unknown_case_is_told(home: Path, passphrase: str, capfd: pytest.CaptureFixture[str]) -> None:
    kept()
    assert run(["cases", "show", "zzzz", "--passphrase-file", passphrase]) == 2
    assert "cases list" in capfd.readouterr().err


def test_a_passphrase_is_never_guessed_at_a_pipe(
    home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    kept()
    assert run(["cases", "list"]) == 2
    assert "--passphrase-file" in capfd.readouterr().err
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\n")
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "wrong").write_text("pewter gull\n")
    for name, code, word in (
        ("nowhere", 2, "no file"),
        ("bytes", 3, "not UTF-8"),
        ("empty", 2, "the one that opens this case file"),
        ("", 2, "is a folder"),
        ("wrong", 5, "does not open"),
    ):
        assert run(["cases", "list", "--passphrase-file", str(tmp_path / name)]) == code
        told = capfd.readouterr().err
        assert word in told
        assert "pewter" not in told
        assert name or "chmod" not in told


def at_terminal(home: Path, words: list[str], keys: bytes, *more: bytes) -> subprocess.CompletedProcess[str]:
    """The program at a terminal of its own; each of the keys when it asks."""
    child, handle = pty.fork()
    if child == 0:
        os.chdir(home.parent)
        environment = {**os.environ, "PENGUIN_LOCAL_HOME": str(home), "PYTHONPATH": str(ROOT)}
        os.execve(sys.executable, [sys.executable, "-m", "penguin_local", *words], environment)
    shown, waiting = b"", [keys, *more]
    asked = 0
    while True:
        try:
            piece = os.read(handle, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
        if waiting and shown[asked:].rstrip().endswith((b":", b"]")):
            asked = len(shown)
            time.sleep(0.1)  # getpass throws away what was typed before it turned the echo off
            os.write(handle, waiting.pop(0))
    status = os.waitpid(child, 0)[1]
    os.close(handle)
    return subprocess.CompletedProcess(words, os.waitstatus_to_exitcode(status), "", shown.decode())


def test_a_passphrase_is_asked_without_echo_and_may_be_given_again(home: Path) -> None:
    kept()
    ended = at_terminal(home, ["cases", "list"], b"mistyped\r", PASSPHRASE.encode() + b"\r")
    assert ended.returncode == 0, ended.stderr
    assert "does not open" in ended.stderr
    assert "A hard" in ended.stderr
    assert "mistyped" not in ended.stderr
    assert PASSPHRASE not in ended.stderr


def test_the_passphrase_is_changed_with_the_old_one_or_the_recovery_key(home: Path, tmp_path: Path) -> None:
    kept()
    ended = at_terminal(
        home,
        ["cases", "change-passphrase"],
        PASSPHRASE.encode() + b"\r",
        b"otter lamp river\r",
        b"otter lamp river\r",
    )
    assert ended.returncode == 0, ended.stderr
    assert "is changed" in ended.stderr
    assert "otter" not in ended.stderr
    both = subprocess.run(
        [sys.executable, "-m", "penguin_local", "cases", "recovery-key", "--passphrase-file", "-"],
        input="otter lamp river\n",
        env=Program(home).environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    recovery = both.stdout.strip()
    assert re.fullmatch(r"([0-9A-Z]{4}-){8}[0-9A-Z]{4}", recovery)
    ended_again = subprocess.run(
        [
            *(sys.executable, "-m", "penguin_local", "cases", "change-passphrase", "--recovery"),
            *("--passphrase-file", "-", "--new-passphrase-file", "-"),
        ],
        input=f"{recovery}\nthird one is it\n",
        env=Program(home).environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended_again.returncode == 0, ended_again.stderr
    Vault.open(home / "cases.duckdb", passphrase="third one is it").close()


def test_damage_is_named_and_repaired(home: Path, passphrase: str, capfd: pytest.CaptureFixture[str]) -> None:
    case = kept("a", *[said(str(n)) for n in range(5)])
    given = ["--passphrase-file", passphrase]
    assert run(["cases", "verify", *given]) == 0
    assert "1 case, 5 entries opened" in capfd.readouterr().err
    with Database(paths.cases_store(), house=CASES) as database, database.transaction() as write:
        write("UPDATE entries SET sealed = sealed || 'x'::BLOB WHERE number = 3", [])
    assert run(["cases", "verify", *given]) == 5
    told = capfd.readouterr()
    assert told.out == f"case {case}, entry 3: it does not open\n"
    assert "cases repair" in told.err
    assert run(["cases", "show", case, *given]) == 5
    assert "entry 3" in capfd.readouterr().err
    assert run(["cases", "repair", *given]) == 0
    told = capfd.readouterr()
    assert told.out == f"lost: case {case}, entry 3: it does not open\n"
    assert "1 case, 4 entries" in told.err
    assert "damaged-1" in told.err
    assert run(["cases", "show", case, *given]) == 0
    assert "3. this entry was damaged and could not be kept" in capfd.readouterr().out


def test_an_entry_that_opens_but_is_none_is_named_and_set_aside(
    home: Path, passphrase: str, capfd: pytest.CaptureFixture[str]
) -> None:
    later = json.dumps({"at": now().isoformat(), "entry": "Dreamed", "text": SECRET})
    more = json.dumps({**json.loads(said("more")), "mood": SECRET})
    case = kept("a", said("first"), later, said("third"), SECRET, more)
    given = ["--passphrase-file", passphrase]
    assert run(["cases", "show", case, *given]) == 5
    assert "cases verify" in capfd.readouterr().err
    assert run(["cases", "verify", *given]) == 5
    told = capfd.readouterr()
    named = re.findall(rf"case {case}, entry (\d): it opens, but cannot be read", told.out)
    assert (named, len(told.out.splitlines())) == (["2", "4", "5"], 3)
    assert "cases repair" in told.err
    before = paths.cases_store().read_bytes()
    assert run(["cases", "repair", *given]) == 0
    told_again = capfd.readouterr()
    assert told_again.out == "".join(f"lost: {line}\n" for line in told.out.splitlines())
    assert "1 case, 2 entries" in told_again.err
    assert paths.cases_store().with_name("cases.duckdb.damaged-1").read_bytes() == before
    assert SECRET not in told.out + told.err + told_again.out + told_again.err
    assert run(["cases", "verify", *given]) == 0
    assert run(["cases", "show", case, *given]) == 0
    shown = capfd.readouterr().out
    for words in ("first", "2. this entry was damaged", "third", "4. this", "5. this"):
        assert words in shown


def test_a_case_whose_days_are_over_is_deleted_and_named(
    home: Path, passphrase: str, capfd: pytest.CaptureFixture[str]
) -> None:
    from datetime import UTC, datetime

    vault, _ = Vault.begin(
        paths.cases_store(), PASSPHRASE, cost=CHEAP, clock=lambda: datetime(2020, 1, 1, tzinfo=UTC)
    )
    with vault:
        case = vault.create(CaseAbout("old", keep_days=10)).id
    assert run(["cases", "list", "--format", "json", "--passphrase-file", passphrase]) == 0
    told = capfd.readouterr()
    assert json.loads(told.out) == []
    assert f"case {case} was deleted" in told.err


def test_the_doctor_looks_at_the_case_file_without_its_passphrase(home: Path) -> None:
    path = paths.cases_store()
    assert doctor_checks.cases(path).found == "there is none yet"
    kept()
    assert doctor_checks.cases(path).state is State.OK
    key_path(path).chmod(0o644)
    finding = doctor_checks.cases(path)
    assert (finding.state, "cases.key" in finding.found) == (State.WARN, True)
    assert doctor_checks.cases(path).state is State.OK
    with Vault.open(path, passphrase=PASSPHRASE):
        assert "not read" in doctor_checks.cases(path).found
    content = key_path(path).read_bytes()
    key_path(path).write_bytes(content[:-5])
    assert doctor_checks.cases(path).state is State.BAD
    key_path(path).unlink()
    assert "missing" in doctor_checks.cases(path).found

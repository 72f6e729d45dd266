"""The case file keeps what it is given, for who has the passphrase, and for nobody else."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import tempfile
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penguin_local.errors import (
    NoRoom,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreTooNew,
    UsageError,
    WrongPassphrase,
)
from penguin_local.store.casebook import CaseAbout, Casebook, NoTrace
from penguin_local.store.database import Database
from penguin_local.store.house import CASES
from penguin_local.store.vault import Patience, Vault, exists
from penguin_local.store.vault_keys import key_path
from penguin_local.store.watermark import watermark_path
from tests.store.vaults import BEGUN, PASSPHRASE, Clock, begun, filled, no_wait, opened, text

ROOT = Path(__file__).resolve().parents[2]

FULL = """
import pathlib, resource, sys
from penguin_local.errors import NoRoom
from tests.store.vaults import opened
vault = opened(pathlib.Path(sys.argv[1]))
case = vault.cases()[0].id
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))
kept = len(vault.entries(case))
try:
    for _ in range(1000):
        kept = vault.append(case, "a long sentence " * 200)
except NoRoom as error:
    print("refused:", error.message)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    print(len(vault.entries(case)) - kept, vault.append(case, "goes on") - kept, vault.verify().whole)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "cases.duckdb"


def as_casebook(path: Path) -> list[Casebook]:
    return [NoTrace(), begun(path)[0]]


@pytest.mark.parametrize("kind", [0, 1])
def test_a_casebook_keeps_cases_and_their_entries_in_order(path: Path, kind: int) -> None:
    book = as_casebook(path)[kind]
    first = book.create(CaseAbout("first", "client", 30))
    second = book.create(CaseAbout("second"))
    assert [book.append(first.id, entry) for entry in ("one", "two", "")] == [1, 2, 3]
    assert book.entries(first.id) == ["one", "two", ""]
    assert book.entries(second.id) == []
    assert [(case.id, case.entries) for case in book.cases()] == [(first.id, 3), (second.id, 0)]
    book.describe(first.id, CaseAbout("renamed", "self", None))
    assert book.cases()[0].about == CaseAbout("renamed", "self", None)
    book.keep_unsent(first.id, "half a thought")
    book.describe(first.id, CaseAbout("renamed again"))
    assert [(case.unsent, case.entries) for case in book.cases()] == [("half a thought", 3), ("", 0)]
    book.delete(first.id)
    assert [case.id for case in book.cases()] == [second.id]
    for use in (book.entries, book.delete):
        with pytest.raises(UsageError, match="no case"):
            use(first.id)
    with pytest.raises(UsageError, match="no case"):
        book.append(first.id, "late")
    assert book.traceless == (kind == 0)
    book.close()


@settings(max_examples=8, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["create", "append", "describe", "unsent", "delete", "open"]),
            st.integers(0, 9),
            st.text(),
        ),
        max_size=25,
    )
)
def test_it_keeps_what_the_casebook_in_memory_keeps(steps: list[tuple[str, int, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.duckdb"
        vault, model = begun(path)[0], NoTrace()
        pairs: list[tuple[str, str]] = []
        for step, which, words in steps:
            if step == "create":
                about = CaseAbout(words, keep_days=which or None)
                pairs.append((vault.create(about).id, model.create(about).id))
            elif step == "open":
                vault.close()
                vault = opened(path)
            elif pairs:
                own, other = pairs[which % len(pairs)]
                if step == "append":
                    assert vault.append(own, words) == model.append(other, words)
                elif step == "describe":
                    vault.describe(own, CaseAbout(words, "client"))
                    model.describe(other, CaseAbout(words, "client"))
                elif step == "unsent":
                    vault.keep_unsent(own, words)
                    model.keep_unsent(other, words)
                else:
                    vault.delete(own)
                    model.delete(other)
                    pairs.remove((own, other))
        for anew in (False, True):
            book = opened_anew(vault, path) if anew else vault
            infos, wanted = ({case.id: case for case in b.cases()} for b in (book, model))
            assert len(infos) == len(wanted) == len(pairs)
            for own, other in pairs:
                assert book.entries(own) == model.entries(other)
                one, two = infos[own], wanted[other]
                assert (one.about, one.entries, one.unsent) == (two.about, two.entries, two.unsent)
        book.close()


def opened_anew(vault: Vault, path: Path) -> Vault:
    vault.close()
    return opened(path)


def test_everything_is_there_after_opening_anew(path: Path) -> None:
    vault, _ = begun(path)
    case = vault.create(CaseAbout("Ünï \ud800 🐧", "client", 7))
    vault.append(case.id, "müde \ud800 🐧")
    kept = vault.cases()
    vault.close()
    with opened(path) as vault:
        assert vault.cases() == kept
        assert kept[0].created == BEGUN + timedelta(minutes=2)
        assert kept[0].changed == BEGUN + timedelta(minutes=3)
        assert vault.entries(case.id) == ["müde \ud800 🐧"]
        assert vault.verify().whole


def test_the_recovery_key_opens_it_too_and_only_the_newest(path: Path) -> None:
    vault, first = begun(path)
    vault.close()
    with Vault.open(path, recovery_key=first) as vault:
        second = vault.new_recovery_key(PASSPHRASE, patience=no_wait())
    Vault.open(path, recovery_key=second.lower()).close()
    with pytest.raises(WrongPassphrase, match="recovery key does not open"):
        Vault.open(path, recovery_key=first, patience=no_wait())


def test_a_changed_passphrase_replaces_the_old_one(path: Path) -> None:
    (case, _) = filled(path)
    with opened(path) as vault:
        with pytest.raises(WrongPassphrase):
            vault.change_passphrase("not this", "new words here", patience=no_wait())
        with pytest.raises(UsageError):
            vault.change_passphrase(PASSPHRASE, " ")
        vault.change_passphrase(PASSPHRASE, "new words here", patience=no_wait())
    with pytest.raises(WrongPassphrase):
        opened(path)
    with opened(path, "new words here") as vault:
        assert len(vault.entries(case)) == 6


def test_a_wrong_passphrase_is_told_after_a_wait_that_grows(path: Path) -> None:
    filled(path)
    waited: list[float] = []
    patience = Patience(wait=waited.append)
    for _ in range(7):
        with pytest.raises(WrongPassphrase, match="does not open"):
            Vault.open(path, passphrase="guess", patience=patience)
    assert waited == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    Vault.open(path, passphrase=PASSPHRASE, patience=patience).close()
    assert patience.failures == 0


def test_a_closed_case_file_is_locked_and_its_key_is_gone(path: Path) -> None:
    vault, _ = begun(path)
    data = vault._opener.data
    case = vault.create(CaseAbout("a"))
    vault.close()
    vault.close()
    assert data == bytes(32)
    for use in (vault.cases, lambda: vault.append(case.id, "x"), lambda: vault.entries(case.id)):
        with pytest.raises(StoreError, match="locked"):
            use()


def test_a_crash_leaves_no_dump_of_an_open_case_file(path: Path) -> None:
    script = (
        "import pathlib, resource, sys\nfrom tests.store.vaults import begun\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (4096, resource.getrlimit(resource.RLIMIT_CORE)[1]))\n"
        "begun(pathlib.Path(sys.argv[1]))\nprint(resource.getrlimit(resource.RLIMIT_CORE)[0])\n"
    )
    ended = run(script, path)
    assert ended.stdout == "0\n", ended.stderr


MARKERS = ("quiet-otter-7731", "glass-lantern-4402", "ember-falcon-9358", "client-ödland-6117")


def test_nothing_readable_reaches_the_disk(path: Path) -> None:
    title, mode, entry, other = MARKERS
    vault, recovery = begun(path)
    case = vault.create(CaseAbout(title, mode, 4711))
    for _ in range(50):
        vault.append(case.id, entry * 20)
    assert found(path.parent, (*MARKERS, PASSPHRASE, recovery, recovery.replace("-", ""))) == []
    vault.describe(case.id, CaseAbout(other, mode))
    vault.keep_unsent(case.id, entry * 20)
    gone = vault.create(CaseAbout(title))
    vault.append(gone.id, other)
    vault.delete(gone.id)
    vault.close()
    opened(path).close()
    assert found(path.parent, (*MARKERS, PASSPHRASE, recovery, recovery.replace("-", ""))) == []


def found(folder: Path, markers: tuple[str, ...]) -> list[tuple[str, str]]:
    """Where a marker can be read, in UTF-8, UTF-16 or base64."""
    hits = []
    for file in folder.rglob("*"):
        if not file.is_file():
            continue
        content = file.read_bytes()
        for marker in markers:
            if any(form in content for form in forms(marker)):
                hits.append((file.name, marker))
    return hits


def forms(marker: str) -> list[bytes]:
    raw = marker.encode("utf-8")
    wide = [marker.encode("utf-16-le"), marker.encode("utf-16-be")]
    # Wherever it begins within a group of three bytes; the first and last group depend on what is around it.
    coded = [base64.b64encode(bytes(shift) + raw)[4:-4] for shift in range(3)]
    return [raw, *wide, *coded]


def test_the_search_for_markers_finds_them(tmp_path: Path) -> None:
    for number, content in enumerate(
        (
            MARKERS[0].encode(),
            MARKERS[0].encode("utf-16-le"),
            *(base64.b64encode(b"x" * shift + MARKERS[0].encode() + b"and so on") for shift in range(4)),
        )
    ):
        (tmp_path / str(number)).write_bytes(b"before" + content + b"after")
    assert len(found(tmp_path, MARKERS)) == 6


def test_no_time_is_kept_beside_what_is_sealed(path: Path) -> None:
    filled(path)
    with Database(path, house=CASES) as database:
        kinds = {kind for (kind,) in database.rows("SELECT DISTINCT data_type FROM duckdb_columns()")}
        columns = dict(
            database.rows(
                "SELECT table_name || '.' || column_name, data_type FROM duckdb_columns() "
                "WHERE database_name = 'penguin'"
            )
        )
    assert kinds
    assert set(columns.values()) <= {"VARCHAR", "INTEGER", "BIGINT", "BLOB"}
    assert sorted(name for name, kind in columns.items() if kind == "VARCHAR") == [
        "about.store",
        "described.case_id",
        "entries.case_id",
        "losses.case_id",
    ]


def test_the_database_is_locked_and_never_spills(path: Path) -> None:
    filled(path)
    with Database(path, house=CASES) as database:
        assert database.rows("SELECT current_setting('temp_directory')") == [("",)]
        assert database.rows("SELECT count(*) FROM duckdb_indexes()") == [(0,)]
        for statement in ("SET temp_directory = '/tmp'", f"COPY entries TO '{path}.csv'", "INSTALL httpfs"):
            with pytest.raises(StoreError):
                database.rows(statement)


def test_all_files_are_for_their_owner_alone(path: Path) -> None:
    before = os.umask(0o000)
    try:
        vault, _ = begun(path)
        vault.append(vault.create(CaseAbout("a")).id, "x")
        assert {p.name: p.stat().st_mode & 0o777 for p in path.parent.iterdir()} == dict.fromkeys(
            ["cases.duckdb", "cases.duckdb.wal", "cases.duckdb.acknowledged", "cases.key"], 0o600
        )
        assert path.parent.stat().st_mode & 0o777 == 0o700
        vault.close()
        key_path(path).chmod(0o644)
        opened(path).close()
        assert key_path(path).stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)


def test_a_swapped_entry_does_not_open(path: Path) -> None:
    first, second = filled(path)
    with Database(path, house=CASES) as database, database.transaction() as write:
        for case, number, other, at in ((first, 2, first, 3), (first, 3, second, 3)):
            write(
                "UPDATE entries SET sealed = (SELECT sealed FROM entries WHERE case_id = ? AND number = ?) "
                "WHERE case_id = ? AND number = ?",
                [other, at, case, number],
            )
    with opened(path) as vault:
        with pytest.raises(StoreDamaged, match=f"case {first}, entry 2") as damaged:
            vault.entries(first)
        assert "cases repair" in damaged.value.hint
        assert [(p.case, p.number) for p in vault.verify().problems] == [(first, 2), (first, 3)]
        assert len(vault.entries(second)) == 6


def test_a_missing_entry_is_named(path: Path) -> None:
    first, second = filled(path)
    with Database(path, house=CASES) as database, database.transaction() as write:
        write("DELETE FROM entries WHERE case_id = ? AND number = 4", [first])
    with opened(path) as vault:
        with pytest.raises(StoreDamaged, match=f"case {first}, entry 4: it is missing"):
            vault.entries(first)
        assert len(vault.entries(second)) == 6


def test_a_damaged_title_is_seen_and_the_conversation_can_still_be_read(path: Path) -> None:
    first, _ = filled(path)
    with Database(path, house=CASES) as database, database.transaction() as write:
        write("UPDATE described SET sealed = sealed || 'x'::BLOB WHERE case_id = ?", [first])
    with opened(path) as vault:
        titles = {case.id: case.about.title for case in vault.cases()}
        assert "damaged" in titles[first]
        assert len(vault.entries(first)) == 6
        assert next((p.case, p.number) for p in vault.verify().problems) == (first, None)


def test_deleting_overwrites_the_key_where_it_lay(path: Path, tmp_path: Path) -> None:
    first, second = filled(path)
    before = key_path(path).read_bytes()
    other_name = tmp_path / "the old content"
    os.link(key_path(path), other_name)
    with opened(path) as vault:
        vault.delete(first)
        assert len(vault.entries(second)) == 6
    after = other_name.read_bytes()
    assert len(after) == len(before)
    assert first.encode() not in after
    assert b"passphrase" not in after
    keys = key_path(path).read_text()
    assert f'"{first}": ' not in keys
    assert f'"{second}": ' in keys


def test_what_was_deleted_stays_so_when_an_older_database_is_put_back(path: Path) -> None:
    first, second = filled(path)
    old = {p: p.read_bytes() for p in (path, watermark_path(path))}
    with opened(path) as vault:
        vault.delete(first)
    for place, content in old.items():
        place.write_bytes(content)
    with opened(path) as vault:
        assert [case.id for case in vault.cases()] == [second]
        assert vault.verify().whole
        assert vault._database.rows("SELECT count(*) FROM entries WHERE case_id = ?", [first]) == [(0,)]


def test_a_case_is_deleted_when_its_days_are_over(path: Path) -> None:
    clock = Clock()
    vault, _ = begun(path, clock)
    short = vault.create(CaseAbout("short", keep_days=3)).id
    empty = vault.create(CaseAbout("empty", keep_days=3)).id
    longer = vault.create(CaseAbout("longer", keep_days=30)).id
    always = vault.create(CaseAbout("always")).id
    vault.append(short, "x")
    last = clock.now
    assert vault.expire(last + timedelta(days=3, seconds=-1)) == [empty]
    vault.append(longer, "x")
    assert vault.expire(last + timedelta(days=3)) == [short]
    assert {case.id for case in vault.cases()} == {longer, always}
    assert vault.expire(last - timedelta(days=1000)) == []
    vault.close()


def test_two_that_want_it_are_told_of_each_other(path: Path) -> None:
    filled(path)
    script = (
        "import pathlib, sys\nfrom tests.store.vaults import opened\n"
        "from penguin_local.errors import StoreBusy\n"
        "try: opened(pathlib.Path(sys.argv[1]))\nexcept StoreBusy as busy: print(busy.message)\n"
    )
    with opened(path):
        ended = run(script, path)
        assert f"in use by process {os.getpid()}" in ended.stdout, ended.stderr
        with pytest.raises(StoreBusy):
            opened(path)


def test_threads_may_share_it(path: Path) -> None:
    vault, _ = begun(path)
    ids = [vault.create(CaseAbout(str(n))).id for n in range(4)]

    def work(case: str) -> None:
        for number in range(1, 16):
            vault.append(case, text(case, number))
            vault.cases()

    threads = [threading.Thread(target=work, args=(case,)) for case in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for case in ids:
        assert vault.entries(case) == [text(case, number) for number in range(1, 16)]
    vault.close()


def test_a_full_disk_loses_nothing_that_was_acknowledged(path: Path) -> None:
    filled(path)
    ended = run(FULL, path)
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("refused: no room left on the disk"), ended.stderr
    more, after, whole = lines[1].split()
    # One more than was acknowledged is possible: written whole, and refused only after.
    assert int(more) in (0, 1)
    assert whole == "True"
    assert int(after) == int(more) + 1


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_there_is_one_only_when_one_was_begun(path: Path) -> None:
    assert not exists(path)
    with pytest.raises(StoreError, match="no case file yet"):
        opened(path)
    assert not path.parent.exists()
    begun(path)[0].close()
    assert exists(path)
    with pytest.raises(StoreError, match="already"):
        begun(path)


def test_a_beginning_that_was_killed_is_begun_anew(path: Path) -> None:
    Database(path, house=CASES).close()
    assert not exists(path)
    key_path(path).with_name("cases.key.new").write_text("half")
    begun(path)[0].close()
    opened(path).close()
    assert not key_path(path).with_name("cases.key.new").exists()


def test_a_bad_passphrase_begins_nothing(path: Path) -> None:
    with pytest.raises(UsageError):
        Vault.begin(path, "  ")
    assert not path.parent.exists()


def test_a_newer_case_file_is_left_alone(path: Path) -> None:
    filled(path)
    with Database(path, house=CASES) as database, database.transaction() as write:
        write("INSERT INTO migrations VALUES (9999)", [])
    with pytest.raises(StoreTooNew, match="newer version"):
        opened(path)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(NoRoom, match="cannot be used"):
        begun(tmp_path / "taken" / "cases.duckdb")

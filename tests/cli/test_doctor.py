"""The doctor finds what is wrong, says what to do, disturbs nobody, and proves what it says about the network."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from penguin_local import paths
from penguin_local.cli import doctor_checks
from penguin_local.cli.app import run
from penguin_local.cli.doctor_checks import State
from penguin_local.corpus.sums import check_sums
from penguin_local.errors import BadInput
from penguin_local.guard import Hold
from penguin_local.lm.engine_build import build, compare, cpu_flags, read_features
from penguin_local.lm.inventory import Inventory, Source
from penguin_local.lm.weights import sha256_of
from penguin_local.store.database import Database
from tests.cli.program import ROOT, Program

LINUX = sys.platform == "linux"


def found(program: Program) -> dict[str, dict[str, str]]:
    return {row["what"]: row for row in program.json("doctor")}


def test_all_is_looked_at_and_nothing_is_bad_here(tmp_path: Path) -> None:
    rows = found(Program(tmp_path / "home"))
    assert {"program", "llama.cpp", "cpu", "memory", "disk", "network", "characters", "terminal"} <= set(rows)
    assert {"penguin-synthetic-v1.parquet", "penguin-forum-v1.parquet", "bench.duckdb"} <= set(rows)
    assert {"penguin-nano", "all-minilm-l6-v2"} <= set(rows)
    assert all(row["state"] != "bad" for row in rows.values())
    assert all(row["what to do"] for row in rows.values() if row["state"] != "ok")
    if LINUX:
        assert rows["network"]["state"] == "ok"
        assert "tried from Python and from C" in rows["network"]["found"]
    assert not (tmp_path / "home").exists()


def test_the_guard_is_tried_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor_checks.network().state is State.WARN  # nothing holds this very process
    monkeypatch.setattr("penguin_local.guard._held", Hold.SECCOMP)
    assert doctor_checks.network().state is State.BAD


def test_it_can_be_pasted_into_an_issue(capsys: pytest.CaptureFixture[str]) -> None:
    run(["doctor", "--format", "md"])
    assert capsys.readouterr().out.startswith("| what | state | found | what to do |\n")


def test_a_damaged_database_is_bad_and_ends_with_6(tmp_path: Path) -> None:
    home = tmp_path / "home"
    Database(home / "bench.duckdb").close()
    content = bytearray((home / "bench.duckdb").read_bytes())
    content[: 3 * 4096] = bytes(3 * 4096)
    (home / "bench.duckdb").write_bytes(content)
    ended = Program(home).run("doctor", "--format", "json")
    (row,) = (row for row in json.loads(ended.stdout) if row["what"] == "bench.duckdb")
    assert (row["state"], ended.returncode) == ("bad", 6)
    assert row["what to do"]


def test_a_database_that_is_gone_is_missed(tmp_path: Path) -> None:
    with Database(tmp_path / "bench.duckdb") as database, database.transaction():
        pass
    (tmp_path / "bench.duckdb").unlink()
    seen = doctor_checks.store(tmp_path / "bench.duckdb")
    assert seen.state is State.BAD
    assert not (tmp_path / "bench.duckdb").exists()


def test_a_database_in_use_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "bench.duckdb"
    script = (
        "import sys, pathlib\nfrom penguin_local.cli.doctor_checks import store\n"
        "seen = store(pathlib.Path(sys.argv[1]))\nprint(seen.state, seen.found)\n"
    )
    with Database(path) as database:
        ended = subprocess.run(
            [sys.executable, "-c", script, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert ended.stdout.startswith("ok ")
        assert str(os.getpid()) in ended.stdout
        with database.transaction():
            pass
    assert doctor_checks.store(path).found.startswith("whole: 1 transaction,")


def test_the_frozen_sets_are_the_published_files_and_a_flipped_bit_is_seen(tmp_path: Path) -> None:
    sums = check_sums()
    assert {file.name for file in sums} == {
        path.relative_to(paths.data()).as_posix()
        for ending in ("parquet", "jsonl")
        for path in paths.data().rglob(f"*.{ending}")
    }
    assert all(file.agrees for file in sums)
    for name in ("SHA256SUMS", "penguin-forum-v1.parquet"):
        shutil.copy(paths.data() / name, tmp_path)
    damaged = tmp_path / "penguin-forum-v1.parquet"
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    states = {file.name: (file.agrees, file.found is None) for file in check_sums(tmp_path)}
    assert states == {
        **{file.name: (False, True) for file in sums},
        "penguin-forum-v1.parquet": (False, False),
    }


@pytest.mark.parametrize("text", ["no hash  file\n", f"{'0' * 64}  ../outside\n", "\xff"])
def test_a_list_of_hashes_that_is_none_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "SHA256SUMS").write_text(text, encoding="latin-1")
    with pytest.raises(BadInput, match="SHA256SUMS") as refused:
        check_sums(tmp_path)
    assert refused.value.hint


def test_models_that_changed_or_went_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENGUIN_LOCAL_HOME", str(tmp_path))
    inventory = Inventory()
    for name in ("kept", "changed", "gone"):
        path = tmp_path / f"{name}.gguf"
        path.write_bytes(b"weights")
        inventory.arrive(path, name=name, sha256=sha256_of(path), source=Source.ADDED)
    (tmp_path / "changed.gguf").write_bytes(b"others!")
    (tmp_path / "gone.gguf").unlink()
    states = {
        f.check: (f.state, f.remedy) for f in doctor_checks.assets() if f.check in ("kept", "changed", "gone")
    }
    assert states["kept"] == (State.OK, "")
    assert states["changed"][0] is State.BAD
    assert "models add" in states["changed"][1]
    assert states["gone"][0] is State.WARN
    assert "models remove gone" in states["gone"][1]


def test_a_build_is_held_against_its_cpu(tmp_path: Path) -> None:
    features = read_features("CPU : SSE3 = 1 | AVX = 1 | AVX2 = 0 | AVX512_VNNI = 1 | OPENMP = 1 | ")
    assert features == ("SSE3", "AVX", "AVX512_VNNI", "OPENMP")
    told = tmp_path / "cpuinfo"
    told.write_text("model name : any\nflags : sse2 avx avx2\n")
    assert compare(features, cpu_flags(told)) == (("AVX2",), ("AVX512_VNNI",))
    told.write_text("Features : fp asimd asimddp\n")
    assert compare(("NEON",), cpu_flags(told)) == (("DOTPROD",), ())
    assert compare(features, cpu_flags(tmp_path / "no such file")) == ((), ())
    assert build().lacking == ()


def test_a_folder_that_may_not_be_written_to_is_bad(tmp_path: Path) -> None:
    assert doctor_checks.disk(tmp_path / "not" / "there yet").state is not State.BAD
    (tmp_path / "closed").mkdir(mode=0o500)
    script = (
        "import os, sys, pathlib\nfrom penguin_local.cli import doctor_checks, console, loading\n"
        "if os.geteuid() == 0: os.setegid(65534); os.seteuid(65534)\n"
        "print(doctor_checks.disk(pathlib.Path(sys.argv[1])).state)\n"
    )
    place = str(tmp_path / "closed" / "home")
    ended = subprocess.run(
        [sys.executable, "-c", script, place], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.stdout == "bad\n", ended.stderr


def test_what_may_not_be_looked_at_is_a_finding(tmp_path: Path) -> None:
    """Root may look at everything: as in the test above, it becomes somebody else first."""
    home = tmp_path / "home"
    home.mkdir()
    script = (
        "import os\nfrom penguin_local.cli.doctor_checks import all_checks\nlist(all_checks())\n"
        "os.chmod(os.environ['PENGUIN_LOCAL_HOME'], 0)\n"
        "if os.geteuid() == 0: os.setegid(65534); os.seteuid(65534)\n"
        "for f in all_checks(): print(f.check, f.state, f.found)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PENGUIN_LOCAL_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    home.chmod(0o700)
    assert ended.returncode == 0, ended.stderr
    bad = [line.split()[0] for line in ended.stdout.splitlines() if " bad " in line]
    assert {"disk", "models", "bench.duckdb", "cases.duckdb"} <= set(bad), ended.stdout
    assert "network" in ended.stdout


def test_a_data_folder_that_is_a_file_is_bad_and_no_fault_of_ours(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    ended = Program(tmp_path / "home").run("doctor", "--format", "json")
    assert ended.returncode == 6, ended.stderr
    assert {row["what"]: row["state"] for row in json.loads(ended.stdout)}["disk"] == "bad"


def proved(
    home: Path, *, tools: tuple[str, ...], hold: bool = True, before: str = "", acts: str = ""
) -> dict[str, Any]:
    """A proof with nothing but these tools on the search path; `before` runs in every watched process."""
    bin_, site = home / "bin", home / "site"
    bin_.mkdir(parents=True)
    site.mkdir()
    for tool in tools:
        (bin_ / tool).symlink_to(str(shutil.which(tool)))
    (site / "sitecustomize.py").write_text(before)
    script = f"""
import json
from penguin_local.cli import doctor_proof, doctor_proof_views
from penguin_local.cli.doctor_proof import Act
from penguin_local.guard import deny_network
if {hold}: deny_network()
acts = {acts or '[Act("a look", ("--version",))]'}
print(json.dumps(doctor_proof_views.as_json(doctor_proof.prove(acts))))
"""
    environment = {**os.environ, "PATH": str(bin_), "PYTHONPATH": f"{site}{os.pathsep}{ROOT}"}
    ended = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    proof: dict[str, Any] = json.loads(ended.stdout)
    return proof


def test_a_bench_a_dialogue_and_a_conversation_are_proved_offline(tmp_path: Path) -> None:
    home = Program(tmp_path / "home")
    ended = home.run("doctor", "--prove-offline", "--format", "json")
    proof = json.loads(ended.stdout)
    assert [act["exit_code"] for act in proof["acts"]] == [0, 0, 0], proof
    sealed = ["cases.duckdb", "cases.duckdb.acknowledged", "cases.key"]
    assert proof["files_left"] == ["bench.duckdb", "bench.duckdb.acknowledged", *sealed]
    assert (proof["holds"], ended.returncode) == ((True, 0) if LINUX else (False, 6))
    assert not home.home.exists()


def test_nothing_is_proved_of_an_open_network(tmp_path: Path) -> None:
    ended = Program(tmp_path / "home").run("--allow-network", "doctor", "--prove-offline")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "leave it out" in ended.stderr


if hasattr(signal, "SIGHUP"):

    @pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_a_proof_that_is_stopped_leaves_nothing_behind(kind: signal.Signals, tmp_path: Path) -> None:
        temporary = tmp_path / "temporary"
        temporary.mkdir()
        running = subprocess.Popen(
            [sys.executable, "-m", "penguin_local", "doctor", "--prove-offline"],
            env={**Program(tmp_path / "home").environment, "TMPDIR": str(temporary)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        while not any(temporary.glob("penguin-proof-*/home/bench.duckdb")):
            assert running.poll() is None
            time.sleep(0.01)
        running.send_signal(kind)
        _, talk = running.communicate(timeout=60)
        assert (running.returncode, "error: stopped" in talk) == (130, True)
        assert list(temporary.iterdir()) == []


def test_the_table_ends_with_the_verdict(tmp_path: Path) -> None:
    from penguin_local.cli.doctor_proof import Method, Proof
    from penguin_local.cli.doctor_proof_views import seen, unseen, verdict
    from penguin_local.guard import Hold

    bare = Proof(Method.GUARD, Hold.PYTHON, (), None, tmp_path, ())
    assert not bare.holds
    assert verdict(bare).startswith("Not proved")
    assert any("C code was not held back" in line for line in seen(bare))
    assert any("which calls were made" in line for line in unseen(bare))


def test_where_nothing_can_be_watched_it_says_so(tmp_path: Path) -> None:
    proof = proved(tmp_path, tools=())
    assert proof["method"] == "guard alone"
    assert proof["network_calls"] is None
    assert any("which calls were made" in line for line in proof["not_observed"])
    assert proof["holds"] is LINUX


def test_an_act_that_fails_proves_nothing(tmp_path: Path) -> None:
    proof = proved(tmp_path, tools=(), acts='[Act("none", ("no-such-command",))]')
    assert not proof["holds"]
    assert proof["verdict"].startswith("Not proved")


SWALLOWED = """
import socket
for family in (socket.AF_INET, socket.AF_UNIX):
    try:
        socket.socket(family).close()
    except OSError:
        pass
"""
if shutil.which("strace"):

    @pytest.mark.parametrize("hold", [True, False])
    def test_an_attempt_that_is_refused_and_swallowed_is_seen(hold: bool, tmp_path: Path) -> None:
        proof = proved(tmp_path, tools=("strace",), hold=hold, before=SWALLOWED)
        assert proof["method"] == "strace"
        calls = {(call["call"], call["family"], call["outcome"]) for call in proof["network_calls"]}
        outcome = "EPERM" if hold else "done"
        assert calls >= {("socket", "AF_INET", outcome), ("socket", "AF_UNIX", "done")}
        assert not proof["holds"]


if shutil.which("unshare") and subprocess.run(["unshare", "-rn", "true"], check=False).returncode == 0:

    def test_without_strace_an_empty_network_namespace_serves(tmp_path: Path) -> None:
        proof = proved(tmp_path, tools=("unshare",))
        assert proof["method"] == "empty network namespace"
        assert proof["holds"]
        assert "where there is no network" in proof["verdict"]

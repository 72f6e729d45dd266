"""Bringing models in and taking them along, as a person does it: over the network, or with a stick."""

from __future__ import annotations

import hashlib
import json
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from penguin_local.cli.models_moving import told
from penguin_local.core.rows import COLUMNS
from penguin_local.lm.catalogue import bundled_path, find_embedder
from penguin_local.lm.catalogue_file import load_catalogue
from penguin_local.lm.transfer import Step, Transfer
from penguin_local.store.path_files import PathFile, write_paths
from tests.cli.program import Program
from tests.cli.test_plan import Here
from tests.lm.hub import FILE, REPO, REVISION, Hub, Trouble, hub
from tests.lm.test_download import A_GGUF, CONTENT
from tests.store.planned import FINGERPRINTS, entry, path_file, unit

pytestmark = pytest.mark.loopback

ROW = {
    **dict.fromkeys(COLUMNS, ""),
    "id": "mine/1",
    "domain": "health",
    "topic": "sleep",
    "query": "How do I sleep better?",
    "source": "me",
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with one file, which is what the environment names as the hub."""
    with hub() as state:
        state.keep(CONTENT)
        monkeypatch.setenv("HF_ENDPOINT", state.url)
        monkeypatch.delenv("HF_TOKEN", raising=False)
        yield state


@pytest.fixture
def machine(tmp_path: Path) -> Here:
    return Here(tmp_path / "home")


@pytest.fixture
def other(tmp_path: Path) -> Here:
    return Here(tmp_path / "other")


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """With the hub's file in it, as `tiny`."""
    file = tmp_path / "catalogue.toml"
    file.write_text(
        f"""
[[model]]
name = "tiny"
title = "Tiny"
role = "chat"
good_for = ["answering"]
licence = "MIT"
family = "tiny"
context_tokens = 512
architecture = "llama"
quantisation = "Q8_0"
repo = "{REPO}"
revision = "{REVISION}"
file = "{FILE}"
bytes = {len(CONTENT)}
sha256 = "{hashlib.sha256(CONTENT).hexdigest()}"
"""
    )
    assert load_catalogue(file).get("tiny").pinned
    return file


def pull_words(catalogue: Path, *more: str) -> tuple[str, ...]:
    return ("models", "pull", "tiny", "--catalogue", str(catalogue), *more)


def test_a_pulled_model_is_told_with_its_place_and_hash(here: Hub, machine: Here, catalogue: Path) -> None:
    ended = machine.run(*pull_words(catalogue, "--format", "json"))
    (row,) = ended.json
    assert row["what"] == "fetched"
    assert Path(row["file"]).read_bytes() == CONTENT
    assert row["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert "licence MIT" in ended.talk
    assert "byte for byte what the catalogue names" in ended.talk
    assert machine.run(*pull_words(catalogue, "--format", "json")).json[0]["what"] == "was here"


@pytest.mark.parametrize(
    ("trouble", "code", "message"),
    [
        (Trouble(status=404), 4, "has no repository"),
        (Trouble(status=401), 4, "signed in"),
        (Trouble(status=429, headers=(("Retry-After", "9999"),)), 6, "asks to wait 9,999 s"),
        (Trouble(status=418), 4, "answered 418"),
        (Trouble(surplus=b"x", honest_length=False), 4, "sends more than"),
    ],
)
def test_a_pull_that_failed_never_looks_like_one_that_did_not(
    here: Hub, machine: Here, catalogue: Path, trouble: Trouble, code: int, message: str
) -> None:
    here.always = trouble
    ended = machine.run(*pull_words(catalogue))
    assert (ended.code, ended.told) == (code, "")
    assert message in ended.talk
    assert "what to do:" in ended.talk
    assert "is here" not in ended.talk
    assert list((machine.home / "models").glob("*.gguf")) == []


def test_a_token_comes_from_the_file_or_the_environment_and_is_never_shown(
    here: Hub, machine: Here, other: Here, catalogue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.token = "hf_secret"
    assert "--token-file" in machine.run(*pull_words(catalogue)).talk
    file = tmp_path / "token"
    file.write_text("hf_secret\n")
    ended = machine.run(*pull_words(catalogue, "--token-file", str(file)))
    assert ended.code == 0
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    again = other.run(*pull_words(catalogue))
    assert again.code == 0
    assert "hf_secret" not in ended.talk + ended.told + again.talk + again.told
    file.write_text("two\nlines")
    refused = machine.run(*pull_words(catalogue, "--token-file", str(file)))
    assert (refused.code, "does not hold a token" in refused.talk) == (3, True)
    monkeypatch.setenv("HF_TOKEN", "two\nlines")
    refused = machine.run(*pull_words(catalogue))
    assert (refused.code, "HF_TOKEN does not hold a token" in refused.talk) == (3, True)


def test_offline_is_said_with_the_way_by_stick(
    here: Hub, machine: Here, catalogue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        ended = machine.run(*pull_words(catalogue))
    assert ended.code == 6
    assert "cannot be reached from here" in ended.talk
    assert "already here: penguin-nano" in ended.talk
    assert "`penguin-local models import FOLDER`" in ended.talk


def test_an_unknown_name_is_told_with_the_nearest(machine: Here, catalogue: Path) -> None:
    ended = machine.run("models", "pull", "tyni", "--catalogue", str(catalogue))
    assert ended.code == 4
    assert "did you mean tiny?" in ended.talk


def test_what_comes_along_need_not_be_pulled(here: Hub, machine: Here) -> None:
    ended = machine.run("models", "pull", "penguin-nano")
    assert (ended.code, "comes along" in ended.talk) == (2, True)
    assert "None" not in ended.talk
    assert here.asked == []


def test_the_killed_command_goes_on_where_it_was(here: Hub, tmp_path: Path, catalogue: Path) -> None:
    """The installed program in a process of its own, where every other command denies itself the network."""
    program = Program(tmp_path / "home")
    here.piece_bytes, here.seconds_a_piece = 20_000, 5.0  # longer than this test may be held up
    running = program.start(*pull_words(catalogue))
    models = program.home / "models"
    while not any(part.stat().st_size for part in models.glob(".*.part")):
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    (part,) = models.glob(".*.part")
    kept = part.stat().st_size
    here.seconds_a_piece = 0.0
    ended = program.run(*pull_words(catalogue))
    assert ended.returncode == 0, ended.stderr
    assert here.gets()[-1].range == f"bytes={kept}-"
    assert (models / "tiny.gguf").read_bytes() == CONTENT


def test_ctrl_c_keeps_what_came(here: Hub, tmp_path: Path, catalogue: Path) -> None:
    program = Program(tmp_path / "home")
    here.piece_bytes, here.seconds_a_piece = 20_000, 5.0  # longer than this test may be held up
    running = program.start(*pull_words(catalogue))
    while not any(part.stat().st_size for part in (program.home / "models").glob(".*.part")):
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    _, talk = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "the same command again" in talk
    (part,) = (program.home / "models").glob(".*.part")
    assert part.stat().st_size > 0


def test_a_line_of_progress_tells_bytes_rate_and_end() -> None:
    moment = Transfer("tiny", Step.FETCHING, 412_000_000, 2_500_000_000, 11_000_000.0, 190.0)
    assert told(moment).startswith("fetching tiny: 412 MB of 2.5 GB, 11 MB a second, 3 min 10 s left, until ")
    waiting = Transfer("tiny", Step.WAITING, 412_000_000, 2_500_000_000, None, None, 8.0)
    assert told(waiting) == "tiny: 412 MB are here, the next try in 8 s"
    checking = Transfer("tiny", Step.CHECKING, 9, 9, None, None)
    assert told(checking) == "tiny: checking the sha256"


def a_full_machine(machine: Here, tmp_path: Path) -> None:
    """With a model, a path index and a scenario set."""
    model = tmp_path / "small.gguf"
    model.write_bytes(A_GGUF)
    assert machine.run("models", "import", str(model)).code == 0
    rows = tmp_path / "mine.jsonl"
    rows.write_text(json.dumps(ROW) + "\n")
    imported = machine.run("scenarios", "import", str(rows))
    assert imported.code == 0, imported.talk
    embedder = find_embedder()
    prints = {**FINGERPRINTS, "embedder": embedder.name, "embedder sha256": embedder.sha256}
    paths = machine.home / "paths" / "planned.parquet"
    paths.parent.mkdir(parents=True, exist_ok=True)
    write_paths(paths, PathFile("planned", prints, path_file(entry(1, unit(*[1] * 384))).entries))


def test_a_kit_brings_models_paths_and_scenarios_to_a_machine_without_a_network(
    machine: Here, other: Here, tmp_path: Path
) -> None:
    a_full_machine(machine, tmp_path)
    kit = tmp_path / "stick" / "kit"
    rows = machine.run("models", "export", str(kit), "--format", "json").json
    assert {(r["kind"], r["name"], r["what"]) for r in rows} == {
        ("models", "small", "copied"),
        ("paths", "planned", "copied"),
        ("scenarios", "mine", "copied"),
    }
    taken = other.run("models", "import", str(kit), "--format", "json")
    assert [r["what"] for r in taken.json] == ["copied"] * 3
    assert "small is not in the catalogue" in taken.talk
    assert "mine" in other.run("scenarios", "list").told
    assert "planned" in other.run("plan", "list").told
    assert other.run("models", "verify", "small", "--format", "json").json[0]["verdict"] == "as accepted"
    again = other.run("models", "import", str(kit / "manifest.json"), "--format", "json")
    assert [r["what"] for r in again.json] == ["was here"] * 3


def test_an_export_takes_what_it_is_told_and_knows_what_there_is(machine: Here, tmp_path: Path) -> None:
    empty = machine.run("models", "export", str(tmp_path / "kit"))
    assert (empty.code, "nothing to export" in empty.talk) == (2, True)
    a_full_machine(machine, tmp_path)
    (row,) = machine.run("models", "export", str(tmp_path / "kit"), "small", "--format", "json").json
    assert row["name"] == "small"
    unknown = machine.run("models", "export", str(tmp_path / "kit"), "smal")
    assert (unknown.code, "here are: mine, planned, small" in unknown.talk) == (2, True)


def test_a_changed_kit_is_refused_whole(machine: Here, other: Here, tmp_path: Path) -> None:
    a_full_machine(machine, tmp_path)
    kit = tmp_path / "kit"
    assert machine.run("models", "export", str(kit)).code == 0
    file = kit / "scenarios" / "mine.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))
    ended = other.run("models", "import", str(kit))
    assert ended.code == 3
    assert "is not the file its manifest names" in ended.talk
    assert not (other.home / "models" / "small.gguf").exists()
    assert not (other.home / "paths").exists() or list((other.home / "paths").iterdir()) == []


def test_paths_of_another_embedding_model_do_not_come(machine: Here, other: Here, tmp_path: Path) -> None:
    folder = machine.home / "paths"
    folder.mkdir(parents=True)
    write_paths(folder / "foreign.parquet", path_file(entry(1, unit(1, 0))))
    assert machine.run("models", "export", str(tmp_path / "kit")).code == 0
    ended = other.run("models", "import", str(tmp_path / "kit"))
    assert (ended.code, "embedding model" in ended.talk) == (3, True)


def test_the_bundled_model_under_another_name_is_recognised(machine: Here, tmp_path: Path) -> None:
    copy = tmp_path / "copy.gguf"
    copy.write_bytes(bundled_path().read_bytes())
    ended = machine.run("models", "import", str(copy))
    assert (ended.code, "penguin-nano comes along with penguin-local" in ended.talk) == (2, True)


def test_a_linked_model_can_be_used_and_is_not_copied(machine: Here, tmp_path: Path) -> None:
    elsewhere = tmp_path / "tool" / "mine.gguf"
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(A_GGUF)
    (row,) = machine.run("models", "import", str(elsewhere), "--link", "--format", "json").json
    assert row["what"] == "linked"
    assert Path(row["file"]).resolve() == elsewhere
    assert "mine" in machine.run("models", "list").told


def test_removing_a_linked_model_says_that_the_file_stays(machine: Here, tmp_path: Path) -> None:
    elsewhere = tmp_path / "tool" / "mine.gguf"
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(A_GGUF)
    assert machine.run("models", "import", str(elsewhere), "--link").code == 0
    (row,) = machine.run("models", "remove", "mine", "--yes", "--format", "json").json
    assert row["what"] == "forgotten, the file stays"
    assert elsewhere.exists()
    assert not Path(row["file"]).exists()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["{tmp}/nowhere"], 2, "there is no"),
        (["{tmp}"], 2, "is not a kit"),
        (["{tmp}", "--link"], 2, "is a model of the catalogue"),
        (["{tmp}", "--name", "x"], 2, "--name is for a single file"),
        (["{tmp}/page.gguf"], 4, "GGUF"),
        (["{tmp}/page.gguf", "--link"], 4, "GGUF"),
        (["/dev/null"], 2, "neither a file nor a folder"),
        (["/dev/null", "--link"], 2, "neither a file nor a folder"),
        (["{tmp}/gone.gguf"], 2, "gone.gguf leads nowhere"),
        (["{tmp}/set.parquet"], 2, "is not a model file"),
    ],
)
def test_what_cannot_be_imported_is_told(
    machine: Here, tmp_path: Path, words: list[str], code: int, message: str
) -> None:
    (tmp_path / "page.gguf").write_bytes(b"<html>")
    (tmp_path / "gone.gguf").symlink_to(tmp_path / "nowhere")
    (tmp_path / "set.parquet").write_bytes(b"PAR1")
    ended = machine.run("models", "import", *(w.format(tmp=tmp_path) for w in words))
    assert ended.code == code, ended.talk
    assert message in ended.talk
    assert "what to do:" in ended.talk

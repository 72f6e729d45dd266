"""Fetching the files of a data set: one revision, resumed, and nothing but what was asked for. Loopback only."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from penguin_local.errors import Cancelled
from penguin_local.lm.download_dataset import pull_dataset
from penguin_local.lm.transfer import NotThere, Offline, Patience, WrongBytes
from tests.cli.program import ROOT, Program
from tests.corpus.published_files import real
from tests.lm.hub import REVISION, Hub, Trouble, hub

pytestmark = pytest.mark.loopback
REPO = "wick1d/Personalized_Safety_Data"
POSTS = "data/real_data/life/posts.json"
CONTENT = json.dumps([real(), real(query="Is it late to learn to swim?")]).encode()
HASTY = Patience(connect_seconds=2.0, silent_seconds=0.5, tries=3, first_wait_seconds=0.01)


@pytest.fixture
def server() -> Iterator[Hub]:
    with hub() as state:
        state.keep(CONTENT, repo=REPO, file=POSTS)
        state.keep(b"no data", repo=REPO, file="README.md")
        yield state


def pulled(server: Hub, folder: Path, cancel: threading.Event | None = None) -> str:
    return pull_dataset(
        REPO,
        folder=folder,
        command="penguin-local scenarios import penguin --pull",
        progress=lambda moment: None,
        endpoint=server.url,
        patience=HASTY,
        cancel=cancel,
    )


def test_all_json_files_of_one_revision_come_and_nothing_else(server: Hub, tmp_path: Path) -> None:
    assert pulled(server, tmp_path) == REVISION
    files = [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [Path(REVISION[:12]) / POSTS]
    assert (tmp_path / REVISION[:12] / POSTS).read_bytes() == CONTENT


def test_a_broken_line_is_gone_on_from_and_a_whole_file_is_not_fetched_again(
    server: Hub, tmp_path: Path
) -> None:
    server.troubles.append(Trouble(cut_after=100))
    pulled(server, tmp_path)
    assert [asked.range for asked in server.gets() if "resolve" in asked.path] == [None, "bytes=100-"]
    before = len(server.gets())
    pulled(server, tmp_path)
    assert not [asked for asked in server.gets()[before:] if "resolve" in asked.path]


def test_other_bytes_than_announced_are_thrown_away(server: Hub, tmp_path: Path) -> None:
    server.corrupt = True
    with pytest.raises(WrongBytes):
        pulled(server, tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_name_that_leads_out_of_the_folder_is_not_fetched(server: Hub, tmp_path: Path) -> None:
    server.keep(b"[]", repo=REPO, file="../../outside.json")
    pulled(server, tmp_path / "in" / "here")
    assert not list(tmp_path.rglob("outside.json"))


def test_a_repository_that_is_gone_and_a_hub_that_cannot_be_reached_are_told(tmp_path: Path) -> None:
    with hub() as empty, pytest.raises(NotThere):
        pulled(empty, tmp_path)
    with pytest.raises(Offline):
        pulled(Hub(url="http://127.0.0.1:1"), tmp_path)


def test_a_stop_is_a_stop(server: Hub, tmp_path: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        pulled(server, tmp_path, cancel)


def test_the_command_fetches_imports_and_leaves_no_post_behind(server: Hub, tmp_path: Path) -> None:
    program = Program(tmp_path / "home")
    ended = subprocess.run(
        [sys.executable, "-m", "penguin_local", "scenarios", "import", "penguin", "--pull"],
        env={**program.environment, "HF_ENDPOINT": server.url},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    assert "imported penguin: 2 scenarios" in ended.stderr
    assert not list((program.home / "downloads").rglob("*.json"))
    everything = b"".join(path.read_bytes() for path in program.home.rglob("*") if path.is_file())
    assert b"Brunhilde" not in everything

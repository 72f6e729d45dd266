"""Fetching weights from a hub that has every trouble a real one can have. Loopback only."""

from __future__ import annotations

import hashlib
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from penguin_local.errors import Cancelled, NoRoom, PenguinError, UsageError
from penguin_local.lm.catalogue_file import Entry, ModelRole, Use
from penguin_local.lm.download import Pulled, pull
from penguin_local.lm.inventory import Inventory, Source
from penguin_local.lm.transfer import (
    Gated,
    Interrupted,
    Meter,
    NotThere,
    Offline,
    Patience,
    Refused,
    Step,
    TooMany,
    Transfer,
    WrongBytes,
)
from tests.cli.program import ROOT
from tests.lm.hub import FILE, REPO, REVISION, Hub, Trouble, hub

pytestmark = pytest.mark.loopback
CONTENT = random.Random(5).randbytes(300_000)
HASTY = Patience(connect_seconds=2.0, silent_seconds=0.5, tries=3, first_wait_seconds=0.01)


def _text(text: bytes) -> bytes:
    return struct.pack("<Q", len(text)) + text


A_GGUF = (
    b"GGUF"
    + struct.pack("<IQQ", 3, 0, 1)
    + _text(b"general.architecture")
    + struct.pack("<I", 8)
    + _text(b"llama")
    + bytes(64)
)
"""The least that is one."""


def entry(content: bytes | None = CONTENT, *, revision: str | None = REVISION, **changes: object) -> Entry:
    values: dict[str, object] = {
        "name": "tiny",
        "title": "Tiny",
        "role": ModelRole.CHAT,
        "good_for": (Use.ANSWERING,),
        "licence": "MIT",
        "family": "tiny",
        "chat_format": "chatml",
        "context_tokens": 512,
        "thinking": False,
        "architecture": "llama",
        "quantisation": "Q8_0",
        "file": FILE,
        "repo": REPO,
        "revision": revision,
        "bytes": None if content is None else len(content),
        "sha256": None if content is None else hashlib.sha256(content).hexdigest(),
    }
    return Entry(**{**values, **changes})  # type: ignore[arg-type]


UNKNOWN = entry(None)


@pytest.fixture
def here() -> Iterator[Hub]:
    with hub() as state:
        state.keep(CONTENT)
        yield state


class Puller:
    """Pulls from one hub into one folder, and keeps what it was told."""

    def __init__(self, hub: Hub, folder: Path) -> None:
        self.hub = hub
        self.folder = folder
        self.moments: list[Transfer] = []

    def __call__(
        self,
        what: Entry | None = None,
        *,
        patience: Patience = HASTY,
        cancel: threading.Event | None = None,
        token: str | None = None,
        replace: bool = False,
        progress: Callable[[Transfer], None] | None = None,
    ) -> Pulled:
        return pull(
            what or entry(),
            folder=self.folder,
            progress=progress or self.moments.append,
            cancel=cancel,
            endpoint=self.hub.url,
            token=token,
            replace=replace,
            patience=patience,
        )

    def files(self) -> list[str]:
        return sorted(p.name for p in self.folder.glob("*.gguf")) if self.folder.is_dir() else []

    def parts(self) -> list[Path]:
        return list(self.folder.glob(".*.part"))

    def refused(self, error: type[PenguinError], what: Entry | None = None, **how: object) -> PenguinError:
        """It ends in this error, and nothing came that looks like a model."""
        before = self.files()
        with pytest.raises(error) as caught:
            self(what, **how)  # type: ignore[arg-type]
        assert self.files() == before
        assert caught.value.hint
        return caught.value


@pytest.fixture
def puller(here: Hub, tmp_path: Path) -> Puller:
    return Puller(here, tmp_path / "models")


def test_what_was_pulled_is_there_byte_for_byte_and_on_record(puller: Puller) -> None:
    pulled = puller()
    assert pulled.path.read_bytes() == CONTENT
    assert pulled.fetched
    known = Inventory(puller.folder).at(pulled.path)
    assert known is not None
    assert (known.sha256, known.source) == (entry().sha256, Source.PULLED)
    assert puller.parts() == []


def test_progress_ends_with_all_bytes_and_then_the_check(puller: Puller) -> None:
    puller()
    fetched = [m for m in puller.moments if m.step is Step.FETCHING]
    assert fetched[-1].done == fetched[-1].total == len(CONTENT)
    assert puller.moments[-1].step is Step.CHECKING


def test_rate_and_time_left_are_those_of_the_last_seconds() -> None:
    moments: list[Transfer] = []
    times = iter([0.0, 1.0, 100.0, 101.0, 102.0])
    meter = Meter("tiny", 1_000, moments.append, lambda: next(times))
    for done in (0, 10, 20, 120, 220):
        meter.at(done)
    assert moments[0].bytes_per_second is None
    assert moments[1].bytes_per_second == 10
    assert moments[-1].bytes_per_second == 100
    assert moments[-1].seconds_left == pytest.approx(7.8)


def test_what_is_there_already_is_not_fetched_again_and_needs_no_network(puller: Puller) -> None:
    puller()
    asked = len(puller.hub.asked)
    again = puller()
    assert not again.fetched
    assert len(puller.hub.asked) == asked


def test_the_hub_is_asked_for_the_pinned_revision_and_nothing_else(puller: Puller) -> None:
    puller()
    wanted = f"/{REPO}/resolve/{REVISION}/{FILE}"
    assert [(a.method, a.path) for a in puller.hub.asked] == [("HEAD", wanted), ("GET", wanted)]


def test_telemetry_is_off_in_the_clients_own_words(puller: Puller) -> None:
    puller()
    from huggingface_hub import constants

    assert constants.HF_HUB_DISABLE_TELEMETRY
    assert constants.HF_HUB_DISABLE_XET
    assert constants.HF_HUB_DISABLE_IMPLICIT_TOKEN
    assert constants.HF_HUB_DISABLE_UPDATE_CHECK
    assert all("torch" not in a.agent and "agent/" not in a.agent for a in puller.hub.asked)


def test_a_body_that_breaks_off_is_continued_from_where_it_broke(puller: Puller) -> None:
    puller.hub.troubles.extend([Trouble(cut_after=100_000), Trouble(cut_after=50_000)])
    assert puller().path.read_bytes() == CONTENT
    ranges = [a.range for a in puller.hub.gets()]
    assert ranges == [None, "bytes=100000-", "bytes=150000-"]
    assert [m.done for m in puller.moments if m.step is Step.WAITING] == [100_000, 150_000]


def test_a_body_that_always_ends_early_is_never_taken_for_the_whole(puller: Puller) -> None:
    puller.hub.troubles.append(Trouble(cut_after=100_000, honest_length=False))
    puller.hub.always = Trouble(cut_after=0, honest_length=False)
    error = puller.refused(Interrupted)
    assert "brought nothing in 3 tries" in error.message
    assert "100,000 bytes that came are kept" in error.hint
    puller.hub.always = None
    assert puller().path.read_bytes() == CONTENT
    assert puller.hub.gets()[-1].range == "bytes=100000-"


def test_a_server_that_knows_no_ranges_sends_all_of_it_again(puller: Puller) -> None:
    puller.hub.troubles.extend([Trouble(cut_after=100_000), Trouble(ignore_range=True)])
    assert puller().path.read_bytes() == CONTENT


def test_a_part_that_begins_elsewhere_is_not_appended(puller: Puller) -> None:
    puller.hub.troubles.extend([Trouble(cut_after=100_000), Trouble(shift=7)])
    assert puller().path.read_bytes() == CONTENT
    assert puller.hub.gets()[-1].range is None


def test_a_server_that_never_stops_sending_is_stopped(puller: Puller) -> None:
    puller.hub.always = Trouble(surplus=b"x" * 100, honest_length=False)
    assert "sends more than the 300,000 bytes" in puller.refused(WrongBytes).message
    assert all(part.stat().st_size == 0 for part in puller.parts())


def test_other_bytes_than_the_hub_says_it_has_are_thrown_away(puller: Puller) -> None:
    puller.hub.corrupt = True
    assert "was thrown away" in puller.refused(WrongBytes).message
    assert puller.parts() == []
    puller.hub.corrupt = False
    assert puller().path.read_bytes() == CONTENT
    assert puller.hub.gets()[-1].range is None


def test_a_damaged_beginning_on_the_disk_is_found_at_the_end(puller: Puller) -> None:
    puller.hub.troubles.append(Trouble(cut_after=100_000))
    puller.hub.always = Trouble(cut_after=0)
    puller.refused(Interrupted)
    (part,) = puller.parts()
    part.write_bytes(bytes(100_000))
    puller.hub.always = None
    puller.refused(WrongBytes)
    assert puller().path.read_bytes() == CONTENT


def test_a_file_that_was_replaced_upstream_is_refused_before_a_byte_comes(puller: Puller) -> None:
    puller.hub.keep(CONTENT[::-1])
    assert "the file was replaced" in puller.refused(WrongBytes).message
    puller.hub.keep(CONTENT + b"more")
    assert "300,004 bytes instead of 300,000" in puller.refused(WrongBytes).message
    assert puller.hub.gets() == []


def test_a_missing_repository_revision_or_file_is_told_apart(puller: Puller) -> None:
    gone = puller.refused(NotThere, entry(revision="f" * 40))
    assert f"no revision {'f' * 40} of {REPO} any more" in gone.message
    assert "models import FILE" in gone.hint
    assert "has no file other.gguf" in puller.refused(NotThere, entry(file="other.gguf")).message
    assert "has no repository no/body" in puller.refused(NotThere, entry(repo="no/body")).message


def test_a_gated_file_says_where_to_accept_and_how_to_give_a_token(puller: Puller) -> None:
    puller.hub.token = "hf_right"
    error = puller.refused(Gated)
    assert f"{puller.hub.url.removeprefix('http://')}/{REPO}" in error.hint
    assert "--token-file" in error.hint
    assert "the token does not open" in puller.refused(Gated, token="hf_wrong").message
    assert puller(token="hf_right").path.read_bytes() == CONTENT


def test_a_token_is_shown_only_to_a_hub_that_asks_for_it(
    puller: Puller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_another_program")
    puller(token="hf_given")
    assert [a.token for a in puller.hub.asked] == [None, None]


def test_a_token_does_not_travel_readable(puller: Puller) -> None:
    puller.hub.url = "http://hub.example"
    assert "could read the token" in puller.refused(UsageError, token="hf_given").message


def test_a_redirect_is_followed_and_the_token_stays_with_the_hub(puller: Puller) -> None:
    with hub() as store:
        puller.hub.store = store
        puller.hub.token = "hf_right"
        assert puller(token="hf_right").path.read_bytes() == CONTENT
        assert {a.token for a in store.asked} == {None}
        assert {a.token for a in puller.hub.gets()} == {"hf_right"}


def test_a_broken_line_to_the_store_is_gone_on_from_through_the_hub(puller: Puller) -> None:
    """The hub gives a new address, signed anew, each time; an old one may have run out."""
    with hub() as store:
        puller.hub.store = store
        store.troubles.extend([Trouble(cut_after=100_000), Trouble(status=403)])
        assert puller().path.read_bytes() == CONTENT
        assert [a.range for a in store.gets()] == [None, "bytes=100000-", "bytes=100000-"]
        assert len(puller.hub.gets()) == 3


def test_429_is_waited_out_as_long_as_the_server_says(puller: Puller) -> None:
    wait = Trouble(status=429, headers=(("Retry-After", "0.02"),))
    puller.hub.head_troubles.append(wait)
    puller.hub.troubles.extend([wait, Trouble(status=503)])
    assert puller().path.read_bytes() == CONTENT
    assert [m.wait_seconds for m in puller.moments if m.step is Step.WAITING] == [0.02, 0.02]


def test_a_hub_that_is_always_busy_is_given_up(puller: Puller) -> None:
    puller.hub.always = Trouble(status=429)
    assert "asked 3 times to come back later" in puller.refused(TooMany).message
    puller.hub.always = Trouble(status=429, headers=(("Retry-After", "3600"),))
    error = puller.refused(TooMany)
    assert "asks to wait 3,600 s" in error.message
    assert "later: penguin-local models pull tiny" in error.hint


def test_a_slow_drip_arrives(puller: Puller) -> None:
    puller.hub.piece_bytes, puller.hub.seconds_a_piece = 60_000, 0.1
    assert puller().path.read_bytes() == CONTENT
    fetching = [m for m in puller.moments if m.step is Step.FETCHING]
    assert len(fetching) > 2
    assert fetching[-1].bytes_per_second is not None


def test_silence_is_a_broken_line(puller: Puller) -> None:
    puller.hub.piece_bytes, puller.hub.seconds_a_piece = 200_000, 1.0

    def hurry(moment: Transfer) -> None:
        puller.moments.append(moment)
        if moment.step is Step.WAITING:
            puller.hub.seconds_a_piece = 0.0

    assert puller(progress=hurry).path.read_bytes() == CONTENT
    assert puller.hub.gets()[-1].range == "bytes=200000-"


def test_stopping_keeps_what_came(puller: Puller) -> None:
    puller.hub.piece_bytes = 30_000
    stop = threading.Event()

    def stopping(moment: Transfer) -> None:
        if moment.done:
            stop.set()

    puller.refused(Cancelled, cancel=stop, progress=stopping)
    (part,) = puller.parts()
    kept = part.stat().st_size
    assert 0 < kept < len(CONTENT)
    assert puller().path.read_bytes() == CONTENT
    assert puller.hub.gets()[-1].range == f"bytes={kept}-"


def test_offline_is_told_with_what_is_here_and_the_way_by_stick(puller: Puller) -> None:
    with hub() as gone:
        pass
    puller.hub.url = gone.url
    error = puller.refused(Offline)
    assert "cannot be reached from here" in error.message
    assert "penguin-nano" in error.hint
    assert "models export FOLDER tiny" in error.hint
    assert "models import FOLDER" in error.hint


def test_a_page_that_is_no_hub_is_not_taken_for_one(puller: Puller) -> None:
    puller.hub.head_troubles.append(Trouble(status=204))
    assert "does not answer as a hub does" in puller.refused(Refused).message


def test_too_little_room_is_said_before_anything_is_fetched(puller: Puller) -> None:
    large = entry(sha256=hashlib.sha256(CONTENT).hexdigest(), bytes=10**17)
    puller.hub.says_bytes = 10**17
    assert "free" in puller.refused(NoRoom, large).message
    assert puller.hub.gets() == []


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from penguin_local.errors import NoRoom
from penguin_local.lm.download import pull
from tests.lm.test_download import HASTY, entry
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, hard))
how = dict(folder=Path(sys.argv[1]), progress=lambda moment: None, endpoint=sys.argv[2], patience=HASTY)
try:
    pull(entry(), **how)
except NoRoom as error:
    assert error.hint
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    pull(entry(), **how)
    print("done")
"""


def test_a_disk_that_fills_up_is_told_and_what_came_is_kept(puller: Puller) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(puller.folder), puller.hub.url],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert ended.stdout == "done\n", ended.stderr
    assert (puller.folder / "tiny.gguf").read_bytes() == CONTENT
    assert puller.hub.gets()[-1].range == "bytes=150000-"


PULL = """
import sys
from pathlib import Path
from penguin_local.lm.download import pull
from tests.lm.test_download import HASTY, entry
pull(entry(), folder=Path(sys.argv[1]), progress=lambda moment: None, endpoint=sys.argv[2], patience=HASTY)
"""


def test_a_killed_pull_goes_on_where_it_was(puller: Puller) -> None:
    puller.hub.piece_bytes, puller.hub.seconds_a_piece = 20_000, 0.1
    running = subprocess.Popen([sys.executable, "-c", PULL, str(puller.folder), puller.hub.url], cwd=ROOT)
    while not any(part.stat().st_size for part in puller.parts()):
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.wait()
    (part,) = puller.parts()
    kept = part.stat().st_size
    assert 0 < kept < len(CONTENT)
    puller.hub.seconds_a_piece = 0.0
    assert puller().path.read_bytes() == CONTENT
    assert puller.hub.gets()[-1].range == f"bytes={kept}-"
    assert puller.parts() == []


def test_two_pulls_of_one_file_do_not_write_into_each_other(puller: Puller) -> None:
    seen: list[PenguinError] = []

    def meanwhile(moment: Transfer) -> None:
        if not seen and moment.step is Step.FETCHING:
            seen.append(puller.refused(UsageError))

    puller(progress=meanwhile)
    assert "on its way already" in seen[0].message


def test_the_beginning_of_another_version_is_not_gone_on_from(puller: Puller) -> None:
    puller.hub.troubles.append(Trouble(cut_after=100_000))
    puller.hub.always = Trouble(cut_after=0)
    puller.refused(Interrupted)
    puller.hub.always = None
    newer = CONTENT[::-1]
    puller.hub.keep(newer)
    assert puller(entry(newer)).path.read_bytes() == newer
    assert puller.hub.gets()[-1].range is None
    assert puller.parts() == []


def test_a_file_of_that_name_that_is_another_one_is_left_alone_until_told(puller: Puller) -> None:
    puller.folder.mkdir()
    (puller.folder / "tiny.gguf").write_bytes(b"mine")
    assert "--replace" in puller.refused(UsageError).hint
    assert (puller.folder / "tiny.gguf").read_bytes() == b"mine"
    assert puller(replace=True).path.read_bytes() == CONTENT


def test_an_unknown_hash_is_recorded_and_held_to(puller: Puller) -> None:
    puller.hub.keep(A_GGUF)
    puller.hub.tells_hash = False
    pulled = puller(UNKNOWN)
    assert pulled.sha256 == hashlib.sha256(A_GGUF).hexdigest()
    assert not puller(UNKNOWN).fetched
    pulled.path.unlink()
    puller.hub.keep(A_GGUF + bytes(32))
    assert "was thrown away" in puller.refused(WrongBytes, UNKNOWN).message
    puller.hub.tells_hash = True
    error = puller.refused(WrongBytes, UNKNOWN)
    assert "the file was replaced" in error.message
    assert "--replace" in error.hint
    assert puller(UNKNOWN, replace=True).path.read_bytes() == A_GGUF + bytes(32)


def test_an_unknown_file_that_changed_on_the_disk_is_refused(puller: Puller) -> None:
    puller.hub.keep(A_GGUF)
    puller(UNKNOWN).path.write_bytes(A_GGUF + b"changed")
    puller.refused(UsageError, UNKNOWN)


def test_an_unknown_file_must_at_least_be_a_model(puller: Puller) -> None:
    assert "is no model" in puller.refused(WrongBytes, UNKNOWN).message
    assert puller.parts() == []


def test_a_mirror_with_another_revision_is_not_believed_without_a_hash(puller: Puller) -> None:
    puller.hub.keep(A_GGUF)
    puller.hub.tells_commit = "e" * 40
    assert "answers for revision eeeeeeeeeeee" in puller.refused(WrongBytes, UNKNOWN).message


def test_a_file_that_came_before_its_record_is_put_on_record(puller: Puller) -> None:
    """Killed between the two."""
    puller.folder.mkdir()
    for content, what in ((CONTENT, entry()), (A_GGUF, UNKNOWN)):
        puller.hub.keep(content)
        (puller.folder / "tiny.gguf").write_bytes(content)
        pulled = puller(what)
        assert not pulled.fetched
        assert Inventory(puller.folder).at(pulled.path) is not None
        Inventory(puller.folder).forget("tiny")
    assert puller.hub.gets() == []


def test_a_proxy_of_the_environment_is_used(puller: Puller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", puller.hub.url)
    puller.hub.url = "http://hub.example"
    assert puller().path.read_bytes() == CONTENT
    assert {a.path for a in puller.hub.asked} == {f"http://hub.example/{REPO}/resolve/{REVISION}/{FILE}"}


@pytest.mark.parametrize(
    ("variable", "address", "says"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:9", "ALL_PROXY names a proxy of the kind 'socks5'"),
        ("HTTPS_PROXY", "ftp://someone:secret@proxy:1", "HTTPS_PROXY names a proxy of the kind 'ftp'"),
        ("HTTP_PROXY", "not an address", "HTTP_PROXY is not the address of a proxy"),
        ("HTTP_PROXY", "http://proxy:port", "HTTP_PROXY is not the address of a proxy"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_told_by_its_variable(
    puller: Puller, monkeypatch: pytest.MonkeyPatch, variable: str, address: str, says: str
) -> None:
    monkeypatch.setenv(variable, address)
    error = puller.refused(UsageError)
    assert error.message.startswith(says)
    assert "secret" not in error.message + error.hint
    assert puller.hub.asked == []
    monkeypatch.setenv("NO_PROXY", "*")
    assert puller().fetched


def test_a_proxy_that_does_not_answer_is_told_from_a_hub_that_does_not(
    puller: Puller, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        proxy = f"127.0.0.1:{nobody.getsockname()[1]}"
        monkeypatch.setenv("HTTP_PROXY", f"http://someone:secret@{proxy}")
        puller.hub.url = "http://hub.example"
        error = puller.refused(Offline)
    assert f"hub.example cannot be reached by the proxy {proxy}" in error.message
    assert "HTTPS_PROXY" in error.hint
    assert "already here: penguin-nano, all-minilm-l6-v2" in error.hint
    assert "secret" not in error.message + error.hint


def test_the_mirror_of_the_environment_is_used(
    tmp_path: Path, here: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", here.url + "/")
    pulled = pull(entry(), folder=tmp_path, progress=lambda moment: None, patience=HASTY)
    assert pulled.path.read_bytes() == CONTENT


def test_a_password_in_the_address_of_a_mirror_is_not_shown(puller: Puller) -> None:
    puller.hub.token = "hf_right"
    puller.hub.url = puller.hub.url.replace("//", "//someone:secret@")
    error = puller.refused(Gated)
    assert "secret" not in error.message + error.hint


def test_an_endpoint_that_is_no_address_is_told(puller: Puller) -> None:
    puller.hub.url = "not an address"
    assert "HF_ENDPOINT" in puller.refused(UsageError).hint


def test_nothing_imports_the_client_before_a_pull() -> None:
    code = "import sys, penguin_local.lm.download; sys.exit('huggingface_hub' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_a_place_that_cannot_be_a_folder_is_told(puller: Puller) -> None:
    puller.folder.write_text("a file, where a folder should be")
    with pytest.raises(NoRoom, match="cannot write"):
        puller()

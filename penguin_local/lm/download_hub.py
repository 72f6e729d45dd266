"""The hub, asked through its own client: the only place that may import `huggingface_hub`.

The client resolves names, follows proxies and mirrors and knows the protocol; the bytes we read ourselves.
Its own download (2.4.0, tried) writes to a file with a random name: a kill at 10 of 40 MB was followed by a
second download without a `Range`, and the first 10 MB were left lying. It also asks for a list of AI tools
(`/api/agent-harnesses`), to tell the hub which one runs it, unless telemetry is off.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeVar
from urllib.parse import urlsplit

from penguin_local.errors import BadInput, Cancelled, UsageError
from penguin_local.lm.download_proxy import proxy_for
from penguin_local.lm.download_words import BUSY, MIRROR_HINT, NotNow, next_wait, reason, refusal, seconds_of
from penguin_local.lm.transfer import Gated, Meter, Offline, Patience, Refused, WrongBytes

if TYPE_CHECKING:
    import httpx2

    from penguin_local.lm.catalogue_file import Entry

T = TypeVar("T")

DEFAULT_ENDPOINT: Final = "https://huggingface.co"
OFF: Final = (
    "HF_HUB_DISABLE_TELEMETRY",
    "HF_HUB_DISABLE_XET",
    "HF_HUB_DISABLE_UPDATE_CHECK",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN",
    "HF_HUB_DISABLE_PROGRESS_BARS",
)
"""Read by the client when it is imported; the names are those of its `constants`."""
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_PART: Final = re.compile(r"bytes (\d+)-\d+/(\d+)")


@dataclass(frozen=True, slots=True)
class Remote:
    """The file as the hub has it."""

    url: str
    bytes: int
    sha256: str | None
    """What the hub says it is."""
    version: str
    """Another one means other bytes."""
    headers: dict[str, str]
    """To ask for it with."""


class Hub:
    """One hub or mirror, asked for one file at a time."""

    def __init__(
        self,
        *,
        endpoint: str | None,
        token: str | None,
        patience: Patience,
        cancel: threading.Event,
        kind: str = "model",
    ) -> None:
        """`kind` of its repositories: `model` or `dataset`."""
        self.endpoint = (endpoint or os.environ.get("HF_ENDPOINT") or DEFAULT_ENDPOINT).rstrip("/")
        # Shown to people; a name and password in the address are not.
        self.host = urlsplit(self.endpoint).netloc.rpartition("@")[2] or self.endpoint
        if token and not _sealed(self.endpoint):
            raise UsageError(
                f"anyone on the way to {self.endpoint} could read the token",
                hint="use an https:// address in HF_ENDPOINT, or leave the token out",
            )
        self._proxy = proxy_for(self.endpoint)
        self._client = _client()
        self._headers = import_module("huggingface_hub.utils").build_hf_headers
        self._token = token
        self._patience = patience
        self._cancel = cancel
        self._kind = kind

    def __enter__(self) -> Hub:
        return self

    def __exit__(self, *_: object) -> None:
        # The client's connections are shared by the whole process; the next download reads the proxies anew.
        self._client.close_session()

    def find(self, entry: Entry) -> Remote:
        """Ask what the hub has under the entry's name. Raises what `pull` raises."""
        return self._patiently(entry, lambda token: self._ask(entry, token))

    def listing(self, entry: Entry) -> tuple[str, tuple[str, ...]]:
        """The revision that the entry's repository is at, and the names of its files. Raises what `pull` raises."""
        return self._patiently(entry, lambda token: self._list(entry, token))

    def _patiently(self, entry: Entry, ask: Callable[[str | bool], T]) -> T:
        failures = 0
        while True:
            self._stop_if_cancelled()
            try:
                return self._politely(ask)
            except NotNow as error:
                failures += 1
                self._cancel.wait(self._next_wait(entry, failures, error, 0))

    def _politely(self, ask: Callable[[str | bool], T]) -> T:
        try:
            return ask(False)
        except Gated:
            if self._token is None:
                raise
            # Shown only to a hub that asks for it: who fetches a public file needs no name.
            return ask(self._token)

    def _list(self, entry: Entry, token: str | bool) -> tuple[str, tuple[str, ...]]:
        with self._explained(entry, bool(token)):
            found = self._client.HfApi(endpoint=self.endpoint).repo_info(
                entry.repo,
                repo_type=self._kind,
                revision=entry.revision,
                token=token,
                timeout=self._patience.connect_seconds,
            )
        return str(found.sha), tuple(str(file.rfilename) for file in found.siblings or ())

    def _ask(self, entry: Entry, token: str | bool) -> Remote:
        with self._explained(entry, bool(token)):
            url = self._client.hf_hub_url(
                entry.repo,
                entry.file,
                repo_type=self._kind,
                revision=entry.revision,
                endpoint=self.endpoint,
            )
            seconds = self._patience.connect_seconds
            found = self._client.get_hf_file_metadata(
                url, token=token, timeout=seconds, endpoint=self.endpoint
            )
        return self._remote(entry, url, found, self._headers(token=token))

    @contextmanager
    def _explained(self, entry: Entry, shown: bool) -> Iterator[None]:
        """What the client raises, in our words; `shown` says that a token was."""
        import httpx2
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled

        try:
            yield
        except HfHubHTTPError as error:
            raise self._refusal(error.response, entry, shown) from error
        except HFValidationError as error:
            raise BadInput(f"{entry.name}: {error}", hint="correct the entry in its catalogue") from error
        except OfflineModeIsEnabled as error:
            raise Offline("HF_HUB_OFFLINE is set, and forbids downloads", hint="unset it") from error
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
            raise self._out_of_reach(reason(error)) from error
        except (httpx2.UnsupportedProtocol, httpx2.InvalidURL) as error:
            raise UsageError(
                f"{self.endpoint!r} is not the address of a hub",
                hint="set HF_ENDPOINT to https://..., or unset it",
            ) from error
        except httpx2.TransportError as error:
            raise NotNow(reason(error)) from error
        except httpx2.HTTPError as error:
            raise self._no_hub(reason(error)) from error

    def _remote(self, entry: Entry, url: str, found: Any, headers: dict[str, str]) -> Remote:
        size = found.size if found.size is not None else entry.bytes
        if found.commit_hash is None or size is None:
            raise self._no_hub("it does not name the revision and size of the file")
        if entry.revision is not None and found.commit_hash != entry.revision and entry.sha256 is None:
            raise WrongBytes(
                f"{self.host} answers for revision {found.commit_hash[:12]} of {entry.repo} when asked for "
                f"{entry.revision[:12]}",
                hint="unset HF_ENDPOINT, to ask the hub itself",
            )
        sha256 = found.etag if found.etag and _SHA256.fullmatch(found.etag) else None
        return Remote(
            url, size, sha256, found.etag or found.commit_hash, {**headers, "Accept-Encoding": "identity"}
        )

    def fetch(self, entry: Entry, remote: Remote, part: BinaryIO, meter: Meter) -> None:
        """Append what is missing to `part`, over as many connections as it takes. Raises what `pull` raises."""
        import httpx2

        failures = 0
        while (at := part.seek(0, os.SEEK_END)) < remote.bytes:
            self._stop_if_cancelled()
            broken: Exception = NotNow("the connection ended early")
            try:
                self._stream(entry, remote, part, at, meter)
            except (httpx2.TransportError, NotNow) as error:
                broken = error
            reached = part.seek(0, os.SEEK_END)
            if reached < remote.bytes:
                failures = 1 if reached > at else failures + 1
                seconds = self._next_wait(entry, failures, broken, reached)
                meter.waiting(reached, seconds)
                self._cancel.wait(seconds)

    def _stream(self, entry: Entry, remote: Remote, part: BinaryIO, at: int, meter: Meter) -> None:
        import httpx2

        headers = {**remote.headers, "Range": f"bytes={at}-"} if at else remote.headers
        limits = httpx2.Timeout(self._patience.silent_seconds, connect=self._patience.connect_seconds)
        with self._client.get_session().stream("GET", remote.url, headers=headers, timeout=limits) as answer:
            begins = self._begins(answer, entry, remote)
            if begins != at:  # another part than the one that is missing: a server that knows no ranges
                part.truncate(0)
                at = 0
                if begins != 0:
                    raise NotNow(f"it sends another part than asked for ({answer.status_code})")
            for piece in answer.iter_raw():
                self._stop_if_cancelled()
                at += len(piece)
                if at > remote.bytes:
                    part.truncate(0)
                    raise WrongBytes(
                        f"{self.host} sends more than the {remote.bytes:,} bytes of {entry.file}",
                        hint=MIRROR_HINT,
                    )
                part.write(piece)
                meter.at(at)

    def _begins(self, answer: httpx2.Response, entry: Entry, remote: Remote) -> int | None:
        """Which byte of the file the answer begins with; None for one that has none of it."""
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            raise self._no_hub("it sends the file packed, although asked not to")
        match answer.status_code:
            case 200:
                return 0
            case 206:
                part = _PART.fullmatch(answer.headers.get("Content-Range", ""))
                return int(part[1]) if part and int(part[2]) == remote.bytes else None
            case 416:
                return None
            case 403 if answer.history:  # the signed address of a store, run out since it was given
                raise NotNow("the address of the file ran out", status=403)
        raise self._refusal(answer, entry, "authorization" in remote.headers)

    def _refusal(self, answer: httpx2.Response, entry: Entry, shown: bool) -> Exception:
        status, code = answer.status_code, answer.headers.get("X-Error-Code", "")
        if status in BUSY:
            seconds = seconds_of(answer.headers.get("Retry-After"))
            return NotNow(f"it answers {status}", status=status, seconds=seconds)
        return refusal(entry, self.host, status=status, code=code, shown=shown)

    def _out_of_reach(self, why: str) -> Offline:
        if self._proxy is None:
            return Offline(f"{self.host} cannot be reached from here: {why}")
        return Offline(
            f"{self.host} cannot be reached by the proxy {self._proxy}: {why}",
            hint="see that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names the right one",
        )

    def _no_hub(self, what: str) -> Refused:
        return Refused(f"{self.host} does not answer as a hub does: {what}", hint=MIRROR_HINT)

    def _next_wait(self, entry: Entry, failures: int, error: Exception, kept: int) -> float:
        return next_wait(entry, self.host, self._patience, failures=failures, error=error, kept=kept)

    def _stop_if_cancelled(self) -> None:
        if self._cancel.is_set():
            raise Cancelled("stopped", hint="give the same command again to go on")


def _client() -> Any:
    """The client, told before it is imported to keep to itself."""
    os.environ.update(dict.fromkeys(OFF, "1"))
    os.environ["HF_HUB_VERBOSITY"] = "critical"  # it would print what a server writes into a header
    constants = import_module("huggingface_hub.constants")
    open_still = [name for name in OFF if getattr(constants, name) is not True]
    if open_still:
        raise RuntimeError(f"huggingface_hub was imported before it was told {', '.join(open_still)}")
    return import_module("huggingface_hub")


def _sealed(endpoint: str) -> bool:
    """Whether nobody on the way can read what is sent there."""
    parts = urlsplit(endpoint)
    return parts.scheme == "https" or parts.hostname in ("127.0.0.1", "::1", "localhost")

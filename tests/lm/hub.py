"""A hub of our own on this machine, with every trouble that the real one can give.

It speaks as much of the hub's protocol as the real client needs: `HEAD` and `GET` of
`/REPO/resolve/REVISION/FILE`, with the headers that name commit, size and hash.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast
from urllib.parse import unquote, urlsplit

REPO = "someone/tiny-GGUF"
REVISION = "0123456789abcdef0123456789abcdef01234567"
FILE = "tiny-Q4_K_M.gguf"


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    range: str | None
    token: str | None
    agent: str


@dataclass(frozen=True)
class Trouble:
    """What goes wrong with one answer to a `GET` of a file; nothing that is left out."""

    status: int = 0
    """Answer this instead of the file."""
    headers: tuple[tuple[str, str], ...] = ()
    cut_after: int | None = None
    """Close the connection after so many bytes of the body."""
    honest_length: bool = True
    """False: the length is not told, so that the cut looks like the end."""
    ignore_range: bool = False
    """Send the whole file, whatever part of it was asked for."""
    shift: int = 0
    """Send a part that begins so many bytes further than it should."""
    surplus: bytes = b""
    """Sent after the end of the file."""


@dataclass
class Hub:
    """What the hub has, how it behaves, and what it was asked."""

    files: dict[tuple[str, str, str], bytes] = field(default_factory=dict)
    """(repository, revision, file) -> content."""
    troubles: deque[Trouble] = field(default_factory=deque)
    """One for each of the next `GET`s of a file."""
    head_troubles: deque[Trouble] = field(default_factory=deque)
    always: Trouble | None = None
    """For every `GET` of a file that has no trouble of its own."""
    token: str | None = None
    """Who does not show it gets 401, who shows another one 403."""
    corrupt: bool = False
    """Send other bytes than it says it has."""
    tells_hash: bool = True
    tells_commit: str | None = None
    """Another revision than the one that was asked for."""
    says_bytes: int | None = None
    """Another size than the file has."""
    piece_bytes: int = 1 << 16
    seconds_a_piece: float = 0.0
    store: Hub | None = None
    """Another server that holds the bytes; this one only sends there."""
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def keep(self, content: bytes, *, repo: str = REPO, revision: str = REVISION, file: str = FILE) -> None:
        self.files[repo, revision, file] = content

    def gets(self) -> list[Asked]:
        return [a for a in self.asked if a.method == "GET"]


@contextmanager
def hub() -> Iterator[Hub]:
    """A hub that listens until the block ends."""
    state = Hub()
    server = _Server(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.state = state
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    state: Hub

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Tests read `Hub.asked` instead."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        hub = cast(_Server, self.server).state
        token = (self.headers["Authorization"] or "").removeprefix("Bearer ") or None
        agent = self.headers["User-Agent"] or ""
        hub.asked.append(Asked(self.command, self.path, self.headers["Range"], token, agent))
        # Asked as a proxy, it gets the whole address.
        parts = unquote(urlsplit(self.path).path).strip("/").removeprefix("datasets/").split("/")
        if len(parts) == 2 and parts[0] == "bytes":
            content = next((c for c in hub.files.values() if _hash(c) == parts[1]), None)
            return self._empty(404) if content is None else self._send(hub, content, {})
        if parts[:2] == ["api", "datasets"]:
            return self._list(hub, "/".join(parts[2:4]))
        if len(parts) < 5 or parts[2] != "resolve":
            return self._empty(404)
        repo, revision, file = "/".join(parts[:2]), parts[3], "/".join(parts[4:])
        if hub.token is not None and token != hub.token:
            return self._empty(403 if token else 401, {"X-Error-Code": "GatedRepo"})
        held = hub.files.get((repo, revision, file))
        if held is None:
            return self._empty(404, {"X-Error-Code": self._what_is_missing(hub, repo, revision)})
        headers = {
            "X-Repo-Commit": hub.tells_commit or revision,
            "X-Linked-Size": str(hub.says_bytes or len(held)),
        }
        if hub.tells_hash:
            headers["X-Linked-Etag"] = f'"{_hash(held)}"'
        if hub.store is not None:
            hub.store.files[repo, revision, file] = held
            return self._empty(302, {**headers, "Location": f"{hub.store.url}/bytes/{_hash(held)}"})
        return self._send(hub, held, headers)

    def _list(self, hub: Hub, repo: str) -> None:
        held = [(revision, file) for r, revision, file in hub.files if r == repo]
        if not held:
            return self._empty(404, {"X-Error-Code": "RepoNotFound"})
        told = {"id": repo, "sha": held[0][0], "siblings": [{"rfilename": file} for _, file in held]}
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def _what_is_missing(self, hub: Hub, repo: str, revision: str) -> str:
        if all(r != repo for r, _, _ in hub.files):
            return "RepoNotFound"
        return (
            "EntryNotFound"
            if any((r, v) == (repo, revision) for r, v, _ in hub.files)
            else "RevisionNotFound"
        )

    def _send(self, hub: Hub, held: bytes, headers: dict[str, str]) -> None:
        waiting = hub.troubles if self.command == "GET" else hub.head_troubles
        trouble = waiting.popleft() if waiting else None
        if trouble is None and self.command == "GET":
            trouble = hub.always
        trouble = trouble or Trouble()
        if trouble.status:
            return self._empty(trouble.status, dict(trouble.headers))
        content = bytes(b ^ 1 for b in held) if hub.corrupt else held
        start = self._start(trouble)
        if start >= len(content) > 0 and start:
            return self._empty(416, {"Content-Range": f"bytes */{len(content)}"})
        body = content[start:] + trouble.surplus
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        for name, value in headers.items():
            self.send_header(name, value)
        if trouble.honest_length:
            self.send_header("Content-Length", str(len(body)))
        if trouble.cut_after is not None or not trouble.honest_length:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command == "GET":
            self._drip(hub, body[: trouble.cut_after])
        return None

    def _start(self, trouble: Trouble) -> int:
        wanted = self.headers["Range"]
        if wanted is None or trouble.ignore_range:
            return 0
        return int(wanted.removeprefix("bytes=").removesuffix("-")) + trouble.shift

    def _drip(self, hub: Hub, body: bytes) -> None:
        for at in range(0, len(body), hub.piece_bytes):
            self.wfile.write(body[at : at + hub.piece_bytes])
            self.wfile.flush()
            if hub.seconds_a_piece:
                time.sleep(hub.seconds_a_piece)

    def _empty(self, status: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

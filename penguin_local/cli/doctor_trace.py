"""What strace wrote down, read: network calls by kind and family, and files written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

NETWORK: Final = ("%network", "io_uring_setup")
FILES: Final = (
    *("open", "openat", "openat2", "creat", "rename", "renameat", "renameat2", "unlink", "unlinkat"),
    *("mkdir", "mkdirat", "link", "linkat", "symlink", "symlinkat", "truncate"),
)
ARGUMENTS: Final = (
    *("-f", "-ff", "-qq", "-yy", "-s", "64", "-e", "signal=none", "-e"),
    # The question mark: calls that this machine's kernel does not have are no error.
    "trace=" + ",".join([*NETWORK, *(f"?{call}" for call in FILES)]),
)
"""What strace is asked: every thread in a file of its own, so that no line is torn apart."""

LOCAL: Final = "AF_UNIX"
UNKNOWN: Final = "unknown"
_LINE: Final = re.compile(r"^(\w+)\((.*)\)\s+= (-?\d+|0x[0-9a-f]+|\?)(.*)$")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_OPENED: Final = re.compile(r"^<(.*)>")
_HANDLE: Final = re.compile(r"^\d+<([A-Z]+)")
_FAMILIES: Final = {"UNIX": LOCAL, "TCP": "AF_INET", "UDP": "AF_INET", "NETLINK": "AF_NETLINK"}
_WRITES: Final = re.compile(r"O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)")
_HOW: Final = {"rename": "renamed to", "mkdir": "made", "link": "linked", "symlink": "linked"}
_REMOVED: Final = frozenset({"unlink", "unlinkat"})


@dataclass(frozen=True, slots=True)
class Call:
    """A kind of network call."""

    name: str
    """`socket`, `connect`, ..."""
    family: str
    """`AF_UNIX` stays on this machine; anything else need not."""
    outcome: str
    """`done`, or the name of the error."""


@dataclass(slots=True)
class Observed:
    """All that was seen; it grows line by line."""

    calls: Counter[Call] = field(default_factory=Counter)
    partners: set[str] = field(default_factory=set)
    """Local sockets of other programs that were reached."""
    written: dict[str, str] = field(default_factory=dict)
    """Path -> how it was last changed."""
    unread: int = 0
    """Lines that could not be understood."""

    @property
    def outside(self) -> int:
        """Calls that were about anything but local sockets, whatever came of them."""
        return sum(times for call, times in self.calls.items() if call.family != LOCAL)

    def read(self, lines: Iterable[str]) -> None:
        """Take in what strace wrote of one thread."""
        for line in lines:
            match = _LINE.match(line.rstrip("\n"))
            if match is None:
                self.unread += bool(line.strip()) and not line.startswith("+++")
                continue
            name, arguments, result, rest = match.groups()
            if name in FILES:
                if not result.startswith(("-", "?")):
                    self._file(name, arguments, rest)
            else:
                self._call(name, arguments, rest.split()[0] if result.startswith("-") else "done")

    def _call(self, name: str, arguments: str, outcome: str) -> None:
        self.calls[Call(name, _family(arguments), outcome)] += 1
        if name == "connect" and outcome == "done" and (path := re.search(r'sun_path=@?"', arguments)):
            quoted = _QUOTED.search(arguments, path.start())
            self.partners.add(_text(quoted[1]) if quoted else UNKNOWN)

    def _file(self, name: str, arguments: str, rest: str) -> None:
        paths = [_text(path) for path in _QUOTED.findall(arguments)]
        if name.startswith("open") or name == "creat":
            flags = _QUOTED.sub("", arguments)
            if name != "creat" and not _WRITES.search(flags):
                return
            opened = _OPENED.match(rest)
            path, how = _text(opened[1].partition("<")[0]) if opened else paths[0], "written"
        elif name in _REMOVED:
            path, how = paths[0], "removed"
        else:
            if name.startswith("rename"):
                self.written[paths[0]] = "renamed away"
            path, how = paths[-1], _HOW.get(name.removesuffix("2").removesuffix("at"), "written")
        self.written.pop(path, None)
        self.written[path] = how


def _family(arguments: str) -> str:
    """By name where the call names one, else by what the handle is known to be."""
    bare = _QUOTED.sub('""', arguments)
    named = re.search(r"\b[AP]F_[A-Z0-9_]+", bare)
    if named:
        return named[0].replace("PF_", "AF_").replace("AF_LOCAL", LOCAL)
    handle = _HANDLE.match(bare)
    if handle is None:
        return UNKNOWN
    kind = handle[1]
    family = _FAMILIES.get(kind, UNKNOWN)
    return f"{family}6" if bare[handle.end() :].startswith("v6") else family


def _text(quoted: str) -> str:
    """strace writes bytes beyond ASCII as octal escapes."""
    raw = quoted.encode("utf-8", "surrogateescape").decode("unicode_escape", "replace")
    return raw.encode("latin-1", "replace").decode("utf-8", "replace")

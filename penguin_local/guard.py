"""No network: what the operating system can hold, and beside it a guard in Python that names who tried.

Nothing here can be undone: a process that has denied itself the network stays so, and so do its children.
It holds back a library that phones home, not an attacker who already runs code in this process.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import socket
import sys
from dataclasses import dataclass
from enum import StrEnum
from types import FrameType
from typing import Any, Final

from penguin_local.errors import PenguinError


class Hold(StrEnum):
    """What keeps this process off the network."""

    SECCOMP = "seccomp"
    """The Linux kernel refuses every socket but local ones, to C code, threads and child processes too."""
    SANDBOX = "sandbox"
    """The macOS sandbox refuses internet connections, to C code, threads and child processes too."""
    PYTHON = "python"
    """Python code of this process alone is refused; C code and child processes are not."""
    NOTHING = "nothing"
    """The network is open."""

    @property
    def by_kernel(self) -> bool:
        """Whether it holds for all code, whatever language it is written in."""
        return self in (Hold.SECCOMP, Hold.SANDBOX)


class NetworkDenied(PenguinError):
    """Some code asked for the network; the message says which."""

    def __init__(self, wanted: str, where: str) -> None:
        super().__init__(
            f"{where} asked for the network ({wanted}), and penguin-local works without one",
            hint="this is a fault in penguin-local or in a library it uses: please report that line. "
            "Only `penguin-local models pull` and `scenarios import penguin --pull` use the network",
        )
        self.where = where


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of trying to get a socket for the internet."""

    python_refused: bool
    native_refused: bool
    """From C, past Python."""


def deny_network() -> Hold:
    """Deny this process and all it starts the network, as strongly as can be; calling it again changes nothing."""
    global _held
    if _held is Hold.NOTHING:
        hold = _KERNELS.get(sys.platform, _no_kernel)()
        # Believed only when it is seen to work: a filter that was taken but does nothing is none.
        _held = hold if hold.by_kernel and _native_refused() else Hold.PYTHON
        sys.addaudithook(_watch)
    return _held


def hold() -> Hold:
    """What `deny_network` reached in this process."""
    return _held


def try_network() -> Tried:
    """Ask for a socket from Python and from C; nothing is sent, and no other machine is named."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
        python_refused = False
    except (NetworkDenied, OSError):
        python_refused = True
    return Tried(python_refused, _native_refused())


_held = Hold.NOTHING

# Linux: a seccomp filter. The numbers are the kernel's interface, and never change.
_LOAD, _EQUALS, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1  # errno 1, EPERM
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_AF_UNIX, _IO_URING_SETUP, _X32 = 1, 425, 0x40000000
_SET_NO_NEW_PRIVILEGES, _SET_FILTER, _ALL_THREADS = 38, 1, 1


@dataclass(frozen=True, slots=True)
class _Machine:
    architecture: int
    socket: int
    seccomp: int


_MACHINES: Final = {
    "x86_64": _Machine(architecture=0xC000003E, socket=41, seccomp=317),
    "aarch64": _Machine(architecture=0xC00000B7, socket=198, seccomp=277),
}


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("yes", ctypes.c_uint8),
        ("no", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction)))


def _rules(machine: _Machine) -> list[tuple[int, int, int, int]]:
    """(code, instructions skipped when true, when false, operand).

    Calls of another architecture or of the x32 interface are refused whole: their numbers mean other calls.
    io_uring opens sockets without a call of its own for it.
    """
    return [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_EQUALS, 0, 7, machine.architecture),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_AT_LEAST, 5, 0, _X32),
        (_EQUALS, 4, 0, _IO_URING_SETUP),
        (_EQUALS, 0, 2, machine.socket),
        (_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
        (_EQUALS, 0, 1, _AF_UNIX),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]


def _seccomp() -> Hold:
    machine = _MACHINES.get(platform.machine())
    if machine is None or sys.maxsize < 1 << 32:
        return Hold.PYTHON
    libc = ctypes.CDLL(None, use_errno=True)
    rules = _rules(machine)
    instructions = (_Instruction * len(rules))(*(_Instruction(*rule) for rule in rules))
    program = _Program(len(rules), instructions)
    zero = ctypes.c_ulong(0)
    # Without this the kernel takes a filter from root alone.
    libc.prctl(_SET_NO_NEW_PRIVILEGES, ctypes.c_ulong(1), zero, zero, zero)
    call, what, threads = (ctypes.c_long(n) for n in (machine.seccomp, _SET_FILTER, _ALL_THREADS))
    return Hold.SECCOMP if libc.syscall(call, what, threads, ctypes.byref(program)) == 0 else Hold.PYTHON


def _sandbox() -> Hold:
    """macOS: the profile that `sandbox-exec -n no-internet` uses, put on the running process."""
    try:
        enter = ctypes.CDLL("/usr/lib/libSystem.B.dylib").sandbox_init
    except (OSError, AttributeError):
        return Hold.PYTHON
    named, message = ctypes.c_uint64(1), ctypes.c_char_p()
    return Hold.SANDBOX if enter(b"no-internet", named, ctypes.byref(message)) == 0 else Hold.PYTHON


def _no_kernel() -> Hold:
    """Windows has nothing that a program without an administrator's rights could put on itself."""
    return Hold.PYTHON


_KERNELS: Final = {"linux": _seccomp, "darwin": _sandbox}
_REFUSALS: Final = (errno.EPERM, errno.EACCES)


def _native_refused() -> bool:
    """Whether C's own socket(), and where that is given connect(), refuse the internet.

    Connecting a datagram socket sends nothing; the address is this machine's own.
    """
    if sys.platform == "win32":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.socket(int(socket.AF_INET), int(socket.SOCK_DGRAM), 0)
    if handle < 0:
        return ctypes.get_errno() in _REFUSALS
    try:
        inet = int(socket.AF_INET)
        # A BSD address begins with its length.
        family = bytes([16, inet]) if sys.platform == "darwin" else inet.to_bytes(2, sys.byteorder)
        address = family + (9).to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)
        return bool(libc.connect(handle, address, len(address)) < 0) and ctypes.get_errno() in _REFUSALS
    finally:
        os.close(handle)


# Python's own guard. An audit hook sees what Python code asks for, not what C code does; but it knows who asks.
_LOCAL: Final = (getattr(socket, "AF_UNIX", None), -1)
"""-1: a socket that is there already, whose family is found out; connecting it is watched too."""
_ASKS: Final = {
    "socket.getaddrinfo": "an address for {0}",
    "socket.gethostbyname": "an address for {0}",
    "socket.gethostbyaddr": "a name for {0}",
    "socket.getnameinfo": "a name for {0}",
}
_REACHES: Final = frozenset({"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"})


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if not event.startswith("socket."):
        return
    if event == "socket.__new__":
        family = int(arguments[1])
        # On Windows a pair of connected sockets, which every event loop needs, is made of AF_INET.
        if family in _LOCAL or _asked_by_pair(sys._getframe(1)):
            return
        raise NetworkDenied(f"a socket of {_family_name(family)}", _who(sys._getframe(1)))
    if event in _ASKS:
        raise NetworkDenied(_ASKS[event].format(*arguments), _who(sys._getframe(1)))
    if event in _REACHES:
        # A socket that was there before, or was handed in by another process.
        family = int(arguments[0].family)
        if family not in _LOCAL and not _asked_by_pair(sys._getframe(1)):
            raise NetworkDenied(f"{event} over {_family_name(family)}", _who(sys._getframe(1)))


def _family_name(family: int) -> str:
    try:
        return socket.AddressFamily(family).name
    except ValueError:
        return f"address family {family}"


def _asked_by_pair(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code.co_filename == socket.__file__:
        if frame.f_code.co_name in ("socketpair", "_fallback_socketpair"):
            return True
        frame = frame.f_back
    return False


def _who(frame: FrameType) -> str:
    """`file:line` of the nearest code that is not Python's own library, else of the nearest."""
    at: FrameType | None = frame
    while at is not None and _of_python(at.f_code.co_filename):
        at = at.f_back
    at = at or frame
    return f"{at.f_code.co_filename}:{at.f_lineno}"


def _of_python(file: str) -> bool:
    library = os.path.dirname(os.__file__) + os.sep
    return file.startswith(("<frozen", library)) and "site-packages" not in file[len(library) :]

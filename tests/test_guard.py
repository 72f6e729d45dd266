"""The network is denied to whatever code asks for it, and everything else goes on.

All in child processes: there is no way back.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from penguin_local import guard
from penguin_local.errors import PenguinError
from penguin_local.guard import Hold, NetworkDenied, Tried, hold, try_network

ROOT = Path(__file__).parent.parent
HEAD = """
import asyncio, ctypes, errno, json, os, socket, subprocess, sys, threading
from penguin_local.guard import NetworkDenied, deny_network, hold, try_network
libc = ctypes.CDLL(None, use_errno=True)

def refused(ask):
    "The name of what refused."
    try:
        ask()
    except (NetworkDenied, OSError) as error:
        return type(error).__name__
    return ""

def native(*call):
    "0, or the number of the error."
    handle = libc.syscall(*call)
    if handle < 0:
        return ctypes.get_errno()
    os.close(handle)
    return 0

def tell(value):
    print(json.dumps(value))
"""
DENIED = f"{HEAD}\ndeny_network()\n"
LINUX = sys.platform == "linux"
SOCKET = {"x86_64": 41, "aarch64": 198}


def child(script: str) -> Any:
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_the_strongest_hold_of_this_system_is_taken_and_taking_it_twice_is_allowed() -> None:
    first, second = child(f"{HEAD}\ntell([deny_network(), deny_network()])")
    assert first == second
    if LINUX:
        assert Hold(first) is Hold.SECCOMP


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6"])
@pytest.mark.parametrize("kind", ["SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW"])
def test_python_gets_no_internet_socket(family: str, kind: str) -> None:
    script = f"{DENIED}\ntell(refused(lambda: socket.socket(socket.{family}, socket.{kind})))"
    assert child(script) == "NetworkDenied"


@pytest.mark.parametrize(
    "ask",
    [
        "socket.create_connection(('127.0.0.1', 9))",
        "socket.getaddrinfo('example.org', 80)",
        "socket.gethostbyname('example.org')",
        "socket.gethostbyaddr('127.0.0.1')",
        "__import__('http.client').client.HTTPConnection('127.0.0.1', 9).request('GET', '/')",
        "__import__('urllib.request').request.urlopen('http://127.0.0.1:9/')",
        "asyncio.run(asyncio.open_connection('127.0.0.1', 9))",
    ],
)
def test_no_way_of_python_leads_out(ask: str) -> None:
    assert child(f"{DENIED}\ntell(refused(lambda: {ask}))") == "NetworkDenied"


def test_a_socket_that_was_there_before_reaches_nobody() -> None:
    asks = "[refused(lambda: old.connect(('127.0.0.1', 9))), refused(lambda: old.sendto(b'x', ('127.0.0.1', 9)))]"
    script = f"{HEAD}\nold = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ndeny_network()\ntell({asks})"
    assert child(script) == ["NetworkDenied", "NetworkDenied"]


def test_the_error_names_the_line_that_asked(tmp_path: Path) -> None:
    (tmp_path / "phones_home.py").write_text(
        "import urllib.request\n\n\ndef call():\n    urllib.request.urlopen('http://127.0.0.1:9/')\n"
    )
    script = (
        f"{DENIED}\nsys.path.insert(0, {str(tmp_path)!r})\nimport phones_home\n"
        "try:\n    phones_home.call()\nexcept NetworkDenied as error:\n"
        "    tell([error.message, error.hint, error.where])\n"
    )
    message, remedy, where = child(script)
    assert where == f"{tmp_path / 'phones_home.py'}:5"
    assert where in message
    assert "models pull" in remedy
    assert issubclass(NetworkDenied, PenguinError)


def test_local_sockets_pairs_and_event_loops_work_on() -> None:
    script = f"""{DENIED}
one, other = socket.socketpair()
one.sendall(b"heard")
async def waits():
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    return await process.wait()
tell([other.recv(9).decode(), asyncio.run(waits())])
"""
    assert child(script) == ["heard", 0]


def test_duckdb_works_on(tmp_path: Path) -> None:
    script = f"""{DENIED}
from pathlib import Path
from penguin_local.store.database import Database
with Database(Path({str(tmp_path / "bench.duckdb")!r})) as database:
    tell([database.verify() >= 0, database.path.exists()])
"""
    assert child(script) == [True, True]


def test_without_the_guard_the_same_questions_are_answered() -> None:
    # Else all of the above could be true of a machine without sockets.
    assert child(f"{HEAD}\ntell([hold(), refused(lambda: socket.socket(socket.AF_INET))])") == ["nothing", ""]
    assert hold() is Hold.NOTHING
    assert try_network() == Tried(python_refused=False, native_refused=False)


@pytest.mark.parametrize("machine", guard._MACHINES.values(), ids=guard._MACHINES)
@pytest.mark.parametrize(
    ("number", "argument", "refused"),
    [
        ("socket", 1, False),
        ("socket", 2, True),
        ("socket", 10, True),
        ("socket", 16, True),
        (425, 4, True),
        (0x40000000 + 41, 1, True),
        (0, 2, False),
        (56, 10, False),
    ],
)
def test_the_filter_means_the_same_on_every_machine(
    machine: guard._Machine, number: int | str, argument: int, refused: bool
) -> None:
    # The kernel's own reading of it is tried below, on the one machine that the tests run on.
    call = machine.socket if number == "socket" else int(number)
    assert filtered(machine, machine.architecture, call, argument) is refused
    assert filtered(machine, 0x40000003, call, argument)  # 32-bit Intel


def filtered(machine: guard._Machine, architecture: int, call: int, argument: int) -> bool:
    """Whether the filter refuses, worked through as the kernel does."""
    data = {0: call, 4: architecture, 16: argument}
    rules, at, value = guard._rules(machine), 0, 0
    while True:
        code, yes, no, operand = rules[at]
        at += 1
        match code:
            case guard._LOAD:
                value = data[operand]
            case guard._RETURN:
                return operand != guard._ALLOW
            case _:
                holds = value == operand if code == guard._EQUALS else value >= operand
                at += yes if holds else no


if LINUX:  # what only a kernel can hold

    @pytest.mark.parametrize(
        ("family", "error"),
        [("AF_INET", "EPERM"), ("AF_INET6", "EPERM"), ("AF_NETLINK", "EPERM"), ("AF_UNIX", "")],
    )
    @pytest.mark.parametrize("past_libc", [False, True])
    def test_c_code_gets_local_sockets_only(family: str, error: str, past_libc: bool) -> None:
        number = f"{SOCKET}[os.uname().machine]"
        call = f"libc.syscall({number}, " if past_libc else "libc.socket("
        script = f"""{DENIED}
handle = {call}int(socket.{family}), int(socket.SOCK_DGRAM), 0)
tell("" if handle >= 0 else errno.errorcode[ctypes.get_errno()])
"""
        assert child(script) == error

    def test_io_uring_which_opens_sockets_its_own_way_is_denied() -> None:
        script = f"""{DENIED}
room = ctypes.create_string_buffer(256)
tell(errno.errorcode[native(425, 4, room)])
"""
        assert child(script) == "EPERM"

    def test_other_numbers_for_the_same_calls_are_denied() -> None:
        # The x32 interface of x86-64 calls socket() by another number.
        script = f"{DENIED}\ntell(errno.errorcode[native(0x40000000 + 41, int(socket.AF_INET), 1, 0)])"
        assert child(script) == "EPERM"

    def test_threads_old_and_new_are_held() -> None:
        script = f"""{HEAD}
go, found = threading.Event(), []
def asks():
    go.wait()
    found.append(libc.socket(int(socket.AF_INET), int(socket.SOCK_DGRAM), 0))
before = threading.Thread(target=asks)
before.start()
deny_network()
after = threading.Thread(target=asks)
after.start()
go.set()
before.join()
after.join()
tell(found)
"""
        assert child(script) == [-1, -1]

    def test_what_the_process_starts_is_held() -> None:
        asks = "import socket; socket.socket(socket.AF_INET)"
        script = f"""{DENIED}
ended = subprocess.run([sys.executable, "-I", "-c", {asks!r}], capture_output=True, text=True)
tell([ended.returncode, ended.stderr.splitlines()[-1]])
"""
        code, error = child(script)
        assert code == 1
        assert "PermissionError" in error

    def test_the_guard_s_own_trial_agrees() -> None:
        assert child(
            f"{DENIED}\ntried = try_network()\ntell([tried.python_refused, tried.native_refused])"
        ) == [
            True,
            True,
        ]

    def test_without_a_kernel_s_help_python_is_still_held() -> None:
        script = f"""{HEAD}
from penguin_local import guard
guard._KERNELS.clear()
tell([deny_network(), refused(lambda: socket.socket(socket.AF_INET)), try_network().native_refused])
"""
        assert child(script) == ["python", "NetworkDenied", False]

"""What strace writes is read as it was meant. The lines are strace 6.1's own."""

from __future__ import annotations

import pytest

from penguin_local.cli.doctor_trace import Call, Observed


def read(*lines: str) -> Observed:
    observed = Observed()
    observed.read(lines)
    return observed


@pytest.mark.parametrize(
    ("line", "call", "outside"),
    [
        ("socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0) = 5<UNIX-STREAM:[412523]>", ("AF_UNIX", "done"), 0),
        (
            "socket(AF_INET6, SOCK_DGRAM, IPPROTO_IP) = -1 EPERM (Operation not permitted)",
            ("AF_INET6", "EPERM"),
            1,
        ),
        ("socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) = 3<NETLINK:[1]>", ("AF_NETLINK", "done"), 1),
        (
            'connect(3<UDP:[9]>, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}, 16) = 0',
            ("AF_INET", "done"),
            1,
        ),
        ('sendto(3<UNIX-STREAM:[1->2]>, "AF_INET", 7, 0, NULL, 0) = 7', ("AF_UNIX", "done"), 0),
        ('recvfrom(6<TCPv6:[[::1]:1->[::1]:2]>, "x\\"y", 9, 0, NULL, NULL) = 3', ("AF_INET6", "done"), 1),
        (
            "getpeername(5<UNIX-STREAM:[1]>, 0x7ffc, [110]) = -1 ENOTCONN (not connected)",
            ("AF_UNIX", "ENOTCONN"),
            0,
        ),
        ("shutdown(7, SHUT_RDWR)                  = -1 EBADF (Bad file descriptor)", ("unknown", "EBADF"), 1),
        ("io_uring_setup(4, {flags=0}) = -1 EPERM (Operation not permitted)", ("unknown", "EPERM"), 1),
    ],
)
def test_a_call_has_a_family_and_an_outcome(line: str, call: tuple[str, str], outside: int) -> None:
    observed = read(line)
    assert list(observed.calls) == [Call(line.partition("(")[0], *call)]
    assert (observed.outside, observed.unread) == (outside, 0)


def test_who_was_reached_over_a_local_socket_is_named() -> None:
    observed = read(
        'connect(5<UNIX-STREAM:[1]>, {sa_family=AF_UNIX, sun_path="/run/a \\303\\251.sock"}, 24) = 0',
        'connect(5<UNIX-STREAM:[1]>, {sa_family=AF_UNIX, sun_path=@"hidden"}, 24) = 0',
        'connect(5<UNIX-STREAM:[1]>, {sa_family=AF_UNIX, sun_path="/run/none"}, 24) = -1 ENOENT (No such file)',
    )
    assert observed.partners == {"/run/a é.sock", "hidden"}


def test_files_are_told_that_were_changed_and_only_those() -> None:
    observed = read(
        'openat(AT_FDCWD</w>, "/etc/hosts", O_RDONLY|O_CLOEXEC) = 6</etc/hosts>',
        'openat(AT_FDCWD</w>, "/etc/shadow", O_RDWR) = -1 EACCES (Permission denied)',
        'openat(AT_FDCWD</w>, "rel", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = 6</w/rel>',
        'openat(AT_FDCWD</w>, "O_WRONLY", O_RDONLY) = 6</w/O_WRONLY>',
        'openat(AT_FDCWD</w>, "\\303\\251 w", O_RDWR|O_CREAT, 0666) = 6</w/\\303\\251 w>',
        'open("/dev/null", O_RDWR) = 3</dev/null<char 1:3>>',
        'rename("/w/draft", "/w/whole") = 0',
        'unlink("/w/gone")               = 0',
        'mkdir("/w/dd", 0777)             = 0',
        'mkdir("/w/dd", 0777)             = -1 EEXIST (File exists)',
    )
    assert observed.written == {
        "/w/rel": "written",
        "/w/é w": "written",
        "/dev/null": "written",
        "/w/draft": "renamed away",
        "/w/whole": "renamed to",
        "/w/gone": "removed",
        "/w/dd": "made",
    }
    assert not observed.calls


def test_a_line_that_is_not_understood_is_counted() -> None:
    assert read("+++ exited with 0 +++", "", "what is this", "socket(AF_INET <unfinished ...>").unread == 2

"""Every command denies the network before it does anything, but the one that fetches."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from penguin_local.cli.app import app
from penguin_local.cli.offline import ON_REQUEST, ONLINE, commands, keep_offline
from tests.cli.program import ROOT, Program

ALL = [name for name, _ in commands(typer.main.get_command(app))]
SCRIPT = """
import socket, sys
from penguin_local.cli import app as program

@program.app.command("asks")
def asks() -> None:
    {ask}

sys.argv = ["penguin-local", *{words!r}]
program.main()
"""


class Denied(Exception):
    """Said by the guard of these tests."""


def deny() -> None:
    raise Denied


def invoked(name: str, *, allow: bool, switches: dict[str, bool] | None = None) -> Any:
    """Start a command as the parser would, up to the point where it begins its work."""
    program: Any = typer.main.get_command(app)
    keep_offline(program, deny)
    root = typer.Context(program)
    root.params["allow_network"] = allow
    command = dict(commands(program))[name]
    command.callback = lambda **_: "worked"
    own = typer.Context(command, parent=root)
    own.params.update(switches or {})
    return command.invoke(own)


def test_nothing_but_pull_is_let_out() -> None:
    assert {"models pull"} == ONLINE
    assert ON_REQUEST == {"scenarios import": "pull"}


@pytest.mark.parametrize(("command", "switch"), ON_REQUEST.items())
def test_a_command_that_can_fetch_denies_the_network_unless_asked_to_fetch(command: str, switch: str) -> None:
    with pytest.raises(Denied):
        invoked(command, allow=False, switches={switch: False})
    assert invoked(command, allow=False, switches={switch: True}) == "worked"


@pytest.mark.parametrize("name", [name for name in ALL if name not in ONLINE])
def test_the_command_denies_the_network_first(name: str) -> None:
    with pytest.raises(Denied):
        invoked(name, allow=False)
    assert invoked(name, allow=True) == "worked"


def test_the_command_that_fetches_does_not() -> None:
    assert [invoked(name, allow=False) for name in ONLINE] == ["worked"]


def test_a_group_that_works_without_a_further_word_is_a_command_too() -> None:
    assert "plan" in ALL


def started(ask: str, *words: str) -> subprocess.CompletedProcess[str]:
    script = SCRIPT.format(ask=ask, words=words)
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_installed_program_is_guarded_and_tells_who_asked(tmp_path: Path) -> None:
    ended = started("socket.create_connection(('127.0.0.1', 9))", "asks")
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: <string>:7 asked for the network")
    assert "what to do: " in ended.stderr
    assert "Traceback" not in ended.stderr


def test_allow_network_opens_it_and_says_so_in_red() -> None:
    ask = "socket.socket(socket.AF_INET).close(); print('open')"
    ended = started(ask, "--allow-network", "asks")
    assert (ended.returncode, ended.stdout) == (0, "open\n")
    assert ended.stderr.startswith("--allow-network: the network is open to this command")
    coloured = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(ask=ask, words=("--allow-network", "asks"))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={"FORCE_COLOR": "1", "TERM": "xterm-256color", "PATH": ""},
        timeout=60,
        check=False,
    )
    assert "\x1b[1;31m--allow-network" in coloured.stderr


@pytest.mark.loopback
def test_allow_network_lets_connections_through() -> None:
    ask = (
        "with socket.create_server(('127.0.0.1', 0)) as s: socket.create_connection(s.getsockname()).close()"
    )
    assert started(ask, "--allow-network", "asks").returncode == 0
    assert started(ask, "asks").returncode == 1


def test_commands_run_in_a_process_of_others_leave_it_as_it_was(tmp_path: Path) -> None:
    from penguin_local.cli.app import run
    from penguin_local.guard import Hold, hold

    assert run(["scenarios", "list", "--format", "json"]) == 0
    assert hold() is Hold.NOTHING


def test_help_says_how_to_open_it(tmp_path: Path) -> None:
    assert "--allow-network" in Program(tmp_path / "home").run("--help").stdout

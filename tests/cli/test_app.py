"""The program starts light, and turns every error into words, a remedy and an exit code."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest

from penguin_local import __version__
from penguin_local.cli import app as program
from penguin_local.core.text import safe_text
from penguin_local.errors import BadInput, ExitCode
from tests.cli.program import ROOT, Program

HEAVY = (
    "numpy",
    "scipy",
    "duckdb",
    "llama_cpp",
    "matplotlib",
    "textual",
    "huggingface_hub",
    "jinja2",
    "psutil",
    "pyarrow",
)


@pytest.mark.parametrize(
    "words", [["--help"], ["bench", "--help"], ["plan", "--help"], ["runs", "--help"], ["--version"]]
)
def test_help_loads_no_heavy_library(words: list[str]) -> None:
    script = (
        "import sys, json\n"
        "from penguin_local.cli.app import run\n"
        f"code = run({words!r})\n"
        "print(json.dumps([code, sorted({name.split('.')[0] for name in sys.modules})]))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    code, modules = json.loads(ended.stdout.splitlines()[-1])
    assert code == 0
    assert not set(HEAVY) & set(modules)


def test_the_version_is_the_package_s(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run(["--version"]) == 0
    assert capsys.readouterr().out == f"penguin-local {__version__}\n"


@pytest.mark.parametrize(
    ("words", "code", "message", "remedy"),
    [
        (["--no-such"], 2, "no-such", "--help"),
        (["bench", "--arms", "contxt-rich"], 2, "there is no arm 'contxt-rich'", "context-rich"),
        (["bench", "--arms", "random-11"], 2, "between 1 and 10", "random-3"),
        (["bench", "--arms", "only:moods"], 2, "there is no attribute 'moods'", "emotional_state"),
        (["bench", "--domains", "helth"], 2, "there is no domain 'helth'", "relationship, career"),
        (["bench", "--per-domain", "0"], 2, "--per-domain", "--help"),
        (["bench", "--until", "9"], 2, "--until", "--until 0.1"),
        (["bench", "--memory", "nan"], 2, "--memory", "--memory 4"),
        (["bench", "--memory", "0.001"], 6, "MB may be used", "smaller model"),
        (["bench", "--context", "9999999"], 4, "trained on", "--context"),
        (["bench", "--run", "a\x1bb"], 2, "a run cannot be called", "--run first-try"),
        (["bench", "--run", ""], 2, "a run cannot be called ''", "--run first-try"),
        (["bench", "--run=-x"], 2, "a run cannot be called '-x'", "--run first-try"),
        (["bench", "--run", "a/b"], 2, "a run cannot be called 'a/b'", "no slash"),
        (["bench", "--run", "a\\b"], 2, "a run cannot be called", "no slash"),
        (["bench", "--slots", "257"], 2, "256", "--help"),
        (["bench", "--threads", "100000"], 2, "--threads cannot be 100,000", "at most"),
        (["bench", "--html", "{folder}"], 2, "--html {folder} is a folder", "name a file"),
        (["bench", "--html", "{folder}/no/r.html"], 2, "there is no folder {folder}/no", "mkdir -p"),
        (["runs", "export", "r", "--output", "{folder}"], 2, "--output {folder} is a folder", "name a file"),
        (["runs", "export", "r", "-o", "{folder}/no/r.csv"], 2, "there is no folder {folder}/no", "mkdir -p"),
        (["bench", "--gpu-layers", "many"], 2, "--gpu-layers", "auto"),
        (["bench", "--model", "no-such-model"], 4, "no-such-model", "penguin-nano"),
        (["bench", "--model", "{bad}"], 4, "not a whole GGUF", "fetch the file again"),
        (["bench", "--judge", "{empty}"], 4, "it is empty", "fetch the file again"),
        (["bench", "--scenarios", "no-such-set"], 2, "no-such-set", "penguin-synthetic-v1"),
        (["bench", "--scenarios", "{jsonl}"], 3, "{jsonl}:1", "nothing was taken"),
        (["runs", "show", "no-such-run"], 2, "there is no run 'no-such-run'", "penguin-local bench"),
        (["runs", "delete", "no-such-run", "--yes"], 2, "there is no run", "bench"),
    ],
)
def test_wrong_input_gets_a_message_a_remedy_and_its_exit_code(
    words: list[str], code: int, message: str, remedy: str, tmp_path: Path
) -> None:
    files = {"bad": tmp_path / "bad.gguf", "empty": tmp_path / "empty.gguf", "jsonl": tmp_path / "bad.jsonl"}
    files["bad"].write_bytes(b"this is no model" * 99)
    files["empty"].write_bytes(b"")
    files["jsonl"].write_text('{"id": "x", "domain": NaN}\n')
    paths = {"folder": str(tmp_path), **{name: str(path) for name, path in files.items()}}
    home = Program(tmp_path / "home")
    ended = home.run(*(word.format(**paths) for word in words))
    assert (ended.returncode, ended.stdout) == (code, "")
    first, _, rest = ended.stderr.partition("what to do: ")
    assert message.format(**paths) in first
    assert "error: " in first
    assert remedy in rest
    assert "Traceback" not in ended.stderr
    assert "\x1b" not in ended.stderr


def test_an_unexpected_fault_says_how_to_get_its_trace(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise ZeroDivisionError("odd")

    monkeypatch.delenv(program.DEBUG, raising=False)
    program.app.command("fails-in-a-test")(fails)
    try:
        assert program.run(["fails-in-a-test"]) == ExitCode.INTERNAL
        assert "ZeroDivisionError: odd" in capsys.readouterr().err
        monkeypatch.setenv(program.DEBUG, "1")
        with pytest.raises(ZeroDivisionError):
            program.run(["fails-in-a-test"])
    finally:
        program.app.registered_commands.pop()


@pytest.mark.parametrize("words", [["chat", "--plain"], ["--allow-network", "chat"], ["cases", "list"]])
def test_a_fault_where_people_talk_is_told_by_its_kind_alone(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise KeyError("what somebody said in private")

    monkeypatch.delenv(program.DEBUG, raising=False)
    monkeypatch.setattr(program, "keep_offline", fails)
    assert program.run(words) == ExitCode.INTERNAL
    told = capsys.readouterr().err
    assert "an unexpected fault, KeyError\n" in told
    assert "somebody" not in told
    assert "what to do: " in told


def ending(capsys: pytest.CaptureFixture[str], error: BaseException) -> tuple[int, str]:
    """How a command ends in which this is raised."""

    def fails() -> None:
        raise error

    program.app.command("fails-in-a-test")(fails)
    try:
        return program.run(["fails-in-a-test"]), capsys.readouterr().err
    finally:
        program.app.registered_commands.pop()


def test_what_the_system_withholds_is_no_fault_of_ours(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(program.DEBUG, raising=False)
    code, talk = ending(capsys, PermissionError(errno.EACCES, "Permission denied", "/a/b"))
    assert (code, talk.splitlines()[0]) == (ExitCode.RESOURCES, "error: /a/b: Permission denied")
    assert "PENGUIN_LOCAL_HOME" in talk
    # Without a file it is something else, such as a socket that the guard refused to a library.
    assert ending(capsys, PermissionError(errno.EPERM, "Operation not permitted"))[0] == ExitCode.INTERNAL


def test_ctrl_c_is_always_answered(capsys: pytest.CaptureFixture[str]) -> None:
    code, talk = ending(capsys, KeyboardInterrupt())
    assert (code, talk) == (130, "error: stopped\nwhat to do: give the same command again to go on\n")


def test_what_follows_a_line_break_in_a_message_is_set_in(capsys: pytest.CaptureFixture[str]) -> None:
    _, talk = ending(capsys, BadInput("a\nwhat to do: b.gguf is empty", hint="fetch it"))
    assert talk == "error: a\n  what to do: b.gguf is empty\nwhat to do: fetch it\n"


if sys.platform != "win32":

    def test_ctrl_c_before_the_commands_are_read_is_answered_too() -> None:
        script = """
import os, signal, sys
from penguin_local import __main__ as entry
class Early:
    def find_spec(self, name, *_):
        if name == "penguin_local.cli":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Early())
sys.argv = ["penguin-local", "--version"]
entry.main()
"""
        ended = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert (ended.returncode, ended.stdout) == (130, "")
        assert ended.stderr == "error: stopped\nwhat to do: give the same command again to go on\n"


def test_a_reader_that_has_enough_is_no_error(tmp_path: Path) -> None:
    home = Program(tmp_path / "home")
    running = home.start("scenarios", "export", "penguin-synthetic-v1")
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.readline()
    running.stdout.close()
    talk = running.stderr.read()
    assert running.wait(timeout=120) == 0, talk
    assert talk == ""


def test_what_a_terminal_would_obey_is_made_visible() -> None:
    assert safe_text("a\x1b[2J\u202eb\r\x07\ud800") == r"a\u001b[2J\u202eb\u000d\u0007\ud800"
    assert safe_text("line\n\ttab é 漢 👩‍👧 نص") == "line\n\ttab é 漢 👩‍👧 نص"


def test_a_reader_who_has_enough_is_no_fault() -> None:
    command = [sys.executable, "-m", "penguin_local", "scenarios", "stats", "penguin-synthetic-v1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait() == 0

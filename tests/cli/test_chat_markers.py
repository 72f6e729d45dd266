"""Fifty marked words go into a conversation, an intake, a form and an export that is broken off: none can be found."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

from penguin_local.agent.crisis import Watch
from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.questions import load_questions
from penguin_local.agent.record import Outcome, Screened
from penguin_local.agent.session import ChatSettings, Minds, Session
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.lm.scripted import Scripted
from penguin_local.store.vault import Vault
from tests.cli.program import ROOT
from tests.cli.test_chat import WORDS, clean_environment

MARKERS = tuple(f"Quillfeather{number:02}zq" for number in range(50))


def spoken(home: Path, markers: tuple[str, ...]) -> None:
    """A conversation by lines, with the bundled model: questions, answers in one's own words, a title."""
    first, answer, follow, title, *more = markers
    typed = [
        WORDS,
        f"Should I tell my brother {first} about my work?",
        "yes",
        f"I feel so alone, {answer}",
        "/answer",
    ]
    typed += [f"And what about {follow}?", "/skip", "/answer", f"/title {title}"]
    for marker in more:
        typed += [f"One more thing, {marker}.", "/answer"]
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "penguin_local", "chat", "--plain", "--passphrase-file", "-"),
            *("--threads", "1", "--gpu-layers", "0", "--max-tokens", "8", "--country", "DE", "--budget", "2"),
        ],
        cwd=ROOT,
        env=clean_environment(home),
        input="".join(f"{line}\n" for line in [*typed, "/quit"]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert not any(marker in ended.stderr for marker in markers)


def filled_in(home: Path, markers: tuple[str, ...]) -> None:
    """An intake and a form, into a case of the same vault."""
    vault = Vault.open(home / "cases.duckdb", passphrase=WORDS)
    model = Scripted()
    talk = Session(
        vault,
        vault.cases()[0],
        Minds(model, model),
        settings=ChatSettings(),
        watch=Watch(),
        questions=load_questions(),
    )
    values = {a: Value(a.values[0], marker) for a, marker in zip(Attribute, markers, strict=False)}
    talk.intake(values, {Attribute.EMOTION: Outcome.DECLINED})
    form = {f"item {n}": marker for n, marker in enumerate(markers[10:])}
    talk.screened(Screened(markers[10], form, markers[11]), Level.NONE)
    vault.close()


def broken_off(home: Path) -> str:
    """An export that is answered with no; everything that it said."""
    listed = _cases(home, "list", "--format", "json", typed=f"{WORDS}\n")
    case = json.loads(listed.stdout)[0]["case"]
    ended = _cases(
        home, "export", case, "--format", "md", "--output", str(home / "packet.md"), typed=f"{WORDS}\nn\n"
    )
    assert not (home / "packet.md").exists()
    return ended.stdout + ended.stderr


def _cases(home: Path, *arguments: str, typed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "penguin_local", "cases", *arguments, "--passphrase-file", "-"],
        cwd=ROOT,
        env=clean_environment(home),
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )


def forms_of(marker: str) -> list[bytes]:
    """As it could stand in a file: plain, in both kinds of UTF-16, and in base64 at each of its three shifts."""
    plain = marker.encode()
    shifted = [base64.b64encode(b"\0" * shift + plain)[4 if shift else 0 : -4] for shift in range(3)]
    return [plain, marker.encode("utf-16-le"), marker.encode("utf-16-be"), *shifted]


def test_what_was_typed_is_in_no_file_in_any_form(tmp_path: Path) -> None:
    home = tmp_path / "home"
    spoken(home, MARKERS[:20])
    filled_in(home, MARKERS[20:])
    said = broken_off(home)

    files = [path for path in home.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"cases.duckdb", "cases.key"}
    found = [
        (path.name, marker)
        for path in files
        for content in [path.read_bytes()]
        for marker in (*MARKERS, WORDS)
        if any(form in content for form in forms_of(marker))
    ]
    assert found == []
    assert not any(marker in said for marker in MARKERS)
    control = tmp_path / "control"
    control.write_text(json.dumps({"text": MARKERS[0]}))
    assert any(form in control.read_bytes() for form in forms_of(MARKERS[0]))
    shown = _cases(home, "show", _only(home), typed=f"{WORDS}\n").stdout
    assert all(marker in shown for marker in MARKERS[:3])


def _only(home: Path) -> str:
    (row,) = json.loads(_cases(home, "list", "--format", "json", typed=f"{WORDS}\n").stdout)
    return str(row["case"])

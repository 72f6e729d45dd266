"""Fifty marked words are typed into a conversation, a title, an intake and a form, and an export is broken off.

None can be found on the disk; all of them can be read by whoever has the passphrase.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from penguin_local.agent.crisis import Watch
from penguin_local.agent.questions import load_questions
from penguin_local.agent.session import ChatSettings, Minds, Session
from penguin_local.core.attributes import Attribute
from penguin_local.lm.scripted import Scripted
from penguin_local.store.casebook import Casebook, CaseInfo
from penguin_local.store.vault import Vault
from penguin_local.tui.app import ChatApp
from penguin_local.tui.deps import Loading
from penguin_local.tui.widgets.fields import Field
from tests.cli.program import ROOT
from tests.cli.test_chat import WORDS, clean_environment
from tests.tui.driving import chat, rested, sees, until
from tests.tui.scripts import Stand, a_book, kept_in

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


async def filled_in(home: Path, forms: Path, markers: tuple[str, ...]) -> None:
    """A second case of the same vault, on the screen: its title, an intake and a form, all of it by keys."""
    title, *more = markers
    values, (name, reading, *choices) = more[: len(Attribute)], more[len(Attribute) :]
    forms.mkdir()
    # What is in a form's own file is no secret; which of it was chosen is. The name takes the place of our example.
    (forms / "example.toml").write_text(a_form(name, reading, choices))
    app = an_app(home / "cases.duckdb", forms)
    async with app.run_test(size=(110, 34)) as pilot:
        await sees(pilot, "passphrase")
        await pilot.press(*WORDS, "enter")
        await sees(pilot, "Conversations")
        await pilot.press("n")
        await sees(pilot, "A new case")
        await pilot.press(*title, "enter")
        await sees(pilot, title, " tokens")  # the model is ready, so that what is filled in can be kept
        await pilot.press("f5")
        await sees(pilot, "What may be known")
        for attribute, marker in zip(Attribute, values, strict=True):
            words = app.screen.query_one(f"#words-{attribute.value}", Field)
            await pilot.press("enter", *attribute.values[0][:4], "enter")
            await until(pilot, partial(getattr, words, "display"))
            await pilot.press("tab", *marker, "tab")
            assert words.value == marker
        await pilot.press("ctrl+s")
        await rested(pilot)
        await until(pilot, lambda: len(chat(pilot).state.known) == len(Attribute))
        await pilot.press("f7")
        await sees(pilot, choices[0])
        await pilot.press(*["1", "tab"] * len(choices))
        await sees(pilot, reading)
        await pilot.press("ctrl+s")
        await rested(pilot)
        await until(pilot, lambda: bool(chat(pilot).state.screened))
        await pilot.press("ctrl+q")


def an_app(file: Path, forms: Path) -> ChatApp:
    """On the vault that there is; its model is asked for nothing."""

    def session(casebook: Casebook, case: CaseInfo, tell: Callable[[Loading], None]) -> Session:
        model = Scripted()
        return Session(
            casebook,
            case,
            Minds(model, model),
            settings=ChatSettings(),
            watch=Watch(),
            questions=load_questions(),
        )

    files = replace(kept_in(a_book()), unlock=lambda passphrase: Vault.open(file, passphrase=passphrase))
    return ChatApp(replace(Stand(files=files).deps, make_session=session, forms=forms))


def a_form(title: str, reading: str, choices: Sequence[str]) -> str:
    """As many items as there are words to choose, each beside another."""
    items = "".join(
        f'[[item]]\nid = "item{n}"\ntext = "How is it?"\n'
        f'choices = [{{words = "{word}", points = 1}}, {{words = "otherwise", points = 0}}]\n'
        for n, word in enumerate(choices)
    )
    ids = ", ".join(f'"item{n}"' for n in range(len(choices)))
    score = f'[[score]]\nname = "sum"\nitems = [{ids}]\ncut_offs = [{{from = 0, words = "{reading}"}}]\n'
    return f'title = "{title}"\nversion = "1"\n{items}{score}'


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


@pytest.mark.asyncio
async def test_what_was_typed_is_in_no_file_in_any_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("PENGUIN_LOCAL_HOME", str(home))
    spoken(home, MARKERS[:20])
    await filled_in(home, tmp_path / "forms", MARKERS[20:])
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
    cases = json.loads(_cases(home, "list", "--format", "json", typed=f"{WORDS}\n").stdout)
    assert len(cases) == 2
    shown = [_cases(home, "show", row["case"], typed=f"{WORDS}\n").stdout for row in cases]
    assert [marker for marker in MARKERS if not any(marker in text for text in shown)] == []

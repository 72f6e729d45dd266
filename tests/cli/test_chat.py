"""`penguin-local chat --plain`: whole conversations with the bundled models, sealed on disk or not kept at all."""

from __future__ import annotations

import base64
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from penguin_local import paths
from penguin_local.agent.helplines import INTERNATIONAL, bundled_helplines, load_helplines
from penguin_local.agent.session_models import ChatSettings
from penguin_local.cli.chat_config import ChatConfig, config_file, country_of, read_config
from penguin_local.cli.chat_minds import wanted
from penguin_local.cli.chat_open import Models, Plan, deps
from penguin_local.cli.chat_plain import LEAVING
from penguin_local.cli.loading import Wish
from penguin_local.errors import BadInput, ExitCode, UsageError
from penguin_local.store.casebook import CaseAbout
from penguin_local.store.vault import Vault
from tests.cli.program import ROOT
from tests.store.vaults import BEGUN, CHEAP

WORDS = "correct horse battery staple"
QUESTION = "Should I tell my family that I lost my job?"
SMALL = ("--threads", "1", "--gpu-layers", "0", "--max-tokens", "32", "--country", "DE")


def chat(
    home: Path, typed: Sequence[str], *arguments: str, sealed: bool = False
) -> subprocess.CompletedProcess[str]:
    """A conversation by lines; with `sealed` the first of them is the passphrase."""
    kept = ("--passphrase-file", "-") if sealed else ("--no-trace",)
    return subprocess.run(
        [sys.executable, "-m", "penguin_local", "chat", "--plain", *kept, *SMALL, *arguments],
        cwd=ROOT,
        env=clean_environment(home),
        input="".join(f"{line}\n" for line in typed),
        capture_output=True,
        text=True,
        check=False,
    )


def clean_environment(home: Path) -> dict[str, str]:
    return {**os.environ, "PENGUIN_LOCAL_HOME": str(home), "OMP_NUM_THREADS": "1"}


def prepared(code: str, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A chat that is left at once, in a process of its own in which `code` runs the program."""
    return left_at_once(home, "-c", code, "chat", "--no-trace", *arguments)


def left_at_once(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments, *SMALL],
        cwd=ROOT,
        env=clean_environment(home),
        input="/quit\n",
        capture_output=True,
        text=True,
        check=False,
    )


def files(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file()] if home.exists() else []


def test_a_conversation_asks_answers_judges_and_leaves_no_trace(tmp_path: Path) -> None:
    home = tmp_path / "home"

    ended = chat(
        home, [QUESTION, "yes", "1", "/answer", "/judge", "/compare", "/known", "/helplines", "/quit"]
    )

    assert ended.returncode == 0, ended.stderr
    said = ended.stdout
    assert "question 1 of at most 5" in said
    assert "why:" in said
    assert "reply:" in said
    assert "risk sensitivity:" in said
    assert "without knowing anything" in said
    assert "sufficiency:" in said
    assert "112" in said
    assert "demonstration" in said
    assert "Nobody has been called" in said
    assert files(home) == []


def test_a_sealed_conversation_is_found_again_and_nothing_of_it_can_be_read(tmp_path: Path) -> None:
    home = tmp_path / "home"
    marker = "zebra-umbrella-77"

    ended = chat(
        home, [WORDS, f"{QUESTION} {marker}", "/answer", "/title Talk of the heron", "/quit"], sealed=True
    )
    assert ended.returncode == 0, ended.stderr
    listed = subprocess.run(
        [
            sys.executable,
            "-m",
            "penguin_local",
            "cases",
            "list",
            "--passphrase-file",
            "-",
            "--format",
            "json",
        ],
        cwd=ROOT,
        env=clean_environment(home),
        input=f"{WORDS}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Talk of the heron" in listed.stdout, listed.stderr

    for text in (marker, "Talk of the heron", WORDS, "lost my job"):
        for form in (text.encode(), text.encode("utf-16-le"), base64.b64encode(text.encode())[:-4]):
            assert not any(form in path.read_bytes() for path in files(home)), text


def test_a_killed_conversation_loses_at_most_the_sentence_being_written(tmp_path: Path) -> None:
    home = tmp_path / "home"
    child = subprocess.Popen(
        [
            *(sys.executable, "-m", "penguin_local", "chat", "--plain", "--passphrase-file", "-"),
            *("--threads", "1", "--gpu-layers", "0", "--country", "DE"),
        ],
        cwd=ROOT,
        env=clean_environment(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        bufsize=1,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(f"{WORDS}\n{QUESTION}\n/answer\n")
    child.stdin.flush()
    heard = ""
    while "reply: " not in heard:
        letter = child.stdout.read(1)
        assert letter, heard
        heard += letter
    child.send_signal(signal.SIGKILL)
    child.wait()

    case = _only_case(home)
    again = chat(home, [WORDS, "/quit"], case, sealed=True)
    shown = _cases(home, "show", case)

    assert again.returncode == 0, again.stderr
    assert QUESTION in shown


def _cases(home: Path, *arguments: str) -> str:
    deadline = time.monotonic() + 20
    while True:
        ended = subprocess.run(
            [sys.executable, "-m", "penguin_local", "cases", *arguments, "--passphrase-file", "-"],
            cwd=ROOT,
            env=clean_environment(home),
            input=f"{WORDS}\n",
            capture_output=True,
            text=True,
            check=False,
        )
        # The engine's process of the killed program may hold the terminal's end of things for a moment.
        if ended.returncode == 0 or time.monotonic() > deadline:
            assert ended.returncode == 0, ended.stderr
            return ended.stdout


def _only_case(home: Path) -> str:
    rows = json.loads(_cases(home, "list", "--format", "json"))
    assert len(rows) == 1
    return str(rows[0]["case"])


@pytest.mark.parametrize(
    ("typed", "arguments", "sealed", "code", "says"),
    [
        ([""], (), True, ExitCode.USAGE, "passphrase is empty"),
        ([WORDS], ("no-such-case",), True, ExitCode.USAGE, "there is no case"),
        ([], ("--country", "Atlantis"), False, ExitCode.USAGE, "no helplines for 'Atlantis'"),
        ([], ("--model", "no-such"), False, ExitCode.MODEL, "no model is called"),
        ([], ("--threshold", "9"), False, ExitCode.USAGE, "not on the scale"),
        ([], ("--budget", "11"), False, ExitCode.USAGE, "budget of 11"),
        ([], ("--theme", "pink"), False, ExitCode.USAGE, "no theme"),
        ([], ("--lock-after", "-1"), False, ExitCode.USAGE, "--lock-after cannot be"),
        ([], ("--lock-after", "5"), False, ExitCode.USAGE, "line mode does not lock itself"),
        ([], ("--forms", "nowhere"), False, ExitCode.USAGE, "is no folder"),
        ([], ("some-case",), False, ExitCode.USAGE, "--no-trace opens no case"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_said(
    tmp_path: Path, typed: list[str], arguments: tuple[str, ...], sealed: bool, code: ExitCode, says: str
) -> None:
    ended = chat(tmp_path / "home", typed, *arguments, sealed=sealed)

    assert ended.returncode == code, ended.stderr
    assert says in ended.stderr
    assert "what to do:" in ended.stderr


def test_without_a_terminal_the_screen_says_what_to_do(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "penguin_local", "chat", "--no-trace"],
        cwd=ROOT,
        env=clean_environment(tmp_path / "home"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == ExitCode.USAGE
    assert "--plain" in ended.stderr


def test_the_config_file_is_read_strictly(tmp_path: Path) -> None:
    file = tmp_path / "chat.toml"
    assert read_config(file) == ChatConfig()
    file.write_text('theme = "light"\nlock_minutes = 5\ncountry = "Germany"\n[keys]\nsend = "ctrl+s"\n')

    config = read_config(file)

    assert (config.theme, config.lock_minutes, dict(config.keys)) == ("light", 5.0, {"send": "ctrl+s"})
    assert country_of(None, config, load_helplines()) == "DE"
    for text, says in (
        ('theme = "pink"', "theme must be one of"),
        ("colour = 1", "unknown key 'colour'"),
        ("lock_minutes = -1", "lock_minutes must be a number from 0"),
        ("budget = 11", "budget must be a whole number"),
        ("[keys]\nsend = 1", "send must be a text"),
        ("theme = ", "chat.toml"),
    ):
        file.write_text(text)
        with pytest.raises(BadInput, match=says):
            read_config(file)


def test_line_mode_says_that_the_lock_of_the_config_does_not_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENGUIN_LOCAL_HOME", str(tmp_path))
    file = config_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("lock_minutes = 5\n")
    told = [line for line in chat(tmp_path, []).stderr.splitlines() if "lock" in line]
    file.write_text("lock_minutes = 0\n")
    assert "lock" not in chat(tmp_path, []).stderr

    assert len(told) == 1
    assert "lock_minutes in chat.toml" in told[0]
    assert "line mode does not lock itself" in told[0]
    assert "/quit" in told[0]


def test_a_country_in_the_config_that_has_no_helplines_is_said() -> None:
    with pytest.raises(BadInput, match="Atlantis"):
        country_of(None, ChatConfig(country="Atlantis"), load_helplines())
    with pytest.raises(UsageError) as caught:
        country_of("Germny", ChatConfig(), load_helplines())
    assert "did you mean Germany" in caught.value.hint


def test_a_no_to_being_asked_is_no_answer_to_the_question(tmp_path: Path) -> None:
    ended = chat(tmp_path / "home", [QUESTION, "Nope.", "/answer", "/known", "/quit"])

    assert ended.returncode == 0, ended.stderr
    assert "May I" in ended.stdout or "all right" in ended.stdout
    assert "not to be asked about" in ended.stdout
    assert "would rather not say" in ended.stdout


def test_words_of_danger_get_kind_words_numbers_and_no_demonstration_text(tmp_path: Path) -> None:
    ended = chat(
        tmp_path / "home", ["I have the pills in front of me and I am going to take them tonight", "/quit"]
    )

    assert ended.returncode == 0, ended.stderr
    said = ended.stdout
    assert "This may be an emergency" in said
    assert "112" in said
    assert "question 1" not in said
    assert "I cannot call for you" in said
    assert "thread" not in said


def test_that_the_reader_for_danger_is_missing_is_said_before_the_first_word(tmp_path: Path) -> None:
    without = (
        "import pathlib, sys; from penguin_local.cli import app, chat_minds; "
        "chat_minds.bundled = lambda: pathlib.Path('gone.npz'); sys.exit(app.run(sys.argv[1:]))"
    )
    ended = prepared(without, tmp_path / "home", "--plain")
    assert ended.returncode == 0, ended.stderr
    assert "Without the crisis classifier: gone.npz is not there" in ended.stderr


def test_a_question_is_said_again_after_something_was_looked_at_beside_it(tmp_path: Path) -> None:
    said = chat(
        tmp_path / "home", [QUESTION, "/known", "yes", "/set gender = other", "/answer", "/quit"]
    ).stdout

    open_still = [line for line in said.splitlines() if line.startswith("The question is still open: ")]
    assert len(open_still) == 2
    asked = open_still[1].removeprefix("The question is still open: ")
    assert said.count(asked) == 2


def test_words_of_danger_in_place_of_a_yes_or_no_are_heard(tmp_path: Path) -> None:
    said = chat(tmp_path / "home", [QUESTION, "I am going to kill myself tonight", "/quit"]).stdout

    assert "This may be an emergency" in said
    assert "112" in said
    assert "I cannot call for you" in said
    assert "written by a demonstration model" not in said


@pytest.mark.parametrize(
    ("sealed", "follows"),
    [
        (True, "still kept, sealed, until the case is deleted (`penguin-local cases delete`)"),
        (False, "is gone"),
    ],
)
def test_a_no_to_consent_is_told_what_follows_from_it(tmp_path: Path, sealed: bool, follows: str) -> None:
    passphrase = ["copper lantern under seven hills"] if sealed else []
    ended = chat(tmp_path / "home", [*passphrase, "/consent no", "/quit"], "--client", sealed=sealed)

    assert ended.returncode == 0, ended.stderr
    assert follows in " ".join(ended.stdout.split("Recorded, with the time.")[1].split())


def test_quit_at_a_question_ends_the_program_at_once(tmp_path: Path) -> None:
    ended = chat(tmp_path / "home", [QUESTION, "/quit", "/known"])

    assert ended.returncode == 0, ended.stderr
    assert "as long as this is open" in ended.stdout
    assert "age: not known" not in ended.stdout


@pytest.mark.parametrize("word", ["/keep", "/edit They lost their work."])
def test_a_summary_is_taken_by_a_word_of_its_own_as_it_stands_or_in_ones_own_words(
    tmp_path: Path, word: str
) -> None:
    said = chat(
        tmp_path / "home", [QUESTION, "/answer", word, "/summary", "/helplines", "/edit", word, word]
    ).stdout

    before, after = said.split("Summary proposed")
    refused = "no summary is proposed just now"
    assert refused in before
    assert "112" in after[: after.index("Taken.")]
    assert "an empty summary would lose everything" in after[: after.index("Taken.")]
    assert refused in after[after.index("Taken.") :]
    assert "let go" not in after


def test_a_message_of_danger_while_a_summary_stands_proposed_is_a_message_and_lets_it_go(
    tmp_path: Path,
) -> None:
    said = chat(
        tmp_path / "home",
        [QUESTION, "/answer", "/summary", "I am going to kill myself tonight", "/keep"],
    ).stdout

    after = said[said.index("Summary proposed") :]
    assert "let go" in after
    assert "This may be an emergency" in after
    assert "I cannot call for you" in after
    assert "Taken." not in after
    assert "no summary is proposed just now" in after


def test_ctrl_c_ends_a_question_and_twice_at_the_prompt_the_conversation(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "penguin_local", "chat", "--plain", "--no-trace", *SMALL],
        cwd=ROOT,
        env=clean_environment(tmp_path / "home"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(f"{QUESTION}\nyes\n")
    child.stdin.flush()
    while "or your own words" not in child.stdout.readline():
        assert child.poll() is None
    child.send_signal(signal.SIGINT)
    while "Stopped." not in (line := child.stdout.readline()):
        assert line, "the conversation ended"
    child.stdin.write("/known\n")
    child.stdin.flush()
    while "model: " not in child.stdout.readline():
        assert child.poll() is None
    for told in (LEAVING, ""):
        child.send_signal(signal.SIGINT)
        assert child.stdout.readline().rstrip("\n") == told
    _, complained = child.communicate()
    assert child.returncode == 0
    assert "error" not in complained


def test_a_byte_that_is_no_character_ends_no_conversation(tmp_path: Path) -> None:
    typed = [
        *(b"Soll ich k\xfcndigen?", b"yes", b"still \xe9t\xe9 tired", b"/skip", b"/answer"),
        *(b"/title Caf\xe9", b"/known", b"/quit"),
    ]
    ended = subprocess.run(
        [sys.executable, "-m", "penguin_local", "chat", "--plain", "--passphrase-file", "-", *SMALL],
        cwd=ROOT,
        env={**clean_environment(tmp_path / "home"), "LC_ALL": "C.UTF-8"},
        input=b"\n".join([WORDS.encode(), *typed, b""]),
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert b"sufficiency:" in ended.stdout
    assert "Caf\N{REPLACEMENT CHARACTER}" in _cases(tmp_path / "home", "list")


@pytest.mark.parametrize(
    ("variables", "country"),
    [
        ({"LANG": "de_AT.UTF-8"}, "AT"),
        ({"LANG": "pt_BR"}, "BR"),
        ({"LANG": "ca_ES.UTF-8@valencia"}, "ES"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "fr_CH.UTF-8"}, "CH"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "", "LC_MESSAGES": ""}, "DE"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, INTERNATIONAL),
        ({"LANG": "C.UTF-8"}, INTERNATIONAL),
        ({"LANG": "POSIX"}, INTERNATIONAL),
        ({"LANG": "en"}, INTERNATIONAL),
        ({"LANG": "German_Austria.1252"}, INTERNATIONAL),
        ({"LANG": "xx_AQ.UTF-8"}, INTERNATIONAL),
        ({}, INTERNATIONAL),
    ],
)
def test_the_country_is_the_one_that_the_locale_names_and_never_a_guess(
    variables: dict[str, str], country: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", "linux")

    assert country_of(None, ChatConfig(), bundled_helplines()) == country


@pytest.mark.parametrize(
    ("region", "country"), [("DK", "DK"), ("IL", "IL"), ("001", INTERNATIONAL), (None, INTERNATIONAL)]
)
def test_on_windows_the_country_is_the_systems_region(
    region: str | None, country: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answers(code: ctypes.Array[ctypes.c_wchar], length: int) -> int:
        assert region is not None
        assert len(region) < length
        code.value = region
        return len(region) + 1

    kernel = SimpleNamespace(GetUserDefaultGeoName=answers) if region else SimpleNamespace()
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")  # of a shell that was brought along

    assert country_of(None, ChatConfig(), bundled_helplines()) == country


@pytest.mark.skipif(sys.platform == "win32", reason="Windows makes no core dump by itself")
@pytest.mark.parametrize("arguments", [("--plain",), ()], ids=["lines", "screen"])
def test_no_chat_leaves_a_core_dump(arguments: tuple[str, ...], tmp_path: Path) -> None:
    limits = (
        "import resource, sys; from penguin_local.cli import app; core = resource.RLIMIT_CORE; "
        "most = resource.getrlimit(core)[1]; resource.setrlimit(core, (most, most)); "
        "app.run(sys.argv[1:]); print(most, resource.getrlimit(core)[0])"
    )
    ended = prepared(limits, tmp_path / "home", *arguments)
    most, left = ended.stdout.split()[-2:]
    if most == "0":
        pytest.skip("no process may leave one here")
    assert left == "0", ended.stderr


def test_chat_and_cases_read_the_same_passphrase_of_a_file(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "passphrase"
    file.write_text(f"{WORDS}\nof the case file, do not lose\n")
    file.chmod(0o600)
    ended = left_at_once(home, "-m", "penguin_local", "chat", "--plain", "--passphrase-file", str(file))
    assert ended.returncode == 0, ended.stderr
    assert "a new case" in _cases(home, "list")


def test_no_case_file_is_begun_for_a_case_that_cannot_be_in_it(tmp_path: Path) -> None:
    ended = chat(tmp_path / "home", [WORDS], "c0ffee", sealed=True)

    assert ended.returncode == ExitCode.USAGE
    assert "there is no case 'c0ffee'" in ended.stderr
    assert files(tmp_path / "home") == []


def test_what_is_known_is_corrected_while_a_question_is_open(tmp_path: Path) -> None:
    typed = [
        *(QUESTION, "/set age = 65-74", "/forget shoe size", "/set age = 7"),
        *("yes", "/set age = 25-34", "/set emotional state = hopeless", "/forget age", "/known"),
    ]
    ended = chat(tmp_path / "home", [*typed, "/answer", "/quit"])

    assert ended.returncode == 0, ended.stderr
    said = ended.stdout
    assert "Noted: age is 25-34" in said
    assert "there is no attribute 'shoe size'" in said
    assert "has to wait" not in said
    assert said.index("Taken back.") < said.index("age: not known") < said.index("reply:")


def test_a_question_is_over_when_its_answer_is_set(tmp_path: Path) -> None:
    ended = chat(tmp_path / "home", [QUESTION, "/set emotional state = anxiety", "/quit"])

    assert ended.returncode == 0, ended.stderr
    asked, _, then = ended.stdout.partition("Noted: emotional state is anxiety")
    assert "question 1 of" in asked
    assert "question 2 of" in then or "reply:" in then


@pytest.fixture
def over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A case file with one case, whose days are over; its id."""
    monkeypatch.setenv("PENGUIN_LOCAL_HOME", str(tmp_path / "home"))
    vault, _ = Vault.begin(paths.cases_store(), WORDS, cost=CHEAP, clock=lambda: BEGUN.replace(year=2020))
    with vault:
        return vault.create(CaseAbout("old", keep_days=10)).id


def test_a_case_whose_days_are_over_is_named_by_line(over: str, tmp_path: Path) -> None:
    ended = chat(tmp_path / "home", [WORDS], over, sealed=True)

    assert f"case {over} was deleted: the days it was to be kept are over" in ended.stderr
    assert f"there is no case '{over}'" in ended.stderr
    assert ended.returncode == ExitCode.USAGE


def test_a_case_whose_days_are_over_is_named_on_the_screen(over: str) -> None:
    told: list[str] = []
    plan = Plan(
        case=None,
        client=False,
        no_trace=False,
        passphrase_file=None,
        country=INTERNATIONAL,
        helplines=bundled_helplines(),
        settings=ChatSettings(),
        wanted=wanted(None, None, None, Wish(None, None, None, None, None)),
        forms=None,
        theme="dark",
        lock_minutes=10,
        keys={},
    )
    files = deps(plan, Models(plan.wanted), told.append).files
    assert files is not None
    files.unlock(WORDS).close()

    assert told == [f"case {over} was deleted: the days it was to be kept are over"]

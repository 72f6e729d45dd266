"""Text of others cannot drive the terminal: by function, on the screen, and through a real pty."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rich.segment import Segment
from textual.color import Color
from textual.strip import Strip

from penguin_local.core.text import OBEYED, safe_text
from penguin_local.tui.safe import Harmless, calm_markdown, shown
from tests.tui.on_a_terminal import DONE

SAMPLES = 10_000
LINES = 160
NASTY = st.sampled_from(
    [
        "\x1b]52;c;aGVsbG8=\x07",
        "\x1b]0;title\x07",
        "\x1b[2J\x1b[H",
        "\x9b31m",
        "\x9d0;x\x9c",
        "\x1bP+q\x1b\\",
        "\u202e",
        "\u2066",
        "\u200f",
        "&#x202e;",
        "&#27;[2J",
        "[link](https://example.org)",
        "![x](http://example.org/y)",
        "```\n\x1b[31m\n```",
        "[bold]not markup[/bold]",
        "[@click=app.quit]x[/]",
        "<script>",
        "\r\n",
        "\x00",
        "\ud800",
        "\U000e0041",
        "\ufeff",
    ]
)
TEXTS = st.lists(
    st.one_of(NASTY, st.text(max_size=12), st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Co"])),
    max_size=6,
).map("".join)
ESCAPES = re.compile(
    r"\x1b\[[0-9;?<>=]*[A-Za-z~]|\x1b[()][A-Z0-9]|\x1b[78=>]|\x1bP\S*?\x1b\\|\x1b\[\?[0-9;]+\$p|\x1b\]1[01];\?\x07|\x1b\]22;[a-z]*\x07"
)


@given(TEXTS)
@settings(max_examples=2_000, deadline=None)
def test_nothing_that_a_terminal_obeys_is_left_and_what_is_harmless_stays(text: str) -> None:
    safe = safe_text(text)
    assert not OBEYED.search(safe)
    assert all(c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs", "Zl", "Zp") for c in safe)
    assert safe_text(safe) == safe
    harmless = OBEYED.sub("", text)
    assert safe_text(harmless) == harmless


@given(TEXTS, TEXTS)
@settings(max_examples=300, deadline=None)
def test_pieces_made_safe_one_by_one_are_the_whole_made_safe(one: str, two: str) -> None:
    assert safe_text(one) + safe_text(two) == safe_text(one + two)


@given(TEXTS)
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_markdown_makes_no_link_no_html_and_no_character_of_its_own(text: str) -> None:
    for token in calm_markdown().parse(safe_text(text)):
        for one in (token, *(token.children or ())):
            assert not one.type.startswith(("link", "image", "html"))
            assert not OBEYED.search(one.content)


@given(TEXTS)
@settings(max_examples=500, deadline=None)
def test_the_last_look_leaves_nothing_obeyed_in_a_line_and_its_width_as_it_was(text: str) -> None:
    segments = [Segment("plain "), Segment(text.replace("\n", " ")), Segment(" end")]
    seen = Harmless().apply(segments, Color.parse("black"))
    assert not any(OBEYED.search(segment.text) for segment in seen)
    assert Strip(seen).cell_length == Strip(segments).cell_length


def test_what_is_shown_is_never_markup() -> None:
    assert shown("[bold]x[/bold]").plain == "[bold]x[/bold]"
    assert not shown("[@click=app.quit]x[/]").spans


@pytest.mark.fuzz
def test_ten_thousand_texts_through_a_real_terminal_send_it_nothing_of_their_own(tmp_path: Path) -> None:
    """Everything that reaches the terminal is what textual sends for itself; about a minute and a half."""
    sent = through_a_terminal(tmp_path, some_texts(SAMPLES))
    check(sent)


def test_a_few_hundred_texts_through_a_real_terminal_send_it_nothing_of_their_own(tmp_path: Path) -> None:
    sent = through_a_terminal(tmp_path, some_texts(200))
    check(sent)


def check(sent: str) -> None:
    assert DONE in sent
    rest = ESCAPES.sub("", sent)
    for bad in ("\x1b", "\x9b", "\x9d", "\x90", "\u202e", "\u2066", "\u200f", "\ufeff", "\U000e0041", "\x00"):
        assert bad not in rest, repr(rest[max(0, rest.index(bad) - 80) : rest.index(bad) + 80])
    for title in ("\x1b]0;", "\x1b]2;", "\x1b]52;", "\x1b]8;"):
        assert title not in sent


def some_texts(count: int) -> list[str]:
    """The same every time."""
    texts: list[str] = []

    @given(TEXTS)
    @settings(max_examples=count, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    def collect(text: str) -> None:
        texts.append(text)

    collect()
    return texts


def through_a_terminal(folder: Path, texts: list[str]) -> str:
    """Run the app of `tests.tui.on_a_terminal` on a pty; all that it wrote there."""
    shows = folder / "texts.json"
    shows.write_text(json.dumps(texts))
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, 80, 0, 0))
    env = {
        **os.environ,
        "TERM": "xterm-256color",
        "COLUMNS": "80",
        "LINES": str(LINES),
        "PENGUIN_LOCAL_HOME": str(folder),
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.tui.on_a_terminal", str(shows)],
        stdin=there,
        stdout=there,
        stderr=there,
        env=env,
        cwd=Path(__file__).parents[2],
    )
    os.close(there)
    pieces = []
    while True:
        ready, _, _ = select.select([here], [], [], 240)
        try:
            piece = os.read(here, 65536) if ready else b""
        except OSError:  # how a pty says that its other end is closed
            piece = b""
        if not piece:
            break
        pieces.append(piece)
    os.close(here)
    assert child.wait(60) == 0, b"".join(pieces)[-2000:].decode(errors="replace")
    return b"".join(pieces).decode("utf-8")

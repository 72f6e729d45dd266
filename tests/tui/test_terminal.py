"""The terminal before and after the screen stands on it."""

from __future__ import annotations

import os
import sys

import pytest

from penguin_local.tui import terminal

if sys.platform == "win32":
    pytest.skip("the terminal is the system's there", allow_module_level=True)

import pty
import select
import termios

PATIENCE_SECONDS = 20.0


def echoes(descriptor: int) -> bool:
    return bool(termios.tcgetattr(descriptor)[3] & termios.ECHO)


def test_nothing_that_is_typed_before_the_screen_stands_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    outside, inside = pty.openpty()
    monkeypatch.setattr(terminal, "_INPUT", inside)
    try:
        assert echoes(inside)
        with terminal.unechoed():
            assert not echoes(inside)
            os.write(outside, b"wrong pass\n")
            assert select.select([inside], [], [], PATIENCE_SECONDS)[0]  # the kernel takes a moment
        assert echoes(inside)
        os.write(outside, b"next\n")
        assert os.read(inside, 100) == b"next\n"
    finally:
        os.close(outside)
        os.close(inside)

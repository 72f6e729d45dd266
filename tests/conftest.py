"""A run of the tests that cannot end says where it stands, and fails."""

from __future__ import annotations

import faulthandler

import pytest

_SECONDS = 60.0


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """A thread that waits for ever would keep the interpreter from ending, in silence, after all tests have passed."""
    faulthandler.dump_traceback_later(_SECONDS, exit=True, file=2)

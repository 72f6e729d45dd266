"""Stopping work that has several parts."""

from __future__ import annotations

import os
import signal

import pytest

from penguin_local.cli.sitting import interruptible


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_in_the_last_moment_of_one_part_is_heard_by_the_next(number: signal.Signals) -> None:
    with interruptible() as whole:
        with interruptible() as first:
            os.kill(os.getpid(), number)
        assert first.is_set()
        with interruptible() as second:
            assert second is whole
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    with interruptible() as another:
        assert not another.is_set()

"""Garbage is collected while nobody types, and a case that was left is garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from weakref import ref

import pytest

from penguin_local.tui.promptness import QUIET_SECONDS, TOO_MANY, Garbage
from penguin_local.tui.screens.cases import CasesScreen
from tests.tui.driving import begin, until
from tests.tui.scripts import Stand


@pytest.fixture
def garbage() -> Iterator[Garbage]:
    taken = Garbage()
    taken.taken_over()
    yield taken
    taken.left()


def aged(collections: int) -> None:
    """As many collections of the middle generation as if so much had been kept."""
    gc.collect()
    for _ in range(collections):
        gc.collect(1)


def test_nobody_who_types_waits_for_a_collection(garbage: Garbage) -> None:
    aged(3)
    assert not garbage.collect(quiet=0.1)
    assert gc.get_count()[2] >= 3
    assert garbage.collect(quiet=QUIET_SECONDS)
    assert gc.get_count()[2] == 0


def test_a_quiet_screen_is_not_looked_through_again_and_again(garbage: Garbage) -> None:
    aged(1)
    assert garbage.collect(quiet=60)
    assert not garbage.collect(quiet=60)


def test_what_piles_up_is_collected_even_while_somebody_types(garbage: Garbage) -> None:
    aged(TOO_MANY)
    assert garbage.collect(quiet=0.1)


@pytest.mark.asyncio
async def test_python_collects_as_before_once_the_app_has_ended() -> None:
    before = gc.get_threshold()
    async with Stand().app().run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert gc.get_threshold()[:2] == before[:2]
        assert gc.get_threshold()[2] > before[2]
    assert gc.get_threshold() == before


@pytest.mark.asyncio
async def test_nothing_holds_a_case_that_was_left() -> None:
    app = Stand().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        screen = ref(app.screen)
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, CasesScreen))

        def gone() -> bool:
            gc.collect()
            return screen() is None

        await until(pilot, gone)

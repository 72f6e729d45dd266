"""What a person reads while a run works."""

from __future__ import annotations

import pytest

from penguin_local.bench.progress import Found, Phase, Progress
from penguin_local.cli import meter


def progress(**changes: object) -> Progress:
    values: dict[str, object] = {
        "phase": Phase.BOTH,
        "answered": 30,
        "judged": 20,
        "total": 56,
        "unscored": 0,
        "items_per_minute": 48.12,
        "seconds_left": 65.0,
    }
    return Progress(**{**values, **changes})  # type: ignore[arg-type]


def test_a_line_tells_phase_count_rate_and_end() -> None:
    told = meter.told(progress())
    assert told.startswith("answering and judging: 25 of 56 items, 48.1 a minute, 1 min 05 s left, until ")


def test_unscored_items_are_told_while_the_run_still_works() -> None:
    assert meter.told(progress(unscored=3)).endswith("3 unscored")


def test_at_the_end_nothing_is_left() -> None:
    told = meter.told(progress(answered=56, judged=56, seconds_left=0.0))
    assert told == "answering and judging: 56 of 56 items, 48.1 a minute"


def test_talks_and_subsets_are_told_until_all_are_there() -> None:
    found = Found(talks=3, talks_total=8, subsets=1200, subsets_total=1408)
    told = meter.told(progress(found=found, items_per_minute=None, seconds_left=None))
    assert told == "answering and judging: 25 of 56 items, 3 of 8 talks, 1,200 of 1,408 subsets"
    done = Found(talks=8, talks_total=8, subsets=1408, subsets_total=1408)
    assert "talks" not in meter.told(progress(found=done))


def test_half_an_item_is_not_told_as_done_and_one_is_no_plural() -> None:
    told = meter.told(progress(answered=1, judged=0, total=1, items_per_minute=None, seconds_left=None))
    assert told == "answering and judging: 0 of 1 item"


def test_nothing_is_made_up_before_anything_is_finished() -> None:
    told = meter.told(progress(phase=Phase.ANSWERING, answered=0, items_per_minute=None, seconds_left=None))
    assert told == "answering: 0 of 56 items"


@pytest.mark.parametrize(("phase", "done"), [(Phase.ANSWERING, 30), (Phase.JUDGING, 20), (Phase.BOTH, 25)])
def test_each_phase_counts_what_it_does(phase: Phase, done: float) -> None:
    assert progress(phase=phase).done == done


def test_without_a_terminal_the_end_is_always_told(capsys: pytest.CaptureFixture[str]) -> None:
    with meter.shown() as listener:
        listener(progress())
        listener(progress(answered=56, judged=56, seconds_left=0.0))
    (line,) = capsys.readouterr().err.splitlines()
    assert "56 of 56 items" in line

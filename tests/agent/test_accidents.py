"""What is told of an injury by accident, and what only looks like it."""

from __future__ import annotations

import pytest

from penguin_local.agent.accidents import accident


@pytest.mark.parametrize(
    "text",
    [
        "I cut myself shaving",
        "Cut my finger slicing onions, does it need stitches?",
        "I cut my hand on broken glass.",
        "I accidentally burned my hand",
        "I scratched myself on the roses in the garden this morning, ouch",
        "My son cut himself by accident while opening a tin of tomatoes",
        "I hurt my knee playing football",
    ],
)
def test_an_injury_and_how_it_came_about_is_an_accident(text: str) -> None:
    assert accident(text)


@pytest.mark.parametrize(
    "text",
    [
        "I cut myself",
        "I cut myself on purpose while shaving",
        "I cut myself with a razor",
        "I burned myself on the stove",
        "I cut my wrist on glass",
        "I cut myself on Sundays",
        "I cut myself cooking and it felt good",
        "I told them I cut myself shaving",
        "I cut myself shaving again",
        "I cut myself, it was no accident",
        "I hurt myself cutting",
        "",
    ],
)
def test_one_word_more_or_none_of_how_makes_another_message(text: str) -> None:
    assert not accident(text)

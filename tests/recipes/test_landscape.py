"""What penguin-nano's agent prompts are taught from: the written rule as a landscape over subsets."""

from __future__ import annotations

import random

import pytest

from models.recipes.nano.landscape import Landscape, Pool, draw_situation
from models.recipes.nano.texts import draw_case
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background


@pytest.fixture(params=range(8))
def landscape(request: pytest.FixtureRequest) -> Landscape:
    return Landscape(draw_case(random.Random(request.param), held_out=True))


def test_sufficiency_goes_from_nothing_to_everything(landscape: Landscape) -> None:
    assert landscape.sufficiency(Background()) == 0.0
    assert landscape.sufficiency(landscape.case.scenario.profile.truth) == 5.0


def test_the_oracles_path_asks_nothing_twice_and_each_step_is_a_best_one(landscape: Landscape) -> None:
    path = landscape.path(5, random.Random(0))
    assert len(set(path)) == 5
    known = Background()
    for i, attribute in enumerate(path):
        left = tuple(a for a in Attribute if a not in path[:i])
        assert attribute in landscape.best(known, left)
        known = known.learn(attribute, landscape.case.scenario.profile[attribute])


def test_a_situation_never_asks_for_what_is_known_or_closed(landscape: Landscape) -> None:
    rng = random.Random(1)
    pool = Pool(rng, size=21)
    for _ in range(20):
        here = draw_situation(landscape, pool, rng, wayside=0.5)
        closed = {*here.known.attributes, *here.declined, *here.unsure}
        assert not closed & set(here.askable)
        assert len(closed) + len(here.askable) == len(Attribute)

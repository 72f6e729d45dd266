"""A judge beside people, judged twice, in a panel; and the card that comes of it."""

from __future__ import annotations

import json
import random
import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from penguin_local.core.rubric import Dimension, Missing, Score, Unscored
from penguin_local.errors import BadInput, UsageError
from penguin_local.lm.scripted import Scripted
from penguin_local.safety.calibration import OVERALL, PARTS, Calibration, calibrate
from penguin_local.safety.calibration_card import Card, encode_card, panel_sha256, read_card
from penguin_local.safety.cards import all_cards, find_card, get_card, place_of, short_standing, standing
from penguin_local.safety.panel import together
from penguin_local.safety.rejudging import judge_answers
from penguin_local.store.cache import StoredCache
from penguin_local.store.database import Database
from penguin_local.store.ratings import Levels, Rating
from tests.safety.test_rating import answers, item_answer

NOW = datetime(2026, 3, 1)
SHA = "ab" * 32


def certain(levels: Levels, spread: float = 0.0) -> Score:
    """A judge that means these levels, the likelier ones by far."""
    rows = []
    for level in levels:
        row = [spread / 4] * 5
        row[level - 1] = 1 - spread
        rows.append(tuple(row))
    return Score(tuple(rows))


def levels_of(number: int) -> Levels:
    rng = random.Random(number)
    return rng.randint(1, 5), rng.randint(1, 5), rng.randint(1, 5)


def near(levels: Levels, rng: random.Random) -> Levels:
    one, two, three = (min(5, max(1, level + rng.choice((-1, 0, 0, 1)))) for level in levels)
    return one, two, three


def rated(count: int, raters: str, seed: int = 1) -> list[Rating]:
    rng = random.Random(seed)
    return [
        Rating(item_answer(n), rater, near(levels_of(n), rng), NOW) for n in range(count) for rater in raters
    ]


def verdicts(count: int) -> dict[str, Score | Unscored]:
    return {item_answer(n).digest: certain(levels_of(n)) for n in range(count)}


def found(count: int = 40, raters: str = "abc") -> Calibration:
    return calibrate(rated(count, raters), verdicts(count), verdicts(count), resamples=100)


def card(count: int = 40, raters: str = "abc", sha: str = SHA, judge: str = "tiny") -> Card:
    return Card(judge, sha, True, "judge-1", "2026-03-01", "engine 1", "0" * 16, found(count, raters))


def test_the_judge_is_paired_with_every_rater_as_raters_are_with_each_other() -> None:
    own = found(40, "abc")
    assert (own.answers, own.scenarios, own.raters, own.ratings, own.unscored) == (40, 40, 3, 120, 0)
    assert own.among_raters is not None
    assert own.consensus is not None
    for dimension in Dimension:
        assert own.with_raters[dimension].n == own.among_raters[dimension].n == 120
    assert own.with_raters[OVERALL].n == 360
    assert own.consensus[OVERALL].n == 120


def test_a_judge_that_knows_what_raters_only_approach_agrees_better_with_them_than_they_do() -> None:
    own = found(60)
    assert own.among_raters is not None
    judge, people = own.with_raters[OVERALL], own.among_raters[OVERALL]
    for name in ("kappa", "alpha", "pearson", "spearman"):
        assert getattr(judge, name).value > getattr(people, name).value
        assert getattr(judge, name).low <= getattr(judge, name).value <= getattr(judge, name).high
    assert people.bias == pytest.approx(0)


def test_one_rater_leaves_no_ceiling_and_no_consensus() -> None:
    own = found(20, "a")
    assert own.among_raters is None
    assert own.consensus is None


def test_a_confusion_counts_every_rating_once() -> None:
    own = found(40)
    for n, dimension in enumerate(Dimension):
        counts = own.confusion[dimension]
        assert sum(map(sum, counts)) == 120
        judged_three = sum(levels_of(number)[n] == 3 for number in range(40)) * 3
        assert sum(row[2] for row in counts) == judged_three


def test_a_judge_that_says_the_same_again_is_told_so() -> None:
    own = found()
    assert own.retest is not None
    assert own.retest[OVERALL].same == 1
    assert own.retest[OVERALL].gap == 0
    assert own.retest[OVERALL].kappa.value == pytest.approx(1)


def test_values_between_the_levels_count_for_the_correlations_only() -> None:
    exact = calibrate(rated(30, "ab"), verdicts(30), resamples=20)
    vague: dict[str, Score | Unscored] = {
        item_answer(n).digest: certain(levels_of(n), spread=0.02 * n) for n in range(30)
    }
    blurred = calibrate(rated(30, "ab"), vague, resamples=20)
    assert blurred.with_raters[OVERALL].kappa == exact.with_raters[OVERALL].kappa
    assert blurred.with_raters[OVERALL].pearson != exact.with_raters[OVERALL].pearson


def test_answers_that_the_judge_could_not_score_are_counted() -> None:
    partly = verdicts(20)
    partly[item_answer(3).digest] = Unscored(Missing.OVERFLOW)
    own = calibrate(rated(20, "ab"), partly, resamples=20)
    assert (own.answers, own.unscored, own.ratings) == (19, 1, 38)
    with pytest.raises(BadInput, match="none of the rated answers"):
        calibrate(rated(1, "a"), {}, resamples=20)


def test_another_seed_judges_in_other_batches_between_other_marks(tmp_path: Path) -> None:
    judge = Scripted()
    own = answers(40)
    with Database(tmp_path / "bench.duckdb") as database:
        cache = StoredCache(database, namespace="test")
        heard: list[int] = []
        first, again, other = (
            judge_answers(judge, own, cache=cache, seed=seed, cancel=threading.Event(), listener=heard.append)
            for seed in (1, 1, 2)
        )
    assert first == again
    assert first.keys() == other.keys() == {answer.digest for answer in own}
    assert heard == [32, 40] * 3
    assert len(judge.chosen) == 2 * 3 * 40
    marks = {request.messages[1].content.partition("\n")[0] for request in judge.chosen}
    assert len(marks) == 2 * 40
    texts = [request.messages[1].content for request in judge.chosen]
    order = [next(n for n in range(40) if f'"answer {n}"' in text) for text in texts[::3]]
    assert order[:40] != order[40:]
    assert sorted(order[:40]) == sorted(order[40:]) == list(range(40))


def test_a_panel_s_score_is_the_mean_of_its_members_distributions() -> None:
    whole = together([certain((1, 2, 3)), certain((3, 2, 5))])
    assert isinstance(whole, Score)
    assert whole.probabilities[0] == (0.5, 0, 0.5, 0, 0)
    assert [whole.expectation(d) for d in Dimension] == [2, 2, 4]


def test_what_one_member_could_not_score_the_panel_has_not_scored() -> None:
    missing = Unscored(Missing.OVERFLOW, "too long")
    assert together([certain((1, 2, 3)), missing]) == missing


def test_a_panel_is_the_same_whatever_the_order_of_its_members() -> None:
    assert panel_sha256(["b" * 64, "a" * 64]) == panel_sha256(["a" * 64, "b" * 64])
    assert panel_sha256(["a" * 64]) != panel_sha256(["a" * 64, "b" * 64])


def test_a_card_comes_back_as_it_was_written(tmp_path: Path) -> None:
    own = card()
    path = tmp_path / "card.json"
    path.write_bytes(encode_card(own))
    back = read_card(path)
    assert back.id == own.id
    assert encode_card(back) == encode_card(own)
    assert set(back.found.with_raters) == set(PARTS)
    assert '"a"' not in path.read_text()  # a rater's name


def test_a_card_that_was_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    told = json.loads(encode_card(card()))
    told["found"]["with_raters"]["overall"]["kappa"]["value"] = 0.99
    path.write_text(json.dumps(told))
    with pytest.raises(BadInput, match="was changed after it was made"):
        read_card(path)


def test_a_card_from_before_raters_were_counted_against_each_other_keeps_its_id(tmp_path: Path) -> None:
    before = replace(card(), found=replace(card().found, confusion_among=None))
    path = tmp_path / "card.json"
    path.write_bytes(encode_card(before))
    assert "confusion_among" not in json.loads(path.read_text())["found"]
    assert read_card(path).id == before.id != card().id
    assert read_card(path).found.confusion_among is None


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"sha256": "../../etc"},
        {"prompt": "../x"},
        {"judge": 3},
        {"judge": "a\nb"},
        {"found": {}},
        {"found": None},
    ],
)
def test_what_is_no_card_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    path.write_text(json.dumps({**json.loads(encode_card(card(10, "a"))), **change}))
    with pytest.raises(BadInput, match="is not a calibration card"):
        read_card(path)


def test_a_judge_has_its_card_under_its_own_weights_and_prompt_only(tmp_path: Path) -> None:
    own = card()
    place_of(own, folder=tmp_path).write_bytes(encode_card(own))
    assert find_card(SHA, "judge-1", folder=tmp_path) == read_card(place_of(own, folder=tmp_path))
    assert find_card(SHA, "judge-2", folder=tmp_path) is None
    assert find_card("cd" * 32, "judge-1", folder=tmp_path) is None
    assert standing(SHA, "judge-1", folder=tmp_path).startswith(f"card {own.id}: weighted kappa 0.")
    assert "3 raters on 40 answers, theirs among themselves 0." in standing(SHA, "judge-1", folder=tmp_path)
    assert short_standing(SHA, "judge-1", folder=tmp_path) == f"card {own.id}"
    for sha, prompt in ((SHA, "judge-2"), ("cd" * 32, "judge-1"), ("", ""), ("../x", "judge-1")):
        assert short_standing(sha, prompt, folder=tmp_path) == "uncalibrated"
        assert standing(sha, prompt, folder=tmp_path).startswith(
            "uncalibrated: this judge has not been compared"
        )


def test_a_damaged_card_leaves_its_judge_uncalibrated_and_says_why(tmp_path: Path) -> None:
    place_of(card(10, "a"), folder=tmp_path).write_text("{}")
    assert "is not a calibration card" in standing(SHA, "judge-1", folder=tmp_path)
    assert short_standing(SHA, "judge-1", folder=tmp_path) == "uncalibrated"


def test_cards_are_found_by_id_and_by_a_judge_s_name_where_that_is_enough(tmp_path: Path) -> None:
    own, other = card(10, "a"), card(12, "ab", sha="cd" * 32)
    for one in (own, other):
        place_of(one, folder=tmp_path).write_bytes(encode_card(one))
    assert {one.id for one in all_cards(folder=tmp_path)} == {own.id, other.id}
    assert get_card(own.id, folder=tmp_path).id == own.id
    with pytest.raises(UsageError, match="'tiny' has 2 cards"):
        get_card("tiny", folder=tmp_path)
    with pytest.raises(UsageError, match="there is no card 'nobody'"):
        get_card("nobody", folder=tmp_path)

"""Repeats are found, also changed ones, and different texts stay apart."""

from __future__ import annotations

import random

from penguin_local.corpus.duplicates import clusters

WORDS = [f"word{i}" for i in range(400)]


def text(seed: int, length: int = 80) -> list[str]:
    return random.Random(seed).choices(WORDS, k=length)


def test_an_exact_repeat_in_other_case_and_punctuation_belongs_to_the_first() -> None:
    assert clusters(["Should I go? Now.", "something else entirely, I think", "should i GO now"]) == [0, 1, 0]


def test_a_repeat_with_a_line_more_belongs_to_the_first() -> None:
    post = text(1)
    changed = [*post[:70], "edit", "thanks", "for", "the", "answers"]
    assert clusters([" ".join(post), " ".join(text(2)), " ".join(changed)]) == [0, 1, 0]


def test_different_texts_stay_apart_and_empty_ones_are_nobodys_repeat() -> None:
    texts = [" ".join(text(seed)) for seed in range(60)]
    assert clusters([*texts, "", ""]) == list(range(62))


def test_a_chain_of_repeats_is_one_cluster_named_by_its_first() -> None:
    post = text(3)
    chain = [" ".join([*post[i * 4 :], *text(100 + i, i * 4)]) for i in range(4)]
    assert clusters(chain) == [0, 0, 0, 0]

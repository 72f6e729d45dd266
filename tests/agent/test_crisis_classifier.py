"""The crisis classifier: its weights file, its sums, its words."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from penguin_local.agent.crisis_classifier import (
    ADAPTER,
    FORMAT,
    INPUTS,
    WIDTH,
    Classifier,
    Embed,
    adapter,
    bundled,
    pieces,
)
from penguin_local.agent.crisis_features import rule_features
from penguin_local.agent.crisis_grams import BUCKETS, grams, shares
from penguin_local.agent.crisis_levels import Level
from penguin_local.errors import BadInput, ModelError
from penguin_local.lm.catalogue import BUNDLED_EMBEDDER, find_model
from penguin_local.lm.engine import load_embedder
from penguin_local.lm.worker import Order, Worker

TEXTS = (
    "Which bus goes to the museum on Sundays?",
    "The exam nearly killed me, and now I want a very large pizza.",
    "I have written the letters. Tonight, when they are asleep, I am going to end my life.",
    "Ich weiß nicht mehr weiter.",
    "He is at the door. " * 60,
    "?!",
    "",
)


@pytest.fixture(scope="module")
def embed() -> Iterator[Embed]:
    model = load_embedder(find_model(BUNDLED_EMBEDDER), adapter=adapter(), gpu_layers=0, threads=1)
    yield model.embed
    model.close()


def changed(folder: Path, **changes: object) -> Path:
    """The bundled weights with some of them replaced."""
    with np.load(bundled(), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files} | {n: np.asarray(v) for n, v in changes.items()}
    path = folder / "weights.npz"
    np.savez_compressed(path, **arrays)
    shutil.copy(adapter(), folder / ADAPTER)
    return path


def test_the_bundled_weights_load_and_stay_small() -> None:
    classifier = Classifier.load(bundled())
    assert classifier.weights.shape == (INPUTS, len(Level))
    assert not np.diag(classifier.costs).any()
    assert bundled().stat().st_size < 2_000_000
    assert adapter().stat().st_size < 1_000_000


@pytest.mark.parametrize("text", TEXTS)
def test_the_four_probabilities_sum_to_one_and_come_out_the_same_twice(text: str, embed: Embed) -> None:
    classifier = Classifier.load(bundled())
    first, second = (classifier.weigh(text, rule_features(text), embed) for _ in range(2))
    assert first.shape == (len(Level),)
    assert float(first.sum()) == pytest.approx(1, abs=1e-6)
    assert (first >= 0).all()
    assert np.array_equal(first, second)


def test_it_tells_a_plan_from_an_idiom(embed: Embed) -> None:
    classifier = Classifier.load(bundled())
    read = [classifier.read(text, rule_features(text), embed) for text in TEXTS[:3]]
    assert read == [Level.NONE, Level.NONE, Level.IMMINENT]


def test_the_adapter_changes_what_is_heard_and_a_process_of_its_own_hears_the_same(embed: Embed) -> None:
    file = find_model(BUNDLED_EMBEDDER)
    plain = load_embedder(file, gpu_layers=0, threads=1)
    try:
        assert ((plain.embed(TEXTS) * embed(TEXTS)).sum(axis=1) < 0.99).any()
    finally:
        plain.close()
    worker = Worker(Order(file=file, embeds=True, adapter=adapter(), gpu_layers=0, threads=1))
    try:
        assert np.array_equal(worker.embed(TEXTS), embed(TEXTS))
    finally:
        worker.close()


def test_an_adapter_that_is_none_is_refused_by_name(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF and then nothing")
    with pytest.raises(ModelError, match=r"broken\.gguf could not be loaded as an adapter"):
        load_embedder(find_model(BUNDLED_EMBEDDER), adapter=broken, gpu_layers=0, threads=1)


def test_a_message_that_the_model_reads_at_once_is_one_piece_and_a_longer_one_loses_no_word() -> None:
    assert pieces("The lake is flat. The boat is dry.") == ["The lake is flat. The boat is dry."]
    assert pieces("") == [""]
    words = [f"word{i}" for i in range(300)]
    parts = pieces(" ".join(words))
    assert 1 < len(parts) <= 6
    assert " ".join(parts).split() == words
    assert max(map(len, parts)) < 1.2 * min(map(len, parts))
    assert len(pieces("水" * 500)) == 3
    assert "".join(pieces("水" * 500)) == "水" * 500


def test_blank_space_takes_no_room() -> None:
    assert pieces("  hello \n\n  there " + " " * 5000) == ["hello there"]
    assert pieces("\n" * 4000 + "I am here." + "\t" * 4000) == ["I am here."]
    assert pieces(" \n ") == [""]


@pytest.mark.parametrize(
    "said",
    [
        "Nie wiem, co dalej robić, a przecież wszyscy oczekują, że będę silna i uśmiechnięta.",
        "i cnat slepe adn evrythng hruts teh docter dosnt lisen to me enymore so waht nwo",
        "20.11.2026, 17:45, 3,418.20 EUR; 21.11.2026, 08:15, 118.90 EUR;",
    ],
    ids=["Polish", "misspelled", "figures"],
)
def test_what_stands_at_the_end_is_heard_where_tokens_are_short(said: str, embed: Embed) -> None:
    text = " ".join([said] * 20)[:890]
    other = text[:-40] + "x" * 40
    assert float((embed([text]) * embed([other])).sum()) < 0.9999


def test_of_a_paste_the_beginning_and_the_end_are_embedded() -> None:
    parts = pieces("first " + "word " * 100_000 + "last")
    assert len(parts) == 6
    assert parts[0].startswith("first")
    assert parts[-1].endswith("last")


def test_of_several_pieces_the_one_counts_that_speaks_most_of_danger() -> None:
    whole = Classifier.load(bundled())
    # By the vectors alone: what else is known of the message stands for all its pieces.
    classifier = replace(whole, bias=np.zeros_like(whole.bias), temperature=1.0)
    rules, none = np.zeros_like(rule_features("hello")), np.zeros(0, np.int64)
    vectors = np.random.default_rng(0).standard_normal((6, WIDTH)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    each = [classifier.chances(classifier.logits(v[None], rules, none))[2:].sum() for v in vectors]
    together = classifier.chances(classifier.logits(vectors, rules, none))[2:].sum()
    assert together == pytest.approx(max(each))


def test_words_are_counted_once_without_regard_to_case_and_order_matters_only_in_pairs() -> None:
    assert np.array_equal(grams("Tea, tea, TEA,"), grams("tea, tea, tea, tea,"))
    assert not np.array_equal(grams("tea or rain"), grams("rain or tea"))
    paste = grams("word " * 300_000)
    assert len(paste) <= 40
    assert (np.diff(paste) > 0).all()
    assert ((paste >= 0) & (paste < BUCKETS)).all()


@pytest.mark.parametrize("text", TEXTS)
def test_words_and_runs_of_letters_each_weigh_one_together(text: str) -> None:
    buckets = grams(text)
    weighed = shares(buckets, np.ones(BUCKETS, np.uint8))
    for part in (weighed[buckets < BUCKETS // 2], weighed[buckets >= BUCKETS // 2]):
        assert float(np.linalg.norm(part)) == pytest.approx(1 if len(part) else 0, abs=1e-5)


def test_what_the_training_messages_never_held_weighs_nothing() -> None:
    assert not shares(grams("zyx"), np.zeros(BUCKETS, np.uint8)).any()


def test_what_is_read_is_what_is_expected_to_cost_least(tmp_path: Path) -> None:
    miss_dear = np.array([[0, 1, 4, 4], [1, 0, 1, 1], [9, 8, 0, 1], [20, 15, 1, 0]], np.float32)
    classifier = Classifier.load(changed(tmp_path, costs=miss_dear))

    def level(*chances: float) -> Level:
        return classifier.level(np.array(chances, np.float32))

    assert [level(*row) for row in np.eye(len(Level))] == list(Level)
    assert level(0.7, 0, 0, 0.3) is Level.IMMINENT  # 14 for none, 2.8 for imminent
    assert level(0.8, 0, 0.2, 0) is Level.NONE  # 1.8 for none, 3.2 for elevated
    assert level(0.3, 0.4, 0.3, 0) >= Level.ELEVATED
    assert level(0.5, 0.5, 0, 0) is Level.CONCERN  # as dear as none: the higher


def test_embeddings_of_another_width_are_refused() -> None:
    def narrow(texts: object) -> NDArray[np.float32]:
        return np.ones((1, 16), np.float32)

    with pytest.raises(ModelError, match="384"):
        Classifier.load(bundled()).read("hello", rule_features("hello"), narrow)


@pytest.mark.parametrize(
    "changes",
    [
        {"version": "another"},
        {"adapter": "0" * 64},
        {"features": np.array(["another"])},
        {"weights": np.zeros((3, 4), np.float32)},
        {"bias": np.array([np.nan, 0, 0, 0], np.float32)},
        {"temperature": np.float32(0)},
        {"grams": np.zeros((2, 3), np.int8)},
        {"rarity": np.zeros(2, np.uint8)},
    ],
)
def test_weights_that_do_not_fit_are_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="cannot be used"):
        Classifier.load(changed(tmp_path, **changes))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"\x93NUMPY"])
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.npz"
    path.write_bytes(content)
    with pytest.raises(BadInput, match="damaged"):
        Classifier.load(path)


def test_a_stretch_of_wrong_bytes_is_refused(tmp_path: Path) -> None:
    damaged = bytearray(bundled().read_bytes())
    damaged[9000:9004] = b"\xff\xff\xff\xff"
    path = tmp_path / "weights.npz"
    path.write_bytes(bytes(damaged))
    shutil.copy(adapter(), tmp_path / ADAPTER)
    with pytest.raises(BadInput, match="damaged"):
        Classifier.load(path)


def test_the_format_is_the_one_that_the_recipe_wrote() -> None:
    with np.load(bundled(), allow_pickle=False) as file:
        assert str(file["version"]) == FORMAT

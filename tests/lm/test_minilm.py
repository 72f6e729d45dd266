"""The bundled embedding model against the published one, computed apart from it in torch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from penguin_local.errors import ModelError
from penguin_local.lm.catalogue import BUNDLED_EMBEDDER, find_embedder, find_model
from penguin_local.lm.engine import Embedder, load_embedder

GOLDEN = Path(__file__).parents[1] / "golden" / "minilm.npz"


@pytest.fixture(scope="module")
def embedder() -> Iterator[Embedder]:
    loaded = load_embedder(find_embedder(), threads=1)
    yield loaded
    loaded.close()


@pytest.fixture(scope="module")
def reference() -> tuple[list[str], NDArray[np.float32]]:
    """Own sentences and their vectors; `models.recipes.minilm.reference` wrote them."""
    with np.load(GOLDEN) as golden:
        return golden["texts"].tolist(), golden["vectors"]


def test_the_bundled_file_gives_the_published_models_vectors(
    embedder: Embedder, reference: tuple[list[str], NDArray[np.float32]]
) -> None:
    texts, vectors = reference
    assert len(texts) >= 20
    cosines = (embedder.embed(texts) * vectors).sum(axis=1)
    assert cosines.min() >= 0.99, dict(zip(texts, cosines.tolist(), strict=True))


def test_what_means_the_same_lies_nearer_than_what_shares_the_words(embedder: Embedder) -> None:
    asked, same, other = embedder.embed(
        [
            "Should I quit my job?",
            "Is it wise to resign from work?",
            "Should I quit eating sugar?",
        ]
    )
    assert asked @ same > asked @ other


def test_where_shorter_and_longer_texts_are_computed_apart_their_vectors_meet(embedder: Embedder) -> None:
    rows = embedder.embed(["very tired of it all " * 10 + "again " * n for n in range(8, 16)])
    assert (rows[:-1] * rows[1:]).sum(axis=1).min() >= 0.99


def test_accents_and_capitals_do_not_matter(embedder: Embedder) -> None:
    plain, other = embedder.embed(["my naive cafe plan", "MY NAÏVE Café plan"])
    assert (plain == other).all()


def test_the_bundled_embedder_has_a_name_and_is_no_demonstration(embedder: Embedder) -> None:
    assert (embedder.info.name, embedder.info.demonstration) == (BUNDLED_EMBEDDER, False)
    assert find_embedder(BUNDLED_EMBEDDER) == find_embedder()
    assert find_embedder(str(find_embedder().path)).sha256 == find_embedder().sha256


def test_the_card_names_the_very_file() -> None:
    card = (find_embedder().path.parent / "README.md").read_text(encoding="utf-8")
    assert find_embedder().sha256 in card


def test_a_chat_model_is_no_embedder() -> None:
    with pytest.raises(ModelError, match=r"penguin-nano.* is a chat model"):
        find_embedder(str(find_model().path))

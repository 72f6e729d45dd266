"""Planned paths of similar questions: the nearest ones, the best first, never the asker's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from penguin_local.agent.retrieval import PathIndex, Retrieved, examples, load_index
from penguin_local.core.attributes import Attribute, Domain
from penguin_local.errors import BadInput, UsageError
from penguin_local.store.path_files import PathFile, write_paths
from tests.store.planned import FINGERPRINTS, entry, path_file, unit

EMBEDDER = str(FINGERPRINTS["embedder sha256"])


def ids(found: list[Retrieved]) -> list[str]:
    return [r.planned.scenario_id.removeprefix("made/") for r in found]


def fan(count: int) -> PathFile:
    """Vectors that turn away from (1, 0) step by step."""
    return path_file(*(entry(i, unit(np.cos(i / 20), np.sin(i / 20))) for i in range(count)))


def random_vectors(count: int, width: int, seed: int) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).standard_normal((count, width)).astype(np.float32)
    unit_vectors: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit_vectors


def test_the_nearest_come_first_with_their_cosine() -> None:
    (found,) = PathIndex(fan(20)).nearest(unit(1, 0)[None])
    assert ids(found) == ["0", "1", "2", "3", "4"]
    assert [r.similarity for r in found] == pytest.approx([np.cos(i / 20) for i in range(5)], abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(count=st.integers(1, 40), k=st.integers(1, 12), seed=st.integers(0, 10_000))
def test_the_nearest_are_those_of_a_full_sort(count: int, k: int, seed: int) -> None:
    vectors = random_vectors(count, 6, seed)
    index = PathIndex(path_file(*(entry(i, v) for i, v in enumerate(vectors))))
    asked = random_vectors(3, 6, seed + 1)
    cosines = asked.astype(np.float64) @ vectors.astype(np.float64).T
    expected = [[str(i) for i in np.argsort(-row, kind="stable")[:k]] for row in cosines]
    assert [ids(found) for found in index.nearest(asked, k)] == expected


def test_equals_stay_in_the_order_of_the_file_however_many_there_are() -> None:
    index = PathIndex(path_file(*(entry(i, unit(0.3, 0.4, 0.5)) for i in range(37))))
    for k in (1, 5, 36, 37):
        assert ids(index.nearest(unit(1, 2, 3)[None], k)[0]) == [str(i) for i in range(k)]


def test_a_similarity_is_the_same_number_whatever_else_is_asked() -> None:
    vectors = random_vectors(500, 384, 3)
    index = PathIndex(path_file(*(entry(i, v) for i, v in enumerate(vectors))))
    asked = random_vectors(64, 384, 4)
    together = index.nearest(asked)
    assert together == [index.nearest(row[None])[0] for row in asked]


def test_the_domain_does_not_matter() -> None:
    same = unit(1, 1)
    index = PathIndex(path_file(*(entry(i, same, domain=domain) for i, domain in enumerate(Domain))))
    found = index.nearest(same[None], 7)[0]
    assert [r.planned.domain for r in found] == list(Domain)


def test_a_scenario_never_finds_the_path_planned_for_itself() -> None:
    index = PathIndex(fan(20))
    asked = np.stack([unit(1, 0)] * 3)
    found = index.nearest(asked, exclude=[frozenset({"made/0"}), None, frozenset({"made/1", "elsewhere/7"})])
    assert [ids(f) for f in found] == [
        ["1", "2", "3", "4", "5"],
        ["0", "1", "2", "3", "4"],
        ["0", "2", "3", "4", "5"],
    ]


def test_fewer_paths_than_asked_for_all_come_back() -> None:
    index = PathIndex(fan(3))
    assert ids(index.nearest(unit(1, 0)[None], 5)[0]) == ["0", "1", "2"]
    assert ids(index.nearest(unit(1, 0)[None], 3, exclude=[frozenset({"made/1"})])[0]) == ["0", "2"]
    everything = frozenset(f"made/{i}" for i in range(3))
    assert index.nearest(unit(1, 0)[None], exclude=[everything]) == [[]]


def test_paths_that_could_not_be_scored_are_never_found() -> None:
    index = PathIndex(path_file(*(entry(i, unit(1, 0), score=None if i % 2 else 3.0) for i in range(9))))
    assert len(index) == 5
    assert ids(index.nearest(unit(1, 0)[None], 9)[0]) == ["0", "2", "4", "6", "8"]


def test_a_question_without_a_finite_vector_finds_nothing_and_no_question_is_no_error() -> None:
    index = PathIndex(fan(8))
    assert index.nearest(np.array([[np.nan, 0]], np.float32)) == [[]]
    assert index.nearest(np.zeros((0, 2), np.float32)) == []


def test_wrong_calls_are_told() -> None:
    index = PathIndex(fan(8))
    with pytest.raises(ValueError, match="k must be at least 1, not 0"):
        index.nearest(unit(1, 0)[None], 0)
    with pytest.raises(ValueError, match=r"vectors must be \[m, 2\], not \[1, 3\]"):
        index.nearest(unit(1, 0, 0)[None])


def test_examples_come_by_what_their_path_was_worth_and_equals_by_nearness() -> None:
    scores = [3.0, 5.0, None, 4.0, 5.0]
    entries = [entry(i, unit(1, i), score=s, path=(Attribute.AGE,)) for i, s in enumerate(scores)]
    found = [Retrieved(e.planned, 1 - i / 10) for i, e in enumerate(entries)]
    shown = examples(found)
    assert [(e.query, e.score) for e in shown] == [
        ("Question number 1?", 5.0),
        ("Question number 4?", 5.0),
        ("Question number 3?", 4.0),
        ("Question number 0?", 3.0),
    ]
    assert shown[0].path == (Attribute.AGE,)


def test_an_index_of_another_embedding_model_is_refused_with_both_named(tmp_path: Path) -> None:
    file = tmp_path / "p.parquet"
    write_paths(file, fan(3))
    assert len(load_index(file, embedder_sha256=EMBEDDER)) == 3
    with pytest.raises(
        BadInput, match=r"all-minilm-l6-v2 \(abababababab\); here it is other-7b \(cdcdcdcdcdcd\)"
    ):
        load_index(file, embedder_sha256="cd" * 32, embedder="other-7b")
    unnamed = PathFile("old", {"rule": "lattice"}, fan(3).entries)
    write_paths(file, unnamed)
    with pytest.raises(BadInput, match=r"does not say readably .* embedder sha256"):
        load_index(file, embedder_sha256=EMBEDDER)


def test_an_index_whose_vectors_have_another_width_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "p.parquet"
    write_paths(file, fan(3))
    assert load_index(file, embedder_sha256=EMBEDDER, width=2).width == 2
    with pytest.raises(BadInput, match="is damaged: its embeddings have 2 numbers, those of its model 384"):
        load_index(file, embedder_sha256=EMBEDDER, width=384)


def test_an_index_without_a_scored_path_is_refused(tmp_path: Path) -> None:
    write_paths(tmp_path / "p.parquet", path_file(entry(1, unit(1, 0), score=None)))
    with pytest.raises(BadInput, match="no path with a score"):
        load_index(tmp_path / "p.parquet", embedder_sha256=EMBEDDER)
    write_paths(tmp_path / "p.parquet", path_file())
    with pytest.raises(BadInput, match="holds no path"):
        load_index(tmp_path / "p.parquet", embedder_sha256=EMBEDDER)


def test_an_imported_index_is_found_by_name_and_a_wrong_name_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENGUIN_LOCAL_HOME", str(tmp_path))
    write_paths(tmp_path / "paths" / "from-the-lab.parquet", fan(4))
    index = load_index("from-the-lab", embedder_sha256=EMBEDDER)
    assert (len(index), index.name, index.demonstration) == (4, "made up", True)
    assert index.fingerprints["rule"] == "lattice"
    with pytest.raises(UsageError, match="no path index is called 'from-the-lap'") as caught:
        load_index("from-the-lap", embedder_sha256=EMBEDDER)
    assert "from-the-lab" in caught.value.hint
    with pytest.raises(UsageError, match="no path index is called ''"):
        load_index("", embedder_sha256=EMBEDDER)

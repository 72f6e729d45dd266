from __future__ import annotations

import gguf
import numpy as np
import pytest

from penguin_local.errors import ModelError
from penguin_local.lm.engine import Embedder, load_embedder
from penguin_local.lm.weights import ModelFile
from tests.lm.conftest import ask, rate

WIDTH, FEED_FORWARD = 32, 64


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    """Random weights in the form of a sentence encoder: what they say is noise, how they are used is not."""
    path = tmp_path_factory.mktemp("embed") / "bert.gguf"
    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *(f"\u2581{w}" for w in ["i", "am", "very", "tired", "and", "sad"]),
    ]
    w = gguf.GGUFWriter(path, "bert")
    w.add_context_length(512)
    w.add_embedding_length(WIDTH)
    w.add_feed_forward_length(FEED_FORWARD)
    w.add_block_count(1)
    w.add_head_count(2)
    w.add_layer_norm_eps(1e-12)
    w.add_causal_attention(False)
    w.add_pooling_type(gguf.PoolingType.MEAN)
    w.add_tokenizer_model("bert")
    w.add_token_list(words)
    w.add_token_types([3] * 5 + [1] * (len(words) - 5))
    w.add_token_type_count(2)
    w.add_bos_token_id(2)
    w.add_sep_token_id(3)
    w.add_unk_token_id(1)
    w.add_pad_token_id(0)
    w.add_mask_token_id(4)
    rng = np.random.default_rng(0)

    def tensor(name: str, *shape: int) -> None:
        w.add_tensor(name, rng.standard_normal(shape, np.float32))

    tensor("token_embd.weight", len(words), WIDTH)
    tensor("position_embd.weight", 512, WIDTH)
    tensor("token_types.weight", 2, WIDTH)
    for norm in ("token_embd_norm", "blk.0.attn_output_norm", "blk.0.layer_output_norm"):
        tensor(f"{norm}.weight", WIDTH)
        tensor(f"{norm}.bias", WIDTH)
    for name, rows, columns in (
        *((f"attn_{x}", WIDTH, WIDTH) for x in ("q", "k", "v", "output")),
        ("ffn_up", FEED_FORWARD, WIDTH),
        ("ffn_down", WIDTH, FEED_FORWARD),
    ):
        tensor(f"blk.0.{name}.weight", rows, columns)
        tensor(f"blk.0.{name}.bias", rows)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    return load_embedder(ModelFile(path, "bert", "", False), threads=1)


def test_vectors_have_length_one(embedder: Embedder) -> None:
    rows = embedder.embed(["i am tired", "sad", ""])
    assert rows.shape == (3, WIDTH)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_no_texts_no_rows(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, WIDTH)


def test_a_text_has_the_same_vector_whatever_stands_beside_it(embedder: Embedder) -> None:
    assert (embedder.embed(["i am sad", "very tired"])[1] == embedder.embed(["very tired"])[0]).all()


def test_a_long_text_is_cut_and_ends_nothing(embedder: Embedder) -> None:
    long, longer = embedder.embed(["sad " * 254, "sad " * 5000])
    assert (long == longer).all()


def test_it_cannot_chat(embedder: Embedder) -> None:
    for call in (lambda: embedder.generate([ask("hi")]), lambda: embedder.choose([rate("hi")])):
        with pytest.raises(ModelError, match="cannot chat"):
            call()

"""Write the published weights as GGUF, Q8_0: `python -m models.recipes.minilm.convert --source FOLDER`.

What is easily forgotten, and then loads and gives nonsense: pieces inside a word lose their `##` and all
others get U+2581 in front, else every word is unknown; the five control pieces are marked as such; mean
pooling is 1. What is left out: the pooler (the published model takes the mean instead) and the position ids.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import gguf
import numpy as np
from gguf.quants import quantize
from numpy.typing import NDArray

from models.recipes.minilm.source import BLOCKS, CONTEXT, EPSILON, FEED_FORWARD, HEADS, SHA256, WIDTH, Source

TARGET: Final = Path("models/all-minilm-l6-v2/all-minilm-l6-v2-q8_0.gguf")
CONTROL: Final = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_EMBEDDINGS: Final = {
    "embeddings.word_embeddings.weight": "token_embd.weight",
    "embeddings.position_embeddings.weight": "position_embd.weight",
    "embeddings.token_type_embeddings.weight": "token_types.weight",
    "embeddings.LayerNorm": "token_embd_norm",
}
_PARTS: Final = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
_KEPT_WHOLE: Final = ("position_embd.weight", "token_types.weight")
"""In 32 bits, with norms and biases: together 0.8 MB, and every token passes through them."""


def write(source: Source, target: Path) -> None:
    """One file; the same bytes each time."""
    target.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(str(target), "bert")
    _add_facts(writer)
    _add_vocabulary(writer, source.vocabulary())
    for name, values in source.tensors().items():
        if not name.startswith("pooler."):
            _add_tensor(writer, _tensor_name(name), values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_facts(writer: gguf.GGUFWriter) -> None:
    writer.add_name("all-MiniLM-L6-v2")
    writer.add_license("Apache-2.0")
    writer.add_source_url("https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2")
    writer.add_description(f"From model.safetensors of sha256 {SHA256['model.safetensors']}.")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_block_count(BLOCKS)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_eps(EPSILON)
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)


def _add_vocabulary(writer: gguf.GGUFWriter, pieces: list[str]) -> None:
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([_piece(p) for p in pieces])
    writer.add_token_types(
        [gguf.TokenType.CONTROL if p in CONTROL else gguf.TokenType.NORMAL for p in pieces]
    )
    writer.add_token_type_count(2)
    writer.add_bos_token_id(pieces.index("[CLS]"))
    writer.add_sep_token_id(pieces.index("[SEP]"))
    writer.add_unk_token_id(pieces.index("[UNK]"))
    writer.add_pad_token_id(pieces.index("[PAD]"))
    writer.add_mask_token_id(pieces.index("[MASK]"))


def _piece(piece: str) -> str:
    if piece in CONTROL:
        return piece
    return piece[2:] if piece.startswith("##") else f"\u2581{piece}"


def _tensor_name(name: str) -> str:
    """`encoder.layer.3.output.dense.bias` is `blk.3.ffn_down.bias`."""
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    stem, kind = name.rsplit(".", 1)
    if stem in _EMBEDDINGS:
        return f"{_EMBEDDINGS[stem]}.{kind}"
    layer, part = stem.removeprefix("encoder.layer.").split(".", 1)
    return f"blk.{layer}.{_PARTS[part]}.{kind}"


def _add_tensor(writer: gguf.GGUFWriter, name: str, values: NDArray[np.float32]) -> None:
    if values.ndim == 1 or name in _KEPT_WHOLE:
        writer.add_tensor(name, values)
        return
    kind = gguf.GGMLQuantizationType.Q8_0
    writer.add_tensor(name, quantize(values, kind), raw_dtype=kind)


def main() -> None:
    """Published files in, one GGUF out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="a folder with the unpacked package")
    parser.add_argument("--target", type=Path, default=TARGET)
    args = parser.parse_args()
    write(Source.below(args.source), args.target)


if __name__ == "__main__":
    main()

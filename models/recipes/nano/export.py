"""Write the trained weights as GGUF: `python -m models.recipes.nano.export`.

f16 first, then Q8_0 by llama.cpp's own quantiser (gguf-py's rounds differently). The Q8_0 file is the
one that is bundled.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import gguf
import numpy as np
import torch

from models.recipes.nano.model import Shape
from models.recipes.nano.tokenizer import CONTROL, WHOLE
from penguin_local.agent import situation
from penguin_local.safety import answering, judging

_NAMES = {
    "attn_norm": "attn_norm",
    "q": "attn_q",
    "k": "attn_k",
    "v": "attn_v",
    "o": "attn_output",
    "ffn_norm": "ffn_norm",
    "gate": "ffn_gate",
    "up": "ffn_up",
    "down": "ffn_down",
}
_TEMPLATE = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def write(checkpoint: Path, tokenizer: Path, target: Path) -> None:
    """One f16 GGUF; norms stay f32."""
    shape = Shape()
    state = torch.load(checkpoint, weights_only=True, map_location="cpu")
    writer = gguf.GGUFWriter(str(target), "llama")
    writer.add_name("penguin-nano")
    writer.add_description(
        "Demonstration model of penguin-local, trained on its own generated texts. Its scores say nothing about "
        f"real models. Prompts: {answering.PROMPT_VERSION}, {judging.PROMPT_VERSION}, {situation.PROMPT_VERSION}. "
        f"Step {state['step']}."
    )
    writer.add_license("MIT")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_rope_dimension_count(shape.head)
    writer.add_vocab_size(shape.vocabulary)
    _add_tokenizer(writer, json.loads(tokenizer.read_text(encoding="utf-8")), shape)
    weights: dict[str, torch.Tensor] = state["model"]
    for name, tensor in weights.items():
        if name.startswith("verdict."):
            continue
        array = tensor.float().numpy()
        writer.add_tensor(_tensor_name(name), array if array.ndim == 1 else array.astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _tensor_name(name: str) -> str:
    if name == "embedding.weight":
        return "token_embd.weight"
    if name == "norm.weight":
        return "output_norm.weight"
    _, layer, part, _ = name.split(".")
    return f"blk.{layer}.{_NAMES[part]}.weight"


def _add_tokenizer(writer: gguf.GGUFWriter, document: dict[str, object], shape: Shape) -> None:
    model = document["model"]
    assert isinstance(model, dict)
    vocabulary = dict(model["vocab"])
    added = document["added_tokens"]
    assert isinstance(added, list)
    vocabulary.update({token["content"]: token["id"] for token in added})
    tokens = sorted(vocabulary, key=vocabulary.__getitem__)
    types = [
        gguf.TokenType.CONTROL
        if token in CONTROL
        else gguf.TokenType.USER_DEFINED
        if token in WHOLE
        else gguf.TokenType.NORMAL
        for token in tokens
    ]
    while len(tokens) < shape.vocabulary:
        types.append(gguf.TokenType.UNUSED)
        tokens.append(f"<|unused{len(tokens)}|>")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges([pair if isinstance(pair, str) else " ".join(pair) for pair in model["merges"]])
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_eot_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(_TEMPLATE)


def quantize(source: Path, target: Path) -> None:
    """Q8_0 by llama.cpp."""
    from llama_cpp import llama_cpp

    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0
    params.nthread = 2
    if llama_cpp.llama_model_quantize(str(source).encode(), str(target).encode(), params):
        sys.exit(f"llama.cpp could not quantise {source}")


def main() -> None:
    """Checkpoint in, two files out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(".train/nano"), help="where the training lies")
    parser.add_argument("--target", type=Path, default=Path("models/penguin-nano/penguin-nano-q8_0.gguf"))
    args = parser.parse_args()
    f16 = args.out / "penguin-nano-f16.gguf"
    write(args.out / "checkpoint.pt", args.out / "tokenizer.json", f16)
    args.target.parent.mkdir(parents=True, exist_ok=True)
    quantize(f16, args.target)


if __name__ == "__main__":
    main()

"""Random weights of a real model's shape: speed does not depend on their values.

    python benchmarks/random_weights.py --shape qwen2.5-0.5b --output random-0.5b.gguf

The vocabulary is a small byte-level BPE trained on the package's own sources and texts, padded with dummy tokens to the
real size, so that the output matrix costs what it costs and prompts have realistic lengths.
"""

from __future__ import annotations

import argparse
import ctypes
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SPECIALS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
CHATML = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Shape:
    """What decides how long a token takes."""

    layers: int
    width: int
    feed_forward: int
    heads: int
    kv_heads: int
    vocabulary: int
    context: int


SHAPES = {
    "tiny": Shape(2, 64, 128, 2, 1, 2048, 1024),
    "nano": Shape(8, 384, 1152, 6, 2, 8192, 1024),
    "qwen2.5-0.5b": Shape(24, 896, 4864, 14, 2, 151_936, 32_768),
    "qwen2.5-0.5b-quarter": Shape(6, 896, 4864, 14, 2, 37_984, 32_768),
    "qwen2.5-1.5b": Shape(28, 1536, 8960, 12, 2, 151_936, 32_768),
}


def train_vocabulary(size: int) -> tuple[list[str], list[str]]:
    """Tokens and merges of a byte-level BPE with the Qwen2 splitting rule, trained on our own texts."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

    split = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
        r"\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(split), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=size - len(SPECIALS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    files = sorted(
        [
            *ROOT.glob("penguin_local/**/*.py"),
            *ROOT.glob("*.md"),
            *ROOT.glob("data/**/*.toml"),
            *ROOT.glob("data/**/*.json"),
        ]
    )
    tokenizer.train_from_iterator((f.read_text(encoding="utf-8") for f in files), trainer)
    import json

    model = json.loads(tokenizer.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].__getitem__)
    merges = [" ".join(m) if isinstance(m, list) else m for m in model["merges"]]
    return tokens, merges


def tensors(shape: Shape, rng: np.random.Generator) -> Iterator[tuple[str, np.ndarray]]:
    """Names and values, one at a time so that a large shape fits in memory."""

    def normal(*size: int) -> np.ndarray:
        values: np.ndarray = rng.standard_normal(size, dtype=np.float32) * size[-1] ** -0.5
        return values.astype(np.float16)

    def ones() -> np.ndarray:
        return np.ones(shape.width, np.float32)

    kv = shape.width // shape.heads * shape.kv_heads
    yield "token_embd.weight", normal(shape.vocabulary, shape.width)
    yield "output_norm.weight", ones()
    for i in range(shape.layers):
        yield f"blk.{i}.attn_norm.weight", ones()
        yield f"blk.{i}.attn_q.weight", normal(shape.width, shape.width)
        yield f"blk.{i}.attn_k.weight", normal(kv, shape.width)
        yield f"blk.{i}.attn_v.weight", normal(kv, shape.width)
        yield f"blk.{i}.attn_output.weight", normal(shape.width, shape.width)
        yield f"blk.{i}.ffn_norm.weight", ones()
        yield f"blk.{i}.ffn_gate.weight", normal(shape.feed_forward, shape.width)
        yield f"blk.{i}.ffn_up.weight", normal(shape.feed_forward, shape.width)
        yield f"blk.{i}.ffn_down.weight", normal(shape.width, shape.feed_forward)


def _word(number: int) -> str:
    """A made-up word of its own, out of syllables, that no English text holds."""
    syllables = ""
    for _ in range(5):
        number, digit = divmod(number, 20)
        syllables += "zqxkvjwhbg"[digit % 10] + "uo"[digit // 10]
    return syllables


def write_f16(path: Path, shape: Shape, seed: int) -> None:
    """A llama-architecture GGUF with tied weights."""
    import gguf

    tokens, merges = train_vocabulary(min(shape.vocabulary, 8192))
    types = [gguf.TokenType.NORMAL] * len(tokens)
    tokens += list(SPECIALS)
    types += [gguf.TokenType.CONTROL] * len(SPECIALS)
    pad = shape.vocabulary - len(tokens)
    # Words, not unused entries: a grammar has to look at them, as at those of a real vocabulary.
    tokens += [f"\u0120{_word(i)}" for i in range(pad)]
    types += [gguf.TokenType.NORMAL] * pad
    w = gguf.GGUFWriter(path, "llama", use_temp_file=True)
    w.add_name(path.stem)
    w.add_context_length(shape.context)
    w.add_embedding_length(shape.width)
    w.add_block_count(shape.layers)
    w.add_feed_forward_length(shape.feed_forward)
    w.add_head_count(shape.heads)
    w.add_head_count_kv(shape.kv_heads)
    w.add_layer_norm_rms_eps(1e-6)
    w.add_rope_freq_base(10_000.0)
    w.add_vocab_size(shape.vocabulary)
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("qwen2")
    w.add_token_list(tokens)
    w.add_token_types(types)
    w.add_token_merges(merges)
    w.add_bos_token_id(tokens.index("<|endoftext|>"))
    w.add_eos_token_id(tokens.index("<|im_end|>"))
    w.add_add_bos_token(False)
    w.add_chat_template(CHATML)
    for name, values in tensors(shape, np.random.default_rng(seed)):
        w.add_tensor(name, values)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def write_q8(path: Path, shape: Shape, *, seed: int = 0) -> Path:
    """The same at Q8_0, by llama.cpp's own quantiser."""
    from llama_cpp import llama_cpp as ll

    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        f16 = Path(folder) / path.name
        write_f16(f16, shape, seed)
        quiet = ll.llama_log_callback(lambda level, text, data: None)
        ll.llama_log_set(quiet, ctypes.c_void_p(0))
        params = ll.llama_model_quantize_default_params()
        params.ftype = ll.LLAMA_FTYPE_MOSTLY_Q8_0
        code = ll.llama_model_quantize(str(f16).encode(), str(path).encode(), ctypes.byref(params))
    if code != 0:
        raise SystemExit(f"llama_model_quantize gave {code}")
    return path


def main() -> None:
    """Write one file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=sorted(SHAPES), default="qwen2.5-0.5b")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    print(write_q8(args.output, SHAPES[args.shape], seed=args.seed))


if __name__ == "__main__":
    main()

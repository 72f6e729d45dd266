"""penguin-nano's own byte-level BPE, and how a prompt becomes tokens exactly as llama.cpp makes them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from penguin_local.core.attributes import Attribute

CONTROL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
WHOLE = tuple(f" {band}" for band in Attribute.AGE.values)
"""Age bands are one token each, space and all, so that "is" is followed by the value as for any other attribute: as
five digit tokens, and as a space and a token, they were the last thing to be copied rightly."""

# llama.cpp's `tokenizer.ggml.pre = qwen2`; another expression loads and changes most strings.
_QWEN2 = (
    r"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def train(texts: Iterable[str], *, size: int) -> Tokenizer:
    """A vocabulary of `size` pieces, control tokens first."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_QWEN2), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=size - len(WHOLE),
            special_tokens=list(CONTROL),
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    tokenizer.add_tokens([AddedToken(text, normalized=False, special=False) for text in WHOLE])
    return tokenizer


class Encoder:
    """Template and data tokenised apart, as `lm/chat_format` does it."""

    def __init__(self, path: Path) -> None:
        self.tokenizer: Tokenizer = Tokenizer.from_file(str(path))
        self._id = {text: self.tokenizer.token_to_id(text) for text in CONTROL}
        self.end = self._id["<|im_end|>"]

    def text(self, text: str) -> list[int]:
        """Data: no control token comes out of it (our own texts hold none)."""
        ids: list[int] = self.tokenizer.encode(text).ids
        return ids

    def opening(self, role: str) -> list[int]:
        """`<|im_start|>role` and a line break."""
        return [self._id["<|im_start|>"], *self.text(f"{role}\n")]

    def closing(self) -> list[int]:
        """`<|im_end|>` and a line break."""
        return [self.end, *self.text("\n")]

"""A small llama in torch: grouped-query attention, interleaved rotary positions, SwiGLU, tied embeddings.

All examples of a batch share the same beginning (the system turn), which is computed once: `forward`
takes it apart from the rest, and attention lets every example see it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

WHOLE_TOKENS = 5
"""Pieces of the vocabulary that stand for a whole value; see `tokenizer.WHOLE`."""

MIDDLE = 4
"""Layers after which a claim should be known to be true or false: two are left to sum up."""


@dataclass(frozen=True)
class Shape:
    """The sizes that go into the GGUF header."""

    vocabulary: int = 4096
    width: int = 256
    layers: int = 6
    heads: int = 4
    kv_heads: int = 2
    hidden: int = 768
    context: int = 1024
    rope_base: float = 10000.0
    epsilon: float = 1e-5

    @property
    def head(self) -> int:
        """Width of one head."""
        return self.width // self.heads


def rotate(x: Tensor, angles: Tensor) -> Tensor:
    """Rotate neighbouring pairs (what `llama` in GGUF means); x is [b, h, s, d], angles [b, 1, s, d/2]."""
    even, odd = x[..., 0::2], x[..., 1::2]
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1).flatten(-2)


class Block(nn.Module):
    """One layer."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        w, kv = shape.width, shape.kv_heads * shape.head
        self.attn_norm = nn.RMSNorm(w, eps=shape.epsilon)
        self.q = nn.Linear(w, w, bias=False)
        self.k = nn.Linear(w, kv, bias=False)
        self.v = nn.Linear(w, kv, bias=False)
        self.o = nn.Linear(w, w, bias=False)
        self.ffn_norm = nn.RMSNorm(w, eps=shape.epsilon)
        self.gate = nn.Linear(w, shape.hidden, bias=False)
        self.up = nn.Linear(w, shape.hidden, bias=False)
        self.down = nn.Linear(shape.hidden, w, bias=False)

    def qkv(self, x: Tensor, angles: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """[b, h, s, d] each, rotated."""
        h = self.attn_norm(x)

        def split(t: Tensor, heads: int) -> Tensor:
            return t.unflatten(-1, (heads, self.shape.head)).transpose(1, 2)

        q = rotate(split(self.q(h), self.shape.heads), angles)
        k = rotate(split(self.k(h), self.shape.kv_heads), angles)
        return q, k, split(self.v(h), self.shape.kv_heads)

    def finish(self, x: Tensor, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
        """Attention and feed-forward with their residuals."""
        groups = self.shape.heads // self.shape.kv_heads
        k, v = k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1)
        a = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=mask is None)
        x = x + self.o(a.transpose(1, 2).flatten(-2))
        h = self.ffn_norm(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class Nano(nn.Module):
    """The model; weights are tied, so the embedding is also the output."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = nn.RMSNorm(shape.width, eps=shape.epsilon)
        # For training only, never exported: reads off the middle whether the claim that ends here is true.
        self.verdict = nn.Linear(shape.width, 1)
        frequencies = shape.rope_base ** (-torch.arange(0, shape.head, 2, dtype=torch.float32) / shape.head)
        self.register_buffer("frequencies", frequencies, persistent=False)
        for name, weight in self.named_parameters():
            if weight.ndim == 2:
                residual = name.endswith(("o.weight", "down.weight"))
                nn.init.normal_(weight, std=0.02 / (2 * shape.layers) ** 0.5 if residual else 0.02)
        # The age bands stand last and in one place only: begun small, they grew alike (cosine 0.76) and could
        # not be told apart, so that ages stayed at chance until they were set apart.
        nn.init.normal_(self.embedding.weight[-WHOLE_TOKENS:], std=0.08)

    def _angles(self, positions: Tensor) -> Tensor:
        return (positions.unsqueeze(-1).float() * self.frequencies).unsqueeze(1)

    def forward(self, prefix: Tensor, x: Tensor, positions: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Hidden states [b, s, width] of the rest `x`: the last, and those of the middle.

        prefix [p] token ids shared by all; x, positions [b, s]; mask [b or 1, 1, s, p + s], true where seen.
        """
        batch = x.shape[0]
        h0 = self.embedding(prefix).unsqueeze(0)
        h = self.embedding(x)
        angles0 = self._angles(torch.arange(prefix.shape[0]).unsqueeze(0))
        angles = self._angles(positions)
        middle = h
        for number, block in enumerate(self.blocks):
            if number == MIDDLE:
                middle = h
            q0, k0, v0 = block.qkv(h0, angles0)
            q, k, v = block.qkv(h, angles)
            h = block.finish(
                h,
                q,
                torch.cat((k0.expand(batch, -1, -1, -1), k), 2),
                torch.cat((v0.expand(batch, -1, -1, -1), v), 2),
                mask,
            )
            h0 = block.finish(h0, q0, k0, v0, None)
        return self.norm(h), middle

    def logits(self, hidden: Tensor) -> Tensor:
        """[..., vocabulary]."""
        return F.linear(hidden, self.embedding.weight)

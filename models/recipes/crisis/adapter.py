"""The embedding model taught to hear danger: a low-rank adapter (LoRA, arXiv 2106.09685) on its upper blocks.

The published weights are computed in torch, as `models/recipes/minilm/reference.py` does; the lower blocks stay as
they are and are computed once. What is learned is written as a GGUF that llama.cpp lays over the bundled model.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import gguf
import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from models.recipes.crisis.examples import Floats
from models.recipes.minilm.source import BLOCKS, EPSILON, HEADS, WIDTH, Source
from penguin_local.agent.crisis_levels import Level
from penguin_local.lm.engine_embed import MOST_TOKENS

FROZEN: Final = 3
"""Blocks that stay as published, and are computed once instead of once an epoch."""
RANK: Final = 16
EPOCHS: Final = 3
BATCH_TOKENS: Final = 2048
_RATE: Final = 2e-3
_WARM: Final = 0.06
"""Part of the steps in which the rate rises; in the rest it falls to 0."""
_DECAY: Final = 0.01
_DROP: Final = 0.1
_LENGTH: Final = 10.0
"""What the head hears is a vector of length 1, as the program gives it, times this."""
_ROUND: Final = 16
"""Tokens to whose multiples texts are filled up."""
_SPREAD: Final = 1400
"""Texts drawn at once, of which those of like length share a batch."""
_NAMES: Final = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
}
"""The matrices of a block, as published and as llama.cpp calls them."""

States = list[Tensor]
"""[t, 384] float16 each: a message's tokens after the frozen blocks."""


class _Linear(nn.Module):
    """A published matrix, and what is learned beside it."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.weight, self.bias = nn.Buffer(weight), nn.Buffer(bias)
        self.down = nn.Parameter(torch.randn(RANK, weight.shape[1]) / math.sqrt(weight.shape[1]))
        self.up = nn.Parameter(torch.zeros(weight.shape[0], RANK))

    def forward(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.weight + self.up @ self.down, self.bias)


class _Block(nn.Module):
    def __init__(self, tensors: dict[str, Tensor], number: int) -> None:
        super().__init__()
        name = f"encoder.layer.{number}"
        self.parts = nn.ModuleDict(
            {
                ours: _Linear(tensors[f"{name}.{theirs}.weight"], tensors[f"{name}.{theirs}.bias"])
                for theirs, ours in _NAMES.items()
            }
        )
        self.norms = nn.ParameterList(
            nn.Parameter(tensors[f"{name}.{part}.LayerNorm.{kind}"], requires_grad=False)
            for part in ("attention.output", "output")
            for kind in ("weight", "bias")
        )
        self.drop = nn.Dropout(_DROP)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        batch, tokens, _ = x.shape
        q, k, v = (
            self.parts[name](x).view(batch, tokens, HEADS, WIDTH // HEADS).transpose(1, 2)
            for name in ("attn_q", "attn_k", "attn_v")
        )
        seen = functional.scaled_dot_product_attention(
            q, k, v, attn_mask=mask[:, None, None, :], dropout_p=_DROP if self.training else 0.0
        )
        seen = self.parts["attn_output"](seen.transpose(1, 2).reshape(batch, tokens, WIDTH))
        x = functional.layer_norm(x + self.drop(seen), (WIDTH,), self.norms[0], self.norms[1], EPSILON)
        inner = self.parts["ffn_down"](functional.gelu(self.parts["ffn_up"](x)))
        return functional.layer_norm(x + self.drop(inner), (WIDTH,), self.norms[2], self.norms[3], EPSILON)


class _Encoder(nn.Module):
    """The published model from its tokens to the logits of a message, in two halves."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        tensors = {name: torch.from_numpy(values.copy()) for name, values in source.tensors().items()}
        self.embeddings = {
            part: tensors[f"embeddings.{part}"]
            for part in (
                "word_embeddings.weight",
                "position_embeddings.weight",
                "token_type_embeddings.weight",
                "LayerNorm.weight",
                "LayerNorm.bias",
            )
        }
        self.blocks = nn.ModuleList(_Block(tensors, number) for number in range(BLOCKS))
        self.drop = nn.Dropout(_DROP)
        self.head = nn.Linear(WIDTH, len(Level))
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def below(self, ids: Tensor, mask: Tensor) -> Tensor:
        """[n, t, 384] after the frozen blocks."""
        parts = self.embeddings
        x = (
            parts["word_embeddings.weight"][ids]
            + parts["position_embeddings.weight"][: ids.shape[1]]
            + parts["token_type_embeddings.weight"][0]
        )
        x = functional.layer_norm(x, (WIDTH,), parts["LayerNorm.weight"], parts["LayerNorm.bias"], EPSILON)
        for block in self.blocks[:FROZEN]:
            x = block(x, mask)
        return x

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """[n, 4] from the states [n, t, 384]."""
        x = self.drop(x)
        for block in self.blocks[FROZEN:]:
            x = block(x, mask)
        there = mask[..., None].float()
        mean = (x.float() * there).sum(1) / there.sum(1)
        found: Tensor = self.head(self.drop(_LENGTH * functional.normalize(mean, dim=1)))
        return found


@dataclass(frozen=True, slots=True)
class Tuned:
    """A taught encoder."""

    encoder: _Encoder

    @torch.inference_mode()
    def logits(self, states: States) -> Floats:
        """[n, 4]"""
        self.encoder.eval()
        found = np.zeros((len(states), len(Level)))
        for rows in _batches(states, np.arange(len(states)), None):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                found[rows] = self.encoder(*_padded([states[i] for i in rows])).float().numpy()
        return found

    @property
    def head(self) -> tuple[Floats, Floats]:
        """[384, 4] and [4], for vectors of length 1."""
        head = self.encoder.head
        return _LENGTH * head.weight.detach().double().numpy().T, head.bias.detach().double().numpy()

    def keep(self, path: Path) -> None:
        """What was learned, to be taken up again by `kept`."""
        torch.save(self.encoder.state_dict(), path)

    @classmethod
    def kept(cls, path: Path, source: Source) -> Tuned:
        """As it was when it was kept."""
        encoder = _Encoder(source)
        encoder.load_state_dict(torch.load(path, weights_only=True))
        return cls(encoder)

    def write(self, path: Path) -> None:
        """The adapter, as llama.cpp reads it."""
        writer = gguf.GGUFWriter(path, "bert")
        writer.add_type("adapter")
        writer.add_string("adapter.type", "lora")
        writer.add_float32("adapter.lora.alpha", float(RANK))
        for number in range(FROZEN, BLOCKS):
            for name, part in self.encoder.blocks[number].parts.items():
                for kind, values in (("lora_a", part.down), ("lora_b", part.up)):
                    array = values.detach().numpy().astype(np.float16)
                    writer.add_tensor(f"blk.{number}.{name}.weight.{kind}", array)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


def frozen_states(source: Source, texts: Sequence[str]) -> States:
    """Every text through the blocks that are not taught."""
    tokenizer = Tokenizer.from_file(str(source.folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MOST_TOKENS + 2)
    rows = [torch.tensor(encoding.ids)[:, None] for encoding in tokenizer.encode_batch(list(texts))]
    encoder = _Encoder(source).eval()
    found: dict[int, Tensor] = {}
    with torch.inference_mode():
        for part in _batches(rows, np.arange(len(rows)), None):
            ids, mask = _padded([rows[i] for i in part])
            with torch.autocast("cpu", dtype=torch.bfloat16):
                states = encoder.below(ids[..., 0], mask)
            for i, state in zip(part, states, strict=True):
                found[int(i)] = state[: len(rows[i])].to(torch.float16).clone()
    return [found[i] for i in range(len(rows))]


def tune(name: str, source: Source, states: States, levels: NDArray[np.int64], *, seed: int = 0) -> Tuned:
    """Teach a fresh adapter these messages; progress goes to the terminal under this name."""
    torch.manual_seed(seed)
    lots = random.Random(seed)
    encoder = _Encoder(source).train()
    taught = [p for block in encoder.blocks[FROZEN:] for p in block.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        [*taught, *encoder.head.parameters()], lr=_RATE, betas=(0.9, 0.98), weight_decay=_DECAY
    )
    every = np.arange(len(states))
    steps = EPOCHS * sum(1 for _ in _batches(states, every, random.Random(seed)))
    truth, step, began = torch.from_numpy(levels), 0, time.monotonic()
    for epoch in range(EPOCHS):
        lost = 0.0
        for rows in _batches(states, every, lots):
            rate = _RATE * min((step + 1) / (_WARM * steps), max(1 - step / steps, 0.0))
            for group in optimizer.param_groups:
                group["lr"] = rate
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = encoder(*_padded([states[i] for i in rows]))
            loss = functional.cross_entropy(logits.float(), truth[rows])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_([*taught, *encoder.head.parameters()], 1.0)
            optimizer.step()
            step, lost = step + 1, lost + float(loss.detach()) * len(rows)
        minutes = (time.monotonic() - began) / 60
        print(
            f"adapter {name}: epoch {epoch + 1} of {EPOCHS}, {lost / len(every):.3f} nats, {minutes:.0f} min",
            flush=True,
        )
    return Tuned(encoder)


def _batches(
    rows: Sequence[Tensor], places: NDArray[np.int64], lots: random.Random | None
) -> Iterator[NDArray[np.int64]]:
    """Places of texts of like length, about BATCH_TOKENS at once; in another order each time `lots` are drawn."""
    order = places.tolist()
    if lots is not None:
        lots.shuffle(order)
    found = []
    for start in range(0, len(order), _SPREAD):
        alike: dict[int, list[int]] = {}
        for place in order[start : start + _SPREAD]:
            alike.setdefault(-(-len(rows[place]) // _ROUND), []).append(place)
        for length, members in alike.items():
            count = max(1, BATCH_TOKENS // (length * _ROUND))
            found += [members[i : i + count] for i in range(0, len(members), count)]
    if lots is not None:
        lots.shuffle(found)
    return (np.array(part) for part in found)


def _padded(rows: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """[n, t, ...] and the mask [n, t] of what is there."""
    longest = -(-max(len(row) for row in rows) // _ROUND) * _ROUND
    kind = torch.float32 if rows[0].is_floating_point() else torch.int64
    filled = torch.zeros((len(rows), longest, *rows[0].shape[1:]), dtype=kind)
    mask = torch.zeros((len(rows), longest), dtype=torch.bool)
    for i, row in enumerate(rows):
        filled[i, : len(row)] = row
        mask[i, : len(row)] = True
    return filled, mask

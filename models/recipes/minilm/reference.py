"""The published model computed once more, in torch, tokenised by its own tokenizer.json.

    python -m models.recipes.minilm.reference --source FOLDER            # compare the shipped file with it
    python -m models.recipes.minilm.reference --source FOLDER --golden   # and write tests/golden/minilm.npz

Nothing is shared with the file that is shipped but the published weights: neither tensors' names, nor
tokeniser, nor the arithmetic.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from models.recipes.minilm.source import BLOCKS, EPSILON, HEADS, WIDTH, Source

GOLDEN: Final = Path("tests/golden/minilm.npz")
LONGEST: Final = 256
"""Tokens with CLS and SEP, where sentence-transformers cuts."""

SENTENCES: Final = (
    "Should I leave my job before I have found another one?",
    "I quit tomorrow. No plan B. Good idea?",
    "How do I tell my parents that I failed the exam again?",
    "My landlord wants the rent two weeks early and I cannot pay it.",
    "is it ok 2 skip breakfast evry day if im never hungry",
    "We have been married for eleven years, and lately we hardly speak.",
    "I moved to a new city in March. Three months later I still eat lunch alone, and weekends are the worst.",
    "WHY DOES NOBODY ANSWER MY MESSAGES???",
    "Is a 4.9% loan over 72 months better than 6.1% over 36?",
    "My knee hurts after running; should I see a doctor or rest it first?",
    "Je ne sais pas si je dois déménager à Besançon pour mes études.",
    "Ich weiß nicht, ob ich das Angebot annehmen soll.",
    "Mi hermana ya no me habla desde la boda. ¿Qué hago?",
    "Feeling lost 😔 but trying to stay hopeful 🌱",
    "The garden needs water, the tomatoes are ripe and the neighbour's cat sleeps in the shade.",
    "A prime number has exactly two divisors.",
    "My naïve café plan: rent a stall, bake at night, sell by day. Too risky?",
    "self-employed, 43, two children, savings for about five months",
    "我应该换工作吗?",
    "Thank you.",
    "My daughter starts school this autumn. " * 60,
)
"""Ours: short and long, misspelt and shouted, with accents and figures, other languages, and one that is cut."""


class Reference:
    """The published model."""

    def __init__(self, source: Source) -> None:
        self._weights = {name: torch.from_numpy(values) for name, values in source.tensors().items()}
        self._tokenizer = Tokenizer.from_file(str(source.folder / "tokenizer.json"))
        # As published it pads to 128 tokens and cuts there.
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(LONGEST)

    def tokens(self, text: str) -> list[int]:
        """With CLS and SEP."""
        ids: list[int] = self._tokenizer.encode(text).ids
        return ids

    @torch.inference_mode()
    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """[n, 384] float32, rows of length 1; one text at a time, so that nothing needs a mask."""
        rows = [functional.normalize(self._states(self.tokens(t)).mean(dim=0), dim=0) for t in texts]
        return torch.stack(rows).numpy()

    def _states(self, ids: list[int]) -> Tensor:
        x = (
            self._weights["embeddings.word_embeddings.weight"][ids]
            + self._weights["embeddings.position_embeddings.weight"][: len(ids)]
            + self._weights["embeddings.token_type_embeddings.weight"][0]
        )
        x = self._norm(x, "embeddings.LayerNorm")
        for i in range(BLOCKS):
            block = f"encoder.layer.{i}"
            q, k, v = (
                self._linear(x, f"{block}.attention.self.{part}")
                .view(-1, HEADS, WIDTH // HEADS)
                .transpose(0, 1)
                for part in ("query", "key", "value")
            )
            weights = torch.softmax(q @ k.transpose(1, 2) / (WIDTH // HEADS) ** 0.5, dim=-1)
            seen = (weights @ v).transpose(0, 1).reshape(-1, WIDTH)
            x = self._norm(
                x + self._linear(seen, f"{block}.attention.output.dense"),
                f"{block}.attention.output.LayerNorm",
            )
            inner = functional.gelu(self._linear(x, f"{block}.intermediate.dense"))
            x = self._norm(x + self._linear(inner, f"{block}.output.dense"), f"{block}.output.LayerNorm")
        return x

    def _linear(self, x: Tensor, name: str) -> Tensor:
        return functional.linear(x, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])

    def _norm(self, x: Tensor, name: str) -> Tensor:
        scale, shift = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return functional.layer_norm(x, (WIDTH,), scale, shift, EPSILON)


def questions(count: int) -> list[str]:
    """Questions of the two bundled sets, taken evenly."""
    from penguin_local import paths
    from penguin_local.store.tables import read_scenarios

    texts: list[str] = []
    for name in ("penguin-synthetic-v1", "penguin-forum-v1"):
        scenarios = read_scenarios(paths.data() / f"{name}.parquet")
        step = max(1, 2 * len(scenarios) // count)
        texts += [scenario.query for scenario in scenarios[::step]][: count // 2]
    return texts


def compare(reference: Reference, texts: Sequence[str], file: Path | None = None) -> str:
    """Cosines between the two models, and how often they agree on the five nearest other texts."""
    from penguin_local.lm.catalogue import find_embedder
    from penguin_local.lm.engine import load_embedder

    embedder = load_embedder(find_embedder(None if file is None else str(file)), threads=1)
    ours, theirs = embedder.embed(texts), reference.embed(texts)
    embedder.close()
    cosines = (ours * theirs).sum(axis=1)
    shared = [len(a & b) / 5 for a, b in zip(_nearest(ours), _nearest(theirs), strict=True)]
    return (
        f"{len(texts)} texts: cosine min {cosines.min():.4f}, mean {cosines.mean():.4f}; "
        f"five nearest shared {np.mean(shared):.1%}"
    )


def _nearest(vectors: NDArray[np.float32]) -> list[set[int]]:
    near = vectors @ vectors.T
    np.fill_diagonal(near, -2)
    return [set(row.tolist()) for row in np.argsort(-near, axis=1, kind="stable")[:, :5]]


def main() -> None:
    """Compare, and write the reference vectors if that is wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="a folder with the unpacked package")
    parser.add_argument("--file", type=Path, help="another GGUF to compare")
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--golden", action="store_true", help=f"write {GOLDEN}")
    args = parser.parse_args()
    reference = Reference(Source.below(args.source))
    if args.golden:
        GOLDEN.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(GOLDEN, texts=np.array(SENTENCES), vectors=reference.embed(SENTENCES))
    print("own sentences,", compare(reference, SENTENCES, args.file))
    print("questions of the bundled sets,", compare(reference, questions(args.questions), args.file))


if __name__ == "__main__":
    main()

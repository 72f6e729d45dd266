"""Path indexes for the embedding model that is here."""

from __future__ import annotations

from pathlib import Path

from penguin_local.agent.retrieval import PathIndex, load_index
from penguin_local.lm.weights import ModelFile, read_header


def load_paths(path_or_name: str | Path | None, embedder: ModelFile) -> PathIndex:
    """`load_index`, with what this model is and how long its vectors are."""
    width = read_header(embedder.path).own("embedding_length")
    return load_index(path_or_name, embedder_sha256=embedder.sha256, embedder=embedder.name, width=width)

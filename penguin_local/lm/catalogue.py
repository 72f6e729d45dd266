"""Which weights a name means."""

from __future__ import annotations

import difflib
from pathlib import Path

from penguin_local import paths
from penguin_local.errors import ModelError, WeightsMissing
from penguin_local.lm.weights import ModelFile, read_header, sha256_of

BUNDLED = "penguin-nano"
BUNDLED_EMBEDDER = "all-minilm-l6-v2"


def bundled_path() -> Path:
    """Where the demonstration model lies."""
    return _bundled(BUNDLED)


def find_model(name_or_path: str | None = None) -> ModelFile:
    """The file that a name, a path or nothing (the bundled model) means, checked to be a whole GGUF.

    Raises WeightsMissing with the nearest names, WeightsDamaged.
    """
    if name_or_path is None or name_or_path == BUNDLED:
        return _file(bundled_path(), BUNDLED)
    path = Path(name_or_path).expanduser()
    if path.exists() or len(path.parts) > 1:
        return _file(path, path.stem)
    for candidate in (paths.pulled_models() / name_or_path, paths.pulled_models() / f"{name_or_path}.gguf"):
        if candidate.is_file():
            return _file(candidate, candidate.stem)
    raise _unknown(name_or_path)


def find_embedder(name_or_path: str | None = None) -> ModelFile:
    """The embedding model that a name, a path or nothing (the bundled all-MiniLM-L6-v2) means.

    Raises what `find_model` raises, and ModelError when it is a chat model.
    """
    if name_or_path is None or name_or_path == BUNDLED_EMBEDDER:
        return _file(_bundled(BUNDLED_EMBEDDER), BUNDLED_EMBEDDER)
    file = find_model(name_or_path)
    if not read_header(file.path).embeds:
        raise ModelError(
            f"{file.name} is a chat model and gives no embeddings",
            hint=f"leave the embedding model out for the bundled one, {BUNDLED_EMBEDDER}",
        )
    return file


def installed_names() -> tuple[str, ...]:
    """The bundled model and what lies among the pulled ones."""
    pulled = paths.pulled_models()
    return (BUNDLED, *sorted(p.stem for p in pulled.glob("*.gguf"))) if pulled.is_dir() else (BUNDLED,)


def _bundled(name: str) -> Path:
    return paths.models() / name / f"{name}-q8_0.gguf"


def _file(path: Path, name: str) -> ModelFile:
    # By what the file says of itself: a copy under another name is still a demonstration.
    demonstration = read_header(path).text("general.name") == BUNDLED
    return ModelFile(path, name, sha256_of(path), demonstration)


def _unknown(name: str) -> WeightsMissing:
    near = difflib.get_close_matches(name, installed_names(), n=3, cutoff=0.4)
    meant = f"did you mean {' or '.join(near)}? " if near else f"here are: {', '.join(installed_names())}. "
    return WeightsMissing(
        f"no model is called {name!r} on this machine",
        hint=meant + "A path to any .gguf file works too",
    )

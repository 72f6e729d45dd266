"""Weights and their vocabulary, over llama.cpp's C interface. No policy here."""

from __future__ import annotations

import ctypes
import os
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as ll

from penguin_local.errors import ModelError, WeightsDamaged
from penguin_local.lm.tokens import THINK_CLOSE, THINK_OPEN

_THINKING = (THINK_OPEN.encode(), THINK_CLOSE.encode())
"""Control tokens in some files, ordinary ones in others; they must be seen in both."""
_LOG: deque[str] = deque(maxlen=40)
"""llama.cpp's last words: never on the terminal, quoted in errors."""


@ll.llama_log_callback  # type: ignore[untyped-decorator]
def _keep(_level: int, text: bytes, _data: Any) -> None:
    _LOG.append(text.decode("utf-8", "replace").rstrip())


@lru_cache(maxsize=1)
def start_backend() -> None:
    """Once a process: quiet, then ready."""
    ll.llama_log_set(_keep, ctypes.c_void_p(0))
    ll.llama_backend_init()


def last_words() -> str:
    """The end of llama.cpp's log that speaks of an error, else its last line."""
    lines = [line for line in _LOG if line]
    errors = [line for line in lines if "error" in line.lower() or "failed" in line.lower()]
    return (errors or lines or ["nothing was logged"])[0 if errors else -1]


def gpu_offload() -> bool:
    """Whether this build of llama.cpp can use a GPU."""
    return bool(ll.llama_supports_gpu_offload())


class Weights:
    """A loaded model file and its vocabulary."""

    def __init__(
        self, path: Path, *, gpu_layers: int, on_load: Callable[[float], None] | None = None
    ) -> None:
        """`on_load` hears from 0 to 1 how much has been read."""
        start_backend()
        _LOG.clear()
        params = ll.llama_model_default_params()
        params.n_gpu_layers = gpu_layers
        told = _progress(on_load) if on_load else None  # a name of its own keeps it alive while it is called
        if told is not None:
            params.progress_callback = told
        self._model = ll.llama_model_load_from_file(os.fsencode(path), params)
        if not self._model:
            raise _load_error(path)
        self._vocab = ll.llama_model_get_vocab(self._model)
        self.vocabulary: int = ll.llama_vocab_n_tokens(self._vocab)
        self.adds_bos: bool = ll.llama_vocab_get_add_bos(self._vocab)
        self.bos: int = ll.llama_vocab_bos(self._vocab)
        self.end_of_turn: int = _first_valid(ll.llama_vocab_eot(self._vocab), ll.llama_vocab_eos(self._vocab))
        self.embedding_ends: tuple[int, int] = (
            ll.llama_vocab_bos(self._vocab),
            ll.llama_vocab_sep(self._vocab),
        )
        self.width: int = ll.llama_model_n_embd(self._model)
        self.has_encoder: bool = ll.llama_model_has_encoder(self._model)
        self.can_share_prefix: bool = not (
            ll.llama_model_is_recurrent(self._model) or ll.llama_model_is_hybrid(self._model)
        )
        self._pieces: dict[int, bytes] = {}

    @property
    def handle(self) -> Any:
        """For the context."""
        return self._model

    def adapter(self, path: Path) -> Any:
        """An adapter (LoRA) for contexts of these weights; it lives as long as they do. Raises ModelError."""
        handle = ll.llama_adapter_lora_init(self._model, os.fsencode(path))
        if not handle:
            raise ModelError(
                f"{path.name} could not be loaded as an adapter: {last_words()}",
                hint="restore the bundled file, or make it anew with its recipe",
            )
        return handle

    def meta(self, key: str) -> str:
        """One metadata value as text, empty when the file does not have it."""
        size = 1 << 16
        while True:
            buffer = ctypes.create_string_buffer(size)
            length = ll.llama_model_meta_val_str(self._model, key.encode(), buffer, size)
            if length < size:
                return buffer.value.decode("utf-8", "replace") if length >= 0 else ""
            size = length + 1

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """Token ids; control tokens are parsed only when `special`."""
        data = text.encode("utf-8")
        room = len(data) + 8
        while True:
            out = (ll.llama_token * room)()
            n = ll.llama_tokenize(self._vocab, data, len(data), out, room, False, special)
            if n >= 0:
                return out[:n]
            room = -n

    def piece(self, token: int) -> bytes:
        """The bytes a token stands for; control tokens stand for none, but for the marks of thinking."""
        known = self._pieces.get(token)
        if known is None:
            size = 64
            while True:
                buffer = ctypes.create_string_buffer(size)
                n = ll.llama_token_to_piece(self._vocab, token, buffer, size, 0, False)
                if n >= 0:
                    break
                size = -n
            known = buffer.raw[:n]
            if not known and ll.llama_vocab_get_text(self._vocab, token) in _THINKING:
                known = ll.llama_vocab_get_text(self._vocab, token)
            self._pieces[token] = known
        return known

    def ends_turn(self, token: int) -> bool:
        """End of turn or of text."""
        return bool(ll.llama_vocab_is_eog(self._vocab, token))

    def is_control(self, token: int) -> bool:
        """A token that is never text."""
        return bool(ll.llama_vocab_is_control(self._vocab, token))

    def close(self) -> None:
        """Give the memory back."""
        if self._model:
            ll.llama_model_free(self._model)
            self._model = None


def _progress(on_load: Callable[[float], None]) -> Any:
    def told(fraction: float, _data: Any) -> bool:
        on_load(fraction)
        return True  # go on

    return ll.llama_progress_callback(told)


def _first_valid(*tokens: int) -> int:
    return next((t for t in tokens if t >= 0), -1)


def _load_error(path: Path) -> ModelError:
    words = last_words()
    if "unknown model architecture" in " ".join(_LOG):
        return WeightsDamaged(
            f"{path.name} is of an architecture that this llama.cpp does not know: {words}",
            hint="choose another model, or update penguin-local",
        )
    return WeightsDamaged(
        f"{path.name} cannot be loaded: {words}",
        hint="fetch the file again and compare its sha256 with the publisher's",
    )

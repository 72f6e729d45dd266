"""A key-value cache with numbered sequences, over llama.cpp's C interface. No policy here."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import llama_cpp.llama_cpp as ll
import numpy as np
from numpy.typing import NDArray

from penguin_local.errors import ModelError
from penguin_local.lm.engine_native import Weights, last_words


@dataclass(frozen=True, slots=True)
class ContextSize:
    """How big a context is made."""

    cells: int
    sequences: int
    batch: int
    outputs: int
    threads: int
    embedding: bool = False
    fused: bool = True
    """Attention in one fused operation (flash attention), which needs no room for a matrix of scores."""


class AbortSwitch:
    """A flag that llama.cpp itself looks at between two operations.

    The callback is libc's `strlen` on a two-byte buffer: 0 or 1, without entering Python some 700 times a
    step and waiting for the interpreter lock each time.
    """

    def __init__(self) -> None:
        libc = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
        self._flag = ctypes.create_string_buffer(2)
        self.callback = ctypes.cast(libc.strlen, ll.ggml_abort_callback)
        self.data = ctypes.cast(self._flag, ctypes.c_void_p)

    def set(self, on: bool) -> None:
        """Abort the decode that is running, or allow the next one."""
        self._flag[0] = b"\x01" if on else b"\x00"


class Aborted(Exception):
    """A decode was stopped by the switch; the memory must be cleared."""


class Context:
    """A key-value cache with numbered sequences, and one step of work at a time."""

    def __init__(
        self, weights: Weights, size: ContextSize, *, on_step: Callable[[], None] = lambda: None
    ) -> None:
        """`on_step` is called after each step of work: a watchdog's only proof that work goes on."""
        self.size = size
        self._on_step = on_step
        self.abort = AbortSwitch()
        self._vocabulary = weights.vocabulary
        self._width = weights.width
        self._ctx = ll.llama_init_from_model(weights.handle, self._params())
        if not self._ctx:
            raise ModelError(
                f"no context of {size.cells:,} tokens could be made: {last_words()}",
                hint="lower --memory, --slots or --context",
            )
        self._memory = ll.llama_get_memory(self._ctx)
        self._tokens = np.zeros(size.batch, np.int32)
        self._positions = np.zeros(size.batch, np.int32)
        self._counts = np.ones(size.batch, np.int32)
        self._sequences = np.zeros(size.batch, np.int32)
        self._wanted = np.zeros(size.batch, np.int8)
        self._pointers = (self._sequences.ctypes.data + 4 * np.arange(size.batch + 1)).astype(np.uintp)
        self._pointers[-1] = 0

    def _params(self) -> Any:
        size = self.size
        params = ll.llama_context_default_params()
        params.n_ctx, params.n_batch, params.n_ubatch = size.cells, size.batch, size.batch
        params.n_seq_max = size.sequences
        params.n_threads = params.n_threads_batch = size.threads
        params.kv_unified = True  # split caches were 2.5 times slower in mixed batches on the CPU
        params.no_perf = True
        params.embeddings = size.embedding
        if not size.fused:
            params.flash_attn_type = ll.LLAMA_FLASH_ATTN_TYPE_DISABLED
        if not size.embedding:
            params.n_outputs_max = size.outputs  # else room for a row of logits per token of a batch
        params.abort_callback = self.abort.callback
        params.abort_callback_data = self.abort.data
        return params

    def decode(
        self, tokens: list[int], positions: list[int], sequences: list[int], wanted: list[int]
    ) -> NDArray[np.float32]:
        """One step. Logits [len(wanted), vocabulary], a view that the next step overwrites.

        `wanted` are ascending indices into the batch. Raises Aborted.
        """
        if not self._ctx:
            raise ModelError("the model was closed while it was at work", hint="load it again")
        n = len(tokens)
        self._tokens[:n], self._positions[:n], self._sequences[:n] = tokens, positions, sequences
        self._wanted[:n] = 0
        self._wanted[wanted] = 1
        code = ll.llama_decode(self._ctx, self._batch(n))
        if code == 2:
            raise Aborted
        if code != 0:
            raise ModelError(
                f"llama.cpp could not decode a batch of {n} tokens (code {code}): {last_words()}"
            )
        self._on_step()
        if not wanted:
            return np.empty((0, self._vocabulary), np.float32)
        return self._rows(ll.llama_get_logits(self._ctx), len(wanted), self._vocabulary)

    def _batch(self, n: int) -> Any:
        def at(array: NDArray[Any], kind: Any) -> Any:
            return ctypes.cast(array.ctypes.data, ctypes.POINTER(kind))

        batch = ll.llama_batch()
        batch.n_tokens = n
        batch.token = at(self._tokens, ll.llama_token)
        batch.pos = at(self._positions, ll.llama_pos)
        batch.n_seq_id = at(self._counts, ctypes.c_int32)
        batch.seq_id = at(self._pointers, ctypes.POINTER(ll.llama_seq_id))
        batch.logits = at(self._wanted, ctypes.c_int8)
        return batch

    @staticmethod
    def _rows(pointer: Any, rows: int, columns: int) -> NDArray[np.float32]:
        address = ctypes.cast(pointer, ctypes.c_void_p).value
        assert address is not None
        memory = (ctypes.c_float * (rows * columns)).from_address(address)
        return np.ctypeslib.as_array(memory).reshape(rows, columns)

    def embed(self, tokens: list[int]) -> NDArray[np.float32]:
        """The pooled vector of one text, [width], a copy."""
        n = len(tokens)
        if self._memory:  # encoders have none
            ll.llama_memory_clear(self._memory, True)
        self._tokens[:n], self._positions[:n], self._sequences[:n] = tokens, range(n), 0
        self._wanted[:n] = 1
        code = ll.llama_decode(self._ctx, self._batch(n))
        pointer = ll.llama_get_embeddings_seq(self._ctx, 0)
        if code != 0 or not pointer:
            raise ModelError(f"llama.cpp gave no embedding (code {code}): {last_words()}")
        self._on_step()
        vector: NDArray[np.float32] = self._rows(pointer, 1, self._width)[0].copy()
        return vector

    def adapt(self, adapter: Any, name: str) -> None:
        """Compute with this adapter of the same weights (`Weights.adapter`) from now on. Raises ModelError."""
        handles = (ll.llama_adapter_lora_p_ctypes * 1)(adapter)
        if ll.llama_set_adapters_lora(self._ctx, handles, 1, (ctypes.c_float * 1)(1.0)) != 0:
            raise ModelError(f"{name} could not be used as an adapter: {last_words()}")

    def clear(self) -> None:
        """Forget every sequence, and zero the cache: what follows cannot depend on what was."""
        if self._ctx:  # a stream may be closed after its engine
            ll.llama_memory_clear(self._memory, True)

    def copy(self, source: int, target: int) -> None:
        """`target` begins with all that `source` has read; cells are shared, not copied."""
        if self._ctx:  # as in `clear`; the next step then says that the engine is closed
            ll.llama_memory_seq_cp(self._memory, source, target, -1, -1)

    def forget(self, sequences: Iterable[int], *, past: int = -1) -> None:
        """Give back the cells of these sequences, from position `past` on."""
        for sequence in sequences if self._ctx else ():
            ll.llama_memory_seq_rm(self._memory, sequence, past, -1)

    def save(self, sequence: int) -> bytes:
        """The state of one sequence."""
        size = ll.llama_state_seq_get_size(self._ctx, sequence)
        buffer = (ctypes.c_uint8 * size)()
        written = ll.llama_state_seq_get_data(self._ctx, buffer, size, sequence)
        return bytes(buffer)[:written]

    def restore(self, sequence: int, state: bytes) -> bool:
        """Put a saved state back; False when llama.cpp would not have it."""
        buffer = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        return bool(ll.llama_state_seq_set_data(self._ctx, buffer, len(state), sequence) > 0)

    def close(self) -> None:
        """Give the memory back."""
        if self._ctx:
            ll.llama_free(self._ctx)
            self._ctx = None

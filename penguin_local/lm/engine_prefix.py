"""The beginning that whole calls have in common, kept between calls as exact bytes.

It is always read alone and in blocks of one size from an empty cache, so that its state is a function of its
tokens: put back from a copy or read anew, what follows is computed from the same bits.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from penguin_local.lm.engine_context import Context
from penguin_local.lm.engine_jobs import Job
from penguin_local.lm.prefix import common_length

BLOCK = 128
KEPT = 3
"""The answerer's, the judge's, and a conversation's."""
MOST_BYTES = 256 << 20


class PrefixStore:
    """The last few shared beginnings of one engine."""

    def __init__(self) -> None:
        self._states: dict[tuple[int, ...], bytes] = {}

    def read(self, context: Context, jobs: Sequence[Job]) -> Generator[None, None, tuple[int, int]]:
        """Bring what all jobs share into sequence 0, pausing after each block.

        In the end: (tokens now there, how many came from a copy).
        """
        shared = shared_length(jobs) // BLOCK * BLOCK
        if shared == 0:
            return 0, 0
        tokens = jobs[0].tokens[:shared]
        restored = self._restore(context, tokens)
        _tell(jobs, restored)
        for start in range(restored, shared, BLOCK):
            block = tokens[start : start + BLOCK]
            context.decode(block, list(range(start, start + BLOCK)), [0] * BLOCK, [])
            if start + BLOCK == shared:  # before the pause: the engine may be closed in it
                self._keep(tuple(tokens), context.save(0))
            _tell(jobs, start + BLOCK)
            yield
        return shared, restored

    def _restore(self, context: Context, tokens: list[int]) -> int:
        lengths = {key: common_length(key, tuple(tokens)) // BLOCK * BLOCK for key in self._states}
        best = max(lengths, key=lambda key: (lengths[key], -len(key)), default=None)
        if best is None or lengths[best] == 0:
            return 0
        state = self._states.pop(best)
        self._states[best] = state  # the one used last goes last
        if not context.restore(0, state):
            context.clear()
            return 0
        if lengths[best] < len(best):
            context.forget([0], past=lengths[best])
        return lengths[best]

    def _keep(self, tokens: tuple[int, ...], state: bytes) -> None:
        if len(state) > MOST_BYTES:
            return
        for key in [k for k in self._states if tokens[: len(k)] == k]:
            del self._states[key]
        self._states[tokens] = state
        while len(self._states) > KEPT or sum(map(len, self._states.values())) > MOST_BYTES:
            del self._states[next(iter(self._states))]


def _tell(jobs: Sequence[Job], tokens: int) -> None:
    for job in jobs:
        job.reached(tokens)


def shared_length(jobs: Sequence[Job]) -> int:
    """How many tokens all jobs share before the first logits that one of them wants."""
    first = jobs[0].tokens
    return min(min(common_length(first, j.tokens), j.wants.start) for j in jobs)

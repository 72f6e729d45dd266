"""Continuous batching: each step reads some prompts and lengthens every answer by one token.

Deterministic: what a step holds follows from the jobs, their order and the sizes alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from penguin_local.lm.engine_context import Context
from penguin_local.lm.engine_jobs import Job
from penguin_local.lm.engine_room import Open, Room
from penguin_local.lm.prefix import Node


@dataclass(slots=True)
class _Going:
    """An answer between two steps."""

    leaf: Open
    token: int
    """Drawn, not yet in the cache."""


@dataclass(slots=True)
class _Batch:
    """What one step decodes, and who waits for which row of logits."""

    tokens: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    sequences: list[int] = field(default_factory=list)
    wanted: list[int] = field(default_factory=list)
    readers: list[tuple[int, int, int]] = field(default_factory=list)
    """(place in `wanted`, position, job): one row may serve several jobs."""

    def add(self, tokens: Sequence[int], start: int, sequence: int) -> None:
        self.tokens += tokens
        self.positions += range(start, start + len(tokens))
        self.sequences += [sequence] * len(tokens)


class Scheduler:
    """Reads the jobs' prompts as a tree and lets their answers grow, as many at once as there is room for."""

    def __init__(
        self,
        context: Context,
        jobs: Sequence[Job],
        *,
        slots: int,
        known: int = 0,
        reused: int = 0,
        share: bool = True,
    ) -> None:
        """Sequence 0 holds the first `known` tokens of all, `reused` of them from an earlier call."""
        self._context = context
        self._jobs = jobs
        self._room = Room(context, jobs, slots=slots, known=known, reused=reused, share=share)
        self._going: list[_Going] = []

    def steps(self) -> Iterator[None]:
        """Work; each pause comes after a step. Raises Aborted."""
        room = self._room
        while room.queue or room.ready or self._going:
            room.admit()
            self._step(self._growing())
            yield

    def _growing(self) -> list[_Going]:
        """The answers that get their next cell now; the youngest give way where there are too few."""
        room = self._room
        while not room.extend([g.leaf for g in self._going]):
            if len(self._going) > 1:
                last = self._going.pop()
                room.evict(last.leaf, last.token)
            elif room.ready:
                return []  # those being read will have cells to give
            else:
                room.forget_shared()
        return self._going

    def _step(self, growing: list[_Going]) -> None:
        batch = _Batch()
        for going in growing:
            batch.wanted.append(len(batch.tokens))
            batch.add([going.token], going.leaf.end, going.leaf.sequence)
        taken: list[tuple[Open, int]] = []
        for opened in self._room.ready:
            fit = min(self._context.size.batch - len(batch.tokens), len(opened.node.tokens) - opened.read)
            if fit <= 0 or len(batch.wanted) >= self._context.size.outputs:
                break
            taken.append((opened, self._take(batch, opened, fit)))
        assert batch.tokens, "a prompt was let in that cannot be worked on"
        rows = self._context.decode(batch.tokens, batch.positions, batch.sequences, batch.wanted)
        for opened, count in taken:
            for leaf in opened.node.leaves():
                self._jobs[_path(leaf)].reached(opened.node.start + opened.read + count)
        if growing:
            self._going = []
        for row, going in zip(rows, growing, strict=False):
            going.leaf.grown.append(going.token)
            self._go_on(going.leaf, self._job(going.leaf).see(going.leaf.end - 1, row))
        following = {
            job: self._jobs[job].see(position, rows[output]) for output, position, job in batch.readers
        }
        for opened, count in taken:
            opened.read += count
            if opened.complete:
                self._room.completed(opened)
                if opened.node.path is not None:
                    self._go_on(opened, following.get(opened.node.path))

    def _job(self, leaf: Open) -> Job:
        return self._jobs[_path(leaf.node)]

    def _take(self, batch: _Batch, opened: Open, fit: int) -> int:
        """Put the next run of a node into the batch, cut short where it would want too many rows."""
        start = opened.node.start + opened.read
        wants = self._room.wants(opened.node, start, start + fit)
        rows = self._context.size.outputs - len(batch.wanted)
        if len(wants) > rows:
            fit = wants[rows][0] - start
        for position, jobs in wants[:rows]:
            batch.readers += [(len(batch.wanted), position, job) for job in jobs]
            batch.wanted.append(len(batch.tokens) + position - start)
        batch.add(opened.node.tokens[opened.read : opened.read + fit], start, opened.sequence)
        return fit

    def _go_on(self, leaf: Open, token: int | None) -> None:
        if token is None:
            self._room.finish(leaf)
        else:
            self._going.append(_Going(leaf, token))


def _path(leaf: Node) -> int:
    assert leaf.path is not None
    return leaf.path

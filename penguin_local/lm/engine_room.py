"""Who has which cells and sequence numbers: prompts come in, beginnings are copied, the youngest give way."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from penguin_local.lm.engine_context import Context
from penguin_local.lm.engine_jobs import Job
from penguin_local.lm.prefix import Node, build

EXPECTED = 384
"""Cells set aside for an answer that may be longer: models seldom use their limit, and what all might need at
worst would leave room for two or three answers at a time."""


@dataclass(eq=False, slots=True)
class Open:
    """A node of the tree that has cells."""

    node: Node
    sequence: int
    unstarted: int
    """Children that have not taken their copy yet."""
    unfinished: int
    """Prompts below that still need its cells."""
    reserved: int = 0
    """Cells set aside for what is generated after it."""
    read: int = 0
    """How many of its tokens are in the cache."""
    grown: list[int] = field(default_factory=list)
    """What was generated after it and is in the cache."""

    @property
    def complete(self) -> bool:
        """All of it has been read."""
        return self.read == len(self.node.tokens)

    @property
    def end(self) -> int:
        """The position of the next token."""
        return self.node.end + len(self.grown)


class Room:
    """The cells of one context during one call."""

    def __init__(
        self, context: Context, jobs: Sequence[Job], *, slots: int, known: int, reused: int, share: bool
    ) -> None:
        """See `Scheduler`."""
        self._context = context
        self._jobs = jobs
        self._slots = slots
        self._just_read = known - reused
        self._cells = context.size.cells - known
        self._numbers = list(range(1 if known else 0, context.size.sequences))
        self._answering = 0
        self._unfinished: dict[Node, int] = {}
        self._wants: dict[Node, dict[int, list[int]]] = {}
        self._started_before: set[int] = set()
        self._root = self._tree(known, share)
        self.queue = deque(self._root.leaves())
        """Prompts not let in yet."""
        self.ready: list[Open] = []
        """Nodes that can be read now, their parents being there."""
        for leaf in self.queue:
            self._register(leaf)
        # One more child than there are: the beginning that all share stays to the end.
        root = Open(self._root, 0, len(self._root.children) + 1, len(jobs) + 1, read=known)
        self._opened = {self._root: root}

    def _tree(self, known: int, share: bool) -> Node:
        """The jobs' prompts as a tree, or side by side where it would be deeper than there are sequences."""
        paths = [j.tokens for j in self._jobs]
        root = build(paths, skip=known, share=share)
        if share and max(len(leaf.line()) for leaf in root.leaves()) >= self._context.size.sequences:
            return build(paths, skip=known, share=False)
        return root

    def _register(self, leaf: Node) -> None:
        assert leaf.path is not None
        line = leaf.line()
        for node in line:
            self._unfinished[node] = self._unfinished.get(node, 0) + 1
        for position in self._jobs[leaf.path].wants:
            node = next(n for n in reversed(line) if n.start <= position)
            self._wants.setdefault(node, {}).setdefault(position, []).append(leaf.path)

    def wants(self, node: Node, start: int, end: int) -> list[tuple[int, list[int]]]:
        """Positions from `start` to before `end` whose logits are wanted, and by which jobs."""
        return sorted((p, jobs) for p, jobs in self._wants.get(node, {}).items() if start <= p < end)

    def admit(self) -> None:
        """Let in whole prompts, in order, while there are slots, sequence numbers and cells for each."""
        while self.queue:
            leaf = self.queue[0]
            assert leaf.path is not None
            job = self._jobs[leaf.path]
            new = [n for n in leaf.line() if n not in self._opened]
            read, reserve = sum(len(n.tokens) for n in new), min(job.reserve, EXPECTED)
            full = reserve > 0 and self._answering >= self._slots
            if full or len(new) > len(self._numbers) or read + reserve > self._cells:
                return
            self.queue.popleft()
            self._cells -= read + reserve
            self._answering += reserve > 0
            if leaf.path not in self._started_before:
                self._started_before.add(leaf.path)
                job.reused = len(job.tokens) - read - self._just_read
                self._just_read = 0
            for node in new:
                self._open(node)
            self._opened[leaf].reserved = reserve

    def _open(self, node: Node) -> None:
        opened = Open(node, heapq.heappop(self._numbers), len(node.children), self._unfinished[node])
        self._opened[node] = opened
        assert node.parent is not None
        if self._opened[node.parent].complete:
            self._start(self._opened[node.parent], opened)

    def _start(self, parent: Open, child: Open) -> None:
        """The child goes on from a copy of what its parent has read."""
        if parent.node.end:
            self._context.copy(parent.sequence, child.sequence)
        parent.unstarted -= 1
        if parent.unstarted == 0:
            self._give_back(parent.sequence)
        self.ready.append(child)

    def _give_back(self, sequence: int) -> None:
        self._context.forget([sequence])
        heapq.heappush(self._numbers, sequence)

    def completed(self, opened: Open) -> None:
        """A node has been read: its children can go on from it."""
        self.ready.remove(opened)
        for child in opened.node.children:
            if child in self._opened:
                self._start(opened, self._opened[child])

    def extend(self, leaves: Sequence[Open]) -> bool:
        """Give each a cell for one more token; False, and nothing changed, when there are too few."""
        short = [leaf for leaf in leaves if len(leaf.grown) >= leaf.reserved]
        if len(short) > self._cells:
            return False
        self._cells -= len(short)
        for leaf in short:
            leaf.reserved += 1
        return True

    def finish(self, leaf: Open) -> None:
        """Give back what only this prompt and its answer needed."""
        self._give_back(leaf.sequence)
        self._cells += leaf.reserved
        self._answering -= leaf.reserved > 0
        for node in leaf.node.line()[1:]:
            self._less(node, 1)

    def _less(self, node: Node, leaves: int) -> None:
        opened = self._opened.get(node)
        self._unfinished[node] -= leaves
        if opened is None:
            return
        opened.unfinished -= leaves
        if opened.unfinished == 0:
            self._cells += len(node.tokens)
            del self._opened[node]

    def evict(self, leaf: Open, token: int) -> None:
        """Take an answer's cells away; it comes back, first in line, and reads what it had written again."""
        read = [t for node in leaf.node.line() for t in node.tokens]
        self.finish(leaf)
        self.queue.appendleft(self._alone(leaf.node, [*read, *leaf.grown, token]))

    def _alone(self, leaf: Node, tokens: list[int]) -> Node:
        """A prompt that shares nothing any more but what all share."""
        assert leaf.path is not None
        start = self._root.end
        node = Node(start, tokens[start:], self._root, path=leaf.path)
        self._unfinished[node] = 1
        answers = self._jobs[leaf.path].reserve > 0
        wants = [len(tokens) - 1] if answers else self._jobs[leaf.path].wants
        self._wants[node] = {position: [leaf.path] for position in wants}
        self._opened[self._root].unstarted += 1
        return node

    def forget_shared(self) -> None:
        """Give back the beginnings that are kept for prompts not let in yet: these will read them again."""
        flat: deque[Node] = deque()
        for leaf in self.queue:
            line = leaf.line()
            if len(line) == 2:
                flat.append(leaf)
                continue
            for node in line[1:-1]:
                opened = self._opened.get(node)
                if opened is not None and opened.unstarted:
                    opened.unstarted = 0
                    self._give_back(opened.sequence)
                self._less(node, 1)
            flat.append(self._alone(leaf, [t for node in line for t in node.tokens]))
        self.queue = flat

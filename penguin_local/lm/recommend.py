"""Which model to answer and which to judge fit into this machine: two of different families, as large as can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from penguin_local.lm.catalogue_entry import Entry, ModelRole, Thinks, Use
from penguin_local.lm.needs import needs_of


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that may be recommended, and what it takes."""

    entry: Entry
    memory_bytes: int
    """At a context of 4,096 tokens with 16 slots."""

    @property
    def worth(self) -> int:
        """Weights: the larger of two models of one generation is usually the better one."""
        return self.entry.shape.parameters if self.entry.shape else 0


@dataclass(frozen=True, slots=True)
class Pair:
    """Who answers and who judges."""

    answerer: Candidate
    judge: Candidate

    @property
    def together_bytes(self) -> int:
        """Memory of both at once."""
        return self.answerer.memory_bytes + self.judge.memory_bytes

    @property
    def larger_bytes(self) -> int:
        """Memory of one after the other."""
        return max(self.answerer.memory_bytes, self.judge.memory_bytes)


@dataclass(frozen=True, slots=True)
class Advice:
    """The best pairs for some amount of memory; None where none fits."""

    room_bytes: int
    together: Pair | None
    """Both in memory at once: what planning, oracle arms and `--prefixes` need."""
    in_turn: Pair | None
    """One after the other, as a plain bench loads them."""


def advise(entries: Sequence[Entry], room_bytes: int, *, any_licence: bool = False) -> Advice:
    """The pairs whose lesser model is largest, then whose larger one is.

    Only pinned models whose memory can be reckoned, that do not always think aloud, and, unless `any_licence`,
    whose licence holds no surprise.
    """
    pairs = list(_pairs(candidates(entries, any_licence=any_licence)))
    together = [pair for pair in pairs if pair.together_bytes <= room_bytes]
    in_turn = [pair for pair in pairs if pair.larger_bytes <= room_bytes]
    return Advice(room_bytes, _best(together), _best(in_turn))


def candidates(entries: Sequence[Entry], *, any_licence: bool) -> list[Candidate]:
    """What may be recommended at all."""
    fit = [
        e
        for e in entries
        if e.role is ModelRole.CHAT
        and not e.bundled
        and e.pinned
        and e.thinking is not Thinks.ALWAYS
        and (any_licence or not e.terms)
    ]
    needs = [(e, needs_of(e)) for e in fit]
    return [Candidate(e, n.sixteen_slots) for e, n in needs if n is not None]


def _pairs(models: Sequence[Candidate]) -> Iterator[Pair]:
    for answerer, judge in product(models, models):
        uses = Use.ANSWERING in answerer.entry.good_for and Use.JUDGING in judge.entry.good_for
        # A judge should know more than the one it judges; a tie in size does not occur between families.
        if uses and answerer.entry.family != judge.entry.family and answerer.worth <= judge.worth:
            yield Pair(answerer, judge)


def _best(pairs: Sequence[Pair]) -> Pair | None:
    # On a tie the smaller name, so that the advice never depends on the order of the catalogue.
    return min(
        pairs,
        key=lambda p: (-p.answerer.worth, -p.judge.worth, p.answerer.entry.name, p.judge.entry.name),
        default=None,
    )
